package tui

import (
	"slices"
	"sort"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
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
