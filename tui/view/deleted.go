package view

import (
	"slices"
	"sort"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Deleted are the keys that were deleted, as far as the known changes show: the filter finds them too, and the object
// pane shows the last value of one.
type Deleted struct {
	v      *View
	Listed func(key string, rev int64) bool // reports whether a list of keys, newer than rev, has the key
	then   int64                            // the screen's time, 0 for now
	known  [2]int64                         // numbers of the first and the next change when they were looked at
	at     map[string]int64                 // revision of the deletion
	Keys   []string                         // in order, Events left out; some may be back
}

// maxDeleted bounds the deleted keys that are remembered, beside Events, of which there are no more than known changes; the newest stay.
const maxDeleted = 20_000

// Refresh looks for deleted keys in the known changes, once for each state of them.
func (g *Deleted) Refresh() {
	items, rev := g.v.State.Feed.Items(), g.v.State.Revision()
	if g.at != nil && g.then == g.v.State.At && g.known == g.changes() {
		return
	}
	*g = Deleted{v: g.v, Listed: g.Listed, then: g.v.State.At, known: g.changes(), at: map[string]int64{}}
	events := g.v.Opened.Root + "events/"
	for i := len(items) - 1; i >= 0; i-- {
		e := &items[i].Event
		if e.Type != etcdsource.Deleted || e.Mod > rev || len(e.Key) == 0 || g.at[string(e.Key)] != 0 {
			continue
		}
		k := string(e.Key)
		switch {
		case strings.HasPrefix(k, events):
			g.at[k] = e.Mod
		case len(g.Keys) < maxDeleted:
			g.at[k] = e.Mod
			g.Keys = append(g.Keys, k)
		}
	}
	for i := range items {
		if e := &items[i].Event; e.Type == etcdsource.Created && e.Mod <= rev && g.at[string(e.Key)] < e.Mod {
			delete(g.at, string(e.Key))
		}
	}
	sort.Strings(g.Keys)
}

// changes returns the numbers of the first change that is known, and of the next one.
func (g *Deleted) changes() [2]int64 {
	return [2]int64{g.v.State.Feed.First(), g.v.State.Feed.Next()}
}

// Gone reports whether a deletion is the last change of its key, which is not there again.
func (g *Deleted) Gone(e *etcdsource.Event) bool {
	g.Refresh()
	return e.Type == etcdsource.Deleted && g.At(string(e.Key)) == e.Mod
}

// selected looks for a key that is opened from a change that deleted it, or that the tree has not.
func (g *Deleted) selected(path string, missing bool) {
	if missing {
		g.Refresh()
		return
	}
	if e := g.v.Panes.Changes.Current(); e != nil && e.Type == etcdsource.Deleted && string(e.Key) == path {
		g.Refresh()
	}
}

// watch takes in what a batch that was just added has deleted and created again, and reports whether a deleted key came back.
func (g *Deleted) watch(b etcdsource.Batch, root string) (back bool) {
	if g.at == nil {
		return false
	}
	for i := range b.Events {
		e := &b.Events[i]
		k := string(e.Key)
		switch {
		case e.Type == etcdsource.Created:
			back = back || g.at[k] != 0
			delete(g.at, k)
		case e.Type == etcdsource.Deleted && strings.HasPrefix(k, root+"events/"):
			g.at[k] = e.Mod
		case e.Type == etcdsource.Deleted && len(g.Keys) < maxDeleted:
			g.at[k] = e.Mod
			if at, ok := slices.BinarySearch(g.Keys, k); !ok {
				g.Keys = slices.Insert(g.Keys, at, k)
			}
		}
	}
	if now := g.changes(); g.known[1]+int64(len(b.Events)) == now[1] && len(g.Keys) < maxDeleted {
		g.known = now
	}
	return back
}

// At returns the revision that deleted a key, 0 where it is there or nothing is known of it.
func (g *Deleted) At(key string) int64 {
	rev := g.at[key]
	if rev == 0 || g.then != g.v.State.At || g.Listed != nil && g.Listed(key, rev) || g.v.State.Tree.Find(key) != nil {
		return 0
	}
	return rev
}
