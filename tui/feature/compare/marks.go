package compare

import (
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/view"
)

// mark marks what is under the cursor of the focused list, and moves on to the next row.
func (f *Feature) mark() {
	k := view.Mark{Key: f.v.Panes.Keys.Cursor()}
	switch f.host.Focus() {
	case layout.Object:
		k.Key = f.v.Panes.Table.Cursor()
	case layout.Differences:
		c := f.diffs.Current()
		if c == nil {
			return
		}
		k.Key = c.Key
	case layout.Timeline:
		c := f.v.Panes.History.Current()
		if c == nil {
			return
		}
		k.Rev = c.Mod
	}
	if k.Key == "" {
		return
	}
	f.v.Nav.Marks.Toggle(k)
	if n := len(f.v.Nav.Marks.All()); n == 2 && f.host.Focus() != layout.Differences {
		f.host.Say(text.Muted, "Two are marked: d compares them.")
	}
}
