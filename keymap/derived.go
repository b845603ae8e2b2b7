package keymap

import (
	"slices"
	"strings"
	"sync"
)

// Hint is an item of the key line.
type Hint struct {
	Key, Label string
	Stays      bool
	Actions    []Action // what a click on it does; two where it names two keys, a half for each
}

// KeyLine returns the hints for a pane, and for what is used from there, the most important first. Those that must stay when the line is cut are the last
// ones, and say so.
func KeyLine(scope Scope, also ...Scope) []Hint {
	asked := scope
	for _, s := range also {
		asked += " " + s
	}
	if h, ok := keyLines.Load(asked); ok {
		return slices.Clone(h.([]Hint)) // asked for with every frame
	}
	h := keyLine(scope, also)
	keyLines.Store(asked, h)
	return slices.Clone(h)
}

// keyLines are the hints of the scopes that were asked for; Rebind empties it.
var keyLines sync.Map

func keyLine(scope Scope, also []Scope) []Hint {
	var own, all, last []Hint
	for _, b := range Table {
		back := b.Action == Back && whole[scope]
		if b.Label == "" && !back || b.Scope != scope && !in(b.Scope, also) {
			continue
		}
		h := Hint{Key: Name(b.Keys[0]), Label: b.Label, Actions: []Action{b.Action}}
		for _, end := range []string{"] ", "> "} {
			if k, label, ok := strings.Cut(b.Label, end); ok {
				h = Hint{Key: k + end[:1], Label: label, Actions: []Action{b.Action, others[b.Action]}}
			}
		}
		switch {
		case b.Scope == Global && !back && !of(scope, b.Action):
			continue
		case back:
			h.Label, h.Stays = "back", true
			last = append([]Hint{h}, last...)
		case b.Action == Help || b.Action == Quit:
			h.Stays = true
			last = append(last, h)
		case b.Scope != Global || slices.Contains(purpose[scope], b.Action):
			own = append(own, h)
		case b.Action == Command:
			all = slices.Insert(all, min(commandAt, len(all)), h)
		default:
			all = append(all, h)
		}
	}
	return append(append(own, all...), last...)
}

// whole are the scopes of panes that take the whole screen: the way back from there is always shown.
var whole = map[Scope]bool{Snapshots: true, Sequence: true, Hunks: true, Compare: true, Space: true, Report: true, Health: true, Overview: true, Restoring: true, Kept: true}

// apart are the scopes of screens that show no object and no time: the actions of everywhere that have to do with them.
var apart = map[Scope][]Action{
	Overview: {Open, Search, Command, Pane6, Snapshot}, Health: {Open, Search, Command, Copy, ShowOverview, Snapshot}, Space: {Open, Search, Command, Sort, ShowOverview, Snapshot}, Kept: {Open, Command},
	Sequence: {Open, Command, Diff, Copy}, Report: {Open, Search, Command, Copy},
}

// only are actions of everywhere that do something in some scopes alone, and without those that do nothing in one.
var (
	only    = map[Action][]Scope{Sort: {Folder, Space}}
	without = map[Scope][]Action{Folder: {Format}}
)

// of reports whether an action of everywhere is named in the key line of a scope.
func of(scope Scope, a Action) bool {
	if where, ok := only[a]; ok && !in(scope, where) || slices.Contains(without[scope], a) {
		return false
	}
	some, ok := apart[scope]
	return !ok || a == Help || a == Quit || slices.Contains(some, a)
}

// purpose are actions of everywhere that a scope is there for.
var purpose = map[Scope][]Action{Snapshots: {Snapshot, ListThen}, Folder: {Sort}}

// commandAt is the place of the palette among the hints of everywhere: all else can be had from it.
const commandAt = 2

// others are the second actions of hints that name two keys.
var others = map[Action]Action{Older: Newer, FarOlder: FarNewer}

// Unopened returns what the key line shows while no source is open: what can be done without one.
func Unopened() []Hint {
	var out []Hint
	for _, b := range Table {
		if b.Action == Command || b.Action == Help || b.Action == Quit {
			out = append(out, Hint{Key: Name(b.Keys[0]), Label: b.Label, Stays: b.Action != Command, Actions: []Action{b.Action}})
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
