package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// noted is an etcd that keeps Events alone: one a minute about the Pod web, from 10:00 to 10:04.
func noted() *tuitest.Memory {
	m := tuitest.NewMemory(etcdsource.KindLive, "noted")
	for i := range 5 {
		at := time.Date(2026, 11, 22, 10, i, 0, 0, time.UTC).Format(time.RFC3339)
		m.Put(fmt.Sprintf("/registry/events/shop/web.%d", i), fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Event","metadata":{"name":"web.%d","namespace":"shop","uid":"e%[1]d","creationTimestamp":%[2]q},
"involvedObject":{"kind":"Pod","namespace":"shop","name":"web","uid":"u-web"},"type":"Warning","reason":"Minute","message":"number %[1]d","lastTimestamp":%[2]q,"source":{"component":"kubelet"}}`, i, at))
	}
	return m
}

// twoEtcds opens a cluster whose Events are in an etcd of their own, which fails while that is broken.
func twoEtcds(t *testing.T, broken *error) (*Model, *tuitest.Driver) {
	t.Helper()
	main, events := beating(etcdsource.KindLive), noted()
	main.Put("/registry/pods/shop/web", []byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"shop","uid":"u-web"},"status":{"phase":"Failed","reason":"Evicted"}}`))
	m := program(t, map[string]*tuitest.Memory{"other.db": shop()})
	of := m.deps.Open
	m.deps.Open = func(ctx context.Context, target host.Target, p host.Progress) (*learn.Opened, error) {
		src, etcds := main, []learn.Etcd{{Name: "events", Resources: []string{"events"}}}
		switch {
		case target.Path != "":
			return of(ctx, target, p)
		case target.Etcd == "events" && *broken != nil:
			return nil, *broken
		case target.Etcd == "events":
			src, etcds = events, []learn.Etcd{{Name: "main"}}
		}
		known, err := learn.From(ctx, src, learn.Options{Custom: true, Lenient: true, Prefix: target.Prefix})
		return &learn.Opened{Known: known, Source: src, Etcds: etcds}, err
	}
	return m, drive(t, m, 160, 40)
}

// TestOneTab: an etcd that keeps a folder alone is opened with the one of the cluster, in the same tab: its folder shows it, what
// lies elsewhere shows the other one again, and esc comes back.
func TestOneTab(t *testing.T) {
	var whole error
	m, d := twoEtcds(t, &whole)
	d.See("Events are in an etcd of their own, which is in this tab too")
	d.Settle("both open", func() bool { return len(m.tabs) == 2 && m.tabs[1].v.State != nil })
	d.Command("key /registry/events/shop/web.3")
	d.See("number 3")
	d.See("noted/events")
	d.Gone("1/2") // it is one tab
	d.Command("key /registry/configmaps/shop/flags")
	d.See("no. ")
	d.Gone("noted/events")
	d.Command("events")
	d.See("noted/events")
	d.Press("1 esc")
	d.Gone("noted/events")
	d.See("leased.db")
	if len(m.tabs) != 2 {
		t.Errorf("esc leaves %d views", len(m.tabs))
	}
	d.Command("open other.db")
	d.See("2/2")
	d.Press("\\")
	d.See("1/2")
	d.See("leased.db")
	d.Press("\\")
	d.See("2/2")
	d.Press("esc")
	d.See("leased.db")
	d.Press("esc")
	if len(m.tabs) != 2 || m.current != 0 {
		t.Errorf("%d views, number %d is shown", len(m.tabs), m.current)
	}
}

// TestTogether: a time moves both etcds of a tab, from either of them, and 0 brings both back; a revision is refused, since it says
// nothing in the other one.
func TestTogether(t *testing.T) {
	var whole error
	m, d := twoEtcds(t, &whole)
	d.Settle("both open", func() bool { return len(m.tabs) == 2 && m.tabs[1].v.State != nil })
	at := func(main, events int64) func() bool {
		return func() bool { return m.tabs[0].v.State.At == main && m.tabs[1].v.State.At == events }
	}
	for _, s := range []string{"4", "-5"} {
		d.Fill("T", s)
		d.See("a revision of one says nothing in the other: give a time")
	}
	d.Settle("nothing moves", at(0, 0))
	d.Fill("T", "10:02:30")
	d.Settle("both at 10:02:30", at(88, 4))
	d.Command("at 2026-11-22T10:00:50Z")
	d.Settle("both at 10:00:50", at(14, 2))
	d.Command("events")
	d.See("noted/events")
	d.See("number 0")
	d.Gone("number 1")
	d.Fill("T", "10:01:30")
	d.Settle("both at 10:01:30, from the other one", func() bool { return m.tabs[1].v.State.At == 3 && m.tabs[0].v.State.At > 14 })
	d.See("number 1")
	d.Press("0")
	d.Settle("both now", at(0, 0))
	d.Press("1 esc")
	d.See("leased.db")
	d.Fill("T", "10:03:30")
	d.Settle("both at 10:03:30", func() bool { return m.tabs[1].v.State.At == 5 && m.tabs[0].v.State.At > 88 })
	d.Press("[ [")
	d.Settle("the other one stays at that minute", func() bool { return m.tabs[1].v.State.At == 5 && m.tabs[0].v.State.At != 0 })
	d.Press("0")
	d.Settle("both now", at(0, 0))
}

// TestJoinedByTime: the report names the Events about an object, and the sequence has them in their places, with the etcd's name
// in the place of a revision; enter goes there.
func TestJoinedByTime(t *testing.T) {
	var whole error
	m, d := twoEtcds(t, &whole)
	d.Settle("both open", func() bool { return len(m.tabs) == 2 && m.tabs[1].v.State != nil })
	d.Press("6")
	d.See("Evicted")
	d.See("in etcd events: Warning Minute: number 4")
	d.Press("esc")
	d.Command("key /registry/pods/shop/web")
	d.See("Pod shop/web")
	d.Press("5")
	d.See("Minute: number 4")
	if row := d.Row("events + "); !strings.Contains(row, "kubelet") || !strings.Contains(row, "Minute: number") {
		t.Errorf("the row of an Event is %q in\n%s", row, d.Text())
	}
	d.Press("home enter")
	d.See("noted/events")
}

// TestOtherEtcdFails: where the other etcd cannot be opened the cluster is shown, and its folder tries again.
func TestOtherEtcdFails(t *testing.T) {
	broken := errors.New("connect to 10.0.0.9:4002: refused")
	m, d := twoEtcds(t, &broken)
	d.See("Etcd events of this node: connect to 10.0.0.9:4002: refused")
	d.See("leased.db")
	if len(m.tabs) != 1 {
		t.Errorf("%d views", len(m.tabs))
	}
	broken = nil
	d.Command("events")
	d.See("noted/events")
	d.See("number 4")
}
