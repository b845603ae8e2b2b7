// Package space sums up what fills a store, by namespace.
//
//	Source ─► Counter.Count ─► Add(namespace, type, keys, bytes) ─► Rows
//
//	namespace   keys    bytes   mostly
//	shop          61  210,332   pods
//	–              9   12,004   nodes      in no namespace
//
// What always holds:
//   - The sums of the rows are the sums of what was added; nothing is left out or counted twice.
//   - Rows come the biggest first: by keys, then by bytes, then by name; so what is shown of a count under way moves as
//     little as it can.
//   - Bytes are those of values. Where they are not known of one key, the row's are not known: -1.
package space

import (
	"cmp"
	"slices"
	"strings"
)

// Sum is how much something takes.
type Sum struct {
	Keys  int64
	Bytes int64 // of the values, -1 where not known
}

func (s Sum) plus(o Sum) Sum {
	s.Keys += o.Keys
	if s.Bytes < 0 || o.Bytes < 0 {
		s.Bytes = -1
	} else {
		s.Bytes += o.Bytes
	}
	return s
}

// Row is what a namespace takes.
type Row struct {
	Namespace string // "" is what lies in none
	Sum
	Mostly string // the type that most of its keys are of
}

// Spaces are the sums by namespace and type. The zero Spaces is empty. It is used by one goroutine.
type Spaces struct{ by map[string]map[string]Sum }

// Add adds keys of a type in a namespace.
func (s *Spaces) Add(namespace, kind string, what Sum) {
	if s.by == nil {
		s.by = map[string]map[string]Sum{}
	}
	kinds := s.by[namespace]
	if kinds == nil {
		kinds = map[string]Sum{}
		s.by[namespace] = kinds
	}
	kinds[kind] = kinds[kind].plus(what)
}

// Rows returns a row a namespace, the biggest first. They share nothing with what is added later.
func (s *Spaces) Rows() []Row {
	out := make([]Row, 0, len(s.by))
	for ns, kinds := range s.by {
		row, most := Row{Namespace: ns}, int64(-1)
		for kind, sum := range kinds {
			row.Sum = row.plus(sum)
			if sum.Keys > most || sum.Keys == most && kind < row.Mostly {
				row.Mostly, most = kind, sum.Keys
			}
		}
		out = append(out, row)
	}
	slices.SortFunc(out, func(a, b Row) int {
		return cmp.Or(cmp.Compare(b.Keys, a.Keys), cmp.Compare(b.Bytes, a.Bytes), strings.Compare(a.Namespace, b.Namespace))
	})
	return out
}
