package timeline

import (
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/tui/pane"
)

// chosen is which rows of a Pane are shown.
type chosen struct {
	filter *filter.Filter
	shown  []int              // rows that pass it; unused while all do
	from   int64              // the revision under the cursor before there was a filter
	put    int64              // and the one that the filter has put it on
	unread int                // rows that are hidden only because their values could not be read
	newest func() time.Time   // when the newest revision of the store was made
	view   func() decode.View // as which values are shown
}

// NewestTime returns when the newest change that is dated was made, zero where none is.
func (f *Feed) NewestTime() time.Time { return f.newest.at }

// Sees sets what durations in a filter count from, the time of the store's newest revision, zero while not known; and as which
// values are shown.
func (p *Pane) Sees(newest func() time.Time, view func() decode.View) {
	p.newest, p.view = newest, view
}

// Filter shows only rows that pass a filter; "" shows all. The error names what of it is not understood, or not complete: the rest
// holds. The intent is that of the cursor, where it had to move.
func (p *Pane) Filter(text string, table *kinds.Table) (pane.Intent, error) {
	before := p.cursor
	x, err := filter.Parse(text, table)
	switch {
	case p.filter.Empty():
		p.from = p.cursor
	case p.cursor == p.put && p.index(p.from) >= 0:
		p.cursor = p.from // only the filter has moved it, maybe for a word that was half typed
	}
	p.filter = x
	p.sync()
	if p.put = p.cursor; p.cursor != before {
		return pane.Pin{Rev: p.cursor}, err
	}
	return nil, err
}

// Filtered returns the filter as it was typed.
func (p *Pane) Filtered() string { return p.filter.String() }

// count returns how many rows are shown.
func (p *Pane) count() int {
	if p.filter.Empty() {
		return len(p.rows)
	}
	return len(p.shown)
}

// row returns the position in rows of the row at a place of the list.
func (p *Pane) row(i int) int {
	if p.filter.Empty() {
		return i
	}
	return p.shown[i]
}

// place returns the place in the list of a revision, -1 where it has no row there.
func (p *Pane) place(rev int64) int {
	i := p.index(rev)
	if i < 0 || p.filter.Empty() {
		return i
	}
	if at, ok := slices.BinarySearch(p.shown, i); ok {
		return at
	}
	return -1
}

// choose finds the rows that pass the filter.
func (p *Pane) choose() {
	p.unread = 0
	if p.filter.Empty() {
		p.shown = nil
		return
	}
	p.shown = p.shown[:0]
	for i := range p.rows {
		c := &p.rows[i]
		it := filter.Item{Key: c.Key, Ref: &c.Ref, Type: c.Type, Rev: c.Mod, Change: c, Verdict: p.verdictAt(c.Mod), Beside: c.Summary, Judged: true,
			Gone: func() bool { return p.latest(c.Mod) }}
		if p.newest != nil {
			it.Newest, it.View = p.newest(), p.view()
		}
		switch {
		case p.filter.Untested(&it):
			p.unread++
		case p.filter.Match(&it) == filter.Yes:
			p.shown = append(p.shown, i)
		}
	}
}

// latest reports whether no row is newer than a revision.
func (p *Pane) latest(rev int64) bool {
	for i := range p.rows {
		if p.rows[i].Mod > rev {
			return false
		}
	}
	return true
}

// Words is what can be chosen from in the words of a filter.
func (p *Pane) Words() *filter.Known {
	k := &filter.Known{Words: []string{"by", "type", "aspect", "field", "since", "until", "is"}}
	for i := range p.rows {
		if v := p.verdictAt(p.rows[i].Mod); v != nil && nameOf(v) != "" && !slices.Contains(k.Writers, nameOf(v)) {
			k.Writers = append(k.Writers, nameOf(v))
		}
		for j := range p.rows[i].Changes {
			if path := clean.Key([]byte(p.rows[i].Changes[j].Path)); len(k.Fields) < maxFields && !slices.Contains(k.Fields, path) {
				k.Fields = append(k.Fields, path)
			}
		}
	}
	slices.Sort(k.Fields)
	return k
}

// maxFields bounds the fields that are offered.
const maxFields = 500
