package snapshots

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

type jobState uint8

const (
	idle jobState = iota
	running
	done
	broken
)

// saving is the snapshot that is being saved, or was saved last.
type saving struct {
	state  jobState
	steps  []Step
	result Result
	failed string
}

// Begin shows that a save has begun.
func (p *Pane) Begin(time.Time) {
	p.save, p.check = saving{state: running}, checking{}
	p.sync()
}

// Report shows a step of the save.
func (p *Pane) Report(s Step) {
	if n := len(p.save.steps); n > 0 && p.save.steps[n-1].Name == s.Name {
		p.save.steps[n-1] = s
		return
	}
	p.save.steps = append(p.save.steps, s)
}

// End shows how the save ended.
func (p *Pane) End(r Result, err error) {
	p.save.state, p.save.result = done, r
	if err != nil {
		p.save.state, p.save.failed = broken, clean.Error(err)
	} else {
		p.cursor = r.Path
	}
	p.sync()
}

// saveRow draws a row of a save: its steps, then how it ends.
func (p *Pane) saveRow(r *pane.Painter, y int) {
	switch {
	case y == 0 || y > len(p.save.steps)+1:
	case y <= len(p.save.steps):
		p.stepRow(r, y)
	default:
		p.savedRow(r)
	}
}

func (p *Pane) stepRow(r *pane.Painter, y int) {
	th, s := p.style.Theme, &p.save.steps[y-1]
	r.Text(text.Muted, fmt.Sprintf("  %d  ", y))
	last := y == len(p.save.steps)
	switch {
	case s.Ended:
		r.Text(text.OK, th.Glyphs.Good)
	case last && p.save.state == broken:
		r.Text(text.Error, th.Glyphs.Bad)
	default:
		r.Text(text.Accent, th.Glyphs.Half)
	}
	r.Gap(1)
	r.Text(text.Plain, clean.Text(s.Name))
	r.Gap(2)
	if s.Ended || s.Total <= 0 {
		note := s.Note
		if note == "" && s.Done > 0 {
			note = widget.Bytes(s.Done)
		}
		r.Text(text.Muted, clean.Text(note))
		return
	}
	r.Text(text.Accent, widget.Gauge(float64(s.Done)/float64(s.Total), min(r.Free()-30, 40), th))
	r.Text(text.Muted, fmt.Sprintf("  %s of %s", widget.Bytes(s.Done), widget.Bytes(s.Total)))
}

func (p *Pane) savedRow(r *pane.Painter) {
	th, s := p.style.Theme, &p.save
	r.Gap(2)
	switch s.state {
	case running:
		r.Text(text.Muted, "esc cancels and leaves nothing behind")
	case done:
		r.Text(text.OK, th.Glyphs.Good+" saved and verified: ")
		r.Text(text.Plain, clean.Key([]byte(filepath.Base(s.result.Path))))
		r.Text(text.Muted, fmt.Sprintf("   revision %s   %s   %.1f s", widget.Thousands(s.result.Revision), widget.Bytes(s.result.Bytes), s.result.Seconds))
	case broken:
		r.Text(text.Error, th.Glyphs.Bad+" "+s.failed)
	}
}
