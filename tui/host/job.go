package host

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// FrameTime is the time between two frames.
const FrameTime = 33 * time.Millisecond

// MaxCopy is the most that is sent to the terminal's clipboard, in bytes.
const MaxCopy = 64 << 10

// PublishEvery is how often what a job has found so far is shown.
const PublishEvery = 100 * time.Millisecond

// JobTimeout bounds every question; sources have shorter timeouts of their own for each request.
const JobTimeout = 30 * time.Second

// Ask is who asked what, so that a stale answer is known.
type Ask struct {
	Tab int // number of the view
	Gen int // generation of its state
}

// Job runs f outside of Update. A panic becomes an error message: it must not leave the terminal raw.
func Job(ctx context.Context, f func(context.Context) tea.Msg) tea.Cmd {
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				msg = FailedMsg{safego.Caught(r)}
			}
		}()
		ctx, cancel := context.WithTimeout(ctx, JobTimeout)
		defer cancel()
		return f(ctx)
	}
}

// HandOn hands on what a job puts out, a message at a time; chained gives each the command that waits for the next one.
func HandOn[M any](out <-chan M, chained func(m M, next tea.Cmd) tea.Msg) tea.Cmd {
	var next tea.Cmd
	next = func() tea.Msg {
		m, ok := <-out
		if !ok {
			return nil
		}
		return chained(m, next)
	}
	return next
}

// FailedMsg is a job that died.
type FailedMsg struct{ Err error }

// Recovered makes a message of a panic; it is deferred by what runs outside of Update and is no Job.
func Recovered(msg *tea.Msg) {
	if r := recover(); r != nil {
		*msg = FailedMsg{panicError{r}}
	}
}

type panicError struct{ Value any }

// Error implements error.
func (p panicError) Error() string { return fmt.Sprintf("internal error: %v", p.Value) }

// Answer is a message that says which question it answers.
type Answer interface{ Of() Ask }

// Of implements Answer.
func (a Ask) Of() Ask { return a }
