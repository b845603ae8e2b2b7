package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// where finds a text on the screen.
func where(t *testing.T, d *tuitest.Driver, s string) (x, y int) {
	t.Helper()
	for y, l := range strings.Split(d.Text(), "\n") {
		if i := strings.Index(l, s); i >= 0 {
			return ansi.StringWidth(l[:i]), y
		}
	}
	t.Fatalf("%q is not on the screen:\n%s", s, d.Text())
	return 0, 0
}

// TestKeyLineByMouse goes into a pane that takes the whole screen and out of it again, reads the help and steps through
// the writes of a key without a key.
func TestKeyLineByMouse(t *testing.T) {
	src := shop()
	src.Put("/registry/configmaps/shop/long", []byte(`{"kind":"ConfigMap","data":{"v":"`+strings.Repeat("0123456789", 20)+`"}}`))
	d := drive(t, program(t, map[string]*tuitest.Memory{"": src}), 160, 40)
	click := func(s string) {
		x, y := where(t, d, s)
		d.Send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
	}
	listed(d)
	click("? help")
	d.See("Go down a line.")
	d.Send(tea.MouseClickMsg{X: 0, Y: 0, Button: tea.MouseLeft}) // beside the box
	d.Gone("Go down a line.")
	click("6 report")
	d.See("Not converged 0")
	click("esc back")
	d.See("Selected")
	click("[ ] write")
	d.See("AS OF rev 7")
	x, y := where(t, d, "[ ] write")
	d.Send(tea.MouseClickMsg{X: x + 2, Y: y, Button: tea.MouseLeft})
	d.See("● LIVE")
	d.Press(":")
	d.Type("key /registry/configmaps/shop/long")
	d.Press("enter")
	d.See("0123456789")
	x, y = where(t, d, `v: "012`)
	d.Send(tea.MouseWheelMsg{X: x, Y: y, Button: tea.MouseWheelDown, Mod: tea.ModShift})
	d.Gone(`v: "012`)
	d.Send(tea.MouseWheelMsg{X: x, Y: y, Button: tea.MouseWheelLeft})
	d.See(`v: "012`)
	click("q quit")
	d.Settle("quit", func() bool { return d.Quit })
}

// TestCopyOfARow offers what belongs to the row under the cursor, not to the folder that the row is in.
func TestCopyOfARow(t *testing.T) {
	d := drive(t, program(t, map[string]*tuitest.Memory{"": withPods()}), 120, 40)
	listed(d)
	d.Press(":")
	d.Type("pods")
	d.Press("enter")
	d.See("web-2  0/1")
	d.Press("j y")
	d.See("the key   /registry/pods/shop/web-2")
	d.See("kubectl get pods/web-2 -o yaml -n shop")
}
