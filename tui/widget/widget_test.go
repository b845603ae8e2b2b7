package widget

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/theme"
)

func dark(t testing.TB) *theme.Theme {
	t.Helper()
	th, err := theme.Named("dark")
	if err != nil {
		t.Fatal(err)
	}
	return th
}

func line(parts ...string) text.Line {
	var b text.Builder
	for i, p := range parts {
		b.Add(text.Role(i%text.Roles), p, ansi.StringWidth(p))
	}
	return b.Line()
}

// TestPaintIsExactlyAsWide is what the layout rests on.
func TestPaintIsExactlyAsWide(t *testing.T) {
	th := dark(t)
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.SampledFrom([]string{"", "a", "kind: Pod", "日本", "é", "x日", "──", "   "})).Draw(t, "parts")
		l := line(parts...)
		x, w := rapid.IntRange(0, 30).Draw(t, "x"), rapid.IntRange(0, 40).Draw(t, "w")
		base := rapid.SampledFrom([]string{"", th.Cursor}).Draw(t, "base")
		got := string(Paint(nil, l, x, w, base, th))
		if n := ansi.StringWidth(got); n != w {
			t.Fatalf("%q from %d is %d columns wide, want %d", l.Text, x, n, w)
		}
		if l.W == len(l.Text) {
			want := l.Text[min(x, len(l.Text)):]
			want = want[:min(w, len(want))]
			if plain := strings.TrimRight(ansi.Strip(got), " "); plain != strings.TrimRight(want, " ") {
				t.Fatalf("painted %q, want %q", plain, want)
			}
		}
	})
}

func TestPaintAllocatesNothing(t *testing.T) {
	th, l, b := dark(t), line("kind: ", "Pod", ", and more of it"), make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() { b = Paint(b[:0], l, 2, 80, th.Cursor, th) }); n != 0 {
		t.Errorf("%v allocations a row", n)
	}
}

// TestListKeepsTheCursorInSight moves at random.
func TestListKeepsTheCursorInSight(t *testing.T) {
	actions := []keymap.Action{keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown, keymap.HalfUp, keymap.HalfDown, keymap.First, keymap.Last}
	rapid.Check(t, func(t *rapid.T) {
		var l List
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0:
				l.SetCount(rapid.IntRange(0, 60).Draw(t, "count"))
			case 1:
				l.Resize(10, rapid.IntRange(0, 20).Draw(t, "h"))
			case 2:
				l.Scroll(rapid.IntRange(-9, 9).Draw(t, "by"))
			default:
				l.Do(rapid.SampledFrom(actions).Draw(t, "action"))
			}
			if l.top < 0 || l.cursor < 0 || l.count > 0 && l.cursor >= l.count || l.count > 0 && l.h > 0 && (l.cursor < l.top || l.cursor >= l.top+l.h) {
				t.Fatalf("cursor %d of %d, window %d+%d", l.cursor, l.count, l.top, l.h)
			}
			if l.top > max(l.count-l.h, 0) {
				t.Fatalf("window %d+%d goes beyond %d rows", l.top, l.h, l.count)
			}
		}
	})
}

func doc(n int, folds ...text.Fold) *text.Doc {
	d := &text.Doc{Folds: folds}
	for i := range n {
		d.Lines = append(d.Lines, line(fmt.Sprintf("line %d", i)))
	}
	return d
}

func screen(p *Pager, th *theme.Theme) (out []string) {
	for y := range p.h {
		out = append(out, strings.TrimRight(ansi.Strip(string(p.Row(nil, y, th, true))), " "))
	}
	return out
}

func TestPagerFolds(t *testing.T) {
	th := dark(t)
	var p Pager
	p.Resize(40, 4)
	p.SetDoc(doc(9, text.Fold{From: 1, To: 5, Closed: true, Note: "3 entries"}, text.Fold{From: 2, To: 4}))
	want := []string{"line 0", "line 1  … 3 entries", "line 5", "line 6"}
	if got := screen(&p, th); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q, want %q", got, want)
	}
	p.Do(keymap.Down)
	p.Do(keymap.Fold)
	if got := screen(&p, th); got[2] != "line 2" {
		t.Errorf("after unfolding: %q", got)
	}
	p.Replace(doc(9, text.Fold{From: 1, To: 5, Closed: true}))
	if got := screen(&p, th); got[2] != "line 2" || p.Position() != "line 2 of 9" {
		t.Errorf("another version closed the fold or lost the place: %q %s", got, p.Position())
	}
	p.Do(keymap.FoldAll)
	if got := screen(&p, th); got[2] != "line 5" {
		t.Errorf("after folding all: %q", got)
	}
}

func TestPagerSearch(t *testing.T) {
	th := dark(t)
	var p Pager
	p.Resize(30, 5)
	d := doc(30, text.Fold{From: 10, To: 20, Closed: true})
	d.Lines[12] = line("kind: ", "Needle")
	d.Lines[25] = line("needle and NEEDLE")
	p.SetDoc(d)
	p.Search("needle")
	if p.Found() != "1/3" || p.current() != 12 {
		t.Errorf("found %s at line %d: the fold around the match must open", p.Found(), p.current())
	}
	p.Do(keymap.SearchNext)
	if p.Found() != "2/3" || p.current() != 25 {
		t.Errorf("next is %s at line %d", p.Found(), p.current())
	}
	row := string(p.Row(nil, p.list.Cursor()-p.list.Top(), th, false))
	if n := strings.Count(row, th.SGR[text.Match]); n != 2 {
		t.Errorf("%d matches are marked in %q, want 2", n, row)
	}
	p.Do(keymap.SearchNext)
	if p.Found() != "3/3" || p.current() != 25 {
		t.Errorf("the second match of a line is %s at line %d", p.Found(), p.current())
	}
	p.Do(keymap.SearchNext)
	if p.current() != 12 {
		t.Errorf("the search does not go round: line %d", p.current())
	}
	p.Search("Needle")
	if len(p.hits) != 1 {
		t.Errorf("capitals do not make the search exact: %d matches", len(p.hits))
	}
	p.Search("absent")
	if p.Found() != "no match" {
		t.Errorf("found %q", p.Found())
	}
	p.Search("")
	if p.Searching() || p.Found() != "" {
		t.Error("the search does not end")
	}
}

func TestPagerWraps(t *testing.T) {
	th := dark(t)
	var p Pager
	p.Resize(10, 5)
	d := doc(4)
	d.Lines[1] = line("abcdefghijklmnopqrstuvwxyz")
	p.SetDoc(d)
	p.Do(keymap.Wrap)
	want := []string{"line 0", "abcdefghij", "klmnopqrst", "uvwxyz", "line 2"}
	if got := screen(&p, th); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q, want %q", got, want)
	}
	p.Do(keymap.Last)
	if got := screen(&p, th); got[4] != "line 3" && got[3] != "line 3" {
		t.Errorf("the last line is not on the screen: %q", got)
	}
}

func TestNumbers(t *testing.T) {
	th := dark(t)
	for got, want := range map[string]string{
		Thousands(999):                      "999",
		Thousands(5643):                     "5643",
		Thousands(48112904):                 "48,112,904",
		Thousands(-1234567):                 "-1,234,567",
		Count(9999):                         "9999",
		Count(61300):                        "61.3k",
		Count(402700):                       "403k",
		Count(1214553):                      "1.2M",
		Bytes(812):                          "812 B",
		Bytes(6350):                         "6.2 KiB",
		Bytes(13123584):                     "12.5 MiB",
		Bytes(2265614000):                   "2.11 GiB",
		Age(4 * time.Second):                "4s",
		Age(12*time.Minute + 5*time.Second): "12m",
		Age(50 * time.Hour):                 "2d2h",
		Age(-time.Second):                   "0s",
		Rate(0.4):                           "0.4",
		Rate(412.4):                         "412",
		Gauge(0.5, 4, th):                   "██░░",
		Gauge(2, 3, th):                     "███",
		Sparkline([]int{0, 5, 10}, 4, th):   " ▁▄█",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestFollow shows a new version from its first change on; the revision, which each write changes, is none.
func TestFollow(t *testing.T) {
	doc := func(lines ...string) *text.Doc {
		d := &text.Doc{}
		for _, l := range lines {
			d.Lines = append(d.Lines, text.Line{Text: l, W: len(l)})
		}
		return d
	}
	var p Pager
	p.Resize(40, 3)
	p.Follow(doc("a", "  resourceVersion: 1", "b", "c", "d", "e"))
	if p.Line() != 0 {
		t.Errorf("the first version is shown from line %d on", p.Line())
	}
	p.Follow(doc("a", "  resourceVersion: 2", "b", "c", "changed", "e"))
	if p.Line() != 4 {
		t.Errorf("the second version is shown from line %d on, want 4", p.Line())
	}
	p.Follow(doc("a", "  resourceVersion: 3", "b", "c", "changed", "e"))
	if p.Line() != 4 {
		t.Errorf("without a change the place moved to line %d", p.Line())
	}
}
