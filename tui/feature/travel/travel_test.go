package travel

import (
	"slices"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/sequence"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// TestTravelHere: the screen goes to the revision under the cursor of the pane that has the focus; from the sequence's rows
// without a revision, and from panes without revisions, to that of the timeline, and from the report nowhere.
func TestTravelHere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		focus layout.ID
		row   int64 // revision of the sequence's row
		past  bool  // the timeline has a version
		want  []int64
	}{
		{"the sequence", layout.Sequence, 5, true, []int64{5}},
		{"a refused write of the sequence", layout.Sequence, 0, true, []int64{7}},
		{"the timeline, though the sequence has rows", layout.Timeline, 5, true, []int64{7}},
		{"the value", layout.Object, 5, true, []int64{7}},
		{"a timeline without versions", layout.Timeline, 5, false, nil},
		{"the report", layout.Report, 5, true, nil},
		{"an empty list of changes", layout.Changes, 5, true, []int64{7}},
	} {
		h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
		v.Panes.Sequence.Show("a story", []sequence.Row{{Rev: c.row, Path: "/k"}}, "")
		if c.past {
			v.Panes.History.Select("/k", "")
			v.Panes.History.Show([]change.Change{{Event: etcdsource.Event{Key: []byte("/k"), Mod: 7}}}, etcdsource.Edge{})
		}
		h.Focused = c.focus
		if _, took := New(h, v).Act(keymap.TravelHere); !took || !slices.Equal(h.Travelled, c.want) || (len(h.Said) == 1) != (c.want == nil) {
			t.Errorf("%s: it travels to %v, want %v; it says %q", c.name, h.Travelled, c.want, h.Said)
		}
	}
}
