package tui

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/view"
)

// TestWholeProgram runs the program on an emulated terminal, renderer and input reader included, with a clock that
// only moves when everybody waits.
func TestWholeProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		t.Cleanup(func() { time.Sleep(view.DescribeEvery + time.Second) }) // the program's ticks cannot be cancelled
		src := shop()
		m := program(t, map[string]*tuitest.Memory{"": src})
		open := m.deps.Open
		m.deps.Open = func(ctx context.Context, target host.Target, report host.Progress) (*learn.Opened, error) {
			time.Sleep(10 * time.Second)
			return open(ctx, target, report)
		}
		x := tuitest.Start(t, m, 80, 24)
		frame := func() string { time.Sleep(time.Second / 30); synctest.Wait(); return x.Text() }
		see := func(want string) {
			t.Helper()
			if s := frame(); !strings.Contains(s, want) {
				t.Fatalf("%q is not on the screen:\n%s", want, s)
			}
		}
		see("Opening the cluster")
		time.Sleep(10 * time.Second)
		see("configmaps")
		for _, k := range "jlll" {
			x.Keys(string(k))
			frame()
		}
		see("other")
		x.Keys("\x1b[<0;6;6M\x1b[<0;6;6m\x1b[<0;6;6M\x1b[<0;6;6m") // a double click as terminals send it
		see("ConfigMap shop/flags")
		see("field: two")
		src.Put("/registry/configmaps/shop/flags", stored("ConfigMap", "flags", "three"))
		see("field: three")
		x.Keys("M")
		see("M takes it back")
		time.Sleep(toastTime + time.Second)
		if s := frame(); strings.Contains(s, "M takes it back") {
			t.Errorf("the passing line stays:\n%s", s)
		}
		x.Keys("1/zzz")
		see("No key matches")
		x.Keys("\x1b")
		time.Sleep(time.Second) // a lone escape is distinguished from a sequence by what does not follow
		see("configmaps")
		x.Resize(200, 60)
		see("Live changes")
		x.Keys("\x1b[200~pasted text is dropped\x1b[201~q")
		if !x.Ended() {
			t.Error("it ended on the alternate screen")
		}
	})
}
