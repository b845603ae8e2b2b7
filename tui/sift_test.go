package tui

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestSlashStaysOnTheScreen filters the rows of each screen that takes the whole terminal. A word that means nothing there is named, esc
// takes the filter back first, and only then leaves the screen.
func TestSlashStaysOnTheScreen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ key, title, typed, sees, hides string }{
		{"7", "Overview", "zeta", "  /zeta  ", "revisions  1 to 42"},
		{"9", "Space by resource", "pods", "  /pods", "configmaps"},
		{"6 tab tab tab tab", "Desired and observed", "zzqq", "No row of this list has zzqq in it: esc shows all.", "not known"},
		{"4", "Snapshots", "zzqq", "  /zzqq  0 of 0", ""},
	} {
		for _, size := range [][2]int{{80, 24}, {160, 48}} {
			d := drive(t, program(t, map[string]*tuitest.Memory{"": spacious(etcdsource.KindFile)}), size[0], size[1])
			d.See("▸ pods")
			d.Press(c.key)
			d.See(c.title)
			d.See(c.hides)
			d.Press("/")
			d.Type(c.typed)
			d.See(c.sees)
			if s := d.Text(); c.hides != "" && strings.Contains(s, c.hides) {
				t.Errorf("%s: /%s leaves %q:\n%s", c.key, c.typed, c.hides, s)
			}
			d.Type(" by:kubelet")
			d.See("by: means nothing on this screen")
			d.Press("esc")
			d.See(c.title)
			d.See(c.hides)
			d.Press("/")
			d.Type(c.typed)
			d.Press("enter")
			d.See(c.sees)
			d.Press("esc")
			d.See(c.title)
			d.See(c.hides)
			if s := d.Text(); strings.Contains(s, c.sees) {
				t.Errorf("%s: esc keeps the filter:\n%s", c.key, s)
			}
			d.Press("esc")
			d.See("▸ pods")
		}
	}
}

// TestNoRowsToFilter: a screen without rows to filter stays, and says so.
func TestNoRowsToFilter(t *testing.T) {
	t.Parallel()
	d := openedWith(t, withPods(), 120, 40)
	d.Command("key /registry/pods/shop/web-1")
	d.See("Pod shop/web-1")
	d.Press("5")
	d.See("Sequence")
	d.Press("/")
	d.See("This screen has no rows to filter: 1, then /, filters the keys")
	d.See("Sequence")
}
