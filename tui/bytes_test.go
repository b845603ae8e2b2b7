package tui

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	uv "github.com/charmbracelet/ultraviolet"

	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/view"
)

// line is the program on a screen of 200×60, and a meter on the line to it.
type line struct {
	*tuitest.Terminal
	src *tuitest.Memory
}

// online runs f in a bubble with a clock that only moves when everybody waits.
func online(t *testing.T, f func(t *testing.T, x *line)) {
	synctest.Test(t, func(t *testing.T) {
		t.Cleanup(func() { time.Sleep(view.DescribeEvery + time.Second) }) // the program's ticks cannot be cancelled
		src := shop()
		x := &line{tuitest.Start(t, program(t, map[string]*tuitest.Memory{"": src}), 200, 60), src}
		x.wait(2*time.Second + 37*time.Millisecond)
		f(t, x)
	})
}

func (x *line) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// cost returns the bytes that f makes the program send, and what a program that knew the change would send.
func (x *line) cost(f func()) (sent, floor int64) {
	before, from := x.grid(), x.Sent()
	f()
	x.wait(200 * time.Millisecond)
	return x.Sent() - from, least(before, x.grid())
}

func (x *line) grid() [][]uv.Cell {
	g := make([][]uv.Cell, 60)
	for y := range g {
		for c := range 200 {
			if cell := x.Cells().CellAt(c, y); cell != nil {
				g[y] = append(g[y], *cell)
			} else {
				g[y] = append(g[y], uv.Cell{})
			}
		}
	}
	return g
}

// least counts the bytes of the changed stretches of two screens, each with where it is and its styles. Stretches
// nearer than it takes to say where the next one is are one.
func least(before, after [][]uv.Cell) int64 {
	const jump = 6
	n := 0
	for y := range after {
		last := -1 - jump
		for x := range after[y] {
			if after[y][x].Equal(&before[y][x]) {
				continue
			}
			if x-last > jump {
				n += len(fmt.Sprintf("\x1b[%d;%dH", y+1, x+1)) + len(after[y][x].Style.String())
			} else {
				n += x - last - 1
			}
			if last == x-1 && x > 0 && !after[y][x].Style.Equal(&after[y][x-1].Style) {
				n += len(after[y][x].Style.String())
			}
			n += max(len(after[y][x].Content), 1)
			last = x
		}
	}
	return int64(n)
}

// synced is what frames are wrapped in, on terminals that know how.
const synced = int64(len("\x1b[?2026h\x1b[?2026l"))

// TestBytesOnTheLine holds what is sent against what must be sent.
func TestBytesOnTheLine(t *testing.T) {
	online(t, func(t *testing.T, x *line) {
		if sent, _ := x.cost(func() { x.wait(30 * time.Second) }); sent != 0 {
			t.Errorf("nothing changes for 30 s, and %d bytes are sent", sent)
		}
		for _, c := range []struct {
			what string
			do   func()
			most float64
		}{
			{"cursor down in the tree", func() { x.Keys("j") }, 1.5},     // a folder is described at once, its table follows
			{"cursor down in the changes", func() { x.Keys("3j") }, 1.3}, // the row moves at once, its object follows
			{"a key of which nothing follows", func() { x.Keys("\x1b[15~") }, 1.2},
			{"one write", func() { x.src.Put("/registry/configmaps/shop/flags", stored("ConfigMap", "flags", "three")) }, 1.3},
			{"help", func() { x.Keys("?") }, 1.3},
		} {
			sent, floor := x.cost(c.do)
			t.Logf("%s: %d bytes, at least %d", c.what, sent, floor)
			if most := int64(c.most*float64(floor)) + 2*synced; sent > most {
				t.Errorf("%s: %d bytes are sent, at most %d should be", c.what, sent, most)
			}
		}
	})
}

// TestFloodOnTheLine writes 500 times a second: a slow line must not be filled by it.
func TestFloodOnTheLine(t *testing.T) {
	online(t, func(t *testing.T, x *line) {
		from := x.Sent()
		const seconds = 5
		for i := range seconds * 500 {
			x.src.Put(fmt.Sprintf("/registry/configmaps/shop/c%03d", i%200), stored("ConfigMap", fmt.Sprintf("c%03d", i%200), fmt.Sprint(i)))
			x.wait(2 * time.Millisecond)
		}
		rate := (x.Sent() - from) / seconds
		t.Logf("500 changes/s: %d bytes/s", rate)
		if rate > 10<<10+512 { // of which 0.4 KiB are the clocks of the rows, once a second
			t.Errorf("500 changes/s make %d bytes/s, at most 10.5 KiB/s are wanted", rate)
		}
		x.wait(time.Second)
		if !strings.Contains(x.Text(), "c099") {
			t.Errorf("the last change is not shown:\n%s", x.Text())
		}
	})
}
