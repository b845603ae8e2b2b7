package dialog

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane/panetest"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

type answer string

// said is what a dialog's command reports to the program.
func said(cmd tea.Cmd) string {
	if cmd == nil {
		return ""
	}
	s, _ := cmd().(answer)
	return string(s)
}

func say(s string) tea.Cmd { return func() tea.Msg { return answer(s) } }

// press presses keys and returns what the last one made the stack say.
func press(s *Stack, keys string) (out string) {
	for k := range strings.FieldsSeq(keys) {
		out = said(s.Key(tuitest.Key(k)))
	}
	return out
}

func menu() *Menu {
	return NewMenu("Copy", []Item{{"k", "the key"}, {"v", "its value"}, {"y", "YAML"}}, say)
}

func TestMenu(t *testing.T) {
	for keys, want := range map[string]string{"v": "v", "enter": "k", "down enter": "v", "up enter": "y", "down down down enter": "k", "tab enter": "v", "q": "", "esc": "", "x": ""} {
		var s Stack
		s.Push(menu())
		if got := press(&s, keys); got != want {
			t.Errorf("%s: %q, want %q", keys, got, want)
		}
		if open := s.Top() != nil; open != (keys == "x") {
			t.Errorf("%s: open %t", keys, open)
		}
	}
}

func TestPrompt(t *testing.T) {
	var s Stack
	s.Push(NewPrompt("Save", "", []string{"a fact"}, say))
	if press(&s, "enter") != "" || s.Top() == nil {
		t.Error("an empty answer is one")
	}
	if got := press(&s, "a b backspace c space enter"); got != "ac" || s.Top() != nil {
		t.Errorf("answered %q", got)
	}
	p := NewPrompt("Save", "", nil, say)
	s.Push(p)
	p.Paste("/tmp/x\x1b[31m.db\nsecond line")
	if got := press(&s, "enter"); strings.ContainsAny(got, "\x1b\n") || !strings.HasPrefix(got, "/tmp/x") {
		t.Errorf("pasted %q", got)
	}
	s.Push(NewPrompt("Save", "old", nil, say))
	if got := press(&s, "esc"); got != "" || s.Top() != nil {
		t.Errorf("esc says %q", got)
	}
}

func TestConfirm(t *testing.T) {
	for keys, want := range map[string]string{"y": "yes", "n": "", "enter": "", "esc": "", "Y": "", "x": ""} {
		var s Stack
		s.Push(NewConfirm("Really?", []string{"It is large."}, func() tea.Cmd { return say("yes") }))
		if got := press(&s, keys); got != want || s.Top() != nil {
			t.Errorf("%s: %q, open %t", keys, got, s.Top() != nil)
		}
	}
}

// TestStack gives keys to the top dialog only, also when it opens another one while it closes.
func TestStack(t *testing.T) {
	var s Stack
	if cmd := s.Key(tuitest.Key("y")); cmd != nil || s.Top() != nil {
		t.Error("an empty stack answers")
	}
	below, over := menu(), NewConfirm("Really?", nil, func() tea.Cmd { return say("yes") })
	s.Push(below)
	s.Push(over)
	if got := press(&s, "y"); got != "yes" || s.Top() != Dialog(below) {
		t.Errorf("%q, top %v", got, s.Top())
	}
	next := menu()
	s.Push(NewConfirm("Next?", nil, func() tea.Cmd { s.Push(next); return nil }))
	if press(&s, "y"); s.Top() != Dialog(next) || len(s.open) != 2 {
		t.Errorf("%d open, top %v", len(s.open), s.Top())
	}
}

// TestOver draws each dialog over a frame at many sizes: the frame stays as wide and as high as it was.
func TestOver(t *testing.T) {
	th := panetest.Style(t).Theme
	for name, d := range map[string]Dialog{
		"help": NewHelp(), "menu": menu(), "prompt": NewPrompt("A title that is longer than many screens are wide, "+strings.Repeat("and on ", 20), "日本語", []string{strings.Repeat("long fact ", 30)}, say),
		"confirm": NewConfirm("Really?", []string{strings.Repeat("long line ", 30), "b"}, func() tea.Cmd { return nil }),
	} {
		var s Stack
		s.Push(d)
		for w := 1; w < 130; w += 7 {
			for _, h := range []int{1, 4, 5, 6, 10, 24, 60} {
				frame := strings.TrimSuffix(strings.Repeat(strings.Repeat("日", w/2)+strings.Repeat("x", w%2)+"\n", h), "\n")
				rows := strings.Split(s.Over(frame, w, h, th), "\n")
				if len(rows) != h {
					t.Fatalf("%s at %dx%d: %d rows", name, w, h, len(rows))
				}
				for y, r := range rows {
					if n := ansi.StringWidth(r); n != w {
						t.Fatalf("%s at %dx%d: row %d is %d columns wide: %q", name, w, h, y, n, ansi.Strip(r))
					}
				}
			}
		}
		if name != "help" {
			var out strings.Builder
			for r := range strings.SplitSeq(s.Over(strings.Repeat(strings.Repeat(".", 80)+"\n", 11)+strings.Repeat(".", 80), 80, 12, th), "\n") {
				out.WriteString(ansi.Strip(r) + "\n")
			}
			panetest.Golden(t, name+"-80x12", out.String())
		}
	}
}

// TestHelpBeginsWithThePane: the keys of the pane come first, then those of everywhere, none twice; what is typed filters them.
func TestHelpBeginsWithThePane(t *testing.T) {
	th := panetest.Style(t).Theme
	read := func(h *Help) string {
		w, rows := h.Size(90, 400)
		var s strings.Builder
		for y := range rows {
			s.WriteString(ansi.Strip(string(h.Row(nil, y, w, th))) + "\n")
		}
		return s.String()
	}
	h := NewHelp(keymap.Timeline)
	all := read(h)
	own, everywhere, others := strings.Index(all, "In timeline"), strings.Index(all, "Go up a line."), strings.Index(all, "In other panes")
	if own != 0 || everywhere < own || others < everywhere {
		t.Errorf("the pane's keys begin at %d, those of everywhere at %d, others at %d", own, everywhere, others)
	}
	if n := strings.Count(all, "Mark the revision, or take the mark away."); n != 1 {
		t.Errorf("a key of the pane is there %d times", n)
	}
	for _, k := range "GLOB" {
		h.Key(tea.KeyPressMsg{Code: k, Text: string(k)})
	}
	if got := read(h); !strings.Contains(got, "No key does that") {
		t.Errorf("nothing is called so, and there is\n%s", got)
	}
	for range 4 {
		h.Key(tuitest.Key("backspace"))
	}
	for _, k := range "SORT" {
		h.Key(tea.KeyPressMsg{Code: k, Text: string(k)})
	}
	if got := read(h); !strings.Contains(got, "Sort the table") || strings.Contains(got, "Go up a line") || !strings.Contains(h.Title(), "SORT") {
		t.Errorf("filtered by sort there is\n%s", got)
	}
	if done, _ := h.Key(tuitest.Key("q")); done {
		t.Error("q closes the help while it is filtered")
	}
	if done, _ := NewHelp().Key(tuitest.Key("q")); !done {
		t.Error("q does not close the help")
	}
}

// TestHelp names every action that has a key, and scrolls to the last one.
func TestHelp(t *testing.T) {
	h := NewHelp()
	th := panetest.Style(t).Theme
	all := ""
	for range 200 {
		w, rows := h.Size(90, 10)
		for y := range rows {
			all += ansi.Strip(string(h.Row(nil, y, w, th))) + "\n"
		}
		if closed, _ := h.Key(tuitest.Key("down")); closed {
			t.Fatal("down closes it")
		}
	}
	for _, g := range keymap.Groups() {
		for _, b := range g.Bindings {
			if !strings.Contains(all, ansi.Truncate(b.Help, 17, "")) {
				t.Errorf("%q is not in the help", b.Help)
			}
		}
	}
	for _, k := range []string{"/", "q", "u", "i"} { // behind a slash q is a letter of the filter
		if closed, _ := h.Key(tuitest.Key(k)); closed {
			t.Errorf("%s closes it", k)
		}
	}
	w, rows := h.Size(90, 10)
	found := h.Title()
	for y := range rows {
		found += ansi.Strip(string(h.Row(nil, y, w, th))) + "\n"
	}
	if !strings.Contains(found, "Keys with: /qui") || !strings.Contains(found, "Quit") || strings.Contains(found, "Go up a line") {
		t.Errorf("/qui finds %q", found)
	}
	if closed, _ := h.Key(tuitest.Key("?")); !closed {
		t.Error("? does not close it")
	}
	if n := strings.Count(all[:strings.Index(all, "Mouse")], "Only one namespace"); n == 0 || !strings.Contains(all, "keys, folder") {
		t.Errorf("what is the same in several panes is not said together")
	}
	for _, w := range []int{34, 44, 74} { // whole sentences, however narrow the screen is
		w, rows := h.Size(w, 500)
		for y := range rows {
			if row := ansi.Strip(string(h.Row(nil, y, w, th))); strings.Contains(row, "…") {
				t.Errorf("at %d columns: %s", w, row)
			}
		}
	}
}

// TestMouse presses what is in the boxes, and beside them, where they are drawn.
func TestMouse(t *testing.T) {
	const w, h = 80, 24
	th, err := theme.Named("dark")
	if err != nil {
		t.Fatal(err)
	}
	blank := strings.Repeat(strings.Repeat(" ", w)+"\n", h-1) + strings.Repeat(" ", w)
	press := func(s *Stack, word string) {
		for y, row := range strings.Split(ansi.Strip(s.Over(blank, w, h, th)), "\n") {
			if i := strings.Index(row, word); i >= 0 {
				s.Mouse(tea.MouseClickMsg{X: ansi.StringWidth(row[:i]), Y: y, Button: tea.MouseLeft}, w, h)
				return
			}
		}
		t.Fatalf("%q is not drawn:\n%s", word, ansi.Strip(s.Over(blank, w, h, th)))
	}
	got := ""
	take := func(s string) tea.Cmd { got = s; return nil }
	menu := func() Dialog {
		return NewMenu("Copy", []Item{{Key: "k", Label: "the key"}, {Key: "v", Label: "the value"}}, take)
	}
	palette := func() Dialog {
		return NewPalette("Command", []Entry{{Name: "now", Help: "Return"}, {Name: "rev", Arg: "N", Help: "Travel"}}, take)
	}
	confirm := func() Dialog {
		return NewConfirm("Quit?", []string{"A snapshot is being saved."}, func() tea.Cmd { return take("yes") })
	}
	prompt := func() Dialog { return NewPrompt("Save", "a.db", []string{"Facts."}, take) }
	for _, c := range []struct {
		d          func() Dialog
		word, want string
		open       bool
	}{
		{menu, "the value", "v", false}, {menu, "Copy", "", true},
		{palette, "Return", "now", false}, {palette, "Travel", "", true},
		{confirm, "y yes", "yes", false}, {confirm, "no", "", false}, {confirm, "snapshot", "", true},
		{prompt, "does it", "a.db", false}, {prompt, "leaves", "", false}, {prompt, "Facts", "", true},
	} {
		var s Stack
		got = ""
		s.Push(c.d())
		press(&s, c.word)
		if got != c.want || (s.Top() != nil) != c.open {
			t.Errorf("%q of %s: answered %q (open: %v), want %q (%v)", c.word, c.d().Title(), got, s.Top() != nil, c.want, c.open)
		}
		s.Push(c.d())
		n := len(s.open)
		if s.Mouse(tea.MouseClickMsg{X: 0, Y: 0, Button: tea.MouseLeft}, w, h); len(s.open) != n-1 {
			t.Errorf("a press beside %s does not close it", c.d().Title())
		}
	}
	var s Stack
	s.Push(NewHelp())
	s.Over(blank, w, h, th)
	s.Mouse(tea.MouseWheelMsg{X: 40, Y: 12, Button: tea.MouseWheelDown}, w, h)
	if s.Over(blank, w, h, th); s.Top().(*Help).list.Top() != 3 {
		t.Error("the wheel does not scroll the help")
	}
}

// TestOfferScrolls: facts that have no room stand behind pgdn, and the items stay where they can be seen and pressed.
func TestOfferScrolls(t *testing.T) {
	const w, h = 60, 14
	th := panetest.Style(t).Theme
	facts := make([]string, 40)
	for i := range facts {
		facts[i] = fmt.Sprintf("fact %02d", i)
	}
	blank := strings.Repeat(strings.Repeat(" ", w)+"\n", h-1) + strings.Repeat(" ", w)
	var s Stack
	chosen := ""
	s.Push(NewOffer("Offer", facts, []Item{{"w", "write it"}, {"c", "copy it"}}, func(key string) tea.Cmd { chosen = key; return nil }))
	seen := map[string]bool{}
	look := func() string {
		out := ansi.Strip(s.Over(blank, w, h, th))
		for _, f := range facts {
			seen[f] = seen[f] || strings.Contains(out, f)
		}
		if !strings.Contains(out, "w  write it") || !strings.Contains(out, "c  copy it") {
			t.Fatalf("the items are not to be seen:\n%s", out)
		}
		return out
	}
	if out := look(); !strings.Contains(out, "fact 00") || !strings.Contains(out, "33 more lines: pgdn") {
		t.Errorf("at first:\n%s", out)
	}
	press(&s, "pgdown")
	if out := look(); strings.Contains(out, "fact 00") || !strings.Contains(out, "above: pgup") || !strings.Contains(out, "more lines: pgdn") {
		t.Errorf("after pgdown:\n%s", out)
	}
	for range 20 {
		press(&s, "pgdown")
		look()
	}
	if out := look(); !strings.Contains(out, "fact 39") || !strings.Contains(out, "33 lines above: pgup") {
		t.Errorf("at the end:\n%s", out)
	}
	for _, f := range facts {
		if !seen[f] {
			t.Errorf("%s was never seen", f)
		}
	}
	press(&s, "pgup")
	if out := look(); strings.Contains(out, "fact 39") {
		t.Errorf("after pgup:\n%s", out)
	}
	for y, row := range strings.Split(look(), "\n") {
		if i := strings.Index(row, "copy it"); i >= 0 {
			s.Mouse(tea.MouseClickMsg{X: ansi.StringWidth(row[:i]), Y: y, Button: tea.MouseLeft}, w, h)
		}
	}
	if chosen != "c" || s.Top() != nil {
		t.Errorf("a press on an item below facts chose %q", chosen)
	}
}

// TestFactsLeaveRoom asks with long sentences on a low screen: they are broken into lines, and what can be answered is
// there and can be clicked.
func TestFactsLeaveRoom(t *testing.T) {
	th := panetest.Style(t).Theme
	facts := []string{strings.Repeat("a long sentence ", 20)}
	chosen := ""
	offer := NewOffer("Offer", facts, []Item{{"w", "write it"}, {"c", "copy it"}}, func(k string) tea.Cmd { chosen = k; return nil })
	for _, d := range []Dialog{offer, NewPrompt("Prompt", "what was typed", facts, say), NewConfirm("Sure?", facts, func() tea.Cmd { return nil })} {
		for _, h := range []int{10, 24} {
			var s Stack
			s.Push(d)
			out := ansi.Strip(s.Over(strings.TrimSuffix(strings.Repeat(strings.Repeat(".", 60)+"\n", h), "\n"), 60, h, th))
			if strings.Contains(out, "lon…") || !strings.Contains(out, "a long sentence") {
				t.Errorf("at %d rows:\n%s", h, out)
			}
			for _, want := range map[string][]string{"Offer": {"w  write it", "c  copy it"}, "Prompt": {"what was typed", "esc leaves"}, "Sure?": {"y yes   n no"}}[d.Title()] {
				if !strings.Contains(out, want) {
					t.Errorf("at %d rows %q is missing:\n%s", h, want, out)
				}
			}
			if d != Dialog(offer) {
				continue
			}
			for y, l := range strings.Split(out, "\n") {
				if strings.Contains(l, "c  copy it") {
					s.Mouse(tea.MouseClickMsg{X: 20, Y: y, Button: tea.MouseLeft}, 60, h)
				}
			}
			if chosen != "c" || s.Top() != nil {
				t.Errorf("at %d rows a click chose %q", h, chosen)
			}
			chosen = ""
		}
	}
}
