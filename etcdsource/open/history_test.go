package open

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	bolt "go.etcd.io/bbolt"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/tui/print"
)

// realHistory is a part of what a real cluster wrote, up to revision 4516.
const realHistory = "../demo/stories/pod/cut.db.zst"

// restored is a real etcd in this process, on a unix socket, that goes on from a snapshot.
type restored struct {
	t testing.TB
	w *clientv3.Client
}

// restore starts an etcd over the database of a packed snapshot.
func restore(t testing.TB, packed string) *restored {
	t.Helper()
	s := etcdtest.New(t, func(c *embed.Config) { unpack(t, packed, filepath.Join(c.Dir, "member", "snap", "db")) })
	return &restored{t, s.Writer()}
}

// unpack writes the database of a packed snapshot, without what it knows of the cluster that it was saved from: that
// one's log of writes is not here.
func unpack(t testing.TB, packed, path string) {
	t.Helper()
	in, err := os.Open(packed)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	z, err := zstd.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	data, err := io.ReadAll(z)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err == nil {
		err = os.WriteFile(path, data[:len(data)&^511], 0o600) // the rest is the snapshot's hash
	}
	if err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range []string{"members", "members_removed", "cluster"} {
			if tx.Bucket([]byte(name)) == nil {
				continue
			}
			if err := tx.DeleteBucket([]byte(name)); err != nil {
				return err
			}
		}
		meta, err := tx.CreateBucketIfNotExists([]byte("meta"))
		for _, key := range []string{"consistent_index", "term", "confState"} {
			if err == nil {
				err = meta.Delete([]byte(key))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// save streams a snapshot into a file.
func (r *restored) save() (path string) {
	r.t.Helper()
	rc, err := r.w.Snapshot(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	defer rc.Close()
	path = filepath.Join(r.t.TempDir(), "saved.db")
	data, err := io.ReadAll(rc)
	if err == nil {
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return path
}

// logOf prints what is in a snapshot, or of some of it.
func logOf(t testing.TB, path string, of ...string) []changeLine {
	t.Helper()
	return linesOf(t, path, append([]string{"log"}, of...)...)
}

// linesOf runs a command that prints changes.
func linesOf(t testing.TB, path string, args ...string) (lines []changeLine) {
	t.Helper()
	var stdout, stderr strings.Builder
	code := print.Execute(t.Context(), append(args, "-o", "json", "--from", path), strings.NewReader(""), &stdout, &stderr, print.Funcs{
		Open: func(ctx context.Context, o print.OpenOptions) (print.Opened, error) {
			src, _, err := Open(ctx, Options{Path: o.Path})
			return print.Opened{Source: src}, err
		},
	})
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	for text := range strings.Lines(stdout.String()) {
		var line changeLine
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		lines = append(lines, line)
	}
	return lines
}

// changeLine is a line of log, as far as it is looked at here.
type changeLine struct {
	Revision, Index                   int64
	Key, Writer, Confidence, Evidence string
	Controller                        *string
	Kept, OutOfBand                   bool
	Time, TimeFrom, Instance, Summary string
}

// spot is where a change is in the history.
type spot struct {
	revision, index int64
}

// TestWriterFromOneVersion compacts a real cluster's history and asks who wrote what is left, mostly one version of each
// object. What is called certain then must be what the whole history says.
func TestWriterFromOneVersion(t *testing.T) {
	truth := map[spot]changeLine{}
	for _, line := range logOf(t, realHistory) {
		truth[spot{line.Revision, line.Index}] = line
	}
	etcd := restore(t, realHistory)
	for _, rev := range []int64{1458, 2637, 3500, 3938, 4250, 4516} {
		if _, err := etcd.w.Compact(t.Context(), rev, clientv3.WithCompactPhysical()); err != nil {
			t.Fatal(err)
		}
		n := keptScore{t: t, rev: rev, truth: truth}
		for _, line := range logOf(t, etcd.save()) {
			n.add(&line)
		}
		t.Logf("compacted at %d: %d versions kept, %d of them named, %d certain; %d of %d as the whole history says", rev, n.kept, n.named, n.certain, n.right, n.known)
		if n.kept < 80 || n.certain*100 < n.kept*69 || n.right*100 < n.known*97 {
			t.Errorf("compacted at %d: too few of %d are named", rev, n.kept)
		}
	}
}

// keptScore counts what a compacted history says of the versions that were kept.
type keptScore struct {
	t     *testing.T
	rev   int64
	truth map[spot]changeLine

	kept, named, certain int
	known, right         int // whose writer is certain in the whole history; those that are named the same
}

func (n *keptScore) add(line *changeLine) {
	n.t.Helper()
	if line.Key == "" { // the gap
		return
	}
	want, ok := n.truth[spot{line.Revision, line.Index}]
	if !ok {
		n.t.Errorf("compacted at %d: the whole history has no change %d of revision %d", n.rev, line.Index, line.Revision)
		return
	}
	sure := line.Confidence == "certain"
	if d := contradicts(line, &want); sure && d != "" {
		n.t.Errorf("compacted at %d, kept %v, revision %d of %s: %s", n.rev, line.Kept, line.Revision, line.Key, d)
	}
	if got := controllerOf(line); want.Confidence == "certain" && line.Writer == want.Writer && got != "" && got != controllerOf(&want) {
		n.t.Errorf("compacted at %d, revision %d of %s: it is %s, not %s (%s, %s)", n.rev, line.Revision, line.Key, controllerOf(&want), got, line.Confidence, line.Evidence)
	}
	if !line.Kept {
		return
	}
	n.kept++
	if sure {
		n.certain++
	}
	if line.Writer != "" {
		n.named++
	}
	if want.Confidence == "certain" {
		n.known++
		if line.Writer == want.Writer && controllerOf(line) == controllerOf(&want) {
			n.right++
		}
	}
}

func controllerOf(l *changeLine) string {
	if l.Controller == nil {
		return ""
	}
	return *l.Controller
}

// contradicts says what is wrong with a line that is certain.
func contradicts(line, truth *changeLine) string {
	got, want := line.Writer+"/"+controllerOf(line), truth.Writer+"/"+controllerOf(truth)
	switch {
	case line.Key != truth.Key:
		return "the whole history has " + truth.Key + " there"
	case truth.Confidence == "unknown":
		return "certain of " + got + ", which the whole history does not know: " + line.Evidence
	case line.Writer != truth.Writer || controllerOf(line) != "" && got != want:
		return "certain of " + got + " (" + line.Evidence + "), it was " + want + " (" + truth.Confidence + ": " + truth.Evidence + ")"
	}
	return ""
}

// movedPod is the Pod of the demo's story: its times were moved behind the seed, which its first revisions come before.
const movedPod = "/registry/pods/demo/nginx"

// TestPutPastTheServer writes as etcdctl does, past the API server.
func TestPutPastTheServer(t *testing.T) {
	for _, line := range logOf(t, realHistory) {
		if line.OutOfBand && line.Key != movedPod {
			t.Errorf("revision %d of %s: %s", line.Revision, line.Key, line.Evidence)
		}
	}
	const flags, csa = "/registry/configmaps/team-a/flags", "/registry/configmaps/team-a/csa"
	etcd := restore(t, realHistory)
	value := func(key, old, changed string) string {
		t.Helper()
		got, err := etcd.w.Get(t.Context(), key)
		if err != nil || len(got.Kvs) != 1 {
			t.Fatalf("%s: %v, %v", key, got, err)
		}
		v := strings.Replace(string(got.Kvs[0].Value), old, changed, 1)
		if v == string(got.Kvs[0].Value) || len(old) != len(changed) { // the value is protobuf, with lengths
			t.Fatalf("%s has no %q", key, old)
		}
		return v
	}
	one, err := etcd.w.Put(t.Context(), flags, value(flags, "noop", "oops"))
	if err != nil {
		t.Fatal(err)
	}
	both, err := etcd.w.Txn(t.Context()).Then(
		clientv3.OpPut(flags, value(flags, "oops", "both")), clientv3.OpPut(csa, value(csa, "4-ssa", "5-ssa")),
	).Commit()
	if err != nil {
		t.Fatal(err)
	}
	marked := func(lines []changeLine) (got []string) {
		for _, line := range lines {
			if line.OutOfBand && line.Key != movedPod {
				got = append(got, fmt.Sprintf("%d %s %s %s", line.Revision, line.Key, line.Confidence, line.Evidence))
			}
		}
		return got
	}
	path := etcd.save()
	got := marked(logOf(t, path))
	want := []string{
		fmt.Sprintf("%d %s unknown OUT OF BAND: .data.seq changed, and no managedFields entry did", one.Header.Revision, flags),
		fmt.Sprintf("%d %s unknown OUT OF BAND: 2 API objects changed in one transaction; an API server changes one", both.Header.Revision, flags),
		fmt.Sprintf("%d %s unknown OUT OF BAND: 2 API objects changed in one transaction; an API server changes one", both.Header.Revision, csa),
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, cmd := range []string{"log", "trace"} {
		if d := cmp.Diff(want[:2], marked(linesOf(t, path, cmd, flags))); d != "" {
			t.Errorf("%s of the key alone: %s", cmd, d)
		}
	}
}

// TestOfOne: what is said of a key, or of an object's family, is what is said where everything is printed.
func TestOfOne(t *testing.T) {
	all, keys := map[spot]changeLine{}, []string(nil)
	for _, line := range logOf(t, realHistory) {
		if line.Key != "" && !slices.Contains(keys, line.Key) {
			keys = append(keys, line.Key)
		}
		all[spot{line.Revision, line.Index}] = line
	}
	n := 0
	for i := 0; i < len(keys); i += 17 {
		for _, cmd := range []string{"log", "trace"} {
			for _, line := range linesOf(t, realHistory, cmd, keys[i]) {
				if line.Key == "" {
					continue
				}
				n++
				want := all[spot{line.Revision, line.Index}]
				if cmd == "log" { // which dates by what is near
					made, err := time.Parse(time.RFC3339Nano, line.Time)
					whole, err2 := time.Parse(time.RFC3339Nano, want.Time)
					if err != nil || err2 != nil || made.Sub(whole).Abs() > time.Second {
						t.Errorf("%s %s at %d: %s, with everything %s", cmd, keys[i], line.Revision, line.Time, want.Time)
					}
					line.Time, line.TimeFrom = want.Time, want.TimeFrom
				}
				if d := cmp.Diff(want, line); d != "" {
					t.Errorf("%s %s at %d: %s", cmd, keys[i], line.Revision, d)
				}
			}
		}
	}
	if n < len(keys)/10 {
		t.Errorf("%d lines of %d keys", n, len(keys))
	}
}
