package print

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/sweep"
)

// held prints the changes that a source held when it was opened, on all cores:
//
//	stream ─► change.Pass ─┬─► decode, compare, parse ─┬─► engine ─► writers ─┬─► lines of text ─┬─► stdout
//	                       └─► …                       ┘                      └─► …              ┘
type held struct {
	*logger
	stream      etcdsource.Stream
	head, until int64 // the newest revision when it was opened; what is read to, 0: that
	ends        bool  // the stream ends there
	ended, done bool
	state       etcdsource.State
	beyond      *etcdsource.Batch // the first with changes after head, nil for none
}

// seen is a change that was decoded.
type seen struct {
	attribution.Parsed
	wanted bool // else it is evidence only
}

func (p *held) print(ctx context.Context) (err error) {
	p.writers = newLineWriters(ctx, p.logger)
	defer func() {
		if e := p.writers.close(); err == nil {
			err = e
		}
		p.writers = nil
	}()
	err = change.Pass(ctx, p.history.Memory, p.next, p.look, p.take)
	if err == nil && p.beyond == nil { // else what comes next is evidence too
		err = p.attributed(true)
	}
	return err
}

// next reads as far as is to be printed.
func (p *held) next(ctx context.Context) (etcdsource.Batch, error) {
	if p.done {
		return etcdsource.Batch{}, io.EOF
	}
	b, err := p.stream.Next(ctx)
	switch {
	case errors.Is(err, io.EOF):
		p.ended = true
	case err == nil && !p.ends && b.Revision > p.head:
		p.beyond = &b
		return etcdsource.Batch{}, io.EOF
	}
	p.done = p.until > 0 && b.Revision >= p.until || !p.ends && b.Revision >= p.head
	return b, err
}

// look decodes a change.
func (p *held) look(x *change.Pair) seen {
	if !p.wanted(x.Event.Key) {
		return seen{p.engine.Parse(p.history.FreshNeighbour(x)), false}
	}
	return seen{p.engine.Parse(p.history.Fresh(x)), true}
}

// take attributes changes, in their order.
func (p *held) take(part change.Part[seen]) error {
	if b := part.Batch; b != nil {
		p.state = p.warnLost(b.Status, p.state)
		if !b.Lost.Empty() {
			if err := p.writers.flush(); err != nil {
				return err
			}
			if err := p.gap(b.Lost); err != nil {
				return err
			}
		}
	}
	for i := range part.List {
		if err := p.parsed(&part.List[i]); err != nil {
			return err
		}
	}
	return nil
}

func (p *held) parsed(s *seen) error {
	if s.wanted {
		p.engine.AddParsed(&s.Parsed)
	} else if p.engine.NoteParsed(&s.Parsed); !p.engine.Heavy() {
		return nil
	}
	return p.attributed(false)
}

// lineWriters write the lines of changes on all cores, in their order.
type lineWriters struct {
	list  []attribution.Attributed
	queue *sweep.Queue[[]attribution.Attributed, []byte]
}

// atOnce is how many lines are written at once.
const atOnce = 64

func newLineWriters(ctx context.Context, l *logger) *lineWriters {
	return &lineWriters{queue: sweep.NewQueue(ctx, func(list []attribution.Attributed) ([]byte, error) {
		var b bytes.Buffer
		o := l.out.aside(&b)
		for i := range list {
			if err := l.write(o, &list[i]); err != nil {
				return nil, err
			}
		}
		err := o.flush()
		return b.Bytes(), err
	}, func(b []byte) error {
		_, err := l.out.w.Write(b)
		return err
	})}
}

// put takes the next change.
func (w *lineWriters) put(a *attribution.Attributed) error {
	if w.list = append(w.list, *a); len(w.list) < atOnce {
		return nil
	}
	return w.hand()
}

func (w *lineWriters) hand() error {
	list := w.list
	w.list = make([]attribution.Attributed, 0, atOnce)
	return w.queue.Put(list)
}

// flush waits until all lines are written.
func (w *lineWriters) flush() error {
	if err := w.hand(); err != nil {
		return err
	}
	return w.queue.Flush()
}

// close writes what is left, and returns the first error that there was.
func (w *lineWriters) close() error {
	err := w.hand()
	if e := w.queue.Close(); err == nil {
		err = e
	}
	return err
}
