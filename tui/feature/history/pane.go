package history

import (
	"fmt"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/timeline"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// row is a change, and what it did.
type row struct {
	etcdsource.BackupChange
	said change.Change
}

// Pane lists the changes of one object, the newest first; below the list are the fields that the one under the cursor changed.
type Pane struct {
	style *pane.Style
	list  widget.List
	w, h  int
	dir   string
	name  string // of the object, safe text
	rows  []row
	view  decode.View // that rows were described with
	doing string      // what is being done, "" for nothing
	fault string      // why there is nothing, safe text
	left  []string    // what is said of backups that do not count, or are not verified; safe text
}

func newPane(s *pane.Style) *Pane { return &Pane{style: s} }

// begin shows that the history of an object is being read.
func (p *Pane) begin(dir, name string) {
	*p = Pane{style: p.style, w: p.w, h: p.h, dir: dir, name: name, doing: "Reading the backups …"}
	p.Resize(p.w, p.h)
}

func (p *Pane) progress(step string, done, total int64) {
	p.doing = "Reading the backups: "
	if step == "copying" {
		p.doing = "Copying from the bucket: "
	}
	p.doing += widget.Bytes(done) + " of " + widget.Bytes(total)
}

func (p *Pane) fail(why string) { p.doing, p.fault = "", why }

// show shows changes, which come with the oldest first.
func (p *Pane) show(list []etcdsource.BackupChange, left []string) {
	p.doing, p.left, p.rows = "", left, make([]row, len(list))
	for i := range list {
		p.rows[len(list)-1-i].BackupChange = list[i]
	}
	switch {
	case len(list) == 0:
		p.fault = "No backup of the last 30 days holds it."
	case list[0].Earlier:
		p.left = append([]string{"It has not changed in the 30 days up to the newest backup: this is its last change."}, left...)
	}
	p.Resize(p.w, p.h)
	p.list.SetCursor(0)
}

// value is the change under the cursor; of a deletion the one before it, which held is false for. nil where there is none.
func (p *Pane) value() (r *row, held bool) {
	for i := p.list.Cursor(); i >= 0 && i < len(p.rows); i++ {
		if p.rows[i].Type != etcdsource.Deleted {
			return &p.rows[i], i == p.list.Cursor()
		}
	}
	return nil, false
}

// Resize implements pane.Pane.
func (p *Pane) Resize(w, h int) {
	p.w, p.h = w, h
	p.list.SetCount(len(p.rows))
	p.list.Resize(w, max(p.listRows()-1, 0))
}

// listRows is the height of heading and list; the rest shows what the row under the cursor changed.
func (p *Pane) listRows() int {
	if p.h < 14 {
		return p.h
	}
	return min(max(p.h/2, len(p.rows)+2), p.h-8)
}

// Title implements pane.Pane.
func (p *Pane) Title() pane.Title {
	t := pane.Title{Left: "History in backups  " + p.name, Named: true}
	if len(p.rows) > 0 {
		t.Right = widget.Plural(int64(len(p.rows)), "change")
	}
	return t
}

// Row implements pane.Pane.
func (p *Pane) Row(b []byte, y int) []byte {
	n := p.listRows()
	i := p.list.Top() + y - 1
	switch {
	case len(p.rows) == 0:
		return p.emptyRow(b, y)
	case y == 0:
		return p.heading(b)
	case y >= n:
		return p.detailRow(b, y-n)
	case i < len(p.rows):
		return p.changeRow(b, i)
	}
	r := pane.Paint(b, p.style.Theme, p.w, "")
	if k := i - len(p.rows); k < len(p.left) {
		r.Gap(2)
		r.Text(text.Warning, clean.End(p.left[k], max(p.w-3, 1)))
	}
	return r.End()
}

func (p *Pane) emptyRow(b []byte, y int) []byte {
	r := pane.Paint(b, p.style.Theme, p.w, "")
	r.Gap(2)
	switch {
	case p.doing != "":
		if y == 0 {
			r.Text(text.Muted, p.doing)
		}
	case y > 1 && y-2 < len(p.left):
		r.Text(text.Warning, clean.End(p.left[y-2], max(p.w-3, 1)))
	default:
		r.Text(text.Muted, widget.Sentence(p.fault, p.w-3, y))
	}
	return r.End()
}

// Widths of the columns; those behind the first are shown from some widths of the pane on.
const (
	whenW    = 36
	revW     = 11
	revFrom  = 90
	fileW    = 30
	fileFrom = 140
)

func (p *Pane) heading(b []byte) []byte {
	r := pane.Paint(b, p.style.Theme, p.w, "")
	r.Gap(2)
	r.Text(text.Muted, fmt.Sprintf("%-*s", whenW, "MADE"))
	if p.w >= revFrom {
		r.Text(text.Muted, fmt.Sprintf("  %*s", revW, "REVISION"))
	}
	if p.w >= fileFrom {
		r.Text(text.Muted, fmt.Sprintf("  %-*s", fileW, "BACKUP"))
	}
	r.Text(text.Muted, "    CHANGE")
	return r.End()
}

func (p *Pane) changeRow(b []byte, i int) []byte {
	th, c := p.style.Theme, &p.rows[i]
	base := ""
	if i == p.list.Cursor() {
		base = th.Cursor
	}
	r := pane.Paint(b, th, p.w, base)
	if i == p.list.Cursor() {
		r.TextW(text.Accent, th.Glyphs.Pointer, 1)
	}
	r.To(p.w - 1)
	role := text.Plain
	if c.Exact {
		role = text.OK
	}
	r.Text(role, fmt.Sprintf("%-*s", whenW, words.Bracket(&c.BackupChange)))
	if p.w >= revFrom {
		rev := ""
		if c.Mod > 0 {
			rev = widget.Thousands(c.Mod)
		}
		r.Text(text.Number, fmt.Sprintf("  %*s", revW, rev))
	}
	if p.w >= fileFrom {
		name := clean.Middle(clean.Key([]byte(words.Below(p.dir, c.Held))), fileW)
		r.Gap(2)
		r.Text(text.Muted, name)
		r.Gap(fileW - widget.Width(name))
	}
	r.Gap(2)
	timeline.Sign(&r, c.Type)
	r.Gap(1)
	if c.Unseen > 0 {
		r.Text(text.Warning, widget.Plural(c.Unseen, "write")+" before it in no backup  ")
	}
	r.Text(text.Plain, c.said.Summary)
	return r.End()
}

// detailRow shows what the change under the cursor changed.
func (p *Pane) detailRow(b []byte, y int) []byte {
	th := p.style.Theme
	r := pane.Paint(b, th, p.w, "")
	i := p.list.Cursor()
	if i < 0 || i >= len(p.rows) {
		return r.End()
	}
	c := &p.rows[i]
	if y == 0 {
		r.Rule(th.Line, 1)
		r.Text(text.Muted, " "+clean.Middle(clean.Key([]byte(words.Below(p.dir, c.Held))), max(p.w-20, 8))+", version "+fmt.Sprint(c.Version)+" ")
		r.Rule(th.Line, r.Free())
		return r.End()
	}
	if lines := timeline.Fields(&c.said, p.w, p.h-p.listRows()-1, ": ↵ shows the value"); y-1 < len(lines) {
		r.Gap(lines[y-1].Indent)
		r.Text(lines[y-1].Role, lines[y-1].Text)
	}
	return r.End()
}

// Do implements pane.Pane.
func (p *Pane) Do(a keymap.Action) pane.Intent {
	p.list.Do(a)
	return nil
}

// Click implements pane.Clicker.
func (p *Pane) Click(_, y int, _ bool) pane.Intent {
	if i := p.list.Top() + y - 1; y > 0 && y < p.listRows() && i < len(p.rows) {
		p.list.SetCursor(i)
	}
	return nil
}

// Wheel implements pane.Clicker.
func (p *Pane) Wheel(rows int) pane.Intent {
	p.list.Scroll(rows)
	return nil
}
