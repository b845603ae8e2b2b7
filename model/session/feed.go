package session

import (
	"bytes"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Feed is the newest changes of the whole store, oldest first. It is bounded twice: beyond its bytes the oldest
// values are dropped, beyond maxFeed the oldest entries.
type Feed struct {
	items   []FeedItem
	bytes   int
	cap     int
	valued  int   // items before this one have lost their values
	dropped int64 // entries dropped since the beginning
	shift   int64 // by how many places the items have moved to the front
	past    int   // how often a past was put in front
}

// FeedItem is a change, or a gap between changes.
type FeedItem struct {
	Event etcdsource.Event
	Gap   etcdsource.Window // not empty: this stands for revisions that could not be seen
	// ValueGone marks a change whose value was dropped to stay within bounds.
	ValueGone bool
}

const maxFeed = 100_000

// NewFeed returns a feed that keeps at most maxBytes of keys and values.
func NewFeed(maxBytes int) *Feed { return &Feed{cap: maxBytes} }

// Items returns the changes, oldest first. The slice is shared, must not be changed, and holds until the next Add.
func (f *Feed) Items() []FeedItem { return f.items }

// First returns the number of the first item. An item keeps its number while others are dropped before it.
func (f *Feed) First() int64 { return f.shift }

// Next returns the number of the item that comes next.
func (f *Feed) Next() int64 { return f.shift + int64(len(f.items)) }

// Add appends a change.
func (f *Feed) Add(e *etcdsource.Event) {
	f.push(FeedItem{Event: *e, ValueGone: e.Value == nil && e.Type != etcdsource.Deleted})
	f.bytes += len(e.Value)
	for f.bytes > f.cap && f.valued < len(f.items)-1 {
		it := &f.items[f.valued]
		if it.Event.Value != nil {
			f.bytes -= len(it.Event.Value)
			it.Event.Key = bytes.Clone(it.Event.Key) // it may lie in one piece of memory with the value
			it.Event.Value, it.ValueGone = nil, true
		}
		f.valued++
	}
	f.trim()
}

// Gap appends revisions that could not be seen.
func (f *Feed) Gap(w etcdsource.Window) {
	f.push(FeedItem{Gap: w})
	f.trim()
}

// push appends an item. The slice walks forward through its memory as its beginning is dropped; where that ends, the
// items are copied, which append would do more often.
func (f *Feed) push(it FeedItem) {
	if len(f.items) == cap(f.items) && len(f.items) >= 1024 {
		f.items = append(make([]FeedItem, 0, min(2*len(f.items), 2*maxFeed)), f.items...)
	}
	f.items = append(f.items, it)
}

// Past puts changes, and what is missing before them, in front of all that was added.
func (f *Feed) Past(lost etcdsource.Window, events []etcdsource.Event) {
	since := f.items
	f.past++
	f.items, f.bytes, f.valued = make([]FeedItem, 0, min(len(events)+len(since)+1, maxFeed+1)), 0, 0
	if !lost.Empty() {
		f.Gap(lost)
	}
	for i := range events {
		f.Add(&events[i])
	}
	for i := range since {
		if since[i].Gap.Empty() {
			f.Add(&since[i].Event)
		} else {
			f.Gap(since[i].Gap)
		}
	}
}

// Since returns the revision from which all changes are known, but for later gaps; 0 where none is.
func (f *Feed) Since() int64 {
	switch {
	case len(f.items) == 0:
		return 0
	case f.items[0].Gap.Empty():
		return f.items[0].Event.Mod
	}
	return f.items[0].Gap.To + 1
}

// PastRead reports whether changes of the past were put in front, or there are none.
func (f *Feed) PastRead() bool { return f.past > 0 }

// trim lets the oldest tenth go at once, so that it is not paid for with every change. A gap stands for what went.
func (f *Feed) trim() {
	if len(f.items) <= maxFeed {
		return
	}
	n := maxFeed / 10
	var went etcdsource.Window
	for i := range f.items[:n] {
		it := &f.items[i]
		f.bytes -= len(it.Event.Value)
		if it.Gap.Empty() {
			it.Gap = etcdsource.Window{From: it.Event.Mod, To: it.Event.Mod}
			f.dropped++
		}
		went = went.Join(it.Gap)
	}
	went.Reason = "the list holds the newest only"
	clear(f.items[:n-1])
	f.items = f.items[n-1:]
	f.items[0] = FeedItem{Gap: went}
	f.valued = max(f.valued-n+1, 0)
	f.shift += int64(n - 1)
}

// Before returns the newest change of the key that comes before position i and still has its value, nil if there is
// none among the last thousand.
func (f *Feed) Before(i int, key []byte) *etcdsource.Event {
	for j := i - 1; j >= 0 && j >= i-1000; j-- {
		if e := &f.items[j].Event; string(e.Key) == string(key) && !f.items[j].ValueGone {
			return e
		}
	}
	return nil
}

// Rate is the number of writes in each of the last seconds.
type Rate struct {
	last    int64 // the second of the newest bucket
	buckets [rateSeconds]int
	started int64
}

const rateSeconds = 60

// NewRate returns a rate of nothing.
func NewRate() *Rate { return &Rate{} }

// Add counts n writes at a time.
func (r *Rate) Add(n int, now time.Time) {
	r.advance(now)
	r.buckets[r.last%rateSeconds] += n
}

func (r *Rate) advance(now time.Time) {
	sec := now.Unix()
	if r.last == 0 {
		r.last, r.started = sec, sec
	}
	for ; r.last < sec; r.last++ {
		if sec-r.last > rateSeconds {
			r.last = sec - rateSeconds
		}
		r.buckets[(r.last+1)%rateSeconds] = 0
	}
}

// History returns the writes of each of the last n full seconds before now, oldest first; n is at most 59.
func (r *Rate) History(n int, now time.Time) []int {
	r.advance(now)
	out := make([]int, 0, n)
	for i := int64(min(n, rateSeconds-1)); i >= 1; i-- {
		out = append(out, r.buckets[(r.last-i+rateSeconds)%rateSeconds])
	}
	return out
}

// PerSecond returns the mean over the last five full seconds, or over as many as have passed.
func (r *Rate) PerSecond(now time.Time) float64 {
	r.advance(now)
	n := min(max(r.last-r.started, 1), 5)
	sum := 0
	for _, v := range r.History(int(n), now) {
		sum += v
	}
	return float64(sum) / float64(n)
}
