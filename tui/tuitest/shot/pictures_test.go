package shot_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/shot"
)

var update = flag.Bool("update", false, "rewrite the pictures")

// stage is the program on an emulated terminal, with the demo's story and a clock that does not move while it works.
type stage struct {
	t    *testing.T
	x    *tuitest.Terminal
	tale *tale
	w, h int
}

// plain hides the story of a tale: what is left is a store.
type plain struct{ *tuitest.Memory }

// play runs f on a stage. The clock begins when the story's store was cut, so that ages are what they were.
func play(t *testing.T, w, h int, story bool, look string, f func(*stage)) {
	tale := readTale(t)
	synctest.Test(t, func(t *testing.T) {
		t.Cleanup(func() { time.Sleep(time.Minute) }) // the program's ticks cannot be cancelled
		time.Sleep(time.Until(tale.now))
		tale.begin()
		var src etcdsource.Source = tale
		if !story {
			src = plain{tale.Memory}
		}
		th, err := theme.Named(look)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		t.Cleanup(cancel)
		open := func(ctx context.Context, _ host.Target, _ host.Progress) (*learn.Opened, error) {
			known, err := learn.From(ctx, src, learn.Options{Custom: true, Lenient: true})
			return &learn.Opened{Known: known, Source: src}, err
		}
		m := tui.New(ctx, host.Deps{Open: open}, host.Options{Environ: []string{"TERM=xterm-256color"}, Speed: 1}, th)
		s := &stage{t, tuitest.Start(t, m, w, h), tale, w, h}
		s.wait(1137 * time.Millisecond) // between the program's ticks, here and later
		f(s)
	})
}

// wait lets the program work until nothing moves, for a while of its own clock.
func (s *stage) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// keys presses keys, one at a time.
func (s *stage) keys(keys ...string) {
	for _, k := range keys {
		s.x.Keys(k)
		s.wait(500 * time.Millisecond)
	}
}

func (s *stage) take() shot.Frame { return shot.Take(s.x.Cells(), s.w, s.h) }

// steps plays steps of the story, at the pace of somebody who reads.
func (s *stage) steps(n int) {
	for range n {
		s.keys(" ")
		s.wait(2 * time.Second)
	}
}

// writes plays steps as if others wrote them.
func (s *stage) writes(n int) {
	for range n {
		if _, err := s.tale.Next(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
		s.wait(700 * time.Millisecond)
	}
}

const enter = "\r"

// TestPictures makes the pictures of the README from what the program draws, and holds those that are stored against
// them. go test ./tui/tuitest/shot -update rewrites them.
func TestPictures(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are compared in the full run")
	}
	t.Run("main", func(t *testing.T) {
		play(t, 150, 42, false, "dark", func(s *stage) {
			s.writes(8)
			s.keys(":", "key /registry/pods/demo/nginx", enter, "2", "j", "j")
			s.wait(time.Second)
			compare(t, "main", func() string {
				f := s.take()
				return f.SVG("etcdscope: keys, a Pod as YAML, its timeline, the changes of the whole store")
			}())
		})
	})
	t.Run("small", func(t *testing.T) {
		play(t, 80, 24, false, "dark", func(s *stage) {
			s.keys(":", "key /registry/pods/demo/db-0", enter)
			s.wait(time.Second)
			compare(t, "small", func() string { f := s.take(); return f.SVG("etcdscope on 80 columns and 24 rows") }())
		})
	})
	t.Run("diff", func(t *testing.T) {
		play(t, 100, 30, false, "dark", func(s *stage) {
			s.writes(6)
			s.keys(":", "key /registry/pods/demo/nginx", enter, "2", "d", "Z")
			s.wait(time.Second)
			compare(t, "diff", func() string { f := s.take(); return f.SVG("what a write changed, field by field") }())
		})
	})
	t.Run("story", func(t *testing.T) {
		play(t, 120, 36, true, "dark", func(s *stage) {
			s.steps(3)
			compare(t, "story", func() string { f := s.take(); return f.SVG("the demo: the scheduler has bound the Pod") }())
		})
	})
	t.Run("animation", func(t *testing.T) {
		play(t, 100, 30, true, "dark", func(s *stage) {
			frames := []shot.Shown{{Frame: s.take(), For: 2 * time.Second}}
			for range 12 {
				s.steps(1)
				frames = append(frames, shot.Shown{Frame: s.take(), For: 2 * time.Second})
			}
			compare(t, "demo", shot.Animate(frames, 6, "the demo, step by step: a Pod is created, bound, run and deleted"))
		})
	})
}

func compare(t *testing.T, name, svg string) {
	t.Helper()
	path := filepath.Join("pictures", name+".svg")
	if *update {
		if err := os.WriteFile(path, []byte(svg), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	stored, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(stored) == svg {
		return
	}
	was, now := strings.Split(string(stored), "\n"), strings.Split(svg, "\n")
	i := 0
	for i < len(was)-1 && i < len(now)-1 && was[i] == now[i] {
		i++
	}
	t.Errorf("%s is not what the program draws now, from line %d of %d on; go test ./tui/tuitest/shot -update rewrites it\n- %.200s\n+ %.200s", path, i+1, len(was), was[i], now[i])
}
