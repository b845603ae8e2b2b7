// Package differences is the pane that lists which keys differ between two states: then and now, two revisions, two
// sources.
//
//	 then 4,000 → now 5,643      14 created   3 deleted   22 updated
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
	"time"

	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/filter"
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
	Rev   int64  // of the last write, or of the deletion; 0 where that is not known
	Made  int64  // the revision that created a key that is only on the newer side, 0 where that is not known
	// described is what the filter says of the changes, once it was asked for.
	described filter.Answer
	widths    cols
}

// Wrote says who wrote a key at a revision and when; ok is false where that is not known.
type Wrote func(key string, rev int64) (v attribution.Verdict, ok bool)

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
	facts
	view
}

// facts are what a list knows of the writers of its rows.
type facts struct {
	wrote  Wrote
	newest func() time.Time // when the newest revision was made
	signed bool             // something is known of the change of a row
	named  bool             // and the writer of one
}

// Knows sets who says how rows came to be so, and when the newest revision was made, zero while that is not known.
func (p *Pane) Knows(wrote Wrote, newest func() time.Time) { p.wrote, p.newest = wrote, newest }

// verdict says who made a row so, nil where that is not known. Of a key that was created it is the creation; where only the last write
// is known it is that one, and last is true.
func (p *Pane) verdict(r *Row) (by *attribution.Verdict, last bool) {
	if p.wrote == nil {
		return nil, false
	}
	for _, rev := range []int64{r.Made, r.Rev} {
		if rev == 0 {
			continue
		}
		if v, ok := p.wrote(r.Key, rev); ok {
			p.signed = true
			return &v, rev != r.made()
		}
	}
	return nil, false
}

// made is the revision that made a row so, 0 where that is not known.
func (r *Row) made() int64 {
	if r.Op == Added {
		return r.Made
	}
	return r.Rev
}

// New returns an empty pane for keys below a root; marked says which of them are marked.
func New(style *pane.Style, root string, table *kinds.Table, marked func(string) bool) *Pane {
	return &Pane{style: style, marked: marked, root: root, table: table}
}

// Begin empties the pane for a comparison; title says of what.
func (p *Pane) Begin(title string) {
	*p = Pane{style: p.style, marked: p.marked, root: p.root, table: p.table, w: p.w, h: p.h, title: title, facts: facts{wrote: p.wrote, newest: p.newest}, view: view{all: true}}
	p.Resize(p.w, p.h)
}

// Rename says again what is compared.
func (p *Pane) Rename(title string) { p.title = title }

// Add adds rows, in the order of their keys.
func (p *Pane) Add(rows []Row, keys int64) {
	for i := range rows {
		p.counts[rows[i].Op]++
	}
	measure(rows)
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

// Wanted returns the keys of at most n rows whose changes are not known yet: those that the filter asks about, else those on the screen.
func (p *Pane) Wanted(n int) (keys []string) {
	if p.filter.Needs()&filter.NeedsChange != 0 {
		for i := p.looked; i < len(p.rows) && len(keys) < n; i++ {
			if r := &p.rows[i]; r.described == filter.NotYet && p.chosen(r) != filter.No {
				keys = append(keys, r.Key)
			} else if len(keys) == 0 {
				p.looked = i + 1
			}
		}
		if len(keys) > 0 {
			return keys
		}
	}
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

// Note is what was found out about a row.
type Note struct {
	What   string // what changed, safe text
	Passes filter.Answer
}

// Noted says what changed in rows, by key; text is the filter that the answers are of.
func (p *Pane) Noted(text string, notes map[string]Note) {
	for k, n := range notes {
		if i := p.find(k); i < len(p.rows) && p.rows[i].Key == k {
			r := &p.rows[i]
			r.What, r.Vague = n.What, false
			r.widths.what = widget.Width(n.What)
			if text == p.filter.String() {
				r.described = n.Passes
			}
		}
	}
	if p.filter.Needs()&filter.NeedsChange != 0 {
		p.again()
	}
}

// Attributed chooses the rows again where their writers count: more is known of these.
func (p *Pane) Attributed() {
	if p.filter.Needs()&filter.NeedsWriter != 0 {
		p.again()
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
