package tui

import (
	"slices"
	"sort"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/find"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// deleted are the keys that were deleted, as far as the known changes tell: the filter finds them too, and the object
// pane shows the last value of one.
type deleted struct {
	v      *tab
	listed func(key string, rev int64) bool // reports whether a list of keys, newer than rev, has the key
	then   int64                            // the screen's time, 0 for now
	known  int                              // changes that were looked at
	at     map[string]int64                 // revision of the deletion
	keys   []string                         // in order; some may be back
}

// maxDeleted bounds the deleted keys that are remembered; the newest stay.
const maxDeleted = 20_000

// dig looks the known changes through for deleted keys, once for each state of them.
func (g *deleted) dig() {
	items, rev := g.v.state.Feed.Items(), g.v.state.Revision()
	if g.at != nil && g.then == g.v.state.At && g.known == len(items) {
		return
	}
	*g = deleted{v: g.v, listed: g.listed, then: g.v.state.At, known: len(items), at: map[string]int64{}}
	events := g.v.opened.Root + "events/"
	for i := len(items) - 1; i >= 0 && len(g.at) < maxDeleted; i-- {
		e := &items[i].Event
		if e.Type != etcdsource.Deleted || e.Mod > rev || len(e.Key) == 0 || strings.HasPrefix(string(e.Key), events) {
			continue
		}
		if k := string(e.Key); g.at[k] == 0 {
			g.at[k] = e.Mod
			g.keys = append(g.keys, k)
		}
	}
	sort.Strings(g.keys)
}

// watch takes in what a batch has deleted and created again.
func (g *deleted) watch(b etcdsource.Batch, root string) {
	for i := 0; i < len(b.Events) && g.at != nil; i++ {
		switch e := &b.Events[i]; {
		case e.Type == etcdsource.Created:
			delete(g.at, string(e.Key))
		case e.Type == etcdsource.Deleted && len(g.at) < maxDeleted && !strings.HasPrefix(string(e.Key), root+"events/"):
			k := string(e.Key)
			g.at[k] = e.Mod
			if at, ok := slices.BinarySearch(g.keys, k); !ok {
				g.keys = slices.Insert(g.keys, at, k)
			}
		}
	}
}

// grave returns the revision that deleted a key, 0 where it is there or nothing is known of it.
func (g *deleted) grave(key string) int64 {
	rev := g.at[key]
	if rev == 0 || g.then != g.v.state.At || g.listed != nil && g.listed(key, rev) || g.v.state.Tree.Find(key) != nil {
		return 0
	}
	return rev
}

// hits is what was found: the keys that are there, then those that are gone, and Events last, for they are many and bear
// the names of others.
type hits struct {
	*find.Hits
	gone     []string
	from, to int // the Events among the hits
}

// arranged puts what was found in order.
func (t *tab) arranged(h *find.Hits) *hits {
	out := &hits{Hits: h}
	events := t.opened.Root + "events/"
	if len(h.Query().String()) == 0 || strings.Contains(h.Query().String(), "events") {
		events = "\xff"
	}
	out.from = sort.Search(h.Len(), func(i int) bool { return h.Key(i) >= events })
	out.to = out.from + sort.Search(h.Len()-out.from, func(i int) bool { return !strings.HasPrefix(h.Key(out.from+i), events) })
	if !t.find.whole || h.Query().Empty() {
		return out
	}
	for _, k := range t.gone.keys {
		if h.Query().Match(t.opened.Root, k) && t.gone.grave(k) != 0 && h.Index(k) < 0 {
			out.gone = append(out.gone, k)
		}
	}
	return out
}

// Len implements keytree.Hits.
func (h *hits) Len() int { return h.Hits.Len() + len(h.gone) }

// Key implements keytree.Hits.
func (h *hits) Key(i int) string {
	events, live := h.to-h.from, h.Hits.Len()-(h.to-h.from)
	switch {
	case i < min(live, h.from):
		return h.Hits.Key(i)
	case i < live:
		return h.Hits.Key(i + events)
	case i < live+len(h.gone):
		return h.gone[i-live]
	}
	return h.Hits.Key(h.from + i - live - len(h.gone))
}

// Index implements keytree.Hits.
func (h *hits) Index(key string) int {
	live := h.Hits.Len() - (h.to - h.from)
	if i := sort.SearchStrings(h.gone, key); i < len(h.gone) && h.gone[i] == key {
		return live + i
	}
	switch i := h.Hits.Index(key); {
	case i < h.from:
		return i
	case i < h.to:
		return live + len(h.gone) + i - h.from
	default:
		return i - (h.to - h.from)
	}
}

// epitaph says of a key that was found that it is gone.
func (t *tab) epitaph(key string) string {
	if t.gone.grave(key) != 0 {
		return "− gone"
	}
	return ""
}

// title counts what was found.
func (h *hits) title(total int64) string {
	s := widget.Thousands(int64(h.Hits.Len())) + " of " + widget.Count(total)
	if n := len(h.gone); n > 0 {
		s += " + " + widget.Thousands(int64(n)) + " gone"
	}
	return clean.End(s, 40)
}
