package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/model/reconcile"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/report"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
	"github.com/etcdscope/etcdscope/tui/view"
)

// TestReportSaysOfWhat: the report says which revisions it is of, or that there are none.
func TestReportSaysOfWhat(t *testing.T) {
	t.Parallel()
	for writes, want := range map[int]string{0: "nothing was written", 1: "revisions 2 to 2", 3: "revisions 2 to 4"} {
		m := tuitest.NewMemory(etcdsource.KindFile, "file")
		for i := range writes {
			m.Put("/registry/configmaps/shop/flags", setBy(i))
		}
		known, err := learn.From(t.Context(), m, learn.Options{Lenient: true})
		if err != nil {
			t.Fatal(err)
		}
		s := &summer{d: view.Describer{Decoder: known.Decoder, Kinds: known.Kinds, Root: known.Root}, src: m, upTo: int64(writes + 1), head: int64(writes + 1),
			out: make(chan reportMsg, 1)}
		c, _, err := s.run(t.Context())
		if err != nil || c.Of != want {
			t.Errorf("of %d writes it says %q, want %q; %v", writes, c.Of, want, err)
		}
	}
}

// TestReportLooksFirst: before a long history is read, what has not converged is said of the objects as they are, with how far it
// is; the report itself takes that place.
func TestReportLooksFirst(t *testing.T) {
	t.Parallel()
	m := tuitest.NewMemory(etcdsource.KindFile, "file")
	m.Put("/registry/pods/shop/web", []byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"shop","uid":"u"},"status":{"phase":"Pending"}}`))
	h, v := hosttest.View(t, m)
	f := New(h, v).(*Feature)
	known := v.Opened
	s := &summer{Ask: v.Ask(), d: view.Describer{Decoder: known.Decoder, Kinds: known.Kinds, Root: known.Root}, src: m, upTo: 2, head: 2, early: early{wanted: true}, out: make(chan reportMsg, 1)}
	s.look(t.Context(), reconcile.Store{Source: m, Decoder: known.Decoder, Kinds: known.Kinds, Root: known.Root})
	f.summing = summing{gen: v.State.Gen, busy: true, stop: func() {}}
	f.Update(<-s.out)
	last := func() host.SummedUp { return h.Published[len(h.Published)-1].(host.SummedUp) }
	if a := last().Account; a == nil || a.NotConverged != 1 || a.History || last().Progress == "" {
		t.Errorf("early it says %+v", last())
	}
	screen := func() (all string) {
		f.report.Resize(160, 20)
		for y := range 20 {
			all += ansi.Strip(string(f.report.Row(nil, y))) + "\n"
		}
		return all
	}
	if got := screen(); !strings.Contains(got, "pods/web -n shop") || !strings.Contains(got, "Not converged 1") {
		t.Errorf("early it shows\n%s", got)
	}
	s.progress(1, 2)
	f.Update(<-s.out)
	if a := last().Account; a == nil || last().Progress != "reading revision 1 of 2" {
		t.Errorf("then it says %+v", last())
	}
	c, a, err := s.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.Update(reportMsg{Ask: s.Ask, content: c, account: a})
	if a := last().Account; a == nil || !a.History || last().Progress != "" || f.account != a {
		t.Errorf("at the end it says %+v", last())
	}
}

// TestReportCountsUnreadable: what cannot be read is counted apart from what has not converged, as the overview counts it, and is
// not said to wait since it was written.
func TestReportCountsUnreadable(t *testing.T) {
	t.Parallel()
	m := tuitest.NewMemory(etcdsource.KindFile, "file")
	m.Put("/registry/pods/shop/web", []byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"shop","uid":"u"},"status":{"phase":"Pending"}}`))
	for _, name := range []string{"a", "b"} {
		m.Put("/registry/secrets/shop/"+name, []byte("k8s:enc:aescbc:v1:key1:0123456789abcdef0123456789abcdef"))
	}
	h, v := hosttest.View(t, m)
	f := New(h, v).(*Feature)
	known := v.Opened
	s := &summer{Ask: v.Ask(), d: view.Describer{Decoder: known.Decoder, Kinds: known.Kinds, Root: known.Root}, src: m, upTo: 4, head: 4, out: make(chan reportMsg, 1)}
	c, a, err := s.run(t.Context())
	if err != nil || a.NotConverged != 1 || a.Undecodable != 2 {
		t.Fatalf("the overview says %+v; %v", a, err)
	}
	f.report.Show(c)
	f.report.Resize(160, 20)
	var got string
	for y := range 20 {
		got += ansi.Strip(string(f.report.Row(nil, y))) + "\n"
	}
	if !strings.Contains(got, "Not converged 1, 2 unreadable") || strings.Contains(got, "not converged since revision 3") || !strings.Contains(got, "written at revision 3") {
		t.Errorf("the report shows\n%s", got)
	}
}

// TestReportKeepsUp: a report is made again by itself while it is looked at, of a running store at its present, after
// something was written, when its time has come, and no other is being made.
func TestReportKeepsUp(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(h *hosttest.Host, f *Feature){
		"":                          func(*hosttest.Host, *Feature) {},
		"nobody looks":              func(h *hosttest.Host, _ *Feature) { h.Focused = layout.Keys },
		"the past is shown":         func(_ *hosttest.Host, f *Feature) { f.v.State.At = 2 },
		"nothing is running":        func(_ *hosttest.Host, f *Feature) { f.v.State.Info.Running = false },
		"one is being made":         func(_ *hosttest.Host, f *Feature) { f.summing.busy, f.summing.stop = true, func() {} },
		"it is of another state":    func(_ *hosttest.Host, f *Feature) { f.summing.gen++ },
		"nothing was written":       func(_ *hosttest.Host, f *Feature) { f.summing.head = f.v.State.Head },
		"the last one is just made": func(_ *hosttest.Host, f *Feature) { f.summing.next = f.v.Panes.Style.Now.Add(1) },
	} {
		h, v := hosttest.View(t, disputed())
		f := New(h, v).(*Feature)
		h.Focused, v.Panes.Style.Now, v.State.Info.Running = layout.Report, time.Unix(1000, 0), true
		f.summing = summing{gen: v.State.Gen, head: v.State.Head - 1}
		v.Flow.Attributor = &attribution.Stream{}
		change(h, f)
		cmd, _ := f.Update(host.Tick{})
		if (cmd != nil) != (name == "") {
			t.Errorf("%s: it is made again: %v", fmt.Sprintf("%q", name), cmd != nil)
		}
		f.stopReport()
	}
}

// TestReportOfAWriter: the overview's line of a writer leads to its row, whether the report is there or follows, in the overview's order.
func TestReportOfAWriter(t *testing.T) {
	t.Parallel()
	c := &report.Content{Writers: []reconcile.Wrote{{Writer: "kube-apiserver", Count: 9, Recent: 1}, {Writer: "kubelet", Count: 5, Recent: 5, Most: reconcile.Hot{Name: "/registry/minions/a"}}, {Writer: "scheduler", Count: 3, Most: reconcile.Hot{Name: "/registry/pods/d/web"}}}}
	for _, late := range []bool{false, true} {
		h, v := hosttest.View(t, disputed())
		f := New(h, v).(*Feature)
		v.Flow.Attributor = &attribution.Stream{}
		if !late {
			f.report.Show(c)
		}
		f.Update(host.ShowScreen{Name: "report/writers", Writer: c.Writers[2].ID()})
		if late {
			f.report.Show(&report.Content{Early: true})
			f.report.Show(c)
		}
		if key, _ := f.report.At(); key != "/registry/pods/d/web" || f.report.Section() != report.Writers {
			t.Errorf("late %v: the cursor is on %q of section %d", late, key, f.report.Section())
		}
	}
}

// TestReportOfDeleted: the overview's line about what no owner had made leads to the section of deleted objects, with these
// first; their list is a command, and so are the others.
func TestReportOfDeleted(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, disputed())
	h.Choices.Source = func(string, string) []string { return []string{"--from=x.db"} }
	f := New(h, v).(*Feature)
	v.Flow.Attributor = &attribution.Stream{}
	f.report.Show(&report.Content{Deleted: []reconcile.Gone{{Key: "/registry/configmaps/d/lost", Last: 3, Revision: 4}, {Key: "/registry/pods/d/owned", Last: 5, Revision: 6, Owned: true}}})
	if _, ok := f.Update(host.ShowScreen{Name: "report/deleted"}); !ok || h.Focused != layout.Report {
		t.Fatalf("it leads to %v", h.Focused)
	}
	if key, _ := f.report.At(); key != "/registry/configmaps/d/lost" {
		t.Errorf("the first one is %q", key)
	}
	f.Act(keymap.Copy)
	own := h.Asked[len(h.Asked)-1].(host.CopyMenu).Own
	if !strings.HasPrefix(own.Command, "etcdscope log -A --filter 'is:gone !kind:events' ") || own.Key != "/registry/configmaps/d/lost" {
		t.Errorf("copied is %+v", own)
	}
	f.report.To(report.Fights)
	f.Act(keymap.Copy)
	if own := h.Asked[len(h.Asked)-1].(host.CopyMenu).Own; !strings.HasPrefix(own.Command, "etcdscope report --part fights --limit=0 ") || own.Short != "" {
		t.Errorf("copied of another section is %+v", own)
	}
	only, _ := filter.Parse("nothing", nil)
	f.report.Sift(only)
	f.Act(keymap.Copy)
	if own := h.Asked[len(h.Asked)-1].(host.CopyMenu).Own; own.Short != "the filter" {
		t.Errorf("copied of what is filtered is %+v", own)
	}
}
