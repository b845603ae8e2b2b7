// Package report is the pane that lists what has not converged, and what the writes of a window add up to.
//
//	❯Not converged 8   Fights 1   Converged 262   Writers 63   Objects   Fields
//	   object                        wanted      there        for   why
//	❯▲ deployments/web -n demo       4, gen 13   2, gen 12    12s   2 of 4 ready; generation 13, its controller saw 12
//	── deployments/web -n demo ──────────────────────────────────────────────────
//	   what the row under the cursor is about, in full
//
// What always holds:
//   - A section has its own cursor and its own order; tab walks the sections.
//   - What the pane shows was summed up elsewhere, and says of which window of time it is; the pane knows no source.
//   - Names and values are made safe before they are painted; no value of a Secret is among them.
package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/events"
	"github.com/etcdscope/etcdscope/model/reconcile"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Section is one of the lists.
type Section uint8

// The sections, in the order in which tab walks them.
const (
	Waiting Section = iota
	Fights
	Converged
	Deleted
	Writers
	Objects
	Fields
	Clocks
	sections
)

var names = [sections]string{"Not converged", "Fights", "Converged", "Deleted", "Writers", "Objects", "Fields", "Clocks"}

// Content is what was summed up. It is read only.
type Content struct {
	Waiting   []reconcile.Status // the worst first
	Fights    []reconcile.Fight
	Converged []reconcile.Episode // the newest last
	Deleted   []reconcile.Gone    // what did not come back, the newest last
	Writers   []reconcile.Wrote
	Objects   []reconcile.Hot
	Fields    []reconcile.Hot
	Clocks    []clock.Offset // that differ from the one that dates revisions
	Events    []events.Event // of another etcd, about what has not converged; Etcd is its name, safe text
	Etcd      string
	Waits     int       // how many objects have not converged, with those there was no room for
	Unread    int       // how many values cannot be read; they are in Waiting too, and none of Waits
	Now       time.Time // the time up to which durations are counted, zero where it is not known
	Minute    time.Time // the end of the minute in which writers are counted
	Of        string    // the window, a few words: "revisions 1 to 5,643"
	Note      string    // a sentence about what the window lacks, "" for nothing
	Early     bool      // only what waits is known, of the objects that were looked at: the rest follows
}

// Pane shows a Content.
type Pane struct {
	style   *pane.Style
	name    func(key string) string // what a key is called, safe text
	w, h    int
	section Section
	lists   [sections]widget.List
	other   [sections]bool // the section is in its other order
	content *Content
	rows    [sections][]int // places in the content, in the order shown
	note    string          // why there is no content, safe text
	done    int64           // of total, while it is being summed up
	total   int64
	sought  string  // the row to go to in the section where, once it is there
	where   Section // of sought
	pane.Sifting
}

// New returns an empty pane; name says what a key is called.
func New(style *pane.Style, name func(string) string) *Pane {
	p := &Pane{style: style, name: name}
	p.Sifting = pane.NewSifting(func() {
		if p.content != nil {
			p.Show(p.content)
		}
	})
	return p
}

// Progress says how far the summing up is; of 0 it is over.
func (p *Pane) Progress(done, total int64) { p.done, p.total = done, total }

// Fail says why there is nothing.
func (p *Pane) Fail(why string) { p.note, p.total = why, 0 }

// Show sets the content. The cursors stay on their rows as far as these are there.
func (p *Pane) Show(c *Content) {
	kept := [sections]string{}
	for s := range sections {
		kept[s] = p.id(s)
	}
	p.content, p.note, p.total = c, "", 0
	for s := range sections {
		p.order(s)
		for i := range p.rows[s] {
			if p.idAt(s, i) == kept[s] {
				p.lists[s].SetCursor(i)
				break
			}
		}
	}
	p.Resize(p.w, p.h)
	if p.seek(); !c.Early {
		p.sought = ""
	}
}

// Content returns what is shown, nil where nothing is.
func (p *Pane) Content() *Content { return p.content }

// To shows a section.
func (p *Pane) To(s Section) { p.section = s }

// Section is the section that is shown.
func (p *Pane) Section() Section { return p.section }

// OwnerlessFirst lists what was deleted with what no owner had made first, and puts the cursor on the first.
func (p *Pane) OwnerlessFirst() {
	p.other[Deleted] = true
	if p.content != nil {
		p.order(Deleted)
	}
	p.lists[Deleted].SetCursor(0)
}

// Seek goes to an object among what has not converged, now or once that is known.
func (p *Pane) Seek(key string) {
	p.sought, p.where = key, Waiting
	p.section = Waiting
	p.seek()
}

// SeekWriter goes to a writer by its ID, now or once it is known, in the order of all writes, which is that of the overview. "" goes to none.
func (p *Pane) SeekWriter(id string) {
	if id == "" {
		return
	}
	p.other[Writers] = true
	if p.content != nil {
		p.order(Writers)
	}
	p.sought, p.where = id, Writers
	p.seek()
}

func (p *Pane) seek() {
	if p.content == nil || p.sought == "" {
		return
	}
	for i := range p.rows[p.where] {
		if p.idAt(p.where, i) == p.sought {
			p.lists[p.where].SetCursor(i)
			p.sought = ""
			return
		}
	}
}

// count is the number of rows of a section.
func (c *Content) count(s Section) int {
	return [...]int{len(c.Waiting), len(c.Fights), len(c.Converged), len(c.Deleted), len(c.Writers), len(c.Objects), len(c.Fields), len(c.Clocks)}[s]
}

// order puts the rows of a section in order.
func (p *Pane) order(s Section) {
	c := p.content
	var rows []int
	for i := range c.count(s) {
		if p.Sifted() == "" || p.Passes(p.rowText(s, i)) {
			rows = append(rows, i)
		}
	}
	switch {
	case s == Waiting && p.other[s]: // the longest first
		slices.SortStableFunc(rows, func(a, b int) int {
			return cmp.Compare(c.Waiting[a].Since.Revision, c.Waiting[b].Since.Revision)
		})
	case s == Fights && p.other[s]:
		slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(c.Fights[b].To, c.Fights[a].To) })
	case s == Converged && p.other[s]:
		slices.Reverse(rows)
	case s == Converged:
		slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(c.Converged[b].Took(), c.Converged[a].Took()) })
	case s == Deleted && p.other[s]: // what nothing makes again by itself first
		slices.SortStableFunc(rows, func(a, b int) int { return ownerless(&c.Deleted[a], &c.Deleted[b]) })
	case s == Deleted:
		slices.Reverse(rows)
	case s == Writers && !p.other[s]:
		slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(c.Writers[b].Recent, c.Writers[a].Recent) })
	}
	p.rows[s] = rows
	p.lists[s].SetCount(len(rows))
}

// ownerless puts what had no owner first, of both the newest.
func ownerless(a, b *reconcile.Gone) int {
	switch {
	case a.Owned == b.Owned:
		return cmp.Compare(b.Revision, a.Revision)
	case a.Owned:
		return 1
	}
	return -1
}

// orders name the two orders of each section, where it has two.
var orders = [sections][2]string{{"worst first", "longest first"}, {"undone most often first", "newest first"}, {"longest first", "newest first"},
	{"newest first", "without an owner first"}, {"by the last minute", "by all writes"}, {}, {}, {}}

// idAt names row i of a section.
func (p *Pane) idAt(s Section, i int) string {
	c, j := p.content, p.rows[s][i]
	switch s {
	case Waiting:
		return c.Waiting[j].Key
	case Fights:
		return c.Fights[j].Key + "\x00" + c.Fights[j].Path
	case Converged:
		return fmt.Sprint(c.Converged[j].Key, "\x00", c.Converged[j].End)
	case Deleted:
		return c.Deleted[j].Key
	case Writers:
		return c.Writers[j].ID()
	case Objects:
		return c.Objects[j].Name
	case Clocks:
		return fmt.Sprint(c.Clocks[j].Source, c.Clocks[j].Server)
	}
	return c.Fields[j].Name
}

// id names the row under a section's cursor, "" where there is none.
func (p *Pane) id(s Section) string {
	if i := p.lists[s].Cursor(); i < len(p.rows[s]) {
		return p.idAt(s, i)
	}
	return ""
}

// At returns the key under the cursor and the revision at which it matters, "" and 0 where the row is of none.
func (p *Pane) At() (key string, rev int64) {
	s := p.section
	i := p.lists[s].Cursor()
	if p.content == nil || i >= len(p.rows[s]) {
		return "", 0
	}
	switch c, j := p.content, p.rows[s][i]; s {
	case Waiting:
		return c.Waiting[j].Key, c.Waiting[j].Since.Revision
	case Fights:
		return c.Fights[j].Key, c.Fights[j].To
	case Converged:
		return c.Converged[j].Key, c.Converged[j].Since.Revision
	case Deleted:
		return c.Deleted[j].Key, c.Deleted[j].Last
	case Writers:
		return c.Writers[j].Most.Name, c.Writers[j].Revision
	case Objects:
		return c.Objects[j].Name, 0
	}
	return "", 0
}

// Gone returns the deleted object under the cursor, nil in other sections and where there is none.
func (p *Pane) Gone() *reconcile.Gone {
	i := p.lists[Deleted].Cursor()
	if p.content == nil || p.section != Deleted || i >= len(p.rows[Deleted]) {
		return nil
	}
	return &p.content.Deleted[p.rows[Deleted][i]]
}

// headRows are the tabs and the names of the columns.
const headRows = 2

// detailRows is the height of the box below the list, its rule included; 0 where there is no room.
func (p *Pane) detailRows() int {
	if p.h < 14 {
		return 0
	}
	return min(max(p.h/4, 6), 10)
}

// Resize implements pane.Pane.
func (p *Pane) Resize(w, h int) {
	p.w, p.h = w, h
	for s := range sections {
		p.lists[s].Resize(w, h-headRows-p.detailRows())
	}
}

// Title implements pane.Pane.
func (p *Pane) Title() pane.Title {
	t := pane.Title{Left: "Desired and observed"}
	if p.content != nil {
		t = p.Titled(t, len(p.rows[p.section]), p.content.count(p.section))
		t.Right = p.content.Of
		if p.total > 0 {
			t.Right += "; reading revision " + widget.Thousands(p.done) + " of " + widget.Thousands(p.total)
		}
	}
	return t
}

// Do implements pane.Pane.
func (p *Pane) Do(a keymap.Action) pane.Intent {
	if p.lists[p.section].Do(a) {
		return nil
	}
	switch a {
	case keymap.NextPane:
		p.section = (p.section + 1) % sections
	case keymap.PrevPane:
		p.section = (p.section + sections - 1) % sections
	case keymap.Sort:
		return p.sort()
	case keymap.Open:
		return p.open()
	}
	return nil
}

// sort puts the section in its other order.
func (p *Pane) sort() pane.Intent {
	s := p.section
	if p.content == nil || orders[s][0] == "" {
		return pane.Say{Text: names[s] + " have one order only.", Role: text.Muted}
	}
	id := p.id(s)
	p.other[s] = !p.other[s]
	p.order(s)
	for i := range p.rows[s] {
		if p.idAt(s, i) == id {
			p.lists[s].SetCursor(i)
		}
	}
	return nil
}

func (p *Pane) open() pane.Intent {
	i := p.lists[p.section].Cursor()
	if p.content == nil || i >= len(p.rows[p.section]) {
		return nil
	}
	if p.section == Writers {
		return pane.FilterWriter{Writer: p.content.Writers[p.rows[Writers][i]].Name()}
	}
	if key, _ := p.At(); key != "" {
		return pane.Open{Path: key}
	}
	if p.section == Clocks {
		return nil
	}
	return pane.Say{Text: "A field is of many objects; enter goes to one in the other sections.", Role: text.Muted}
}

// Click implements pane.Clicker.
func (p *Pane) Click(x, y int, double bool) pane.Intent {
	l := &p.lists[p.section]
	switch i := l.Top() + y - headRows; {
	case y == 0:
		for s, at := range p.tabs() {
			if x >= at[0] && x < at[1] {
				p.section = Section(s)
			}
		}
	case y < headRows || y >= p.h-p.detailRows() || i >= len(p.rows[p.section]):
	default:
		l.SetCursor(i)
		if double {
			return p.open()
		}
	}
	return nil
}

// Wheel implements pane.Clicker.
func (p *Pane) Wheel(rows int) pane.Intent {
	p.lists[p.section].Scroll(rows)
	return nil
}
