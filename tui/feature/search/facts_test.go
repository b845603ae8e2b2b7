package search

import (
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/filter"
)

// TestLastWriteNotKnown: what was not looked up, or was looked up for another filter, is pending; what cannot be had is left out.
func TestLastWriteNotKnown(t *testing.T) {
	t.Parallel()
	f, err := filter.Parse("type:updated", nil)
	if err != nil {
		t.Fatal(err)
	}
	x := &facts{text: "type:updated", of: map[string]fact{"/a": {unknown: true}, "/b": {typ: etcdsource.Updated}}}
	if got := x.passes(f, "/c"); got != filter.NotYet {
		t.Errorf("a key that was not looked up: %d", got)
	}
	if got := x.passes(f, "/a"); got != filter.No {
		t.Errorf("a key whose last write cannot be had: %d", got)
	}
	x.text = "type:created"
	if got := x.passes(f, "/b"); got != filter.NotYet {
		t.Errorf("a key that was looked up for another filter: %d", got)
	}
}
