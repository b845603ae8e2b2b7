package search

import (
	"testing"

	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/filter"
)

// TestLastWriteNotKnown: what was not looked up, or was looked up for a filter that said otherwise what was written, is pending; what
// cannot be had is left out.
func TestLastWriteNotKnown(t *testing.T) {
	t.Parallel()
	f, err := filter.Parse("type:updated", nil)
	if err != nil {
		t.Fatal(err)
	}
	x := &facts{of: map[string]fact{"/a": {unknown: true}, "/b": {typ: etcdsource.Updated}}}
	if got := x.passes(f, "/c"); got != filter.NotYet {
		t.Errorf("a key that was not looked up: %d", got)
	}
	if got := x.passes(f, "/a"); got != filter.No {
		t.Errorf("a key whose last write cannot be had: %d", got)
	}
	for _, c := range []struct {
		text string
		kept bool
	}{{"type:created", true}, {"by:kubelet", true}, {"field:.data", false}, {"field:.spec", false}, {"by:kubelet", false}} {
		if f, err = filter.Parse(c.text, nil); err != nil {
			t.Fatal(err)
		}
		if x.adopt(f); (len(x.of) > 0) != c.kept {
			t.Errorf("%s: what was looked up is kept: %v", c.text, !c.kept)
		}
		x.of = map[string]fact{"/b": {typ: etcdsource.Updated}}
	}
}

// TestWrittenMeanwhile: what was looked up of a key is dropped where the key was written since the look-up began.
func TestWrittenMeanwhile(t *testing.T) {
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "backup.db"))
	x := &New(h, v).(*Feature).find.facts
	x.busy, x.written = true, map[string]bool{}
	x.forget(etcdsource.Batch{Events: []etcdsource.Event{{Key: []byte("a")}}})
	x.on(factsMsg{of: map[string]fact{"a": {}, "b": {}}})
	if _, old := x.of["a"]; old || len(x.of) != 1 || x.busy {
		t.Errorf("known: %v, busy %t", x.of, x.busy)
	}
	x.forget(etcdsource.Batch{Events: []etcdsource.Event{{Key: []byte("b")}}})
	if len(x.of) != 0 {
		t.Errorf("known after a write: %v", x.of)
	}
}
