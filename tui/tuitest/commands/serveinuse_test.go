package commands_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
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
