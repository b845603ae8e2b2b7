package tui

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestBackToAList leaves a list for an object: g b leads back to the list, with its filter and its cursor, and g f to the object.
func TestBackToAList(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {200, 60}} {
		for _, c := range []struct{ name, keys, title, changed string }{
			{"what was deleted", "g d", "is:gone", ""},
			{"the changes", "3", "of the whole store", ""},
			{"the changes, filtered otherwise since", "g d", "is:gone", "3 esc 1"},
			{"the report", "6 right right right", "Desired and observed", ""},
		} {
			t.Run(c.name, func(t *testing.T) {
				d := openedWith(t, withGone(), size[0], size[1])
				d.See("deleted")
				d.Press(c.keys)
				d.See(c.title)
				d.See("web-1")
				d.Press("down")
				d.Settle("the row is described", func() bool { return !strings.HasSuffix(strings.TrimRight(under(d.Text()), " │\n"), " …") })
				row := under(d.Text())
				if row == "" {
					t.Fatalf("the cursor is on no row:\n%s", d.Text())
				}
				d.Press("enter")
				d.See("kind: ")
				if c.changed != "" {
					d.Press(c.changed)
				}
				d.Press("g b")
				d.See(c.title)
				if got := under(d.Text()); got != row {
					t.Errorf("the cursor was on\n%s\nand is on\n%s\nof\n%s", row, got, d.Text())
				}
				d.Press("g f")
				d.See("kind: ")
			})
		}
	}
	d := openedWith(t, withGone(), 120, 30)
	d.Press("6 right right right right")
	d.See("writes")
	d.Press("enter") // the writer's changes
	d.See("/by:")
	d.Press("g b")
	d.See("Desired and observed")
	d.Press("left")
	d.See("deleted at")
	d.Press("a")
	d.See("Bring back 1 object as YAML")
}

// TestDeletedNamesItsKey: where deletions are listed, the foot shows the key that brings an object back, in few columns too; among other
// changes it does not.
func TestDeletedNamesItsKey(t *testing.T) {
	d := openedWith(t, withGone(), 80, 24)
	d.Press("g d")
	d.See("is:gone")
	d.See("a bring back")
	d.Press("esc")
	d.Gone("is:gone")
	d.Gone("a bring back")
}

// withGone is a file in which two of three pods were deleted.
func withGone() *tuitest.Memory {
	src := tuitest.NewMemory(etcdsource.KindFile, "backup.db")
	src.Put("/registry/configmaps/shop/flags", stored("ConfigMap", "flags", "x"))
	for _, name := range []string{"web-1", "web-2", "web-3"} {
		src.Put("/registry/pods/shop/"+name, pod(name, "Running"))
	}
	src.Put("/registry/pods/shop/web-1", nil)
	src.Put("/registry/pods/shop/web-2", nil)
	return src
}

// under returns the last row with a cursor: that of the list at the foot of the screen.
func under(screen string) (row string) {
	for l := range strings.Lines(screen) {
		if i := strings.LastIndex(l, "❯"); i >= 0 {
			row = strings.TrimSpace(strings.Replace(l[i:], "…         ", attribution.NotKnown+" ", 1))
		}
	}
	return row
}
