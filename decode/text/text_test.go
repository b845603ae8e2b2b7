package text

import (
	"slices"
	"testing"
)

func TestBuilder(t *testing.T) {
	var b Builder
	l := b.ASCII(Key, "name").ASCII(Punct, ":").ASCII(Punct, " ").Add(String, "é", 1).Add(Warning, "", 0).Line()
	if l.Text != "name: é" || l.W != 7 {
		t.Errorf("%q is %d wide", l.Text, l.W)
	}
	if want := []Span{{4, Key}, {6, Punct}, {8, String}}; !slices.Equal(l.Spans, want) {
		t.Errorf("spans %v, want %v", l.Spans, want)
	}
	// a line that was given away stays as it is while the builder goes on
	next := b.ASCII(Number, "1234567890").Line()
	if l.Text != "name: é" || l.Spans[0] != (Span{4, Key}) || next.Text != "1234567890" || next.W != 10 || !slices.Equal(next.Spans, []Span{{10, Number}}) {
		t.Errorf("then %+v and %+v", l, next)
	}
	if empty := b.Line(); empty.Text != "" || empty.W != 0 || len(empty.Spans) != 0 {
		t.Errorf("an empty line is %+v", empty)
	}
}
