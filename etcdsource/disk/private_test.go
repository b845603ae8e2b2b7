package disk

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// TestPrivate: a private folder is for its owner only, is removed by Remove and by Dying, and what a process that has ended left
// is removed by the next one.
func TestPrivate(t *testing.T) {
	tmp, memory := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Setenv("XDG_RUNTIME_DIR", memory)
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Skip(err)
	}
	for _, dir := range []string{tmp, memory} {
		leave(t, filepath.Join(dir, "etcdscope-test-1"), ended.Process.Pid)
	}
	one, err := Private("test")
	if err != nil {
		t.Fatal(err)
	}
	two, err := Private("test")
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(one.Path)
	if err != nil || info.Mode().Perm() != 0o700 || filepath.Dir(one.Path) != memory {
		t.Errorf("%s: %v, %v", one.Path, info, err)
	}
	for dir, want := range map[string]int{tmp: 0, memory: 2} {
		if list, _ := os.ReadDir(dir); len(list) != want {
			t.Errorf("%d entries in %s, want %d", len(list), dir, want)
		}
	}
	if err := one.Remove(); err != nil {
		t.Error(err)
	}
	if len(deaths.all) != 1 {
		t.Errorf("%d folders are removed when the process dies", len(deaths.all))
	}
	Dying()
	if list, _ := os.ReadDir(memory); len(list) != 0 {
		t.Errorf("%d entries are left", len(list))
	}
	if err := two.Remove(); err != nil {
		t.Error(err)
	}
	t.Setenv("XDG_RUNTIME_DIR", filepath.Join(tmp, "none"))
	three, err := Private("test")
	if err != nil || filepath.Dir(three.Path) != tmp {
		t.Fatalf("%v in %v", err, three)
	}
	if err := three.Remove(); err != nil {
		t.Error(err)
	}
}

// leave makes a folder as a process that was killed leaves it.
func leave(t *testing.T, path string, pid int) {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{lockName: "1", "kubeconfig": "secret"} {
		if name == lockName {
			text = strconv.Itoa(pid)
		}
		if err := os.WriteFile(filepath.Join(path, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
