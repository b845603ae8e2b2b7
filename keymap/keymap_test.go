package keymap

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the key table of the README")

// TestOneMeaning checks that no key has two meanings in one place.
func TestOneMeaning(t *testing.T) {
	seen := map[scoped]Action{}
	global := map[string]Action{}
	for _, b := range Table {
		for _, k := range b.Keys {
			if old, ok := seen[scoped{b.Scope, k}]; ok && old != b.Action {
				t.Errorf("%s means %s and %s in %s", k, old, b.Action, b.Scope)
			}
			seen[scoped{b.Scope, k}] = b.Action
			if b.Scope == Global {
				global[k] = b.Action
			}
		}
	}
	for s, a := range seen {
		if g, ok := global[s.key]; ok && s.scope != Global {
			t.Errorf("%s means %s everywhere, and %s in %s", s.key, g, a, s.scope)
		}
		if prefixes[scoped{s.scope, s.key}] || prefixes[scoped{Global, s.key}] {
			t.Errorf("%s is bound to %s and also begins a sequence", s.key, a)
		}
	}
}

// TestForbiddenKeys checks that nothing is bound to keys that multiplexers and terminals keep for themselves, and that
// every action can be had without ctrl, alt and function keys, except those that only mean something to the terminal.
func TestForbiddenKeys(t *testing.T) {
	plain := map[Action]bool{}
	for _, b := range Table {
		for _, k := range b.Keys {
			switch k {
			case "ctrl+i", "ctrl+m", "ctrl+h", "ctrl+[", "ctrl+a", "ctrl+b", "ctrl+s", "ctrl+q":
				t.Errorf("%s is bound to %s", k, b.Action)
			}
			if !strings.HasPrefix(k, "ctrl+") && !strings.HasPrefix(k, "alt+") && k != "f1" {
				plain[b.Action] = true
			}
		}
		if b.Help == "" || !strings.HasSuffix(b.Help, ".") {
			t.Errorf("the help of %s is no sentence: %q", b.Action, b.Help)
		}
	}
	for _, b := range Table {
		switch b.Action {
		case HalfUp, HalfDown, Suspend, Redraw, Refresh: // pages, :commands and the terminal's own keys do the same
		default:
			if !plain[b.Action] {
				t.Errorf("%s needs ctrl, alt or a function key", b.Action)
			}
		}
	}
}

func TestPress(t *testing.T) {
	var s State
	for _, c := range []struct {
		keys  string
		scope Scope
		want  Action
	}{
		{"j", Tree, Down},
		{"l", Tree, Expand},
		{"l", Story, StoryNext},
		{"g,g", Value, First},
		{"g,p", Tree, Parent},
		{"g,q", Tree, None}, // an unknown sequence does nothing, and is over
		{"z,M", Value, FoldAll},
		{"z,R", Tree, None}, // a sequence of values: not the key that shows Secrets
		{"space", Value, PageDown},
		{"space", Story, StoryNext},
		{"é", Tree, None},
	} {
		var got Action
		for _, k := range strings.Split(c.keys, ",") {
			got = s.Press(k, c.scope)
		}
		if got != c.want || s.Pending() != "" {
			t.Errorf("%s in %s means %q (pending %q), want %q", c.keys, c.scope, got, s.Pending(), c.want)
		}
	}
	s.Press("g", Tree)
	if after := s.After(Tree); s.Pending() != "g" || len(after) != 14 {
		t.Errorf("after %q there can follow %v", s.Pending(), after)
	}
}

func TestKeyLineKeepsTheWayOut(t *testing.T) {
	for _, s := range []Scope{Tree, Value, Folder, Timeline, Changes, Snapshots, Story} {
		line := KeyLine(s)
		if n := len(line); n < 6 || line[n-2].Label != "help" || line[n-1].Label != "quit" {
			t.Errorf("key line of %s ends in %v", s, line[len(line)-2:])
		}
	}
}

// TestReadme holds the README's table against the bindings.
func TestReadme(t *testing.T) {
	const path, from, to = "../README.md", "<!-- keys: generated from the keymap; go test ./keymap -update -->\n", "<!-- /keys -->"
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(b), from)
	table, tail, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatal("the README has no place for the key table")
	}
	if *update {
		if err := os.WriteFile(path, []byte(head+from+markdown()+to+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if table != markdown() {
		t.Error("the README's key table is not that of the keymap; go test ./keymap -update rewrites it")
	}
}

// TestSequencesOfOtherScopes types what folds a value where there is none: its second key must not reveal Secrets, or
// release the mouse.
func TestSequencesOfOtherScopes(t *testing.T) {
	for _, scope := range []Scope{Tree, Folder, Timeline, Changes, Report} {
		for _, key := range []string{"R", "M", "z"} {
			var s State
			if a := s.Press("z", scope); a != None || s.Pending() != "z" {
				t.Fatalf("z does %v in %s", a, scope)
			}
			if a := s.Press(key, scope); a != None || s.Pending() != "" {
				t.Errorf("z %s does %v in %s", key, a, scope)
			}
		}
	}
}

// TestKeyLineClicks holds what a click on an item of the key line does against what its key does.
func TestKeyLineClicks(t *testing.T) {
	for _, s := range []Scope{Tree, Value, Timeline, Snapshots, Hunks, Compare, Space, Report, Sequence} {
		back := false
		for _, h := range KeyLine(s) {
			back = back || h.Actions[0] == Back && h.Stays
			if h.Label == "write" && (len(h.Actions) != 2 || h.Actions[0] != Older || h.Actions[1] != Newer) {
				t.Errorf("%s of %s does %v", h.Key, s, h.Actions)
			}
		}
		if back != whole[s] {
			t.Errorf("the key line of %s shows the way back: %v", s, back)
		}
	}
}

// markdown returns the table for the README.
func markdown() string {
	var s strings.Builder
	s.WriteString("| key | where | what it does |\n|---|---|---|\n")
	for _, g := range Groups() {
		for i, b := range g.Bindings {
			where := []string{}
			first := i
			for j, x := range g.Bindings {
				if x.Action == b.Action && x.Help == b.Help && slices.Equal(x.Keys, b.Keys) {
					where, first = append(where, string(x.Scope)), min(first, j)
				}
			}
			if first < i { // it is in that row
				continue
			}
			keys := make([]string, len(b.Keys))
			for i, k := range b.Names() {
				keys[i] = "`" + strings.ReplaceAll(k, "|", `\|`) + "`"
			}
			fmt.Fprintf(&s, "| %s | %s | %s |\n", strings.Join(keys, " "), strings.Join(where, ", "), b.Help)
		}
	}
	return s.String()
}
