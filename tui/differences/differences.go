// Package differences is the pane that lists which keys differ between two states: then and now, two revisions, two
// sources.
//
//	 then 4,000 → now 5,643      14 added   3 removed   22 changed
//	 + pods             demo       web-7d4b9c-q9vtz
//	❯~ deployments.apps demo       web                    4,101 → 5,200   replicas 3 → 5
//	 − secrets          team-a     payments               3,950
//
//	 ← the same, counted by resource and namespace;  → back to the objects, of the row under the cursor
//
// What always holds:
//   - Rows come in the order of their keys and may still be arriving; the cursor stays on its key.
//   - Events and Leases are folded away until they are asked for; what is counted are all keys.
//   - Opening a row asks for the difference itself: enter shows it, the pane knows nothing of values. What changed in a
//     row is asked for when it is on the screen.
package differences

import (
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Op is how a key differs.
type Op uint8

// The ways to differ.
const (
	Changed Op = iota
	Added      // only on the newer, or the right, side
	Removed    // only on the older, or the left, side
)

// Row is a key that differs.
type Row struct {
	Key   string
	Op    Op
	Type  string // the resource, safe text
	NS    string // the namespace, safe text, "" for none
	Name  string // safe text
	Note  string // what is known of it beforehand, safe text: revisions
	What  string // what changed, safe text; "" until it is asked for
	Vague bool   // What is worth asking for
}

// Pane lists differences.
type Pane struct {
	style   *pane.Style
	list    widget.List
	w, h    int
	title   string
	rows    []Row
	counts  [3]int
	dropped int    // that are counted, but have no row
	keys    int64  // compared so far, 0 where it is not counted
	done    bool   // nothing more will come
	err     string // why it ended early
	marked  func(key string) bool
	root    string
	table   *kinds.Table
	view
}

// New returns an empty pane for keys below a root; marked says which of them are marked.
func New(style *pane.Style, root string, table *kinds.Table, marked func(string) bool) *Pane {
	return &Pane{style: style, marked: marked, root: root, table: table}
}

// Begin empties the pane for a comparison; title says of what.
func (p *Pane) Begin(title string) {
	*p = Pane{style: p.style, marked: p.marked, root: p.root, table: p.table, w: p.w, h: p.h, title: title, view: view{all: true}}
	p.Resize(p.w, p.h)
}

// Rename says again what is compared.
func (p *Pane) Rename(title string) { p.title = title }

// Add adds rows, in the order of their keys.
func (p *Pane) Add(rows []Row, keys int64) {
	for i := range rows {
		p.counts[rows[i].Op]++
	}
	p.rows = append(p.rows, rows...)
	p.keys = keys
	p.extend(len(p.rows) - len(rows))
}

// Dropped counts keys that differ and are not listed.
func (p *Pane) Dropped(n [3]int) {
	for op, k := range n {
		p.counts[op] += k
		p.dropped += k
	}
}

// End reports that all is there; err is why it is not, "" if it is.
func (p *Pane) End(err string) { p.done, p.err = true, err }

// Count returns how many keys differ in a way.
func (p *Pane) Count(op Op) int { return p.counts[op] }

// Rows returns the rows. They must not be changed.
func (p *Pane) Rows() []Row { return p.rows }

// Heading returns what is compared.
func (p *Pane) Heading() string { return p.title }

// Wanted returns the keys of at most n rows on the screen whose changes are not known yet.
func (p *Pane) Wanted(n int) (keys []string) {
	if p.grouped {
		return nil
	}
	for i := p.list.Top(); i < min(p.list.Top()+p.h-head, len(p.shown)) && len(keys) < n; i++ {
		if r := &p.rows[p.shown[i]]; r.Vague {
			keys = append(keys, r.Key)
		}
	}
	return keys
}

// Noted says what changed in rows, by key.
func (p *Pane) Noted(what map[string]string) {
	for k, s := range what {
		if i := p.find(k); i < len(p.rows) && p.rows[i].Key == k {
			p.rows[i].What, p.rows[i].Vague = s, false
		}
	}
}

// head is the number of rows above the list.
const head = 2

// Resize implements pane.Pane.
func (p *Pane) Resize(w, h int) {
	p.w, p.h = w, h
	p.list.Resize(w, h-head)
	p.list.SetCount(p.lines())
}

// Current returns the row under the cursor, nil when there is none.
func (p *Pane) Current() *Row {
	if i := p.list.Cursor(); !p.grouped && i < len(p.shown) {
		return &p.rows[p.shown[i]]
	}
	return nil
}

// Under returns the rows that the cursor means: the one under it, or those that are counted there.
func (p *Pane) Under() (rows []*Row) {
	if !p.grouped {
		if c := p.Current(); c != nil {
			rows = append(rows, c)
		}
		return rows
	}
	i := p.list.Cursor()
	if i >= len(p.groups) {
		return nil
	}
	for j := range p.rows {
		if r := &p.rows[j]; p.passes(r) && p.groups[i].holds(r) {
			rows = append(rows, r)
		}
	}
	return rows
}

// Do implements pane.Pane.
func (p *Pane) Do(a keymap.Action) pane.Intent {
	if p.list.Do(a) {
		return nil
	}
	c := p.Current()
	switch a {
	case keymap.Format:
		p.cycle()
	case keymap.Noise:
		p.loud = !p.loud
		p.again()
	case keymap.Collapse:
		p.count()
	case keymap.Expand, keymap.Open, keymap.Diff:
		switch {
		case p.grouped:
			p.enter()
		case c != nil:
			return pane.ShowDifference{Key: c.Key}
		}
	}
	return nil
}

// Click implements pane.Clicker.
func (p *Pane) Click(_, y int, double bool) pane.Intent {
	if y < head || p.list.Top()+y-head >= p.lines() {
		return nil
	}
	p.list.SetCursor(p.list.Top() + y - head)
	if double {
		return p.Do(keymap.Open)
	}
	return nil
}

// Wheel implements pane.Clicker.
func (p *Pane) Wheel(rows int) pane.Intent {
	p.list.Scroll(rows)
	return nil
}
