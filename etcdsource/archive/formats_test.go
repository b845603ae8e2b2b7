package archive

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	etcdwal "go.etcd.io/etcd/server/v3/storage/wal"
	"go.etcd.io/raft/v3/raftpb"
	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
	"github.com/etcdscope/etcdscope/model/verify"
)

// backupOf is a backup of one format.
type backupOf struct {
	name string
	// lay writes it below dir; open is what is opened, damage the file that is damaged.
	lay func(t *testing.T, dir string) (open, damage string)
}

// formatSpec is the store that is backed up.
var formatSpec = sourcetest.Spec{Ops: sourcetest.Generate(12)[:70]}

func snapshotOf(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile(sourcetest.WriteSpec(t, formatSpec))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func one(name string, pack func(t *testing.T, db []byte) []byte) func(*testing.T, string) (string, string) {
	return func(t *testing.T, dir string) (string, string) {
		path := write(t, filepath.Join(dir, name), pack(t, snapshotOf(t)))
		return path, path
	}
}

func asIs(_ *testing.T, db []byte) []byte { return db }

func zstded(t *testing.T, db []byte) []byte {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b)
	if err == nil {
		_, err = w.Write(db)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func k0sTar(t *testing.T, db []byte) []byte {
	return tarOf(t, "pki/ca.crt", "certificate", "etcd-snapshot.db", string(db), "k0s.yaml", "spec: {}")
}

// inFolder lays out a folder that is opened; the snapshot in it is damaged.
func inFolder(name string, pack func(*testing.T, []byte) []byte, beside map[string][]byte) func(*testing.T, string) (string, string) {
	return func(t *testing.T, dir string) (string, string) {
		for n, content := range beside {
			write(t, filepath.Join(dir, n), content)
		}
		return dir, write(t, filepath.Join(dir, name), pack(t, snapshotOf(t)))
	}
}

// gardener lays out a chain; which says what is opened and what is damaged in it.
func gardener(version, suffix string, which func(s store) (open, damage string)) func(*testing.T, string) (string, string) {
	return func(t *testing.T, _ string) (string, string) {
		head := formatSpec.Head()
		return which(layOut(t, formatSpec, version, suffix, head/2, head/2+12, head/2+24, head))
	}
}

// The logs of the tests are small.
func init() { etcdwal.SegmentSizeBytes = 8000 }

// dataDir lays out the data directory of a member whose log holds more than its database.
func dataDir(log bool) func(*testing.T, string) (string, string) {
	return func(t *testing.T, dir string) (string, string) {
		db, err := os.ReadFile(sourcetest.WriteMember(t, formatSpec))
		if err != nil {
			t.Fatal(err)
		}
		path := write(t, filepath.Join(dir, "member", "snap", "db"), db)
		w, err := etcdwal.Create(zap.NewNop(), filepath.Join(dir, "member", "wal"), []byte("m"))
		if err != nil {
			t.Fatal(err)
		}
		applied := uint64(len(formatSpec.Ops) + 3)
		var list []*raftpb.Entry
		for i := uint64(1); i <= applied+20; i++ {
			data, err := proto.Marshal(&etcdserverpb.InternalRaftRequest{Put: &etcdserverpb.PutRequest{Key: []byte("/of/the/log"), Value: fmt.Append(nil, i)}})
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, &raftpb.Entry{Term: proto.Uint64(2), Index: proto.Uint64(i), Type: raftpb.EntryNormal.Enum(), Data: data})
		}
		if err := errors.Join(w.Save(&raftpb.HardState{Term: proto.Uint64(2), Vote: proto.Uint64(1), Commit: proto.Uint64(applied + 20)}, list), w.Close()); err != nil {
			t.Fatal(err)
		}
		if log {
			names, err := filepath.Glob(filepath.Join(dir, "member", "wal", "*.wal"))
			if err != nil || len(names) == 0 {
				t.Fatal(names, err)
			}
			path = names[len(names)-1]
		}
		return dir, path
	}
}

func everyFormat() []backupOf {
	kopsMeta := map[string][]byte{"_etcd_backup.meta": []byte(`{"etcdVersion":"3.5.21","timestamp":"1772600767"}`)}
	list := []backupOf{
		{"etcd", one("etcd.db", asIs)},
		{"etcd, gzip", one("etcd.db.gz", func(t *testing.T, db []byte) []byte { return gzipped(t, db) })},
		{"etcd, zstd", one("etcd.db.zst", zstded)},
		{"k3s, zip", one("etcd-snapshot-srv-1-1772600767.zip", func(t *testing.T, db []byte) []byte { return zipOf(t, "etcd-snapshot-srv-1-1772600767", db) })},
		{"kOps", inFolder("etcd.backup.gz", func(t *testing.T, db []byte) []byte { return gzipped(t, db) }, kopsMeta)},
		{"OpenShift", inFolder("snapshot_2026-03-04_050607.db", asIs, map[string][]byte{"static_kuberesources_2026-03-04_050607.tar.gz": nil})},
		{"k0s", one("k0s_backup_2026-03-04T05_06_07_000Z.tar.gz", func(t *testing.T, db []byte) []byte { return gzipped(t, k0sTar(t, db)) })},
		{"k0s, tar", one("backup.tar", k0sTar)},
		{"kubespray", inFolder("snapshot.db", asIs, nil)},
		{"a data directory", dataDir(false)},
		{"the log of a data directory", dataDir(true)},
	}
	for i, suffix := range []string{"", ".gz", ".zlib", ".Z"} {
		layout := []string{"v1", "v2"}[i%2]
		list = append(list,
			backupOf{"Gardener full" + suffix, gardener("v2", suffix, func(s store) (string, string) { return s.full, s.full })},
			backupOf{"Gardener delta" + suffix, gardener("v2", suffix, func(s store) (string, string) { return s.deltas[1], s.deltas[1] })},
			backupOf{"Gardener delta in " + layout + suffix, gardener(layout, suffix, func(s store) (string, string) { return s.dir, s.deltas[i%2] })})
	}
	list = append(list, backupOf{"Gardener full in v1", gardener("v1", ".gz", func(s store) (string, string) { return s.dir, s.full })})
	return list
}

// content is a hash of all changes that a source holds.
func content(t *testing.T, s etcdsource.Source) string {
	t.Helper()
	h := fnv.New128a()
	events, _ := changes(t, s)
	for _, e := range events {
		fmt.Fprintf(h, "%q %q %d %d %d %d %d %v %v\n", e.Key, e.Value, e.Create, e.Mod, e.Sub, e.Version, e.Lease, e.Type, e.Time)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// damages is how often each format is cut, and how often bits of it are flipped.
var damages = flag.Int("damages", 40, "cuts and flips of each format")

// TestEveryFormatDamaged cuts and flips backups of every format. What opens is not verified unless it holds what was backed
// up, byte for byte; what does not open is an error that names the file and the next step.
func TestEveryFormatDamaged(t *testing.T) {
	t.Parallel()
	rounds := *damages
	if testing.Short() {
		rounds = 10
	}
	for i, f := range everyFormat() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			path, file := f.lay(t, t.TempDir())
			good, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			d := damager{t: t, path: path, file: file, tmp: t.TempDir()}
			d.whole = content(t, opened(t, path, snapfile.Options{Wait: true}))
			r := rand.New(rand.NewPCG(uint64(i), 7))
			for n := range rounds {
				cut := r.IntN(len(good))
				d.try(fmt.Sprintf("cut to %d bytes", cut), good[:cut])
				bad, at, bit := bytes.Clone(good), r.IntN(len(good)), r.IntN(8)
				if n%2 == 0 { // where formats keep what describes them
					at = r.IntN(min(len(good), 600))
				}
				bad[at] ^= 1 << bit
				d.try(fmt.Sprintf("bit %d of byte %d flipped", bit, at), bad)
			}
		})
	}
}

// damager tries damaged contents of a file.
type damager struct {
	t                      *testing.T
	path, file, tmp, whole string
}

func (d *damager) try(how string, content []byte) {
	d.t.Helper()
	if err := os.WriteFile(d.file, content, 0o600); err != nil {
		d.t.Fatal(err)
	}
	for _, salvage := range []bool{false, true} {
		s, err := Open(d.t.Context(), d.path, snapfile.Options{NoVerify: salvage, Wait: true, TempDir: d.tmp})
		if err != nil {
			d.explained(how, err)
			continue
		}
		d.judged(how, s)
		s.Close()
		return // with NoVerify it is read in the same way
	}
}

// explained checks that an error says which file, and what to do.
func (d *damager) explained(how string, err error) {
	d.t.Helper()
	var p *etcdsource.Problem
	if !errors.As(err, &p) || p.Why == "" || p.Do == "" && !strings.Contains(p.Why, "; ") || !strings.Contains(p.Tried, d.file) && !strings.Contains(p.Tried, d.path) || strings.Contains(err.Error(), "\n") {
		d.t.Errorf("%s: the error is %q", how, err)
	}
}

// judged checks that what opened is verified only where it holds all.
func (d *damager) judged(how string, s *snapfile.Source) {
	d.t.Helper()
	list, err := s.Checks(d.t.Context())
	if err != nil {
		d.t.Errorf("%s: %v", how, err)
		return
	}
	if verify.Verdict(list) == etcdsource.BackupVerified && content(d.t, s) != d.whole {
		d.t.Errorf("%s: it is verified and holds something else: %+v", how, list)
	}
}
