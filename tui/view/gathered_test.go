package view

import (
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestGatheredIsBounded reads more changes than are kept: the newest stay, whole revisions, and the rest is said.
func TestGatheredIsBounded(t *testing.T) {
	m := &FeedMsg{}
	g := gathered{FeedMsg: m}
	const n, perRevision = 3*feedWindow + 17, 3
	value := make([]byte, 1<<10)
	for i := range n {
		g.add(&etcdsource.Event{Key: []byte("k"), Value: value, Mod: int64(i/perRevision) + 5, Sub: int64(i % perRevision), Type: etcdsource.Updated})
	}
	if k := len(m.events); k < feedWindow || k > 2*feedWindow+perRevision || m.events[0].Sub != 0 || m.lost.From != 5 || m.lost.To != m.events[0].Mod-1 {
		t.Fatalf("%d changes from %d/%d on, lost %+v", k, m.events[0].Mod, m.events[0].Sub, m.lost)
	}
	held := 0
	for i := range m.events {
		held += len(m.events[i].Value)
	}
	if last := m.events[len(m.events)-1]; held > feedValues || held < feedValues/2 || last.Value == nil || last.Mod != (n-1)/perRevision+5 {
		t.Errorf("%d bytes of values, the last is %d with %d bytes", held, last.Mod, len(last.Value))
	}
}
