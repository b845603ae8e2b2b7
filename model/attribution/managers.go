package attribution

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/fields"
)

// entry is one entry of managedFields, with its set as it is stored.
type entry struct {
	fields.Entry
	raw string
}

// same reports whether two entries are the same one in two versions of an object. Their places in the list say nothing:
// the API server sorts them anew with each write.
func (e *entry) same(o *entry) bool {
	return e.Manager == o.Manager && e.Operation == o.Operation && e.Subresource == o.Subresource && e.APIVersion == o.APIVersion
}

// String is "kubelet/Update/status 10:02:11", as stored and not safe to draw.
func (e *entry) String() string {
	s := e.Manager + "/" + e.Operation
	if e.Subresource != "" {
		s += "/" + e.Subresource
	}
	if !e.Time.IsZero() {
		s += " " + e.Time.UTC().Format(time.TimeOnly)
	}
	return s
}

// maxSets bounds how many different sets a parser remembers.
const maxSets = 8192

// parser reads entries. Most sets come again and again, so it remembers those that it has read.
type parser struct {
	sets         map[string]*fields.Set
	subresources bool // an entry was read that tells of one
}

// entries returns the entries of an object, nil where it has none.
func (p *parser) entries(o *decode.Object) []entry {
	stored := o.Managed()
	if len(stored) == 0 {
		return nil
	}
	out := make([]entry, 0, len(stored))
	for i := range stored {
		m := &stored[i]
		e := entry{raw: m.Fields}
		e.Manager, e.Operation, e.APIVersion, e.Subresource = m.Manager, m.Operation, m.APIVersion, m.Subresource
		e.Time = parseTime(m.Time)
		p.subresources = p.subresources || m.Subresource != ""
		e.Set = p.set(m.Fields)
		out = append(out, e)
	}
	return out
}

func (p *parser) set(raw string) *fields.Set {
	if s := p.sets[raw]; s != nil {
		return s
	}
	if p.sets == nil || len(p.sets) >= maxSets {
		p.sets = map[string]*fields.Set{}
	}
	var m map[string]any
	dec := json.NewDecoder(strings.NewReader(raw))
	dec.UseNumber()
	s := &fields.Set{} // what cannot be read owns nothing
	if dec.Decode(&m) == nil {
		s, _ = fields.Parse(m)
	}
	p.sets[raw] = s
	return s
}

// find returns the entry of a version that is the same as e, nil where there is none.
func find(list []entry, e *entry) *entry {
	for i := range list {
		if list[i].same(e) {
			return &list[i]
		}
	}
	return nil
}

// moved returns the entries of after that before does not have, or has with an older time.
func moved(before, after []entry) (out []*entry) {
	for i := range after {
		e := &after[i]
		if old := find(before, e); old == nil || e.Time.After(old.Time) {
			out = append(out, e)
		}
	}
	return out
}

// grew returns the entries of after that own a field which the same entry of the same time in before did not own.
func grew(before, after []entry) (out []*entry) {
	for i := range after {
		e := &after[i]
		old := find(before, e)
		if old != nil && old.raw != e.raw && !e.Time.After(old.Time) && !old.Set.Contains(e.Set) {
			out = append(out, e)
		}
	}
	return out
}

// unmoved reports whether two versions have the same entries.
func unmoved(before, after []entry) bool {
	if len(before) != len(after) {
		return false
	}
	for i := range after {
		old := find(before, &after[i])
		if old == nil || old.raw != after[i].raw || !old.Time.Equal(after[i].Time) {
			return false
		}
	}
	return true
}

// went returns the entries of before that after does not have any more.
func went(before, after []entry) (out []*entry) {
	for i := range before {
		if find(after, &before[i]) == nil {
			out = append(out, &before[i])
		}
	}
	return out
}

// newest returns the entry with the newest time, nil where none has a time.
func newest(list []entry) (out *entry) {
	for i := range list {
		if e := &list[i]; !e.Time.IsZero() && (out == nil || e.Time.After(out.Time)) {
			out = e
		}
	}
	return out
}

// sameManager reports whether entries belong to one component.
func sameManager(list []*entry) bool {
	for _, e := range list {
		if component(e.Manager) != component(list[0].Manager) {
			return false
		}
	}
	return true
}
