// Package layout divides the screen among the panes.
//
//	header
//	─ Keys ─────┬─ Object ──────────┬─ Timeline ───
//	            │                   │                 from 120 columns; below, the timeline is under the object
//	─ Selected ─┴─ Changes ─────────┴──────────────   from 40 rows
//	────────────────────────────────────────────────
//	(story)
//	status line
//	key line
//
// Beside a folder the timeline gives its room to the table, or to the overview, and the changes are below on 60 columns too. A table that
// has the focus takes the room of the keys too, where there is little; a list of what was deleted takes most of the rows. What was found in values has wide rows: the keys take room from the
// others for it.
//
// What always holds: panes, separators and the fixed lines tile the screen exactly, whatever its size. A pane's first
// row is its title rule; its rows are all exactly as wide as the pane.
package layout

// ID names a pane.
type ID uint8

// The panes.
const (
	None ID = iota
	Keys
	Object
	Timeline
	Changes
	Selected
	Snapshots
	Diff
	Differences
	Sequence
	Space
	Report
	Story // the box at the foot; it is no Place
)

var newest = Story

// NewScreen returns the ID of one more pane that takes the whole screen. It is called when the program begins only.
func NewScreen() ID {
	newest++
	return newest
}

// Whole reports whether a pane takes the whole screen while it has the focus.
func (id ID) Whole() bool {
	return id == Snapshots || id == Diff || id == Differences || id == Sequence || id == Space || id == Report || id > Story
}

// Place is where a pane is. Its title is at row Y; its content has H-1 rows below that.
type Place struct {
	ID         ID
	X, Y, W, H int
}

// Layout is a division of a screen.
type Layout struct {
	W, H   int
	Places []Place // those above before those below, those left before those right
	// TooSmall reports that nothing fits: one line says what size is needed.
	TooSmall bool
	// Asked is what the division was made for.
	Asked Options
	// Past is the number of rows below the header that say at what time the screen is.
	Past int
	// Story is the first row of the story box and its rows; StoryH is 0 without one.
	StoryY, StoryH int
	// Foot is the row of the bottom rule; the status line and the key line are below it.
	Foot int
}

// Sizes at which the screen changes its shape.
const (
	MinW, MinH       = 40, 10 // below: one line
	SingleW, SingleH = 60, 16 // below: one pane at a time
	tableW           = 110    // from here: the keys stay beside a table that has the focus
	wideW            = 120    // from here: three columns
	tallH            = 40     // from here: the feed of changes
	minMid           = 36     // below, the object takes the timeline's room
)

// Options are what the division depends on beside the size.
type Options struct {
	Focus ID
	Zoom  bool // only the focused pane is shown
	Past  bool // another time than now is shown
	Story int  // rows that the story box asks for, 0 for none
	Begun bool // a step of the story was played
	Home  bool // the overview is beside the tree: there is no timeline, and the changes are on narrow screens too
	Table bool // a folder is beside the tree: as Home, for its table
	Found bool // the tree shows texts that were found, which need room
	List  bool // the changes are a list that was asked for: they have most of the rows while they have the focus
}

// Arrange divides a screen of w columns and h rows. A pane that has the focus and no place beside the others is shown alone.
func Arrange(w, h int, o Options) Layout {
	l := Layout{W: w, H: h, Foot: h - 3, Asked: o}
	if w < MinW || h < MinH {
		l.TooSmall = true
		return l
	}
	if o.Story > 0 && h-o.Story >= 13 {
		l.StoryH, l.StoryY = o.Story, h-2-o.Story
		l.Foot -= o.Story
	}
	switch {
	case o.Past && l.Foot >= 18:
		l.Past = 3
	case o.Past && l.Foot >= 10:
		l.Past = 1
	}
	top, rows := 1+l.Past, l.Foot-1-l.Past
	if o.Focus == Story {
		o.Focus = Keys
	}
	switch {
	case o.Zoom || o.Focus.Whole() || w < SingleW || h < SingleH:
		l.Places = []Place{{o.Focus, 0, top, w, rows}}
	case w < wideW:
		l.Places = narrow(w, top, rows, l.StoryH > 0, o)
	default:
		l.Places = wide(w, top, rows, h >= tallH, l.StoryH > 0, o)
	}
	if _, ok := l.Of(o.Focus); !ok {
		l.Places = []Place{{o.Focus, 0, top, w, rows}}
	}
	return l
}

func narrow(w, top, rows int, story bool, o Options) []Place {
	left := clamp(w*39/100, 22, 46)
	switch {
	case o.Found:
		left = w * 3 / 5
	case o.Table && o.Focus == Object && w < tableW:
		left = -1
	case o.Table && o.Focus == Object:
		left = 22
	}
	low, below := clamp(rows/3, 4, 14), Changes
	if story && (o.Begun || !o.Home && !o.Table) {
		low, below = clamp(rows*3/5, 6, 20), Sequence
		if rows < 16 {
			low = 5 // the step that was played; the value shows what it changed
		}
	}
	if o.listed(below) {
		low = rows * 2 / 3
	}
	up := rows - low
	places := []Place{{Keys, 0, top, left, up}, {Object, left + 1, top, w - left - 1, up}}
	if left < 0 {
		places = places[1:]
	}
	if story || o.Home || o.Table {
		return append(places, Place{below, 0, top + up, w, low})
	}
	return append(places, Place{Selected, 0, top + up, left, low}, Place{Timeline, left + 1, top + up, w - left - 1, low})
}

func wide(w, top, rows int, tall, story bool, o Options) []Place {
	left := clamp(w*24/100, 34, 52)
	right := clamp(w*33/100, 44, 70)
	if o.Found {
		left, right = w*2/5, 44
	}
	mid := w - left - right - 2
	low := 6
	if tall {
		low = clamp(rows/5, 8, 14)
	}
	last := Changes
	if story && (o.Begun || !o.Home && !o.Table) {
		last, low = Sequence, clamp(rows*2/5, 6, 20)
	}
	if o.listed(last) {
		low = rows * 2 / 3
	}
	up := rows - low
	places := []Place{{Keys, 0, top, left, up}}
	if o.Home || o.Table || mid < minMid {
		places = append(places, Place{Object, left + 1, top, w - left - 1, up})
	} else {
		places = append(places, Place{Object, left + 1, top, mid, up}, Place{Timeline, left + mid + 2, top, right, up})
	}
	return append(places, Place{Selected, 0, top + up, left, low}, Place{last, left + 1, top + up, w - left - 1, low})
}

// listed reports whether the pane below is a list that was asked for, and has the focus.
func (o *Options) listed(below ID) bool { return o.List && o.Focus == Changes && below == Changes }

func clamp(v, lo, hi int) int { return max(lo, min(v, hi)) }

// Of returns where a pane is; ok is false if it is not on the screen.
func (l Layout) Of(id ID) (p Place, ok bool) {
	for _, p := range l.Places {
		if p.ID == id {
			return p, true
		}
	}
	return Place{}, false
}

// At returns the pane at a column and row, and the row within its content; -1 is its title.
func (l Layout) At(x, y int) (ID, int) {
	for _, p := range l.Places {
		if x >= p.X && x < p.X+p.W && y >= p.Y && y < p.Y+p.H {
			return p.ID, y - p.Y - 1
		}
	}
	return None, 0
}

// Lines says which arms a line has where the separator left of column x is in row y, for choosing its glyph.
type Lines struct{ Up, Down, Left, Right bool }

// Separator returns the arms of the separator cell at column x of row y.
func (l Layout) Separator(x, y int) Lines {
	return Lines{
		Up:    l.separates(x, y-1),
		Down:  l.separates(x, y+1),
		Left:  l.rules(x-1, y),
		Right: l.rules(x+1, y),
	}
}

// separates reports whether a separator is at column x of a row of panes.
func (l Layout) separates(x, y int) bool {
	for _, p := range l.Places {
		if p.X > 0 && p.X-1 == x && y >= p.Y && y < p.Y+p.H {
			return true
		}
	}
	return false
}

// rules reports whether a title rule or the bottom rule passes the cell.
func (l Layout) rules(x, y int) bool {
	if y == l.Foot {
		return true
	}
	for _, p := range l.Places {
		if y == p.Y && x >= p.X && x < p.X+p.W {
			return true
		}
	}
	return false
}

// Order returns the panes that can have the focus, in the order of tab. The keys are among them where a table has taken their room.
func (l Layout) Order() []ID {
	var out []ID
	for _, id := range []ID{Keys, Object, Timeline, Changes} {
		if _, ok := l.Of(id); ok || id == Keys && !l.TooSmall {
			out = append(out, id)
		}
	}
	return out
}
