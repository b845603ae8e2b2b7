package verdicts

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

var moment = time.Date(2026, 11, 29, 3, 0, 0, 5, time.UTC)

// snapshot writes a file of the length of one with a trailer.
func snapshot(t *testing.T, path string, fill byte) string {
	t.Helper()
	if err := os.WriteFile(path, bytes.Repeat([]byte{fill}, 4096+trailerSize), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, moment, moment); err != nil {
		t.Fatal(err)
	}
	return path
}

func keep(t *testing.T, s *Store, path string, b etcdsource.Backup) {
	t.Helper()
	id, err := Identify(path)
	if err == nil {
		err = s.Keep(id, b)
	}
	if err != nil {
		t.Fatal(err)
	}
}

var good = etcdsource.Backup{Format: "etcd", Cluster: "uid-1", Revision: 42, Keys: 7, Verdict: etcdsource.BackupVerified, Checked: moment.Add(time.Hour), Time: moment, TimeFrom: "backup"}

// TestKeptWhileUnchanged: a verdict holds as long as size, time of change and trailer are as they were, by any way to the
// file, and for nobody but its owner.
func TestKeptWhileUnchanged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := At(filepath.Join(dir, "state", "verdicts"))
	for name, change := range map[string]func(path string) error{
		"size": func(p string) error {
			return os.WriteFile(p, make([]byte, 8192+trailerSize), 0o600)
		},
		"time":    func(p string) error { return os.Chtimes(p, moment, moment.Add(time.Nanosecond)) },
		"trailer": func(p string) error { snapshot(t, p, 9); return nil },
		"gone":    os.Remove,
		"a folder": func(p string) error {
			if err := os.Remove(p); err != nil {
				return err
			}
			return os.Mkdir(p, 0o700)
		},
	} {
		path := snapshot(t, filepath.Join(dir, "a\xff "+name+".db"), 1)
		if _, ok := s.Of(path); ok {
			t.Errorf("%s: there is a verdict before one was kept", name)
		}
		keep(t, s, path, good)
		link := filepath.Join(dir, name+".link")
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
		for _, way := range []string{path, link, filepath.Join(dir, "state", "..", filepath.Base(path))} {
			b, ok := s.Of(way)
			if !ok || b.Verdict != good.Verdict || b.Revision != 42 || b.Keys != 7 || b.Cluster != "uid-1" || !b.Time.Equal(moment) || !b.Checked.Equal(good.Checked) || b.SHA256 != strings.Repeat("01", 32) {
				t.Errorf("%s: %q is %+v, %v", name, way, b, ok)
			}
		}
		if err := change(path); err != nil {
			t.Fatal(err)
		}
		if b, ok := s.Of(path); ok {
			t.Errorf("%s has changed, and it is %+v", name, b)
		}
	}
	files := s.files()
	if len(files) == 0 {
		t.Fatal("nothing is kept")
	}
	for _, f := range files {
		if st, err := os.Stat(f); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f, st, err)
		}
	}
	if st, err := os.Stat(s.dir); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", st, err)
	}
}

// TestChangedWhileVerified: a verdict on what the file was before it was changed is refused.
func TestChangedWhileVerified(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := snapshot(t, filepath.Join(dir, "a.db"), 1)
	id, err := Identify(path)
	if err != nil {
		t.Fatal(err)
	}
	snapshot(t, path, 2)
	s := At(filepath.Join(dir, "s"))
	if err := s.Keep(id, good); err == nil || !strings.Contains(err.Error(), "it was changed while it was verified") {
		t.Errorf("%v", err)
	}
	if _, ok := s.Of(path); ok {
		t.Error("it was kept")
	}
}

// TestFolders: what is kept of a folder holds while no file in it changes.
func TestFolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, member := At(filepath.Join(dir, "s")), filepath.Join(dir, "data", "member", "snap")
	if err := os.MkdirAll(member, 0o700); err != nil {
		t.Fatal(err)
	}
	snapshot(t, filepath.Join(member, "db"), 1)
	keep(t, s, filepath.Join(dir, "data"), good)
	if b, ok := s.Of(filepath.Join(dir, "data")); !ok || b.Bytes != 4096+trailerSize {
		t.Errorf("%+v, %v", b, ok)
	}
	snapshot(t, filepath.Join(member, "more"), 1)
	if _, ok := s.Of(filepath.Join(dir, "data")); ok {
		t.Error("a file more is no change")
	}
}

// TestBrokenState: what is no verdict in the folder of verdicts is none, and is replaced by the next one.
func TestBrokenState(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, s := snapshot(t, filepath.Join(dir, "a.db"), 1), At(filepath.Join(dir, "s"))
	keep(t, s, path, good)
	file := s.files()[0]
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	broken := map[string][]byte{"zeros": make([]byte, 4096), "other JSON": []byte(`[1,2]`), "null": []byte("null"), "huge": append(text, bytes.Repeat([]byte(" "), maxFile)...),
		"another verdict": bytes.Replace(text, []byte(`"verified"`), []byte(`"perfect"`), 1), "another path": bytes.Replace(text, []byte("a.db"), []byte("b.db"), 1)}
	for n := range len(text) {
		broken[fmt.Sprintf("%d bytes", n)] = text[:n]
	}
	for name, b := range broken {
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, ok := s.Of(path); ok {
			t.Errorf("%s: %+v", name, got)
		}
		if got, ok := s.Newest("uid-1"); ok {
			t.Errorf("%s: the newest is %+v", name, got)
		}
	}
	keep(t, s, path, good)
	if _, ok := s.Of(path); !ok {
		t.Error("it was not replaced")
	}
	if err := os.RemoveAll(s.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	id, err := Identify(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Keep(id, good); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("a file in the place of the folder: %v", err)
	}
	if _, ok := s.Of(path); ok {
		t.Error("a file in the place of the folder has a verdict")
	}
}

// TestNewest: of a cluster's verified backups that are as they were, the one that was made last.
func TestNewest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := At(filepath.Join(dir, "s"))
	if b, ok := s.Newest("uid-1"); ok {
		t.Errorf("nothing is kept, and the newest is %+v", b)
	}
	add := func(name string, age time.Duration, change func(*etcdsource.Backup)) string {
		b := good
		b.Time = moment.Add(-age)
		if change != nil {
			change(&b)
		}
		path := snapshot(t, filepath.Join(dir, name), 1)
		keep(t, s, path, b)
		return path
	}
	add("old", 4*time.Hour, nil)
	best := add("best", 2*time.Hour, nil)
	add("damaged", time.Hour, func(b *etcdsource.Backup) { b.Verdict = etcdsource.BackupDamaged })
	add("copied", time.Hour, func(b *etcdsource.Backup) { b.Verdict = etcdsource.BackupReadable })
	add("other", time.Hour, func(b *etcdsource.Backup) { b.Cluster = "uid-2" })
	add("delta", time.Hour, func(b *etcdsource.Backup) { b.Format = "gardener-delta" })
	add("unknown", time.Hour, func(b *etcdsource.Backup) { b.Cluster = "" })
	gone := add("gone", time.Hour, nil)
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	if b, ok := s.Newest("uid-1"); !ok || b.Path != best {
		t.Errorf("the newest is %+v, %v", b, ok)
	}
	if b, ok := s.Newest(""); ok {
		t.Errorf("of no cluster the newest is %+v", b)
	}
	if err := os.Chtimes(best, moment, moment.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if b, ok := s.Newest("uid-1"); !ok || filepath.Base(b.Path) != "old" {
		t.Errorf("after the best was changed the newest is %+v, %v", b, ok)
	}
}

// TestManyAtOnce: several write and read at once, and the folder does not grow without bound.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder := filepath.Join(dir, "s")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range Most + 20 {
		name := filepath.Join(folder, fmt.Sprintf("%032d.json", i))
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, moment, moment.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	left := filepath.Join(folder, ".new-left")
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(left, moment, time.Now().Add(-2*abandoned)); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for i := range 8 {
		paths = append(paths, snapshot(t, filepath.Join(dir, fmt.Sprintf("%d.db", i)), 1))
	}
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			s := At(folder)
			for n := range 16 {
				path := paths[(i+n)%len(paths)]
				id, err := Identify(path)
				if err == nil {
					err = s.Keep(id, good)
				}
				if err != nil {
					t.Error(err)
				}
				if b, ok := s.Of(path); !ok || b.Verdict != etcdsource.BackupVerified {
					t.Errorf("%s: %+v, %v", path, b, ok)
				}
			}
		})
	}
	all.Wait()
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != Most {
		t.Errorf("%d files, %v", len(entries), err)
	}
}

// TestFolder: the state folder is where XDG says, as long as that is absolute.
func TestFolder(t *testing.T) {
	for _, c := range []struct{ xdg, home, want string }{
		{"/s", "/h", "/s/etcdscope/verdicts"}, {"", "/h", "/h/.local/state/etcdscope/verdicts"}, {"rel", "/h", "/h/.local/state/etcdscope/verdicts"}, {"", "", ""}, {"", "rel", ""},
	} {
		t.Setenv("XDG_STATE_HOME", c.xdg)
		t.Setenv("HOME", c.home)
		if got := Folder(); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
	if s := At(""); s.Keep(Identity{}, good) != nil {
		t.Error("a nil Store fails")
	} else if _, ok := s.Of("/"); ok {
		t.Error("a nil Store has a verdict")
	} else if _, ok := s.Newest("x"); ok {
		t.Error("a nil Store has a newest backup")
	}
}
