package timeline

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/theme"
)

// newFeed returns the pane of a state that has no change yet.
func newFeed(t *testing.T) (*Feed, *session.State) {
	t.Helper()
	th, err := theme.Named("mono")
	if err != nil {
		t.Fatal(err)
	}
	state := session.New(etcdsource.Info{Running: true, Spare: true}, "/registry/")
	f := NewFeed(&pane.Style{Theme: th, Focus: true}, state, "/registry/", kinds.Builtin())
	f.Resize(100, 8)
	return f, state
}

// wrote lets the state hear of updates, one revision each.
func wrote(f *Feed, state *session.State, keys ...string) {
	b := etcdsource.Batch{}
	for _, k := range keys {
		state.Head++
		b.Events = append(b.Events, etcdsource.Event{Key: []byte("/registry/" + k), Mod: state.Head, Version: 2, Type: etcdsource.Updated})
	}
	b.Revision = state.Head
	state.Apply(b, time.Now())
	f.Sync()
}

func rows(f *Feed) string {
	var out []string
	for y := range f.h {
		out = append(out, strings.TrimRight(ansi.Strip(string(f.Row(nil, y))), " "))
	}
	return strings.TrimRight(strings.Join(out, "\n"), "\n")
}

func TestNoiseIsFolded(t *testing.T) {
	f, state := newFeed(t)
	wrote(f, state, "pods/a", "leases/x", "leases/y", "events/e", "pods/b")
	if s := rows(f); strings.Count(s, "\n") != 2 || !strings.Contains(s, "folded: 2 r") {
		t.Errorf("noise is not one row:\n%s", s)
	}
	if got, _ := f.Wanted(10, 0); len(got) != 3 {
		t.Errorf("%d changes are to be described, want those of the 3 rows", len(got))
	}
	f.Do(keymap.Noise)
	if s := rows(f); strings.Count(s, "\n") != 4 {
		t.Errorf("not every change has a row:\n%s", s)
	}
}

// TestFoldedNoiseIsDim: a row of folded noise is less bright than a change, also where it stands for one renewal; unfolded all are bright.
func TestFoldedNoiseIsDim(t *testing.T) {
	f, state := newFeed(t)
	dark, err := theme.Named("dark")
	if err != nil {
		t.Fatal(err)
	}
	f.style.Theme = dark
	wrote(f, state, "pods/a", "leases/x", "leases/y", "pods/b")
	for y := range 3 {
		row := string(f.Row(nil, y))
		folded, bright := strings.Contains(row, "folded"), strings.Contains(row, dark.Role(text.Changed, "")+"~") || strings.Contains(row, dark.Role(text.Added, "")+"+")
		if folded != (y == 1) || folded == bright {
			t.Errorf("row %d: folded %t, bright %t: %q", y, folded, bright, row)
		}
	}
	wrote(f, state, "leases/x")
	bright := func() bool { return strings.Contains(string(f.Row(nil, 0)), dark.Role(text.Changed, "")+"~") }
	if bright() {
		t.Errorf("one renewal is as bright as a change: %q", f.Row(nil, 0))
	}
	if f.Do(keymap.Noise); !bright() {
		t.Errorf("unfolded it is not: %q", f.Row(nil, 0))
	}
}

func TestPausedFeedStandsStill(t *testing.T) {
	f, state := newFeed(t)
	wrote(f, state, "pods/a", "leases/x")
	f.Do(keymap.Follow)
	before := rows(f)
	wrote(f, state, "leases/y", "pods/b")
	if s := rows(f); s != before {
		t.Errorf("it moved from\n%s\nto\n%s", before, s)
	}
	f.Do(keymap.Follow)
	if s := rows(f); !strings.Contains(s, "pods/b") || !strings.Contains(s, "folded: 2 r") {
		t.Errorf("it does not follow again:\n%s", s)
	}
}

func TestCursorStaysOnItsChange(t *testing.T) {
	f, state := newFeed(t)
	wrote(f, state, "pods/a", "pods/b", "leases/x")
	f.Do(keymap.Down)
	wrote(f, state, "leases/y", "pods/c")
	if e := f.Current(); e == nil || string(e.Key) != "/registry/pods/b" {
		t.Errorf("the cursor is on %v:\n%s", e, rows(f))
	}
}
