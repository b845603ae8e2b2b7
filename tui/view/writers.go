package view

import (
	"context"
	"slices"

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
