package terminal

import (
	"reflect"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Pace lowers the rate at which Bubble Tea looks for something to draw while nothing happens: its ticker is nearly all that an idle
// program costs. Its methods are called by the goroutine that updates the model.
//
//	key, change ─► Rate ─► two quiet messages in a row ─► idleFrame ─► key, change ─► soon, then Rate
type Pace struct {
	Rate  int                // looks a second while something happens
	Quiet func(tea.Msg) bool // reports messages that come by themselves
	of    *tea.Program
	alone int       // quiet messages since the last other one
	hasty time.Time // when something happened after it was idle, until the usual rate is set
}

const (
	// idleFrame is how long what a quiet message has changed waits to be drawn.
	idleFrame = 250 * time.Millisecond
	// soon is how long the first thing that happens waits, less than at the usual rate; the message after that sets this again.
	soon = 10 * time.Millisecond
	// idleAfter is how many quiet messages in a row there are before the rate is lowered.
	idleAfter = 2
)

// Of sets whose rate it is, before that runs.
func (p *Pace) Of(program *tea.Program) { p.of = program }

// see sets the rate by a message; a nil Pace does nothing.
func (p *Pace) see(msg tea.Msg) {
	if p == nil {
		return
	}
	if !p.hasty.IsZero() && time.Since(p.hasty) > 2*soon {
		p.hasty = time.Time{}
		p.set(time.Second / time.Duration(p.Rate))
	}
	if p.Quiet(msg) {
		if p.alone++; p.alone >= idleAfter {
			p.set(idleFrame) // again: what restarts the renderer sets its own
		}
		return
	}
	if p.alone >= idleAfter {
		p.hasty = time.Now()
		p.set(soon)
	}
	p.alone = 0
}

func (p *Pace) set(every time.Duration) {
	if t := tickerOf(p.of); t != nil {
		t.Reset(every)
	}
}

// tickerOf returns the ticker by which a running program draws, nil where this version of Bubble Tea has none: its rate can be set
// only before it runs, and no method of it draws at once.
func tickerOf(p *tea.Program) *time.Ticker {
	f := reflect.ValueOf(p).Elem().FieldByName("ticker")
	if !f.IsValid() || f.Type() != reflect.TypeFor[*time.Ticker]() {
		return nil
	}
	return *(**time.Ticker)(f.Addr().UnsafePointer())
}
