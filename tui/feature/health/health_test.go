package health

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// cluster is a source whose members answer what the test says.
type cluster struct {
	*tuitest.Memory
	probes int
	down   int // members that do not answer
	err    error
}

func (c *cluster) Probe(context.Context) (etcdsource.Probe, error) {
	c.probes++
	p := etcdsource.Probe{Time: time.Unix(1e9, 0), Cluster: 1}
	for i := range 3 {
		m := etcdsource.Member{ID: uint64(i + 1), Name: fmt.Sprintf("m%d\x1b", i), ClientURLs: []string{"http://10.0.0.1:2379"}, PeerURLs: []string{"http://10.0.0.1:2380"}, Endpoint: "http://10.0.0.1:2379"}
		if m.Fault = "nothing listens there"; i >= c.down {
			m.Answered, m.Fault, m.Read = true, "", etcdsource.MemberRead{Took: time.Millisecond}
			m.Status = etcdsource.MemberStatus{Version: "3.6.16", DBSize: 1 << 20, DBInUse: 1 << 19, Quota: 2 << 30, Leader: 3, Applied: 9, Revision: 7}
			if c.down > 1 {
				m.Status.Leader, m.Read = 0, etcdsource.MemberRead{Fault: "no leader"}
			}
		}
		p.Members = append(p.Members, m)
	}
	return p, c.err
}

// screen is what the pane draws, and fails where a row is not as wide as the pane, or holds what a terminal would obey.
func screen(t *testing.T, p *Pane, w, h int) string {
	t.Helper()
	p.Resize(w, h)
	var all strings.Builder
	for y := range h {
		row := ansi.Strip(string(p.Row(nil, y)))
		if ansi.StringWidth(row) != w || strings.Contains(row, "\x1b") {
			t.Errorf("row %d is %d wide, not %d: %q", y, ansi.StringWidth(row), w, row)
		}
		all.WriteString(row + "\n")
	}
	return all.String()
}

// TestHealthScreen: 8 asks the members and shows the verdict first, and it asks again by itself only while it is shown.
func TestHealthScreen(t *testing.T) {
	src := &cluster{Memory: tuitest.NewMemory(etcdsource.KindLive, "live"), down: 1}
	h, v := hosttest.View(t, src)
	v.Panes.Style.Now = time.Unix(1e9, 0)
	f := New(h, v).(*Feature)
	cmd, took := f.Act(keymap.Pane8)
	if !took || h.Focused != Screen || f.ask(v.Panes.Style.Now, f.onScreen()) != nil {
		t.Fatal("it does not ask, or twice at once")
	}
	f.busy = false
	if cmd == nil || !hosttest.Run(f, f.ask(v.Panes.Style.Now, f.onScreen())) || src.probes != 1 {
		t.Fatalf("%d probes", src.probes)
	}
	for _, size := range [][2]int{{80, 20}, {200, 56}, {40, 10}, {120, 30}} {
		s := screen(t, f.pane, size[0], size[1])
		if !strings.HasPrefix(strings.TrimLeft(s, " ❯>"), "DEGRADED: 3 members, 2 of them up") {
			t.Errorf("%v:\n%s", size, s)
		}
	}
	if s := screen(t, f.pane, 200, 60); !strings.Contains(s, "member remove 1") || !strings.Contains(s, "no answer") || !strings.Contains(s, "If m1␛ or m2␛ dies") {
		t.Errorf("it lacks a command:\n%s", s)
	}
	tick := func(after time.Duration) bool {
		v.Panes.Style.Now = v.Panes.Style.Now.Add(after)
		cmd, _ := f.Update(host.Tick{Now: v.Panes.Style.Now})
		return hosttest.Run(f, cmd)
	}
	if tick(time.Second) || !tick(5*time.Second) {
		t.Error("it asks too often, or not again")
	}
	v.State.Status.NoQuorum = true
	if !tick(time.Second) || tick(time.Second) {
		t.Error("it does not ask at once when the quorum is lost, or too often then")
	}
	v.State.Status.NoQuorum = false
	h.Focused = 1
	if tick(time.Minute) {
		t.Error("it asks while it is not shown")
	}
	h.Focused, src.down = Screen, 2
	if !tick(time.Minute) || !strings.Contains(screen(t, f.pane, 80, 20), "NO QUORUM: 1 of 3 members can serve") {
		t.Error(screen(t, f.pane, 80, 20))
	}
	src.err = fmt.Errorf("gone")
	if !tick(time.Minute) || !strings.Contains(screen(t, f.pane, 80, 20), "cannot be asked: gone") || !strings.Contains(f.pane.Title().Right, "not since") {
		t.Error("an error is not said, or what was known is lost")
	}
}

// TestCopyCommand: enter unfolds an advice, and copies the command under the cursor, whole.
func TestCopyCommand(t *testing.T) {
	src := &cluster{Memory: tuitest.NewMemory(etcdsource.KindLive, "live"), down: 1}
	h, v := hosttest.View(t, src)
	f := New(h, v).(*Feature)
	f.pane.Resize(60, 20)
	f.Act(keymap.Pane8)
	f.busy = false
	hosttest.Run(f, f.ask(v.Panes.Style.Now, f.onScreen()))
	goTo := func(done func(line) bool) {
		t.Helper()
		f.pane.Do(keymap.First)
		for range len(f.pane.lines) {
			if done(f.pane.at()) {
				return
			}
			f.pane.Do(keymap.Down)
		}
		t.Fatal("there is no such line")
	}
	goTo(func(l line) bool { return strings.Contains(l.command, "member remove") })
	f.Act(keymap.Open)
	if len(h.Copied) != 1 || !strings.HasPrefix(h.Copied[0], "etcdctl --endpoints=") || !strings.HasSuffix(h.Copied[0], "member remove 1") {
		t.Errorf("copied %q", h.Copied)
	}
	goTo(func(l line) bool { return l.advice != "" })
	n := len(f.pane.lines)
	f.Act(keymap.Open)
	if len(f.pane.lines) >= n || f.pane.at().advice == "" {
		t.Errorf("folded: %d lines, were %d", len(f.pane.lines), n)
	}
	f.Act(keymap.Open)
	if len(f.pane.lines) != n {
		t.Errorf("unfolded: %d lines, were %d", len(f.pane.lines), n)
	}
	f.pane.Do(keymap.First)
	if f.Act(keymap.Open); len(h.Copied) != 1 {
		t.Errorf("copied %q", h.Copied)
	}
	was := f.pane.at().id
	f.pane.Show(f.pane.report)
	if f.pane.at().id != was {
		t.Error("the cursor moved when the members were asked again")
	}
}

// TestOutageOffersTheFile: without a quorum it looks once for what lies on this machine, and enter opens that beside.
func TestOutageOffersTheFile(t *testing.T) {
	src := &cluster{Memory: tuitest.NewMemory(etcdsource.KindLive, "live"), down: 3}
	h, v := hosttest.View(t, src)
	looked := 0
	h.Uses.Offline = func(context.Context, host.Target) etcdsource.Offline {
		looked++
		return etcdsource.Offline{Copies: []etcdsource.Copy{{Path: "/var/lib/etcd", DataDir: true, Revision: 7}}}
	}
	f := New(h, v).(*Feature)
	f.pane.Resize(80, 40)
	f.Act(keymap.Pane8)
	f.busy = false
	for cmd := f.ask(v.Panes.Style.Now, f.onScreen()); cmd != nil; {
		cmd, _ = f.Update(cmd())
	}
	f.next = time.Time{}
	for cmd := f.ask(v.Panes.Style.Now, f.onScreen()); cmd != nil; {
		cmd, _ = f.Update(cmd())
	}
	if looked != 1 {
		t.Errorf("it looked %d times", looked)
	}
	f.pane.Do(keymap.First)
	for range len(f.pane.lines) {
		if f.pane.at().path != "" {
			break
		}
		f.pane.Do(keymap.Down)
	}
	f.Act(keymap.Open)
	if len(h.Targets) != 1 || h.Targets[0].Path != "/var/lib/etcd" || len(h.Copied) != 0 {
		t.Errorf("opened %+v, copied %q:\n%s", h.Targets, h.Copied, screen(t, f.pane, 80, 40))
	}
}

// TestNoMembers: a file has no members to ask, and the screen says so.
func TestNoMembers(t *testing.T) {
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
	f := New(h, v)
	if _, took := f.Act(keymap.Pane8); !took || len(h.Said) != 1 || h.Focused == Screen {
		t.Errorf("it said %q", h.Said)
	}
	if _, took := f.Act(keymap.Requests); took {
		t.Error("it takes another action")
	}
	if _, took := f.Back(); took {
		t.Error("it takes esc")
	}
}

// TestFollowsTheStream: what the stream of changes says of the quorum is in the verdict before the members have answered again, and
// whoever shows the verdict elsewhere has them asked as often as the screen, and is given it.
func TestFollowsTheStream(t *testing.T) {
	src := &cluster{Memory: tuitest.NewMemory(etcdsource.KindLive, "live"), down: 1}
	h, v := hosttest.View(t, src)
	v.Panes.Style.Now = time.Unix(1e9, 0)
	f := New(h, v).(*Feature)
	f.pane.Resize(120, 30)
	asks := func(after time.Duration) bool {
		v.Panes.Style.Now = v.Panes.Style.Now.Add(after)
		cmd, took := f.Update(host.AskMembers{})
		return took && hosttest.Run(f, cmd)
	}
	judged := func() health.Verdict { return h.Published[len(h.Published)-1].(host.Judged).Report.Verdict }
	if !asks(0) || asks(time.Second) || !asks(askEvery) || judged() != health.Degraded {
		t.Fatal("it does not ask for another, or too often")
	}
	v.State.Status.NoQuorum = true
	f.Update(host.Settling{})
	if s := screen(t, f.pane, 120, 30); !strings.Contains(s, "NO QUORUM: the member that is read has no leader") || judged() != health.NoQuorum {
		t.Errorf("the verdict is another than the header's:\n%s", s)
	}
	if src.down = 2; !asks(time.Second) || judged() != health.NoQuorum || !strings.Contains(screen(t, f.pane, 120, 30), "1 of 3 members can serve") {
		t.Error(screen(t, f.pane, 120, 30))
	}
	v.State.Status.NoQuorum = false
	f.Update(host.Settling{})
	if judged() != health.Degraded || strings.Contains(screen(t, f.pane, 120, 30), "NO QUORUM") {
		t.Error("no quorum is said though it is back")
	}
	if src.down = 0; !asks(time.Second) || judged() != health.Healthy {
		t.Error("it is not asked again when the quorum is back")
	}
	v.State.Info.Alarm = "NOSPACE"
	if !asks(time.Second) {
		t.Error("it is not asked when an alarm is raised")
	}
}
