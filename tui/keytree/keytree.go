// Package keytree is the pane with the tree of keys.
//
//	▾ registry                1.2M
//	  ▾ pods                 61.3k      folders carry the number of keys below them
//	❯     web-7d4b9c-q9vtz    ● 4s      a key that was just written carries a dot and its age
//
// The cursor is a path. Rows come from session.Tree, which keeps them current; the pane draws those that are visible.
package keytree

import (
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// freshFor is how long a key counts as just written.
const freshFor = 5 * time.Second

// Pane is the tree of keys.
type Pane struct {
	style   *pane.Style
	state   *session.State
	list    widget.List
	cursor  string
	awaited string // the cursor's folder while it is only expected to be there
	root    string // the Kubernetes root, for the title
	fresh   map[string]time.Time
	sparks  map[string]string // writes of the last seconds, by folder
	marked  func(path string) bool
	found   *Found // shown instead of the tree
	picked  bool   // a hit of it was chosen by hand: the cursor stays on it
	w, h    int
}

// New returns the pane of a state; marked says which keys are marked.
func New(style *pane.Style, state *session.State, root string, marked func(string) bool) *Pane {
	return &Pane{style: style, state: state, root: root, marked: marked, fresh: map[string]time.Time{}}
}

// Resize implements pane.Pane.
func (p *Pane) Resize(w, h int) {
	p.w, p.h = w, h
	p.list.Resize(w, h)
}

// Cursor returns the path under the cursor, "" when there is none.
func (p *Pane) Cursor() string { return p.cursor }

// Node returns the node under the cursor, nil when there is none.
func (p *Pane) Node() *session.Node {
	if p.cursor == "" {
		return nil
	}
	return p.state.Shown.Find(p.cursor)
}

// Touch remembers keys that were just written.
func (p *Pane) Touch(keys map[string]bool, now time.Time) {
	for k := range keys {
		p.fresh[k] = now
	}
	for k, t := range p.fresh {
		if now.Sub(t) > freshFor {
			delete(p.fresh, k)
		}
	}
}

// Columns of a folder's writes, one a second, and the width from which they are shown.
const (
	sparkW    = 4
	sparkFrom = 36
)

// Beat draws the writes of the last seconds beside their folders, all to one scale.
func (p *Pane) Beat(now time.Time) {
	p.sparks = map[string]string{}
	var folders []string
	var counts [][]int
	most := p.state.Busy.Each(sparkW, now, func(folder string, perSecond []int) {
		folders, counts = append(folders, folder), append(counts, perSecond)
	})
	for i, f := range folders {
		p.sparks[f] = widget.SparklineOf(counts[i], sparkW, most, p.style.Theme)
	}
}

// Fresh reports whether a key is still marked as just written, so that the mark must be taken away later.
func (p *Pane) Fresh() bool { return len(p.fresh) > 0 }

// Sync makes the list follow the tree: the row of the cursor may have moved. A key that is gone keeps the cursor, with
// the folder above it marked; a row that is only hidden, or was only expected, hands it to the nearest one that is shown.
func (p *Pane) Sync() {
	if p.found != nil {
		p.syncFound()
		return
	}
	rows := p.state.Shown.Rows()
	p.list.SetCount(len(rows))
	i := -1
	if p.cursor != "" {
		i = p.state.Shown.Index(p.cursor)
	}
	if i < 0 {
		i = min(p.list.Cursor(), len(rows)-1)
	}
	if i < 0 {
		return
	}
	p.list.SetCursor(i)
	if p.cursor == "" || rows[i].Node.Path != p.cursor && (p.cursor == p.awaited || p.state.Shown.Find(p.cursor) != nil) {
		p.cursor = rows[i].Node.Path
	}
	p.await(rows[i].Node)
}

// Title implements pane.Pane.
func (p *Pane) Title() pane.Title {
	if p.found != nil {
		return p.foundTitle()
	}
	t := pane.Title{Left: "Keys", Right: strings.TrimSuffix(p.root, "/")}
	if p.state.At != 0 {
		t.Left, t.Role = "Keys as of "+widget.Thousands(p.state.At), text.Travel
	}
	return t
}

// Row implements pane.Pane.
func (p *Pane) Row(b []byte, y int) []byte {
	if p.found != nil {
		return p.foundRow(b, y)
	}
	rows := p.state.Shown.Rows()
	if len(rows) == 0 {
		return p.emptyRow(b, y)
	}
	i := p.list.Top() + y
	if i >= len(rows) {
		r := pane.Paint(b, p.style.Theme, p.w, "")
		return r.End()
	}
	return p.nodeRow(b, rows[i], i == p.list.Cursor())
}

func (p *Pane) nodeRow(b []byte, row session.Row, selected bool) []byte {
	th, n := p.style.Theme, row.Node
	base := ""
	if selected {
		base = th.Cursor
	}
	r := pane.Paint(b, th, p.w, base)
	switch {
	case selected:
		r.TextW(text.Accent, th.Glyphs.Pointer, 1)
	case p.marked(n.Path):
		r.TextW(text.Accent, "*", 1)
	default:
		r.Gap(1)
	}
	r.Gap(min(2*row.Depth, p.w/3))
	if n.Dir {
		glyph := th.Glyphs.Closed
		if n.Open {
			glyph = th.Glyphs.Open
		}
		r.TextW(text.Muted, glyph, 1)
		r.Gap(1)
	} else {
		r.Gap(2)
	}
	right, rightW, role := p.badge(n)
	side := 0
	if p.state.Info.Running && p.w >= sparkFrom {
		side = sparkW + 1
	}
	p.name(&r, n, r.Free()-rightW-2-side)
	r.To(rightW + 1 + side)
	r.TextW(role, right, rightW)
	if s := p.sparks[n.Path]; side > 0 && s != "" {
		r.Gap(1)
		r.TextW(text.Accent, s, sparkW)
	}
	return r.End()
}

// name paints a node's name, cut in the middle: pods differ at the end.
func (p *Pane) name(r *pane.Painter, n *session.Node, w int) {
	name, width, ok := clean.Line(n.Name(), 1)
	if decode.TokenIn(n.Path) != "" {
		name, width = decode.Mask, len(decode.Mask)
	}
	if n.Name() == "" {
		name, width = `""`, 2
	}
	role := text.Plain
	if !ok {
		role = text.Warning
	} else if n.Mark == session.Later || n.Expected {
		role = text.Muted
	} else if !n.Dir {
		role = text.String
	}
	if width > w {
		name = clean.Middle(name, max(w, 1))
		width = min(width, max(w, 1))
	}
	r.TextW(role, name, width)
}

// badge is what is at the right edge: a folder's keys, a key's freshness, or what is wrong.
func (p *Pane) badge(n *session.Node) (s string, w int, role text.Role) {
	g := p.style.Theme.Glyphs
	switch {
	case n.Load == session.Failed:
		return g.Bad, 1, text.Error
	case n.Load == session.Apart:
		return "own etcd", 8, text.Muted
	case n.Mark == session.Later:
		return "+ later", 7, text.Added
	case n.Mark == session.Gone:
		return "− gone", 6, text.Removed
	case n.Mark == session.Differs && n.Dir && n.Keys >= 0:
		s = widget.Count(n.Keys) + " ~"
		return s, len(s), text.Changed
	case n.Mark == session.Differs:
		return "~", 1, text.Changed
	case n.Dir && n.Keys >= 0:
		s = widget.Count(n.Keys)
		return s, len(s), text.Muted
	case n.Dir && (n.Load == session.Loading || n.Expected):
		return "…", 1, text.Muted
	case n.Dir:
		return "", 0, text.Muted
	}
	if p.marked(n.Path) {
		return "*", 1, text.Accent
	}
	if t, ok := p.fresh[n.Path]; ok && p.style.Now.Sub(t) < freshFor {
		return g.Dot, 1, text.OK
	}
	return "", 0, text.Muted
}

// emptyRow says why there is nothing to see.
func (p *Pane) emptyRow(b []byte, y int) []byte {
	r := pane.Paint(b, p.style.Theme, p.w, "")
	lines := p.emptyLines()
	if y >= 1 && y-1 < len(lines) {
		r.Gap(2)
		r.Text(text.Muted, lines[y-1])
	}
	return r.End()
}

func (p *Pane) emptyLines() []string {
	root := p.state.Shown.Root()
	switch {
	case root.Load == session.Failed:
		return append(append([]string{"The keys cannot be read."}, widget.Wrap(clean.Text(root.Err)+".", p.w-3)...), "", "ctrl+r tries again.")
	case root.Load == session.Loaded:
		lines := widget.Wrap("This store is empty: it holds no keys at revision "+widget.Thousands(p.state.Revision())+".", p.w-4)
		if !p.state.Info.Running {
			return append(lines, "", ": open FILE opens another.")
		}
		return append(append(lines, ""), widget.Wrap("What is written from now on appears here.", p.w-4)...)
	}
	return nil
}

// Do implements pane.Pane.
func (p *Pane) Do(a keymap.Action) pane.Intent {
	if p.found != nil {
		return p.doFound(a)
	}
	if p.list.Do(a) {
		return p.moved()
	}
	n := p.Node()
	if n == nil {
		return nil
	}
	switch a {
	case keymap.Open:
		if !n.Dir {
			return pane.Open{Path: n.Path}
		}
		return p.toggle(n, !n.Open)
	case keymap.Expand:
		if n.Dir && !n.Open {
			return p.toggle(n, true)
		}
		if !n.Dir {
			return pane.Open{Path: n.Path}
		}
		if len(n.Kids) > 0 {
			p.list.Move(1)
		}
		return p.moved()
	case keymap.Collapse:
		if n.Dir && n.Open {
			return p.toggle(n, false)
		}
		return p.toParent(n)
	case keymap.Parent:
		return p.toParent(n)
	}
	return nil
}

func (p *Pane) toParent(n *session.Node) pane.Intent {
	if n.Parent == nil || n.Parent.Path == "" || n.Parent.Path == "/" {
		return nil
	}
	return p.Go(n.Parent.Path)
}

// Go moves the cursor to a path, or to the nearest folder above it that is shown.
func (p *Pane) Go(path string) pane.Intent {
	if p.found != nil {
		return nil
	}
	if i := p.state.Shown.Index(path); i >= 0 {
		p.list.SetCursor(i)
		return p.moved()
	}
	return nil
}

// Hold keeps the cursor on a key that the tree has not, with the folder above it marked: one that was deleted, or that
// did not exist yet.
func (p *Pane) Hold(path string) {
	p.cursor = path
	p.Sync()
}

func (p *Pane) moved() pane.Intent {
	rows := p.state.Shown.Rows()
	if i := p.list.Cursor(); i >= 0 && i < len(rows) && rows[i].Node.Path != p.cursor {
		p.cursor = rows[i].Node.Path
		p.await(rows[i].Node)
		return pane.Select{Path: p.cursor}
	}
	return nil
}

// await notes whether the node of the cursor's row is only expected.
func (p *Pane) await(n *session.Node) {
	if p.awaited = ""; n.Expected {
		p.awaited = n.Path
	}
}

func (p *Pane) toggle(n *session.Node, open bool) pane.Intent {
	if n.Load == session.Apart {
		return pane.OpenApart{Path: n.Path}
	}
	p.state.Shown.SetOpen(n, open)
	p.Sync()
	if open && (n.Load == session.NotLoaded || n.Load == session.Failed) {
		return pane.Load{Path: n.Path}
	}
	return nil
}

// Click implements pane.Clicker.
func (p *Pane) Click(_, y int, double bool) pane.Intent {
	if p.found != nil {
		return p.clickFound(y, double)
	}
	rows := p.state.Shown.Rows()
	i := p.list.Top() + y
	if i < 0 || i >= len(rows) {
		return nil
	}
	p.list.SetCursor(i)
	if n := rows[i].Node; double || n.Dir && n.Path == p.cursor {
		p.cursor = n.Path
		return p.Do(keymap.Open)
	}
	return p.moved()
}

// Wheel implements pane.Clicker.
func (p *Pane) Wheel(rows int) pane.Intent {
	p.list.Scroll(rows)
	if p.found != nil {
		return p.movedFound()
	}
	return p.moved()
}
