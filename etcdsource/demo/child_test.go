package demo

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestGoneWithParent ends a small parent in every way there is; neither the child nor its folder may outlive it.
func TestGoneWithParent(t *testing.T) {
	for _, tc := range []struct {
		name, way string
		signal    syscall.Signal
	}{
		{"close", "close", 0},
		{"exit without close", "exit", 0},
		{"panic", "panic", 0},
		{"SIGINT", "wait", syscall.SIGINT},
		{"SIGTERM", "wait", syscall.SIGTERM},
		{"SIGHUP", "wait", syscall.SIGHUP},
		{"SIGKILL", "wait", syscall.SIGKILL},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if tc.signal != 0 && tc.signal != syscall.SIGKILL && signal.Ignored(tc.signal) {
				t.Skip("who started the tests ignores this signal, as nohup does, and so would the parent")
			}
			parent, pid, dir := startParent(t, tc.way)
			if tc.signal != 0 {
				if processGone(pid) || folderGone(dir) {
					t.Fatal("the demo ended before its parent")
				}
				if err := parent.Process.Signal(tc.signal); err != nil {
					t.Fatal(err)
				}
			}
			_ = parent.Wait()
			eventually(t, "the folder is gone", func() bool { return folderGone(dir) })
			eventually(t, "the process is gone", func() bool { return processGone(pid) })
		})
	}
}

// TestKilledWhileOpening kills a parent at all times while it opens a demo.
func TestKilledWhileOpening(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	if shortBase(base) != base {
		return // the folder would be made elsewhere
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for after := time.Duration(0); after < 250*time.Millisecond; after += 10 * time.Millisecond {
		parent := exec.Command(exe)
		parent.Env = append(os.Environ(), parentEnv+"=wait", "TMPDIR="+base)
		if err := parent.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after)
		if err := parent.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = parent.Wait()
	}
	eventually(t, "no folder is left", func() bool {
		left, err := os.ReadDir(base)
		return err == nil && len(left) == 0
	})
}

// startParent starts the small parent and returns it with its child and that one's folder.
func startParent(t *testing.T, way string) (parent *exec.Cmd, pid int, dir string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	parent = exec.Command(exe)
	parent.Env = append(os.Environ(), parentEnv+"="+way)
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = parent.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(line, &pid, &dir); err != nil {
		t.Fatalf("the parent said %q: %v", line, err)
	}
	return parent, pid, dir
}

func startTestServer(t *testing.T) *server {
	t.Helper()
	s, err := startServer(t.Context(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	return s
}

func TestTerminalSignalsAreTheParents(t *testing.T) {
	t.Parallel()
	s := startTestServer(t)
	pid := s.cmd.Process.Pid
	if group, err := syscall.Getpgid(pid); err != nil || group == syscall.Getpgrp() {
		t.Fatalf("the child is in the terminal's process group %d (%v)", group, err)
	}
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGPIPE} {
		if err := syscall.Kill(pid, sig); err != nil {
			t.Fatal(err)
		}
	}
	w, err := dialWriter(t.Context(), s)
	if err != nil {
		t.Fatal("the child does not answer any more:", err)
	}
	defer w.close()
	if _, err := w.client.Put(t.Context(), "a", "b"); err != nil {
		t.Fatal(err)
	}
}

func TestOnlyThisUserReachesTheServer(t *testing.T) {
	t.Parallel()
	s := startTestServer(t)
	info, err := os.Stat(s.dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("the folder has mode %v (%v), not 0700", info.Mode(), err)
	}
	if path := filepath.Join(s.dir, socketName); len(path) > maxSocketPath {
		t.Errorf("the socket's path has %d bytes", len(path))
	}
}

// TestChildEnds ends the child, not the parent: the folder goes too, and the reason is known.
func TestChildEnds(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			s := open(t, "")
			if err := s.server.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			<-s.server.exited
			_, err := s.Describe(t.Context())
			if err == nil { // as it was when it was connected, just now
				_, err = s.Describe(t.Context())
			}
			if err == nil || !strings.Contains(err.Error(), "its etcd has ended") {
				t.Errorf("Describe of a demo without its etcd: %v", err)
			}
			if sig == syscall.SIGTERM && !folderGone(s.server.dir) {
				t.Error("the child left its folder")
			}
		})
	}
}

func TestCanceledStartLeavesNothing(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	if len(base) > maxSocketPath-40 {
		base = ""
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := startServer(ctx, base, nil); err == nil {
		s.stop()
		t.Fatal("a canceled start succeeded")
	}
	if base == "" {
		return
	}
	eventually(t, "the folder is empty", func() bool {
		left, err := os.ReadDir(base)
		return err == nil && len(left) == 0
	})
}

func TestUnusableTempDir(t *testing.T) {
	t.Parallel()
	_, err := startServer(t.Context(), "/nowhere/at/all", nil)
	if err == nil || !strings.Contains(err.Error(), "/nowhere/at/all") {
		t.Fatalf("got %v", err)
	}
}

func TestShortBase(t *testing.T) {
	t.Parallel()
	if got := shortBase("/var/folders/ab/0123456789/T"); got != "/var/folders/ab/0123456789/T" {
		t.Errorf("a short folder was replaced by %s", got)
	}
	if got := shortBase("/" + strings.Repeat("x", 90)); got != "/tmp" {
		t.Errorf("a long folder became %s", got)
	}
}

func TestChildEnviron(t *testing.T) {
	t.Parallel()
	got := childEnviron([]string{"HOME=/root", "ETCD_NAME=x", "ETCDCTL_ENDPOINTS=y", "GRPC_GO_LOG_SEVERITY_LEVEL=info", childEnv + "=old"}, "/tmp")
	if want := "HOME=/root " + childEnv + "=/tmp"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestSilent has a demo's own client and server work and fail; nothing may appear in the terminal.
func TestSilent(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), parentEnv+"=close")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if out, err := cmd.Output(); err != nil || stderr.Len() > 0 || strings.Count(string(out), "\n") != 1 {
		t.Errorf("stdout %q, stderr %q, %v", out, stderr.String(), err)
	}
}

func TestWriterRefusesToDoNothing(t *testing.T) {
	t.Parallel()
	w, err := dialWriter(t.Context(), startTestServer(t))
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	if _, err := w.write(t.Context(), revision{{Key: []byte("none"), Mod: 7, Type: etcdsource.Deleted}}); err == nil {
		t.Error("deleting a key that is not there made a revision")
	}
	rev, err := w.write(t.Context(), revision{{Key: []byte("a"), Mod: 8, Lease: 42}, {Key: []byte("b"), Mod: 8, Sub: 1, Lease: 42}})
	if err != nil || rev != 2 {
		t.Fatalf("two keys made revision %d, %v", rev, err)
	}
	resp, err := w.client.Get(t.Context(), "", clientv3.WithFromKey())
	if err != nil || len(resp.Kvs) != 2 || resp.Kvs[1].ModRevision != 2 || resp.Kvs[1].Lease != 42 {
		t.Errorf("stored %v, %v", resp, err)
	}
}
