package keymap

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Hint is an item of the key line.
type Hint struct{ Key, Label string }

// KeyLine returns the hints for a pane, the most important first. Help and Quit are the last two and must stay when
// the line is cut.
func KeyLine(scope Scope) []Hint {
	if h, ok := keyLines.Load(scope); ok {
		return slices.Clone(h.([]Hint)) // asked for with every frame
	}
	h := keyLine(scope)
	keyLines.Store(scope, h)
	return slices.Clone(h)
}

// keyLines are the hints of the scopes that were asked for; Rebind empties it.
var keyLines sync.Map

func keyLine(scope Scope) []Hint {
	var own, all, last []Hint
	for _, b := range Table {
		if b.Label == "" || b.Scope != Global && b.Scope != scope {
			continue
		}
		h := Hint{Name(b.Keys[0]), b.Label}
		for _, end := range []string{"] ", "> "} {
			if k, label, ok := strings.Cut(b.Label, end); ok {
				h = Hint{k + end[:1], label}
			}
		}
		switch {
		case b.Action == Help || b.Action == Quit:
			last = append(last, h)
		case b.Scope == scope:
			own = append(own, h)
		default:
			all = append(all, h)
		}
	}
	return append(append(own, all...), last...)
}

// Unopened returns what the key line shows while no source is open: what can be done without one.
func Unopened() []Hint {
	var out []Hint
	for _, b := range Table {
		if b.Action == Command || b.Action == Help || b.Action == Quit {
			out = append(out, Hint{Name(b.Keys[0]), b.Label})
		}
	}
	return out
}

var names = map[string]string{
	"up": "↑", "down": "↓", "left": "←", "right": "→", "enter": "↵", "pgup": "PgUp", "pgdown": "PgDn", "home": "Home",
	"end": "End", "shift+tab": "shift+tab", "f1": "F1",
}

// Name returns a key as it is written for people.
func Name(key string) string {
	parts := strings.Split(key, " ")
	for i, p := range parts {
		if n, ok := names[p]; ok {
			parts[i] = n
		}
	}
	return strings.Join(parts, " ")
}

// Names returns all keys of a binding as they are written for people.
func (b Binding) Names() []string {
	out := make([]string, len(b.Keys))
	for i, k := range b.Keys {
		out[i] = Name(k)
	}
	return out
}

// Group is a part of the help.
type Group struct {
	Title    string
	Bindings []Binding
}

// Groups returns the table by heading, in the order in which the headings first appear.
func Groups() []Group {
	var out []Group
	at := map[string]int{}
	for _, b := range Table {
		i, ok := at[b.Group]
		if !ok {
			i = len(out)
			at[b.Group] = i
			out = append(out, Group{Title: b.Group})
		}
		out[i].Bindings = append(out[i].Bindings, b)
	}
	return out
}

// Markdown returns the table for the README.
func Markdown() string {
	var s strings.Builder
	s.WriteString("| key | where | what it does |\n|---|---|---|\n")
	for _, g := range Groups() {
		for _, b := range g.Bindings {
			keys := make([]string, len(b.Keys))
			for i, k := range b.Names() {
				keys[i] = "`" + strings.ReplaceAll(k, "|", `\|`) + "`"
			}
			fmt.Fprintf(&s, "| %s | %s | %s |\n", strings.Join(keys, " "), b.Scope, b.Help)
		}
	}
	return s.String()
}
