package restore

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/restore"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Pane shows a plan as lines, of which those with more to say unfold.
type Pane struct {
	style *pane.Style
	w, h  int
	list  widget.List
	path  string
	plan  *restore.Plan // nil while there is none
	doing string        // what is being done, "" for nothing
	fault string        // why there is no plan
	trial trial
	lines []line
	open  map[string]bool // lines that are unfolded
}

// trial is the rehearsal.
type trial struct {
	state trialState
	found *etcdsource.Rehearsed
	fault string
}

type trialState uint8

const (
	untried trialState = iota
	running
	serving
	ended
)

// line is a row of the screen. Its texts are safe.
type line struct {
	id      string // stays the same while the plan is shown
	role    text.Role
	bold    bool
	head    string // before text, in a role of its own
	headAs  text.Role
	text    string
	unfolds string // the id of what enter unfolds
	command string // what enter copies
}

func newPane(s *pane.Style) *Pane { return &Pane{style: s, open: map[string]bool{}} }

// begin shows that a plan is being made.
func (p *Pane) begin(path string) {
	*p = Pane{style: p.style, w: p.w, h: p.h, path: path, doing: "reading the file", open: map[string]bool{}}
	p.list.Resize(p.w, p.h)
	p.build()
}

// step says what is being done.
func (p *Pane) step(s string) {
	p.doing = clean.Text(s)
	p.build()
}

// working says it for the foot of another screen.
func (p *Pane) working() string {
	switch {
	case p.trial.state == serving:
		return "The restored store is served"
	case p.trial.state == running:
		return "Rehearsing: " + p.doing
	}
	return "Planning the restore: " + p.doing
}

// fail says why there is no plan.
func (p *Pane) fail(why string) {
	p.doing, p.fault = "", why
	p.build()
}

// show shows a plan. What stops the restore is unfolded.
func (p *Pane) show(plan *restore.Plan) {
	p.plan, p.doing = plan, ""
	for i := range plan.Warnings {
		p.open[warningID(i)] = plan.Warnings[i].Stop
	}
	p.open[detailsID] = p.h >= tallH
	p.build()
	p.list.SetCursor(0)
}

func (p *Pane) rehearsing() { p.try(trial{state: running}, "beginning") }

func (p *Pane) serves(r *etcdsource.Rehearsed) { p.try(trial{state: serving, found: r}, "") }

func (p *Pane) unrehearsed() { p.try(trial{}, "") }

func (p *Pane) rehearsed(r *etcdsource.Rehearsed, fault string) {
	p.try(trial{state: ended, found: r, fault: fault}, "")
}

func (p *Pane) try(t trial, doing string) {
	p.trial, p.doing = t, doing
	p.build()
	if i := slices.IndexFunc(p.lines, func(l line) bool { return l.id == detailsID+"/"+trialID }); i >= 0 && t.state != untried {
		p.list.SetCursor(i)
	}
}

// Resize implements pane.Pane.
func (p *Pane) Resize(w, h int) {
	p.w, p.h = w, h
	p.list.Resize(w, h)
	p.build()
}

// Title implements pane.Pane.
func (p *Pane) Title() pane.Title {
	return pane.Title{Left: "Restore", Right: clean.Middle(clean.Key([]byte(filepath.Base(p.path))), 40)}
}

// Do implements pane.Pane.
func (p *Pane) Do(a keymap.Action) pane.Intent {
	p.list.Do(a)
	return nil
}

// Click implements pane.Clicker.
func (p *Pane) Click(_, y int, double bool) pane.Intent {
	p.list.SetCursor(p.list.Top() + y)
	if double {
		p.toggle()
	}
	return nil
}

// Wheel implements pane.Clicker.
func (p *Pane) Wheel(rows int) pane.Intent {
	p.list.Scroll(rows)
	return nil
}

// at is the line under the cursor.
func (p *Pane) at() line {
	if i := p.list.Cursor(); i >= 0 && i < len(p.lines) {
		return p.lines[i]
	}
	return line{}
}

// command is the one under the cursor: on a step that of the step. "" for none.
func (p *Pane) command() string {
	l := p.at()
	if l.command != "" || p.plan == nil {
		return l.command
	}
	for i := range p.plan.Steps {
		if l.unfolds != "" && l.unfolds == stepID(i) {
			return p.plan.Steps[i].Command
		}
	}
	return ""
}

// toggle unfolds or folds the line under the cursor; false where there is nothing to unfold.
func (p *Pane) toggle() bool {
	id := p.at().unfolds
	if id != "" {
		p.fold(!p.open[id])
	}
	return id != ""
}

// fold unfolds or folds the line under the cursor; from a line that was unfolded it goes to the one that it is of.
func (p *Pane) fold(open bool) {
	l := p.at()
	if l.unfolds == "" && !open {
		of, _, _ := strings.Cut(l.id, "/")
		if i := slices.IndexFunc(p.lines, func(l line) bool { return l.unfolds != "" && l.unfolds == of }); i >= 0 {
			p.list.SetCursor(i)
			l = p.at()
		}
	}
	if l.unfolds != "" {
		p.open[l.unfolds] = open
		p.build()
	}
}

// build makes the lines again. The cursor stays on what it was on.
func (p *Pane) build() {
	was := p.at().id
	g := page{plan: p.plan, trial: &p.trial, doing: p.doing, open: p.open, th: p.style.Theme, w: p.w, lines: p.lines[:0]}
	switch {
	case p.w == 0:
	case p.fault != "":
		g.say("fault", text.Error, "No plan: "+p.fault)
	case p.plan == nil && p.doing != "":
		g.say("doing", text.Muted, "Planning: "+p.doing+" …")
		g.say("esc", text.Muted, "esc gives it up")
	case p.plan != nil:
		g.verdict()
		g.about()
		g.needs()
		g.steps()
	}
	p.lines = g.lines
	p.list.SetCount(len(p.lines))
	if i := slices.IndexFunc(p.lines, func(l line) bool { return l.id == was }); was != "" && i >= 0 {
		p.list.SetCursor(i)
	}
}

// Row implements pane.Pane.
func (p *Pane) Row(b []byte, y int) []byte {
	i := p.list.Top() + y
	base := ""
	if i == p.list.Cursor() && i < len(p.lines) {
		base = p.style.Theme.Cursor
	}
	r := pane.Paint(b, p.style.Theme, p.w, base)
	if i >= len(p.lines) {
		return r.End()
	}
	if base != "" {
		r.TextW(text.Accent, p.style.Theme.Glyphs.Pointer, 1)
	} else {
		r.Gap(1)
	}
	l := &p.lines[i]
	r.Gap(1)
	if l.head != "" {
		r.Text(l.headAs, l.head)
	}
	if l.bold {
		r.Bold(l.role, l.text)
	} else {
		r.Text(l.role, l.text)
	}
	return r.End()
}

func warningID(i int) string { return fmt.Sprintf("warning%d", i) }

// Ids of lines that are there once.
const (
	needsID   = "needs"
	detailsID = "details"
	trialID   = "trial"
)

// tallH is the height of the pane from which on everything that the plan rests on is unfolded at once, in rows.
const tallH = 36

func stepID(i int) string { return fmt.Sprintf("step%d", i) }
