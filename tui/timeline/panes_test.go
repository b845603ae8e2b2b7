package timeline

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/pane/panetest"
)

const key = "/registry/pods/demo/a"

// changed is a change at a revision, as change.Describe returns it.
func changed(rev int64) change.Change {
	return change.Change{
		Event:   etcdsource.Event{Key: []byte(key), Mod: rev, Version: rev % 100, Type: etcdsource.Updated},
		Aspect:  change.AspectStatus,
		Summary: fmt.Sprintf("Ready True → False %d", rev),
		Changes: []diff.Change{{Path: ".status.x\x1b[31m", Op: diff.Replace, Old: "a\u202e", New: "b"}, {Path: ".status.y", Op: diff.Add, New: "c"}},
	}
}

func ofRevs(revs ...int64) (out []change.Change) {
	for _, r := range revs {
		out = append(out, changed(r))
	}
	return out
}

func ofKey(t *testing.T) *Pane {
	p := New(panetest.Style(t), func(_ string, rev int64) bool { return rev == 20 })
	p.Resize(80, 24)
	p.Select(key, "")
	return p
}

func revisions(p *Pane) (out []int64) {
	for i := range p.rows {
		out = append(out, p.rows[i].Mod)
	}
	return out
}

func TestShow(t *testing.T) {
	p := ofKey(t)
	if p.Known() || p.Title().Right != "" || p.Current() != nil {
		t.Errorf("before the history is read: %+v", p.Title())
	}
	p.Show(ofRevs(30, 20, 10), etcdsource.Edge{Kind: etcdsource.EdgeMore})
	if p.Newest() != 30 || p.Oldest() != 10 || p.Title().Right != "3+ revisions" || p.Current().Mod != 30 {
		t.Errorf("%v, title %+v", revisions(p), p.Title())
	}
	p.Append(ofRevs(5, 2), etcdsource.Edge{Kind: etcdsource.EdgeCreated})
	p.Prepend(changed(40))
	p.Prepend(changed(40))
	p.Prepend(changed(35))
	if got := fmt.Sprint(revisions(p)); got != "[40 30 20 10 5 2]" || p.Title().Right != "6 revisions" {
		t.Errorf("%s, title %+v", got, p.Title())
	}
	if p.Current().Mod != 40 {
		t.Errorf("the cursor was on the newest, and is on %d", p.Current().Mod)
	}
	// read again: older rows stay below, newer ones above, unless there is a hole between
	p.Show(ofRevs(30, 20, 10), etcdsource.Edge{Kind: etcdsource.EdgeMore})
	if got := fmt.Sprint(revisions(p)); got != "[40 30 20 10 5 2]" || p.edge.Kind != etcdsource.EdgeCreated {
		t.Errorf("read anew: %s, edge %v", got, p.edge)
	}
	p.Show(ofRevs(90, 80), etcdsource.Edge{Kind: etcdsource.EdgeCompacted, Revision: 80})
	if got := fmt.Sprint(revisions(p)); got != "[90 80]" {
		t.Errorf("behind a hole: %s", got)
	}
}

// TestCursorIsARevision moves it: the program is asked for that version, and rows that arrive above leave it there.
func TestCursorIsARevision(t *testing.T) {
	p := ofKey(t)
	p.Show(ofRevs(30, 20, 10), etcdsource.Edge{Kind: etcdsource.EdgeMore})
	if in := p.Do(keymap.Down); in != (pane.Pin{Rev: 20}) {
		t.Errorf("down asks for %v", in)
	}
	p.Prepend(changed(40))
	if p.Current().Mod != 20 || !strings.Contains(panetest.Rows(t, p, 80, 24), "❯*") {
		t.Errorf("the cursor is on %d:\n%s", p.Current().Mod, panetest.Rows(t, p, 80, 24))
	}
	if in := p.Do(keymap.Open); in != (pane.Open{Path: key}) {
		t.Errorf("open asks for %v", in)
	}
	for _, c := range []struct {
		dir  int
		want int64
		ok   bool
	}{{-1, 10, true}, {-1, 0, false}, {1, 20, true}, {1, 30, true}, {1, 40, true}, {1, 0, false}} {
		if rev, ok := p.Step(c.dir); rev != c.want || ok != c.ok {
			t.Errorf("a step of %d leads to %d, %t; want %d", c.dir, rev, ok, c.want)
		}
	}
	if in := p.Do(keymap.Last); in != (pane.Older{}) {
		t.Errorf("behind the oldest row: %v", in)
	}
	if in := p.Do(keymap.Last); in != nil {
		t.Errorf("while they are being read: %v", in)
	}
	p.Append(ofRevs(5), etcdsource.Edge{Kind: etcdsource.EdgeNotSearched})
	if in := p.Do(keymap.Last); in != nil {
		t.Errorf("at the end: %v", in)
	}
}

func TestDrawing(t *testing.T) {
	p := ofKey(t)
	panetest.EverySize(t, p)
	p.Select("/registry/", "42 keys")
	if got := panetest.Rows(t, p, 80, 24); strings.TrimSpace(got) != "42 keys" {
		t.Errorf("a folder:\n%s", got)
	}
	p.Select(key, "")
	p.Fail("etcdserver: permission denied")
	if got := panetest.Rows(t, p, 80, 24); !strings.Contains(got, "permission denied") {
		t.Errorf("a failure:\n%s", got)
	}
	for kind, want := range map[etcdsource.EdgeKind]string{etcdsource.EdgeNotSearched: "not looked for: A recalls the past", etcdsource.EdgeCompacted: "No revision of this key is retained"} {
		p.Select(key, "")
		p.Show(nil, etcdsource.Edge{Kind: kind, Revision: 9})
		if got := panetest.Rows(t, p, 100, 24); !strings.Contains(got, want) {
			t.Errorf("of a key without revisions, edge %v:\n%s", kind, got)
		}
	}
	p.Show(append(ofRevs(48112871, 20), change.Change{Event: etcdsource.Event{Key: []byte(key), Mod: 11, Type: etcdsource.Deleted}, Aspect: change.AspectDelete, Summary: "deleted"}),
		etcdsource.Edge{Kind: etcdsource.EdgeCompacted, Revision: 10})
	panetest.EverySize(t, p)
	panetest.Golden(t, "timeline-80x24", panetest.Rows(t, p, 80, 24))
	panetest.Golden(t, "timeline-40x10", panetest.Rows(t, p, 40, 10))
}

// feed is the pane of a store that holds some changes.
func feed(t *testing.T, kind etcdsource.Kind, revs ...int64) (*Feed, *session.State) {
	info := etcdsource.NewInfo(kind)
	info.Revision = 1
	s := session.New(info, "/registry/")
	f := NewFeed(panetest.Style(t), s, "/registry/", kinds.Builtin())
	f.Resize(80, 10)
	for _, r := range revs {
		write(s, r)
	}
	f.Sync()
	return f, s
}

func write(s *session.State, rev int64) {
	e := etcdsource.Event{Key: fmt.Appendf(nil, "/registry/pods/demo/p%d", rev), Value: []byte("v"), Mod: rev, Create: rev, Version: 1, Type: etcdsource.Created}
	s.Apply(etcdsource.Batch{Events: []etcdsource.Event{e}, Revision: rev}, now)
}

var now = time.Date(2026, 11, 22, 11, 10, 0, 0, time.UTC)

func current(f *Feed) int64 {
	if e := f.Current(); e != nil {
		return e.Mod
	}
	return 0
}

// TestFollow follows the newest change until the cursor leaves the top, and again when it comes back.
func TestFollow(t *testing.T) {
	f, s := feed(t, etcdsource.KindLive, 5, 6, 7)
	more := func(rev int64) int64 {
		write(s, rev)
		f.Sync()
		return current(f)
	}
	if got := more(8); got != 8 {
		t.Errorf("at the top the cursor is on %d", got)
	}
	if in := f.Do(keymap.Down); in != (pane.Select{Path: "/registry/pods/demo/p7"}) || more(9) != 7 {
		t.Errorf("below it: %v, then %d", in, current(f))
	}
	if in := f.Do(keymap.Open); in != (pane.Open{Path: "/registry/pods/demo/p7"}) {
		t.Errorf("open asks for %v", in)
	}
	if f.Do(keymap.First); more(10) != 10 {
		t.Errorf("back at the top the cursor is on %d", current(f))
	}
	f.Do(keymap.Follow)
	if !f.Paused() || more(11) != 10 || f.Title().Role != text.Travel {
		t.Errorf("paused %t at %d, title %+v", f.Paused(), current(f), f.Title())
	}
	if f.Do(keymap.Follow); f.Paused() || current(f) != 11 {
		t.Errorf("paused %t at %d", f.Paused(), current(f))
	}
}

// TestWanted asks what changes did only for those on the screen, and only once.
func TestWanted(t *testing.T) {
	f, _ := feed(t, etcdsource.KindLive, 5, 6, 7)
	f.Resize(80, 2)
	events, before := f.Wanted(10, 0)
	if len(events) != 2 || events[0].Mod != 7 || len(before) != 2 || before[0] != nil {
		t.Fatalf("%d wanted", len(events))
	}
	f.Described(ID{7, 0}, "created")
	if events, _ = f.Wanted(10, 0); len(events) != 1 || events[0].Mod != 6 {
		t.Errorf("%d wanted after one was described", len(events))
	}
	if events, _ = f.Wanted(0, 0); len(events) != 0 {
		t.Errorf("%d wanted of none", len(events))
	}
}

func TestFeedDrawing(t *testing.T) {
	for _, kind := range []etcdsource.Kind{etcdsource.KindLive, etcdsource.KindFile} {
		f, _ := feed(t, kind)
		panetest.EverySize(t, f)
		if in := f.Do(keymap.Open); in != nil || current(f) != 0 {
			t.Errorf("an empty feed asks for %v", in)
		}
	}
	f, s := feed(t, etcdsource.KindLive, 5, 48112871)
	s.Apply(etcdsource.Batch{Revision: 48112900, Lost: etcdsource.Window{From: 48112872, To: 48112899, Reason: "compacted\x1b[31m"}}, now)
	e := etcdsource.Event{Key: []byte("/registry/secrets/demo/\x1b]0;t\x07\u202e"), Mod: 48112901, Type: etcdsource.Deleted}
	s.Apply(etcdsource.Batch{Events: []etcdsource.Event{e}, Revision: 48112901}, now)
	f.Described(ID{48112871, 0}, "assigned to node-a")
	f.Sync()
	panetest.EverySize(t, f)
	panetest.Golden(t, "feed-80x24", f.Title().Left+"\n"+panetest.Rows(t, f, 80, 24))
	s.Travel(5)
	f.Sync()
	if current(f) != 5 || !strings.Contains(f.Title().Left, "up to 5") {
		t.Errorf("in the past: %d, %+v", current(f), f.Title())
	}
}
