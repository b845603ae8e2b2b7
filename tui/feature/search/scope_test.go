package search

import (
	"errors"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
	"github.com/etcdscope/etcdscope/tui/view"
)

// TestScope: a namespace leaves out the others in keys and changes alike; "", * and all take everything in again, and so
// does the end of the search that the scope is a part of.
func TestScope(t *testing.T) {
	t.Parallel()
	for _, end := range []any{host.ScopeTo{}, host.ScopeTo{Namespace: "*"}, host.ScopeTo{Namespace: "all"}, view.LeaveSearch{}} {
		m := tuitest.NewMemory(etcdsource.KindFile, "file")
		m.Put("/registry/configmaps/shop/c", []byte("{}"))
		h, v := hosttest.View(t, m)
		f := New(h, v)
		f.Update(host.ScopeTo{Namespace: "shop"})
		if s := v.Panes.Changes.Title().Right; v.Nav.Namespace != "shop" || s != "in shop" {
			t.Fatalf("the namespace is %q, the changes are %q", v.Nav.Namespace, s)
		}
		f.Update(end)
		if s := v.Panes.Changes.Title().Right; v.Nav.Namespace != "" || s == "in shop" || s == "in *" || s == "in all" {
			t.Errorf("after %#v the namespace is %q, the changes are %q", end, v.Nav.Namespace, s)
		}
	}
}

// TestSearchSaysHowItEnded: all values were read, or why they were not.
func TestSearchSaysHowItEnded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, "All values were read."}, {errManyHits, "Stopped after 1000 hits."}, {errManyBytes, "Stopped after 256 MiB to spare the server: choose a smaller folder."},
		{errors.New("gone\x1b"), "The values cannot be read: gone␛"},
	} {
		s := &searcher{out: make(chan grepMsg, 1)}
		s.finish(c.err)
		if m := <-s.out; m.ended != c.want {
			t.Errorf("it ended with %q, want %q", m.ended, c.want)
		}
	}
}
