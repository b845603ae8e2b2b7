package tui

import (
	"fmt"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// beating is a store whose controller manager renews its lease every ten seconds from 10:00:00 on, for five minutes, and
// in which a ConfigMap is written between: ten times in the second minute, else once a beat.
func beating(kind etcdsource.Kind) *tuitest.Memory {
	m := tuitest.NewMemory(kind, "leased.db")
	m.Put("/registry/namespaces/shop", []byte(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop","uid":"u-ns"}}`))
	begin := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	n := 0
	for i := range 30 {
		at := begin.Add(time.Duration(10*i) * time.Second).Format("2006-01-02T15:04:05.000000Z07:00")
		m.Put("/registry/leases/kube-system/kube-controller-manager", fmt.Appendf(nil,
			`{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"kube-controller-manager","namespace":"kube-system","uid":"u-lease"},"spec":{"holderIdentity":"cp_1","renewTime":%q}}`, at))
		for range map[bool]int{true: 10, false: 1}[i/6 == 1] {
			n++
			m.Put("/registry/configmaps/shop/flags", stored("ConfigMap", "flags", fmt.Sprint("no. ", n)))
		}
	}
	m.Put("compact_rev_key", []byte("1"))
	return m
}

// TestTravelByTime goes to times, and steps by minutes, in a file and in a running store.
func TestTravelByTime(t *testing.T) {
	for _, kind := range []etcdsource.Kind{etcdsource.KindFile, etcdsource.KindLive} {
		t.Run(string(kind), func(t *testing.T) {
			m := program(t, map[string]*tuitest.Memory{"": beating(kind)})
			d := drive(t, m, 120, 30)
			listed(d)
			// A file dates each revision; of a running store one lease is asked, and what follows it belongs to it.
			for _, x := range []struct{ typed, file, live string }{
				{"2m", "91", "92"},
				{"10:02:30", "87", "88"},
				{"2026-11-22T10:00:50Z", "13", "14"},
			} {
				d.Fill("T", x.typed)
				d.See("AS OF rev " + map[etcdsource.Kind]string{etcdsource.KindFile: x.file, etcdsource.KindLive: x.live}[kind])
			}
			d.See("2026-11-22 10:00:5")
			d.Press(">")
			d.See("2026-11-22 10:01:5")
			d.Press("<")
			d.See("2026-11-22 10:00:5")
			d.Press("> >") // faster than the answers
			d.See("2026-11-22 10:02:5")
			for _, keys := range []string{"< < < < <", "<", "<"} {
				d.Press(keys)
				d.Settle("arrived", func() bool { return !walking(m) })
			}
			d.See("This is the oldest revision that can be read.")
			d.See("AS OF rev 1 ")
			d.Press("0")
			d.Gone("AS OF")
			d.Fill("T", "2026-11-21T10:00:00Z")
			d.See("Nothing from 2026-11-21 10:00:00Z is held")
		})
	}
}

func TestNothingIsDated(t *testing.T) {
	m := program(t, map[string]*tuitest.Memory{"": rollout()})
	d := drive(t, m, 80, 24)
	d.See("deployments")
	d.Fill("T", "10m")
	d.See("No lease of a control plane and no creation of an object")
	d.Press("<")
	d.See("AS OF rev 1 ")
	d.See("8 revisions before now")
	d.Press("> T")
	d.Gone("AS OF")
	d.Type("soon")
	d.Press("enter")
	d.See("Give a revision (4000, -500), how long ago (10m)")
}

// TestRateOfWrites draws the strip below the scale, and says what the next compaction of a running store keeps.
func TestRateOfWrites(t *testing.T) {
	m := program(t, map[string]*tuitest.Memory{"": beating(etcdsource.KindFile)})
	d := drive(t, m, 80, 24)
	listed(d)
	d.Press(":")
	d.Type("key /registry/configmaps/shop/flags")
	d.Press("enter T")
	d.Type("60")
	d.Press("enter")
	d.See("writes/s")
	d.Settle("at rest", func() bool {
		at := m.view()
		return !at.Tree.Reading() && at.State.Then.Whole && at.Panes.Object.Object() != nil && at.Panes.History.Known() && at.Panes.History.Current().Mod == 60
	})
	d.See("field: no. 47")
	golden(t, d, "asof-dated-80x24")

	src := beating(etcdsource.KindLive)
	d = drive(t, program(t, map[string]*tuitest.Memory{"": src}), 120, 30)
	listed(d)
	d.Fill("T", "100")
	edge := src.Put("compact_rev_key", []byte("100"))
	d.See(fmt.Sprintf("keeps revisions from %d on: not this one", edge))
}

// walking reports whether a time that was asked for has not been found yet.
func walking(m *Model) bool {
	for _, f := range m.tab().features {
		if w, ok := f.(interface{ Walking() bool }); ok {
			return w.Walking()
		}
	}
	return false
}
