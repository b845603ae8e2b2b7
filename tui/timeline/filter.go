package timeline

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/model/session"
)

// A filter that asks what a change has written needs the change described. The program does that beside the list, the newest
// first, and only for changes that pass all else:
//
//	Filter ─► Undecided ─► the program describes them ─► Decide ─► rows

// filtering is the filter of a Feed, and what is known of the changes that it asks about.
type filtering struct {
	filter *filter.Filter
	since  int64       // the newest revision when the filter was set
	passes map[ID]bool // what the descriptions of changes say
	unread map[ID]bool // changes whose values could not be read, so that the filter's fields cannot be looked for
	hidden hidden
	up     int64 // number of the first item that has come since, and that was not looked at
	down   int64 // number of the newest item that was not looked at among the others, plus 1
}

// hidden is how many of the changes in unread pass all else, as counted last: the title asks for it whenever it is drawn.
type hidden struct {
	passes int
	judged int64
	n      int
}

// Filter shows only changes that pass a filter, in the words of package filter; "" shows all. The error names what of it is not
// understood, or not complete: the rest holds.
func (f *Feed) Filter(text string) error {
	x, err := filter.Parse(text, f.kinds)
	n := f.state.Feed.Next()
	f.filtering = filtering{filter: x, since: f.state.Head, passes: map[ID]bool{}, up: n, down: n}
	if x.Empty() {
		f.fold.Where(nil)
	} else {
		f.fold.Where(f.matches)
	}
	f.Sync()
	return err
}

// Gone sets what says whether a deletion is the last one of its key, which is not there again.
func (f *Feed) Gone(gone func(*etcdsource.Event) bool) { f.gone = gone }

// Came sets what dates a change by when it came, so that its row has a time before anything else dates it.
func (f *Feed) Came(date func(rev int64, v attribution.Verdict) attribution.Verdict) { f.came = date }

// Again asks the filter about all changes again, where it asks for something that later changes alter.
func (f *Feed) Again() {
	if f.filter.Needs()&filter.NeedsLater != 0 {
		f.fold.Unfold(f.fold.Unfolded())
		f.Sync()
	}
}

// Filtered returns the filter as it was typed.
func (f *Feed) Filtered() string { return f.filter.String() }

// OnlyGone reports whether the filter lets nothing but deletions through.
func (f *Feed) OnlyGone() bool { return f.filter.OnlyGone() }

// entry is a change as the filter looks at it.
func (f *Feed) entry(it *session.FeedItem, ref *kinds.Ref) filter.Item {
	e := &it.Event
	x := filter.Item{Root: f.root, Key: e.Key, Type: e.Type, Rev: e.Mod, Judged: e.Mod <= f.judged}
	if r, ok := f.kinds.Locate(f.root, e.Key); ok {
		*ref = r
		x.Ref = ref
	}
	if v, ok := f.who[ID{e.Mod, e.Sub}]; ok {
		x.Verdict = &v
	}
	if f.gone != nil {
		x.Gone = func() bool { return f.gone(e) }
	}
	if f.judged >= f.since {
		x.Newest = f.newest.at
	}
	return x
}

// matches reports whether a change passes the filter; wait is true while that is not known. A change that waits for its
// description does not pass yet.
func (f *Feed) matches(it *session.FeedItem) (pass, wait bool) {
	var ref kinds.Ref
	x := f.entry(it, &ref)
	if f.filter.Needs()&filter.NeedsChange != 0 {
		yes, known := f.passes[ID{it.Event.Mod, it.Event.Sub}]
		if !known {
			return false, false
		}
		x.Described = filter.No
		if yes {
			x.Described = filter.Yes
		}
	}
	switch f.filter.Match(&x) {
	case filter.Yes:
		return true, false
	case filter.NotYet:
		return false, true
	}
	return false, false
}

// Undecided returns at most limit changes, the newest first, that pass the filter as far as is known without their description,
// and for each the version before it, where the feed still has it.
func (f *Feed) Undecided(limit int) (events, before []*etcdsource.Event) {
	if f.filter.Needs()&filter.NeedsChange == 0 {
		return nil, nil
	}
	items, first := f.state.Feed.Items(), f.state.Feed.First()
	take := func(n int64) {
		it := &items[n-first]
		if !it.Gap.Empty() {
			return
		}
		var ref kinds.Ref
		x := f.entry(it, &ref)
		if f.filter.Match(&x) == filter.No {
			return
		}
		e := it.Event
		events, before = append(events, &e), append(before, f.state.Feed.Before(int(n-first), e.Key))
	}
	for f.up = max(f.up, first); f.up < f.state.Feed.Next() && len(events) < limit; f.up++ {
		take(f.up)
	}
	for ; f.down > first && len(events) < limit; f.down-- {
		take(f.down - 1)
	}
	return events, before
}

// Decide takes what the filter of a text says of changes that were described; unread are those of them whose values could not be read.
func (f *Feed) Decide(text string, pass, unread map[ID]bool) {
	if text != f.filter.String() || len(pass) == 0 {
		return
	}
	maps.Copy(f.passes, pass)
	if f.unread == nil {
		f.unread = map[ID]bool{}
	}
	maps.Copy(f.unread, unread)
	f.fold.Unfold(f.fold.Unfolded())
	f.Sync()
}

// Decided reports whether anything is known of the changes that were described for the filter.
func (f *Feed) Decided() bool { return len(f.passes) > 0 }

// Chosen returns the filter that holds.
func (f *Feed) Chosen() *filter.Filter { return f.filter }

// looking says how far the changes were looked at, "" where all were.
func (f *Feed) looking() string {
	first := f.state.Feed.First()
	all, left := f.state.Feed.Next()-first, f.down-first
	if f.filter.Needs()&filter.NeedsChange == 0 || left <= 0 || all == 0 {
		return ""
	}
	return fmt.Sprintf(", %d %% looked at", 100*(all-left)/all)
}

// untested says how many changes are hidden only because their values could not be read, "" for none.
func (f *Feed) untested() string {
	if len(f.unread) == 0 {
		return ""
	}
	h := hidden{passes: len(f.passes), judged: f.judged}
	if f.hidden.passes == h.passes && f.hidden.judged == h.judged {
		return notRead(f.hidden.n)
	}
	for id := range f.unread {
		e, ok := f.event(id)
		if !ok {
			continue
		}
		var ref kinds.Ref
		x := f.entry(&session.FeedItem{Event: *e}, &ref)
		if x.Described = filter.Yes; f.filter.Match(&x) == filter.Yes {
			h.n++
		}
	}
	f.hidden = h
	return notRead(h.n)
}

// notRead says of how many values a filter could not look at the fields, "" for none.
func notRead(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d cannot be read", n)
}

// maxKnown is from how many of the newest changes namespaces are offered.
const maxKnown = 5000

// Words is what can be chosen from in the words of a filter: who has written, the busiest first, and where.
func (f *Feed) Words() *filter.Known {
	k := &filter.Known{Kinds: f.kinds}
	count := map[string]int{}
	for _, v := range f.who {
		if n := nameOf(&v); n != "" {
			count[n]++
		}
	}
	k.Writers = slices.SortedFunc(maps.Keys(count), func(a, b string) int { return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b)) })
	spaces, items := map[string]bool{}, f.state.Feed.Items()
	for i := range items[max(len(items)-maxKnown, 0):] {
		if ref, ok := f.kinds.Locate(f.root, items[max(len(items)-maxKnown, 0)+i].Event.Key); ok && ref.Namespace != "" {
			spaces[ref.Namespace] = true
		}
	}
	k.Namespaces = slices.Sorted(maps.Keys(spaces))
	return k
}

// verdictAt is what a row knows of its writer, nil for nothing.
func (p *Pane) verdictAt(rev int64) *attribution.Verdict {
	if v, ok := p.who[rev]; ok {
		return &v
	}
	return nil
}
