package tui

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// questioned is a server that counts the questions about itself.
type questioned struct {
	*tuitest.Memory
	n *atomic.Int64
}

func (c questioned) Describe(ctx context.Context) (etcdsource.Info, error) {
	c.n.Add(1)
	return c.Memory.Describe(ctx)
}

func (c questioned) Requests() ([]etcdsource.Request, etcdsource.RequestTotals) {
	return nil, c.Asked()
}

func (c questioned) Asked() etcdsource.RequestTotals {
	return etcdsource.RequestTotals{Requests: 1000 + c.n.Load()}
}

// TestQuietScreen: the program's own questions write nothing to the terminal; the next key shows what they came to.
func TestQuietScreen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		t.Cleanup(func() { time.Sleep(view.DescribeEvery + time.Second) })
		m := program(t, nil)
		src := questioned{shop(), new(atomic.Int64)}
		m.deps.Open = func(ctx context.Context, _ host.Target, _ host.Progress) (*learn.Opened, error) {
			known, err := learn.From(ctx, src, learn.Options{})
			return &learn.Opened{Known: known, Source: src}, err
		}
		x := &line{tuitest.Start(t, m, 200, 60), src.Memory}
		x.wait(2*time.Second + 37*time.Millisecond)
		before, asked := x.Sent(), src.n.Load()
		x.wait(45 * time.Second)
		if n := src.n.Load() - asked; x.Sent() != before || n < 4 {
			t.Errorf("%d questions in a quiet time made the program send %d bytes", n, x.Sent()-before)
		}
		x.Keys("j")
		x.wait(time.Second)
		if want := widget.Plural(1000+src.n.Load(), "request"); !strings.Contains(x.Text(), want) {
			t.Errorf("%q is not shown:\n%s", want, x.Text())
		}
	})
}
