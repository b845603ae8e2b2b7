package overview

import (
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/overview"
	"github.com/etcdscope/etcdscope/tui/pane"
)

// Do implements pane.Pane.
func (p *Pane) Do(a keymap.Action) pane.Intent {
	before := p.list.Cursor()
	if p.list.Do(a) {
		dir := 1
		if p.list.Cursor() < before || a == keymap.Last {
			dir = -1
		}
		p.step(dir, p.list.Cursor())
	}
	return nil
}

// step puts the cursor on the next line from i on, in a direction, else in the other one.
func (p *Pane) step(dir, i int) {
	for _, d := range [2]int{dir, -dir} {
		for at := i; at >= 0 && at < len(p.rows); at += d {
			if p.rows[at].line != nil {
				p.list.SetCursor(at)
				return
			}
		}
	}
}

// Target is what the line under the cursor leads to.
func (p *Pane) Target() overview.Target {
	if i := p.list.Cursor(); i < len(p.rows) && p.rows[i].line != nil {
		return p.rows[i].line.To
	}
	return overview.Target{}
}

// Click implements pane.Clicker.
func (p *Pane) Click(x, y int, double bool) pane.Intent {
	i, end := p.first()+y, p.split
	if p.split < len(p.rows) && x > p.columnW(false) {
		i, end = i+p.split, len(p.rows)
	}
	for i > 0 && i < end && p.rows[i].rest {
		i--
	}
	if i >= end || p.rows[i].line == nil {
		return nil
	}
	p.list.SetCursor(i)
	if to := p.Target(); double && to.Key != "" {
		return pane.Open{Path: to.Key}
	}
	return nil
}

// Wheel implements pane.Clicker.
func (p *Pane) Wheel(rows int) pane.Intent {
	p.list.Scroll(rows)
	p.step(1, p.list.Cursor())
	return nil
}
