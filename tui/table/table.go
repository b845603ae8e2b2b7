// Package table is the pane that shows a folder as kubectl's table.
//
//	  NAME                  READY  STATUS   RESTARTS  NODE     AGE
//	❯ web-7d4b9c-q9vtz      1/1    Running  0         node-04  4s
//
//	Select(folder) ─► Wanted ─► the program reads a page of values ─► Add ─► rows
//
// What always holds:
//   - Values are read for the rows on the screen and the page below them, never for the whole folder, unless it is
//     sorted, then for a few thousand rows at most, or its end was asked for: any other key ends that.
//   - Only cells are kept, made safe; the values are dropped.
//   - The cursor is a key. Rows that come or go around it do not move it.
//   - A filter hides rows, and reads on as a sorted table does.
package table

import (
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// MaxRows bounds the rows that are kept, and maxSorted those that are read in order to be sorted.
const (
	MaxRows   = 100000
	maxSorted = 5000
	hurried   = 500    // rows that are read at once on the way to the end
	maxPage   = 10_000 // and at most where many are sorted
)

// Row is one object, or one folder. Its texts are safe to draw.
type Row struct {
	Path    string // the key, or the folder with its "/" at the end
	Cells   []string
	Numbers []int64 // what the cells are sorted by, one each, but the first; nil: what they say
	Aging   []Aging // cells that hold an age, which grows while the row is shown
	Created time.Time
	Stored  Stored
	widths  []int // of the cells
	bytesW  int   // of the bytes
}

// Aging is a cell whose text is another one at each moment.
type Aging struct {
	Column int
	Cell   columns.Cell
}

// Stored is what the store says of the key of a row, or of all keys of a folder: the bytes of their values, the revision that wrote one of
// them last (0: not known, and neither is the rest), and how often they were written since they were created.
type Stored struct{ Bytes, Revision, Versions int64 }

// Page is a part of a folder's rows.
type Page struct {
	Heads []string // of the cells; AGE is none of them
	Rows  []Row
	Age   bool // rows have an age
	// Behind is the number of columns that are drawn behind the age, as kubectl draws them.
	Behind int
	Keys   bool // rows have what the store says of them: Stored
	More   bool // there are rows behind the last one
	Top    bool // the rows are the first ones of more, which are not read
	// Clock is the time that ages count from; zero: the present.
	Clock time.Time
	Note  string // said instead of rows, or below them
}

// Want is a page that should be read: the rows behind After ("" is the first page), at most Limit of them.
type Want struct {
	Folder, After string
	Limit         int
}

// Pane shows one folder.
type Pane struct {
	style  *pane.Style
	list   widget.List
	w, h   int
	folder string
	title  string
	page   Page // all rows that were read
	known  bool // the first page has been read
	busy   bool // a page is being read
	late   bool // it has been waited for for a while
	cursor string
	sort   sorting
	sifted
	before map[string]kept // of folders that were shown before
	way    way
	marked func(path string) bool
	when   func(rev int64) time.Time // a revision was made, zero where not known; nil: never known
}

// kept is how a folder was shown.
type kept struct {
	sort   sorting
	filter string
}

// Dated sets what says when a revision was made.
func (p *Pane) Dated(when func(rev int64) time.Time) { p.when = when }

// way is the reading of a folder up to its end.
type way struct {
	toEnd bool
	whole bool  // the folder is read to its end in order to be sorted
	total int64 // keys in the folder, 0 where that is not known
}

// New returns an empty pane; marked says which rows are marked.
func New(style *pane.Style, marked func(string) bool) *Pane {
	return &Pane{style: style, marked: marked}
}

// Resize implements pane.Pane.
func (p *Pane) Resize(w, h int) {
	p.w, p.h = w, h
	p.list.Resize(w, h-1) // the first row has the headings
}

// Select empties the pane for another folder; title names what is in it. The order and the filter that were chosen for a folder are kept.
func (p *Pane) Select(folder, title string) {
	if p.folder == folder {
		p.title = title
		return
	}
	if p.before == nil {
		p.before = map[string]kept{}
	}
	p.sort.back = p.sort.on
	p.before[p.folder] = kept{p.sort, p.filter}
	*p = Pane{style: p.style, marked: p.marked, when: p.when, w: p.w, h: p.h, folder: folder, title: title, before: p.before, sort: p.before[folder].sort,
		sifted: sifted{filter: p.before[folder].filter, passes: p.passes, left: p.left, unread: p.unread, none: p.none}}
	p.Resize(p.w, p.h)
}

// Total says how many rows there are, less than 1 where that is not known.
func (p *Pane) Total(n int64) { p.way.total = max(n, 0) }

// Whole says whether a folder may be read to its end, as far as rows are kept, in order to be sorted: no server has to answer for it.
// Otherwise it is read up to maxSorted rows, and by the key that goes to the end.
func (p *Pane) Whole(whole bool) { p.way.whole = whole }

// sorting reports whether more rows are read in order to be sorted.
func (p *Pane) sorting() bool {
	n := len(p.page.Rows)
	return p.sort.on && p.page.More && n < MaxRows && (n < maxSorted || p.way.whole)
}

// Hurrying reports whether the folder is being read up to its end.
func (p *Pane) Hurrying() bool {
	return p.way.toEnd && p.page.More && len(p.page.Rows) < MaxRows
}

// Stop ends the reading up to the end.
func (p *Pane) Stop() { p.way.toEnd = false }

// Forget drops what was read, so that it is read again; what is on the screen stays until the first page arrives.
func (p *Pane) Forget() { p.known, p.busy = false, false }

// Late says that the first page of a folder has been waited for for a while, which the pane says too.
func (p *Pane) Late(folder string) { p.late = p.folder == folder && !p.known }

// Folder returns the folder that is shown, "" for none.
func (p *Pane) Folder() string { return p.folder }

// Known reports whether the first page has been read.
func (p *Pane) Known() bool { return p.known }

// Cursor returns the path of the row under the cursor, "" when there is none.
func (p *Pane) Cursor() string { return p.cursor }

// Wanted returns the page to read next; ok is false when there is none. It counts as being read from then on.
func (p *Pane) Wanted() (w Want, ok bool) {
	n := len(p.page.Rows)
	switch {
	case p.folder == "" || p.busy:
		return w, false
	case !p.known:
		p.busy = true
		return Want{p.folder, "", p.size()}, true
	case !p.page.More || n == 0 || n >= MaxRows:
		return w, false
	case p.way.toEnd || p.gathers() && n < maxSorted || p.sorting() || p.filter == "" && !p.sort.on && p.list.Top()+2*p.h > n:
		p.busy = true
		return Want{p.folder, p.last(), min(p.size(), MaxRows-n)}, true
	}
	return w, false
}

// size is the number of rows that are read at once.
func (p *Pane) size() int {
	if n := len(p.page.Rows); p.sort.on && n >= maxSorted { // each page is sorted into the others
		return min(n/2, maxPage)
	}
	if p.gathers() || p.way.toEnd {
		return hurried
	}
	return max(p.h+8, 24)
}

// last is the last key that was read, whatever the order on the screen.
func (p *Pane) last() string {
	last := ""
	if n := len(p.page.Rows); n > 0 && !p.sort.on {
		return p.page.Rows[n-1].Path
	}
	for i := range p.page.Rows {
		last = max(last, p.page.Rows[i].Path)
	}
	return last
}

// Add takes a page that Wanted has asked for.
func (p *Pane) Add(w Want, page Page) {
	if w.Folder != p.folder || !p.busy {
		return
	}
	p.busy, p.late = false, false
	if w.After == "" {
		p.page, p.known = page, true
	} else {
		p.page.Rows = append(p.page.Rows, page.Rows...)
		p.page.More, p.page.Note = page.More, page.Note
	}
	if p.sort.on || w.After == "" {
		p.order()
	} else {
		p.measure(p.page.Rows[len(p.page.Rows)-len(page.Rows):]) // they come in the order of their keys
		p.sift(len(p.page.Rows) - len(page.Rows))
	}
	p.follow()
	if p.way.toEnd {
		p.list.SetCursor(p.count() - 1)
		p.take()
	}
	p.way.toEnd = p.Hurrying() && len(page.Rows) > 0
	p.first = p.first && (p.filter != "" || p.sorting())
}

// Set shows rows that need not be read.
func (p *Pane) Set(page Page) {
	p.page, p.known, p.busy = page, true, false
	p.order()
	p.follow()
}

// Update takes what was written to rows: those that are gone leave, those that are new come, where that part of the
// folder has been read.
func (p *Pane) Update(rows []Row, gone []string) {
	if !p.known {
		return
	}
	last := p.last()
	for _, path := range gone {
		if i := p.row(path); i >= 0 {
			p.page.Rows = slices.Delete(p.page.Rows, i, i+1)
		}
	}
	for _, r := range rows {
		if i := p.row(r.Path); i >= 0 {
			p.page.Rows[i] = r
		} else if !p.page.More || r.Path < last {
			p.page.Rows = append(p.page.Rows, r)
		}
	}
	p.order()
	p.follow()
}

// Holds reports whether a write to the key may change a row.
func (p *Pane) Holds(key string) bool {
	return p.folder != "" && p.known && strings.HasPrefix(key, p.folder) && (!p.page.More || key <= p.last())
}

// follow puts the list's cursor on the row of the cursor's path.
func (p *Pane) follow() {
	p.list.SetCount(p.count())
	if i := p.index(p.cursor); p.first {
		p.list.SetCursor(0)
	} else if i >= 0 {
		p.list.SetCursor(i)
	}
	p.take()
}

// take remembers what the list's cursor is on.
func (p *Pane) take() {
	p.cursor = ""
	if i := p.list.Cursor(); i < p.count() {
		p.cursor = p.at(i).Path
	}
}

// row is where a path is among the rows that were read, -1 for nowhere.
func (p *Pane) row(path string) int {
	return slices.IndexFunc(p.page.Rows, func(r Row) bool { return r.Path == path })
}

// Do implements pane.Pane.
func (p *Pane) Do(a keymap.Action) pane.Intent {
	p.way.toEnd = a == keymap.Last && p.page.More
	if p.list.Do(a) {
		p.first = false
		p.take()
		return nil
	}
	switch a {
	case keymap.Open, keymap.Expand:
		if p.cursor != "" {
			return pane.Open{Path: p.cursor}
		}
	case keymap.Collapse, keymap.Parent:
		return pane.Leave{}
	}
	return nil
}

// Click implements pane.Clicker.
func (p *Pane) Click(x, y int, double bool) pane.Intent {
	if y == 0 {
		if c := p.columnAt(x); c >= 0 {
			p.SortBy(c)
		}
		return nil
	}
	p.Stop()
	if i := p.list.Top() + y - 1; i < p.count() {
		p.list.SetCursor(i)
		p.first = false
		p.take()
		if double {
			return p.Do(keymap.Open)
		}
	}
	return nil
}

// Wheel implements pane.Clicker.
func (p *Pane) Wheel(rows int) pane.Intent {
	p.Stop()
	p.first = false
	p.list.Scroll(rows)
	p.take()
	return nil
}
