package live

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// limited starts an etcd with a user who may read some spans only, and one who may write what he likes.
func limited(t *testing.T, may ...etcdsource.Span) (*server, Config, *clientv3.Client) {
	t.Helper()
	s := newServer(t, func(c *embed.Config) { c.BcryptCost = 4 })
	s.Put("/registry/pods/a/one", "/registry/pods/a/two", "/registry/pods/b/three", "/registry/secrets/a/s", "/registry/events/a/e", "/registry/events/b/f", "other")
	w, ctx := s.Writer(), etcdtest.Within(t, 30*time.Second)
	must := func(_ any, err error) {
		if t.Helper(); err != nil {
			t.Fatal(err)
		}
	}
	must(w.RoleAdd(ctx, "root"))
	must(w.UserAdd(ctx, "root", "pw"))
	must(w.UserGrantRole(ctx, "root", "root"))
	must(w.UserAdd(ctx, "dev", "pw"))
	for i, sp := range may {
		role := fmt.Sprint("r", i)
		must(w.RoleAdd(ctx, role))
		must(w.RoleGrantPermission(ctx, role, string(sp.From), string(sp.To), clientv3.PermissionType(clientv3.PermRead)))
		must(w.UserGrantRole(ctx, "dev", role))
	}
	must(clientv3.NewAuth(w).AuthEnable(ctx))
	root, err := clientv3.New(clientv3.Config{Endpoints: []string{s.URL}, Username: "root", Password: "pw"})
	must(root, err)
	t.Cleanup(func() { root.Close() })
	return s, Config{Endpoints: []string{s.URL}, User: "dev", Password: "pw"}, root
}

func childNames(t *testing.T, src *Source, prefix string) string {
	t.Helper()
	seq, err := src.Children(t.Context(), etcdsource.Prefix(prefix), etcdsource.At{})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for c, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(c.Path))
	}
	return strings.Join(out, " ")
}

// TestLimitedUser: who may read some folders only sees these, from the top of the tree on, and what he may read is said.
func TestLimitedUser(t *testing.T) {
	t.Parallel()
	_, cfg, root := limited(t, etcdsource.Prefix("/registry/pods/"), etcdsource.Prefix("/registry/events/b/"))
	src, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for prefix, want := range map[string]string{
		"": "/", "/": "/registry/", "/registry/": "/registry/events/ /registry/pods/", "/registry/pods/": "/registry/pods/a/ /registry/pods/b/",
		"/registry/events/": "/registry/events/b/", "/registry/pods/a/": "/registry/pods/a/one /registry/pods/a/two",
	} {
		if got := childNames(t, src, prefix); got != want {
			t.Errorf("below %q: %s", prefix, got)
		}
	}
	for prefix, want := range map[string]int64{"": 4, "/registry/": 4, "/registry/pods/": 3, "/registry/events/": 1} {
		if n, err := src.Count(t.Context(), etcdsource.Prefix(prefix), etcdsource.At{}); n != want || err != nil {
			t.Errorf("below %q: %d keys, %v", prefix, n, err)
		}
	}
	keys := 0
	sp := etcdsource.Prefix("")
	sp.Limit = 2
	if err := etcdsource.Each(t.Context(), src, sp, 0, func(etcdsource.Entry) error { keys++; return nil }); err != nil || keys != 4 {
		t.Errorf("%d entries, %v", keys, err)
	}
	listed := 0
	if err := src.List(t.Context(), etcdsource.Prefix(""), etcdsource.At{}, func(k [][]byte) error { listed += len(k); return nil }); err != nil || listed != 4 {
		t.Errorf("%d listed, %v", listed, err)
	}
	if _, err := src.Range(t.Context(), etcdsource.Prefix("/registry/secrets/"), etcdsource.At{}); err == nil || !strings.Contains(err.Error(), `user "dev" may not read this`) {
		t.Errorf("what he may not read: %v", err)
	}
	info, err := src.Describe(t.Context())
	if err != nil || !strings.Contains(info.Note, `user "dev" may read only /registry/events/b/, /registry/pods/; nothing else is shown`) || info.Revision == 0 {
		t.Errorf("%+v, %v", info, err)
	}
	watched(t, src, root)
}

// watched writes inside and outside of what may be read, and expects the former in order.
func watched(t *testing.T, src *Source, root *clientv3.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	st, err := src.Watch(ctx, etcdsource.Prefix(""), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	var want, got []string
	for i := range 6 {
		for _, dir := range []string{"/registry/pods/a/", "/registry/secrets/a/", "/registry/events/b/"} {
			key := fmt.Sprint(dir, "new", i)
			if _, err := root.Put(ctx, key, "v"); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(key, "secrets") {
				want = append(want, key)
			}
		}
	}
	last := int64(0)
	for len(got) < len(want) {
		b, err := st.Next(ctx)
		if err != nil {
			t.Fatalf("%v, after %v", err, got)
		}
		for _, e := range b.Events {
			if e.Mod < last {
				t.Errorf("revision %d after %d", e.Mod, last)
			}
			last = e.Mod
			got = append(got, string(e.Key))
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("watched %v", got)
	}
}

// TestOtherUsers: root, one folder, one key, an open end, nothing.
func TestOtherUsers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		may   []etcdsource.Span
		top   string
		count int64
		note  string
	}{
		"one folder": {[]etcdsource.Span{etcdsource.Prefix("/registry/pods/")}, "/registry/pods/", 3, "only /registry/pods/;"},
		"one key":    {[]etcdsource.Span{etcdsource.Key([]byte("/registry/pods/a/one"))}, "/registry/pods/", 1, "only key /registry/pods/a/one;"},
		"open end":   {[]etcdsource.Span{{From: []byte("/registry/pods/b"), To: etcdsource.Everything}}, "/registry/pods/ /registry/secrets/", 3, "all from /registry/pods/b on"},
		"overlap":    {[]etcdsource.Span{etcdsource.Prefix("/registry/p"), etcdsource.Prefix("/registry/pods/a/")}, "/registry/pods/", 3, "only /registry/p;"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, cfg, _ := limited(t, c.may...)
			src, err := Open(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			if got := childNames(t, src, "/registry/"); got != c.top {
				t.Errorf("it shows %s", got)
			}
			n, err := src.Count(t.Context(), etcdsource.Prefix(""), etcdsource.At{})
			if n != c.count || err != nil {
				t.Errorf("%d keys, %v", n, err)
			}
			if info, err := src.Describe(t.Context()); err != nil || !strings.Contains(info.Note, c.note) {
				t.Errorf("%q, %v", info.Note, err)
			}
			cfg.User = "root"
			all, err := Open(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer all.Close()
			if n, err := all.Count(t.Context(), etcdsource.Prefix(""), etcdsource.At{}); n != 7 || err != nil || all.grants != nil {
				t.Errorf("root counts %d keys, %v", n, err)
			}
		})
	}
}
