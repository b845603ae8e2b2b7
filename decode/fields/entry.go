package fields

import (
	"time"

	"github.com/etcdscope/etcdscope/decode/diff"
)

// Entry is one entry of metadata.managedFields. Its texts are as stored.
type Entry struct {
	Manager     string
	Operation   string    // Update or Apply
	Subresource string    // "" for the object itself
	APIVersion  string    // the version that the set's fields are of
	Time        time.Time // zero where the entry has none: those of the scale subresource never do
	Set         *Set      // never nil
	Unread      int       // members of the set that could not be read
}

// maxEntries is how many entries are read. Objects have some ten; each may own each field.
const maxEntries = 200

// Entries returns the entries of a decoded object that still has its managedFields, in their order, the first maxEntries
// of them.
func Entries(tree map[string]any) []Entry {
	md, _ := tree["metadata"].(map[string]any)
	list, _ := md["managedFields"].([]any)
	out := make([]Entry, 0, min(len(list), maxEntries))
	for _, v := range list[:min(len(list), maxEntries)] {
		m, ok := v.(map[string]any)
		if !ok {
			continue
		}
		e := Entry{Manager: str(m, "manager"), Operation: str(m, "operation"), Subresource: str(m, "subresource"), APIVersion: str(m, "apiVersion")}
		e.Time, _ = time.Parse(time.RFC3339, str(m, "time"))
		set, _ := m["fieldsV1"].(map[string]any)
		e.Set, e.Unread = Parse(set)
		out = append(out, e)
	}
	return out
}

func str(m map[string]any, name string) string {
	s, _ := m[name].(string)
	return s
}

// Owners returns the entries that own the value at the end of a path, in their order: those that own it itself, or,
// where there are none, those that own the nearest whole that it is a part of.
func Owners(entries []Entry, steps []diff.Step) (out []*Entry) {
	best := depth{}
	for i := range entries {
		m, n := entries[i].Set.find(steps)
		if m != Exact && m != Above {
			continue
		}
		d := depth{m, n}
		switch {
		case d == best:
			out = append(out, &entries[i])
		case d.match > best.match || d.match == best.match && d.steps > best.steps:
			best, out = d, append(out[:0], &entries[i])
		}
	}
	return out
}

// depth is how close to a path a set comes.
type depth struct {
	match Match
	steps int
}
