package search

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/find"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// manyKeys are keys of a store, and the first hits of a search for what is in each of them.
func manyKeys(t *testing.T) (*find.Keys, *find.Hits) {
	t.Helper()
	b := find.NewBuilder("/registry/")
	for i := range 40_000 {
		b.Add(fmt.Appendf(nil, "/registry/pods/shop/web-%05d", i))
	}
	shown := make(chan struct{})
	limit, end := context.WithTimeout(t.Context(), 10*time.Second)
	defer end()
	slow := &find.Also{Name: "slow", Pass: func(_ string, key []byte) bool {
		switch k := string(key); {
		case k == "/registry/pods/shop/web-00000":
			time.Sleep(20 * time.Millisecond) // so that hits are handed over behind it
		case k > "/registry/pods/shop/web-2":
			select {
			case <-shown:
			case <-limit.Done():
			}
		}
		return true
	}}
	var part *find.Hits
	find.SearchSoon(t.Context(), b.Keys(), find.Parse("web").And(slow), nil, func(h *find.Hits) {
		part = h
		close(shown)
	})
	return b.Keys(), part
}

// TestFirstHits: the first hits are shown while their search goes on, with how many there are so far, and no key is selected that
// is not among them; the result takes their place.
func TestFirstHits(t *testing.T) {
	t.Parallel()
	_, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
	f := New(&hosttest.Host{}, v).(*Feature)
	keys, part := manyKeys(t)
	v.Panes.Keys.Resize(80, 20)
	x := &f.find.find
	x.on, x.text, x.keys, x.whole = true, "web", keys, true
	if f.find.search() == nil || !x.busy {
		t.Fatal("no search is begun")
	}
	title := func() string { return v.Panes.Keys.Title().Right }
	f.find.onFound(foundMsg{number: x.number - 1, hits: part})
	if x.hits != nil {
		t.Error("hits of another search are shown")
	}
	f.find.onFound(foundMsg{number: x.number, hits: part})
	if !x.busy || !strings.Contains(title(), "counting") || v.Panes.Keys.Cursor() != "/registry/pods/shop/web-00000" {
		t.Errorf("the first hits are shown as %q, the cursor is on %q", title(), v.Panes.Keys.Cursor())
	}
	f.find.onFound(foundMsg{number: x.number, hits: find.Search(t.Context(), keys, f.find.query(), nil)})
	if x.busy || title() != "40,000 of 40.0k" {
		t.Errorf("the result is shown as %q", title())
	}
}

// TestNextLetterEndsTheSearch: a letter that is typed while a search is under way ends it, and is searched for next.
func TestNextLetterEndsTheSearch(t *testing.T) {
	t.Parallel()
	_, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
	f := New(&hosttest.Host{}, v).(*Feature)
	keys, _ := manyKeys(t)
	x := &f.find.find
	x.on, x.text, x.keys, x.whole = true, "we", keys, true
	f.find.search()
	ended := false
	x.halt = context.CancelFunc(func() { ended = true })
	if f.find.search(); ended {
		t.Error("the same text ends its search")
	}
	x.text = "web"
	if cmd := f.find.search(); cmd != nil || !ended || !x.busy {
		t.Error("the search goes on")
	}
	if cmd := f.find.onFound(foundMsg{number: x.number}); cmd == nil || !x.busy || x.seeks.String() != "web" {
		t.Errorf("%q is searched for next", x.seeks.String())
	}
	f.find.dropKeys()
	if cmd := f.find.onFound(foundMsg{number: x.number, hits: find.Search(t.Context(), keys, f.find.query(), nil)}); cmd != nil || x.hits != nil || x.busy {
		t.Error("a result for keys that were dropped is taken")
	}
}
