package fields

import (
	"slices"
	"strconv"
	"strings"

	"github.com/etcdscope/etcdscope/decode/diff"
)

// Set is a set of field paths. The nil Set is empty.
type Set struct {
	own    bool // the value itself is a member
	fields map[string]*Set
	items  *items // nil: none
}

// Match says how a set holds a path. A larger one is closer.
type Match uint8

// The ways in which a set can hold a path.
const (
	None  Match = iota
	Below       // parts of it only
	Above       // a whole that it is a part of
	Exact       // it itself
)

// maxDepth is how deep a set is read: paths of objects are not longer.
const maxDepth = 100

// Parse reads a set as it is stored: a fieldsV1 value. unread counts the members that are none.
func Parse(fieldsV1 map[string]any) (s *Set, unread int) {
	s = &Set{}
	unread = s.read(fieldsV1, 0)
	s.own = false // the root is no field
	return s, unread
}

// read adds what is stored. As the API server reads it, a value below which no member can be read is one itself.
// One that lies deeper than any object has fields is none.
func (s *Set) read(m map[string]any, depth int) (unread int) {
	for _, k := range sortedKeys(m) {
		if k == "." {
			s.own = true
			continue
		}
		below, isMap := m[k].(map[string]any)
		if !isMap || depth > maxDepth {
			unread++
			continue
		}
		sub := s.member(k)
		if sub == nil {
			unread++
			continue
		}
		unread += sub.read(below, depth+1)
	}
	s.own = s.own || s.leaf()
	return unread
}

func sortedKeys(m map[string]any) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// leaf reports whether the set has nothing below it.
func (s *Set) leaf() bool { return len(s.fields) == 0 && s.items == nil }

// member adds the member of that name, and returns it; nil where the name cannot be read.
func (s *Set) member(name string) *Set {
	if len(name) < 2 || name[1] != ':' {
		return nil
	}
	sub := &Set{}
	if name[0] == 'f' {
		if s.fields == nil {
			s.fields = map[string]*Set{}
		}
		s.fields[name[2:]] = sub
		return sub
	}
	l := s.items
	if l == nil {
		l = &items{}
	}
	if !l.read(name[0], name[2:], sub) {
		return nil
	}
	s.items = l
	return sub
}

// Match says how the set holds a path.
func (s *Set) Match(steps []diff.Step) Match {
	m, _ := s.find(steps)
	return m
}

// Has reports whether the set holds the path itself.
func (s *Set) Has(path string) bool { return s.Match(diff.Split(path)) == Exact }

// Covers reports whether the set holds the path, or a whole that it is a part of.
func (s *Set) Covers(path string) bool { return s.Match(diff.Split(path)) >= Above }

// find also says how many of the steps lead to what the set holds.
func (s *Set) find(steps []diff.Step) (m Match, n int) {
	for n < len(steps) {
		if s == nil {
			return None, 0
		}
		if n > 0 && s.own && s.leaf() {
			return Above, n
		}
		next, unsure := s.step(&steps[n])
		if next == nil && unsure {
			return Above, n
		}
		s, n = next, n+1
	}
	switch {
	case s == nil:
		return None, 0
	case s.own:
		return Exact, n
	case !s.leaf():
		return Below, n
	}
	return None, 0
}

// step goes one step down. unsure reports that the step names an item by something else than the set does.
func (s *Set) step(p *diff.Step) (next *Set, unsure bool) {
	if p.IsField() {
		return s.fields[p.Field], false
	}
	return s.items.find(p)
}

// Empty reports whether the set has no member.
func (s *Set) Empty() bool { return s == nil || !s.own && s.leaf() }

// Contains reports whether every member of the other set is one of this set.
func (s *Set) Contains(o *Set) bool {
	return !o.Each(func(p []diff.Step) bool { return s.Match(p) == Exact })
}

// Equal reports whether both sets have the same members.
func (s *Set) Equal(o *Set) bool { return s.Contains(o) && o.Contains(s) }

// Without returns the paths of this set that the other one does not hold.
func (s *Set) Without(o *Set) (out []string) {
	s.Each(func(p []diff.Step) bool {
		if o.Match(p) != Exact {
			out = append(out, Path(p))
		}
		return true
	})
	return out
}

// Paths returns all members as paths, in order.
func (s *Set) Paths() []string { return s.Without(nil) }

// Each calls f with the path of every member, in order, until f returns false; stopped reports that it did.
func (s *Set) Each(f func([]diff.Step) bool) (stopped bool) { return s.each(nil, f) }

func (s *Set) each(steps []diff.Step, f func([]diff.Step) bool) (stopped bool) {
	if s == nil {
		return false
	}
	if s.own && !f(steps) {
		return true
	}
	down := func(p diff.Step, sub *Set) bool { return sub.each(append(steps[:len(steps):len(steps)], p), f) }
	names := make([]string, 0, len(s.fields))
	for k := range s.fields {
		names = append(names, k)
	}
	slices.Sort(names)
	for _, k := range names {
		if down(diff.Step{Field: k, Index: -1}, s.fields[k]) {
			return true
		}
	}
	if s.items == nil {
		return false
	}
	for i := range s.items.list {
		if it := &s.items.list[i]; down(it.asStep(), it.set) {
			return true
		}
	}
	return false
}

// Path writes steps as a path. An item that is identified by its own value is written [="value"].
func Path(steps []diff.Step) string {
	var b strings.Builder
	for i := range steps {
		switch p := &steps[i]; {
		case p.IsField():
			s := diff.Field("", p.Field)
			b.WriteString(s)
		case p.Item != "":
			b.WriteString("[" + p.Item + "]")
		default:
			b.WriteString("[" + strconv.Itoa(p.Index) + "]")
		}
	}
	return b.String()
}
