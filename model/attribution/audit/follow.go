package audit

import (
	"bytes"
	"context"
	"slices"
	"sync"
)

// maxFollowed is how many requests are kept of a log that is followed; the newest are.
const maxFollowed = 1 << 15

// Follow hands out what is appended to log files from now on, in pieces that end with a line, until the context or what
// is handed to ends it.
type Follow func(ctx context.Context, each func(lines []byte) error) error

// Tail gathers the requests of a log that is followed, for who attributes changes. It is safe for concurrent use.
type Tail struct {
	mu    sync.Mutex
	scan  *scanner // what it read last
	list  []Request
	ready chan struct{}
}

// NewTail returns a tail that has gathered nothing.
func NewTail() *Tail { return &Tail{scan: &scanner{log: newLog()}, ready: make(chan struct{}, 1)} }

// Put takes lines of the log. Requests that nobody takes are bounded; the newest are kept.
func (t *Tail) Put(lines []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := t.scan.take(lines)
	if len(list) == 0 {
		return nil
	}
	if t.list = append(t.list, list...); len(t.list) > maxFollowed {
		t.list = slices.Clone(t.list[len(t.list)-maxFollowed/2:])
	}
	select {
	case t.ready <- struct{}{}:
	default:
	}
	return nil
}

// Take returns what was gathered since the last call.
func (t *Tail) Take() []Request {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := t.list
	t.list = nil
	return list
}

// Ready reports that there is something to take.
func (t *Tail) Ready() <-chan struct{} { return t.ready }

// take returns the requests in lines of a log. The beginning of an event is kept until its end comes.
func (s *scanner) take(lines []byte) (out []Request) {
	for line := range bytes.Lines(lines) {
		s.line(line)
	}
	for _, list := range s.log.by {
		for _, r := range list {
			out = append(out, *r)
		}
	}
	s.log = newLog()
	slices.SortStableFunc(out, func(a, b Request) int { return byAnswer(&a, &b) })
	return out
}

// Add takes requests that were answered since the log was read. One that it knows already is left out.
func (l *Log) Add(list []Request) {
	if l.texts == nil { // it was read to its end
		l.texts, l.senders = map[string]string{}, map[Sender]*Sender{}
	}
	for i := range list {
		r := list[i]
		known := l.by[r.Object]
		if slices.ContainsFunc(known[max(len(known)-maxRepeated, 0):], func(k *Request) bool { return k.ID == r.ID && r.ID != "" && k.Answered == r.Answered }) {
			continue
		}
		r.Sender = l.sender(*r.Sender)
		at, _ := slices.BinarySearchFunc(known, r.Answered, func(k *Request, t int64) int {
			if k.Answered <= t {
				return -1
			}
			return 1
		})
		l.by[r.Object] = slices.Insert(known, at, &r)
		if l.size++; r.Revision > 0 {
			l.answer(&r)
		}
	}
	if l.size > maxFollowed {
		l.shrink()
		l.finish()
	}
}

// maxRepeated is how far back a request is looked for that was read twice.
const maxRepeated = 64

// maxAbout is how many answers with larger and smaller revisions are looked at.
const maxAbout = 256

// answer takes a request whose answer carries a revision, and finds out whether it, or what it shows, wrote nothing.
func (l *Log) answer(r *Request) {
	at, _ := slices.BinarySearchFunc(l.answers, r, byRevision)
	for _, later := range l.answers[max(at-maxAbout, 0):at] {
		r.Idle = r.Idle || later.Revision > r.Revision && r.Received > later.Answered+slack
	}
	for _, older := range l.answers[at:min(at+maxAbout, len(l.answers))] {
		if older.Revision < r.Revision && older.Received > r.Answered+slack {
			older.Idle = true
		}
	}
	l.answers = slices.Insert(l.answers, at, r)
}
