package attribution

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/change"
)

// Who makes the changes of a running store is found beside its stream, never in its way:
//
//	Past, Offer ─► some changes at a time, in Next ─► Found
//
// Changes that come faster than they can be looked at are left out, the oldest first: they stay without a writer, and
// nothing is concluded from what was not seen.

const (
	streamWait   = 1024                  // changes that may wait
	streamPast   = 20_000                // changes of the past that are looked at, the newest
	streamWork   = 25 * time.Millisecond // of work at a time
	streamPause  = 75 * time.Millisecond // between two of these while the store is written
	streamSpared = 10                    // times as long, and as little work, while more is written than can be looked at
	streamBytes  = 16 << 20              // of values that are remembered
	streamMemo   = 512                   // likewise, of decoded objects
)

// AuditWait is how long the lines of an audit log that is followed are waited for before something is concluded from them.
// API servers write them before they answer, as a rule, and that is some milliseconds after the change is seen.
const AuditWait = time.Second

// StreamOptions say what a Stream is given.
type StreamOptions struct {
	Decoder *decode.Decoder
	Kinds   *kinds.Table
	Root    string // where Kubernetes' keys begin
	Live    int64  // revisions above it are written while the stream runs
	// Held waits for Past before anything is looked at.
	Held bool
	// Tail has what is appended to the audit log, nil where none is followed. Without it Audit, where it is not nil, returns
	// what is known of the log.
	Tail  *audit.Tail
	Audit func(context.Context) *audit.Log
}

// Stream attributes the changes of a store as they come. Offer, Past and Whole may be called at any time; one call of Next
// at a time is under way.
type Stream struct {
	StreamOptions
	memory *change.Memory
	engine *Engine

	mu       sync.Mutex // guards what follows
	wait     []etcdsource.Event
	lost     bool // some were left out before wait
	most     int  // that may wait
	whole    bool // the changes begin with everything that lives
	ready    chan struct{}
	arrivals []arrival
	asks     time.Time // when what came last may be asked about again; zero where there is nothing
}

// arrival is when everything up to a revision had come.
type arrival struct {
	rev int64
	at  time.Time
}

// Found is who made a change, and what it did.
type Found struct {
	Mod, Sub int64
	Verdict
	Summary string
}

// Findings are what one call of Next has found.
type Findings struct {
	New    []Found // in the order of the changes
	Better []Found // found before, and known better now
	UpTo   int64   // everything up to here was looked at or left out; 0 where nothing was
}

// NewStream returns a stream that has seen nothing.
func NewStream(o StreamOptions) *Stream {
	s := &Stream{StreamOptions: o, most: streamPast + streamWait, ready: make(chan struct{}, 1),
		memory: change.NewMemory(o.Decoder, o.Kinds, o.Root, decode.View{}, change.MemoryBounds{Bytes: streamBytes, Objects: streamMemo})}
	s.engine = s.newEngine(false)
	return s
}

func (s *Stream) newEngine(whole bool) *Engine {
	e := New(Options{Root: s.Root, Whole: whole})
	if s.Tail != nil {
		e.Follow()
	}
	return e
}

// Past takes the changes before those that are offered; whole says that they begin with everything that lives. It is called
// once, before anything is looked at.
func (s *Stream) Past(events []etcdsource.Event, whole bool) {
	from := max(len(events)-streamPast, 0)
	for i := len(events) - 1; i >= from; i-- {
		if e := &events[i]; e.Value == nil && e.Type != etcdsource.Deleted { // dropped: only what comes after it can be read
			from = i + 1
		}
	}
	from = len(events) - len(newest(events, len(events)-from))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.whole = whole && from == 0; s.whole {
		s.engine = s.newEngine(true)
	}
	s.wait = append(append([]etcdsource.Event(nil), events[from:]...), s.wait...)
	s.Held = false
	s.signal()
}

// Offer takes changes. It never waits.
func (s *Stream) Offer(b *etcdsource.Batch) {
	if len(b.Events) == 0 && b.Lost.Empty() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !b.Lost.Empty() {
		s.wait, s.lost = s.wait[:0], true
	}
	events := b.Events
	if len(s.wait)+len(events) > s.most {
		s.wait, s.lost = s.wait[:0], true
		events = newest(events, streamWait)
	}
	s.wait = append(s.wait, events...)
	if n := len(events); n > 0 && s.Tail != nil && len(s.arrivals) < streamWait {
		s.arrivals = append(s.arrivals, arrival{events[n-1].Mod, time.Now()})
	}
	s.signal()
}

// newest returns about the n newest changes, without splitting a revision.
func newest(events []etcdsource.Event, n int) []etcdsource.Event {
	from := max(len(events)-n, 0)
	for from > 0 && from < len(events) && events[from].Mod == events[from-1].Mod {
		from++
	}
	return events[from:]
}

// Whole reports whether what is seen begins with everything that lives.
func (s *Stream) Whole() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.whole
}

func (s *Stream) signal() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

// Next waits until there is something to look at, and looks at it for some milliseconds. It pauses while more is written
// than needs to be known at once. The error is that of the context.
func (s *Stream) Next(ctx context.Context) (f Findings, err error) {
	events, lost := s.take(ctx)
	if err := ctx.Err(); err != nil {
		return f, err
	}
	work, pause := streamWork, time.Duration(0)
	if lost {
		f.take(s.engine, true)
		s.memory.Forget()
		s.engine.Lost()
		work, pause = streamWork/streamSpared, streamPause*streamSpared
	}
	if s.Audit != nil && s.Tail == nil {
		s.engine.Audit(s.Audit(ctx))
	}
	n := s.look(events, time.Now().Add(work))
	f.take(s.engine, n == len(events))
	s.again(&f)
	s.back(events[n:])
	if f.UpTo > s.Live {
		pause = max(pause, streamPause)
		s.pastDone()
	}
	select {
	case <-ctx.Done():
	case <-time.After(pause):
	}
	return f, nil
}

// take returns what waits, once there is something: nothing where the audit log is to be asked again.
func (s *Stream) take(ctx context.Context) (events []etcdsource.Event, lost bool) {
	for {
		var again <-chan time.Time
		var heard <-chan struct{}
		s.mu.Lock()
		if !s.Held {
			if len(s.wait) > 0 {
				events, lost = s.wait, s.lost
				s.wait, s.lost = nil, false
				s.mu.Unlock()
				return events, lost
			}
			if s.Tail != nil {
				heard = s.Tail.Ready()
			}
			if !s.asks.IsZero() {
				again = time.After(time.Until(s.asks))
			}
		}
		s.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, false
		case <-s.ready:
		case <-heard:
			return nil, false
		case <-again:
			return nil, false
		}
	}
}

// look gives changes to the engine until a time, at least those of one revision, and returns how many.
func (s *Stream) look(events []etcdsource.Event, until time.Time) (n int) {
	for ; n < len(events); n++ {
		e := &events[n]
		if n > 0 && e.Mod != events[n-1].Mod && time.Now().After(until) {
			break
		}
		before := s.memory.Before(e)
		s.memory.Remember(e)
		s.engine.Add(s.memory.Describe(before, e))
	}
	return n
}

// again asks the audit log about what was attributed without it.
func (s *Stream) again(f *Findings) {
	if s.Tail == nil {
		return
	}
	now := time.Now()
	s.mu.Lock()
	for _, c := range s.arrivals {
		s.engine.Arrived(c.rev, c.at)
		s.asks = c.at.Add(AuditWait + time.Millisecond)
	}
	s.arrivals = s.arrivals[:0]
	if !s.asks.After(now) {
		s.asks = time.Time{}
	}
	s.mu.Unlock()
	s.engine.Heard(s.Tail.Take())
	for _, a := range s.engine.Again(now.Add(-AuditWait)) {
		f.Better = append(f.Better, Found{a.Mod, a.Sub, a.Verdict, strings.Clone(a.Summary)})
	}
}

// back puts what was not looked at before what came meanwhile.
func (s *Stream) back(events []etcdsource.Event) {
	if len(events) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost { // there is a gap between them
		return
	}
	s.wait = append(events, s.wait...)
	s.signal()
}

// pastDone lets less wait from now on.
func (s *Stream) pastDone() {
	s.mu.Lock()
	s.most = streamWait
	s.mu.Unlock()
}

// take adds what the engine has attributed.
func (f *Findings) take(e *Engine, all bool) {
	for _, a := range e.Take(all) {
		f.New = append(f.New, Found{a.Mod, a.Sub, a.Verdict, strings.Clone(a.Summary)})
		f.UpTo = a.Mod
	}
}
