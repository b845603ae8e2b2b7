package compare

import (
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/view"
)

// mark marks what is under the cursor of the focused list, and moves on to the next row.
func (d *keyDiff) mark() {
	k := view.Mark{Key: d.f.v.Panes.Keys.Cursor()}
	switch d.f.host.Focus() {
	case layout.Object:
		k.Key = d.f.v.Panes.Table.Cursor()
	case layout.Differences:
		c := d.f.states.diffs.Current()
		if c == nil {
			return
		}
		k.Key = c.Key
	case layout.Timeline:
		c := d.f.v.Panes.History.Current()
		if c == nil {
			return
		}
		k.Rev = c.Mod
	}
	if k.Key == "" {
		return
	}
	d.f.v.Nav.Marks.Toggle(k)
	if n := len(d.f.v.Nav.Marks.All()); n == 2 && d.f.host.Focus() != layout.Differences {
		d.f.host.Say(text.Muted, "Two are marked: d compares them.")
	}
}
