package archive

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestHistoryPartly: what is read of snapshots in part is what opening them finds; one that is damaged where it is read, or was
// found damaged, is left out, and one that nothing says was verified is counted.
func TestHistoryPartly(t *testing.T) {
	t.Parallel()
	var ops []sourcetest.Op
	var list []etcdsource.Backup
	dir := t.TempDir()
	for day := range 6 {
		for i := range 300 {
			op := sourcetest.Op{{Key: fmt.Appendf(nil, "/registry/pods/ns/%02d", i%60), Value: fmt.Appendf(nil, "%0200d", day*1000+i)}}
			switch {
			case i == 0:
				op = append(op, sourcetest.Write{Key: []byte("/registry/namespaces/kube-system"), Value: fmt.Append(nil, "uid")})
			case i == 290 && day == 3:
				op = append(op, sourcetest.Write{Key: []byte("/registry/pods/ns/key"), Delete: true})
			case i%100 == 50:
				op = append(op, sourcetest.Write{Key: []byte("/registry/pods/ns/key"), Value: fmt.Append(nil, day, i)})
			}
			ops = append(ops, op)
		}
		path := filepath.Join(dir, fmt.Sprint(day))
		if err := os.Rename(sourcetest.WriteSpec(t, sourcetest.Spec{Ops: ops, Compact: int64(len(ops) - 100)}), path); err != nil {
			t.Fatal(err)
		}
		list = append(list, etcdsource.Backup{Path: path, Bytes: openedWhole + 1, Time: time.Unix(int64(day), 0)})
	}
	list[1].Verdict = etcdsource.BackupVerified
	ask := func(part bool) (got []etcdsource.BackupChange, skipped []string, unverified int) {
		got, err := History(t.Context(), list, Asking{Key: []byte("/registry/pods/ns/key"), Cluster: "uid", Ending: "/namespaces/kube-system", UID: func(v []byte) string { return string(v) }, Partly: part,
			Open: FromFile(snapfile.Options{}), Skipped: func(path, _ string) { skipped = append(skipped, filepath.Base(path)) }, Unverified: func(n int) { unverified = n }})
		if err != nil {
			t.Fatal(err)
		}
		return got, skipped, unverified
	}
	check := func(without []string, unverified int) {
		t.Helper()
		want, skipped, none := ask(false)
		got, same, n := ask(true)
		if !reflect.DeepEqual(got, want) || !slices.Equal(skipped, without) || !slices.Equal(same, without) || none != 0 || n != unverified {
			t.Errorf("without %q and %q, %d and %d not verified\nit is %+v\nwant  %+v", same, skipped, n, none, got, want)
		}
		if len(want) < 8 {
			t.Errorf("only %d changes", len(want))
		}
	}
	check(nil, 5)
	data, err := os.ReadFile(list[2].Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(list[2].Path, append(data[:len(data)/2:len(data)/2], make([]byte, len(data)-len(data)/2)...), 0o600); err != nil {
		t.Fatal(err)
	}
	check([]string{"2"}, 4)
}

// TestSince: what is asked of a time are the backups from then on, the newest full one before it that may be of the cluster, and the
// delta snapshots behind that.
func TestSince(t *testing.T) {
	t.Parallel()
	at := func(n int) time.Time { return time.Unix(int64(n), 0) }
	delta := string(GardenerDelta)
	list := []etcdsource.Backup{
		{Path: "new", Time: at(20), Cluster: "a"}, {Path: "new delta", Time: at(21), Format: delta}, {Path: "of another", Time: at(9), Cluster: "b"},
		{Path: "damaged", Time: at(8), Verdict: etcdsource.BackupDamaged}, {Path: "delta", Time: at(7), Format: delta}, {Path: "base", Time: at(6)},
		{Path: "old delta", Time: at(5), Format: delta}, {Path: "old", Time: at(4), Cluster: "a"},
	}
	names := func(cluster string) (names []string) {
		for _, b := range Since(list, at(10), cluster) {
			names = append(names, b.Path)
		}
		return names
	}
	if got := names("a"); !slices.Equal(got, []string{"new", "new delta", "delta", "base"}) {
		t.Errorf("of one cluster: %q", got)
	}
	if got := names(""); !slices.Equal(got, []string{"new", "new delta", "of another"}) {
		t.Errorf("of any: %q", got)
	}
}
