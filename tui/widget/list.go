// Package widget has the parts of a screen that know nothing of etcd: a virtual list, a pager, an input line, numbers
// for people.
//
// What always holds:
//   - Whatever paints a row appends exactly the width it was given, and draws only rows that are visible.
//   - A list knows positions only; whoever owns it remembers what the cursor is on.
package widget

import "github.com/etcdscope/etcdscope/keymap"

// scrollOff is the number of rows that stay visible around the cursor.
const scrollOff = 3

// List is the position in a list of any length. The zero List is empty.
type List struct {
	w, h   int
	count  int
	cursor int
	top    int
}

// Resize sets the size in which the list is drawn.
func (l *List) Resize(w, h int) {
	l.w, l.h = w, max(h, 0)
	l.clamp()
}

// SetCount sets the number of rows.
func (l *List) SetCount(n int) {
	l.count = n
	l.clamp()
}

// Cursor returns the row of the cursor; 0 in an empty list.
func (l *List) Cursor() int { return l.cursor }

// Top returns the first visible row.
func (l *List) Top() int { return l.top }

// SetCursor moves the cursor to a row, and the window with it.
func (l *List) SetCursor(i int) {
	l.cursor = i
	l.clamp()
}

// Move moves the cursor by rows.
func (l *List) Move(by int) { l.SetCursor(l.cursor + by) }

// Scroll moves the window by rows; the cursor is taken along where it would leave it.
func (l *List) Scroll(by int) {
	l.top = max(min(l.top+by, l.count-l.h), 0)
	off := l.margin()
	lo, hi := l.top+off, l.top+l.h-1-off
	if l.top == 0 {
		lo = 0
	}
	if l.top+l.h >= l.count {
		hi = l.count - 1
	}
	l.cursor = max(min(l.cursor, hi), lo)
	l.clamp()
}

func (l *List) margin() int { return min(scrollOff, max((l.h-1)/2, 0)) }

func (l *List) clamp() {
	l.cursor = max(min(l.cursor, l.count-1), 0)
	off := l.margin()
	l.top = min(l.top, l.cursor-off)
	l.top = max(l.top, l.cursor+off-l.h+1)
	l.top = max(min(l.top, l.count-l.h), 0)
}

// Do carries out an action that moves the cursor; it reports whether it was one.
func (l *List) Do(a keymap.Action) bool {
	page := max(l.h-2, 1)
	switch a {
	case keymap.Up:
		l.Move(-1)
	case keymap.Down:
		l.Move(1)
	case keymap.PageUp:
		l.Move(-page)
	case keymap.PageDown:
		l.Move(page)
	case keymap.HalfUp:
		l.Move(-max(l.h/2, 1))
	case keymap.HalfDown:
		l.Move(max(l.h/2, 1))
	case keymap.First:
		l.SetCursor(0)
	case keymap.Last:
		l.SetCursor(l.count - 1)
	default:
		return false
	}
	return true
}

// Height returns the rows in which the list is drawn.
func (l *List) Height() int { return l.h }
