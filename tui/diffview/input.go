package diffview

import (
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane"
)

// Do implements pane.Pane.
func (p *Pane) Do(a keymap.Action) pane.Intent {
	if p.list.Do(a) {
		return nil
	}
	switch a {
	case keymap.NextPane, keymap.PrevPane, keymap.Format:
		by := Mode(1)
		if a == keymap.PrevPane {
			by = modes - 1
		}
		p.mode, p.chosen = (p.mode+by)%modes, true
		p.again()
	case keymap.Noise:
		p.noise = !p.noise
		p.again()
	case keymap.Wrap:
		p.wrap, p.left = !p.wrap, 0
		p.again()
	case keymap.NextHunk, keymap.PrevHunk:
		dir := map[keymap.Action]int{keymap.NextHunk: +1, keymap.PrevHunk: -1}[a]
		if p.Searching() {
			p.hit(p.list.Cursor(), dir)
		} else {
			p.jump(dir)
		}
	case keymap.Left:
		p.left = max(p.left-8, 0)
	case keymap.Right:
		p.left += 8
	case keymap.Open:
		if i := p.list.Cursor(); i < len(p.lines) && p.lines[i].kind == lineFold {
			p.open[p.lines[i].fold] = true
			p.relay()
		}
	case keymap.Older:
		return pane.StepDiff{Dir: -1}
	case keymap.Newer:
		return pane.StepDiff{Dir: +1}
	}
	return nil
}

// again lays the lines out again and returns to the hunk that the cursor was on.
func (p *Pane) again() {
	hunk := p.hunk()
	p.relay()
	for i := range p.lines {
		if l := &p.lines[i]; l.kind == lineHead && l.hunk == hunk {
			p.list.SetCursor(i)
			return
		}
	}
}

// Click implements pane.Clicker.
func (p *Pane) Click(_, y int, double bool) pane.Intent {
	if y < p.head() || p.list.Top()+y-p.head() >= len(p.lines) {
		return nil
	}
	p.list.SetCursor(p.list.Top() + y - p.head())
	if double {
		return p.Do(keymap.Open)
	}
	return nil
}

// Wheel implements pane.Clicker.
func (p *Pane) Wheel(rows int) pane.Intent {
	p.list.Scroll(rows)
	return nil
}

// Patch returns what is shown as text.
func (p *Pane) Patch() string {
	if p.content == nil {
		return ""
	}
	return p.content.Patch(p.content.Name(), p.noise)
}
