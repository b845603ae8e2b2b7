package live

import (
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// TestReplicaCompacted: the last compaction of a member is known without a hash where its metrics say it, so that the window to search is.
func TestReplicaCompacted(t *testing.T) {
	t.Parallel()
	members := etcdtest.Members(t, 1, "")
	w := members[0].Client()
	defer w.Close()
	ctx := etcdtest.Within(t, time.Minute)
	rev := int64(0)
	for range 20 {
		r, err := w.Put(ctx, "/a", "v")
		if err != nil {
			t.Fatal(err)
		}
		rev = r.Header.Revision
	}
	if _, err := w.Compact(ctx, rev-3); err != nil {
		t.Fatal(err)
	}
	src, err := Open(ctx, Config{Endpoints: []string{members[0].HTTP}, DialTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	list, err := src.Replicas(ctx)
	defer func() { closeReplicas(list) }()
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	if st := list[0].State(ctx); st.Compacted != rev-3 {
		t.Errorf("%+v, want the compaction at %d", st, rev-3)
	}
}

// TestReplicas: each member is asked itself, at one revision, also where another one does not answer; nothing is written, and
// every request is in the log.
func TestReplicas(t *testing.T) {
	t.Parallel()
	members := etcdtest.Members(t, 3, "")
	w := members[0].Client()
	defer w.Close()
	ctx := etcdtest.Within(t, 2*time.Minute)
	rev := int64(0)
	for _, k := range []string{"/a", "/b", "/a"} {
		r, err := w.Put(ctx, k, "v of "+k)
		if err != nil {
			t.Fatal(err)
		}
		rev = r.Header.Revision
	}
	src, err := Open(ctx, Config{Endpoints: []string{members[0].HTTP}, DialTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	members[2].Signal(syscall.SIGSTOP)
	defer members[2].Signal(syscall.SIGCONT)
	var list []etcdsource.Replica
	waitFor(t, "the member to be stopped", func() bool {
		closeReplicas(list)
		list, err = src.Replicas(ctx)
		return err == nil && len(list) == 3 && list[0].State(ctx).Fault == "" && list[1].State(ctx).Fault == "" && list[2].State(ctx).Fault != ""
	})
	defer func() { closeReplicas(list) }()
	leaders := 0
	for i, r := range list[:2] {
		st := r.State(ctx)
		if st.Leader {
			leaders++
		}
		if !st.Member || st.Name != "m"+string(rune('0'+i)) || st.ID == 0 || st.Size <= 0 || st.Revision < 1 || st.Version == "" {
			t.Errorf("%+v", st)
		}
		waitFor(t, "the member to have applied all", func() bool { return r.State(ctx).Revision >= rev })
	}
	if leaders > 1 || !hangs(list[2].State(ctx).Fault) {
		t.Errorf("%d leaders, %+v", leaders, list[2].State(ctx))
	}
	first, err := list[0].HashKV(ctx, rev, 0)
	if err != nil || first.Revision != rev || first.Compacted != 0 {
		t.Fatal(first, err)
	}
	if h, err := list[1].HashKV(ctx, rev, 0); err != nil || h.KVHash != first.KVHash {
		t.Errorf("%+v, %v, want %+v", h, err, first)
	}
	var keys []string
	err = list[1].List(ctx, etcdsource.Prefix(""), rev, func(es []etcdsource.Entry) error {
		for _, e := range es {
			keys = append(keys, string(e.Key))
		}
		return nil
	})
	if err != nil || !slices.Equal(keys, []string{"/a", "/b"}) {
		t.Errorf("%v, %v", keys, err)
	}
	span := etcdsource.Key([]byte("/a"))
	span.Values = true
	if p, err := list[1].Page(ctx, span, rev-1); err != nil || len(p.Entries) != 1 || p.Entries[0].Mod != rev-2 || string(p.Entries[0].Value) != "v of /a" {
		t.Errorf("%+v, %v", p, err)
	}
	if d, err := list[1].Ping(ctx); err != nil || d <= 0 {
		t.Errorf("%s, %v", d, err)
	}
	var future *etcdsource.FutureError
	if _, err := list[1].HashKV(ctx, rev+100, 0); !errors.As(err, &future) {
		t.Error(err)
	}
	if _, err := w.Compact(ctx, rev); err != nil {
		t.Fatal(err)
	}
	var gone *etcdsource.CompactedError
	waitFor(t, "the compaction", func() bool { _, err := list[0].HashKV(ctx, rev-1, 0); return errors.As(err, &gone) })
	if _, err := list[2].HashKV(ctx, rev, 0); err == nil {
		t.Error("a member that was not connected is hashed")
	}
	requests, totals := src.Requests()
	if totals.Writes != 0 || !slices.ContainsFunc(requests, func(r etcdsource.Request) bool {
		return r.Call == "HashKV" && strings.HasPrefix(r.Etcdctl, "etcdctl endpoint hashkv --rev=")
	}) {
		t.Errorf("%+v", totals)
	}
}

func closeReplicas(list []etcdsource.Replica) {
	for _, r := range list {
		r.Close()
	}
}

// TestReplicasOfAUser: only a user with the root role may ask for hashes; any other user gets an error that says so.
func TestReplicasOfAUser(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	rev := srv.Put("/open/a")
	enableAuth(t, srv.Writer())
	ctx := etcdtest.Within(t, time.Minute)
	for user, password := range map[string]string{"root": "secret", "ann": "pw"} {
		src := srv.open(func(c *Config) { c.User, c.Password = user, password })
		list, err := src.Replicas(ctx)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		defer closeReplicas(list)
		_, err = list[0].HashKV(ctx, rev, 0)
		denied := err != nil && strings.Contains(err.Error(), "only users with the root role") && errors.Is(err, etcdsource.ErrDenied)
		if user == "root" && err != nil || user == "ann" && !denied {
			t.Errorf("%s: %v, %+v", user, err, list[0].State(ctx))
		}
	}
}
