package recall

import (
	"sync"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// tail is what was written since the snapshot: a log for streams, and the versions of each key for reads.
//
//	start          thin                    solid          heard
//	  │ let go: only │ held, with values     │ after a gap: │
//	  │ the newest of│                       │ for streams  │
//	  │ each key     │                       │ only         │
type tail struct {
	mu    sync.Mutex
	wake  chan struct{} // closed when there is something new, and replaced
	start int64         // the snapshot's newest revision; what lies before it is not taken
	thin  int64         // up to here, where behind start, was dropped
	solid int64         // up to here nothing is missing
	heard int64         // the newest revision that the watch has spoken of
	holed bool          // revisions behind solid are missing

	log   []item
	first int64 // number of log[0]
	bytes int   // of the log's events
	max   int

	keys  keys
	delta int64 // keys that exist at solid, less those in the snapshot
	state status
}

// item is a change, or a gap.
type item struct {
	event *etcdsource.Event
	lost  etcdsource.Window
}

// status is the state of the watch, numbered so that each stream can report whether it has said it.
type status struct {
	etcdsource.Status
	number int64
}

// overhead is the memory of an event beside its key and value, in bytes: itself, and its places in log and chain.
const overhead = 240

func size(e *etcdsource.Event) int { return len(e.Key) + len(e.Value) + overhead }

// newTail returns an empty tail of a watch that begins behind the revision. It takes everything until cut.
func newTail(behind int64, maxBytes int) *tail {
	return &tail{wake: make(chan struct{}), solid: behind, heard: behind, max: maxBytes, keys: newKeys()}
}

// put adds what the watch says.
func (t *tail) put(b etcdsource.Batch) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !b.Lost.Empty() || b.Relist {
		t.holed = true
		t.log = append(t.log, item{lost: b.Lost})
	}
	for i := range b.Events {
		if e := &b.Events[i]; e.Mod > t.start {
			t.add(e)
		}
	}
	t.heard = max(t.heard, b.Revision)
	if !t.holed {
		t.solid = max(t.solid, b.Revision)
	}
	if b.Status.State != t.state.State || b.Status.Why != t.state.Why || t.state.number == 0 {
		t.state = status{b.Status, t.state.number + 1}
	}
	for t.bytes > t.max && t.shed() {
	}
	close(t.wake)
	t.wake = make(chan struct{})
}

func (t *tail) add(e *etcdsource.Event) {
	t.log = append(t.log, item{event: e})
	t.bytes += size(e)
	if !t.holed {
		t.delta += t.keys.add(e)
	}
}

// shed lets whole revisions go, oldest first, until half of the bytes are free; the newest revision stays, whatever its
// size. It reports whether it let any go.
func (t *tail) shed() bool {
	newest := int64(0)
	if e := t.log[len(t.log)-1].event; e != nil {
		newest = e.Mod
	}
	n := 0
	for ; n < len(t.log); n++ {
		e := t.log[n].event
		if e == nil {
			t.thin = max(t.thin, t.log[n].lost.To)
			continue
		}
		if e.Mod == newest || t.bytes <= t.max/2 && e.Mod != t.thin {
			break
		}
		t.bytes -= size(e)
		t.thin = e.Mod
		t.keys.thin(e)
	}
	clear(t.log[:n])
	t.log, t.first = t.log[n:], t.first+int64(n)
	return n > 0
}

// cut says what the snapshot holds: its newest revision, and whether a key existed at it. What the tail holds up to
// there is dropped.
func (t *tail) cut(start int64, had func(key []byte) bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	log, old := t.log, t.keys
	t.start, t.solid, t.heard, t.holed = start, start, max(t.heard, start), false
	t.log, t.first, t.bytes, t.delta, t.keys = nil, 0, 0, 0, newKeys()
	t.keys.had = had
	if t.thin > start {
		t.first = 1 // streams begin at 0, and learn that something is missing
		t.delta += t.keys.takeThin(&old, start)
		t.solid = t.thin
	}
	for _, it := range log {
		switch {
		case it.event == nil && (it.lost.Empty() || it.lost.To > start):
			t.log, t.holed = append(t.log, it), true
		case it.event != nil && it.event.Mod > start:
			t.add(it.event)
			if !t.holed {
				t.solid = it.event.Mod
			}
		}
	}
	if !t.holed {
		t.solid = t.heard
	}
}

// holds reports whether the state at a revision behind start is known.
func (t *tail) holds(rev int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.within(rev)
}

func (t *tail) within(rev int64) bool { return rev >= t.start && rev >= t.thin && rev <= t.solid }

// reached returns a channel that is closed at the next change, and whether the revision was reached or never will be.
func (t *tail) reached(rev int64) (<-chan struct{}, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wake, t.solid >= rev || t.holed
}

// now returns the newest revision whose state is known, and the number of keys by which that differs from the
// snapshot; ok is false where newer ones are known, but not held.
func (t *tail) now() (rev, delta int64, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.solid, t.delta, !t.holed
}

// change is what the tail says of a key at a revision.
type change struct {
	key   []byte
	had   bool              // it exists in the snapshot
	event *etcdsource.Event // the newest at or before the revision
	gone  bool              // the event's value was dropped
}

func (c *change) live() bool { return c.event.Type != etcdsource.Deleted }

// changes returns what the tail says of the first keys of the span, at most limit of them (0: all), in key order; ok is
// false where the revision is not held.
func (t *tail) changes(span etcdsource.Span, rev int64, limit int) (list []change, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.within(rev) {
		return nil, false
	}
	for _, c := range t.keys.in(span) {
		if e, gone := c.at(rev); e != nil {
			list = append(list, change{c.key, c.had, e, gone})
		}
		if limit > 0 && len(list) == limit {
			break
		}
	}
	return list, true
}

// versions returns up to limit versions of a key behind start and at or before the revision, newest first. more says
// that there are older ones behind start, gone that the next of them was dropped.
func (t *tail) versions(key []byte, rev int64, limit int) (list []etcdsource.Event, more, gone bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.keys.by[string(key)]
	if c == nil {
		return nil, false, false
	}
	for i := len(c.list) - 1; i >= 0; i-- {
		switch e := c.list[i]; {
		case e.Mod > rev:
		case len(list) == limit:
			return list, true, false
		default:
			list = append(list, *e)
		}
	}
	return list, c.thin != nil, c.thin != nil
}
