package commands_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
)

// TestServeInUse: the kubeconfig of a run that goes on is neither replaced nor removed by another, also where a client has
// changed it; that of a killed run is replaced.
func TestServeInUse(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the program")
	}
	t.Parallel()
	db, file := cluster(t), filepath.Join(t.TempDir(), "night.yaml")
	s, c := serve(t, db, "--kubeconfig", file)
	for _, config := range []string{s.config, strings.SplitN(s.config, "\n", 2)[1] + "preferences: {}\n"} {
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		_, stderr, code := execute(t, "serve", db, "--kubeconfig", file)
		if code != 2 || !strings.Contains(stderr, s.Server) || !strings.Contains(stderr, "still runs") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("a second run: exit %d, %q", code, stderr)
		}
		if b, err := os.ReadFile(file); err != nil || string(b) != config {
			t.Errorf("the kubeconfig after it: %v\n%s", err, b)
		}
	}
	if got := s.get(t, "/healthz"); got != "ok" {
		t.Errorf("the first run answers %q", got)
	}
	_ = c.Process.Kill()
	_ = c.Wait()
	two, c := serve(t, db, "--kubeconfig", file)
	if two.Server == s.Server || two.Kubeconfig != file {
		t.Errorf("after a kill: %+v", two)
	}
	_ = c.Process.Signal(syscall.SIGTERM)
	_ = c.Wait()
	if list, err := os.ReadDir(filepath.Dir(file)); err != nil || len(list) != 0 {
		t.Errorf("at the end: %v, %v", list, err)
	}
}

// TestServeText: a terminal and -o text get lines for people and no JSON; -o json gets JSON on a terminal too.
func TestServeText(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the program")
	}
	t.Parallel()
	db := cluster(t)
	for _, x := range []struct {
		args     []string
		terminal bool
		begins   string
	}{
		{nil, true, "serving at https://127.0.0.1:"},
		{[]string{"-o", "text"}, false, "serving at https://127.0.0.1:"},
		{[]string{"-o", "json"}, true, `{"server":"https://127.0.0.1:`},
	} {
		c := exec.Command(program, append([]string{"serve", db, "--replay", "2"}, x.args...)...)
		c.Env = append(os.Environ(), "TMPDIR="+t.TempDir(), "XDG_RUNTIME_DIR=", "NO_COLOR=1")
		said, err := started(c, x.terminal)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(said)
		var all []string
		for lines.Scan() {
			all = append(all, strings.TrimRight(lines.Text(), "\r"))
			if strings.HasPrefix(all[len(all)-1], "{") || strings.Contains(all[len(all)-1], "one for all clients") {
				break
			}
		}
		_ = c.Process.Signal(syscall.SIGTERM)
		for lines.Scan() {
			all = append(all, strings.TrimRight(lines.Text(), "\r"))
		}
		_ = c.Wait()
		said.Close()
		got := strings.Join(all, "\n")
		if json := strings.Contains(got, "{"); !strings.Contains(got, x.begins) || json != strings.HasPrefix(x.begins, "{") || json == strings.Contains(got, "  export KUBECONFIG=") {
			t.Errorf("%q, terminal %v:\n%s", x.args, x.terminal, got)
		}
	}
}

// started starts a command on a terminal or a pipe, and returns what it prints.
func started(c *exec.Cmd, terminal bool) (io.ReadCloser, error) {
	if terminal {
		return pty.Start(c)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return out, c.Start()
}
