package live

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestStoreReplaced puts another store behind the address that is open: one of another cluster, and an earlier state of
// the same one, which etcd gives the same ID where it is restored with the same settings.
func TestStoreReplaced(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ token, why string }{
		"another cluster": {"another", "another cluster answers now (ID "},
		"set back":        {"", "the store was set back to revision "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			srv.Put("/a", "/b", "/c", "/d", "/e")
			src := srv.open()
			st, err := src.Watch(t.Context(), etcdsource.Prefix("/"), 7)
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			ctx := etcdtest.Within(t, time.Minute)
			for {
				if b, err := st.Next(ctx); err != nil || b.Status.State == etcdsource.Live {
					break
				}
			}
			srv.Stop()
			if err := os.RemoveAll(srv.Config.Dir); err != nil {
				t.Fatal(err)
			}
			if c.token != "" {
				srv.Config.InitialClusterToken = c.token
			}
			srv.Start()
			srv.Put("/other")
			for err == nil {
				_, err = st.Next(ctx)
			}
			says := func(what string, err error) {
				t.Helper()
				var p *etcdsource.Problem
				if !errors.Is(err, etcdsource.ErrReplaced) || !errors.As(err, &p) || !strings.HasPrefix(p.Why, c.why) || p.Do == "" {
					t.Errorf("%s: %v", what, err)
				}
			}
			says("the watch", err)
			_, err = src.Range(ctx, etcdsource.Prefix("/"), etcdsource.At{})
			says("a page", err)
			_, err = src.Describe(ctx)
			says("what it says of itself", err)
			_, err = src.Watch(ctx, etcdsource.Prefix("/"), 3)
			says("another watch", err)
			again := srv.open()
			if p, err := again.Range(ctx, etcdsource.Prefix("/"), etcdsource.At{}); err != nil || len(p.Entries) != 1 {
				t.Errorf("opened again: %+v, %v", p, err)
			}
		})
	}
}

// TestSetBackAndWritten sets a store back to an earlier state and writes to it, until it is further than it was, before
// the watch can see that. The last change that was delivered is no longer in it, or was deleted.
func TestSetBackAndWritten(t *testing.T) {
	t.Parallel()
	for name, remove := range map[string]bool{"a write": false, "a removal": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			srv.Put("/a", "/b")
			proxy := etcdtest.NewProxy(t, srv.URL)
			src := srv.open(func(c *Config) { c.Endpoints = []string{proxy.URL} })
			st, err := src.Watch(t.Context(), etcdsource.Prefix("/"), 4)
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			ctx := etcdtest.Within(t, time.Minute)
			srv.Put("/c")
			last := srv.Put("/d")
			if remove {
				srv.Replay([]sourcetest.Op{{{Key: []byte("/d"), Delete: true}}})
				last++
			}
			upTo := int64(0)
			for upTo < last {
				b, err := st.Next(ctx)
				if err != nil {
					t.Fatal(err)
				}
				upTo = max(upTo, b.Revision)
			}
			proxy.Refuse()
			proxy.Cut(true)
			srv.Stop()
			if err := os.RemoveAll(srv.Config.Dir); err != nil {
				t.Fatal(err)
			}
			srv.Start()
			srv.Put("/e", "/f", "/d", "/g", "/h", "/i")
			if err := proxy.Pass(); err != nil {
				t.Fatal(err)
			}
			for err == nil {
				var b etcdsource.Batch
				if b, err = st.Next(ctx); len(b.Events) > 0 {
					t.Errorf("changes of another history: %+v", b.Events)
				}
			}
			var p *etcdsource.Problem
			if !errors.Is(err, etcdsource.ErrReplaced) || !errors.As(err, &p) || !strings.Contains(p.Why, "set back") {
				t.Errorf("the watch: %v", err)
			}
		})
	}
}

// TestRestart: the same store that was away for a while is still the same.
func TestRestart(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.Put("/a")
	src := srv.open(quick)
	srv.Stop()
	srv.Start()
	waitFor(t, "the store to be read again", func() bool {
		p, err := src.Range(t.Context(), etcdsource.Prefix("/"), etcdsource.At{})
		return err == nil && len(p.Entries) == 1
	})
}
