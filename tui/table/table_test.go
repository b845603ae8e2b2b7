package table

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/pane/panetest"
	"github.com/etcdscope/etcdscope/tui/theme"
)

func rows(from, to int) (out []Row) {
	for i := from; i < to; i++ {
		name := fmt.Sprintf("pod-%05d", i)
		out = append(out, Row{Path: "/p/" + name, Cells: []string{name, fmt.Sprint(i * 7 % 100), "Running"}, Created: time.Unix(int64(i), 0)})
	}
	return out
}

func shown(t testing.TB) *Pane {
	t.Helper()
	th, err := theme.Named("dark")
	if err != nil {
		t.Fatal(err)
	}
	p := New(&pane.Style{Theme: th, Now: time.Unix(100000, 0)}, func(string) bool { return false })
	p.Resize(60, 21)
	p.Select("/p/", "pods")
	return p
}

// fill answers what the pane wants from a folder of n rows, and returns how many rows were read.
func fill(p *Pane, n int) (read int) {
	for {
		w, ok := p.Wanted()
		if !ok {
			return read
		}
		from := 0
		if w.After != "" {
			_, _ = fmt.Sscanf(w.After, "/p/pod-%d", &from)
			from++
		}
		to := min(from+w.Limit, n)
		p.Add(w, Page{Heads: []string{"NAME", "COUNT", "STATUS"}, Rows: rows(from, to), Age: true, More: to < n})
		read += to - from
	}
}

// TestReadsWhatIsShown scrolls through a folder of a hundred thousand keys.
func TestReadsWhatIsShown(t *testing.T) {
	p := shown(t)
	if n := fill(p, 100000); n > 80 {
		t.Errorf("%d rows were read for a screen of 20", n)
	}
	for range 5 {
		p.Do(keymap.PageDown)
	}
	if n := fill(p, 100000); n == 0 || n > 200 {
		t.Errorf("%d rows were read for five pages", n)
	}
}

// TestEnd goes to the last row of a folder, as far as rows are kept, and stops on the way.
func TestEnd(t *testing.T) {
	p := shown(t)
	p.Total(30000)
	fill(p, 30000)
	p.Do(keymap.Last)
	w, ok := p.Wanted()
	if got := p.Title().Right; !ok || w.Limit != hurried || !strings.HasSuffix(got, " of 30,000 read, esc stops") {
		t.Fatalf("wanted is %+v, %v, the title says %q", w, ok, got)
	}
	p.Stop()
	p.Add(w, Page{Heads: p.page.Heads, Age: true, More: true})
	if fill(p, 30000); len(p.page.Rows) > 100 || p.Hurrying() {
		t.Errorf("%d rows were read after a stop", len(p.page.Rows))
	}
	p.Do(keymap.Last)
	if fill(p, 30000); p.Cursor() != p.page.Rows[29999].Path || p.Title().Right != "30,000 in all" || p.Hurrying() {
		t.Errorf("the cursor is on %s, the title says %q", p.Cursor(), p.Title().Right)
	}
	p = shown(t)
	fill(p, MaxRows+1000)
	p.Do(keymap.Last)
	fill(p, MaxRows+1000)
	if got := p.Title().Right; len(p.page.Rows) != MaxRows || got != "the first 100,000" || p.Hurrying() {
		t.Errorf("%d rows are kept, the title says %q", len(p.page.Rows), got)
	}
}

func TestSort(t *testing.T) {
	p := shown(t)
	fill(p, 1000)
	p.SortBy(1)
	if n := fill(p, 1000); n < 900 {
		t.Errorf("only %d rows were read to sort them", n)
	}
	counts := func() (out []string) {
		for _, r := range p.page.Rows {
			out = append(out, r.Cells[1])
		}
		return out
	}
	if c := counts(); c[0] != "99" || c[len(c)-1] != "0" {
		t.Errorf("numbers begin with the largest: %v", c[:3])
	}
	p.SortBy(1)
	if c := counts(); c[0] != "0" || p.Sorted() != "COUNT" {
		t.Errorf("the other way round begins with %v", c[:3])
	}
	p.SortBy(1)
	if p.Sorted() != "" || !slices.IsSortedFunc(p.page.Rows, func(a, b Row) int { return strings.Compare(a.Path, b.Path) }) {
		t.Error("the third time does not return to the order of keys")
	}
	p.SortBy(1)
	p.SortBy(1)
	folder := p.Folder()
	p.Select("/elsewhere/", "")
	p.Select(folder, "")
	fill(p, 1000)
	if c := counts(); c[0] != "0" {
		t.Errorf("the order is not kept: %v", c[:3])
	}
	p.SortBy(1)
	if c := counts(); c[0] != "99" {
		t.Errorf("after a visit elsewhere it begins with %v", c[:3])
	}
	p.SortBy(1)
	if c := counts(); c[0] != "0" {
		t.Errorf("the second time then begins with %v", c[:3])
	}
	p.SortBy(3)
	if p.page.Rows[0].Path != "/p/pod-00999" {
		t.Errorf("by age begins with %s, want the youngest", p.page.Rows[0].Path)
	}
}

// TestChangesKeepTheCursor writes and deletes around the cursor.
func TestChangesKeepTheCursor(t *testing.T) {
	p := shown(t)
	fill(p, 10)
	p.Do(keymap.Down)
	p.Do(keymap.Down)
	p.Update([]Row{{Path: "/p/a", Cells: []string{"a", "1", "Pending"}}}, []string{"/p/pod-00000", "/p/pod-00009"})
	if p.Cursor() != "/p/pod-00002" || len(p.page.Rows) != 9 {
		t.Errorf("the cursor is on %s of %d rows", p.Cursor(), len(p.page.Rows))
	}
	p.Update(nil, []string{"/p/pod-00002"})
	if c := p.Cursor(); c == "" || p.index(c) < 0 {
		t.Errorf("the cursor is on %q, which is gone", c)
	}
	if i := p.Do(keymap.Open); i != (pane.Open{Path: p.Cursor()}) {
		t.Errorf("enter asks for %v", i)
	}
}

// TestRowsAreExact draws any cells at any size.
func TestRowsAreExact(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := shown(t)
		w, h := rapid.IntRange(0, 120).Draw(rt, "w"), rapid.IntRange(0, 30).Draw(rt, "h")
		p.Resize(w, h)
		heads := rapid.SliceOfN(rapid.StringMatching(`[A-Z]{1,12}`), 1, 8).Draw(rt, "heads")
		var rs []Row
		for i := range rapid.IntRange(0, 40).Draw(rt, "rows") {
			r := Row{Path: fmt.Sprint(i)}
			for range heads {
				r.Cells = append(r.Cells, rapid.StringMatching(`[a-z世界]{0,30}`).Draw(rt, "cell"))
			}
			rs = append(rs, r)
		}
		p.Set(Page{Heads: heads, Rows: rs, Age: rapid.Bool().Draw(rt, "age")})
		for range rapid.IntRange(0, 5).Draw(rt, "moves") {
			p.Do(rapid.SampledFrom([]keymap.Action{keymap.Down, keymap.PageDown, keymap.Last, keymap.Up}).Draw(rt, "move"))
		}
		p.SortBy(rapid.IntRange(-1, 8).Draw(rt, "sort"))
		p.style.Focus = rapid.Bool().Draw(rt, "focus")
		for y := range h {
			if got := ansi.StringWidth(string(p.Row(nil, y))); got != w {
				rt.Fatalf("row %d is %d wide, want %d", y, got, w)
			}
		}
	})
}

// TestRowsOfOtherWidths sorts by a column that a row lacks: objects of one folder can have other columns, or none.
func TestRowsOfOtherWidths(t *testing.T) {
	p := shown(t)
	fill(p, 5)
	for range 2 {
		p.SortBy(2)
		p.Update([]Row{{Path: "/p/short", Cells: []string{"short"}}, {Path: "/p/shorter"}}, nil)
		for y := range 10 {
			p.Row(nil, y)
		}
	}
	if !p.numeric(1) {
		t.Error("a column of numbers is none because its first row lacks it")
	}
}

// TestStoredColumns: what the store says of a key comes after kubectl's columns, can be sorted by, and then is shown at every width,
// with its direction.
func TestStoredColumns(t *testing.T) {
	p := shown(t)
	p.Dated(func(rev int64) time.Time { return time.Unix(99000+rev, 0) })
	rs := rows(0, 5)
	for i := range rs {
		rs[i].Stored = Stored{Bytes: int64(10 * (i * 3 % 5)), Revision: int64(100 + i), Versions: int64(5 - i)}
	}
	p.Set(Page{Heads: []string{"NAME", "COUNT", "STATUS"}, Rows: rs, Age: true, Keys: true})
	p.Resize(120, 10)
	head := func() string { return strings.Join(strings.Fields(ansi.Strip(string(p.Row(nil, 0)))), " ") }
	if got := head(); got != "NAME COUNT STATUS AGE BYTES REVISION VERSIONS MODIFIED" {
		t.Errorf("the headings are %q", got)
	}
	for i, c := range []struct{ head, first, again string }{{"AGE", "pod-00004", "pod-00000"}, {"BYTES", "pod-00003", "pod-00000"}, {"REVISION", "pod-00004", "pod-00000"}, {"VERSIONS", "pod-00000", "pod-00004"}, {"MODIFIED", "pod-00004", "pod-00000"}} {
		for _, w := range []int{120, 60, 44} {
			p.Resize(w, 10)
			for n, first := range []string{c.first, c.again} {
				p.SortBy(3 + i)
				if p.Sorted() != c.head || p.page.Rows[0].Cells[0] != first {
					t.Errorf("sorted by %q begins with %s, want %s", p.Sorted(), p.page.Rows[0].Cells[0], first)
				}
				if h := head(); !strings.Contains(h, c.head+"↓") && !strings.Contains(h, c.head+"↑") || !strings.HasPrefix(h, "NAME") {
					t.Errorf("at %d columns, sorted by %s (%d), the headings are %q", w, c.head, n, h)
				}
			}
			p.SortBy(3 + i)
		}
	}
	p.Resize(120, 10)
	if row := string(p.Row(nil, 1)); !strings.Contains(ansi.Strip(row), "15m") {
		t.Errorf("the time of the change is missing: %q", ansi.Strip(row))
	}
}

// TestNarrowColumns: a column that does not fit leaves its room to those behind it.
func TestNarrowColumns(t *testing.T) {
	p := shown(t)
	p.Resize(48, 21)
	w, ok := p.Wanted()
	if !ok {
		t.Fatal("nothing is wanted")
	}
	p.Add(w, Page{Heads: []string{"NAME", "STATUS", "IMAGES OF ALL CONTAINERS", "RESTARTS"}, Age: true,
		Rows: []Row{{Path: "/p/web", Cells: []string{"web", "Running", strings.Repeat("i", 60), "7"}, Created: time.Unix(1, 0)}}})
	head := ansi.Strip(string(p.Row(nil, 0)))
	if strings.Contains(head, "IMAGES OF ALL CONTAINERS") || !strings.Contains(head, "STATUS") || !strings.Contains(head, "RESTARTS") {
		t.Errorf("on 48 columns: %q", head)
	}
}

// TestKubectlComesFirst: kubectl's columns are cut, never left out, for what the store says of a key, and are drawn in its order: some behind
// the age.
func TestKubectlComesFirst(t *testing.T) {
	p := shown(t)
	p.Set(Page{Heads: []string{"NAME", "TYPE", "CLUSTER-IP", "PORTS", "NODE"}, Age: true, Keys: true, Behind: 1,
		Rows: []Row{{Path: "/s/web", Cells: []string{"web", "ClusterIP", "10.96.0.1", "80/TCP,443/TCP,8443/TCP", "node-a"}, Created: time.Unix(1, 0), Stored: Stored{1, 2, 3}}}})
	for w := 30; w < 160; w++ {
		p.Resize(w, 10)
		head := strings.Fields(ansi.Strip(string(p.Row(nil, 0))))
		kubectl := []string{"NAME", "TYPE", "CLUSTER-IP", "PORTS", "AGE", "NODE"}
		if stored := slices.Contains(head, "BYTES") || slices.Contains(head, "VERSIONS"); stored && !slices.Equal(head[:min(6, len(head))], kubectl) {
			t.Errorf("on %d columns: %s", w, head)
		}
		if w >= 62 && (len(head) < 6 || !slices.Equal(head[:6], kubectl)) {
			t.Errorf("on %d columns: %s", w, head)
		}
		if row := ansi.Strip(string(p.Row(nil, 1))); slices.Contains(head, "BYTES") && strings.Contains(row, "…") {
			t.Errorf("on %d columns a cell is cut beside the bytes: %s", w, row)
		}
	}
}

// TestOrderIsKept: who comes back to a folder finds it in the order that was chosen; the mark of a direction is that of what is drawn:
// ages that grow are up, however they are stored.
func TestOrderIsKept(t *testing.T) {
	p := shown(t)
	p.Dated(func(rev int64) time.Time { return time.Unix(99000+rev, 0) })
	page := func() Page {
		rs := rows(0, 3)
		for i := range rs {
			rs[i].Stored = Stored{Bytes: 1, Revision: int64(100 + i), Versions: 1}
			rs[i].Cells[1] = "1s"
			rs[i].Aging = []Aging{{Column: 1, Cell: columns.Cell{Since: rs[i].Created}}}
		}
		return Page{Heads: []string{"NAME", "LAST SEEN", "STATUS"}, Rows: rs, Age: true, Keys: true}
	}
	p.Set(page())
	p.Resize(120, 10)
	for _, c := range []struct {
		col  int
		head string
	}{{1, "LAST SEEN"}, {3, "AGE"}, {7, "MODIFIED"}} {
		p.SortBy(c.col)
		head := ansi.Strip(string(p.Row(nil, 0)))
		if !strings.Contains(head, c.head+"↑") || p.page.Rows[0].Path != "/p/pod-00002" || !strings.HasSuffix(p.Title().Right, ", newest first") {
			t.Errorf("%s begins with %s: %q, %q", c.head, p.page.Rows[0].Path, head, p.Title().Right)
		}
	}
	p.Select("/q/", "others")
	if p.Sorted() != "" {
		t.Error("another folder has the order too")
	}
	p.Select("/p/", "pods")
	p.Set(page())
	if p.Sorted() != "MODIFIED" || p.page.Rows[0].Path != "/p/pod-00002" {
		t.Errorf("back again the rows are sorted by %q", p.Sorted())
	}
}

// TestSortByRestarts: kubectl writes how long ago the last restart was behind the number; the most come first.
func TestSortByRestarts(t *testing.T) {
	p := shown(t)
	var rs []Row
	for _, c := range [][2]string{{"crash", "4 (67s ago)"}, {"db", "0"}, {"often", "12 (3h ago)"}, {"once", "1"}} {
		rs = append(rs, Row{Path: "/p/" + c[0], Cells: []string{c[0], c[1]}})
	}
	p.Set(Page{Heads: []string{"NAME", "RESTARTS"}, Rows: rs, Age: true})
	p.SortBy(1)
	var got []string
	for i := range p.page.Rows {
		got = append(got, p.page.Rows[i].Cells[0])
	}
	if s := strings.Join(got, " "); s != "often crash once db" {
		t.Errorf("sorted by restarts the rows are %s", s)
	}
}

// TestTopOfMore: a page of the first rows of more does not say that they are all.
func TestTopOfMore(t *testing.T) {
	p := New(panetest.Style(t), func(string) bool { return false })
	p.Resize(80, 10)
	p.Select("/top", "top")
	for _, top := range []bool{true, false} {
		p.Set(Page{Rows: []Row{{Path: "a"}, {Path: "b"}}, Top: top})
		if want := map[bool]string{true: "the first 2", false: "2 in all"}[top]; p.Title().Right != want {
			t.Errorf("%q, want %q", p.Title().Right, want)
		}
	}
}
