package table

import (
	"iter"
	"strings"

	"github.com/etcdscope/etcdscope/model/filter"
)

// sifted is which of the rows that were read are shown.
type sifted struct {
	filter  string // as it was typed, "" for none
	passes  func(*Row) filter.Answer
	chosen  []int // the rows that pass, where there is a filter
	pending int   // those of which it is not known yet, which are not shown
	first   bool  // the cursor stays on the first row until it is moved
	left    func() (rows int, advice string)
	unread  func() int
	none    func() string
}

// Leaves sets what says of how many pending rows it will not become known whether they pass, and what there is to do about that.
func (p *Pane) Leaves(left func() (rows int, advice string)) { p.left = left }

// CannotRead sets what says how many rows the filter hides only because their values cannot be read.
func (p *Pane) CannotRead(unread func() int) { p.unread = unread }

// HasNone sets what says of a filter that no row passes what there is none of; "" says that no row matches it.
func (p *Pane) HasNone(none func() string) { p.none = none }

// nothing says that no row of a folder that was read to its end passes the filter.
func (p *Pane) nothing(shown string) string {
	if p.none != nil {
		if said := p.none(); said != "" {
			return said + ": esc shows all."
		}
	}
	return "No row matches " + shown + ": esc shows all."
}

// leaves are the pending rows that stay so.
func (p *Pane) leaves() (n int, advice string) {
	if p.left == nil || p.filter == "" || p.pending == 0 {
		return 0, ""
	}
	n, advice = p.left()
	return min(n, p.pending), advice
}

// Chooses sets what says whether a row passes the filter that Filtered returns.
func (p *Pane) Chooses(passes func(*Row) filter.Answer) { p.passes = passes }

// Filtered returns the filter, "" for none.
func (p *Pane) Filtered() string { return p.filter }

// Filter shows only the rows that pass a filter; "" shows all.
func (p *Pane) Filter(text string) {
	p.filter, p.first = text, text != ""
	p.Again()
}

// FilterIn sets the filter of a folder, which is shown now or later.
func (p *Pane) FilterIn(folder, text string) {
	if p.folder == folder {
		p.Filter(text)
		return
	}
	if p.before == nil {
		p.before = map[string]kept{}
	}
	k := p.before[folder]
	k.filter = text
	p.before[folder] = k
}

// Again chooses the rows once more: more is known of what the filter asks for.
func (p *Pane) Again() {
	p.sift(0)
	p.follow()
}

// Objects reports whether the rows are objects, not folders, as far as that is known.
func (p *Pane) Objects() bool {
	return len(p.page.Rows) == 0 || !strings.HasSuffix(p.page.Rows[0].Path, "/")
}

// Read is the number of rows that were read, with those that are hidden.
func (p *Pane) Read() int { return len(p.page.Rows) }

// All are the rows that were read, those that are hidden too.
func (p *Pane) All() iter.Seq[*Row] {
	return func(yield func(*Row) bool) {
		for i := range p.page.Rows {
			if !yield(&p.page.Rows[i]) {
				return
			}
		}
	}
}

// gathers reports whether rows are read before they are seen: to be sorted, or chosen.
func (p *Pane) gathers() bool { return p.sort.on || p.filter != "" }

// sift chooses among the rows from one on; those before it are chosen already.
func (p *Pane) sift(from int) {
	if from == 0 {
		p.chosen, p.pending = p.chosen[:0], 0
	}
	if p.filter == "" || p.passes == nil {
		return
	}
	for i := from; i < len(p.page.Rows); i++ {
		switch p.passes(&p.page.Rows[i]) {
		case filter.Yes:
			p.chosen = append(p.chosen, i)
		case filter.NotYet:
			p.pending++
		}
	}
}

// count is the number of rows that are shown.
func (p *Pane) count() int {
	if p.filter == "" {
		return len(p.page.Rows)
	}
	return len(p.chosen)
}

// at is one of the rows that are shown.
func (p *Pane) at(i int) *Row {
	if p.filter == "" {
		return &p.page.Rows[i]
	}
	return &p.page.Rows[p.chosen[i]]
}

// Shown returns the rows that are shown, in their order; ok is false where there are more than limit, or others may still come.
func (p *Pane) Shown(limit int) (rows []*Row, ok bool) {
	if p.count() > limit || p.page.More || p.pending > 0 && p.filter != "" {
		return nil, false
	}
	for i := range p.count() {
		rows = append(rows, p.at(i))
	}
	return rows, true
}

// index is where a path is among the rows that are shown, -1 for nowhere.
func (p *Pane) index(path string) int {
	for i := range p.count() {
		if p.at(i).Path == path {
			return i
		}
	}
	return -1
}
