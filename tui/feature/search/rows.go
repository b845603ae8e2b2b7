package search

import (
	"iter"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/table"
	"github.com/etcdscope/etcdscope/tui/view"
)

// rows is the filter of the table beside a folder. Text is looked for in keys and cells; words ask for the last write of each key, as
// they do among the keys.
type rows struct {
	f     *Feature
	facts facts
	// chosen is the filter that was parsed last: each row asks for it.
	chosen struct {
		text  string
		kinds *kinds.Table
		by    *filter.Filter
	}
	// over is how many rows are too many, as counted last: the title asks for it whenever it is drawn.
	over struct {
		leftOf
		n int
	}
}

// leftOf is what was counted.
type leftOf struct {
	text       string
	rows, most int
}

// parsed is the filter of the table.
func (r *rows) parsed() *filter.Filter {
	text, table := r.f.v.Panes.Table.Filtered(), r.f.v.Opened.Kinds
	if c := &r.chosen; c.by == nil || c.text != text || c.kinds != table {
		c.text, c.kinds = text, table
		c.by, _ = filter.Parse(text, table) // the prompt says what is wrong in it
	}
	return r.chosen.by
}

// passes says whether a row of the table passes its filter.
func (r *rows) passes(row *table.Row) filter.Answer {
	if !r.found(row) {
		return filter.No
	}
	if f := r.facts.choosing(); f != nil {
		return r.facts.passes(f, row.Path)
	}
	return filter.Yes
}

// found reports whether a row passes text, kind: and ns:.
func (r *rows) found(row *table.Row) bool {
	f, o := r.parsed(), r.f.v.Opened
	if f.OnlyGone() { // a table has what is there
		return false
	}
	it := filter.Item{Root: o.Root, Key: []byte(row.Path), Beside: strings.Join(row.Cells, " ")}
	if ref, ok := o.Kinds.Locate(o.Root, it.Key); ok {
		it.Ref = &ref
	}
	return f.Text(&it) && f.Place(&it)
}

// typed implements asking.
func (r *rows) typed() string { return r.f.v.Panes.Table.Filtered() }

// asked implements asking.
func (r *rows) asked() iter.Seq[string] {
	return func(yield func(string) bool) {
		for row := range r.f.v.Panes.Table.All() {
			if r.found(row) && !yield(row.Path) {
				return
			}
		}
	}
}

// left says how many rows that the rest of the filter has found are not looked at, and what to do about that.
func (r *rows) left() (n int, advice string) {
	if r.facts.filter() == nil {
		return 0, ""
	}
	of := leftOf{r.typed(), r.f.v.Panes.Table.Read(), r.facts.most()}
	if r.over.leftOf != of {
		r.over.leftOf, r.over.n = of, -of.most
		for range r.asked() {
			r.over.n++
		}
	}
	return max(r.over.n, 0), r.facts.advice()
}

// none says what there is none of where the filter is one namespace or asks for what was deleted, "" where it is another.
func (r *rows) none() string {
	if r.parsed().OnlyGone() {
		return "A table has no deleted objects; g d lists them"
	}
	ns, o := r.parsed().OnlyNamespace(), r.f.v.Opened
	of, ok := o.Kinds.Of(o.Root, []byte(r.f.v.Panes.Table.Folder()))
	if ns == "" || !ok {
		return ""
	}
	return "No " + clean.Key([]byte(of.Plural)) + " in namespace " + clean.Key([]byte(ns))
}

// again implements asking.
func (r *rows) again() tea.Cmd {
	r.f.v.Panes.Table.Again()
	return nil
}

// prompt asks for the filter of the table.
func (r *rows) prompt() {
	t, words := r.f.v.Panes.Table, r.f.v.Panes.Changes.Words()
	where := "in a table"
	if !t.Objects() {
		words.Words, where = []string{}, "among folders"
	}
	p := view.FilterPrompt(r.f.v, t.Filtered(), words, where, func(s string) tea.Cmd {
		t.Filter(strings.TrimSpace(s))
		return tea.Batch(r.facts.look(), r.f.host.Settle())
	})
	if t.Objects() {
		p.Hint = ofLastWrite(p.Hint)
	}
	p.Move = func(a keymap.Action) tea.Cmd { return r.f.host.Carry(t.Do(a)) }
	r.f.host.Prompt(p)
}

// clear shows all rows again; it reports whether some were hidden.
func (r *rows) clear() bool {
	t := r.f.v.Panes.Table
	if r.f.host.Focus() != layout.Object || t.Folder() == "" || t.Filtered() == "" {
		return false
	}
	t.Filter("")
	return true
}

// open shows the timeline of the object in the row under the cursor; ok is false where the cursor is on none.
func (r *rows) open() (cmd tea.Cmd, ok bool) {
	key := r.f.v.Panes.Table.Cursor()
	if r.f.host.Scope() != keymap.Folder || key == "" || strings.HasSuffix(key, "/") {
		return nil, false
	}
	r.f.host.FocusOn(layout.Timeline)
	return r.f.host.Jump(key), true
}
