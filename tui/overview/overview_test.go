package overview

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/overview"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/theme"
)

func sections(lines ...int) (out []overview.Section) {
	for i, n := range lines {
		s := overview.Section{ID: fmt.Sprint(i), Title: fmt.Sprintf("Part %d", i)}
		for j := range n {
			s.Lines = append(s.Lines, overview.Line{Cells: []string{fmt.Sprintf("line-%d.%d", i, j), "what there is to say of it"}, To: overview.Target{Key: fmt.Sprintf("/%d/%d", i, j)}})
		}
		out = append(out, s)
	}
	return out
}

func shown(t testing.TB, w, h int, list []overview.Section) *Pane {
	t.Helper()
	th, err := theme.Named("mono")
	if err != nil {
		t.Fatal(err)
	}
	p := New(&pane.Style{Theme: th, Focus: true})
	p.Resize(w, h)
	p.Show(func(int, int) []overview.Section { return list }, "now", "")
	return p
}

// TestEveryLineIsReached: whatever the size, rows are as wide as the pane, down goes through all lines in their order, the
// line of the cursor is on the screen, and a click on it selects it.
func TestEveryLineIsReached(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w, h := rapid.IntRange(1, 220).Draw(rt, "w"), rapid.IntRange(3, 40).Draw(rt, "h")
		lines := rapid.SliceOfN(rapid.IntRange(1, 15), 1, 6).Draw(rt, "lines")
		p := shown(t, w, h, sections(lines...))
		for i, n := range lines {
			for j := range n {
				want := fmt.Sprintf("/%d/%d", i, j)
				if got := p.Target().Key; got != want {
					rt.Fatalf("the cursor is on %s, not on %s", got, want)
				}
				seen := -1
				for y := range h {
					row := ansi.Strip(string(p.Row(nil, y)))
					if n := ansi.StringWidth(row); n != w {
						rt.Fatalf("row %d is %d wide, not %d", y, n, w)
					}
					if x := strings.Index(row, p.style.Theme.Glyphs.Pointer); x >= 0 {
						seen = y
						p.Click(ansi.StringWidth(row[:x])+1, y, false)
					}
				}
				if seen < 0 || p.Target().Key != want {
					rt.Fatalf("%s is at row %d; a click there selects %s", want, seen, p.Target().Key)
				}
				p.Do(keymap.Down)
			}
		}
	})
}

// TestVerdictComesLater: a section that is put before the others is seen where the cursor was on the first line; where it
// was moved, it stays on its line.
func TestVerdictComesLater(t *testing.T) {
	t.Parallel()
	verdict := []overview.Section{{ID: "cluster", Title: "Cluster", Lines: []overview.Line{{Cells: []string{"healthy"}, To: overview.Target{Screen: "health"}}}}}
	for _, down := range []int{0, 1} {
		list := sections(6, 6, 6)
		p := shown(t, 80, 8, list)
		for range down {
			p.Do(keymap.Down)
		}
		p.Show(func(int, int) []overview.Section { return append(slices.Clone(verdict), list...) }, "now", "")
		first, to := ansi.Strip(string(p.Row(nil, 0))), p.Target()
		if down == 0 && (!strings.Contains(first, "Cluster") || to.Screen != "health") {
			t.Errorf("the first row is %q, and the cursor on %+v", first, to)
		}
		if down == 1 && to.Key != "/0/1" {
			t.Errorf("the cursor left its line for %+v", to)
		}
	}
}

// TestTwoColumns: where there is room for two columns the sections are in both, none in two parts.
func TestTwoColumns(t *testing.T) {
	t.Parallel()
	p := shown(t, 150, 20, sections(5, 5, 5, 5))
	first := ansi.Strip(string(p.Row(nil, 0)))
	if !strings.Contains(first, "Part 0") || !strings.Contains(first, "Part 2") {
		t.Errorf("the first row is %q", first)
	}
	p.Resize(80, 40)
	var titles []string
	for y := range 40 {
		if row := strings.TrimSpace(ansi.Strip(string(p.Row(nil, y)))); strings.HasPrefix(row, "Part") {
			titles = append(titles, row)
		}
	}
	if !slices.Equal(titles, []string{"Part 0", "Part 1", "Part 2", "Part 3"}) {
		t.Errorf("in one column there are %q", titles)
	}
}

// TestColumnsShareTheRoom: where the lines of one column are cut and the other has room to spare, it gets that room; a line is cut
// only where both lack it.
func TestColumnsShareTheRoom(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("reason ", 14) + "END"
	for _, wide := range []int{0, 1} {
		list := sections(4, 4)
		list[wide].Lines[2].Cells[1] = long
		p := shown(t, 160, 20, list)
		var all string
		for y := range 20 {
			all += ansi.Strip(string(p.Row(nil, y))) + "\n"
		}
		if !strings.Contains(all, long) || strings.Count(all, "what there is to say of it") != 7 {
			t.Errorf("column %d is cut:\n%s", wide, all)
		}
	}
	list := sections(4, 4)
	list[0].Lines[2].Cells[1], list[1].Lines[2].Cells[1] = long, long
	for w, want := range map[int]int{160: (160 - between) * 4 / 7, ColumnsFrom: max((ColumnsFrom-between)/2, min((ColumnsFrom-between)*4/7, ColumnsFrom-between-leastColumn))} {
		if p := shown(t, w, 20, list); p.left != want {
			t.Errorf("two columns that both lack room, in %d: the left one is %d wide, want %d", w, p.left, want)
		}
	}
}

// TestVerdictIsWhole: a line that must be read whole is broken, its rows are one line for the cursor and the mouse, and another line
// is cut as before.
func TestVerdictIsWhole(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("reason ", 20) + "END"
	for _, cells := range [][]string{{long}, {"members", long}} {
		for _, w := range []int{30, 79, 200} {
			list := sections(3, 3)
			list[0].Lines[1] = overview.Line{Cells: cells, To: overview.Target{Screen: "health"}, Whole: true}
			list[0].Lines[2].Cells[1] = long
			p := shown(t, w, 40, list)
			p.Do(keymap.Down)
			var words []string
			y := -1
			for i := range 40 {
				row := ansi.Strip(string(p.Row(nil, i)))
				if n := ansi.StringWidth(row); n != w {
					t.Fatalf("row %d is %d wide, not %d", i, n, w)
				}
				if strings.Contains(row, "END") && y < 0 {
					y = i
				}
				words = append(words, strings.Fields(row)...)
			}
			if all := strings.Join(words, " "); y < 0 || w < 100 && strings.Count(all, "END") != 1 {
				t.Fatalf("%d columns:\n%s", w, all)
			}
			p.Do(keymap.First)
			if p.Click(5, y, false); p.Target().Screen != "health" {
				t.Errorf("%d columns: a click on its last row selects %+v", w, p.Target())
			}
			if p.Do(keymap.Down); p.Target().Key != "/0/2" {
				t.Errorf("%d columns: the line below it is %+v", w, p.Target())
			}
		}
	}
}

// TestObjectIsWhole: of a change the object is read whole as long as there is room for it; what it did is cut first, then the writer.
func TestObjectIsWhole(t *testing.T) {
	t.Parallel()
	const object, writer = "pods/hungry-686fb56549-ggz5l -n team-a", "generic-garbage-collector"
	changes := sections(1)
	changes[0].Lines[0].Cells = []string{"11:11:03", writer, object, "deletion asked for, grace 0 s"}
	for w, whole := range map[int]bool{160: true, 100: true, 79: true, 77: false, 60: false, 30: false} {
		drawn := ansi.Strip(string(shown(t, w, 4, changes).Row(nil, 1)))
		if got := strings.Contains(drawn, object); got != whole || whole && w < 100 && strings.Contains(drawn, "grace 0 s") {
			t.Errorf("%d columns: %q", w, drawn)
		}
	}
	list := append(sections(6, 6), changes...)
	list[0].Lines[1].Cells[1] = strings.Repeat("reason ", 20)
	p := shown(t, 160, 20, list)
	if p.left != (160-between)/2 {
		t.Errorf("beside objects the sentences have %d columns", p.left)
	}
}
