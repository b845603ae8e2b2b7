package timeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/theme"
)

func row(mod, version int64, typ etcdsource.Type) change.Change {
	return change.Change{Event: etcdsource.Event{Key: []byte("/k"), Mod: mod, Version: version, Type: typ, Value: []byte("v")}, Summary: fmt.Sprint("write ", mod)}
}

func history(n int, edge etcdsource.Edge) *Pane {
	th, _ := theme.Named("dark")
	p := New(&pane.Style{Theme: th, Focus: true}, func(string, int64) bool { return false })
	p.Resize(66, 40)
	p.Select("/k", "")
	rows := make([]change.Change, n)
	for i := range rows {
		rows[i] = row(int64(2*(n-i)), int64(n-i)+419, etcdsource.Updated)
	}
	p.Show(rows, edge)
	return p
}

func TestEdgeTellsWhatIsRetained(t *testing.T) {
	p := history(12, etcdsource.Edge{Kind: etcdsource.EdgeCompacted, Revision: 2})
	if got := p.edgeText(); got != "before 2: compacted; 12 of 431 writes are retained" {
		t.Errorf("the edge says %q", got)
	}
	// An older life ends below a deletion: only its own writes count.
	p.Select("/k", "")
	p.Show([]change.Change{row(9, 2, etcdsource.Updated), row(8, 1, etcdsource.Created), row(7, 0, etcdsource.Deleted), row(6, 5, etcdsource.Updated), row(5, 4, etcdsource.Updated)},
		etcdsource.Edge{Kind: etcdsource.EdgeCompacted, Revision: 5})
	if got := p.edgeText(); got != "before 5: compacted; 2 of 5 writes are retained" {
		t.Errorf("the edge says %q", got)
	}
	if n := p.lives(); n != 2 {
		t.Errorf("%d lives", n)
	}
}

// TestTransactionsStandTogether checks that the keys of one revision are bracketed, and its number is printed once.
func TestTransactionsStandTogether(t *testing.T) {
	th, _ := theme.Named("mono")
	s := session.New(etcdsource.Info{Past: etcdsource.PastWhole, Revision: 9}, "/registry/")
	for _, e := range []etcdsource.Event{{Mod: 6}, {Mod: 7}, {Mod: 7, Sub: 1}, {Mod: 7, Sub: 2}, {Mod: 9}} {
		e.Key = fmt.Appendf(nil, "/registry/k%d-%d", e.Mod, e.Sub)
		s.Feed.Add(&e)
	}
	f := NewFeed(&pane.Style{Theme: th}, s, "/registry/", kinds.Builtin())
	f.Resize(80, 6)
	var got []string
	for y := range 5 {
		got = append(got, strings.Join(strings.Fields(ansi.Strip(string(f.Row(nil, y)))), " "))
	}
	want := []string{"9 … ~ k9-0 …", "7┌ … ~ k7-2 …", "├ … ~ k7-1 …", "└ … ~ k7-0 …", "6 … ~ k6-0 …"}
	if !slices.Equal(got, want) {
		t.Errorf("rows are %q, want %q", got, want)
	}
}

// TestLongHistoryFitsAFrame goes through 100,000 versions: no key press may take longer than a frame, drawn.
func TestLongHistoryFitsAFrame(t *testing.T) {
	p := history(100000, etcdsource.Edge{Kind: etcdsource.EdgeCreated})
	const frame = 33 * time.Millisecond
	var buf []byte
	for _, a := range []keymap.Action{keymap.Last, keymap.PageUp, keymap.Up, keymap.First, keymap.Down, keymap.PageDown} {
		best := time.Hour // of three: other work on the machine is no fault of the pane
		for range 3 {
			begun := time.Now()
			p.Do(a)
			for y := range 40 {
				buf = p.Row(buf[:0], y)
			}
			best = min(best, time.Since(begun))
		}
		if best > frame {
			t.Errorf("%s takes %s", a, best)
		}
	}
}

func BenchmarkLongHistory(b *testing.B) {
	p := history(100000, etcdsource.Edge{Kind: etcdsource.EdgeCreated})
	p.Do(keymap.Last)
	actions := []keymap.Action{keymap.PageUp, keymap.Up, keymap.PageDown, keymap.Down}
	var buf []byte
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p.Do(actions[i%4])
		for y := range 40 {
			buf = p.Row(buf[:0], y)
		}
	}
}

// TestClock: a row has its time, beside its revision where there is room for both; where the times are of more than a day, with the date.
func TestClock(t *testing.T) {
	at := time.Date(2026, 3, 4, 23, 5, 6, 0, time.UTC)
	for _, c := range []struct {
		w       int
		earlier time.Duration
		first   string
		second  string
	}{
		{48, time.Minute, "23:05:06 \u2713 kubelet      ~ write 9", "\u226523:04:06"},
		{80, time.Minute, "23:05:06 9   v2 \u2713 kubelet", "\u226523:04:06 8   v1"},
		{80, time.Hour * 30, "03-04 23:05 9   v2", "\u226503-03 17:05 8   v1"},
	} {
		p := history(0, etcdsource.Edge{})
		p.Resize(c.w, 24)
		p.Attribute(map[int64]attribution.Verdict{
			9: {Writer: "kubelet", Confidence: attribution.Certain, Time: at},
			8: {Time: at.Add(-c.earlier), TimeFrom: "notBefore"},
		})
		p.Show([]change.Change{row(9, 2, etcdsource.Updated), row(8, 1, etcdsource.Created)}, etcdsource.Edge{Kind: etcdsource.EdgeCreated})
		for y, want := range []string{c.first, c.second} {
			if got := ansi.Strip(string(p.Row(nil, y))); !strings.Contains(got, want) {
				t.Errorf("on %d columns row %d is %q, want %q", c.w, y, got, want)
			}
		}
	}
}

func TestWriters(t *testing.T) {
	p := history(0, etcdsource.Edge{})
	p.Resize(100, 24)
	screen := func() string {
		var b strings.Builder
		for y := range 24 {
			b.WriteString(ansi.Strip(string(p.Row(nil, y))) + "\n")
		}
		return b.String()
	}
	p.Attribute(map[int64]attribution.Verdict{
		9: {Writer: "kube-controller-manager", Controller: "deployment-controller", Confidence: attribution.Certain, Evidence: "managedFields: it covers all", OutOfBand: "the uid is another one"},
		8: {Evidence: "nothing names a writer"},
	})
	p.Show([]change.Change{row(9, 2, etcdsource.Updated), row(8, 1, etcdsource.Created)}, etcdsource.Edge{Kind: etcdsource.EdgeCreated})
	s := screen()
	for _, want := range []string{p.style.Theme.Glyphs.Warn + " deployment-controller  ~ write 9", "kube-controller-manager (deployment-controller), certain", "managedFields: it covers all", "not written by an API server: the uid is another one"} {
		if !strings.Contains(s, want) {
			t.Errorf("%q is not shown:\n%s", want, s)
		}
	}
	p.Do(keymap.Down)
	if s := screen(); !strings.Contains(s, "writer not known") || !strings.Contains(s, "nothing names a writer") {
		t.Errorf("what is not known is not said:\n%s", s)
	}
}

// TestFilterKeepsTheVersion: whatever is typed, the version that is shown beside the rows is the one under the cursor; once the filter is
// cleared it is the one from before, unless the user has moved it.
func TestFilterKeepsTheVersion(t *testing.T) {
	p := history(0, etcdsource.Edge{})
	p.Resize(100, 24)
	p.Show([]change.Change{row(30, 3, etcdsource.Updated), row(20, 2, etcdsource.Updated), row(10, 1, etcdsource.Created)}, etcdsource.Edge{Kind: etcdsource.EdgeCreated})
	pinned := int64(30)
	typed := func(s string) {
		t.Helper()
		i, _ := p.Filter(s, nil)
		if pin, ok := i.(pane.Pin); ok {
			pinned = pin.Rev
		}
		if p.Current() == nil || p.Current().Mod != pinned {
			t.Errorf("after %q the cursor is on %v, and %d is shown", s, p.Current(), pinned)
		}
	}
	for _, s := range []string{"u", "until:2", "until:25", "until:25 zzqq", "until:25"} {
		typed(s)
	}
	if pinned != 20 {
		t.Errorf("%d is shown, want 20", pinned)
	}
	if typed(""); pinned != 30 {
		t.Errorf("once the filter is cleared %d is shown, want 30", pinned)
	}
	typed("until:25")
	p.Do(keymap.Down)
	pinned = p.Current().Mod
	if typed(""); pinned != 10 {
		t.Errorf("what was chosen in the filtered rows is lost: %d", pinned)
	}
}

// TestFilterHidesTheCreation: below rows that a filter has chosen it is not said that the creation is above, unless it is.
func TestFilterHidesTheCreation(t *testing.T) {
	p := history(0, etcdsource.Edge{})
	p.Resize(100, 24)
	p.Show([]change.Change{row(30, 3, etcdsource.Updated), row(20, 2, etcdsource.Updated), row(10, 1, etcdsource.Created)}, etcdsource.Edge{Kind: etcdsource.EdgeCreated})
	for s, want := range map[string]string{"": "nothing before: created above", "type:updated": "nothing before matches; esc shows all", "type:created": "nothing before: created above"} {
		p.Filter(s, nil)
		if got := p.edgeText(); got != want {
			t.Errorf("after %q it says %q, want %q", s, got, want)
		}
	}
}

// TestBesideKeepsToTheFilter: what steps through the versions of a key passes over those that the filter hides; the version
// before one is still its neighbour.
func TestBesideKeepsToTheFilter(t *testing.T) {
	p := history(0, etcdsource.Edge{})
	p.Resize(100, 24)
	p.Show([]change.Change{row(40, 4, etcdsource.Updated), row(30, 3, etcdsource.Created), row(20, 2, etcdsource.Updated), row(10, 1, etcdsource.Created)}, etcdsource.Edge{Kind: etcdsource.EdgeCreated})
	key := p.Key()
	for _, c := range []struct {
		filter string
		rev    int64
		dir    int
		want   int64
	}{
		{"", 40, -1, 30}, {"", 10, 1, 20}, {"type:created", 40, -1, 30}, {"type:created", 30, -1, 10}, {"type:created", 10, 1, 30}, {"type:created", 35, -1, 30},
		{"type:created", 25, 1, 30}, {"type:created", 10, -1, 0}, {"type:created", 30, 1, 0}, {"type:deleted", 30, -1, 0},
	} {
		p.Filter(c.filter, nil)
		if rev, ok := p.BesideShown(key, c.rev, c.dir); rev != c.want || ok != (c.want != 0) {
			t.Errorf("filter %q, from %d by %d: %d %v, want %d", c.filter, c.rev, c.dir, rev, ok, c.want)
		}
		if rev, _ := p.Beside(key, 30, -1); rev != 20 {
			t.Errorf("filter %q: the version before 30 is %d", c.filter, rev)
		}
	}
}

// TestFilterCountsTheUnread: of versions whose values cannot be read a filter by fields cannot say whether they pass; the title says how
// many it hides for that, in the timeline and among the changes.
func TestFilterCountsTheUnread(t *testing.T) {
	dec := decode.New(decode.Options{})
	sealed := func(mod int64) change.Change {
		e := etcdsource.Event{Key: []byte(key), Value: []byte("k8s:enc:aescbc:v1:k1:0123456789abcdef"), Mod: mod, Version: 2, Type: etcdsource.Updated}
		return change.Describe(dec, kinds.Builtin(), "/registry/", nil, &e, decode.View{})
	}
	p := history(0, etcdsource.Edge{})
	p.Resize(100, 24)
	p.Show([]change.Change{sealed(30), changed(20), sealed(10)}, etcdsource.Edge{Kind: etcdsource.EdgeCreated})
	for s, want := range map[string]string{"field:.status.y": "1 of 3 revisions, 2 cannot be read", "field:.status.y until:25": "1 of 3 revisions, 1 cannot be read", "type:deleted field:.x": "0 of 3 revisions", "": "3 revisions"} {
		p.Filter(s, nil)
		if got := p.Title().Right; got != want {
			t.Errorf("%q: the title says %q, want %q", s, got, want)
		}
	}
	f, _ := feed(t, etcdsource.KindFile, 10, 20, 30)
	if err := f.Filter("field:.status.y until:25"); err != nil {
		t.Fatal(err)
	}
	f.Decide("field:.status.y until:25", map[ID]bool{{10, 0}: false, {20, 0}: true, {30, 0}: false}, map[ID]bool{{10, 0}: true, {30, 0}: true})
	if got := f.Title().Right; !strings.Contains(got, " row") || !strings.Contains(got, ", 1 cannot be read ") {
		t.Errorf("the title of the changes says %q", got)
	}
}
