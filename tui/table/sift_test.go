package table

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/tui/pane/panetest"
)

// paths are the rows that are shown.
func (p *Pane) paths() (out []string) {
	for i := range p.count() {
		out = append(out, p.at(i).Path)
	}
	return out
}

// TestSiftLeaves: rows that will not be looked at are no pending ones, and the line below the rows says what to do.
func TestSiftLeaves(t *testing.T) {
	t.Parallel()
	p := New(panetest.Style(t), func(string) bool { return false })
	looked := 2
	p.Chooses(func(r *Row) filter.Answer {
		if r.Path < fmt.Sprintf("/f/%d", looked) {
			return filter.Yes
		}
		return filter.NotYet
	})
	p.Leaves(func() (int, string) { return 6, "narrow it." })
	p.Resize(90, 12)
	p.Select("/f/", "f")
	page := Page{Heads: []string{"NAME"}}
	for i := range 10 {
		page.Rows = append(page.Rows, Row{Path: fmt.Sprintf("/f/%d", i), Cells: []string{"row"}})
	}
	p.Set(page)
	for _, c := range []struct {
		looked      int
		title, note string
	}{{0, "0 of 10, 4 pending", "Looking at the last write of each row …"}, {2, "2 of 10, 2 pending", ""}, {4, "4 of 10, 6 not looked at", "Of 6 more rows the last write is not looked up: narrow it."}} {
		looked = c.looked
		p.Filter("by:x")
		var rows []string
		for y := range 12 {
			rows = append(rows, strings.TrimSpace(ansi.Strip(string(p.Row(nil, y)))))
		}
		if got := p.Title().Right; got != c.title || c.note != "" && !slices.Contains(rows, c.note) {
			t.Errorf("%d looked at: %q and %q", c.looked, got, rows)
		}
	}
}

// TestSift types filters while rows are read, sorted and written: the rows that are shown are those of all that pass, in their order, and
// the cursor is on one of them.
func TestSift(t *testing.T) {
	t.Parallel()
	tb := t
	rapid.Check(t, func(t *rapid.T) {
		p := New(panetest.Style(tb), func(string) bool { return false })
		p.Chooses(func(r *Row) filter.Answer {
			switch {
			case !strings.Contains(r.Path, p.Filtered()):
				return filter.No
			case strings.HasSuffix(r.Path, "9"):
				return filter.NotYet
			}
			return filter.Yes
		})
		p.Resize(60, 12)
		p.Select("/f/", "f")
		n := 0
		row := func() Row {
			n++
			return Row{Path: fmt.Sprintf("/f/%05d", n), Cells: []string{fmt.Sprint(n), fmt.Sprint(n % 3)}, Stored: Stored{int64(n % 7), int64(n), 1}}
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0:
				if w, ok := p.Wanted(); ok {
					page := Page{Heads: []string{"NAME", "N"}, Keys: true, More: n < 200}
					for range min(w.Limit, 30) {
						page.Rows = append(page.Rows, row())
					}
					p.Add(w, page)
				}
			case 1:
				p.Filter(rapid.SampledFrom([]string{"", "1", "12", "none"}).Draw(t, "filter"))
			case 2:
				p.SortBy(rapid.IntRange(0, 3).Draw(t, "column"))
			case 3:
				if rows := p.page.Rows; len(rows) > 0 {
					p.Update([]Row{{Path: rows[0].Path, Cells: []string{"again", "0"}}}, []string{rows[len(rows)/2].Path})
				}
			case 4:
				p.Do(rapid.SampledFrom([]keymap.Action{keymap.Down, keymap.Up, keymap.Last}).Draw(t, "key"))
			}
			var want []string
			for i := range p.page.Rows {
				if s := p.page.Rows[i].Path; p.Filtered() == "" || strings.Contains(s, p.Filtered()) && !strings.HasSuffix(s, "9") {
					want = append(want, s)
				}
			}
			if got := p.paths(); !slices.Equal(got, want) {
				t.Fatalf("shown are %v, want %v", got, want)
			}
			if len(want) > 0 && !slices.Contains(want, p.Cursor()) || len(want) == 0 && p.Cursor() != "" {
				t.Fatalf("the cursor is on %q of %v", p.Cursor(), want)
			}
			panetest.Rows(tb, p, 60, 12)
		}
	})
}

// TestFilterReadsOn: as when it is sorted, a filtered table reads up to a bound, and says what was not looked at; its filter is kept with
// its folder.
func TestFilterReadsOn(t *testing.T) {
	t.Parallel()
	p := New(panetest.Style(t), func(string) bool { return false })
	p.Chooses(func(r *Row) filter.Answer {
		if r.Path == "/f/00001" {
			return filter.Yes
		}
		return filter.No
	})
	p.Resize(90, 12)
	p.Select("/f/", "f")
	read := 0
	for {
		w, ok := p.Wanted()
		if !ok {
			break
		}
		page := Page{Heads: []string{"NAME"}, Keys: true, More: true}
		for range w.Limit {
			page.Rows = append(page.Rows, Row{Path: fmt.Sprintf("/f/%05d", read), Cells: []string{"x"}})
			read++
		}
		p.Add(w, page)
		p.Filter("one")
	}
	if read < maxSorted || read > maxSorted+hurried {
		t.Errorf("%d rows were read", read)
	}
	drawn := panetest.Rows(t, p, 90, 12)
	if title := p.Title(); title.Left != "f  /one" || !strings.HasPrefix(title.Right, "1 of 50") || !strings.Contains(drawn, "rows were looked at: G looks at the others") {
		t.Errorf("%+v\n%s", title, drawn)
	}
	p.Select("/g/", "g")
	if p.Filtered() != "" {
		t.Errorf("another folder has the filter %q", p.Filtered())
	}
	p.Select("/f/", "f")
	if p.Filtered() != "one" {
		t.Errorf("it came back with the filter %q", p.Filtered())
	}
}

// TestSortReadsAll: where no server has to answer for it, a folder is read to its end in order to be sorted, so that what comes first is the
// largest of all; else it is read up to a bound, which the title says with the key that reads the rest.
func TestSortReadsAll(t *testing.T) {
	t.Parallel()
	const all = 12_345
	for _, whole := range []bool{true, false} {
		p := New(panetest.Style(t), func(string) bool { return false })
		p.Resize(90, 12)
		p.Select("/f/", "f")
		p.Total(all)
		p.Whole(whole)
		read, pages := 0, 0
		readOn := func() {
			for w, ok := p.Wanted(); ok; w, ok = p.Wanted() {
				page := Page{Heads: []string{"NAME"}, Keys: true}
				for range w.Limit {
					if read < all {
						page.Rows = append(page.Rows, Row{Path: fmt.Sprintf("/f/%05d", read), Cells: []string{"x"}, Stored: Stored{Bytes: int64(read)}})
						read++
					}
				}
				page.More = read < all
				p.Add(w, page)
				pages++
			}
		}
		readOn()
		p.SortBy(slices.Index(p.Columns(), "BYTES"))
		readOn()
		title, first := p.Title().Right, p.Cursor()
		if whole && (title != "12,345 in all  by BYTES" || first != "/f/12344" || pages > 16) || !whole && (!strings.HasPrefix(title, "only 5") || !strings.HasSuffix(title, " of 12,345 read, G reads all  by BYTES") || read > maxSorted+hurried) {
			t.Errorf("whole %t: %q, on %s, after %d pages", whole, title, first, pages)
		}
		if whole { // then the cursor stays with its row
			p.Update([]Row{{Path: "/f/zz", Cells: []string{"x"}, Stored: Stored{Bytes: all}}}, nil)
			if p.Cursor() != first {
				t.Errorf("a row that is written takes the cursor to %s", p.Cursor())
			}
			p.Update(nil, []string{"/f/zz"})
		}
		for range 600 {
			p.Do(keymap.PageDown)
		}
		if before := read; !whole {
			if readOn(); read != before {
				t.Errorf("%d more rows were read on the way down, between which others belong", read-before)
			}
		}
		p.Do(keymap.Last)
		readOn()
		p.Do(keymap.First)
		if title, first := p.Title().Right, p.Cursor(); title != "12,345 in all  by BYTES" || first != "/f/12344" {
			t.Errorf("whole %t: behind the end %q, on %s", whole, title, first)
		}
	}
}
