package terminal

import (
	"reflect"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Pace lowers the rate at which Bubble Tea looks for something to draw while nothing happens: its ticker is nearly all that an idle
// program costs. Its methods are called by the goroutine that updates the model.
//
//	key, change ─► Rate ─► two quiet messages in a row ─► idle ─┬─► key, change ─► soon, then Rate
//	                                                            └─► a quiet message changes the view ─► later, then idle
type Pace struct {
	Rate    int                // looks a second while something happens
	Quiet   func(tea.Msg) bool // reports messages that come by themselves
	of      *tea.Program
	every   time.Duration // the time between two looks that was set last
	alone   int           // quiet messages since the last other one
	last    string        // the view of the last message
	changed time.Time     // when that became another
	usual   *time.Timer   // sets the usual rate after soon; nil before the first time
}

const (
	// idle is the time between two looks while the view does not change.
	idle = 10 * time.Second
	// later is how long what a quiet message has changed waits to be drawn.
	later = 300 * time.Millisecond
	// soon is how long the first thing that happens waits, less than at the usual rate.
	soon = 10 * time.Millisecond
	// idleAfter is how many quiet messages in a row there are before the rate is lowered. Each idleAgain messages that is done again:
	// what restarts the renderer sets its own rate.
	idleAfter, idleAgain = 2, 4
)

// Of sets whose rate it is, before that runs.
func (p *Pace) Of(program *tea.Program) { p.of = program }

// see sets the rate by a message; a nil Pace does nothing. What has changed is drawn before the rate is lowered.
func (p *Pace) see(msg tea.Msg) {
	if p == nil {
		return
	}
	if p.Quiet(msg) {
		if p.alone++; p.alone >= idleAfter && time.Since(p.changed) > 2*later && (p.every != idle || p.alone%idleAgain == 0) {
			p.set(idle)
		}
		return
	}
	if p.alone >= idleAfter {
		p.hurry()
	}
	p.alone = 0
}

// show sets the rate by the view after a message; a nil Pace does nothing.
func (p *Pace) show(view string) {
	if p == nil || view == p.last {
		return
	}
	p.last, p.changed = view, time.Now()
	if p.alone >= idleAfter && p.every == idle {
		p.set(later)
	}
}

// hurry sets a high rate until what happens now is drawn, then the usual one.
func (p *Pace) hurry() {
	p.reset(soon)
	p.every = 0 // the timer sets it then
	if p.usual == nil {
		p.usual = time.AfterFunc(2*soon, p.setUsual)
		return
	}
	p.usual.Reset(2 * soon)
}

// setUsual is called by the timer's goroutine.
func (p *Pace) setUsual() { p.reset(time.Second / time.Duration(p.Rate)) }

func (p *Pace) set(every time.Duration) {
	p.every = every
	p.reset(every)
}

func (p *Pace) reset(every time.Duration) {
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
