package widget

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/theme"
)

func TestPathEnd(t *testing.T) {
	const path = `status.containerStatuses[name=c].lastState["a.b"].terminated.containerID`
	for w, want := range map[int]string{
		100: path, 40: `…lastState["a.b"].terminated.containerID`, 39: `…["a.b"].terminated.containerID`, 23: "…terminated.containerID", 12: "…containerID", 8: "con…erID",
	} {
		if got := PathEnd(path, w); got != want {
			t.Errorf("in %d columns: %q, want %q", w, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		p, w := rapid.StringMatching(`(\.[a-z]{1,9}(\[[a-z=."]{1,5}\])?){1,6}`).Draw(t, "path"), rapid.IntRange(1, 70).Draw(t, "w")
		got := PathEnd(p, w)
		if Width(got) > w {
			t.Fatalf("%q is wider than %d", got, w)
		}
		if all := Steps(p); Width(all[len(all)-1]) < w && !strings.HasSuffix(got, strings.TrimPrefix(all[len(all)-1], ".")) {
			t.Fatalf("%q has lost the last step of %q", got, p)
		}
	})
}

// TestCutLines: a line that goes on beyond the pane shows that, and one that does not, or is wrapped, shows nothing.
func TestCutLines(t *testing.T) {
	th, err := theme.Named("dark")
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range map[string]string{"0123456789": "0123456789", "0123456789a": "012345678…", strings.Repeat("x", 9000): "xxxxxxxxx…", "日本語日本語": "日本語日 …"} {
		var p Pager
		p.Resize(10, 3)
		p.SetDoc(&text.Doc{Lines: []text.Line{{Text: s, W: Width(s)}}})
		if got := ansi.Strip(string(p.Row(nil, 0, th, false))); got != want {
			t.Errorf("%.20q is drawn as %q, want %q", s, got, want)
		}
		p.toggleWrap()
		if got := ansi.Strip(string(p.Row(nil, 0, th, true))); strings.Contains(got, "…") {
			t.Errorf("%.20q, wrapped, is drawn as %q", s, got)
		}
	}
}
