package sourcetest

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Model answers by brute force what a Source is asked.
type Model struct {
	Spec   Spec
	Events []etcdsource.Event // all changes since revision 2, the compacted ones too, in order
}

// NewModel plays the transactions.
func NewModel(s Spec) *Model {
	m := &Model{Spec: s}
	live := map[string]etcdsource.Event{}
	for i, op := range s.Ops {
		for sub, w := range op {
			old, had := live[string(w.Key)]
			e := etcdsource.Event{Key: w.Key, Mod: int64(i) + 2, Sub: int64(sub), Type: etcdsource.Deleted}
			if w.Delete {
				delete(live, string(w.Key))
			} else {
				e.Value, e.Lease, e.Version, e.Create, e.Type = w.Value, w.Lease, 1, e.Mod, etcdsource.Created
				if had {
					e.Version, e.Create, e.Type = old.Version+1, old.Create, etcdsource.Updated
				}
				live[string(w.Key)] = e
			}
			m.Events = append(m.Events, e)
		}
	}
	return m
}

// State returns the keys of the span that exist at the revision, in order.
func (m *Model) State(s etcdsource.Span, rev int64) []etcdsource.Event {
	live := map[string]etcdsource.Event{}
	for _, e := range m.Events {
		switch {
		case e.Mod > rev || !s.Contains(e.Key):
		case e.Type == etcdsource.Deleted:
			delete(live, string(e.Key))
		default:
			live[string(e.Key)] = e
		}
	}
	list := make([]etcdsource.Event, 0, len(live))
	for _, e := range live {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b etcdsource.Event) int { return bytes.Compare(a.Key, b.Key) })
	return list
}

// Changes returns what a watch of the span from the revision on delivers when everything after the compaction is
// retained.
func (m *Model) Changes(s etcdsource.Span, from int64) (list []etcdsource.Event) {
	for _, e := range m.Events {
		if e.Mod >= from && e.Mod > m.Spec.Compact && s.Contains(e.Key) {
			list = append(list, e)
		}
	}
	return list
}

// Retained returns what a file of the store holds: after the compaction all, from before it the newest of each key that
// lived then, marked Kept.
func (m *Model) Retained() (list []etcdsource.Event) {
	if m.Spec.Compact > 0 {
		for _, e := range m.State(etcdsource.Prefix(""), m.Spec.Compact) {
			e.Kept = true
			list = append(list, e)
		}
		slices.SortFunc(list, func(a, b etcdsource.Event) int { return cmp.Or(cmp.Compare(a.Mod, b.Mod), cmp.Compare(a.Sub, b.Sub)) })
	}
	return append(list, m.Changes(etcdsource.Prefix(""), 0)...)
}

// child is what the model expects of one step below a prefix.
type child struct {
	path string
	dir  bool
	keys int64
}

// Children returns the next path segments below the prefix at the revision, in key order.
func (m *Model) children(prefix string, rev int64) (list []child) {
	for _, e := range m.State(etcdsource.Prefix(prefix), rev) {
		path, dir := string(e.Key), false
		if i := bytes.IndexByte(e.Key[len(prefix):], '/'); i >= 0 {
			path, dir = string(e.Key[:len(prefix)+i+1]), true
		}
		if n := len(list); dir && n > 0 && list[n-1].path == path && list[n-1].dir {
			list[n-1].keys++
			continue
		}
		list = append(list, child{path: path, dir: dir, keys: 1})
	}
	return list
}

// folders returns all prefixes that end in "/", and the empty one.
func (m *Model) folders() []string {
	set := map[string]bool{"": true}
	for _, e := range m.Events {
		for i, c := range e.Key {
			if c == '/' {
				set[string(e.Key[:i+1])] = true
			}
		}
	}
	list := make([]string, 0, len(set))
	for p := range set {
		list = append(list, p)
	}
	slices.Sort(list)
	return list
}
