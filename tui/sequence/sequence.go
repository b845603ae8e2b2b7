// Package sequence is the pane that draws how writes came into etcd: a row a revision, from the lane of its writer
// through the API server into etcd.
//
//	client   controllers  scheduler  kubelet  API server  etcd
//	  ●───────────┼───────────┼─────────┼─────────●───→  890  + pods/demo/nginx   created
//	  │           │           ←┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄●             kube-scheduler's watch: not stored
//	  │           │           ●─────────┼─────────●───→  891  ~ pods/demo/nginx   assigned to node-a
//
// What always holds:
//   - A solid line is a write that etcd holds. What leaves nothing there (a refused request, what a watch delivered) is
//     dotted, and says so.
//   - The writers stand left of the API server and etcd right of it, so that no line passes etcd on its way; a line
//     that does not stop at the API server did not go through it.
//   - The cursor is a revision and a key, never a row. What is said of the row under it is printed below, where there is room.
package sequence

import (
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Row is a step on the way of a write. Its texts are safe to draw.
type Row struct {
	Rev   int64  // 0 where nothing is stored
	Path  string // the key, as stored
	Lane  attribution.Lane
	Node  string // the node, for the lane of a kubelet
	Actor string // who it was, "" where that is not known
	Grade attribution.Confidence
	Type  etcdsource.Type
	Key   string // for people
	Text  string
	Say   string // all of it in a sentence, "" where there is none
	How   How
	Time  time.Time // when it was written, zero where that is not known
	// Etcd is another etcd of the node that holds it, safe text: only the time joins it to the other rows, and Rev is 0.
	Etcd string
}

// How is what a row's line means.
type How uint8

// The meanings.
const (
	Write     How = iota // through the API server into etcd
	Refused              // the API server said no, and etcd was not asked
	Delivered            // the API server's watch told the actor
	Past                 // into etcd past the API server
)

// Pane draws rows.
type Pane struct {
	style  *pane.Style
	list   widget.List
	w, h   int
	about  string // whose rows these are, safe
	empty  string // why there are none
	rows   []Row
	lanes  []lane
	cursor id
	revW   int  // columns of the widest revision
	single bool // all rows are of one key
	held   bool // the cursor was moved away from the newest row
}

type id struct {
	rev  int64
	path string
}

// New returns a pane without rows.
func New(style *pane.Style) *Pane { return &Pane{style: style} }

// Show replaces the rows, oldest first. about says whose they are, empty why there are none.
func (p *Pane) Show(about string, rows []Row, empty string) {
	p.about, p.rows, p.empty = about, withWatches(rows), empty
	p.arrange()
	p.list.SetCount(len(p.rows))
	if !p.held {
		p.list.SetCursor(len(p.rows) - 1)
		p.remember()
		return
	}
	for i := range p.rows {
		if (id{p.rows[i].Rev, p.rows[i].Path}) == p.cursor {
			p.list.SetCursor(i)
		}
	}
}

// At moves the cursor to the last row that is not newer than a revision.
func (p *Pane) At(rev int64) {
	at := -1
	for i := range p.rows {
		if p.rows[i].Rev != 0 && p.rows[i].Rev <= rev {
			at = i
		}
	}
	if at >= 0 {
		p.list.SetCursor(at)
		p.remember()
		p.held = at < len(p.rows)-1
	}
}

// remember makes the row under the cursor the one that the cursor stays on.
func (p *Pane) remember() {
	if r := p.Current(); r != nil {
		p.cursor = id{r.Rev, r.Path}
	}
}

// Current returns the row under the cursor, nil when there is none.
func (p *Pane) Current() *Row {
	if i := p.list.Cursor(); i < len(p.rows) {
		return &p.rows[i]
	}
	return nil
}

// Resize implements pane.Pane.
func (p *Pane) Resize(w, h int) {
	p.w, p.h = w, h
	p.arrange()
	p.list.Resize(w, max(h-p.headRows()-p.sayRows(), 0))
}

// sayRows is the number of rows below the list, in which the row under the cursor is described.
func (p *Pane) sayRows() int {
	switch {
	case p.h >= 18:
		return 3
	case p.h >= 14:
		return 2
	}
	return 0
}

// sayRow paints a row of what is said of the row under the cursor.
func (p *Pane) sayRow(b []byte, i int) []byte {
	r := pane.Paint(b, p.style.Theme, p.w, "")
	row := p.Current()
	if row == nil || row.Say == "" {
		return r.End()
	}
	lines := widget.Wrap(row.Say, max(p.w-4, 10))
	if n := p.sayRows(); len(lines) > n {
		lines = append(lines[:n-1], clean.End(strings.Join(lines[n-1:], " "), max(p.w-4, 10)))
	}
	if i < len(lines) {
		r.Gap(2)
		r.Text(text.Travel, lines[i])
	}
	return r.End()
}

// headRows is the number of rows above the list.
func (p *Pane) headRows() int {
	if p.h >= 12 {
		return 2
	}
	return 1
}

// Title implements pane.Pane.
func (p *Pane) Title() pane.Title {
	writes := 0
	for i := range p.rows {
		if p.rows[i].Rev != 0 {
			writes++
		}
	}
	t := pane.Title{Left: "Sequence"}
	if p.about != "" {
		t.Left += "  " + p.about
	}
	if writes > 0 {
		t.Right = widget.Plural(writes, "write")
	}
	return t
}

// Row implements pane.Pane.
func (p *Pane) Row(b []byte, y int) []byte {
	head := p.headRows()
	i := p.list.Top() + y - head
	switch {
	case len(p.rows) == 0:
		r := pane.Paint(b, p.style.Theme, p.w, "")
		r.Gap(2)
		r.Text(text.Muted, widget.Sentence(p.empty, p.w-3, y-1))
		return r.End()
	case y < head:
		return p.headRow(b, y)
	case y >= p.h-p.sayRows():
		return p.sayRow(b, y-(p.h-p.sayRows()))
	case i >= len(p.rows):
		return p.laneRow(b)
	}
	return p.row(b, i)
}

// Do implements pane.Pane.
func (p *Pane) Do(a keymap.Action) pane.Intent {
	if p.list.Do(a) {
		p.held = p.list.Cursor() < len(p.rows)-1
		p.remember()
		if r := p.Current(); r != nil && r.Path != "" {
			return pane.Select{Path: r.Path}
		}
		return nil
	}
	if r := p.Current(); r != nil && a == keymap.Open && r.Path != "" {
		return pane.Open{Path: r.Path}
	}
	return nil
}

// Click implements pane.Clicker.
func (p *Pane) Click(_, y int, double bool) pane.Intent {
	i := p.list.Top() + y - p.headRows()
	if y < p.headRows() || y >= p.h-p.sayRows() || i >= len(p.rows) {
		return nil
	}
	p.list.SetCursor(i)
	p.held = i < len(p.rows)-1
	p.remember()
	switch {
	case p.rows[i].Path == "":
		return nil
	case double:
		return pane.Open{Path: p.rows[i].Path}
	}
	return pane.Select{Path: p.rows[i].Path}
}

// Wheel implements pane.Clicker.
func (p *Pane) Wheel(rows int) pane.Intent {
	p.list.Scroll(rows)
	p.held = p.list.Cursor() < len(p.rows)-1
	return nil
}
