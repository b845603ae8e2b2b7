package live

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// watchParts watches the parts of a span that may be read, and hands their changes over in the order of their
// revisions: a change waits until every part has come that far, which a quiet one says every few seconds.
//
//	/registry/pods/    ─► Stream ─┐
//	/registry/events/  ─► Stream ─┴─► held ─ up to the revision that all have reached ─► queue ─► Next
func (s *Source) watchParts(ctx context.Context, spans []etcdsource.Span, from int64) (etcdsource.Stream, error) {
	p := &parts{queue: etcdsource.NewQueue(s.cfg.tune.queueBytes), room: s.cfg.tune.queueBytes, at: make([]int64, len(spans)), states: make([]etcdsource.Status, len(spans))}
	if from == 0 {
		head, err := s.now(ctx, spans[0].From, false)
		if err != nil {
			return nil, err
		}
		from = head + 1 // the same for all
	}
	p.sent = from - 1
	for _, sp := range spans {
		st, err := s.Watch(ctx, sp, from)
		if err != nil {
			p.Close()
			return nil, err
		}
		p.streams = append(p.streams, st)
	}
	for i, st := range p.streams {
		failed := func(err error) { p.queue.Close(err) }
		if !s.safego(failed, func() { p.pump(s.life, i, st) }) {
			p.Close()
			return nil, errClosed
		}
	}
	return p, nil
}

// parts are several watches that are read as one.
type parts struct {
	streams []etcdsource.Stream
	queue   *etcdsource.Queue
	room    int // bytes that may be held

	mu     sync.Mutex
	held   []etcdsource.Event
	bytes  int
	at     []int64             // up to where each part has come
	states []etcdsource.Status // of each part
	sent   int64               // up to where changes were handed over
}

func (p *parts) pump(ctx context.Context, i int, st etcdsource.Stream) {
	for {
		b, err := st.Next(ctx)
		if err != nil {
			if errors.Is(err, io.EOF) || ctx.Err() != nil {
				err = nil
			}
			p.queue.Close(err)
			return
		}
		if err := p.take(i, b); err != nil {
			p.queue.Close(err)
			return
		}
	}
}

var errHeld = &etcdsource.Problem{Tried: "watch what may be read", Why: "one part of it does not get on, and the changes of the others cannot wait any longer", Do: "open it again"}

// take holds what a part says, and hands over what is complete.
func (p *parts) take(i int, b etcdsource.Batch) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at[i], p.states[i] = max(p.at[i], b.Revision), b.Status
	for _, e := range b.Events {
		p.held = append(p.held, e)
		p.bytes += len(e.Key) + len(e.Value) + 128
	}
	if p.bytes > p.room {
		return errHeld
	}
	out := etcdsource.Batch{Lost: b.Lost, Relist: b.Relist, Status: p.worst(), Revision: max(slices.Min(p.at), p.sent)}
	slices.SortStableFunc(p.held, func(a, b etcdsource.Event) int { return cmp.Compare(a.Mod, b.Mod) })
	n := 0
	for n < len(p.held) && p.held[n].Mod <= out.Revision {
		n++
	}
	out.Events = slices.Clone(p.held[:n])
	p.held = slices.Delete(p.held, 0, n)
	for k := range out.Events {
		e := &out.Events[k]
		p.bytes -= len(e.Key) + len(e.Value) + 128
		if e.Sub = 0; k > 0 && out.Events[k-1].Mod == e.Mod {
			e.Sub = out.Events[k-1].Sub + 1
		}
	}
	p.sent = out.Revision
	p.queue.Put(out)
	return nil
}

// worst is the state of the part that does worst: only all together are live.
func (p *parts) worst() etcdsource.Status {
	for _, s := range p.states {
		if s.State != etcdsource.Live {
			return s
		}
	}
	for _, s := range p.states {
		if s.Unanswered {
			return s
		}
	}
	return p.states[0]
}

// Next returns what all parts have reached since the last call.
func (p *parts) Next(ctx context.Context) (etcdsource.Batch, error) {
	return p.queue.Next(ctx, batchEvents)
}

// Close ends the watches.
func (p *parts) Close() error {
	for _, st := range p.streams {
		st.Close()
	}
	p.queue.Close(nil)
	return nil
}
