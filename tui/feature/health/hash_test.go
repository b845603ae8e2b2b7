package health

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/hashcheck"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// copies is a source whose members hold what the test says.
type copies struct {
	cluster
	value  []string // of the one key, by member
	opened int
	held   chan struct{} // HashKV waits for it; nil for not
}

func (c *copies) Replicas(context.Context) (list []etcdsource.Replica, err error) {
	for i := range c.value {
		c.opened++
		list = append(list, &held{c, i})
	}
	return list, nil
}

type held struct {
	*copies
	i int
}

func (h *held) State(context.Context) etcdsource.ReplicaState {
	return etcdsource.ReplicaState{Name: "m" + string(rune('0'+h.i)) + "\x1b", ID: uint64(h.i + 1), Member: true, Leader: h.i == 0, Size: 1 << 20, Revision: 2, Compacted: -1}
}

func (h *held) HashKV(ctx context.Context, rev, _ int64) (etcdsource.Scan, error) {
	if h.held != nil {
		select {
		case <-h.held:
		case <-ctx.Done():
		}
	}
	return etcdsource.Scan{KVHash: etcdsource.KVHash{Hash: uint32(len(h.value[h.i])), Revision: rev}}, ctx.Err()
}

func (h *held) List(ctx context.Context, s etcdsource.Span, rev int64, f func([]etcdsource.Entry) error) error {
	p, _ := h.Page(ctx, s, rev)
	return f(p.Entries)
}

func (h *held) Page(_ context.Context, s etcdsource.Span, rev int64) (p etcdsource.Page, err error) {
	e := etcdsource.Entry{Key: []byte("/registry/\x1bkey"), Create: 2, Mod: 2, Version: 1}
	if s.Values {
		e.Value = []byte(h.value[h.i])
	}
	if s.Contains(e.Key) {
		p.Entries = append(p.Entries, e)
	}
	return p, nil
}

func (h *held) Ping(context.Context) (time.Duration, error) { return time.Millisecond, nil }

func (h *held) Close() error { h.opened--; return nil }

// drain runs a command, and those that its answers lead to.
func drain(f host.Feature, cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			drain(f, c)
		}
	default:
		next, _ := f.Update(msg)
		drain(f, next)
	}
}

// TestHashes: the cost is said, and nothing is read before a yes; then the verdict, the copies and the keys are shown, at every
// size, and enter goes to a key. Every copy that was opened is closed.
func TestHashes(t *testing.T) {
	t.Parallel()
	src := &copies{cluster: cluster{Memory: tuitest.NewMemory(etcdsource.KindLive, "live")}, value: []string{"a", "a", "other"}}
	h, v := hosttest.View(t, src)
	v.Panes.Style.Now = time.Unix(1e9, 0)
	f := New(h, v).(*Feature)
	h.Focused = Screen
	drain(f, f.ask(v.Panes.Style.Now, true))
	cmd, took := f.Act(keymap.Verify)
	if drain(f, cmd); !took || len(h.Dialogs) != 1 || f.pane.hash != nil || f.Working(time.Time{}) != "" || src.opened != 0 {
		t.Fatalf("%d dialogs, %d open", len(h.Dialogs), src.opened)
	}
	drain(f, f.compare())
	if r := f.pane.hash; r == nil || r.Verdict != hashcheck.Differs || len(r.Keys) != 1 || f.comparing != nil || src.opened != 0 {
		t.Fatalf("%+v, %d open", r, src.opened)
	}
	drain(f, f.ask(v.Panes.Style.Now, true))
	if v.Work.Members != "members differ" {
		t.Errorf("the header says %q", v.Work.Members)
	}
	for _, size := range [][2]int{{200, 56}, {80, 24}, {40, 60}} {
		s := screen(t, f.pane, size[0], size[1])
		if !strings.Contains(s, "Hash at ") || !strings.Contains(s, "DEGRADED") {
			t.Errorf("%v:\n%s", size, s)
		}
		// What differs comes first, then what to do: a command, and only then why.
		at := -1
		for _, next := range []string{"Hash at ", "key  revision 2: value", "What to do.", "1. ", "    etcdctl ", "Clients read one thing"}[:map[bool]int{true: 5, false: 6}[size[1] == 24]] {
			i := strings.Index(s[at+1:], next)
			if i < 0 {
				t.Errorf("%v: no %q after what comes before it:\n%s", size, next, s)
				break
			}
			at += 1 + i
		}
	}
	s := screen(t, f.pane, 200, 56)
	for _, want := range []string{"differs at revision 2, from revision 2 on, in 1 key", "m0␛, m1␛: written", "do not hold the same", "m2␛ holds something else than most members", "as no other one"} {
		if !strings.Contains(s, want) {
			t.Errorf("it lacks %q:\n%s", want, s)
		}
	}
	for i := range f.pane.lines {
		if f.pane.lines[i].key != "" {
			f.pane.list.SetCursor(i)
		}
	}
	if f.Act(keymap.Open); len(h.Jumped) != 1 || h.Jumped[0] != "/registry/\x1bkey" {
		t.Errorf("it went to %q", h.Jumped)
	}
}

// TestHashesCancelled: esc and ctrl+c end a comparison, and nothing of it is shown.
func TestHashesCancelled(t *testing.T) {
	t.Parallel()
	for _, end := range []func(f *Feature) bool{
		func(f *Feature) bool { _, took := f.Back(); return took },
		func(f *Feature) bool { _, took := f.Update(host.Interrupt{}); return took },
	} {
		src := &copies{cluster: cluster{Memory: tuitest.NewMemory(etcdsource.KindLive, "live")}, value: []string{"a", "a"}, held: make(chan struct{})}
		h, v := hosttest.View(t, src)
		f := New(h, v).(*Feature)
		if end(f) {
			t.Error("it ends what has not begun")
		}
		batch := f.compare()().(tea.BatchMsg)
		if !end(f) || f.Working(time.Time{}) == "" || f.compare() != nil {
			t.Error("it does not end, or another one begins")
		}
		for _, c := range batch {
			drain(f, c)
		}
		if f.pane.hash != nil || f.comparing != nil || src.opened != 0 || !strings.Contains(strings.Join(h.Said, " "), "cancelled") {
			t.Errorf("%q, %d open", h.Said, src.opened)
		}
	}
}

// TestNoHashes: with one member there is nothing to compare, and a source without members says so.
func TestNoHashes(t *testing.T) {
	t.Parallel()
	src := &copies{cluster: cluster{Memory: tuitest.NewMemory(etcdsource.KindLive, "live")}, value: []string{"a"}}
	h, v := hosttest.View(t, src)
	f := New(h, v).(*Feature)
	drain(f, f.checkHashes())
	if len(h.Dialogs) != 0 || !strings.Contains(strings.Join(h.Said, " "), "not two members") {
		t.Errorf("%q", h.Said)
	}
	h, v = hosttest.View(t, tuitest.NewMemory(etcdsource.KindLive, "live"))
	f = New(h, v).(*Feature)
	if f.checkHashes() != nil || len(h.Said) != 1 {
		t.Errorf("%q", h.Said)
	}
}
