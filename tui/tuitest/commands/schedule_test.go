package commands_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// stoppedFor is how long a process that keeps a schedule is stopped.
const stoppedFor = 4 * time.Second

// TestStoppedWhileChanges: a process that makes delta snapshots is stopped while a key is written, and goes on. log and history say of
// that change between which times it was made, and of one that came at once when.
func TestStoppedWhileChanges(t *testing.T) {
	t.Parallel()
	s := etcdtest.New(t)
	s.Put("/registry/namespaces/shop")
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(etcdtest.Within(t, time.Minute))
	c := exec.CommandContext(ctx, program, "snapshot", "save", "--endpoints", s.URL, "--every", "1h", "--delta", "2s", "-o", "json", dir)
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { cancel(); _ = c.Wait() }()
	lines := bufio.NewScanner(out)
	next := func(kind string) {
		t.Helper()
		if !lines.Scan() || !strings.Contains(lines.Text(), `"kind":"`+kind+`"`) {
			t.Fatalf("instead of a %s snapshot it says %q, %v", kind, lines.Text(), lines.Err())
		}
	}
	next("full")
	put := func(key string) (at time.Time) {
		if _, err := s.Writer().Put(ctx, key, "x"); err != nil {
			t.Fatal(err)
		}
		return time.Now()
	}
	const late, prompt = "/registry/configmaps/shop/late", "/registry/configmaps/shop/prompt"
	written := map[string]time.Time{prompt: put(prompt)}
	next("delta")
	_ = c.Process.Signal(syscall.SIGSTOP)
	time.Sleep(200 * time.Millisecond)
	written[late] = put(late)
	time.Sleep(stoppedFor)
	_ = c.Process.Signal(syscall.SIGCONT)
	next("delta")

	for key, at := range written {
		for _, args := range [][]string{{"log", key, "--from", dir, "-o", "json"}, {"snapshot", "history", dir, key, "-o", "json"}} {
			text, errs, code := execute(t, args...)
			var l struct{ Time, Earliest, Latest time.Time }
			if err := json.Unmarshal([]byte(text), &l); code != 0 || err != nil {
				t.Fatalf("%v: exit %d, %v: %s%s", args, code, err, text, errs)
			}
			switch exact := l.Earliest.IsZero() && l.Latest.IsZero(); {
			case key == late && (exact || l.Earliest.After(at) || l.Latest.Before(at) || l.Latest.Sub(l.Earliest) < stoppedFor):
				t.Errorf("%v: it was written at %s, and is said to be between %s and %s", args, at, l.Earliest, l.Latest)
			case key == prompt && (!exact || l.Time.Sub(at).Abs() > time.Second):
				t.Errorf("%v: it was written at %s, and is said to be at %s, between %s and %s", args, at, l.Time, l.Earliest, l.Latest)
			}
		}
	}
	if text, _ := run(t, "log", "/registry/configmaps/shop", "--from", dir); strings.Count(text, "≤") != 1 {
		t.Errorf("one of two times is a bound:\n%s", text)
	}
}
