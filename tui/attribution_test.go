package tui

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/timeline"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/view"
)

// TestWritersOfTheFeed: the past of a file and the changes of a live store get their writers; / filters by them.
func TestWritersOfTheFeed(t *testing.T) {
	m := program(t, map[string]*tuitest.Memory{"": quarrel(etcdsource.KindFile)})
	d := drive(t, m, 200, 60)
	d.See("✓ kubectl-edit")
	d.Press("3 /")
	d.Type("by:flagger")
	d.See("/by:flagger  3 rows")
	d.Press("enter")
	d.Press("esc")
	d.See("of the whole store")

	src := quarrel(etcdsource.KindLive)
	m = program(t, map[string]*tuitest.Memory{"": src})
	d = drive(t, m, 200, 60)
	listed(d)
	src.Put("/registry/configmaps/shop/flags", set(6))
	src.Put("/registry/configmaps/shop/flags", set(7))
	d.See("✓ kubectl-edit")
	m.onTick(host.Tick{Now: time.Now().Add(2 * time.Second)})
	d.See("kubectl-edit")
}

// TestNextWrite: while the feed is paused, ] takes one write a key press and says it; [ goes back.
func TestNextWrite(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {200, 60}} {
		src := quarrel(etcdsource.KindLive)
		m := program(t, map[string]*tuitest.Memory{"": src})
		d := drive(t, m, size[0], size[1])
		listed(d)
		src.Put("/registry/configmaps/shop/flags", set(6))
		d.See("rev 11")
		d.Press("F")
		d.See("PAUSED")
		d.Press("]")
		d.See("Nothing has been written since")
		src.Put("/registry/configmaps/shop/flags", set(7))
		src.Put("/registry/configmaps/shop/flags", set(8))
		d.See("rev 13")
		d.Settle("judged", func() bool {
			_, ok := m.view().Panes.Changes.Verdict(timeline.ID{Rev: 13})
			return ok
		})
		d.Press("]")
		d.See("changed configmaps/shop/flags")
		d.See("revision 12")
		d.See("ConfigMap shop/flags")
		d.See(`resourceVersion: "12"`)
		d.Press("]")
		d.See("revision 13")
		d.See("flagger")
		d.Press("[")
		d.See("revision 12")
		d.Press("F")
		d.See("LIVE")
	}
}

// TestTimelineIsOverruled: what the neighbours of a change say counts more than what its key alone says.
func TestTimelineIsOverruled(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindFile, "owned")
	src.Put("/registry/namespaces/shop", []byte(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop","uid":"u-ns"}}`))
	rs := `{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"web","namespace":"shop","uid":"u-web"},"spec":{"replicas":1}}`
	pod := `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-1","namespace":"shop","uid":"u-pod","ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web","uid":"u-web","controller":true}]}}`
	src.Put("/registry/replicasets/shop/web", []byte(rs))
	src.Put("/registry/pods/shop/web-1", []byte(pod))
	src.Put("/registry/replicasets/shop/web", nil)
	src.Put("/registry/pods/shop/web-1", nil)
	m := program(t, map[string]*tuitest.Memory{"": src})
	d := drive(t, m, 200, 60)
	d.See("replicasets")
	d.Command("key /registry/pods/shop/web-1")
	d.Settle("the collector is named", func() bool {
		v := m.view().Panes.History.Verdict(6)
		return v.Controller == "generic-garbage-collector"
	})
	rows := m.view().Panes.History.Changes()
	if alone := (view.Describer{Root: "/registry/"}).Writers(t.Context(), rows)[6]; alone.Controller != "" {
		t.Errorf("the key alone names %s: nothing is overruled", alone.Controller)
	}
}

// TestPastIsDescribed: what the changes of the past did is asked for as soon as they are on the screen.
func TestPastIsDescribed(t *testing.T) {
	var past tea.Msg
	m := program(t, map[string]*tuitest.Memory{"": quarrel(etcdsource.KindFile)})
	d := tuitest.New(t, m, 200, 60, func(msg tea.Msg) bool {
		switch msg.(type) {
		case host.Passing:
			return true
		case view.FeedMsg:
			if past == nil {
				past = msg
				return true
			}
		}
		return false
	})
	listed(d)
	d.Drain()
	d.Settle("the past", func() bool { return past != nil })
	if m.Update(past); !m.view().Flow.Describing {
		t.Error("the changes of the past are on the screen, and nobody asks what they did")
	}
}
