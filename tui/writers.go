package tui

import (
	"context"
	"slices"

	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/tui/timeline"
)

// newestFirst turns rows round.
func newestFirst(rows []change.Change) []change.Change {
	out := slices.Clone(rows)
	slices.Reverse(out)
	return out
}

// writers tells who wrote each of one key's versions, by revision, from these versions and the audit log alone: what
// other keys would say is not asked for, so that nothing is concluded from what was not seen. rows are newest first.
func (d describer) writers(ctx context.Context, rows []change.Change) map[int64]attribution.Verdict {
	e := attribution.New(attribution.Options{Root: d.root, Audit: d.audit.Log(ctx)})
	for i := len(rows) - 1; i >= 0; i-- {
		e.Add(rows[i])
	}
	out := make(map[int64]attribution.Verdict, len(rows))
	for _, a := range e.Take(true) {
		out[a.Mod] = a.Verdict
	}
	return out
}

// wrote tells who wrote a version that is compared, as far as the timeline or the list of changes knows it.
func (f *compareFeature) wrote(key []byte, rev int64) (v attribution.Verdict, ok bool) {
	if f.v.history.Key() == string(key) {
		if v = f.v.history.Verdict(rev); v.Evidence != "" {
			return v, true
		}
	}
	if c := f.diff.Content(); c != nil && c.To.Rev == rev {
		return f.v.changes.Verdict(timeline.ID{Rev: rev, Sub: c.To.Sub})
	}
	return v, false
}
