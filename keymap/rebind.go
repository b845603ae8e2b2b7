package keymap

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Rebind gives actions other keys, in every scope in which they have one; where an action has keys everywhere, only
// those are replaced. It is called once, before the program starts. Nothing changes when it returns an error: an unknown
// action or key, a key with two meanings in one place, an action without a key that nobody can do without.
func Rebind(keys map[Action][]string) error {
	table := slices.Clone(Table)
	for _, a := range sorted(keys) {
		if err := rebind(table, a, keys[a]); err != nil {
			return err
		}
	}
	if err := conflict(table); err != nil {
		return err
	}
	Table = table
	byKey, prefixes = derive(table)
	keyLines.Clear()
	return nil
}

func sorted(keys map[Action][]string) []Action {
	var out []Action
	for a := range keys {
		out = append(out, a)
	}
	slices.Sort(out)
	return out
}

func rebind(table []Binding, a Action, keys []string) error {
	for _, k := range keys {
		if why := wrong(k); why != "" {
			return fmt.Errorf("keys of %s: %q %s", a, k, why)
		}
	}
	if len(keys) == 0 && slices.Contains([]Action{Quit, Help, Back, Up, Down, Open}, a) {
		return fmt.Errorf("keys of %s: it needs one", a)
	}
	found, everywhere := false, false
	for _, b := range table {
		found = found || b.Action == a
		everywhere = everywhere || b.Action == a && b.Scope == Global
	}
	if !found {
		return fmt.Errorf("keys: there is no action %q; etcdscope help keys lists them", a)
	}
	for i := range table {
		if table[i].Action == a && (!everywhere || table[i].Scope == Global) {
			table[i].Keys = slices.Clone(keys)
		}
	}
	return nil
}

// wrong says why a text names no key, or none that terminals tell from another; "" when it names one.
func wrong(key string) string {
	parts := strings.Split(key, " ")
	if len(parts) > 2 {
		return "is a sequence of more than two keys"
	}
	for _, p := range parts {
		switch p {
		case "ctrl+i", "ctrl+m", "ctrl+[", "ctrl+h":
			return "cannot be distinguished from tab, enter, esc or backspace"
		}
		name := p
		for _, mod := range []string{"ctrl+", "alt+", "shift+"} {
			name = strings.TrimPrefix(name, mod)
		}
		if utf8.RuneCountInString(name) != 1 && !slices.Contains(special, name) {
			return "is no key; keys are written as in g g, ctrl+d, alt+x, pgdown, f5, space"
		}
	}
	return ""
}

// special are the names of keys that are no character.
var special = strings.Fields("up down left right enter esc tab space backspace delete insert home end pgup pgdown " +
	"f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12")

// conflict returns the first key that means two things in one place, or that is bound and also begins a sequence.
func conflict(table []Binding) error {
	seen := map[scoped]Action{}
	_, begins := derive(table)
	for _, b := range table {
		for _, k := range b.Keys {
			at := scoped{b.Scope, k}
			if old, ok := seen[at]; ok && old != b.Action {
				return fmt.Errorf("key %s means %s and %s (%s)", k, old, b.Action, b.Scope)
			}
			seen[at] = b.Action
		}
	}
	for _, b := range table {
		for _, k := range b.Keys {
			if other, ok := seen[scoped{Global, k}]; ok && b.Scope != Global {
				return fmt.Errorf("key %s means %s everywhere, and %s in %s", k, other, b.Action, b.Scope)
			}
			if begins[scoped{b.Scope, k}] || begins[scoped{Global, k}] {
				return fmt.Errorf("key %s means %s and also begins a sequence", k, b.Action)
			}
		}
	}
	return nil
}
