package report

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// TestLooksEarly: of a long history the objects are looked at as soon as that is asked for, and it is read itself only when the
// report is; of a short one nothing is begun early.
func TestLooksEarly(t *testing.T) {
	t.Parallel()
	m := tuitest.NewMemory(etcdsource.KindFile, "file")
	m.Put("/registry/pods/shop/web", []byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"shop","uid":"u"},"status":{"phase":"Pending"}}`))
	h, v := hosttest.View(t, m)
	v.Flow.Attributor = &attribution.Stream{}
	f := New(h, v).(*Feature)
	if cmd, _ := f.Update(host.SumUp{Early: true}); cmd != nil || f.summing.busy {
		t.Fatal("a short history is not waited for")
	}
	m.Load([]etcdsource.Event{{Key: []byte("/registry/configmaps/shop/flags"), Value: setBy(1), Type: etcdsource.Created, Create: manyWrites + 5, Mod: manyWrites + 5, Version: 1}})
	v.State.Head = manyWrites + 5
	cmd, _ := f.Update(host.SumUp{Early: true})
	msgs := make(chan tea.Msg, 8)
	for _, c := range cmd().(tea.BatchMsg) {
		go func() { msgs <- c() }()
	}
	next := func() host.SummedUp {
		t.Helper()
		for {
			select {
			case msg := <-msgs:
				if msg == nil {
					continue
				}
				if cmd, _ := f.Update(msg); cmd != nil {
					go func() { msgs <- cmd() }()
				}
				return h.Published[len(h.Published)-1].(host.SummedUp)
			case <-time.After(10 * time.Second):
				t.Fatal("nothing follows")
			}
		}
	}
	first := next()
	if a := first.Account; a == nil || a.History || a.NotConverged != 1 || a.Partial {
		t.Fatalf("early it says %+v", first)
	}
	select {
	case <-f.summing.hold.ended:
		t.Fatal("the history is read before it is asked for")
	default:
	}
	if cmd, _ := f.Update(host.SumUp{}); cmd != nil {
		t.Error("the report is begun once more")
	}
	last := next()
	for !last.Account.History {
		last = next()
	}
	if len(last.Account.Writers) == 0 || f.account != last.Account {
		t.Errorf("at the end it says %+v", last.Account)
	}
}
