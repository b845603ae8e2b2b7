package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

func children(t *testing.T, s *Source, prefix string, at etcdsource.At) []string {
	t.Helper()
	seq, err := s.Children(context.Background(), etcdsource.Prefix(prefix), at)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for c, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(c.Path))
		if want := strings.TrimSuffix(string(c.Path), "/"); c.Dir && want[strings.LastIndexByte(want, '/')+1:] != c.Name {
			t.Errorf("path %q has name %q", c.Path, c.Name)
		}
		if !c.Dir && c.Entry.Mod == 0 {
			t.Errorf("key %q has no entry", c.Path)
		}
	}
	return out
}

// naive lists the children of a prefix from all keys.
func naive(keys []string, prefix string) []string {
	slices.Sort(keys)
	var out []string
	for _, k := range keys {
		rest, ok := strings.CutPrefix(k, prefix)
		if !ok {
			continue
		}
		p := k
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			p = prefix + rest[:i+1]
		}
		if len(out) == 0 || out[len(out)-1] != p {
			out = append(out, p)
		}
	}
	return out
}

// clusterKeys are keys as an API server makes them, and some that it never makes.
func clusterKeys() []string {
	keys := []string{"/registry/masterleases/10.0.0.1", "compact_rev_key", "a//b", "a/", "/", "/registry/pods/default",
		"/registry/services/specs/default/kubernetes", "/registry/services/endpoints/default/kubernetes", "/registry/odd/one",
		"/registry/apiextensions.k8s.io/customresourcedefinitions/widgets.shop.example.com", "/registry/zzz"}
	for _, ns := range []string{"default", "kube-system", "demo", "a-team"} {
		keys = append(keys, "/registry/namespaces/"+ns)
		for i := range 40 {
			keys = append(keys, fmt.Sprintf("/registry/pods/%s/pod-%03d", ns, i), fmt.Sprintf("/registry/configmaps/%s/cm-%03d", ns, i))
		}
		keys = append(keys, "/registry/shop.example.com/widgets/"+ns+"/w")
	}
	return append(keys, "/registry/pods/unlisted/pod", "/registry/pods/unlisted/pod/sub/key", "/registry/pods/unlisted/pod-x")
}

func TestChildren(t *testing.T) {
	srv := newServer(t)
	keys := clusterKeys()
	srv.Put(keys...)
	for name, change := range map[string]func(*Config){"stream": func(*Config) {}, "probes": oldServer} {
		src := srv.open(change)
		for _, prefix := range []string{"", "/", "/registry/", "/registry/pods/", "/registry/pods/default/", "/registry/pods/unlisted/",
			"/registry/services/", "/registry/shop.example.com/", "/registry/shop.example.com/widgets/", "/registry/namespaces/", "a/", "/none/", "/registry/po"} {
			t.Run(name+prefix, func(t *testing.T) {
				if got, want := children(t, src, prefix, etcdsource.At{}), naive(keys, prefix); !slices.Equal(got, want) {
					t.Errorf("children of %q:\n got %q\nwant %q", prefix, got, want)
				}
			})
		}
	}
}

func TestRangePages(t *testing.T) {
	srv := newServer(t)
	srv.fill(1234, numbered("/k/%05d"))
	for name, change := range map[string]func(*Config){"stream": func(*Config) {}, "unary": oldServer} {
		t.Run(name, func(t *testing.T) {
			src := srv.open(change)
			sp, at, n := etcdsource.Prefix("/k/"), etcdsource.At{}, 0
			for {
				p, err := src.Range(context.Background(), sp, at)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range p.Entries {
					if want := fmt.Sprintf("/k/%05d", n); string(e.Key) != want {
						t.Fatalf("entry %d is %q", n, e.Key)
					}
					n++
				}
				at.Revision = p.Revision
				if !p.More {
					break
				}
				if len(p.Entries) != 500 {
					t.Fatalf("page of %d", len(p.Entries))
				}
				// A key that is written between two pages belongs to neither.
				srv.Put(fmt.Sprintf("/k/%05d-late", n))
				sp = sp.After(p.Entries[len(p.Entries)-1].Key)
			}
			if n != 1234 {
				t.Errorf("%d keys", n)
			}
			srv.Writer().Delete(context.Background(), "/k/00500-late")
			srv.Writer().Delete(context.Background(), "/k/01000-late")
		})
	}
}

func TestErrorsOfRevisions(t *testing.T) {
	srv := newServer(t)
	var rev int64
	for range 50 {
		rev = srv.Put("/a")
	}
	srv.Compact(rev - 10)
	src := srv.open()
	var gone *etcdsource.CompactedError
	if _, err := src.Range(context.Background(), etcdsource.Prefix("/"), etcdsource.At{Revision: rev - 20}); !errors.As(err, &gone) || gone.Compacted != rev-10 || gone.Revision != rev-20 {
		t.Errorf("below the compaction: %v", err)
	}
	var future *etcdsource.FutureError
	if _, err := src.Range(context.Background(), etcdsource.Key([]byte("/a")), etcdsource.At{Revision: rev + 20}); !errors.As(err, &future) || future.Revision != rev+20 {
		t.Errorf("in the future: %v", err)
	}
	if n, err := src.Count(context.Background(), etcdsource.Prefix(""), etcdsource.At{}); n != 1 || err != nil {
		t.Errorf("count %d, %v", n, err)
	}
	src.Describe(context.Background())
	for range 100 {
		if info, err := src.Describe(context.Background()); err != nil {
			t.Fatal(err)
		} else if info.Compacted == rev-10 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("Describe never learns the retained window")
}

func TestVersions(t *testing.T) {
	srv := newServer(t)
	first := srv.Put("/a")
	rev := srv.Put("/b", "/a", "/b", "/a", "/a")
	src := srv.open()
	events, edge, err := src.Versions(context.Background(), []byte("/a"), 0, 0)
	if err != nil || len(events) != 4 || events[0].Mod != rev || events[3].Mod != first || events[3].Type != etcdsource.Created || edge.Kind != etcdsource.EdgeCreated {
		t.Errorf("all: %v %v %v", events, edge, err)
	}
	events, edge, _ = src.Versions(context.Background(), []byte("/a"), rev-1, 2)
	if len(events) != 2 || events[0].Mod != rev-1 || edge.Kind != etcdsource.EdgeMore || edge.Revision != events[1].Mod {
		t.Errorf("two: %v %v", events, edge)
	}
	srv.Compact(rev - 1)
	src = srv.open()
	events, edge, err = src.Versions(context.Background(), []byte("/a"), 0, 0)
	if err != nil || len(events) != 2 || edge != (etcdsource.Edge{Kind: etcdsource.EdgeCompacted, Revision: rev - 1}) || events[1].Kept {
		t.Errorf("compacted: %v %v %v", events, edge, err)
	}
	srv.Put("/c", "/c", "/a")
	srv.Compact(rev + 2)
	events, edge, _ = srv.open().Versions(context.Background(), []byte("/a"), 0, 0)
	if len(events) != 2 || !events[1].Kept || edge.Revision != rev+2 {
		t.Errorf("kept: %v %v", events, edge)
	}
	if _, err := srv.Writer().Delete(context.Background(), "/a"); err != nil {
		t.Fatal(err)
	}
	if events, edge, err = src.Versions(context.Background(), []byte("/a"), 0, 0); len(events) != 0 || edge.Kind != etcdsource.EdgeNotSearched || err != nil {
		t.Errorf("deleted: %v %v %v", events, edge, err)
	}
	srv.Put("/a")
	if events, edge, err = src.Versions(context.Background(), []byte("/a"), 0, 0); len(events) != 1 || edge.Kind != etcdsource.EdgeNotSearched || err != nil {
		t.Errorf("created again: %v %v %v", events, edge, err)
	}
}

func TestWatch(t *testing.T) {
	srv := newServer(t)
	start := srv.Put("/a/1", "/b/1")
	src := srv.open()
	st, err := src.Watch(context.Background(), etcdsource.Prefix("/a/"), start)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if _, err := srv.Writer().Txn(context.Background()).Then(clientv3.OpPut("/a/2", ""), clientv3.OpPut("/b/2", ""), clientv3.OpPut("/a/3", "")).Commit(); err != nil {
		t.Fatal(err)
	}
	srv.Put("/a/1")
	srv.Writer().Delete(context.Background(), "/a/2")
	got := ""
	for ctx := etcdtest.Within(t, 5*time.Second); !strings.Contains(got, "deleted"); {
		b, err := st.Next(ctx)
		if err != nil {
			t.Fatalf("%v after %s", err, got)
		}
		for _, e := range b.Events {
			got += fmt.Sprintf("%d.%d %s %s\n", e.Mod-start, e.Sub, e.Type, e.Key)
		}
	}
	if want := "1.0 created /a/2\n1.1 created /a/3\n2.0 updated /a/1\n3.0 deleted /a/2\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
