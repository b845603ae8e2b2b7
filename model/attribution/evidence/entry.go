package evidence

import (
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/fields"
)

// Entry is one entry of managedFields. A zero Time is not stored.
type Entry struct {
	Manager, Operation, Subresource, APIVersion string

	Time   time.Time
	stored *decode.Managed
	parser *Parser
	set    *fields.Set // once it was asked for
}

// Set is what the entry owns, never nil. It is read when it is asked for: few sets are.
func (e *Entry) Set() *fields.Set {
	if e.set == nil {
		e.set = e.parser.sets.Of(e.stored.Fields, e.stored.Owned)
	}
	return e.set
}

// raw is the set as stored.
func (e *Entry) raw() string { return e.stored.Fields }

// BeforeFirstApply is the manager under which the API server keeps what an object had before its first server-side apply.
const BeforeFirstApply = "before-first-apply"

// same reports whether two entries are the same one in two versions of an object. Their places in the list mean
// nothing: the API server sorts them with each write.
func (e *Entry) same(o *Entry) bool {
	return e.Manager == o.Manager && e.Operation == o.Operation && e.Subresource == o.Subresource && e.APIVersion == o.APIVersion
}

// Who is "kubelet/Update/status", as stored and not safe to draw.
func (e *Entry) Who() string {
	s := e.Manager + "/" + e.Operation
	if e.Subresource != "" {
		s += "/" + e.Subresource
	}
	return s
}

// String is "kubelet/Update/status 10:02:11", as stored and not safe to draw.
func (e *Entry) String() string {
	s := e.Who()
	if !e.Time.IsZero() {
		s += " " + e.Time.UTC().Format(time.TimeOnly)
	}
	return s
}

// Owns reports whether an entry owns a top-level field, or something below it.
func (e *Entry) Owns(field string) bool {
	if owns, sure := fields.Holds(e.stored.Fields, field); sure {
		return owns
	}
	return e.Set().Match(diff.Split("."+field)) != fields.None
}

// OwnsFinalizer reports whether an entry owns one finalizer of the object.
func (e *Entry) OwnsFinalizer(name string) bool {
	return e.Set().Match(below(Path(diff.Split(".metadata.finalizers")), valueStep(name))) == fields.Exact
}

// Parser parses entries. Most field sets occur in many versions, so it remembers those that it has parsed. It is safe for
// concurrent use; the entries of one version are not.
type Parser struct{ sets fields.Sets }

// entries returns the entries of an object, nil where it has none.
func (p *Parser) entries(o *decode.Object) []Entry {
	stored := o.Managed()
	if len(stored) == 0 {
		return nil
	}
	out := make([]Entry, 0, len(stored))
	for i := range stored {
		m := &stored[i]
		out = append(out, Entry{Manager: m.Manager, Operation: m.Operation, Subresource: m.Subresource, APIVersion: m.APIVersion, Time: timeOf(m), stored: m, parser: p})
	}
	return out
}

// timeOf is ParseTime of an entry's time, which was read already.
func timeOf(m *decode.Managed) time.Time {
	if !m.At.IsZero() && m.At.Year() >= 0 {
		return m.At
	}
	return ParseTime(m.Time)
}

// Find returns the entry of a version that is the same as e, nil where there is none.
func Find(list []Entry, e *Entry) *Entry {
	for i := range list {
		if list[i].same(e) {
			return &list[i]
		}
	}
	return nil
}

// Moved returns the entries of after that before does not have, or has with an older time.
func Moved(before, after []Entry) (out []*Entry) {
	for i := range after {
		e := &after[i]
		if old := Find(before, e); old == nil || e.Time.After(old.Time) {
			out = append(out, e)
		}
	}
	return out
}

// Grew returns the entries of after that own a field which the same entry of the same time in before did not own.
func Grew(before, after []Entry) (out []*Entry) {
	for i := range after {
		e := &after[i]
		old := Find(before, e)
		if old != nil && old.raw() != e.raw() && !e.Time.After(old.Time) && !old.Set().Contains(e.Set()) {
			out = append(out, e)
		}
	}
	return out
}

// Unchanged reports whether two versions have the same entries.
func Unchanged(before, after []Entry) bool {
	if len(before) != len(after) {
		return false
	}
	for i := range after {
		old := Find(before, &after[i])
		if old == nil || old.raw() != after[i].raw() || !old.Time.Equal(after[i].Time) {
			return false
		}
	}
	return true
}

// Dropped returns the entries of before that after does not have.
func Dropped(before, after []Entry) (out []*Entry) {
	for i := range before {
		if Find(after, &before[i]) == nil {
			out = append(out, &before[i])
		}
	}
	return out
}

// Newest returns the entry with the newest time, nil where none has a time.
func Newest(list []Entry) (out *Entry) {
	for i := range list {
		if e := &list[i]; !e.Time.IsZero() && (out == nil || e.Time.After(out.Time)) {
			out = e
		}
	}
	return out
}

// SameComponent reports whether entries belong to one component.
func SameComponent(list []*Entry) bool {
	for _, e := range list {
		if Component(e.Manager) != Component(list[0].Manager) {
			return false
		}
	}
	return true
}
