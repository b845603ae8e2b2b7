package commands_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// TestARehearsalOpensNoPort looks at the program and its members again and again, from its start to its end: none of them
// ever has a TCP socket, listening or connected. The members are seen.
func TestARehearsalOpensNoPort(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	if list, _ := filepath.Glob("/proc/self/task/*/children"); len(list) == 0 {
		t.Skip("this kernel does not list the children of a process")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if len(tcpOf(os.Getpid())) == 0 {
		t.Fatal("this test does not see its own port")
	}
	l.Close()
	file := etcdtest.Snapshot(t, etcdtest.Versions[len(etcdtest.Versions)-1])
	for _, members := range []int{1, 3} {
		c := exec.CommandContext(etcdtest.Within(t, 2*time.Minute), program, "snapshot", "restore", file, "--rehearse", "--members", strconv.Itoa(members), "--scratch", etcdtest.Dir(t))
		var out bytes.Buffer
		c.Stdout, c.Stderr = &out, &out
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- c.Wait() }()
		most, looks := 0, 0
		for running := true; running; looks++ {
			select {
			case err := <-done:
				if running = false; err != nil {
					t.Errorf("%d members: %v: %s", members, err, out.String())
				}
			case <-time.After(2 * time.Millisecond):
				family := familyOf(c.Process.Pid)
				most = max(most, len(family)-1)
				for _, pid := range family {
					for _, s := range tcpOf(pid) {
						t.Errorf("%d members: process %d has %s", members, pid, s)
					}
				}
			}
		}
		if most < members {
			t.Errorf("of %d members %d were seen in %d looks", members, most, looks)
		}
	}
}

// familyOf returns a process and all that it has started, and these.
func familyOf(pid int) []int {
	family := []int{pid}
	for i := 0; i < len(family); i++ {
		lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", family[i]))
		for _, l := range lists {
			b, _ := os.ReadFile(l)
			for _, f := range strings.Fields(string(b)) {
				if child, err := strconv.Atoi(f); err == nil {
					family = append(family, child)
				}
			}
		}
	}
	return family
}

// tcpOf returns the TCP sockets of a process, in whatever state.
func tcpOf(pid int) (out []string) {
	own := map[string]bool{}
	fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil && strings.HasPrefix(to, "socket:[") {
			own[strings.TrimSuffix(strings.TrimPrefix(to, "socket:["), "]")] = true
		}
	}
	if len(own) == 0 {
		return nil
	}
	for _, table := range []string{"tcp", "tcp6"} {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		for line := range strings.Lines(string(b)) {
			if f := strings.Fields(line); len(f) > 9 && own[f[9]] {
				out = append(out, table+" "+f[1]+" to "+f[2])
			}
		}
	}
	return out
}
