package backup

import (
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
	"github.com/etcdscope/etcdscope/etcdsource/verdicts"
)

// shelf keeps its verdicts in a folder of the test; the uid of a namespace is its value.
func shelf(t *testing.T) *Shelf {
	return &Shelf{Verdicts: verdicts.At(filepath.Join(t.TempDir(), "verdicts")), UID: func(value []byte) string { return string(value) }}
}

func cluster(uid string) []sourcetest.Op {
	return append(sourcetest.Generate(7), sourcetest.Put("/k8s/namespaces/kube-system", uid), sourcetest.Put("/k8s/pods/demo/x", "y"))
}

// TestSavedIsKept: what was saved is the newest verified backup of the cluster that it holds.
func TestSavedIsKept(t *testing.T) {
	t.Parallel()
	s := shelf(t)
	data, err := os.ReadFile(sourcetest.WriteSnapshot(t, cluster("uid-1")))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.db")
	r, err := Save(t.Context(), saver{data: data}, path, Options{})
	if err == nil {
		err = s.Saved(t.Context(), &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	b0, ok := s.Newest("uid-1")
	if b := b0; !ok || filepath.Base(b.Path) != "x.db" || b.Revision != r.Revision || b.Keys != r.Keys || b.SHA256 != r.SHA256 || b.Format != "etcd" || b.Time.IsZero() {
		t.Errorf("%+v, %v", b, ok)
	}
	old := b0.Time.Add(-48 * time.Hour)
	s.Written = func(_, _ []byte) time.Time { return old }
	for member, want := range map[string]string{"m1": "backup", "": "written"} {
		path := filepath.Join(t.TempDir(), "x.db")
		r, err := Save(t.Context(), saver{data: data}, path, Options{})
		r.Member = member
		if err = errors.Join(err, s.Saved(t.Context(), &r)); err != nil {
			t.Fatal(err)
		}
		for _, again := range []bool{false, true} {
			if again { // a verification says when it was written
				if err := s.Keep(path)(t.Context(), etcdsource.Backup{Time: old, Verdict: etcdsource.BackupVerified, Checked: time.Now()}); err != nil {
					t.Fatal(err)
				}
			}
			list, err := s.List(t.Context(), path)
			if err != nil || len(list) != 1 || list[0].TimeFrom != want || (time.Since(list[0].Time) < time.Hour) != (member != "") {
				t.Errorf("content of %v, saved now from member %q, verified again %v: %+v, %v", old, member, again, list, err)
			}
		}
	}
	if b, ok := s.Newest("uid-2"); ok {
		t.Errorf("of another cluster it is %+v", b)
	}
}

// TestKeepFindsThePlace: a verdict on a folder of one backup is that on the file in it, and one on a member's database
// that on its data directory.
func TestKeepFindsThePlace(t *testing.T) {
	t.Parallel()
	s, dir := shelf(t), t.TempDir()
	data, err := os.ReadFile(sourcetest.WriteSnapshot(t, cluster("uid-1")))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"os/snapshot_2026-03-04_050607.db", "spray/snapshot.db", "etcd/member/snap/db"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for given, listed := range map[string]string{"os": "os/snapshot_2026-03-04_050607.db", "spray": "spray/snapshot.db", "etcd/member/snap/db": "etcd"} {
		if err := s.Keep(filepath.Join(dir, given))(t.Context(), etcdsource.Backup{Verdict: etcdsource.BackupReadable}); err != nil {
			t.Fatal(err)
		}
		if b, ok := s.Verdicts.Of(filepath.Join(dir, listed)); !ok || b.Verdict != etcdsource.BackupReadable {
			t.Errorf("%s: %+v, %v", given, b, ok)
		}
	}
	if b, _ := s.Verdicts.Of(filepath.Join(dir, "os/snapshot_2026-03-04_050607.db")); b.Format != "openshift" || b.Time.Format("2006-01-02 15:04") != "2026-03-04 05:06" || b.TimeFrom != "backup" {
		t.Errorf("%+v", b)
	}
}

// TestSumOfAPackedFile: what carries no checksum that can be seen from outside is kept with that of the whole file.
func TestSumOfAPackedFile(t *testing.T) {
	t.Parallel()
	s := shelf(t)
	path := filepath.Join(t.TempDir(), "x.db.gz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := gzip.NewWriter(f)
	if _, err := w.Write(snapshot(t)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := s.Keep(path)(t.Context(), etcdsource.Backup{Verdict: etcdsource.BackupVerified}); err != nil {
		t.Fatal(err)
	}
	want, err := sum(t.Context(), path)
	if b, ok := s.Verdicts.Of(path); !ok || err != nil || b.SHA256 != want || len(want) != 64 {
		t.Errorf("%+v, %v; %s, %v", b, ok, want, err)
	}
}
