// Package object is the pane that shows one stored value: as YAML, JSON, hex, protobuf fields, or what its last write
// changed.
//
//	Show(object) ─► Render intent ─► the program draws the document up outside of Update ─► SetDoc
//
// What always holds:
//   - The document on the screen and the title above it speak of the same version; while a newer one is drawn up, the
//     old one stays, dimmed where that takes long.
//   - What is said above the document (SetConvergence, SetBeside) takes its rows from it, and goes with the object.
//   - Secret values are masked until Reveal is on, and the title says when it is.
package object

import (
	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Format is how a value is shown.
type Format uint8

// The formats, in the order in which they are cycled.
const (
	YAML Format = iota
	JSON
	Hex
	Fields
	formats
	Blame // who owns what, and what changed it last; not in the cycle
)

// String returns the format's name for the title.
func (f Format) String() string {
	return [...]string{"YAML", "JSON", "hex", "fields", "", "blame"}[f]
}

// Pane shows one value.
type Pane struct {
	style *pane.Style
	pager widget.Pager
	w, h  int
	path  string // what is selected
	dir   bool
	card
	convergence
	beside
	late   bool // what is selected has been waited for for a while; what is shown is older
	object *decode.Object
	entry  etcdsource.Entry
	version
	format Format
	view   decode.View
	drawing
	headed headed
}

// card is lines instead of a document: a folder's card, an error, an absent key.
type card struct {
	path   string // that they are about
	notes  []string
	role   text.Role // of the first
	broken []string  // the notes, broken at blanks into lines of width columns
	first  int       // lines of the first note
	width  int
}

// fold breaks the notes into lines for w columns.
func (c *card) fold(w int) {
	if c.width == w {
		return
	}
	c.broken, c.width = nil, w
	for i, n := range c.notes {
		c.broken = append(c.broken, widget.Wrap(n, max(w, 8))...)
		if i == 0 {
			c.first = len(c.broken)
		}
	}
}

// version is which version is shown.
type version struct {
	pinned int64 // because it was asked for; 0: the newest at the screen's time
	gone   int64 // the key was deleted at this revision: its last value is shown; 0: it was not
}

// drawing is what the pager shows, and how it goes on from there.
type drawing struct {
	drawn   drawn
	of      *decode.Object // what the document is of, nil without one
	blamed  []int64        // revision of each line, where that is Blame
	follows bool           // a new version is shown from its first change on
}

// drawn names a document.
type drawn struct {
	key    string
	mod    int64
	format Format
	view   decode.View
}

// headed is the heading that was made last: every frame asks for it.
type headed struct {
	object *decode.Object
	text   string
}

// Follow reports that a new version is shown from its first change on.
func (p *Pane) Follow() { p.follows = true }

// New returns an empty pane.
func New(style *pane.Style, reveal bool) *Pane {
	return &Pane{style: style, view: decode.View{Reveal: reveal}}
}

// Resize implements pane.Pane.
func (p *Pane) Resize(w, h int) {
	p.w, p.h = w, h
	p.pager.Resize(w-1, h-p.standingRows()-p.layOut(h))
}

// Width returns the columns of the pane's text.
func (p *Pane) Width() int { return p.w - 1 }

// Object returns the object that is shown, nil when there is none.
func (p *Pane) Object() *decode.Object { return p.object }

// Entry returns the key's metadata as of the version that is shown.
func (p *Pane) Entry() etcdsource.Entry { return p.entry }

// Format returns the chosen format.
func (p *Pane) Format() Format { return p.format }

// View returns what may be seen.
func (p *Pane) View() decode.View { return p.view }

// Pinned returns the revision that is held fast, 0 when the newest is shown.
func (p *Pane) Pinned() int64 { return p.pinned }

// Revealed reports whether secret values may be seen.
func (p *Pane) Revealed() bool { return p.view.Reveal }

// Select says what is selected in the tree; what is shown of it arrives later.
func (p *Pane) Select(path string, dir bool) {
	if p.path != path {
		p.path, p.dir, p.version = path, dir, version{}
	}
}

// Pin holds a version fast; 0 lets it go.
func (p *Pane) Pin(rev int64) { p.pinned = rev }

// Gone reports that the key was deleted at a revision; 0: it is there.
func (p *Pane) Gone(rev int64) { p.gone = rev }

// Card shows lines instead of a document.
func (p *Pane) Card(role text.Role, lines ...string) {
	p.object, p.card, p.drawn, p.of, p.late = nil, card{path: p.path, notes: lines, role: role}, drawn{}, nil, false
	p.SetConvergence(Convergence{})
	p.SetBeside(Beside{})
	p.entry = etcdsource.Entry{}
}

// Show shows an object; the document follows with SetDoc.
func (p *Pane) Show(o *decode.Object, e etcdsource.Entry) pane.Intent {
	p.object, p.entry = o, e
	p.late = p.late && p.Drawing() // it has been waited for, and is waited for still
	return p.render()
}

// Late says that what is selected has been waited for for a while: what is shown is dimmed until it comes.
func (p *Pane) Late() { p.late = true }

// Drawing reports that the document of what is to be shown is not there yet.
func (p *Pane) Drawing() bool { return p.object != nil && p.want() != p.drawn }

func (p *Pane) want() drawn {
	return drawn{string(p.object.Key), p.object.Mod, p.format, p.view}
}

func (p *Pane) render() pane.Intent {
	if !p.Drawing() {
		p.late = false // it may have been changed back
		return nil
	}
	return pane.Render{}
}

// Draw draws the document up. It is pure and may run outside of Update.
func Draw(o *decode.Object, f Format, v decode.View) *text.Doc {
	switch f {
	case JSON:
		return o.Pretty(v)
	case Hex:
		return o.Hex(v)
	case Fields:
		return o.Fields(v)
	}
	return o.YAML(v)
}

// SetDoc shows a document that Draw has made for this object, format and view, unless it is not wanted any more. lines are
// the revisions of its lines, for Blame.
func (p *Pane) SetDoc(o *decode.Object, f Format, v decode.View, d *text.Doc, lines []int64) {
	if p.object != o || p.format != f || p.view != v {
		return
	}
	now := p.want()
	switch {
	case now.key != p.drawn.key || now.format != p.drawn.format:
		p.pager.SetDoc(d)
	case p.follows && now.mod != p.drawn.mod:
		p.pager.Follow(d)
	default:
		p.pager.Replace(d) // the place in the text stays
	}
	p.card, p.drawn, p.of, p.blamed, p.late = card{}, now, o, lines, false
}

// Title implements pane.Pane.
func (p *Pane) Title() pane.Title {
	o := p.object
	if o == nil || p.late || p.notes != nil {
		right := ""
		switch {
		case p.late && p.Drawing() && string(p.object.Key) == p.path:
			right = "drawing " + p.format.String() + "…"
		case p.late:
			right = "reading…"
		}
		if p.of != nil && p.notes == nil {
			return pane.Title{Right: right, Left: p.heading(p.of), Named: true} // that of the document below
		}
		path := p.path
		if p.notes != nil {
			path = p.card.path
		}
		return pane.Title{Right: right, Left: decode.KeyText([]byte(path)), Named: true}
	}
	if p.of != nil {
		o = p.of
	}
	t := pane.Title{Left: p.heading(o), Right: p.format.String(), Named: true}
	if n := p.pager.Found(); n != "" {
		t.Right += "  " + n
	} else if p.w >= 60 {
		t.Right += "  " + p.pager.Position()
	}
	if p.pinned != 0 {
		t.Right, t.Role = "rev "+widget.Thousands(o.Mod)+"  "+p.format.String(), text.Travel
	}
	if p.pinned == 0 && p.gone != 0 {
		t.Right, t.Role = "gone at "+widget.Thousands(p.gone)+"  "+p.format.String(), text.Removed
	}
	if o.Secret && p.view.Reveal {
		t.Right, t.Role = "REVEALED  "+t.Right, text.Warning
	}
	return t
}

func (p *Pane) heading(o *decode.Object) string {
	if p.headed.object != o {
		p.headed = headed{o, fullName(o)}
	}
	return p.headed.text
}

// fullName is the object's kind and name, or its key, as safe text.
func fullName(o *decode.Object) string {
	name := o.Name
	if name == "" {
		name = string(o.Key)
	} else if o.Namespace != "" {
		name = o.Namespace + "/" + name
	}
	name = clean.Key([]byte(name))
	if o.Token() {
		name = decode.Mask
	}
	if o.Kind != "" {
		name = clean.Key([]byte(o.Kind)) + " " + name
	}
	return name
}

// Row implements pane.Pane.
func (p *Pane) Row(b []byte, y int) []byte {
	if p.notes == nil {
		if p.drawn == (drawn{}) {
			r := pane.Paint(b, p.style.Theme, p.w, "")
			return r.End()
		}
		if p.w < 1 {
			return b
		}
		if y -= p.convergence.rows; y < 0 {
			return p.convergenceRow(b, y+p.convergence.rows)
		}
		if y -= p.beside.rows; y < 0 {
			return p.besideRow(b, y+p.beside.rows)
		}
		if p.late {
			return p.dimmed(b, y)
		}
		return p.pager.Row(append(b, ' '), y, p.style.Theme, p.style.Focus)
	}
	r := pane.Paint(b, p.style.Theme, p.w, "")
	p.card.fold(p.w - 3)
	if y >= 1 && y-1 < len(p.broken) {
		role := p.role
		if y > p.first || p.late {
			role = text.Muted
		}
		r.Gap(2)
		r.Text(role, p.broken[y-1])
	}
	return r.End()
}

// dimmed appends a row of the document without its colours.
func (p *Pane) dimmed(b []byte, y int) []byte {
	row := ansi.Strip(string(p.pager.Row([]byte{' '}, y, p.style.Theme, false)))
	r := pane.Paint(b, p.style.Theme, p.w, "")
	r.TextW(text.Muted, row, p.w)
	return r.End()
}

// Search sets what the pager looks for; "" ends the search.
func (p *Pane) Search(s string) { p.pager.Search(s) }

// Do implements pane.Pane.
func (p *Pane) Do(a keymap.Action) pane.Intent {
	switch a {
	case keymap.Blame:
		if p.format == Blame {
			p.format = YAML
		} else {
			p.format = Blame
		}
		return p.render()
	case keymap.BlameBack:
		if i := p.pager.Line(); p.format == Blame && p.drawn.format == Blame && i < len(p.blamed) {
			return pane.BlameBefore{Rev: p.blamed[i]}
		}
		return nil
	case keymap.Format:
		p.format = (min(p.format, formats) + 1) % formats
		return p.render()
	case keymap.ManagedFields:
		p.view.ManagedFields = !p.view.ManagedFields
		return p.render()
	case keymap.Reveal:
		p.view.Reveal = !p.view.Reveal
		return p.render()
	}
	p.pager.Do(a)
	return nil
}

// Click implements pane.Clicker.
func (p *Pane) Click(_, y int, _ bool) pane.Intent {
	if y -= p.convergence.rows + p.beside.rows; y >= 0 {
		p.pager.Click(y)
	}
	return nil
}

// Wheel implements pane.Clicker.
func (p *Pane) Wheel(rows int) pane.Intent {
	p.pager.Scroll(rows)
	return nil
}

// Searched reports whether a search is under way.
func (p *Pane) Searched() bool { return p.pager.Searching() }
