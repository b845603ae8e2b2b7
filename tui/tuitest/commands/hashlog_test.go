package commands_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.etcd.io/etcd/api/v3/mvccpb"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// purge removes the files of a member's WAL that etcd needs no more, as etcd does from time to time: those before the one that holds
// its newest snapshot.
func purge(t *testing.T, m *etcdtest.Member) {
	t.Helper()
	index := func(path string) uint64 {
		name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		n, err := strconv.ParseUint(name[strings.IndexByte(name, '-')+1:], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	snaps, _ := filepath.Glob(filepath.Join(m.Dir, "member", "snap", "*.snap"))
	logs, _ := filepath.Glob(filepath.Join(m.Dir, "member", "wal", "*.wal"))
	for i := range logs[1:] {
		if index(logs[i+1]) <= index(snaps[len(snaps)-1]) {
			if err := os.Remove(logs[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if left, _ := filepath.Glob(filepath.Join(m.Dir, "member", "wal", "*.wal")); len(snaps) == 0 || len(left) == 0 || index(left[0]) == 0 {
		t.Fatalf("the WAL begins with its first entry still: %v, %v", left, snaps)
	}
}

// TestHashByLaterLog: a log that does not begin with the first entry any more says which member is right, from a revision on at which
// all hold the same; of differences before it begins it says that it begins too late.
func TestHashByLaterLog(t *testing.T) {
	t.Parallel()
	if *etcdProgram != "" {
		t.Skip("the size of the files of its WAL cannot be set")
	}
	members := etcdtest.Members(t, 3, "", map[string]any{"snapshot-count": 60, etcdtest.SegmentBytes: 20_000})
	var eps []string
	for _, m := range members {
		eps = append(eps, m.HTTP)
	}
	live := []string{"--yes", "--endpoints", strings.Join(eps, ",")}
	w := members[0].Client()
	defer w.Close()
	ctx := etcdtest.Within(t, 5*time.Minute)
	put := func(key, value string) int64 {
		r, err := w.Put(ctx, key, value)
		if err != nil {
			t.Fatal(err)
		}
		return r.Header.Revision
	}
	put("/registry/configmaps/ns/early", "early")
	put("/registry/configmaps/ns/twice", "first")
	load := etcdtest.NewLoad(w, 7) // deletions, leases, transactions
	load.Do(t, 600)
	late := put("/registry/configmaps/ns/late", "late")
	twice := put("/registry/configmaps/ns/twice", "second")
	load.Do(t, 20)
	put("/registry/configmaps/ns/last", "last")

	value := func(v string) func(*mvccpb.KeyValue) *mvccpb.KeyValue {
		return func(kv *mvccpb.KeyValue) *mvccpb.KeyValue { kv.Value = []byte(v); return kv }
	}
	newest := func(kv *mvccpb.KeyValue) *mvccpb.KeyValue {
		if kv.ModRevision == twice {
			return nil
		}
		return kv
	}
	cases := []struct {
		name, key string
		change    func(*mvccpb.KeyValue) *mvccpb.KeyValue
		from      int64  // 0: where the oldest revision is that can be compared
		rights    string // of the three members, and of the directory that is asked
		says      string
	}{
		{"written late", "late", value("z"), late, "+-++", ""},
		{"written before the log begins", "early", value("z"), 0, "????", "and does not say which copy is right, for what differs was written before: ask that of another member"},
		{"written twice, and the newest is missing", "twice", newest, twice, "+-++", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			wrong := members[1]
			key := "/registry/configmaps/ns/" + c.key
			wrong.Stop()
			alter(t, wrong, key, c.change)
			purge(t, wrong)
			wrong.Start()
			wrong.Ready()
			// The log of another member, and that of the wrong one itself.
			for i, dir := range []string{members[2].Dir, wrong.Dir} {
				copied := filepath.Join(t.TempDir(), fmt.Sprint("copy", i))
				if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
					t.Fatal(err)
				}
				if i == 0 {
					purge(t, &etcdtest.Member{Dir: copied})
				}
				want := c.rights
				if i == 1 && want[1] == '-' {
					want = "+-+-"
				}
				h, errs, code := runHash(t, append(live, "live", copied)...)
				if code != 1 || h.Hash != "differs" || c.from > 0 && h.HashCheck.DiffersFrom != c.from || len(h.HashCheck.Keys) != 1 || h.HashCheck.Keys[0].Key != key || h.rights() != want ||
					!strings.Contains(h.HashCheck.Why, c.says) || c.says == "" && h.HashCheck.Why != "" {
					t.Errorf("by the log of %s: %d, %s, want %s, %+v, %s", dir, code, h.rights(), want, h.HashCheck, errs)
				}
			}
			wrong.Stop()
			alter(t, wrong, key, value(c.key)) // what it was
			wrong.Start()
			wrong.Ready()
		})
	}
}

// TestHashByReplacedMember: the log of a member that joined by a snapshot begins with that. It says which member is right in what was
// written since, and of what was written before it says that it does not know.
func TestHashByReplacedMember(t *testing.T) {
	t.Parallel()
	if *etcdProgram != "" {
		t.Skip("how many entries a leader keeps for a member that joins cannot be set")
	}
	members := etcdtest.Members(t, 2, "", map[string]any{"snapshot-count": 50, "snapshot-catchup-entries": 5})
	w := members[0].Client()
	defer w.Close()
	ctx := etcdtest.Within(t, 5*time.Minute)
	put := func(key, value string) int64 {
		r, err := w.Put(ctx, "/registry/configmaps/ns/"+key, value)
		if err != nil {
			t.Fatal(err)
		}
		return r.Header.Revision
	}
	put("early", "early")
	etcdtest.NewLoad(w, 3).Do(t, 300)
	eps := []string{members[0].HTTP, members[1].HTTP}
	peer, client, dir := etcdtest.Address(t), etcdtest.Address(t), filepath.Join(etcdtest.Dir(t), "data")
	eventually(t, "etcdctl --endpoints="+strings.Join(eps, ",")+" member add m2 --learner --peer-urls="+peer)
	cluster := "m2=" + peer
	list, err := w.MemberList(ctx)
	if err != nil {
		t.Fatal(err)
	}
	id := ""
	for _, m := range list.Members {
		if m.Name != "" {
			cluster += "," + m.Name + "=" + m.PeerURLs[0]
			continue
		}
		id = fmt.Sprintf("%x", m.ID)
	}
	start(t, "etcd --name=m2 --data-dir=DATA-DIR --initial-cluster-state=existing --initial-cluster="+cluster+" --initial-advertise-peer-urls="+peer+" --listen-peer-urls="+peer+" --advertise-client-urls="+client+" --listen-client-urls="+client, dir)
	eventually(t, "etcdctl --endpoints="+strings.Join(eps, ",")+" member promote "+id)
	put("first", "first")
	put("late", "late")
	etcdtest.NewLoad(w, 4).Do(t, 30)
	if snaps, _ := filepath.Glob(filepath.Join(dir, "member", "snap", "*.snap")); len(snaps) == 0 {
		t.Fatal("the member did not join by a snapshot")
	}

	wrong := members[1]
	value := func(v string) func(*mvccpb.KeyValue) *mvccpb.KeyValue {
		return func(kv *mvccpb.KeyValue) *mvccpb.KeyValue { kv.Value = []byte(v); return kv }
	}
	check := func(keys, rights, says string) {
		t.Helper()
		h, errs, code := runHash(t, "--yes", "--endpoints", strings.Join(append(eps, client), ","), "live", dir)
		var got []string
		for _, k := range h.HashCheck.Keys {
			right := "?"
			for _, v := range k.Versions {
				if v.Right != nil {
					right = map[bool]string{true: "+", false: right}[*v.Right]
				}
			}
			got = append(got, k.Key[strings.LastIndexByte(k.Key, '/')+1:]+right)
		}
		if code != 1 || strings.Join(got, " ") != keys || h.rights() != rights || !strings.Contains(h.HashCheck.Why, says) || says == "" && h.HashCheck.Why != "" {
			t.Errorf("%q, %d, %s, %+v, %s", got, code, h.rights(), h.HashCheck, errs)
		}
	}
	change := func(key, v string) {
		wrong.Stop()
		alter(t, wrong, "/registry/configmaps/ns/"+key, value(v))
		wrong.Start()
		wrong.Ready()
	}
	change("late", "z")
	check("late+", "+-++", "")
	change("first", "z")
	check("first+ late+", "+-++", "")
	change("early", "z")
	check("early? first+ late+", "?-??", "in 1 of the 3 keys, for that was written before: ask that of another member")
}
