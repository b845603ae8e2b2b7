package restore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/restore"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// planOf is the plan of a kubeadm cluster's backup, with a danger that stops where stopped.
func planOf(path string, stopped bool) *restore.Plan {
	f := restore.Facts{File: restore.File{Path: path, Revision: 4000, Keys: 12, Bytes: 1 << 20, Version: "3.6.0"}, Contents: &restore.Contents{Terminating: []string{"shop\x1b"}},
		Given: restore.Given{Distribution: "kubeadm", InitialCluster: "cp1=https://10.0.0.11:2380"}, Now: time.Unix(1e9, 0)}
	f.Node.Data.Free = -1
	f.Node.Files = []etcdsource.NodeFile{{What: "cluster CA key", Path: "/etc/kubernetes/pki/ca.key"}}
	f.Given.Rooted = stopped
	return restore.Make(&f)
}

// driver runs the feature without a program: what a batch of commands answers is given to it, one after the other.
type driver struct {
	t *testing.T
	f *Feature
	h *hosttest.Host
}

func newDriver(t *testing.T) *driver {
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindLive, "live"))
	d := &driver{t: t, f: New(h, v).(*Feature), h: h}
	h.Uses.Plan = func(_ context.Context, path string, _ []restore.Beside, report func(string)) (*restore.Plan, error) {
		report("reading")
		return planOf(path, false), nil
	}
	d.f.pane.Resize(80, 22)
	return d
}

// msgs are what a command answers, those of a batch in their order.
func msgs(cmd tea.Cmd) []tea.Msg {
	if cmd == nil {
		return nil
	}
	switch m := cmd().(type) {
	case nil:
		return nil
	case tea.BatchMsg:
		var out []tea.Msg
		for _, c := range m {
			out = append(out, msgs(c)...)
		}
		return out
	default:
		return []tea.Msg{m}
	}
}

// run runs a command and all that follows from it.
func (d *driver) run(cmd tea.Cmd) {
	d.t.Helper()
	for todo := msgs(cmd); len(todo) > 0; todo = todo[1:] {
		next, took := d.f.Update(todo[0])
		if !took {
			d.t.Errorf("it does not take its own %T", todo[0])
		}
		todo = append(todo, msgs(next)...)
	}
}

func (d *driver) act(a keymap.Action) {
	d.t.Helper()
	cmd, took := d.f.Act(a)
	if !took {
		d.t.Errorf("it does not take %s", a)
	}
	d.run(cmd)
}

// screen is what the pane draws; every row is as wide as the pane, and holds nothing that a terminal would obey.
func (d *driver) screen() string {
	d.t.Helper()
	var all strings.Builder
	p := d.f.pane
	for y := range p.h {
		row := ansi.Strip(string(p.Row(nil, y)))
		if ansi.StringWidth(row) != p.w || strings.Contains(row, "\x1b") {
			d.t.Errorf("row %d is %d wide, not %d: %q", y, ansi.StringWidth(row), p.w, row)
		}
		all.WriteString(row + "\n")
	}
	return all.String()
}

// goTo moves the cursor to the first line that holds a text.
func (d *driver) goTo(want string) {
	d.t.Helper()
	d.f.pane.Do(keymap.First)
	for range len(d.f.pane.lines) {
		if l := d.f.pane.at(); strings.Contains(l.head+l.text, want) {
			return
		}
		d.f.pane.Do(keymap.Down)
	}
	d.t.Fatalf("%q is not there:\n%s", want, d.screen())
}

func (d *driver) see(want string) {
	d.t.Helper()
	if s := d.screen(); !strings.Contains(s, want) {
		d.t.Errorf("%q is not there:\n%s", want, s)
	}
}

func TestAPlanOnTheScreen(t *testing.T) {
	d := newDriver(t)
	cmd, took := d.f.Update(host.PlanRestore{Path: "/backups/etcd.db"})
	if !took || d.h.Focused != Screen {
		t.Fatal("it does not plan")
	}
	d.see("Planning")
	if again, _ := d.f.Update(host.PlanRestore{Path: "/backups/other.db"}); again != nil {
		t.Error("it plans two at once")
	}
	d.run(cmd)
	for _, want := range []string{"Nothing stops the restore; 1 warning", "▸ WARNING 1 namespace being deleted", "rehearsal", "Planned for kubeadm, 1 member", "2 cp1  Take the API server and etcd out"} {
		d.see(want)
	}
	d.goTo("1 namespace being deleted")
	d.act(keymap.Open)
	d.see("- shop␛")
	d.act(keymap.Collapse)
	d.goTo("Restore member cp1")
	d.act(keymap.Expand)
	for _, size := range [][2]int{{40, 10}, {80, 20}, {120, 60}, {200, 56}} {
		d.f.pane.Resize(size[0], size[1])
		d.screen()
	}
	d.goTo("--bump-revision")
	d.act(keymap.Open)
	if len(d.h.Copied) != 1 || !strings.HasPrefix(d.h.Copied[0], "etcdutl snapshot restore /backups/etcd.db") || !strings.Contains(d.h.Copied[0], "--name cp1") {
		t.Errorf("copied %q", d.h.Copied)
	}
	d.act(keymap.Collapse)
	if !strings.Contains(d.f.pane.at().text, "Restore member cp1") || strings.Contains(d.screen(), "--bump-revision") {
		t.Errorf("a step does not fold from one of its lines:\n%s", d.screen())
	}
	if _, took := d.f.Back(); !took || d.h.Focused == Screen {
		t.Error("esc does not leave")
	}
}

func TestWhatStopsIsUnfolded(t *testing.T) {
	d := newDriver(t)
	d.h.Uses.Plan = func(_ context.Context, path string, _ []restore.Beside, _ func(string)) (*restore.Plan, error) {
		return planOf(path, true), nil
	}
	d.run(d.f.plan("/backups/etcd.db"))
	for _, want := range []string{"STOP: 1 danger", "▾ STOP", "bring it back from a backup", "missing   /etc/kubernetes/pki/ca.key"} {
		d.see(want)
	}
	d.h.Uses.Plan = func(context.Context, string, []restore.Beside, func(string)) (*restore.Plan, error) {
		return nil, errors.New("gone")
	}
	d.run(d.f.plan("/backups/etcd.db"))
	d.see("No plan: gone")
}

func TestARehearsalOnTheScreen(t *testing.T) {
	d := newDriver(t)
	for _, c := range []struct {
		found etcdsource.Rehearsed
		err   error
		want  string
	}{
		{etcdsource.Rehearsed{Members: 3, Keys: 12, Equal: true, Revision: 1_000_004_000, Took: 2 * time.Second}, nil, "3 members: 12 keys, all equal"},
		{etcdsource.Rehearsed{Members: 1, Why: "the value of x differs"}, nil, "NOT EQUAL: the value of x differs"},
		{etcdsource.Rehearsed{}, errors.New("no room"), "no room"},
		{etcdsource.Rehearsed{}, context.Canceled, "none yet"},
	} {
		d.run(d.f.plan("/backups/etcd.db"))
		var asked etcdsource.RehearseOptions
		d.h.Uses.Rehearse = func(_ context.Context, path string, o etcdsource.RehearseOptions) (etcdsource.Rehearsed, error) {
			if asked = o; path != "/backups/etcd.db" || o.Ready != nil {
				t.Errorf("it rehearses %s, and keeps it: %v", path, o.Ready != nil)
			}
			o.Progress("comparing")
			return c.found, c.err
		}
		d.f.pane.Resize(160, 22)
		cmd := d.f.rehearse(3, false, false)
		d.see("esc gives it up")
		d.run(cmd)
		if d.see(c.want); asked.Members != 3 || asked.Bump == 0 || len(asked.Avoid) != 1 {
			t.Errorf("%+v", asked)
		}
	}
}

// TestARestoredStoreIsHeldWhileItsTabIsOpen: it is opened, and compared where that was asked; its members end with its tab.
func TestARestoredStoreIsHeldWhileItsTabIsOpen(t *testing.T) {
	d := newDriver(t)
	d.run(d.f.plan("/backups/etcd.db"))
	served := make(chan error, 1)
	d.h.Uses.Rehearse = func(ctx context.Context, _ string, o etcdsource.RehearseOptions) (r etcdsource.Rehearsed, err error) {
		r = etcdsource.Rehearsed{Members: 1, Keys: 12, Equal: true}
		err = o.Ready(ctx, []string{"/scratch/c0"}, r)
		served <- err
		return r, err
	}
	cmd := d.f.rehearse(1, true, true)
	answers := make(chan tea.Msg, 4)
	for _, c := range cmd().(tea.BatchMsg) { // the rehearsal ends only when it is dropped
		go func() { answers <- c() }()
	}
	d.run(func() tea.Msg { m := (<-answers).(readyMsg); m.next = nil; return m })
	if len(d.h.Targets) != 1 || d.h.Targets[0].Rehearsed.Socket != "/scratch/c0" || !strings.Contains(d.h.Targets[0].String(), "rehearsal of etcd.db") {
		t.Fatalf("opened %+v", d.h.Targets)
	}
	d.see("it is open beside")
	d.h.Views = []host.Opened{{ID: d.f.held.tab}}
	d.f.Update(host.ViewOpened{ID: d.f.held.tab})
	if fmt.Sprint(d.h.Asked) != fmt.Sprint([]tea.Msg{host.CompareView{ID: d.f.held.tab}}) {
		t.Errorf("asked %+v", d.h.Asked)
	}
	d.f.Update(host.Tick{})
	if d.f.held.release == nil {
		t.Fatal("it is dropped while its tab is open")
	}
	d.h.Views, d.h.Focused = nil, layout.Keys
	d.f.Update(host.Settling{})
	if err := <-served; err != nil || d.h.Focused != Screen {
		t.Errorf("%v, the focus is on %v", err, d.h.Focused)
	}
	d.run(func() tea.Msg { return <-answers })
	d.see("all equal")
}

func TestEscGivesAPlanUp(t *testing.T) {
	d := newDriver(t)
	d.h.Focused = layout.Snapshots
	d.h.Uses.Plan = func(ctx context.Context, _ string, _ []restore.Beside, _ func(string)) (*restore.Plan, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	cmd := d.f.plan("/backups/etcd.db")
	if _, took := d.f.Back(); !took || d.h.Focused != layout.Snapshots {
		t.Error("esc does not give it up")
	}
	d.run(cmd)
	d.run(d.f.plan(""))
	if d.f.stop != nil || len(d.h.Said) != 2 {
		t.Errorf("it said %q", d.h.Said)
	}
}
