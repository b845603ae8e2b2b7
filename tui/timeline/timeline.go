// Package timeline holds the panes that show changes: those of one key, and those of the whole store.
//
//	❯ 11:10:27 48,112,871  v23 ✓ kubelet  ~ Ready True → False        Timeline: one key, newest first
//	  11:10:12 48,109,113  v22 ✓ kubelet  ~ started
//	  ── created here ──
//
// What always holds:
//   - A row is named by its revision; the cursor stays on it while newer rows arrive above.
//   - What lies beyond the oldest row is said: created, compacted, or not searched.
package timeline

import (
	"sort"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Pane is the history of one key.
type Pane struct {
	style  *pane.Style
	list   widget.List
	w, h   int
	key    string
	rows   []change.Change // newest first
	edge   etcdsource.Edge
	known  bool   // the edge has been read
	err    string // why there is no history
	cursor int64  // revision under the cursor
	asked  bool   // older rows are being read
	lived  int    // lives of the key that have a row
	hint   string // shown instead when nothing is selected
	marked func(key string, rev int64) bool
	who    map[int64]attribution.Verdict // by revision
	shownColumns
	chosen
}

// New returns an empty pane; marked says which revisions of a key are marked.
func New(style *pane.Style, marked func(string, int64) bool) *Pane {
	return &Pane{style: style, marked: marked}
}

// Resize implements pane.Pane.
func (p *Pane) Resize(w, h int) {
	p.w, p.h = w, h
	p.list.Resize(w, p.listRows())
}

// listRows is the height of the list; the rest shows what the row under the cursor changed.
func (p *Pane) listRows() int {
	if p.h < 14 {
		return p.h
	}
	return min(max(p.h/2, p.count()+1), p.h-8, max(p.count()+2, p.h/3))
}

// Select empties the pane for another key; hint is shown when that is no key.
func (p *Pane) Select(key, hint string) {
	*p = Pane{style: p.style, marked: p.marked, w: p.w, h: p.h, key: key, hint: hint, chosen: chosen{newest: p.newest, view: p.view}}
	p.Resize(p.w, p.h)
}

// Key returns the key whose history is shown.
func (p *Pane) Key() string { return p.key }

// Newest returns the revision of the newest row, 0 when there is none.
func (p *Pane) Newest() int64 {
	if len(p.rows) == 0 {
		return 0
	}
	return p.rows[0].Mod
}

// Fail says why there is no history.
func (p *Pane) Fail(err string) { p.err, p.asked = err, false }

// Show sets the newest part of the history.
func (p *Pane) Show(rows []change.Change, edge etcdsource.Edge) {
	kept := p.rows
	p.err, p.asked = "", false
	lean(rows)
	if len(kept) > 0 && len(rows) > 0 && kept[len(kept)-1].Mod < rows[len(rows)-1].Mod {
		// Older rows were read before: they stay below the new ones, unless there is a hole between.
		oldest := rows[len(rows)-1].Mod
		for i := range kept {
			if kept[i].Mod == oldest {
				rows = append(rows[:len(rows):len(rows)], kept[i+1:]...)
				edge = p.edge
				break
			}
		}
	}
	newer := 0 // what the watch brought while the history was being read stays on top
	for newer < len(kept) && len(rows) > 0 && kept[newer].Mod > rows[0].Mod {
		newer++
	}
	rows = append(kept[:newer:newer], rows...)
	first := len(p.rows) == 0 && len(rows) > 0
	p.rows, p.edge, p.known = rows, edge, true
	p.sync()
	if first {
		p.from, p.put = p.Newest(), p.cursor
	}
}

// Known reports whether the history has been read.
func (p *Pane) Known() bool { return p.known }

// Append adds older rows.
func (p *Pane) Append(rows []change.Change, edge etcdsource.Edge) {
	lean(rows)
	if len(rows) > 0 {
		rows[0].Value = nil
	}
	p.rows, p.edge, p.asked = append(p.rows, rows...), edge, false
	byFilter := p.cursor == p.put
	if p.sync(); byFilter {
		p.put = p.cursor
	}
}

// Oldest returns the revision of the oldest row, 0 when there is none.
func (p *Pane) Oldest() int64 {
	if len(p.rows) == 0 {
		return 0
	}
	return p.rows[len(p.rows)-1].Mod
}

func (p *Pane) sync() {
	p.choose()
	p.list.Resize(p.w, p.listRows())
	p.list.SetCount(p.count() + 1)
	p.lived = p.lives()
	if i := p.place(p.cursor); i >= 0 {
		p.list.SetCursor(i)
		return
	}
	p.list.SetCursor(0)
	if p.count() == 0 && p.index(p.cursor) >= 0 {
		return // what is shown beside stays the version that the cursor is on
	}
	if p.cursor = p.Newest(); p.count() > 0 {
		p.cursor = p.rows[p.row(0)].Mod
	}
}

func (p *Pane) index(rev int64) int {
	i := sort.Search(len(p.rows), func(i int) bool { return p.rows[i].Mod <= rev })
	if i < len(p.rows) && p.rows[i].Mod == rev {
		return i
	}
	return -1
}

// Current returns the change under the cursor, nil when there is none.
func (p *Pane) Current() *change.Change {
	if i := p.index(p.cursor); i >= 0 {
		return &p.rows[i]
	}
	return nil
}

// Step moves the cursor to an older (-1) or newer (+1) version that has a row, and returns its revision; ok is false at the ends.
func (p *Pane) Step(dir int) (rev int64, ok bool) {
	i := p.place(p.cursor) - dir
	if p.cursor == 0 || p.place(p.cursor) < 0 || i < 0 || i >= p.count() {
		return 0, false
	}
	p.cursor = p.rows[p.row(i)].Mod
	p.list.SetCursor(i)
	return p.cursor, true
}

// MoveTo moves the cursor to the version that is shown, if it is among the rows.
func (p *Pane) MoveTo(rev int64) {
	if p.place(rev) >= 0 {
		p.cursor = rev
		p.sync()
	}
}

// Revisions returns the revisions of the versions that are known, newest first.
func (p *Pane) Revisions() []int64 {
	out := make([]int64, len(p.rows))
	for i := range p.rows {
		out[i] = p.rows[i].Mod
	}
	return out
}

// Beside returns the version of the key that is older (-1) or newer (+1) than the one at a revision, whatever the filter hides; ok is
// false where it is not known here.
func (p *Pane) Beside(key string, rev int64, dir int) (int64, bool) {
	return p.nearest(key, rev, dir, len(p.rows), func(i int) int { return i })
}

// BesideShown is Beside among the versions that pass the filter.
func (p *Pane) BesideShown(key string, rev int64, dir int) (int64, bool) {
	return p.nearest(key, rev, dir, p.count(), p.row)
}

// nearest is the version older or newer than a revision among n rows; row is the position in rows of each.
func (p *Pane) nearest(key string, rev int64, dir, n int, row func(int) int) (int64, bool) {
	if key != p.key {
		return 0, false
	}
	mod := func(i int) int64 { return p.rows[row(i)].Mod }
	i := sort.Search(n, func(i int) bool { return mod(i) <= rev })
	if dir > 0 {
		i--
	} else if i < n && mod(i) == rev {
		i++
	}
	if i < 0 || i >= n {
		return 0, false
	}
	return mod(i), true
}

// Do implements pane.Pane.
func (p *Pane) Do(a keymap.Action) pane.Intent {
	if p.list.Do(a) {
		i := p.list.Cursor()
		if i >= p.count() {
			return p.More()
		}
		if rev := p.rows[p.row(i)].Mod; rev != p.cursor {
			p.cursor = rev
			return pane.Pin{Rev: rev}
		}
		return nil
	}
	if c := p.Current(); c != nil && a == keymap.Open {
		return pane.Open{Path: p.key}
	}
	return nil
}

// More asks for older rows, nil where there are none or they are being read.
func (p *Pane) More() pane.Intent {
	if p.edge.Kind != etcdsource.EdgeMore || p.asked {
		return nil
	}
	p.asked = true
	return pane.Older{}
}

// Lacks reports whether a filter leaves less rows than there is room for.
func (p *Pane) Lacks() bool { return !p.filter.Empty() && p.count() < p.listRows() }

// Click implements pane.Clicker.
func (p *Pane) Click(_, y int, double bool) pane.Intent {
	if i := p.list.Top() + y; y < p.listRows() && i < p.count() {
		p.list.SetCursor(i)
		p.cursor = p.rows[p.row(i)].Mod
		return pane.Pin{Rev: p.cursor}
	}
	return nil
}

// Wheel implements pane.Clicker.
func (p *Pane) Wheel(rows int) pane.Intent {
	p.list.Scroll(rows)
	return nil
}

// Top returns the newest version, nil when none is known.
func (p *Pane) Top() *etcdsource.Event {
	if len(p.rows) == 0 {
		return nil
	}
	e := p.rows[0].Event
	return &e
}

// Prepend adds a version that has just been written. A cursor that was on the newest stays on the newest.
func (p *Pane) Prepend(c change.Change) {
	if c.Mod <= p.Newest() {
		return
	}
	if p.cursor == p.Newest() {
		p.cursor = c.Mod
	}
	if len(p.rows) > 0 {
		p.rows[0].Value = nil
	}
	rows := []change.Change{c}
	lean(rows)
	p.rows = append(rows, p.rows...)
	p.err = ""
	p.sync()
}
