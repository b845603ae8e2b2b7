package backup

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
	"github.com/etcdscope/etcdscope/etcdsource/verdicts"
)

var fileTime = time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)

// lay writes a file below a folder.
func lay(t *testing.T, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, fileTime, fileTime); err != nil {
		t.Fatal(err)
	}
	return path
}

func packed(t *testing.T, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(content)
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func archived(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content))})
	if err == nil {
		_, err = w.Write(content)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return packed(t, b.Bytes())
}

func zipped(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create(name)
	if err == nil {
		_, err = f.Write(content)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// row is a backup in a line.
func row(dir string, b etcdsource.Backup) string {
	name, _ := filepath.Rel(dir, b.Path)
	if b.Foreign {
		return fmt.Sprintf("- %s: %s", name, b.Problem)
	}
	return strings.TrimSuffix(fmt.Sprintf("%s %s %s/%s r%d %s %s: %s", name, b.Format, b.Name, b.Cluster, b.Revision, b.Time.UTC().Format("0102-1504"), b.Verdict, b.Problem), ": ")
}

func rows(dir string, list []etcdsource.Backup) (out []string) {
	for _, b := range list {
		out = append(out, row(dir, b))
	}
	return out
}

// TestListFormats lays out what the tools write in one folder and lists it: the newest first, and what is no backup last.
func TestListFormats(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), shelf(t)
	db, err := os.ReadFile(sourcetest.WriteSnapshot(t, append([]sourcetest.Op{sourcetest.Put("/k8s/namespaces/kube-system", "uid-1")}, sourcetest.Put("/k8s/pods/demo/x", "at 0309-1500"))))
	if err != nil {
		t.Fatal(err)
	}
	s.Written = func(key, value []byte) time.Time {
		at, err := time.Parse("at 0102-1504 2006", string(value)+" 2026")
		if err != nil {
			return time.Time{}
		}
		return at
	}
	const unix = "1772600767" // 2026-03-04 05:06:07
	lay(t, dir, "etcd.db", db)
	lay(t, dir, "etcd.db.gz", packed(t, db))
	lay(t, dir, "k3s/server/db/snapshots/etcd-snapshot-srv-1-"+unix, db)
	lay(t, dir, "k3s/server/db/.metadata/etcd-snapshot-srv-1-"+unix, []byte(`{}`))
	lay(t, dir, "on-demand-srv-1-1772600000.zip", zipped(t, "on-demand-srv-1-1772600000", db))
	kops := "c.example.com/backups/etcd/main/2026-03-03T00:00:00Z-000012/"
	lay(t, dir, kops+"etcd.backup.gz", packed(t, db))
	lay(t, dir, kops+"_etcd_backup.meta", []byte(`{"etcdVersion":"3.5.21"}`))
	lay(t, dir, "ocp/snapshot_2026-03-02_050607.db", db)
	lay(t, dir, "ocp/static_kuberesources_2026-03-02_050607.tar.gz", packed(t, nil))
	lay(t, dir, "k0s_backup_2026-03-01T05_06_07_000Z.tar.gz", archived(t, "etcd-snapshot.db", db))
	lay(t, dir, "etcd-2026-02-28_05:06:07/snapshot.db", db)
	lay(t, dir, "shoot--a/etcd-main/v2/Full-00000000-00000003-1772000000.gz", packed(t, db))
	lay(t, dir, "shoot--a/etcd-main/v2/Incr-00000004-00000009-1772000100.gz", packed(t, []byte("[]")))
	lay(t, dir, "member/member/snap/db", db[:len(db)-32])
	lay(t, dir, "cut.db", db[:len(db)/2])
	lay(t, dir, "empty.db", nil)
	lay(t, dir, "zeros.db", make([]byte, 9000))
	lay(t, dir, "text.db", []byte("a text"))
	lay(t, dir, "x.db.part", db)
	lay(t, dir, "other.tar.gz", archived(t, "a/b", []byte("a text")))
	lay(t, dir, "notes.txt", []byte("a text"))
	lay(t, dir, "deep/notes.txt", []byte("a text"))
	if err := errors.Join(os.Symlink("etcd.db", filepath.Join(dir, "latest.db")), os.Symlink("nowhere", filepath.Join(dir, "broken.db")), os.Symlink(".", filepath.Join(dir, "circle")),
		syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600)); err != nil {
		t.Fatal(err)
	}
	list, err := s.List(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"cut.db etcd / r0 0310-0000 damaged: the file is truncated", "empty.db etcd / r0 0310-0000 damaged: the file is empty", "etcd.db.gz etcd / r0 0310-0000 unchecked",
		"text.db  / r0 0310-0000 unchecked: it is text", "zeros.db etcd / r0 0310-0000 damaged: it begins with zeros only",
		"etcd.db etcd /uid-1 r3 0309-1500 unchecked", "member data-dir /uid-1 r3 0309-1500 unchecked",
		"k3s/server/db/snapshots/etcd-snapshot-srv-1-" + unix + " k3s /uid-1 r3 0304-0506 unchecked", "on-demand-srv-1-1772600000.zip k3s / r0 0304-0453 unchecked",
		kops + "etcd.backup.gz kops c.example.com/ r0 0303-0000 unchecked", "ocp/snapshot_2026-03-02_050607.db openshift /uid-1 r3 0302-0506 unchecked",
		"k0s_backup_2026-03-01T05_06_07_000Z.tar.gz k0s / r0 0301-0506 unchecked", "etcd-2026-02-28_05:06:07/snapshot.db etcd /uid-1 r3 0228-0506 unchecked",
		"shoot--a/etcd-main/v2/Incr-00000004-00000009-1772000100.gz gardener-delta shoot--a/ r9 0225-0615 unchecked", "shoot--a/etcd-main/v2/Full-00000000-00000003-1772000000.gz gardener-full shoot--a/ r3 0225-0613 unchecked",
		"- broken.db: it is a link to something that is not there", "- notes.txt: it is text", "- other.tar.gz: the tar archive holds no etcd snapshot", "- pipe: it is a pipe, not a regular file", "- x.db.part: it is a save that has not finished, or was killed",
	}
	got := rows(dir, list)
	slices.Sort(got[len(got)-5:])
	for i, w := range want {
		if i >= len(got) || !strings.HasPrefix(got[i], w) {
			t.Errorf("row %d is not %q:\n%s", i, w, strings.Join(got, "\n"))
			break
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d rows, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
}

// TestListKeepsVerdicts: what was verified is listed with what was found, until the file changes.
func TestListKeepsVerdicts(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), shelf(t)
	path := lay(t, dir, "a/etcd.db.gz", packed(t, snapshot(t)))
	found := etcdsource.Backup{Verdict: etcdsource.BackupVerified, Revision: 42, Keys: 7, Cluster: "uid-1", Checked: fileTime, Time: fileTime.Add(-time.Hour)}
	if err := s.Keep(path)(t.Context(), found); err != nil {
		t.Fatal(err)
	}
	list, err := s.List(t.Context(), dir)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if b := list[0]; b.Path != path || b.Verdict != found.Verdict || b.Revision != 42 || b.Keys != 7 || b.Cluster != "uid-1" || !b.Time.Equal(found.Time) || b.TimeFrom != fromContent {
		t.Errorf("%+v", b)
	}
	if err := os.Chtimes(path, fileTime, fileTime.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if list, err := s.List(t.Context(), dir); err != nil || len(list) != 1 || list[0].Verdict != etcdsource.BackupUnchecked {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestListPlaces: a file and a data directory are lists of one, a folder that is not there is an error, one without
// backups is none, and the context ends a list.
func TestListPlaces(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), shelf(t)
	file := lay(t, dir, "x/etcd.db", snapshot(t))
	lay(t, dir, "y/member/snap/db", snapshot(t)[:4096])
	if err := os.Mkdir(filepath.Join(dir, "none"), 0o700); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{file: 1, filepath.Join(dir, "y"): 1, filepath.Join(dir, "none"): 0, dir: 2} {
		if list, err := s.List(t.Context(), path); err != nil || len(list) != want {
			t.Errorf("%s: %v, %v", path, rows(dir, list), err)
		}
	}
	var p *etcdsource.Problem
	if _, err := s.List(t.Context(), filepath.Join(dir, "missing")); !errors.As(err, &p) {
		t.Errorf("%v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.List(ended, dir); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestListWithoutRights: what may not be read is named with the reason.
func TestListWithoutRights(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	dir, s := t.TempDir(), shelf(t)
	path := lay(t, dir, "etcd.db", snapshot(t))
	sub := filepath.Dir(lay(t, dir, "sub/etcd.db", snapshot(t)))
	if err := errors.Join(os.Chmod(path, 0), os.Chmod(sub, 0)); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(sub, 0o700)
	list, err := s.List(t.Context(), dir)
	if err != nil || len(list) != 2 || !strings.Contains(list[0].Problem, "permission") || list[0].Verdict != etcdsource.BackupUnchecked || !list[1].Foreign {
		t.Errorf("%v, %v", rows(dir, list), err)
	}
}

// TestListManyDamaged: hundreds of files, cut and flipped everywhere, are listed without a panic, and none is verified.
func TestListManyDamaged(t *testing.T) {
	t.Parallel()
	dir, s, db := t.TempDir(), shelf(t), snapshot(t)
	zip := packed(t, db)
	for i := range 150 {
		cut, flipped := db[:len(db)*i/150], slices.Clone(db)
		flipped[len(db)*i/150] ^= 0xff
		lay(t, dir, fmt.Sprintf("cut-%d.db", i), cut)
		lay(t, dir, fmt.Sprintf("flipped-%d.db", i), flipped)
		lay(t, dir, fmt.Sprintf("cut-%d.db.gz", i), zip[:len(zip)*i/150])
	}
	list, err := s.List(t.Context(), dir)
	if err != nil || len(list) != 450 {
		t.Errorf("%d, %v", len(list), err)
	}
	for _, b := range list {
		if b.Verdict == etcdsource.BackupVerified || b.Foreign {
			t.Errorf("%s", row(dir, b))
		}
	}
}

// TestListNoted: a backup was made when the schedule that made it says, however old what is in it is; not one that has only its name.
func TestListNoted(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), shelf(t)
	s.Written = func(_, _ []byte) time.Time { return fileTime.Add(-300 * 24 * time.Hour) }
	made := fileTime.Add(time.Second)
	for _, name := range []string{"ours.db", "other.db"} {
		data, err := os.ReadFile(sourcetest.WriteSnapshot(t, cluster("uid-1")))
		if err != nil {
			t.Fatal(err)
		}
		lay(t, dir, name, data)
	}
	tail := ""
	s.Noted = func(at string) map[string]Noted {
		id, err := verdicts.Identify(filepath.Join(dir, "ours.db"))
		if err != nil || at != dir {
			t.Errorf("%s, %v", at, err)
		}
		tail = id.Trailer
		return map[string]Noted{"ours.db": {Made: made, Bytes: id.Size, Tail: tail}, "other.db": {Made: made, Bytes: id.Size, Tail: strings.Repeat("0", 64)}}
	}
	for _, path := range []string{dir, filepath.Join(dir, "ours.db")} {
		list, err := s.List(t.Context(), path)
		if err != nil || !list[0].Time.Equal(made) || list[0].TimeFrom != fromBackup || len(tail) != 64 {
			t.Errorf("%s: %+v, %v", path, list, err)
		}
		if len(list) > 1 && (filepath.Base(list[1].Path) != "other.db" || list[1].TimeFrom != fromWritten) {
			t.Errorf("of another file it says %+v", list[1])
		}
	}
}

// TestListDeep: what lies as deep as kOps puts it, below folders of a bucket's copy, is listed; a folder that is deeper is named.
func TestListDeep(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), shelf(t)
	lay(t, dir, "store/clusters/eu/my.example.com/backups/etcd/main/2026-01-02T03:04:05Z-000001/etcd.backup.gz", packed(t, snapshot(t)))
	lay(t, dir, "1/2/3/4/5/6/7/8/9/etcd.db.gz", packed(t, snapshot(t)))
	list, err := s.List(t.Context(), dir)
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	if list[0].Format != "kops" || list[0].Foreign || !list[1].Foreign || !strings.Contains(list[1].Problem, "more than 8 folders deep") || list[1].Path != filepath.Join(dir, "1/2/3/4/5/6/7/8/9") {
		t.Errorf("%+v", list)
	}
}

// TestNamedByDay: a file that was changed last on the day of its name was made then, in whatever zone that day is; a copy was made when
// the time in its name says, where nothing in it says more.
func TestNamedByDay(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), &Shelf{}
	at := time.Date(2026, 3, 5, 2, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		modified, want time.Time
		from           string
	}{
		"etcd-2026-03-05.db.gz":        {at, at, fromBackup},
		"etcd-2026-03-04.db.gz":        {at, at, fromBackup}, // of a zone west of it
		"etcd-2026-02-05.db.gz":        {at, at, fromFile},
		"etcd-2026-03-05-0200.db.gz":   {at, at, fromBackup},
		"b-20260305-0900.db.gz":        {at, at, fromBackup},
		"etcd-2026-02-01-0200.db.gz":   {at, time.Date(2026, 2, 1, 2, 0, 0, 0, time.UTC), fromBackup},
		"etcd-2026-05-01-0200.db.gz":   {at, at, fromFile}, // later than the file
		"etcd-2026-03-05T010203.db.gz": {at.Add(-time.Minute), at.Add(-time.Minute), fromBackup},
	} {
		path := lay(t, dir, name, packed(t, snapshot(t)))
		if err := os.Chtimes(path, c.modified, c.modified); err != nil {
			t.Fatal(err)
		}
		list, err := s.List(t.Context(), path)
		if err != nil || len(list) != 1 || !list[0].Time.Equal(c.want) || list[0].TimeFrom != c.from {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
	}
}
