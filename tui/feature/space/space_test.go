package space

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/space"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// TestSurveyEndsWhenLeft: the survey goes on when the focus comes to it, and ends when it leaves.
func TestSurveyEndsWhenLeft(t *testing.T) {
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
	f := New(h, v).(*Feature)
	for _, c := range []struct {
		from, to layout.ID
		ends     bool
	}{{layout.Keys, layout.Space, false}, {layout.Space, layout.Space, false}, {layout.Keys, layout.Report, false}, {layout.Space, layout.Keys, true}} {
		ended := false
		f.stop = func() { ended = true }
		if f.Update(host.FocusMoved{From: c.from, To: c.to}); ended != c.ends {
			t.Errorf("from %v to %v: ended %v", c.from, c.to, ended)
		}
	}
	if _, took := f.Act(keymap.Requests); took {
		t.Error("it takes another action")
	}
}

// TestCountSaysHowFarItIs: by records where they are read, by resources where they are counted, by namespaces inside a
// resource that is counted namespace by namespace, by values of the sample.
func TestCountSaysHowFarItIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at   space.Progress
		want string
	}{
		{space.Progress{Records: 1234, AllRecords: 2000000}, "1234 of 2.0M records counted"}, {space.Progress{Types: 3, AllTypes: 40}, "3 of 40 resources counted"},
		{space.Progress{Kind: "po\x1bds", Spaces: 2, AllSpaces: 9, Types: 3, AllTypes: 40}, "po␛ds: 2 of 9 namespaces counted"},
		{space.Progress{Values: 7, AllValues: 400}, "7 of about 400 values read"},
	} {
		j := &job{out: make(chan surveyMsg, 1)}
		if j.progress(c.at); j.msg.how != c.want {
			t.Errorf("%+v: %q, want %q", c.at, j.msg.how, c.want)
		}
	}
}

// TestKindsOfRowsTurn: the kinds follow each other in a circle.
func TestKindsOfRowsTurn(t *testing.T) {
	t.Parallel()
	by := space.ByResource
	for range space.Kinds() {
		if back := next(next(by, 1), -1); back != by {
			t.Errorf("behind %s and back is %s", by, back)
		}
		by = next(by, 1)
	}
	if by != space.ByResource {
		t.Errorf("they end at %s", by)
	}
}

// TestLateSurvey: what a survey says that was given up is not taken for the next one's.
func TestLateSurvey(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindLive, "live"))
	f := New(h, v).(*Feature)
	h.Focused = layout.Space
	f.begin()
	late := surveyMsg{number: f.number, done: true}
	f.forget()
	f.begin()
	if f.onSurvey(late); f.stop == nil {
		t.Error("the second survey ended with the first one")
	}
}

// TestBarOfShares: the bar is as wide as the pane has room for, and each share that is not empty has a column of it.
func TestBarOfShares(t *testing.T) {
	t.Parallel()
	for _, bytes := range [][]int64{{980, 7030, 4490, 16}, {1, 1, 1, 1}, {0, 0, 5, 0}, {1 << 40, 1, 1, 1}, {500, 500, 500, 1}, {0, 0, 0, 1}} {
		for _, w := range []int{4, 7, 20, 76, 195, 196} {
			b := &board{}
			for _, n := range bytes {
				b.shares = append(b.shares, share{bytes: n})
			}
			sum := 0
			for i, n := range b.columnsOf(w) {
				if sum += n; (n > 0) != (bytes[i] > 0) {
					t.Errorf("%v in %d columns: share %d has %d", bytes, w, i, n)
				}
			}
			if sum != w {
				t.Errorf("%v in %d columns: %d are drawn", bytes, w, sum)
			}
		}
	}
}

// TestHeadFits: no line above the table is cut where the screen is 80 columns wide, and the table begins below them.
func TestHeadFits(t *testing.T) {
	t.Parallel()
	for _, exact := range []bool{true, false} {
		_, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
		b := newBoard(v.Panes.Style)
		b.set(&space.Survey{Exact: exact, Total: space.Amount{Live: 980 << 10, Old: 703 << 20, Margin: 100 << 10},
			Storage: etcdsource.Storage{Size: 125 << 30, InUse: 124 << 30, Free: 1023 << 20, Packed: 123 << 20, Stored: 800 << 20, LiveStored: 1 << 20, PackedLive: 15 << 20}})
		b.Resize(80, 24)
		text := ""
		for y := range b.head() {
			text += strings.TrimSpace(ansi.Strip(string(b.Row(nil, y)))) + " "
		}
		if all := strings.TrimSpace(text); strings.Contains(all, "…") || !strings.Contains(all, b.advice) || !strings.HasSuffix(all, b.advice) {
			t.Errorf("exact %t: it is cut:\n%s\n%s", exact, all, b.advice)
		}
	}
}

// TestSharesDiffer: each share has a glyph of its own, with every set of glyphs.
func TestSharesDiffer(t *testing.T) {
	t.Parallel()
	for name, g := range map[string]theme.Glyphs{"Unicode": theme.Unicode, "console": theme.Console, "ASCII": theme.ASCII} {
		_, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
		th := *v.Panes.Style.Theme
		th.Glyphs = g
		v.Panes.Style.Theme = &th
		b := newBoard(v.Panes.Style)
		b.set(&space.Survey{Exact: true, Total: space.Amount{Live: 1, Old: 1}, Storage: etcdsource.Storage{Size: 4, InUse: 3, Free: 1}})
		seen := map[string]string{}
		for _, s := range b.shares {
			if other, is := seen[s.glyph]; is || len(b.shares) != 4 {
				t.Errorf("%s: %q is %s and %s", name, s.glyph, other, s.name)
			}
			seen[s.glyph] = s.name
		}
	}
}

// TestOpenNothing: enter before the first row is there leads nowhere.
func TestOpenNothing(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
	f := New(h, v).(*Feature)
	for _, by := range space.Kinds() {
		if f.by = by; f.open() != nil {
			t.Errorf("by %s it leads somewhere", by)
		}
	}
}
