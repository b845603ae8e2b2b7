// Package snapshots is the pane of snapshot files: one that is being saved, and those in a folder.
//
//	S ─► question (where to) ─► Save intent ─► Step, Step, … ─► Saved ─► the list is read again
//
// What always holds: nothing is written before the question was answered, a running save can be cancelled and then
// leaves nothing behind, and its verdict stays on the screen until another one begins.
package snapshots

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// jobRows is the height of the upper part, which shows the save; fewRows where nothing is saved and the pane is low.
const (
	jobRows = 8
	fewRows = 3
	lowH    = 14
)

func (p *Pane) jobRows() int {
	if p.h < lowH && p.job == idle {
		return min(fewRows, max(p.h-2, 0))
	}
	return jobRows
}

// Pane lists snapshots.
type Pane struct {
	style  *pane.Style
	list   widget.List
	w, h   int
	dir    string
	files  []File
	err    string
	why    string // why no snapshot can be saved here, "" when it can
	cursor string
	steps  []Step
	begun  time.Time
	job    jobState
	result Result
	failed string
}

// checkWidth is the least number of columns that the outcome of a check has.
const checkWidth = 18

type jobState uint8

const (
	idle jobState = iota
	running
	done
	broken
)

// New returns the pane of a folder; why says that this source cannot be saved, "" that it can.
func New(style *pane.Style, dir, why string) *Pane {
	return &Pane{style: style, dir: dir, why: why}
}

// Dir returns the folder that is listed.
func (p *Pane) Dir() string { return p.dir }

// Current returns the file under the cursor.
func (p *Pane) Current() (path string, ok bool) {
	i := p.list.Cursor()
	if i < 0 || i >= len(p.files) {
		return "", false
	}
	return p.files[i].Path, true
}

// Resize implements pane.Pane.
func (p *Pane) Resize(w, h int) {
	p.w, p.h = w, h
	p.list.Resize(w, max(h-p.jobRows(), 0))
	p.sync()
}

// Files shows what a folder holds.
func (p *Pane) Files(files []File, err error) {
	p.files, p.err = files, ""
	if err != nil {
		p.err = clean.Error(err)
	}
	p.sync()
}

func (p *Pane) sync() {
	p.list.SetCount(len(p.files))
	for i := range p.files {
		if p.files[i].Path == p.cursor {
			p.list.SetCursor(i)
			return
		}
	}
	p.list.SetCursor(0)
	if len(p.files) > 0 {
		p.cursor = p.files[0].Path
	}
}

// Begin shows that a save has begun.
func (p *Pane) Begin(now time.Time) {
	p.job, p.begun, p.steps, p.failed = running, now, nil, ""
	p.Resize(p.w, p.h)
}

// Running reports whether a save is under way.
func (p *Pane) Running() bool { return p.job == running }

// Report shows a step of the save.
func (p *Pane) Report(s Step) {
	if n := len(p.steps); n > 0 && p.steps[n-1].Name == s.Name {
		p.steps[n-1] = s
		return
	}
	p.steps = append(p.steps, s)
}

// End shows how the save ended.
func (p *Pane) End(r Result, err error) {
	p.job, p.result = done, r
	if err != nil {
		p.job, p.failed = broken, clean.Error(err)
	} else {
		p.cursor = r.Path
	}
}

// Title implements pane.Pane.
func (p *Pane) Title() pane.Title {
	t := pane.Title{Left: "Snapshots"}
	if p.dir != "." {
		t.Right = clean.Middle(clean.Key([]byte(p.dir)), 40)
	}
	return t
}

// Row implements pane.Pane.
func (p *Pane) Row(b []byte, y int) []byte {
	if y < p.jobRows() {
		return p.jobRow(b, y)
	}
	if len(p.files) == 0 {
		return p.emptyRow(b, y-p.jobRows())
	}
	r := pane.Paint(b, p.style.Theme, p.w, "")
	i := p.list.Top() + y - p.jobRows()
	if i >= len(p.files) {
		return r.End()
	}
	return p.fileRow(b, i)
}

func (p *Pane) emptyRow(b []byte, y int) []byte {
	r := pane.Paint(b, p.style.Theme, p.w, "")
	if y == 0 {
		r.Gap(2)
		if p.err != "" {
			r.Text(text.Error, p.err)
		} else {
			r.Text(text.Muted, "No snapshots in this folder.")
		}
	}
	return r.End()
}

func (p *Pane) fileRow(b []byte, i int) []byte {
	th, f := p.style.Theme, &p.files[i]
	base := ""
	if i == p.list.Cursor() {
		base = th.Cursor
	}
	r := pane.Paint(b, th, p.w, base)
	if i == p.list.Cursor() {
		r.TextW(text.Accent, th.Glyphs.Pointer, 1)
	}
	r.To(p.w - 2)
	r.Text(text.Muted, f.Modified.Local().Format("2006-01-02 15:04"))
	rev := ""
	if f.Revision > 0 {
		rev = widget.Thousands(f.Revision)
	}
	r.Gap(max(14-len(rev), 1))
	r.Text(text.Plain, rev)
	size := widget.Bytes(f.Bytes)
	r.Gap(max(12-len(size), 1))
	r.Text(text.Plain, size)
	r.Gap(2)
	free := r.Free()
	check := clean.End(f.Check, max(free/2, 14))
	room := max(free-max(widget.Width(check)+2, checkWidth)-2, 8)
	r.Text(text.String, clean.Middle(f.Name, room))
	r.To(free - room - 2)
	switch f.State {
	case etcdsource.Passed:
		r.Text(text.OK, th.Glyphs.Good+" "+check)
	case etcdsource.Failed:
		r.Text(text.Error, th.Glyphs.Bad+" "+check)
	default:
		r.Text(text.Muted, th.Glyphs.Ring+" "+check)
	}
	return r.End()
}

func (p *Pane) jobRow(b []byte, y int) []byte {
	th := p.style.Theme
	r := pane.Paint(b, th, p.w, "")
	switch {
	case y == p.jobRows()-1:
		r.Rule(th.Line, 1)
		r.Text(text.Muted, fmt.Sprintf(" In this folder: %d ", len(p.files)))
		r.Rule(th.Line, r.Free())
	case y == 0 && p.jobRows() == jobRows:
	case p.job == idle && p.jobRows() < jobRows:
		p.idleRow(&r, []int{1, 5}[min(y, 1)])
	case p.job == idle:
		p.idleRow(&r, y)
	case y-1 < len(p.steps):
		p.stepRow(&r, y)
	case y-1 == len(p.steps):
		p.verdictRow(&r)
	}
	return r.End()
}

func (p *Pane) idleRow(r *pane.Painter, y int) {
	r.Gap(2)
	switch {
	case y == 1 && p.why != "":
		r.Text(text.Muted, "Nothing to save here: "+p.why+".")
	case y == 1:
		r.Text(text.Plain, "S saves a snapshot of the whole store into a file.")
	case y == 2 && p.why == "":
		r.Text(text.Muted, "It is streamed from one member and checked against its sha256.")
	case y == 3 && p.why == "":
		r.Text(text.Muted, "Its owner alone may read it: it holds every Secret.")
	case y == 5:
		r.Text(text.Muted, "o opens a file beside this source; c compares it with now.")
	}
}

func (p *Pane) stepRow(r *pane.Painter, y int) {
	th, s := p.style.Theme, &p.steps[y-1]
	r.Text(text.Muted, fmt.Sprintf("  %d  ", y))
	last := y == len(p.steps)
	switch {
	case s.Ended:
		r.Text(text.OK, th.Glyphs.Good)
	case last && p.job == broken:
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

func (p *Pane) verdictRow(r *pane.Painter) {
	th := p.style.Theme
	r.Gap(2)
	switch p.job {
	case running:
		r.Text(text.Muted, "esc cancels and leaves nothing behind")
	case done:
		r.Text(text.OK, th.Glyphs.Good+" saved and verified: ")
		r.Text(text.Plain, clean.Key([]byte(filepath.Base(p.result.Path))))
		r.Text(text.Muted, fmt.Sprintf("   revision %s   %s   %.1f s", widget.Thousands(p.result.Revision), widget.Bytes(p.result.Bytes), p.result.Seconds))
	case broken:
		r.Text(text.Error, th.Glyphs.Bad+" "+p.failed)
	}
}

// Do implements pane.Pane.
func (p *Pane) Do(a keymap.Action) pane.Intent {
	if p.list.Do(a) {
		if i := p.list.Cursor(); i < len(p.files) {
			p.cursor = p.files[i].Path
		}
		return nil
	}
	switch a {
	case keymap.Open, keymap.OpenBeside:
		if i := p.list.Cursor(); i >= 0 && i < len(p.files) {
			return pane.OpenFile{Path: p.files[i].Path}
		}
	}
	return nil
}

// Click implements pane.Clicker.
func (p *Pane) Click(_, y int, double bool) pane.Intent {
	i := p.list.Top() + y - p.jobRows()
	if y < p.jobRows() || i >= len(p.files) {
		return nil
	}
	p.list.SetCursor(i)
	p.cursor = p.files[i].Path
	if double {
		return pane.OpenFile{Path: p.cursor}
	}
	return nil
}

// Wheel implements pane.Clicker.
func (p *Pane) Wheel(rows int) pane.Intent {
	p.list.Scroll(rows)
	return nil
}
