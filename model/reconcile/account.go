package reconcile

import (
	"bytes"
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/change"
)

// Window is the part of the history that is counted; what lies before it is only folded for the state of things when it
// began. Zero fields are no bound.
type Window struct {
	From, To      int64     // revisions
	After, Before time.Time // dates
	// Only reports whether a key counts, nil: all do. Every key is evidence for others.
	Only func(key []byte) bool
}

func (w *Window) begun(a *attribution.Attributed) bool {
	return a.Mod >= w.From && (w.After.IsZero() || !a.Verdict.Time.Before(w.After))
}

func (w *Window) over(a *attribution.Attributed) bool {
	return w.To > 0 && a.Mod > w.To || !w.Before.IsZero() && a.Verdict.Time.After(w.Before)
}

// Account attributes changes and folds them, each with its writer and its date, into a Tracker. It is not safe for
// concurrent use.
type Account struct {
	*Tracker
	engine      *attribution.Engine
	window      Window
	began, over bool
	first, last int64 // revisions in the window
	past        Past
	latest      [maxLatest]newest // of the changes that Latest returns, each at its number modulo their count
	kept        int               // how many changes were put there
	facts       []*Facts          // of the changes that the engine holds
}

// Latest is one of the newest changes.
type Latest struct {
	Key      string // untrusted
	Revision int64
	Type     etcdsource.Type
	Summary  string // safe text
	Verdict  attribution.Verdict
}

// maxLatest is how many of the newest changes are kept.
const maxLatest = 32

// NewAccount returns an account of nothing.
func NewAccount(o attribution.Options, w Window) *Account {
	return &Account{Tracker: New(), engine: attribution.New(o), window: w}
}

// Add takes the next change, and everything that can be attributed by now.
func (x *Account) Add(c change.Change) { x.add(new(x.engine.Parse(c)), x.Facts(&c)) }

// add is Add of a change whose versions were parsed, and whose facts are known.
func (x *Account) add(c *attribution.Parsed, f *Facts) {
	x.engine.AddParsed(c)
	x.facts = append(x.facts, f)
	x.fold(false)
}

// Lost reports that changes were missed.
func (x *Account) Lost() { x.engine.Lost() }

// noticed is the least difference of a clock that is reported, in either direction.
const noticed = time.Second

// Clocks returns the clocks that differ by a second or more from the one that dates revisions, sorted by name.
func (x *Account) Clocks() []clock.Offset {
	return slices.DeleteFunc(x.engine.Clock().Offsets(), func(o clock.Offset) bool { return o.By.Abs() < noticed })
}

// Over reports whether the window has ended: nothing more is taken.
func (x *Account) Over() bool { return x.over }

// End takes what still waits for evidence.
func (x *Account) End() {
	x.fold(true)
	if !x.began {
		x.begin()
	}
	for i := range x.latest {
		x.latest[i].settle()
	}
}

// Span returns the first and the last revision of the history that was counted, 0 where none was.
func (x *Account) Span() (first, last int64) { return x.first, x.last }

// Past are the writes in the window that no API server made.
func (x *Account) Past() *Past { return &x.past }

// Latest returns the newest changes, the newest first: neither signs of life, nor Events, nor writes that change no field.
func (x *Account) Latest() []Latest {
	out := make([]Latest, 0, maxLatest)
	for i := x.kept - 1; i >= max(x.kept-maxLatest, 0); i-- {
		n := x.latest[i%maxLatest]
		n.settle()
		out = append(out, n.Latest)
	}
	return out
}

// newest is one of the newest changes. It is put into words when that is asked for: most are followed by others.
type newest struct {
	Latest
	change change.Change
	silent bool // Summary is not set yet
}

// settle puts the change into words and forgets its versions.
func (n *newest) settle() {
	if !n.silent {
		return
	}
	if n.change.Summary == "" {
		n.change.Summarize()
	}
	n.Summary = n.change.Summary
	n.change, n.silent = change.Change{}, false
}

// keep notes a change as one of the newest.
func (x *Account) keep(a *attribution.Attributed) {
	if a.Aspect == change.AspectHeartbeat || a.Aspect == change.AspectNone || bytes.Contains(a.Key, []byte("/events/")) {
		return
	}
	x.latest[x.kept%maxLatest] = newest{Latest{Key: string(a.Key), Revision: a.Mod, Type: a.Type, Verdict: a.Verdict}, a.Change, true}
	x.kept++
}

func (x *Account) begin() {
	x.began = true
	x.Begin()
}

func (x *Account) fold(all bool) {
	taken := x.engine.Take(all)
	facts := slices.Clone(x.facts[:len(taken)])
	rest := copy(x.facts, x.facts[len(taken):])
	clear(x.facts[rest:])
	x.facts = x.facts[:rest]
	for i := range taken {
		a := &taken[i]
		switch {
		case x.over:
			return
		case x.window.over(a):
			x.over = true
			return
		case x.window.Only != nil && !x.window.Only(a.Key):
			continue
		}
		if !x.began && x.window.begun(a) {
			x.begin()
		}
		if x.began && !a.Kept {
			if x.first == 0 {
				x.first = a.Mod
			}
			x.last = a.Mod
			x.past.note(a)
			x.keep(a)
		}
		x.Apply(Input{Change: &a.Change, Writer: a.Writer, Controller: a.Controller, Sure: a.Confidence >= attribution.Likely,
			SelfDeclared: a.SelfDeclared, Attributed: true, When: a.Verdict.Time,
			Until: a.Hi, Open: a.NotBefore(), Late: a.NotAfter(), Facts: facts[i]})
	}
}
