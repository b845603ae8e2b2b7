package backup

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestHistoryOfTwoStores: of two etcd clusters whose backups lie in one folder, only the one of the newest backup is asked, as far as
// indexes list them or what they hold contradicts; what a change names holds it.
func TestHistoryOfTwoStores(t *testing.T) {
	t.Parallel()
	dir, day := t.TempDir(), time.Now().Add(-10*24*time.Hour).Truncate(time.Second)
	const flags = "/registry/configmaps/shop/flags"
	noted := map[string]Noted{}
	save := func(n int, name, store string, ops ...sourcetest.Op) {
		data, err := os.ReadFile(sourcetest.WriteSnapshot(t, ops))
		if err != nil {
			t.Fatal(err)
		}
		path, at := filepath.Join(dir, name), day.Add(time.Duration(n)*time.Hour)
		if os.WriteFile(path, data, 0o600) != nil || os.Chtimes(path, at, at) != nil {
			t.Fatal(path)
		}
		if store != "" {
			noted[name] = Noted{Cluster: store, Made: at, Bytes: int64(len(data)), Tail: hex.EncodeToString(data[len(data)-32:])}
		}
	}
	put, other := func(v string) sourcetest.Op { return sourcetest.Put(flags, v) }, sourcetest.Put("/registry/pods/shop/web", "x")
	save(1, "two-1.db", "22", put("old"))
	save(2, "one-1.db", "11", other, other, other)
	save(3, "two-2.db", "22", put("old"), other, put("new"))
	save(4, "one-2.db", "11", other, other, other, other)
	save(5, "loose.db", "", put("of a third"), other, other)
	save(6, "two-3.db", "22", put("old"), other, put("new"), put("newest"))
	shelf := &Shelf{Noted: func(in string) map[string]Noted {
		if in != dir {
			return nil
		}
		return noted
	}}
	var out []string
	list, err := shelf.History(t.Context(), dir, []byte(flags), etcdsource.HistoryOptions{Back: 30 * 24 * time.Hour, Skipped: func(path, why string) { out = append(out, filepath.Base(path)+": "+why) }})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range list {
		got = append(got, fmt.Sprint(c.Type, " ", string(c.Value), " in ", filepath.Base(c.Held)))
	}
	if want := []string{"created old in two-1.db", "updated new in two-2.db", "updated newest in two-3.db"}; !slices.Equal(got, want) {
		t.Errorf("it is %q, want %q", got, want)
	}
	said := strings.Join(out, "\n")
	if len(out) != 3 || strings.Count(said, "it is a backup of etcd cluster 11, not of 22") != 2 || !strings.Contains(said, "loose.db: it is a backup of another etcd cluster") {
		t.Errorf("left out: %s", said)
	}
}

// TestDeltasOfCluster: a delta snapshot that an index lists is of the cluster of its full snapshot, whatever its folder is called.
func TestDeltasOfCluster(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "folder")
	data := make([]byte, 100)
	const name = "v2/Incr-00000002-00000003-1767225600.gz"
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, data, 0o600)); err != nil {
		t.Fatal(err)
	}
	shelf := &Shelf{Noted: func(in string) map[string]Noted {
		if in != dir {
			return nil
		}
		return map[string]Noted{name: {Cluster: "11", UID: "aaaa-1111", Made: time.Now(), Bytes: int64(len(data)), Tail: hex.EncodeToString(data[:32])}}
	}}
	for _, at := range []string{dir, filepath.Join(dir, "v2"), path} {
		list, err := shelf.List(t.Context(), at)
		if err != nil || len(list) != 1 || !list[0].ChangesOnly() || list[0].Cluster != "aaaa-1111" || list[0].Name != "" || !list[0].Of("aaaa") || list[0].Of("folder") {
			t.Errorf("%s lists %+v, %v", at, list, err)
		}
	}
}
