//go:build chaos

package tui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// ran is what a call of the built program left.
type ran struct {
	code           int
	stdout, stderr string
}

// runProgram starts the built program, and returns a channel that its end comes through.
func runProgram(t *testing.T, program string, args ...string) (*exec.Cmd, <-chan ran) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=/usr/bin:/bin"}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	ended := make(chan ran, 1)
	go func() {
		_ = cmd.Wait()
		ended <- ran{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
	}()
	return cmd, ended
}

func (r ran) oneSentence(t *testing.T, code int, contains ...string) {
	t.Helper()
	ok := r.code == code && strings.HasPrefix(r.stderr, "etcdscope: ") && strings.Count(r.stderr, "\n") == 1
	for _, c := range contains {
		ok = ok && strings.Contains(r.stderr, c)
	}
	if !ok {
		t.Errorf("exit code %d, it said %q; want %d and one line with %q", r.code, r.stderr, code, contains)
	}
}

func awaitEnd(t *testing.T, ended <-chan ran) ran {
	t.Helper()
	select {
	case r := <-ended:
		return r
	case <-time.After(2 * time.Minute):
		t.Fatal("the program does not end")
		return ran{}
	}
}

// filled is a member that holds so many MB of random bytes.
func filled(t *testing.T, mb int) *etcdtest.Member {
	t.Helper()
	m := etcdtest.Members(t, 1, *etcdProgram)[0]
	w := m.Client()
	defer w.Close()
	r := rand.NewChaCha8([32]byte{1})
	for i := range mb {
		var ops []clientv3.Op
		for j := range 50 {
			v := make([]byte, 20<<10)
			_, _ = r.Read(v)
			ops = append(ops, clientv3.OpPut(fmt.Sprintf("/registry/secrets/chaos/s-%03d-%02d", i, j), string(v)))
		}
		if _, err := w.Txn(etcdtest.Within(t, time.Minute)).Then(ops...).Commit(); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// TestChaosSave takes the server away in the middle of a save, in the ways in which that happens.
func TestChaosSave(t *testing.T) {
	program, m := built(t), filled(t, 16)
	for _, c := range []struct {
		name string
		do   func(*etcdtest.Proxy)
		says string
	}{
		{"cut by a reset", func(p *etcdtest.Proxy) { p.Cut(true) }, "the stream broke after "},
		{"cut in good order", func(p *etcdtest.Proxy) { p.Cut(false) }, "the stream broke after "},
		{"held", func(p *etcdtest.Proxy) { p.Hold() }, " nothing came for 5s"},
		{"stopped", func(*etcdtest.Proxy) { m.Signal(syscall.SIGSTOP) }, " nothing came for 5s"},
		{"killed", func(*etcdtest.Proxy) { m.Kill() }, "the stream broke after "},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := etcdtest.NewProxy(t, m.URL)
			p.Slow(2 << 20)
			dir := t.TempDir()
			path := filepath.Join(dir, "etcd.db")
			_, ended := runProgram(t, program, "snapshot", "save", path, "--endpoints", p.URL)
			for end := time.Now().Add(2 * time.Minute); ; time.Sleep(5 * time.Millisecond) {
				if st, err := os.Stat(path + ".part"); err == nil && st.Size() > 1<<20 {
					break
				}
				if time.Now().After(end) {
					t.Fatal("nothing is saved")
				}
			}
			c.do(p)
			awaitEnd(t, ended).oneSentence(t, 3, c.says)
			if c.name == "stopped" {
				m.Signal(syscall.SIGCONT)
				m.Ready()
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("it left %v, %v", left, err)
			}
		})
	}
}

// TestChaosDefragment saves while the member is defragmented and written to all the time.
func TestChaosDefragment(t *testing.T) {
	program, m := built(t), filled(t, 32)
	w := m.Client()
	defer w.Close()
	ctx, stop := context.WithCancel(context.Background())
	var defragmented, wrote atomic.Int64
	done := make(chan struct{}, 2)
	go func() {
		for ; ctx.Err() == nil; done <- struct{}{} {
			for ctx.Err() == nil {
				if _, err := w.Defragment(ctx, m.URL); err == nil {
					defragmented.Add(1)
				}
			}
		}
	}()
	go func() {
		for i := 0; ctx.Err() == nil; i++ {
			if _, err := w.Put(ctx, fmt.Sprintf("/registry/secrets/chaos/s-%03d-00", i%32), strings.Repeat("x", 20<<10)); err == nil {
				wrote.Add(1)
			}
		}
		done <- struct{}{}
	}()
	dir := t.TempDir()
	for i := range 5 {
		before := defragmented.Load()
		path := filepath.Join(dir, fmt.Sprintf("%d.db", i))
		_, ended := runProgram(t, program, "snapshot", "save", path, "--endpoints", m.URL)
		if r := awaitEnd(t, ended); r.code != 0 {
			r.oneSentence(t, 3)
			if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("it left the file that it could not save: %v", err)
			}
			continue
		}
		_, ended = runProgram(t, program, "snapshot", "status", path)
		if r := awaitEnd(t, ended); r.code != 0 {
			t.Errorf("the saved file: %d, %q", r.code, r.stderr)
		}
		for end := time.Now().Add(time.Minute); defragmented.Load() == before && time.Now().Before(end); {
			time.Sleep(5 * time.Millisecond)
		}
	}
	stop()
	<-done
	<-done
	if left, _ := filepath.Glob(filepath.Join(dir, "*.part")); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
	t.Logf("%d defragmentations and %d writes during 5 saves", defragmented.Load(), wrote.Load())
	if defragmented.Load() == 0 || wrote.Load() == 0 {
		t.Error("nothing was defragmented or written meanwhile")
	}
}
