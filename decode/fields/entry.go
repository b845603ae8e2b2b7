package fields

import (
	"time"
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
