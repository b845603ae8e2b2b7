package keytree

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/tui/widget"
)

// TestNoteKeepsWhatIsMarked: whatever a note is cut to, what is marked is in it as far as it fits, and the columns are not exceeded.
func TestNoteKeepsWhatIsMarked(t *testing.T) {
	t.Parallel()
	note := func(field, before, marked, behind string) Note {
		return Note{field, before + marked + behind, len(before), len(before) + len(marked)}
	}
	for _, c := range []struct {
		n    Note
		w    int
		want string
	}{
		{note("reason", "", "BackOff", ""), 30, "reason: <BackOff>"},
		{note("message", "…: ImagePull", "BackOff", " of a"), 40, "message: …: ImagePull<BackOff> of a"},
		{note("message", "…: ImagePull", "BackOff", " of a"), 22, "message: …Pull<BackOff>…"},
		{note("message", "…: ImagePull", "BackOff", ""), 17, "message: …<BackOff>"},
		{note("message", "…: ImagePull", "BackOff", ""), 15, "…agePull<BackOff>"},
		{note("message", "…: ImagePull", "BackOff", " of a"), 7, "<BackOff>"},
		{note("message", "a", "BackOff", ""), 3, "<Ba…>"},
		{note("message", "größe ✓✓ ", "日本語", ""), 12, "…e ✓✓ <日本語>"},
		{Note{Text: "− gone"}, 4, "− g…"},
		{note("f", "b", "m", "x"), 0, ""},
	} {
		before, marked, behind := c.n.cut(c.w)
		got := before
		if marked != "" {
			got += "<" + marked + ">"
		}
		if got += behind; got != c.want {
			t.Errorf("%q in %d columns: %q, want %q", c.n.String(), c.w, got, c.want)
		}
	}
	n := note("metadata", strings.Repeat("before ", 9), "marked", strings.Repeat(" behind", 9))
	for w := range 100 {
		before, marked, behind := n.cut(w)
		if widget.Width(before+marked+behind) > w || w >= len("marked")+2 && marked != "marked" {
			t.Errorf("%d columns: %q %q %q", w, before, marked, behind)
		}
	}
}
