package widget

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
)

// megabyte returns a document of a line of a megabyte between two short ones; unit is repeated in it, and a needle is
// in its middle.
func megabyte(unit string) *text.Doc {
	half := strings.Repeat(unit, 1<<19/len(unit))
	var b text.Builder
	s := half + "Needle" + half
	long := b.ASCII(text.Key, "data: ").Add(text.String, s, ansi.StringWidth(s)).Line()
	return &text.Doc{Lines: []text.Line{line("first"), long, line("last")}}
}

// TestLongLine scrolls, searches and wraps a line of a megabyte: each row is what a slow painter makes of the whole line.
// What that takes is measured by BenchmarkLongLine.
func TestLongLine(t *testing.T) {
	th := dark(t)
	for _, unit := range []string{"0123456789abcdef", "世界 ñandú é "} {
		var p Pager
		p.Resize(40, 10)
		d := megabyte(unit)
		p.SetDoc(d)
		p.Search("needle")
		p.Do(keymap.SearchNext)
		if row := string(p.Row(nil, 1, th, false)); p.Found() != "1/1" || !strings.Contains(ansi.Strip(row), "Needle") || !strings.Contains(row, th.SGR[text.Match]+"Needle") {
			t.Errorf("the match is not on the screen: %q (%s)", ansi.Strip(row), p.Found())
		}
		p.Search("a")
		for range 200 {
			p.Do(keymap.SearchNext)
			p.Row(nil, 1, th, true)
		}
		p.Search("")
		for _, left := range []int{0, 1, 5, 39, 1023, 1024, 1025, 4100, 50_001, d.Lines[1].W - 41, d.Lines[1].W - 3} {
			p.left = left
			if got, want := ansi.Strip(string(p.Row(nil, 1, th, false))), ansi.Strip(string(PaintCut(nil, d.Lines[1], left, 40, "", th, d.Lines[1].W-left > 40))); got != want {
				t.Errorf("from column %d it is %q, want %q", left, got, want)
			}
		}
		p.left = 0
		p.Do(keymap.First)
		p.Do(keymap.Down)
		p.Do(keymap.Wrap)
		var read strings.Builder
		for y := range 10 {
			read.WriteString(strings.TrimRight(ansi.Strip(string(p.Row(nil, y, th, false))), " "))
		}
		p.Do(keymap.PageDown)
		p.Do(keymap.PageDown)
		row := ansi.Strip(string(p.Row(nil, 0, th, false)))
		if want := ansi.Strip(string(Paint(nil, d.Lines[1], 16*40, 40, "", th))); row != want {
			t.Errorf("two pages down it is %q, want %q", row, want)
		}
		for range 2 * d.Lines[1].W / 40 / 8 {
			p.Do(keymap.PageDown)
		}
		if p.current() != 2 {
			t.Errorf("paging does not leave the line: %d", p.current())
		}
		p.Do(keymap.Up)
		p.Do(keymap.Up)
		if p.current() != 1 || p.skip == 0 {
			t.Errorf("from below it is not shown at its end: line %d, %d pieces skipped", p.current(), p.skip)
		}
	}
}

// BenchmarkLongLine is a row of a megabyte in the middle of it, searched for what is everywhere.
func BenchmarkLongLine(b *testing.B) {
	th := dark(b)
	for name, unit := range map[string]string{"ascii": "0123456789abcdef", "wide": "世界 ñandú é "} {
		b.Run(name, func(b *testing.B) {
			var p Pager
			p.Resize(160, 40)
			p.SetDoc(megabyte(unit))
			p.Search("d")
			p.left = 300_000
			for b.Loop() {
				p.Row(nil, 1, th, true)
			}
		})
	}
}

// TestWrapKeepsThePlace wraps a long line that was scrolled sideways, or searched, and unwraps it.
func TestWrapKeepsThePlace(t *testing.T) {
	th := dark(t)
	var p Pager
	p.Resize(40, 10)
	p.SetDoc(megabyte("0123456789abcdef"))
	p.Do(keymap.Down)
	p.left = 4000
	want := string(Paint(nil, p.doc.Lines[1], 4000, 40, "", th))
	p.Do(keymap.Wrap)
	if got := string(p.Row(nil, 0, th, false)); got != want {
		t.Errorf("wrapped it is %q, want %q", ansi.Strip(got), ansi.Strip(want))
	}
	p.Do(keymap.Wrap)
	if p.left != 4000 {
		t.Errorf("unwrapped it is at column %d", p.left)
	}
	p.Search("Needle")
	p.Do(keymap.Wrap)
	seen := ""
	for y := range 10 {
		seen += strings.TrimSpace(ansi.Strip(string(p.Row(nil, y, th, false))))
	}
	if !strings.Contains(seen, "Needle") {
		t.Errorf("the match is not on the screen: %q", seen)
	}
}
