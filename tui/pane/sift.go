package pane

import (
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Sifter is a pane whose rows are chosen by the text in them.
type Sifter interface {
	// Sift shows only the rows whose text passes a filter, of which words such as by: are left aside; nil shows all.
	Sift(f *filter.Filter)
	// Sifted returns the filter as it was typed, "" for none.
	Sifted() string
}

// Sifting is the filter of a Sifter, which embeds it. The zero Sifting lets every row pass.
type Sifting struct {
	filter *filter.Filter
	again  func()
}

// NewSifting returns a Sifting that lets every row pass; again chooses the rows once more.
func NewSifting(again func()) Sifting { return Sifting{again: again} }

// Sift implements Sifter.
func (s *Sifting) Sift(f *filter.Filter) {
	s.filter = f
	s.again()
}

// Sifted implements Sifter.
func (s *Sifting) Sifted() string { return s.filter.String() }

// Passes reports whether a row with this text is shown.
func (s *Sifting) Passes(row string) bool {
	return s.filter.Text(&filter.Item{Key: []byte(row)})
}

// Titled returns a title with the filter, and with how many of all rows pass it.
func (s *Sifting) Titled(t Title, shown, all int) Title {
	if s.Sifted() != "" {
		t.Left += "  /" + clean.Key([]byte(s.Sifted())) + "  " + widget.Thousands(int64(shown)) + " of " + widget.Thousands(int64(all))
	}
	return t
}

// Nothing says that no row passes the filter; what names the rows in the singular.
func (s *Sifting) Nothing(what string) string {
	return "No " + what + " has " + clean.Key([]byte(s.Sifted())) + " in it: esc shows all."
}
