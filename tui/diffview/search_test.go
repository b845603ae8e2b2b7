package diffview

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane/panetest"
)

// TestSearchAndWrap looks for what is in folded lines and in changed ones, and breaks a long line.
func TestSearchAndWrap(t *testing.T) {
	long := strings.Repeat("0123456789", 12) + "end"
	spec := func(image string) string {
		return deployment(`{"a":1,"b":2,"c":3,"d":4,"e":"needle","f":6,"g":7,"h":8,"i":9,"image":"` + image + `","n":"` + long + `","z":"Needle"}`)
	}
	p := New(panetest.Style(t))
	p.Resize(80, 24)
	p.Show(Compare(dec, version(5, spec("web:1")), version(9, spec("web:2-needle")), nil, false))
	see := func(want ...string) {
		t.Helper()
		s := panetest.Rows(t, p, 80, 24)
		for _, w := range want {
			if !strings.Contains(s, w) {
				t.Errorf("%q is not in\n%s", w, s)
			}
		}
	}
	see("hunk 1/1", "equal lines")
	p.Search("needle")
	see("match 2/3", "e: needle", "web:2-needle") // the first one behind the hunk's head, where the cursor was
	p.Do(keymap.NextHunk)
	see("match 3/3")
	p.Do(keymap.NextHunk)
	see("match 1/3")
	p.Do(keymap.PrevHunk)
	see("match 3/3")
	p.Search("Needle")
	see("match 1/1")
	p.Search("")
	see("hunk 1/1")
	if s := panetest.Rows(t, p, 80, 24); strings.Contains(s, "9end") {
		t.Errorf("the long line is not cut:\n%s", s)
	}
	p.Do(keymap.Wrap)
	see("9end")
	for _, m := range []string{"side by side", "fields", "unified"} {
		p.Do(keymap.NextPane)
		see(m)
		for _, s := range panetest.Sizes {
			panetest.Rows(t, p, s[0], s[1])
		}
	}
	p.Do(keymap.Wrap)
	if s := panetest.Rows(t, p, 80, 24); strings.Contains(s, "9end") {
		t.Errorf("the long line is still broken:\n%s", s)
	}
}
