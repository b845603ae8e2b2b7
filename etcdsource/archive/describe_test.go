package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// write makes a file with all folders above it.
func write(t testing.TB, path string, content []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func gzipped(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tarOf packs files, name and content in turn.
func tarOf(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		if err := w.WriteHeader(&tar.Header{Name: files[i], Mode: 0o600, Size: int64(len(files[i+1]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, files[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipOf(t testing.TB, name string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create(name)
	if err == nil {
		_, err = f.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestOwnTime: the name of a backup that a schedule made says when, also where its time of change is that of a copy.
func TestOwnTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	dir := t.TempDir()
	for name, want := range map[string]time.Time{"etcd-20260102-150405.db": at, "etcd-20260102-150405-12.db": at, "etcd-20260102-150405.db.gz": at,
		"etcd-20260102-150405.txt": {}, "etcd-20269902-150405.db": {}, "my-etcd-20260102-150405.db": {}} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if a, err := Describe(path); err != nil || !a.Time.Equal(want) {
			t.Errorf("%s: %v, %v", name, a.Time, err)
		}
		if a, _ := Named("some/folder/" + name); !a.Time.Equal(want) {
			t.Errorf("%s in a bucket: %v", name, a.Time)
		}
	}
}

// TestDescribe lays out backups as the tools do and asks what each is.
func TestDescribe(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	unix := "1772600767"
	db := []byte("any content: Describe does not look at it")
	for _, c := range []struct {
		name  string
		files map[string][]byte
		path  string
		want  About
	}{
		{"etcdctl", map[string][]byte{"etcd.db": db}, "etcd.db", About{Format: Etcd, File: "etcd.db"}},
		{"a packed one", map[string][]byte{"etcd.db.gz": gzipped(t, db)}, "etcd.db.gz", About{Format: Etcd, File: "etcd.db.gz"}},
		{"k3s", map[string][]byte{"rancher/k3s/server/db/snapshots/nightly-srv-1-" + unix: db}, "rancher/k3s/server/db/snapshots/nightly-srv-1-" + unix,
			About{Format: K3s, File: "rancher/k3s/server/db/snapshots/nightly-srv-1-" + unix, Time: at}},
		{"k3s by its name", map[string][]byte{"x/etcd-snapshot-srv-1-" + unix: db}, "x/etcd-snapshot-srv-1-" + unix,
			About{Format: K3s, File: "x/etcd-snapshot-srv-1-" + unix, Node: "srv-1", Time: at}},
		{"k3s with metadata", map[string][]byte{"db/snaps/on-demand-a-" + unix + ".zip": zipOf(t, "on-demand-a-"+unix, db), "db/.metadata/on-demand-a-" + unix + ".zip": []byte(`{"team":"a"}`)},
			"db/snaps/on-demand-a-" + unix + ".zip", About{Format: K3s, File: "db/snaps/on-demand-a-" + unix + ".zip", Node: "a", Time: at}},
		{"k3s with a record", map[string][]byte{"db/snaps/renamed": db, "db/.metadata/renamed": []byte(`{"name":"x","nodeName":"srv-2","createdAt":"2026-03-04T05:06:07Z"}`)},
			"db/snaps/renamed", About{Format: K3s, File: "db/snaps/renamed", Node: "srv-2", Time: at}},
		{"k3s by its zip", map[string][]byte{"x/mine-srv-" + unix + ".zip": zipOf(t, "mine-srv-"+unix, db)}, "x/mine-srv-" + unix + ".zip",
			About{Format: K3s, File: "x/mine-srv-" + unix + ".zip", Time: at}},
		{"kOps", map[string][]byte{"c.example.com/backups/etcd/main/2026-03-04T05:06:07Z-000012/etcd.backup.gz": gzipped(t, db),
			"c.example.com/backups/etcd/main/2026-03-04T05:06:07Z-000012/_etcd_backup.meta": []byte(`{"etcdVersion":"3.5.21","timestamp":"` + unix + `","clusterSpec":{"memberCount":3,"etcdVersion":"3.5.21"}}`)},
			"c.example.com/backups/etcd/main/2026-03-04T05:06:07Z-000012",
			About{Format: KOps, File: "c.example.com/backups/etcd/main/2026-03-04T05:06:07Z-000012/etcd.backup.gz", Cluster: "c.example.com", Time: at, Version: "3.5.21"}},
		{"kOps, other spelling", map[string][]byte{"b/etcd.backup.gz": gzipped(t, db), "b/_etcd_backup.meta": []byte(`{"etcd_version":"3.4.3","timestamp":` + unix + `}`)},
			"b/etcd.backup.gz", About{Format: KOps, File: "b/etcd.backup.gz", Time: at, Version: "3.4.3"}},
		{"kOps, unfinished", map[string][]byte{"2026-03-04T05:06:07Z-000012/etcd.backup.gz": gzipped(t, db)}, "2026-03-04T05:06:07Z-000012",
			About{Format: KOps, File: "2026-03-04T05:06:07Z-000012/etcd.backup.gz", Time: at}},
		{"OpenShift", map[string][]byte{"b/snapshot_2026-03-04_050607.db": db, "b/static_kuberesources_2026-03-04_050607.tar.gz": gzipped(t, tarOf(t))}, "b",
			About{Format: OpenShift, File: "b/snapshot_2026-03-04_050607.db", Time: at}},
		{"OpenShift, dirty", map[string][]byte{"b/snapshot_2026-03-04_050607__POSSIBLY_DIRTY__.db": db}, "b",
			About{Format: OpenShift, File: "b/snapshot_2026-03-04_050607__POSSIBLY_DIRTY__.db", Time: at}},
		{"kubespray", map[string][]byte{"etcd-2026-03-04_05:06:07/snapshot.db": db}, "etcd-2026-03-04_05:06:07",
			About{Format: Etcd, File: "etcd-2026-03-04_05:06:07/snapshot.db", Time: at}},
		{"k0s", map[string][]byte{"k0s_backup_2026-03-04T05_06_07_000Z.tar.gz": gzipped(t, tarOf(t, "etcd-snapshot.db", string(db)))}, "k0s_backup_2026-03-04T05_06_07_000Z.tar.gz",
			About{Format: K0s, File: "k0s_backup_2026-03-04T05_06_07_000Z.tar.gz", Time: at}},
		{"k0s, renamed", map[string][]byte{"b.tgz": gzipped(t, tarOf(t, "pki/ca.crt", "x", "etcd-snapshot.db", string(db)))}, "b.tgz", About{Format: K0s, File: "b.tgz"}},
		{"a data dir", map[string][]byte{"etcd/member/snap/db": db}, "etcd", About{Format: DataDir, File: "etcd/member/snap/db"}},
		{"a full snapshot of Gardener", map[string][]byte{"shoot--dev--web--7f/etcd-main/v2/Full-00000000-00001200-" + unix + ".gz": db}, "shoot--dev--web--7f/etcd-main/v2/Full-00000000-00001200-" + unix + ".gz",
			About{Format: GardenerFull, File: "shoot--dev--web--7f/etcd-main/v2/Full-00000000-00001200-" + unix + ".gz", Cluster: "shoot--dev--web--7f", Time: at, Revision: 1200}},
		{"a delta snapshot of Gardener", map[string][]byte{"v1/Backup-1/Incr-00001201-00001300-" + unix + ".Z": db}, "v1/Backup-1/Incr-00001201-00001300-" + unix + ".Z",
			About{Format: GardenerDelta, File: "v1/Backup-1/Incr-00001201-00001300-" + unix + ".Z", Time: at, Revision: 1300}},
		{"a delta snapshot, renamed", map[string][]byte{"x.gz": gzipped(t, []byte(`[{"etcdEvent":{"kv":{}},"time":"x"}]`))}, "x.gz", About{Format: GardenerDelta, File: "x.gz"}},
		{"a folder of Gardener", map[string][]byte{"s/etcd-main/v2/Full-00000000-00000900-1772500000.gz": db, "s/etcd-main/v2/Full-00000000-00001200-1772600000.gz.final": db,
			"s/etcd-main/v2/Incr-00001201-00001300-1772600700": db, "s/etcd-main/v2/Incr-00001301-00001400-" + unix: db, "s/etcd-main/v2/Incr-00000901-00001000-1772500100": db},
			"s", About{Format: GardenerFull, File: "s/etcd-main/v2/Full-00000000-00001200-1772600000.gz.final", Cluster: "s", Time: at, Revision: 1400, Deltas: 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, content := range c.files {
				write(t, filepath.Join(dir, name), content)
			}
			got, err := Describe(filepath.Join(dir, c.path))
			if err != nil {
				t.Fatal(err)
			}
			c.want.File = filepath.Join(dir, c.want.File)
			if c.want.Cluster == "" && got.Format == GardenerDelta {
				got.Cluster = "" // the temporary folder
			}
			if got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// TestDescribeNothing asks about what is no backup.
func TestDescribeNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := Describe(filepath.Join(dir, "missing")); err == nil {
		t.Error("a file that is not there is described")
	}
	write(t, filepath.Join(dir, "docs/readme.txt"), []byte("x"))
	if a, err := Describe(filepath.Join(dir, "docs")); err == nil {
		t.Errorf("a folder of texts is %+v", a)
	}
}
