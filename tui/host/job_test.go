package host

import (
	"context"
	"github.com/etcdscope/etcdscope/model/learn"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

// TestJob: a job has a deadline, ends with its view, and its panic is a message, not the end of the program.
func TestJob(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	msg := Job(ctx, func(ctx context.Context) tea.Msg {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("it has no deadline")
		}
		return ctx.Err()
	})()
	if msg != context.Canceled {
		t.Errorf("it goes on though its view is closed: %v", msg)
	}
	died := Job(t.Context(), func(context.Context) tea.Msg { panic("lost\x1b") })()
	if f, ok := died.(FailedMsg); !ok || f.Err == nil || !strings.Contains(f.Err.Error(), "lost") {
		t.Errorf("a panic is %v", died)
	}
}

// TestHandOn: each message comes with the command for the next one, in order; after the last one there is none.
func TestHandOn(t *testing.T) {
	t.Parallel()
	out := make(chan int, 3)
	for i := range 3 {
		out <- i
	}
	close(out)
	type step struct {
		n    int
		next tea.Cmd
	}
	cmd := HandOn(out, func(n int, next tea.Cmd) tea.Msg { return step{n, next} })
	for i := range 3 {
		s := cmd().(step)
		if s.n != i {
			t.Fatalf("message %d comes as the %d.", s.n, i)
		}
		cmd = s.next
	}
	if msg := cmd(); msg != nil {
		t.Errorf("after the end: %v", msg)
	}
}

// TestTarget: a target is named as it was given, and a view shows the newest revision unless it was sent back.
func TestTarget(t *testing.T) {
	t.Parallel()
	for want, target := range map[string]Target{"the cluster": {}, "the demo": {Demo: true, Path: "x"}, "a.db": {Path: "a.db"}} {
		if got := target.String(); got != want {
			t.Errorf("%+v is %q", target, got)
		}
	}
	if now, then := (&Opened{Head: 9}).Revision(), (&Opened{Head: 9, At: 4}).Revision(); now != 9 || then != 4 {
		t.Errorf("revisions %d, %d", now, then)
	}
	if (&Options{}).Folder(nil) != "." || (&Options{SnapshotDir: "/b"}).Folder(&learn.Opened{Backups: "/c"}) != "/b" || (&Options{}).Folder(&learn.Opened{Backups: "/c"}) != "/c" {
		t.Error("the folder of snapshots")
	}
}
