package evidence

import (
	"strings"

	"github.com/etcdscope/etcdscope/model/change"
)

// Change is a change of a key with its two versions parsed, and with what is known of the other changes of its revision.
type Change struct {
	change.Change
	Prev, Cur *Version // nil where there is none, or where it is not known
	// Objects is how many API objects changed in the same revision; Expired: all of these were deleted, and were attached to
	// one etcd lease.
	Objects int
	Expired bool
	Form    string // why its stored form is unusual, "" where it is not
	Silent  bool   // it is evidence for others only: no verdict is wanted

	added, removed []Path
	split          bool // these are set
}

// Paths returns the changed fields that have a value now, and those that are gone.
func (c *Change) Paths() (added, removed []Path) {
	if c.split {
		return c.added, c.removed
	}
	return Paths(c.Changes)
}

// Latest is the new version, else the one before; nil where neither is known.
func (c *Change) Latest() *Version {
	if c.Cur != nil {
		return c.Cur
	}
	return c.Prev
}

// Created reports whether the change created the object, also where its creation was compacted and nothing was written
// since.
func (c *Change) Created() bool { return c.Prev == nil && c.Version == 1 }

// EntriesUnchanged reports whether managedFields are as they were. Both versions are known.
func (c *Change) EntriesUnchanged() bool { return Unchanged(c.Prev.Entries, c.Cur.Entries) }

// Moved returns the entries that are new or have a newer time. Both versions are known.
func (c *Change) Moved() []*Entry { return Moved(c.Prev.Entries, c.Cur.Entries) }

// Changed reports whether a field, or one below it, changed.
func (c *Change) Changed(path string) bool {
	for i := range c.Changes {
		if Within(c.Changes[i].Path, []string{path}) {
			return true
		}
	}
	return false
}

// Only reports whether something changed, and nothing outside the given fields.
func (c *Change) Only(paths ...string) bool {
	for i := range c.Changes {
		if !Within(c.Changes[i].Path, paths) {
			return false
		}
	}
	return len(c.Changes) > 0
}

// Within reports whether a path is one of those given, or below one.
func Within(p string, of []string) bool {
	for _, o := range of {
		if rest, ok := strings.CutPrefix(p, o); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}
