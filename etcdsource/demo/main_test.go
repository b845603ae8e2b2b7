package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// parentEnv makes the test binary a small program that opens a demo, says where it is, and ends in some way.
const parentEnv = "ETCDSCOPE_TEST_PARENT"

func TestMain(m *testing.M) {
	Child()
	if way := os.Getenv(parentEnv); way != "" {
		smallParent(way)
	}
	code := m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Println("after the tests:", err)
		code = 1
	}
	os.Exit(code)
}

// smallParent opens a demo and prints its child and folder. Then it panics, closes, or waits for a signal.
func smallParent(way string) {
	s, err := Open(context.Background(), "", Options{})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println(s.server.cmd.Process.Pid, s.server.dir)
	switch way {
	case "panic":
		go func() { panic("on purpose") }()
	case "close":
		s.Close()
		os.Exit(0)
	case "exit":
		os.Exit(3)
	}
	select {}
}

// eventually polls until the condition holds.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if cond() {
			return
		}
	}
	t.Fatal("not within 15 s: " + what)
}

// processGone reports whether a process has ended, also where nobody has asked for its exit code.
func processGone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		_, rest, _ := strings.Cut(string(b), ") ")
		return strings.HasPrefix(rest, "Z")
	}
	out, err := exec.Command("ps", "-o", "stat=", "-p", fmt.Sprint(pid)).Output()
	return err == nil && strings.HasPrefix(strings.TrimSpace(string(out)), "Z")
}

func folderGone(dir string) bool {
	_, err := os.Lstat(dir)
	return errors.Is(err, os.ErrNotExist)
}

// open returns a demo that ends with the test; then nothing is left of it.
func open(t *testing.T, story string) *Source {
	t.Helper()
	s, err := Open(t.Context(), story, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		if !folderGone(s.server.dir) || !processGone(s.server.cmd.Process.Pid) {
			t.Error("a closed demo left its process or its folder")
		}
	})
	return s
}

// storyFolder is the story's folder in the source tree.
func storyFolder(name string) string { return filepath.Join("stories", name) }
