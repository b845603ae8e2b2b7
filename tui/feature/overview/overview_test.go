package overview

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/model/overview"
	"github.com/etcdscope/etcdscope/model/reconcile"
	"github.com/etcdscope/etcdscope/tui/host"
	pane "github.com/etcdscope/etcdscope/tui/overview"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// TestGathersOnce: the source is read when the overview is looked at, again when another time is shown or the user wants it,
// and not else.
func TestGathersOnce(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
	v.Opened.Roots = []string{v.Opened.Root}
	f := New(h, v).(*Feature)
	if cmd, _ := f.Update(host.Settling{}); cmd != nil {
		t.Error("it is read while it is not shown")
	}
	h.Focused = screen
	for _, c := range []struct {
		what   string
		change func()
		reads  bool
	}{
		{"the first look", func() {}, true}, {"another look", func() {}, false}, {"another time", func() { v.State.Gen++ }, true},
		{"the same time", func() {}, false}, {"a wish", func() { f.Update(host.Refreshing{}) }, true},
	} {
		c.change()
		if cmd, _ := f.Update(host.Settling{}); (cmd != nil) != c.reads {
			t.Errorf("%s: it is read: %t", c.what, cmd != nil)
		}
	}
	if _, took := f.Act(keymap.Requests); took {
		t.Error("it takes another action")
	}
}

// TestAccountArrives: how far the report is, then what it found, is in what is shown; a change of time drops it.
func TestAccountArrives(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
	f := New(h, v).(*Feature)
	h.Focused = screen
	f.Update(host.Settling{})
	f.Update(identifiedMsg{found: &overview.Overview{}})
	f.Update(host.SummedUp{Progress: "reading"})
	if f.reading != "reading" || f.account != nil {
		t.Error("the progress is lost")
	}
	f.Update(host.SummedUp{Account: &overview.Account{History: true}})
	if f.reading != "" || f.account == nil {
		t.Error("the account is lost")
	}
	v.State.Gen++
	if f.Update(host.Settling{}); f.account != nil {
		t.Error("the account is of another time")
	}
}

// TestFollowsTheCluster: while it is shown, the members are asked by the feature that knows when, what follows is shown at once, and
// so are the size and the revisions that are known.
func TestFollowsTheCluster(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindLive, "live"))
	v.State.Info.Spare = true
	f := New(h, v).(*Feature)
	h.Focused = screen
	f.Update(host.Settling{})
	info := v.State.Info
	info.Running, info.DBSize = true, 1<<20
	if f.Update(identifiedMsg{found: &overview.Overview{Info: info}}); v.State.Info.DBSize != info.DBSize {
		t.Errorf("the header has a size of %d, and not that of the overview", v.State.Info.DBSize)
	}
	f.pane.Resize(80, 30)
	shows := func(want string) {
		t.Helper()
		var all strings.Builder
		for y := range 30 {
			all.WriteString(ansi.Strip(string(f.pane.Row(nil, y))) + "\n")
		}
		if !strings.Contains(all.String(), want) {
			t.Errorf("it lacks %q:\n%s", want, all.String())
		}
	}
	for _, r := range []*health.Report{{Verdict: health.Healthy, Sentence: "3 members"}, {Verdict: health.NoQuorum, Sentence: "1 of 3"}, {Verdict: health.Healthy, Sentence: "3 again"}} {
		h.Asked = nil
		if f.Update(host.Tick{}); len(h.Asked) == 0 || h.Asked[0] != (host.AskMembers{}) {
			t.Fatalf("it asks %v", h.Asked)
		}
		f.Update(host.Judged{Report: r})
		shows(string(r.Verdict) + ": " + r.Sentence)
	}
	v.State.Head, v.State.Info.DBSize = 12345, 64<<20
	f.Update(host.Tick{})
	shows("12345")
	shows("64")
	f.Update(filledMsg{found: &overview.Overview{}}) // which was begun before that
	f.Update(host.Tick{})
	shows("12345")
	f.Update(host.Refreshing{})
	f.Update(identifiedMsg{err: errors.New("no member answers")})
	shows("healthy: 3 again")
	shows("no member answers")
	h.Focused, h.Asked = 1, nil
	v.Nav.Jump("/registry/pods/")
	if f.Update(host.Tick{}); !v.Nav.AtRoot() && len(h.Asked) != 0 {
		t.Error("it asks while it is not shown")
	}
}

// TestTriesAgainLater: where it cannot be read, the same is asked again only after a while, or when the user wants it: what is drawn would
// else ask without end.
func TestTriesAgainLater(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindLive, "live"))
	f := New(h, v).(*Feature)
	h.Focused = screen
	fails := func() {
		f.Update(identifiedMsg{err: errors.New("no member answers")})
	}
	f.Update(host.Settling{})
	if f.stage != identifying {
		t.Fatal("it is not read")
	}
	for range 3 {
		fails()
		f.stage = filled
		if f.Update(host.Settling{}); f.stage == identifying {
			t.Fatal("it is read again at once")
		}
		if f.Update(host.Tick{}); f.stage == identifying {
			t.Fatal("it is read again after a second")
		}
		v.Panes.Style.Now = v.Panes.Style.Now.Add(againAfter)
		if f.Update(host.Tick{}); f.stage != identifying {
			t.Fatal("it is not read again after a while")
		}
	}
	fails()
	f.stage = filled
	f.Update(host.Refreshing{})
	if f.Update(host.Settling{}); f.stage != identifying {
		t.Error("it is not read again when the user wants it")
	}
	fails()
	f.stage = filled
	v.State.Gen++
	if f.Update(host.Settling{}); f.stage != identifying {
		t.Error("another state is not read")
	}
}

// TestTakesTheRoom: where there is room for more than ten lines they are shown, and no column is longer than the screen while the
// others have room.
func TestTakesTheRoom(t *testing.T) {
	t.Parallel()
	v := &overview.Overview{Account: &overview.Account{History: true}}
	for i := range 32 {
		v.Account.Latest = append(v.Account.Latest, reconcile.Latest{Key: fmt.Sprintf("/registry/configmaps/a/%d", i), Revision: int64(i)})
		v.Account.Writers = append(v.Account.Writers, reconcile.Wrote{Writer: fmt.Sprint(i), Count: 1})
		v.Resources = append(v.Resources, overview.Resource{Name: fmt.Sprint(i), Keys: 1})
	}
	_, view := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
	w := overview.View{Opened: view.Opened, Size: func(int64) string { return "" }}
	count := func(rows, cols int) int {
		list := whole(v, w, cols, rows)
		left, right := pane.Heights(list, cols)
		if rows >= 30 && max(left, right) > rows {
			t.Errorf("%d rows: %d and %d are taken", rows, left, right)
		}
		return len(list[len(list)-1].Lines)
	}
	if n := count(20, 80); n != usual {
		t.Errorf("in one column there are %d changes", n)
	}
	if a, b := count(40, 160), count(56, 200); a <= usual || b <= a {
		t.Errorf("%d changes in 40 rows, %d in 56", a, b)
	}
}

// TestAccountComesLast: of a long history what waits is asked for at once, the account when the resources and the dates are there.
func TestAccountComesLast(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
	v.State.Head = manyWrites + 2
	f := New(h, v).(*Feature)
	h.Focused = screen
	f.Update(host.Settling{})
	if len(h.Asked) != 1 || h.Asked[0] != (host.SumUp{Early: true}) {
		t.Fatalf("first it asks %v", h.Asked)
	}
	f.Update(identifiedMsg{found: &overview.Overview{}})
	if cmd, _ := f.Update(filledMsg{found: &overview.Overview{}}); cmd != nil {
		t.Error("before the dates all values are read")
	}
	f.waited = maxWait
	if f.Update(host.Settling{}); len(h.Asked) != 1 {
		t.Errorf("before the dates it asks %v", h.Asked[1:])
	}
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	if cmd, _ := f.Update(datedMsg{window: overview.Window{FromTime: at, ToTime: at.Add(time.Hour)}}); cmd == nil {
		t.Error("with the dates nothing looks how values are encrypted")
	}
	if len(h.Asked) != 2 || h.Asked[1] != (host.SumUp{}) {
		t.Errorf("with the dates it asks %v", h.Asked[1:])
	}
	if w := f.found.Window; !w.FromTime.Equal(at) || !w.ToTime.Equal(at.Add(time.Hour)) {
		t.Errorf("the window is %+v", w)
	}
	f.stage, f.dating = filling, true
	if cmd, _ := f.Update(datedMsg{window: f.found.Window}); cmd != nil {
		t.Error("before the resources are counted all values are read")
	}
	f.Update(filledMsg{found: &overview.Overview{}}) // which was begun before the dates came
	if w := f.found.Window; !w.FromTime.Equal(at) || !w.ToTime.Equal(at.Add(time.Hour)) {
		t.Errorf("then the window is %+v", w)
	}
}

// TestRenews: of a running store whose past is at hand all is gathered again a while after it was written to, and the account is asked for
// what was written since; what is shown stays until then.
func TestRenews(t *testing.T) {
	t.Parallel()
	src := tuitest.NewMemory(etcdsource.KindDemo, "demo")
	src.Put("/registry/configmaps/a/b", []byte(`{"kind":"ConfigMap","apiVersion":"v1"}`))
	h, v := hosttest.View(t, src)
	v.State.Info.Spare, v.State.Info.Running = false, true
	f := New(h, v).(*Feature)
	h.Focused = screen
	f.Update(host.Settling{})
	first := &overview.Overview{Info: v.State.Info}
	f.Update(identifiedMsg{found: first})
	f.Update(filledMsg{found: first})
	f.Update(host.SummedUp{Account: &overview.Account{History: true}})
	now := v.Panes.Style.Now
	h.Asked = nil
	if f.Update(host.Tick{Now: now}); f.renewal.busy || len(h.Asked) == 0 || h.Asked[0] != (host.SumUp{Again: true}) {
		t.Errorf("it reads again though nothing was written: %v, and asks %v", f.renewal.busy, h.Asked)
	}
	v.State.Head++
	if f.Update(host.Tick{Now: now.Add(time.Second)}); f.renewal.busy {
		t.Error("it reads again at once")
	}
	if f.Update(host.Tick{Now: now.Add(renewSoon)}); !f.renewal.busy || f.found != first && f.found.Info != first.Info || f.account == nil {
		t.Errorf("it does not read again: %v, or shows nothing meanwhile", f.renewal.busy)
	}
	again := &overview.Overview{Info: v.State.Info, Keys: 77}
	if f.Update(renewedMsg{found: again, head: v.State.Head}); f.found.Keys != 77 || f.renewal.busy {
		t.Error("what was read again is not shown")
	}
	if f.Update(host.Tick{Now: now.Add(10 * renewSoon)}); f.renewal.busy {
		t.Error("it reads again though nothing was written since")
	}
}

// TestChecksumArrives: the verdict of a file that is shown goes on when its checksum is known.
func TestChecksumArrives(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
	f := New(h, v).(*Feature)
	h.Focused = screen
	f.pane.Resize(80, 30)
	f.Update(host.Settling{})
	f.Update(identifiedMsg{found: &overview.Overview{Info: v.State.Info}})
	f.Update(filledMsg{found: &overview.Overview{Info: v.State.Info}})
	v.State.Info.Integrity = etcdsource.Verdict{State: etcdsource.Passed, Text: "sha256 matches"}
	f.Update(host.Tick{})
	var all strings.Builder
	for y := range 30 {
		all.WriteString(ansi.Strip(string(f.pane.Row(nil, y))) + "\n")
	}
	if !strings.Contains(all.String(), "unchecked, sha256 matches") {
		t.Errorf("it shows\n%s", &all)
	}
}
