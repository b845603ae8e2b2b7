package tui

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// slow is a store whose pages take a while from some time on.
type slow struct {
	*tuitest.Memory
	wait time.Duration
}

// Range implements etcdsource.Source.
func (s *slow) Range(ctx context.Context, span etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	time.Sleep(s.wait)
	return s.Memory.Range(ctx, span, at)
}

// TestLate waits for a key and for a folder: what is on the screen is dimmed and says so, and is replaced.
func TestLate(t *testing.T) {
	src := &slow{Memory: withPods()}
	m := program(t, nil)
	m.deps.Open = func(ctx context.Context, _ host.Target, _ host.Progress) (*learn.Opened, error) {
		known, err := learn.From(ctx, src, learn.Options{Custom: true})
		return &learn.Opened{Known: known, Source: src}, err
	}
	d := drive(t, m, 160, 40)
	d.See("▸ pods")
	d.Command("key /registry/configmaps/shop/flags")
	d.See("field: two")
	src.wait = 400 * time.Millisecond
	d.Press("1 j")
	d.See("reading…")
	d.Gone("─ /registry/configmaps/shop/other")
	d.See("field: two") // what was there stays until then, below its own title
	d.See("field: x")
	d.Gone("reading…")
	d.Command("pods")
	d.See("Reading the folder…")
	d.See("web-1")
	d.Gone("Reading the folder…")
}

// TestCursorNeedNotWait goes to a folder whose keys take a while: the cursor is there at once.
func TestCursorNeedNotWait(t *testing.T) {
	hold := make(chan struct{})
	src := &held{Memory: withPods(), folder: "/registry/pods/shop/", hold: hold}
	m := program(t, nil)
	m.deps.Open = func(ctx context.Context, _ host.Target, _ host.Progress) (*learn.Opened, error) {
		known, err := learn.From(ctx, src, learn.Options{Custom: true})
		return &learn.Opened{Known: known, Source: src}, err
	}
	d := drive(t, m, 160, 40)
	d.See("▸ pods")
	d.Command("key /registry/pods/shop/")
	d.See("❯    ▾ shop")
	close(hold)
	d.See("    web-2")
}

// held is a store that does not say what is in a folder until it is dropped.
type held struct {
	*tuitest.Memory
	folder string
	hold   chan struct{}
}

// Children implements etcdsource.Source.
func (s *held) Children(ctx context.Context, span etcdsource.Span, at etcdsource.At) (iter.Seq2[etcdsource.Child, error], error) {
	if string(span.From) == s.folder {
		<-s.hold
	}
	return s.Memory.Children(ctx, span, at)
}

// TestRoleOfOnePrefix opens a store of which only the pods may be read: they are shown when they are asked for.
func TestRoleOfOnePrefix(t *testing.T) {
	src := &walled{Memory: withPods(), only: "/registry/pods/"}
	m := program(t, nil)
	m.deps.Open = func(ctx context.Context, _ host.Target, _ host.Progress) (*learn.Opened, error) {
		known, err := learn.From(ctx, src, learn.Options{Custom: true, Lenient: true, Prefix: "/registry"})
		return &learn.Opened{Known: known, Source: src}, err
	}
	d := drive(t, m, 160, 40)
	d.See("The keys cannot be read.")
	d.See("ctrl+r tries again.")
	d.Command("pods")
	d.See("web-2  0/1    Pending")
	d.Press("j enter")
	d.See("Pod shop/web-2")
	d.See("phase: Pending")
	d.Command("secrets")
	d.See("This folder cannot be read: permission denied")
}

// walled is a store of which one prefix may be read.
type walled struct {
	*tuitest.Memory
	only string
}

func (s *walled) may(span etcdsource.Span) error {
	if !strings.HasPrefix(string(span.From), s.only) {
		return errors.New("permission denied")
	}
	return nil
}

// Range implements etcdsource.Source.
func (s *walled) Range(ctx context.Context, span etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	if err := s.may(span); err != nil {
		return etcdsource.Page{}, err
	}
	return s.Memory.Range(ctx, span, at)
}

// Count implements etcdsource.Source.
func (s *walled) Count(ctx context.Context, span etcdsource.Span, at etcdsource.At) (int64, error) {
	if err := s.may(span); err != nil {
		return 0, err
	}
	return s.Memory.Count(ctx, span, at)
}

// Children implements etcdsource.Source.
func (s *walled) Children(ctx context.Context, span etcdsource.Span, at etcdsource.At) (iter.Seq2[etcdsource.Child, error], error) {
	if err := s.may(span); err != nil {
		return nil, err
	}
	return s.Memory.Children(ctx, span, at)
}
