package commands_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/protobuf/proto"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// hashOf is what health --hash printed of its comparison.
type hashOf struct {
	Verdict, Sentence string
	CanLose           int
	Hash              string
	Advice            []struct {
		Title string
		Steps []struct{ Command string }
	}
	HashCheck struct {
		Why         string
		Revision    int64
		DiffersFrom int64
		OrBefore    bool
		Scans       int
		Copies      []struct {
			Name, Endpoint, Path, Error string
			Hash                        *uint32
			Right                       *bool
		}
		Keys []struct {
			Key      string
			Revision int64
			Differs  []string
			Versions []struct {
				Copies  []string
				Present bool
				Right   *bool
			}
		}
		MoreKeys int
	}
}

func runHash(t *testing.T, args ...string) (h hashOf, errs string, code int) {
	t.Helper()
	out, errs, code := execute(t, append([]string{"health", "--hash", "-o", "json"}, args...)...)
	for line := range strings.Lines(out) {
		var l struct{ Cluster *hashOf }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if l.Cluster != nil {
			h = *l.Cluster
		}
	}
	return h, errs, code
}

// rights says of each copy what the log says: + right, - wrong, ? not known.
func (h *hashOf) rights() string {
	s := ""
	for _, c := range h.HashCheck.Copies {
		switch {
		case c.Right == nil:
			s += "?"
		case *c.Right:
			s += "+"
		default:
			s += "-"
		}
	}
	return s
}

// alter changes the records of a key in the database of a member that does not run: change returns what they are to be, nil to
// remove them.
func alter(t *testing.T, m *etcdtest.Member, key string, change func(*mvccpb.KeyValue) *mvccpb.KeyValue) {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(m.Dir, "member", "snap", "db"), 0o600, &bbolt.Options{Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("key"))
		c := b.Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			kv := &mvccpb.KeyValue{}
			if err := proto.Unmarshal(v, kv); err != nil {
				return err
			}
			if string(kv.Key) != key {
				continue
			}
			n++
			to := change(kv)
			if to == nil {
				if err := c.Delete(); err != nil {
					return err
				}
				continue
			}
			data, err := proto.Marshal(to)
			if err == nil {
				err = b.Put(slices.Clone(k), data)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || n == 0 {
		t.Fatalf("%d records of %s: %v", n, key, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestHash: three real members of which one is changed behind its back: the key, the revision and the member are named; with a
// data directory, which of them is right.
func TestHash(t *testing.T) {
	t.Parallel()
	members := etcdtest.Members(t, 3, *etcdProgram)
	var eps, dirs []string
	for _, m := range members {
		eps, dirs = append(eps, m.HTTP), append(dirs, m.Dir)
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
	for i := range 300 {
		put(fmt.Sprintf("/registry/pods/ns/p%03d", i%150), fmt.Sprint("value ", i))
	}
	revA := put("/registry/configmaps/ns/a", "a")
	put("/registry/configmaps/ns/b", "b")
	if h, errs, code := runHash(t, live...); code != 0 || h.Hash != "equal" || h.HashCheck.Scans != 3 || !strings.Contains(errs, "3 databases of ") {
		t.Fatalf("%d, %+v, %s", code, h, errs)
	}
	backup := filepath.Join(t.TempDir(), "backup.db")
	if _, errs, code := execute(t, "snapshot", "save", backup, "--endpoints", eps[0]); code != 0 {
		t.Fatal(errs)
	}
	if h, errs, code := runHash(t, append(live, backup)...); code != 0 || h.Hash != "equal" || len(h.HashCheck.Copies) != 4 {
		t.Errorf("with a backup: %d, %+v, %s", code, h, errs)
	}

	members[2].Stop()
	alter(t, members[2], "/registry/configmaps/ns/a", func(kv *mvccpb.KeyValue) *mvccpb.KeyValue { kv.Value = []byte("z"); return kv })
	members[2].Start()
	members[2].Ready()
	named := func(h hashOf, errs string, code int, rev int64, keys string) {
		t.Helper()
		var got []string
		for _, k := range h.HashCheck.Keys {
			got = append(got, k.Key[strings.LastIndexByte(k.Key, '/')+1:]+":"+strings.Join(k.Differs, ","))
		}
		if code != 1 || h.Hash != "differs" || h.HashCheck.DiffersFrom != rev || strings.Join(got, " ") != keys || h.HashCheck.Why != "" {
			t.Errorf("%d, %+v, %s", code, h, errs)
		}
	}
	h, errs, code := runHash(t, live...)
	named(h, errs, code, revA, "a:value")
	if want := "the members do not hold the same data; " + allWell.sentence; h.Verdict != "degraded" || h.CanLose != 1 || h.Sentence != want {
		t.Errorf("%s, %d, %s", h.Verdict, h.CanLose, h.Sentence)
	}
	if h.rights() != "???" || len(h.HashCheck.Keys[0].Versions) != 2 || strings.Join(h.HashCheck.Keys[0].Versions[0].Copies, " ") != "m0 m1" {
		t.Errorf("%s, %+v", h.rights(), h)
	}
	for _, dir := range dirs { // the log of any of them knows, also of the one that is wrong
		h, errs, code = runHash(t, append(live, "live", dir)...)
		named(h, errs, code, revA, "a:value")
		if want := map[bool]string{false: "++-+", true: "++--"}[dir == dirs[2]]; h.rights() != want {
			t.Errorf("%s: %s, %s", dir, h.rights(), errs)
		}
	}
	h, errs, code = runHash(t, append(live, backup)...)
	named(h, errs, code, revA, "a:value")
	h, errs, code = runHash(t, dirs[1], dirs[2])
	named(h, errs, code, revA, "a:value")
	if h.rights() != "+-" {
		t.Errorf("two directories: %s", h.rights())
	}
	text, errs, code := execute(t, append([]string{"health", "--hash", "live", dirs[0]}, live...)...)
	if code != 1 || !strings.Contains(text, "/registry/configmaps/ns/a  revision") || !strings.Contains(text, "WRONG in 1 key, by the write-ahead log") || strings.Contains(text, " z") {
		t.Errorf("%d, %s, %s", code, text, errs)
	}

	if _, err := w.Compact(ctx, revA+1); err != nil { // what differs is older than all that can be compared
		t.Fatal(err)
	}
	put("/registry/configmaps/ns/c", "c")
	members[2].Stop()
	alter(t, members[2], "/registry/pods/ns/p007", func(*mvccpb.KeyValue) *mvccpb.KeyValue { return nil })
	members[2].Start()
	members[2].Ready()
	h, errs, code = runHash(t, append(live, "live", dirs[0])...)
	named(h, errs, code, revA+2, "a:value p007:missing")
	if !h.HashCheck.OrBefore || h.rights() != "++-+" {
		t.Errorf("%s, %+v, %s", h.rights(), h, errs)
	}
}

// TestHashIsAskedFor: nothing is read without a yes, and what cannot be compared says why.
func TestHashIsAskedFor(t *testing.T) {
	t.Parallel()
	members := etcdtest.Members(t, 1, *etcdProgram)
	one := members[0]
	w := one.Client()
	defer w.Close()
	if _, err := w.Put(etcdtest.Within(t, time.Minute), "/registry/a", "x"); err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(t.TempDir(), "b.db")
	if _, errs, code := execute(t, "snapshot", "save", backup, "--endpoints", one.HTTP); code != 0 {
		t.Fatal(errs)
	}
	if h, errs, code := runHash(t, "--yes", "--endpoints", one.HTTP); code != 0 || h.Hash != "unchecked" || !strings.Contains(h.HashCheck.Why, "there is one copy") {
		t.Errorf("%d, %+v, %s", code, h, errs)
	}
	other, err := filepath.Abs("../../../etcdsource/demo/stories/pod/cut.db.zst") // of a Kubernetes cluster
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"health --hash --yes " + backup + " " + other, 2, "is of a Kubernetes cluster, and"},
		{"health --hash --yes --endpoints " + one.HTTP + " " + other, 2, "and the cluster that answers has no namespace kube-system"},
		{"health --hash --endpoints " + one.HTTP + " " + backup, 2, "there is no terminal to ask on; add --yes"},
		{"health --hash " + backup + " " + backup, 0, "equal on 2 of 2"},
		{"health --hash --from " + backup + " --yes --endpoints " + one.HTTP, 0, "equal on 2 of 2"},
		{"health " + backup, 2, "files are compared with --hash"},
		{"health --yes", 2, "it belongs to --hash"},
		{"health --hash " + backup + " /no/such.db", 3, "/no/such.db"},
		{"health --hash --yes --endpoints 127.0.0.1:1", 3, "nothing listens there"},
		{"health --endpoints 127.0.0.1:1", 3, "the one address that is known does not answer; name another member's"},
	} {
		if text, code := run(t, strings.Fields(c.args)...); code != c.code || !strings.Contains(text, c.says) {
			t.Errorf("%s: %d, %s", c.args, code, text)
		}
	}
}
