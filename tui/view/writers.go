package view

import (
	"cmp"
	"context"
	"slices"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
)

// newestFirst turns rows round.
func newestFirst(rows []change.Change) []change.Change {
	out := slices.Clone(rows)
	slices.Reverse(out)
	return out
}

// Writers says who wrote each of one key's versions, by revision, from these versions and the audit log alone: what
// other keys would say is not asked for, so that nothing is concluded from what was not seen. rows are newest first.
func (d Describer) Writers(ctx context.Context, rows []change.Change) map[int64]attribution.Verdict {
	e := attribution.New(attribution.Options{Root: d.Root, Audit: d.Audit.Log(ctx)})
	for i := len(rows) - 1; i >= 0; i-- {
		e.Add(rows[i])
	}
	out := make(map[int64]attribution.Verdict, len(rows))
	for _, a := range e.Take(true) {
		out[a.Mod] = a.Verdict
	}
	return out
}

// firstWriters says who wrote some changes by these versions alone, before more is known. What deleted an object is mostly known by
// others, so that is never certain here.
func (d Describer) firstWriters(list []change.Change) map[rowID]attribution.Verdict {
	slices.SortFunc(list, func(a, b change.Change) int { return cmp.Or(cmp.Compare(a.Mod, b.Mod), cmp.Compare(a.Sub, b.Sub)) })
	e := attribution.New(attribution.Options{Root: d.Root})
	for i := range list {
		if i == 0 || list[i].Mod != list[i-1].Mod || list[i].Sub != list[i-1].Sub {
			e.Add(list[i])
		}
	}
	out := make(map[rowID]attribution.Verdict, len(list))
	for _, a := range e.Take(true) {
		if a.Type == etcdsource.Deleted {
			a.Confidence = min(a.Confidence, attribution.Likely)
		}
		out[rowID{a.Mod, a.Sub}] = a.Verdict
	}
	return out
}
