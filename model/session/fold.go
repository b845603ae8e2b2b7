package session

import (
	"bytes"
	"sort"

	"github.com/etcdscope/etcdscope/model/change"
)

// Fold is a feed in which neighbouring noise takes one row. It follows the feed when Sync is called, at the cost of
// what is new.
type Fold struct {
	feed *Feed
	root string
	open bool
	only []byte // "/shop/": only keys of this namespace have rows; nil: all
	want func(*FeedItem) (pass, wait bool)
	rows []Run
	next int64 // number of the first item that has no row yet
	past int   // of the feed, when the rows were made
	seen int64 // the feed's shift, likewise
}

// Run is one row: a change, or several neighbouring ones that are noise. An item keeps its number while others are let
// go before it.
type Run struct {
	First, Last int64
	Noise       [3]int // how many of each kind
}

// More returns how many changes the row stands for beside the newest one.
func (r Run) More() int {
	return r.Noise[change.NoNoise] + r.Noise[change.Renewals] + r.Noise[change.Events] - 1
}

// NewFold returns the fold of a feed whose Kubernetes keys are below root.
func NewFold(feed *Feed, root string) *Fold { return &Fold{feed: feed, root: root} }

// Unfold shows every change, or folds noise again.
func (f *Fold) Unfold(open bool) {
	f.open, f.rows, f.next, f.seen = open, f.rows[:0], f.feed.shift, f.feed.shift
	f.Sync()
}

// Only gives rows to the changes of one namespace alone, "" to all; gaps have one always.
func (f *Fold) Only(namespace string) {
	f.only = nil
	if namespace != "" {
		f.only = []byte("/" + namespace + "/")
	}
	f.Unfold(f.open)
}

// Where gives rows to the changes that pass alone, nil to all; gaps have one always. Where it is not yet known whether
// a change passes, it and all after it wait for the next Sync.
func (f *Fold) Where(want func(*FeedItem) (pass, wait bool)) {
	f.want = want
	f.Unfold(f.open)
}

// Unfolded reports whether every change has a row.
func (f *Fold) Unfolded() bool { return f.open }

// Sync gives what is new its rows, and takes away those of what the feed has dropped.
func (f *Fold) Sync() {
	f.Trim()
	for ; f.next < f.feed.shift+int64(len(f.feed.items)); f.next++ {
		it := f.item(f.next)
		if f.only != nil && it.Gap.Empty() && !bytes.Contains(it.Event.Key, f.only) {
			continue
		}
		if f.want != nil && it.Gap.Empty() {
			pass, wait := f.want(it)
			if wait {
				break
			}
			if !pass {
				continue
			}
		}
		noise := change.NoNoise
		if it.Gap.Empty() && !f.open {
			noise = change.NoiseOf(f.root, it.Event.Key, it.Event.Type)
		}
		if n := len(f.rows); noise != change.NoNoise && n > 0 && f.rows[n-1].Noise[change.NoNoise] == 0 {
			f.rows[n-1].Last = f.next
			f.rows[n-1].Noise[noise]++
			continue
		}
		r := Run{First: f.next, Last: f.next}
		r.Noise[noise]++
		f.rows = append(f.rows, r)
	}
}

// Trim follows what the feed has dropped, and nothing else: a paused list calls it. What went is one gap, the
// feed's first item. A past that was put in front has all rows recreated.
func (f *Fold) Trim() {
	if f.past != f.feed.past {
		f.past = f.feed.past
		f.Unfold(f.open)
		return
	}
	if f.seen == f.feed.shift {
		return
	}
	f.seen = f.feed.shift
	gone := sort.Search(len(f.rows), func(i int) bool { return f.rows[i].Last > f.seen })
	rows := append(make([]Run, 0, len(f.rows)-gone+1), Run{First: f.seen, Last: f.seen, Noise: [3]int{change.NoNoise: 1}})
	f.rows = append(rows, f.rows[gone:]...)
	if len(f.rows) > 1 {
		f.rows[1].First = max(f.rows[1].First, f.seen+1)
	}
	f.next = max(f.next, f.seen+1)
}

func (f *Fold) item(n int64) *FeedItem { return &f.feed.items[n-f.feed.shift] }

// Len returns the number of rows that hold nothing newer than a revision; 0 is no bound.
func (f *Fold) Len(upTo int64) int {
	if upTo == 0 {
		return len(f.rows)
	}
	return sort.Search(len(f.rows), func(i int) bool { return f.item(f.rows[i].Last).revision() > upTo })
}

// Row returns a row, oldest first, its newest change, and the place of that in the feed's items.
func (f *Fold) Row(i int) (Run, *FeedItem, int) {
	r := f.rows[i]
	return r, f.item(r.Last), int(r.Last - f.feed.shift)
}

// Find returns the row that holds a change, or the one before its place; -1 if that is before the first.
func (f *Fold) Find(rev, sub int64) int {
	at := sort.Search(len(f.rows), func(i int) bool {
		it := f.item(f.rows[i].First)
		e := &it.Event
		return it.revision() > rev || it.Gap.Empty() && e.Mod == rev && e.Sub > sub
	})
	return at - 1
}

// revision is the newest revision that an item speaks of.
func (it *FeedItem) revision() int64 {
	if !it.Gap.Empty() {
		return it.Gap.To
	}
	return it.Event.Mod
}
