package tui

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestRandomInput presses every key of the keymap, types, clicks, draws and resizes at random, from 1×1 to 300×100, while
// the store changes. The driver holds the layout after each message. ETCDSCOPE_STEPS makes the run longer, ETCDSCOPE_SEED
// repeats one.
func TestRandomInput(t *testing.T) {
	steps, seed := number("ETCDSCOPE_STEPS", 600), number("ETCDSCOPE_SEED", rand.IntN(1<<30))
	t.Logf("ETCDSCOPE_SEED=%d ETCDSCOPE_STEPS=%d", seed, steps)
	r := rand.New(rand.NewPCG(uint64(seed), 0))
	var keys []string
	for _, b := range keymap.Table {
		for _, k := range b.Keys {
			if b.Action != keymap.Suspend {
				keys = append(keys, k)
			}
		}
	}
	var d *tuitest.Driver
	var src *tuitest.Memory
	for i := range steps {
		if i%500 == 0 {
			src = relatives()
			m := program(t, map[string]*tuitest.Memory{"": src, "old.db": shop()})
			if r.IntN(2) == 0 {
				m = withStory(t, newStoryStore(src, 17))
			}
			d = drive(t, m, 1+r.IntN(300), 1+r.IntN(100))
		}
		x, y := r.IntN(300), r.IntN(100)
		switch n := r.IntN(100); {
		case n < 55:
			d.Press(keys[r.IntN(len(keys))])
		case n < 70:
			d.Type(string([]rune("aeop/!^$ 1世\u0301é")[r.IntN(13)]))
		case n < 75:
			d.Press([]string{"enter", "esc"}[r.IntN(2)])
		case n < 80:
			d.Send(tea.MouseClickMsg{X: x, Y: y, Button: []tea.MouseButton{tea.MouseLeft, tea.MouseRight}[r.IntN(2)]})
		case n < 83:
			d.Send(tea.MouseMotionMsg{X: x, Y: y % 3, Button: tea.MouseLeft})
			d.Send(tea.MouseReleaseMsg{X: x, Y: y, Button: tea.MouseLeft})
		case n < 87:
			d.Send(tea.MouseWheelMsg{X: x, Y: y, Button: []tea.MouseButton{tea.MouseWheelUp, tea.MouseWheelDown}[r.IntN(2)]})
		case n < 90:
			d.Send(tea.WindowSizeMsg{Width: 1 + x, Height: 1 + y})
		case n < 92:
			d.Send(tea.PasteMsg{Content: "a\x1b[31m\nb"})
		default:
			src.Put(fmt.Sprintf("/registry/pods/shop/%s-%d", []string{"web", "世界", "\x1b]0;x\a", "\xff"}[r.IntN(4)], r.IntN(9)), pod("x", strconv.Itoa(i)))
		}
		d.Drain()
	}
}

func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// TestMouse clicks what a person would.
func TestMouse(t *testing.T) {
	d := openedWith(t, withPods(), 160, 44)
	click := func(x, y int, b tea.MouseButton) { d.Send(tea.MouseClickMsg{X: x, Y: y, Button: b}) }
	d.Command("pods")
	d.See("shop       web-2")
	click(55, 4, tea.MouseLeft) // the second row of the table
	click(55, 4, tea.MouseLeft)
	d.See("Pod shop/web-2")
	click(55, 10, tea.MouseRight)
	d.See("the etcdctl command   etcdctl --endpoints=prod-eu get -- '/registry/pods/shop/web-2'")
	d.Press("esc")
	for x := range 60 { // somewhere in the header is LIVE, which pauses
		if m := d.Text(); x > 20 && len(m) > 0 && string([]rune(m)[x]) == "L" {
			click(x, 0, tea.MouseLeft)
			break
		}
	}
	d.See("PAUSED")
	d.Command("rev 8")
	d.See("AS OF rev 8")
	click(20, 0, tea.MouseLeft)
	d.Gone("AS OF")
}
