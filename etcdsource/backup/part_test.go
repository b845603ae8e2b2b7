package backup

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

const (
	childEnv = "BACKUP_TEST_SAVE" // the path that a child saves to
	limitEnv = "BACKUP_TEST_LIMIT"
)

// child runs one test of this binary in a process of its own.
func child(t *testing.T, test string, env ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^"+test+"$")
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	return cmd
}

// TestSavingChild is a save that stops in the middle and waits for its end.
func TestSavingChild(t *testing.T) {
	path := os.Getenv(childEnv)
	if path == "" {
		t.Skip("it is a part of the other tests")
	}
	_, err := Save(t.Context(), saver{data: snapshot(t), before: func(done int) error {
		if done > 5000 {
			fmt.Println("writing")
			select {}
		}
		return nil
	}}, path, Options{})
	t.Fatal(err)
}

// saving starts a process that is in the middle of a save, and returns what kills it.
func saving(t *testing.T, path string) (kill func()) {
	t.Helper()
	cmd := child(t, "TestSavingChild", childEnv+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	t.Cleanup(kill)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "writing" {
			return kill
		}
	}
	t.Fatal("the child does not save")
	return nil
}

func paths(parts []etcdsource.Part) (list []string) {
	for _, p := range parts {
		list = append(list, p.Path)
	}
	return list
}

func TestPartsOfKilledSaves(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.db")
	kill := saving(t, path)
	part := path + ".part"
	if found := Parts(path); len(found) != 0 {
		t.Errorf("a save that still writes is taken for dead: %v", paths(found))
	}
	if err := RemovePart(part); err == nil {
		t.Error("the file of a save that still writes is removed")
	}
	if _, err := Save(t.Context(), saver{data: snapshot(t)}, path, Options{}); err == nil || !strings.Contains(err.Error(), "another save is writing "+part) {
		t.Errorf("two saves to one path: %v", err)
	}
	kill()
	for _, where := range []string{path, dir, filepath.Join(dir, "other.db")} {
		found := Parts(where)
		if len(found) != 1 || found[0].Path != part || found[0].Size < 5000 || found[0].Modified.IsZero() {
			t.Errorf("a save to %s finds %+v", where, found)
		}
	}
	before, err := os.ReadFile(part)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Save(t.Context(), saver{data: snapshot(t)}, path, Options{}); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(part); err != nil || !bytes.Equal(before, after) {
		t.Errorf("what was left is not what it was: %d and %d bytes, %v", len(before), len(after), err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"x.db", "x.db.part"}) {
		t.Errorf("there are %v", got)
	}
	if err := RemovePart(part); err != nil {
		t.Error(err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"x.db"}) {
		t.Errorf("there are %v", got)
	}
}

func TestPartsOwnFirst(t *testing.T) {
	dir := t.TempDir()
	page := make([]byte, 5000)
	for _, name := range []string{"a.db.part", "x.db.2.part", "x.db.part"} {
		if err := os.WriteFile(filepath.Join(dir, name), page, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := paths(Parts(filepath.Join(dir, "x.db")))
	want := []string{filepath.Join(dir, "x.db.2.part"), filepath.Join(dir, "x.db.part"), filepath.Join(dir, "a.db.part")}
	if !slices.Equal(got, want) {
		t.Errorf("found %v", got)
	}
	if got := Parts(filepath.Join(dir, "none", "x.db")); len(got) != 0 {
		t.Errorf("in a folder that is not there: %v", got)
	}
}

// TestPartsOfOthers has files that no killed save has left: none is offered, removed or written over.
func TestPartsOfOthers(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.db")
	if err := os.WriteFile(path+".part", []byte("a download of somebody else"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".2.part", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	busy, err := os.OpenFile(path+".2.part", os.O_WRONLY, 0) // as etcdctl has it: without a lock
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	if err := os.Symlink(path+".part", path+".3.part"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path+".4.part", 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path+".5.part", 0o700); err != nil {
		t.Fatal(err)
	}
	before := names(t, dir)
	if got := Parts(path); len(got) != 0 {
		t.Errorf("offered: %v", paths(got))
	}
	for _, name := range before {
		if err := RemovePart(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s was removed", name)
		}
	}
	if _, err := Save(t.Context(), saver{data: snapshot(t)}, path, Options{}); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); !slices.Equal(got, append([]string{"x.db"}, before...)) {
		t.Errorf("there are %v, there were %v", got, before)
	}
	if b, _ := os.ReadFile(path + ".part"); string(b) != "a download of somebody else" {
		t.Errorf("it holds %q", b)
	}
}

// TestLimitedChild saves and writes where no file may grow beyond 4 KiB, as on a disk that fills in the middle.
func TestLimitedChild(t *testing.T) {
	dir := os.Getenv(limitEnv)
	if dir == "" {
		t.Skip("it is a part of the other tests")
	}
	data := snapshot(t)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: 4096}); err != nil {
		t.Fatal(err)
	}
	_, err := Save(t.Context(), saver{data: data}, filepath.Join(dir, "x.db"), Options{})
	fmt.Println("save:", err)
	fmt.Println("write:", WriteNew(filepath.Join(dir, "x.diff"), data))
}

func TestDiskThatFills(t *testing.T) {
	dir := t.TempDir()
	out, err := child(t, "TestLimitedChild", limitEnv+"="+dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	const rest = ": file too large; raise the limit on the size of files (ulimit -f), or choose another folder\n"
	for _, want := range []string{"save: save snapshot to " + dir + "/x.db" + rest, "write: write " + dir + "/x.diff" + rest} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if n := names(t, dir); len(n) != 0 {
		t.Errorf("left behind: %v", n)
	}
}

// TestPlacesThatCannotBeWrittenTo has paths that no file can be made at.
func TestPlacesThatCannotBeWrittenTo(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none", "x.db"):                 "no such file or directory; make the folder, or choose another folder",
		filepath.Join(file, "x.db"):                        "not a directory; choose another folder",
		filepath.Join(dir, strings.Repeat("x", 255)+".db"): "file name too long; choose a shorter name",
		"/proc/x.db": "; ",
	} {
		_, err := Save(t.Context(), saver{data: []byte("x")}, path, Options{})
		for what, err := range map[string]error{"save": err, "write": WriteNew(path, []byte("x"))} {
			if err == nil || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), path) != 1 {
				t.Errorf("%s: %v, want %q", what, err, want)
			}
		}
	}
	if n := names(t, dir); len(n) != 1 {
		t.Errorf("left behind: %v", n)
	}
}

// TestNoName refuses an empty name, as of an unset variable, before anything is streamed.
func TestNoName(t *testing.T) {
	t.Parallel()
	if _, err := Save(t.Context(), nil, "", Options{Force: true}); err == nil || err.Error() != "save snapshot to a file: its name is empty; choose a name" {
		t.Error(err)
	}
}
