package compare

import (
	"sort"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/compare"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/tui/differences"
	"github.com/etcdscope/etcdscope/tui/timeline"
)

// Who made a row of the list so is what the changes of the view say of the revision that did; other sources have no such list.

// hasPast reports whether the past of the newer side is at hand: that of the view, whole.
func hasPast(sd *stateDiff) bool {
	_, to := sd.listed(sd.nowShown)
	return to.opened == sd.f.v.Opened && sd.f.v.AtHand()
}

// lacksPast says why a filter cannot be answered, "" where it can: it asks for the past of the newer side, which is not read.
func lacksPast(sd *stateDiff, typed string) string {
	f, _ := filter.Parse(typed, sd.f.v.Opened.Kinds)
	word := compare.NeedsPast(f)
	_, to := sd.listed(sd.nowShown)
	switch {
	case word == "" || to.opened == nil || hasPast(sd):
		return ""
	case to.opened == sd.f.v.Opened:
		return compare.WhyNoPast(word, "the live store "+to.name) + "; A recalls it"
	}
	return compare.WhyNoPast(word, to.name) + "; open that beside, and compare from there"
}

// wroteRow says who wrote a key at a revision.
func wroteRow(sd *stateDiff, key string, rev int64) (v attribution.Verdict, ok bool) {
	if _, to := sd.listed(sd.nowShown); to.opened != sd.f.v.Opened {
		return v, false
	}
	items := sd.f.v.State.Feed.Items()
	for i := sort.Search(len(items), func(i int) bool { return max(items[i].Event.Mod, items[i].Gap.To) >= rev }); i < len(items) && items[i].Event.Mod == rev; i++ {
		if e := &items[i].Event; string(e.Key) == key {
			return sd.f.v.Panes.Changes.Verdict(timeline.ID{Rev: e.Mod, Sub: e.Sub})
		}
	}
	return v, false
}

// dateRemoved finds the revisions that deleted keys, among the changes that are known.
func dateRemoved(sd *stateDiff, rows []differences.Row) {
	_, to := sd.listed(sd.nowShown)
	gone := map[string]*differences.Row{}
	for i := range rows {
		if r := &rows[i]; r.Op == differences.Removed && to.opened == sd.f.v.Opened {
			gone[r.Key] = r
		}
	}
	items := sd.f.v.State.Feed.Items()
	for i := len(items) - 1; i >= 0 && len(gone) > 0; i-- {
		e := &items[i].Event
		if e.Type != etcdsource.Deleted || to.rev != 0 && e.Mod > to.rev {
			continue
		}
		if r := gone[string(e.Key)]; r != nil {
			r.Rev = e.Mod
			delete(gone, r.Key)
		}
	}
}
