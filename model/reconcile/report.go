package reconcile

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/unreadable"
)

// Store is a source and what is known of it.
type Store struct {
	Source  etcdsource.Source
	Decoder *decode.Decoder
	Kinds   *kinds.Table
	Root    string
	View    decode.View // how values are compared and shown
}

// Progress is called now and then with how much of a whole is done; the unit is the caller's to ignore.
type Progress func(done, total int64)

// Report is the Account of one store. It is made from the store's history, or from its objects as they are, and can be
// continued with what is written later. One goroutine at a time may use it; UpTo is for any.
//
//	History ─┐
//	Present ─┴─► Account ◄─ Continue ◄─ changes of a watch
type Report struct {
	*Account
	Writes  int  // changes that were looked at one by one
	Skipped int  // changes that were too many for that: only how they left their objects was looked at
	Looked  int  // objects that Present has looked at
	Cut     bool // Present ended at its limit
	// Gaps are the revisions that are not held, joined where there are too many.
	Gaps []etcdsource.Window
	// Unreadable are the values that cannot be read, as they are at the end.
	Unreadable unreadable.Tracker

	store  Store
	memory *change.Memory
	upTo   atomic.Int64
}

// NewReport returns a report of nothing. The bounds are for what is remembered of the versions that were met; what is
// forgotten is read again where the source has it on this machine.
func NewReport(s Store, o attribution.Options, w Window, bounds change.MemoryBounds) *Report {
	o.Root = s.Root
	m := change.NewMemory(s.Decoder, s.Kinds, s.Root, s.View, bounds)
	m.ReadFrom(s.Source)
	return &Report{Account: NewAccount(o, w), store: s, memory: m, Unreadable: unreadable.Tracker{Kinds: s.Kinds, Root: s.Root}}
}

// UpTo is the revision up to which changes are included, 0 while the report is made.
func (r *Report) UpTo() int64 { return r.upTo.Load() }

// Take adds the next change.
func (r *Report) Take(e *etcdsource.Event) {
	before := r.memory.Before(e)
	r.memory.Remember(e)
	c := r.memory.Describe(before, e)
	r.look(e, c.Object)
	r.Add(c)
	r.Writes++
}

// look keeps what cannot be read of a change.
func (r *Report) look(e *etcdsource.Event, o *decode.Object) {
	if e.Type == etcdsource.Deleted || o == nil {
		r.Unreadable.Gone(e.Key)
		return
	}
	r.Unreadable.See(o)
}

var errEnough = errors.New("enough was read")

// reviewed is a change that was decoded and looked at.
type reviewed struct {
	attribution.Parsed
	facts *Facts
	value unreadable.Value
}

// review decodes a change and looks at it. Several goroutines do that at once.
func (r *Report) review(p *change.Pair) (l reviewed) {
	c := r.memory.FreshBare(p)
	l.Parsed, l.facts = r.engine.Parse(c), r.Facts(&c)
	if c.Object != nil {
		l.value = r.Unreadable.Look(c.Object)
	}
	return l
}

// take adds the next change.
func (r *Report) take(l *reviewed) {
	if l.Object == nil {
		r.Unreadable.Gone(l.Key)
	} else {
		r.Unreadable.Note(&l.value)
	}
	r.add(&l.Parsed, l.facts)
	r.Writes++
}

// History takes every change that the store holds up to a revision, or to the end of the window. It decodes them on all cores.
func (r *Report) History(ctx context.Context, upTo int64, progress Progress) error {
	stream, err := r.store.Source.Watch(ctx, etcdsource.Prefix(""), 1)
	if err != nil {
		return err
	}
	defer stream.Close()
	err = change.Pass(ctx, r.memory, change.UpTo(stream, upTo), r.review, func(part change.Part[reviewed]) error {
		if part.Batch != nil {
			r.gap(part.Batch.Lost)
		}
		for i := range part.List {
			if r.Over() {
				return errEnough
			}
			l := &part.List[i]
			r.take(l)
			if progress != nil {
				progress(l.Mod, upTo)
			}
		}
		return nil
	})
	r.End()
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	r.upTo.Store(upTo)
	return nil
}

// maxGaps bounds the gaps that are told apart.
const maxGaps = 100

// gap notes revisions that are not held.
func (r *Report) gap(w etcdsource.Window) {
	switch n := len(r.Gaps); {
	case w.Empty():
	case n < maxGaps:
		r.Gaps = append(r.Gaps, w)
	default:
		r.Gaps[n-1] = r.Gaps[n-1].Join(w)
	}
}

// Continue takes the changes after UpTo, in order. Of more than most only the last are looked at one by one, the others
// for how they left their objects. Where the context ends, what was taken so far stays.
func (r *Report) Continue(ctx context.Context, events []etcdsource.Event, most int) error {
	for len(events) > 0 && events[0].Mod <= r.UpTo() {
		events = events[1:]
	}
	last := wholeRevisions(events, most)
	if n := len(events) - len(last); n > 0 {
		r.skim(events[:n])
	}
	for i := range last {
		e := &last[i]
		if i > 0 && e.Mod != last[i-1].Mod {
			r.upTo.Store(last[i-1].Mod)
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		r.Take(e)
	}
	r.End()
	if n := len(last); n > 0 {
		r.upTo.Store(last[n-1].Mod)
	}
	return nil
}

// skim looks only at how changes left their objects.
func (r *Report) skim(events []etcdsource.Event) {
	r.End()
	r.Lost()
	r.memory.Forget()
	r.Skipped += len(events)
	last := make(map[string]*etcdsource.Event, len(events))
	for i := range events {
		last[string(events[i].Key)] = &events[i]
	}
	for key, e := range last {
		if e.Type == etcdsource.Deleted {
			r.look(e, nil)
			r.Unsee(key)
			continue
		}
		o := r.store.Decoder.Object(e.Key, e.Value, e.Mod)
		r.look(e, o)
		r.See(o)
	}
	r.upTo.Store(events[len(events)-1].Mod)
}

// wholeRevisions returns the last events, at most so many, without splitting a revision.
func wholeRevisions(events []etcdsource.Event, most int) []etcdsource.Event {
	from := max(len(events)-most, 0)
	for from > 0 && from < len(events) && events[from].Mod == events[from-1].Mod {
		from++
	}
	return events[from:]
}
