package keymap

import (
	"strings"
	"testing"
)

func TestRebind(t *testing.T) {
	before := Table
	t.Cleanup(func() { Table = before; byKey, prefixes = derive(before); keyLines.Clear() })
	var s State
	if line := KeyLine(Tree); line[len(line)-1].Key != "q" {
		t.Errorf("before, the key line says %v", line)
	}
	if err := Rebind(map[Action][]string{Search: {"f"}, Quit: {"Q", "ctrl+c"}, StoryNext: {"."}}); err != nil {
		t.Fatal(err)
	}
	if s.Press("f", Tree) != Search || s.Press("/", Tree) != None || s.Press("Q", Tree) != Quit || s.Press("q", Tree) != None || s.Press(".", Story) != StoryNext {
		t.Error("the new keys do not hold")
	}
	if line := KeyLine(Tree); line[len(line)-1].Key != "Q" {
		t.Errorf("the key line says %v", line)
	}
	for _, c := range []struct {
		keys map[Action][]string
		says string
	}{
		{map[Action][]string{"fly": {"f"}}, `no action "fly"`},
		{map[Action][]string{Search: {"j"}}, "means"},
		{map[Action][]string{Wrap: {"y"}}, "everywhere"},
		{map[Action][]string{Search: {"g"}}, "begins a sequence"},
		{map[Action][]string{Search: {"pagedown"}}, "is no key"},
		{map[Action][]string{Search: {"ctrl+m"}}, "cannot be distinguished"},
		{map[Action][]string{Search: {"a b c"}}, "more than two"},
		{map[Action][]string{Quit: {}}, "needs one"},
	} {
		err := Rebind(c.keys)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %v, want %q", c.keys, err, c.says)
		}
	}
	if s.Press("f", Tree) != Search {
		t.Error("a refused table left something behind")
	}
}
