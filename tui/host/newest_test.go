package host

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	tea "charm.land/bubbletea/v2"
)

// TestNewest: of jobs that are asked for one after the other, the one that runs is cancelled and unheard, those that wait
// never begin, and the newest answers.
func TestNewest(t *testing.T) {
	t.Parallel()
	var n Newest
	var began atomic.Int32
	running := make(chan struct{})
	first := n.Job(t.Context(), func(ctx context.Context) tea.Msg {
		began.Add(1)
		close(running)
		<-ctx.Done()
		return "first"
	})
	var wait sync.WaitGroup
	answers := make([]tea.Msg, 6)
	run := func(i int, cmd tea.Cmd) { wait.Go(func() { answers[i] = cmd() }) }
	run(0, first)
	<-running
	for i := 1; i < len(answers); i++ {
		run(i, n.Job(t.Context(), func(context.Context) tea.Msg {
			began.Add(1)
			return i
		}))
	}
	wait.Wait()
	for i, a := range answers[:5] {
		if a != nil && a != i || i == 0 && a != nil {
			t.Errorf("job %d answered %v", i, a)
		}
	}
	if answers[5] != 5 {
		t.Errorf("the newest answered %v", answers[5])
	}
	if got := n.Job(t.Context(), func(context.Context) tea.Msg { return "again" })(); got != "again" {
		t.Errorf("the next one answered %v", got)
	}
	if n.Job(t.Context(), func(context.Context) tea.Msg { panic("lost") })() == nil {
		t.Error("a panic was lost")
	}
}

// TestNewestWaits: a job that is replaced while it waits for its turn does not begin.
func TestNewestWaits(t *testing.T) {
	t.Parallel()
	var n Newest
	running, end := make(chan struct{}), make(chan struct{})
	first := n.Job(t.Context(), func(context.Context) tea.Msg { // one that cannot be interrupted
		close(running)
		<-end
		return nil
	})
	done := make(chan tea.Msg)
	go func() { done <- first() }()
	<-running
	second := n.Job(t.Context(), func(context.Context) tea.Msg { return t.Name() })
	third := n.Job(t.Context(), func(context.Context) tea.Msg { return "third" })
	if msg := second(); msg != nil {
		t.Errorf("it answered %v", msg)
	}
	close(end)
	<-done
	if msg := third(); msg != "third" {
		t.Errorf("the newest answered %v", msg)
	}
}
