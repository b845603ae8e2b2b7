//go:build chaos

package tui

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/tui/tuitest/tty"
)

// act is what a user does in a large store, and two expressions: what the screen shows then, and what no more. Keys whose
// effect depends on what has been read wait for it, in the step before.
type act struct {
	stage, keys  string
	times        int
	shows, hides string
}

var visit = []act{
	{"open", "", 1, `● LIVE(.|\n)* ▸ pods +\d`, ""},
	{"unfold", ":key /registry/pods/team-48/", 1, "key /registry/pods/team-48/", ""},
	{"unfold", "\r", 1, "❯ +▾ team-48 ", ""}, // all folders are read
	{"unfold", "\x1b[D", 1, "❯ +▸ team-48 ", ""},
	{"unfold", ":key /registry/pods/big/", 1, "key /registry/pods/big/", ""},
	{"unfold", "\r", 1, " ▾ big +\\d+[^\n]*\n +web-000000 ", ""},
	{"unfold", "\x1b[C", 1, "❯ +web-000000 ", ""},
	{"page", "\x1b[6~", 300, "❯ +(web|▸ team)-", "❯ +web-000000 "},
	{"page", "G", 1, "❯ +▸ team-48 ", ""},
	{"page", "\x1b[5~", 10, "❯ +web-", ""},
	{"objects", "k", 50, "kind: Pod", ""},
	{"objects", "x", 4, "kind: Pod", ""},
	{"filter", "/web-0012", 1, "❯pods/big/web-001200 ", ""},
	{"filter", "\r", 1, "❯pods/big/web-001200 ", ""},
	{"filter", "\x1b", 1, "❯ +web-", "❯pods/"},
	{"values", "gg", 1, "❯▾ registry ", ""},
	{"values", "g/SEQUENCE\r", 1, "─ Values ─+ [1-9]", "Reading the values"},
	{"values", "\x1b", 1, "─ Keys ─", "─ Values ─"},
	{"table", ":key /registry/pods/big/", 1, "key /registry/pods/big/", ""},
	{"table", "\r", 1, "─ pods in big ─.*( read| in all) ─", ""},
	{"table", "\t\x1b[6~", 1, "│❯ web-", "│❯ web-000000 "},
	{"table", "\x1b[6~", 20, "─ pods in big ─", ""},
	{"table", "G", 1, " in all ─|the first 100,?000 ─", ""},
	{"table", "s", 1, "│ +a +by AGE", ""},
	{"table", "a", 1, "  by AGE, newest first ─", ""},
	{"report", "6", 1, `Not converged \d`, ""},
	{"report", "\x1b", 1, "─ Keys ─", ""},
	{"counts", "gs", 1, "MOSTLY", ""},
	{"counts", "\x1b", 1, "─ Keys ─", ""},
	{"recall", "A", 1, "Go on[?]", ""},
	{"recall", "y", 1, "Recalled: revisions ", ""},
	{"recalled", "3", 1, "─ Live changes ─", ""},
	{"recalled", "G", 1, "─ Live changes ─", ""},
	{"recalled", "1", 1, "─ Keys ─", ""},
	{"travel", "T-200\r", 1, "AS OF", ""},
	{"compare", "c", 1, " ~ [1-9]\\d* updated", ""},
	{"compare", "\x1b", 1, "─ Keys ", ""},
	{"compare", "0", 1, "● LIVE", ""},
	{"again", "6", 1, `Not converged \d`, ""},
}

// bulkCommands are the commands that read much of a store.
var bulkCommands = []struct {
	stage string
	args  []string
}{
	{"ls", []string{"ls", "/registry/pods/", "-o", "json"}},
	{"get", []string{"get", "pods", "-A", "-o", "yaml"}},
	{"report", []string{"report"}},
	{"save", []string{"snapshot", "save", "saved.db"}},
	{"log", []string{"log", "-A", "--changes", "--recall", "--force", "-o", "json"}},
}

// TestChaosMemory samples the memory of the built program while its screen shows a store of many keys, which change
// meanwhile, of a log that follows them, and of commands that read them all.
func TestChaosMemory(t *testing.T) {
	m, program := many(t), built(t)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { rewrite(ctx, t, m) })
	defer wg.Wait()
	defer stop()

	follow := exec.Command(program, "log", "-A", "--follow", "-o", "json", "--endpoints", m.URL)
	follow.Env = []string{"HOME=" + t.TempDir(), "PATH=/usr/bin:/bin"}
	follow.Stdout = io.Discard
	if err := follow.Start(); err != nil {
		t.Fatal(err)
	}
	followed := sample(ctx, follow.Process.Pid, "follow")
	defer func() {
		_ = follow.Process.Kill()
		_ = follow.Wait()
		followed.report(t, "log --follow")
	}()

	s := tty.Start(t, tty.Config{W: 160, H: 50, Env: []string{"TERM=xterm-256color"}}, program, "--endpoints", m.URL)
	a := sample(ctx, s.Pid(), "open")
	defer a.report(t, "the screen")
	for _, v := range visit {
		a.enter(v.stage)
		for range v.times {
			s.Keys(v.keys)
		}
		shows, hides := regexp.MustCompile(v.shows), regexp.MustCompile(v.hides)
		s.Until(fmt.Sprintf("show %q and not %q after %q", v.shows, v.hides, v.keys), func() bool {
			now := s.Screen()
			return shows.MatchString(now) && (v.hides == "" || !hides.MatchString(now))
		})
		a.enter(v.stage) // as it is at the end of a short one too
	}
	s.Keys("\x03")
	s.Wait()
	for _, c := range bulkCommands {
		sampled(t, ctx, program, c.stage, append(c.args, "--endpoints", m.URL)...)
	}
}

// sampled samples the memory of a command until it ends.
func sampled(t *testing.T, ctx context.Context, program, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=/usr/bin:/bin"}
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(ctx)
	a := sample(ctx, cmd.Process.Pid, name)
	err := cmd.Wait()
	stop()
	if err != nil && cmd.ProcessState.ExitCode() != 1 { // 1: a report with findings
		t.Errorf("%v: %v: %s", args, err, said.String())
	}
	a.report(t, "etcdscope")
}

// rewrite changes a pod of the store again and again, each time to another length.
func rewrite(ctx context.Context, t *testing.T, m *etcdtest.Member) {
	w := m.Client()
	defer w.Close()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		k, v := storedPod("big", i%1000*2, i%501)
		if _, err := w.Put(ctx, k, v); err != nil && ctx.Err() == nil {
			t.Errorf("write: %v", err)
			return
		}
	}
}
