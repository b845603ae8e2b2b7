package change

import (
	"context"
	"errors"
	"io"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/sweep"
)

// Pair is a change and the version before it, nil where there is none or it is not known.
type Pair struct{ Before, Event *etcdsource.Event }

// Part is a part of a batch that was worked on. It is valid until take returns.
type Part[T any] struct {
	Batch *etcdsource.Batch // the batch, of its first part only; its Events are those of all parts
	List  []T               // what was made of the changes of this part, in their order
}

// Bounds of a part: so many are on their way at once that little of them is.
const (
	partEvents = 32
	partBytes  = 64 << 10
)

// Pass reads batches until next returns io.EOF, hands each change with the version before it to work, on all cores, and what
// that returns to take, in the order of the changes:
//
//	next ─► the versions before ─┬─► work ─┬─► take
//	        (Memory)             └─► work ─┘
//
// Until Pass returns, the caller may use the memory only through Fresh, FreshBare and FreshNeighbour within work; objects that work decodes
// are not shared between changes. The first error of next or take ends the pass and is returned, and so does the end of the context.
func Pass[T any](ctx context.Context, m *Memory, next func(context.Context) (etcdsource.Batch, error), work func(*Pair) T, take func(Part[T]) error) error {
	r := reader{memory: m, next: next}
	free := make(chan []T, 4*sweep.Workers()) // lists that are used again
	return sweep.Run(ctx, r.piece, func(p piece) (out Part[T], err error) {
		var list []T
		select {
		case list = <-free:
		default:
			list = make([]T, partEvents)
		}
		out = Part[T]{Batch: p.batch, List: list[:len(p.pairs)]}
		for i := range p.pairs {
			if err := ctx.Err(); err != nil {
				return out, err
			}
			x := &p.pairs[i]
			if x.asks {
				x.Before = m.read(x.Event)
			}
			out.List[i] = work(&x.Pair)
		}
		return out, nil
	}, func(out Part[T]) error {
		err := take(out)
		clear(out.List)
		select {
		case free <- out.List[:partEvents]:
		default:
		}
		return err
	})
}

// piece is a part of a batch that is to be worked on.
type piece struct {
	batch *etcdsource.Batch
	pairs []asked
}

type asked struct {
	Pair
	asks bool // the version before is to be read
}

// reader cuts batches into parts.
type reader struct {
	memory *Memory
	next   func(context.Context) (etcdsource.Batch, error)
	rest   []etcdsource.Event // of the batch before
}

// piece returns the next part, io.EOF behind the last.
func (r *reader) piece(ctx context.Context) (p piece, err error) {
	if len(r.rest) == 0 {
		b, err := r.next(ctx)
		if err != nil {
			return p, err
		}
		p.batch, r.rest = &b, b.Events
	}
	bytes := 0
	for n := range r.rest {
		e := &r.rest[n]
		if n == partEvents || bytes > partBytes {
			break
		}
		bytes += len(e.Value)
		x := asked{Pair: Pair{Event: e}}
		x.Before, x.asks = r.memory.last(e)
		r.memory.Remember(e)
		p.pairs = append(p.pairs, x)
	}
	r.rest = r.rest[len(p.pairs):]
	return p, nil
}

// UpTo returns what reads a stream until it has delivered everything up to a revision, as next of Pass.
func UpTo(stream etcdsource.Stream, rev int64) func(context.Context) (etcdsource.Batch, error) {
	end := false
	return func(ctx context.Context) (etcdsource.Batch, error) {
		if end {
			return etcdsource.Batch{}, io.EOF
		}
		b, err := stream.Next(ctx)
		end = b.Revision >= rev || errors.Is(err, io.EOF)
		return b, err
	}
}
