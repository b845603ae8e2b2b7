package fields

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/etcdscope/etcdscope/decode/diff"
)

// Set is a set of field paths. The nil Set is empty.
type Set struct {
	own    bool // the value itself is a member
	fields map[string]*Set
	items  []item
}

// item is what a set says of some item of a list.
type item struct {
	name  string            // as stored, without the "k:", "v:" or "i:" before it
	keys  map[string]string // the item is the map with these values
	value any               // the item is this value
	index int               // the item stands here, -1 where it is told by keys or value
	set   *Set
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

// maxItems is how many items of one list are read: each is looked for among all of them.
const maxItems = 2000

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
	s.own = s.own || len(s.fields)+len(s.items) == 0
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

// member adds the member of that name, and returns it; nil where the name cannot be read.
func (s *Set) member(name string) *Set {
	if len(name) < 2 || name[1] != ':' {
		return nil
	}
	it := item{name: name[2:], index: -1, set: &Set{}}
	var err error
	switch name[0] {
	case 'f':
		if s.fields == nil {
			s.fields = map[string]*Set{}
		}
		s.fields[it.name] = it.set
		return it.set
	case 'i':
		if it.index, err = strconv.Atoi(it.name); it.index < 0 {
			return nil
		}
	case 'v':
		err = decode(it.name, &it.value)
	case 'k':
		var m map[string]any
		if err = decode(it.name, &m); len(m) == 0 {
			return nil
		}
		if err == nil {
			it.keys = map[string]string{}
			for k, v := range m {
				it.keys[k], _ = diff.Scalar(v)
			}
		}
	default:
		return nil
	}
	if err != nil {
		return nil
	}
	if len(s.items) >= maxItems {
		return nil
	}
	s.items = append(s.items, it)
	return it.set
}

func decode(s string, v any) error {
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	return dec.Decode(v)
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
		if n > 0 && s.own && len(s.fields)+len(s.items) == 0 {
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
	case len(s.fields)+len(s.items) > 0:
		return Below, n
	}
	return None, 0
}

// step goes one step down. unsure tells that the step names an item by something else than the set does.
func (s *Set) step(p *diff.Step) (next *Set, unsure bool) {
	if p.IsField() {
		return s.fields[p.Field], false
	}
	for i := range s.items {
		it := &s.items[i]
		fits, sure := it.fits(p)
		if fits {
			return it.set, false
		}
		unsure = unsure || !sure
	}
	return nil, unsure
}

// fits reports whether the step leads to the item; sure is false where that cannot be told.
func (it *item) fits(p *diff.Step) (fits, sure bool) {
	switch {
	case it.index >= 0:
		return it.index == p.Index, p.Index >= 0
	case it.keys == nil:
		return p.Value != nil && diff.Equal(it.value, p.Value), p.Value != nil
	}
	if m, ok := p.Value.(map[string]any); ok {
		return it.named(func(k string) (string, bool) {
			if m[k] == nil {
				return "", false
			}
			v, _ := diff.Scalar(m[k])
			return v, true
		}), true
	}
	if p.Item == "" {
		return false, p.Value != nil
	}
	pairs := diff.Pairs(p.Item)
	shared := false
	for k := range it.keys {
		_, ok := pairs[k]
		shared = shared || ok
	}
	if !shared {
		return false, false
	}
	return it.named(func(k string) (string, bool) { v, ok := pairs[k]; return v, ok }), true
}

// named compares the keys with those of an item; what the item leaves out fits.
func (it *item) named(get func(string) (string, bool)) bool {
	for k, want := range it.keys {
		if v, ok := get(k); ok && v != want {
			return false
		}
	}
	return true
}

// Empty reports whether the set has no member.
func (s *Set) Empty() bool { return s == nil || !s.own && len(s.fields)+len(s.items) == 0 }

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

// Each calls f with the path of every member, in order, until f returns false; stopped tells that it did.
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
	for i := range s.items {
		if it := &s.items[i]; down(it.asStep(), it.set) {
			return true
		}
	}
	return false
}

// asStep is the step that leads to the item.
func (it *item) asStep() diff.Step {
	if it.index >= 0 {
		return diff.Step{Index: it.index}
	}
	if it.keys == nil {
		return diff.Step{Item: "=" + it.name, Index: -1, Value: it.value}
	}
	keys := make([]string, 0, len(it.keys))
	for k := range it.keys {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var b bytes.Buffer
	for i, k := range keys {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(k + "=" + it.keys[k])
	}
	return diff.Step{Item: b.String(), Index: -1}
}

// Path writes steps as a path. An item that is told by its own value is written [="value"].
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
