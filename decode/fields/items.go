package fields

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/etcdscope/etcdscope/decode/diff"
)

// items are the items of a list that a set has something to say of. A list of an object and a set can have tens of
// thousands of them each, so that an item is looked up, by its place, its value, or one of its keys' values:
//
//	k:{"name":"web"}                ──► shapes[name].by["web"]    all that have this value, in their order
//	k:{"port":53,"protocol":"UDP"}  ──► shapes[port,protocol]     those of the key that has the fewest with its value
//	v:"x/y"                         ──► values["x/y"]
//	i:3                             ──► at[3]
type items struct {
	list   []item // as they are stored
	at     map[int]int
	values map[any]int
	whole  []int // items that are lists or maps themselves, by their value
	shapes []*shape
}

// item is what a set says of one item.
type item struct {
	name  string   // as stored, without the "k:", "v:" or "i:" before it
	shape *shape   // the item is a map with these keys; nil: no keys identify it
	keys  []string // their values, as Scalar writes them
	value any      // the item is this value
	index int      // position of the item, -1 where keys or its value identify it
	set   *Set
}

// shape are the items that the same keys identify.
type shape struct {
	names []string // in their order
	by    []map[string][]int
	first int // the first item
}

// What the API server writes has few kinds of keys, and items of a set are scalars. What goes beyond these bounds is not
// read: each of it would be compared with each item.
const (
	maxShapes = 16
	maxKeys   = 8
	maxWhole  = 100
)

// read adds an item as it is stored; false where it cannot be read.
func (l *items) read(kind byte, name string, set *Set) bool {
	it, n := item{name: name, index: -1, set: set}, len(l.list)
	switch kind {
	case 'i':
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 {
			return false
		}
		it.index = i
		if l.at == nil {
			l.at = map[int]int{}
		}
		if _, ok := l.at[i]; !ok {
			l.at[i] = n
		}
	case 'v':
		if decode(name, &it.value) != nil || !l.byValue(it.value, n) {
			return false
		}
	case 'k':
		var m map[string]any
		if decode(name, &m) != nil || len(m) == 0 || !l.byKeys(&it, m, n) {
			return false
		}
	default:
		return false
	}
	l.list = append(l.list, it)
	return true
}

func decode(s string, v any) error {
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	return dec.Decode(v)
}

// byValue notes that its value identifies the item n.
func (l *items) byValue(v any, n int) bool {
	if !isScalar(v) {
		if len(l.whole) >= maxWhole {
			return false
		}
		l.whole = append(l.whole, n)
		return true
	}
	if l.values == nil {
		l.values = map[any]int{}
	}
	if _, ok := l.values[v]; !ok {
		l.values[v] = n
	}
	return true
}

// isScalar reports whether a decoded value can be compared with ==.
func isScalar(v any) bool {
	switch v.(type) {
	case string, bool, json.Number, int64, float64, nil:
		return true
	}
	return false
}

// byKeys notes that its keys identify the item n.
func (l *items) byKeys(it *item, m map[string]any, n int) bool {
	if len(m) > maxKeys {
		return false
	}
	names := sortedKeys(m)
	i := slices.IndexFunc(l.shapes, func(s *shape) bool { return slices.Equal(s.names, names) })
	if i < 0 {
		if i = len(l.shapes); i >= maxShapes {
			return false
		}
		s := &shape{names: names, first: n}
		for range names {
			s.by = append(s.by, map[string][]int{})
		}
		l.shapes = append(l.shapes, s)
	}
	it.shape = l.shapes[i]
	for i, k := range it.shape.names {
		v, _ := diff.Scalar(m[k])
		it.keys = append(it.keys, v)
		it.shape.by[i][v] = append(it.shape.by[i][v], n)
	}
	return true
}

// find returns the set of the first item that a step leads to, nil where there is none; unsure then reports that the step
// identifies an item by something else than some item of the set.
func (l *items) find(p *diff.Step) (next *Set, unsure bool) {
	if l == nil {
		return nil, false
	}
	best := len(l.list)
	if i, ok := l.at[p.Index]; ok {
		best = min(best, i)
	}
	unsure = len(l.at) > 0 && p.Index < 0
	if p.Value == nil {
		unsure = unsure || len(l.values)+len(l.whole) > 0
	} else {
		best = l.valued(p.Value, best)
	}
	if len(l.shapes) > 0 {
		get, sure := keysOf(p)
		unsure = unsure || get == nil && !sure
		for _, s := range l.shapes {
			i, shared := len(l.list), true
			if get != nil {
				i, shared = s.find(l.list, get)
			}
			if !sure && !shared {
				unsure = true
				continue
			}
			best = min(best, i)
		}
	}
	if best == len(l.list) {
		return nil, unsure
	}
	return l.list[best].set, false
}

// valued returns the first item that is this value, best where there is none before it.
func (l *items) valued(v any, best int) int {
	if isScalar(v) {
		if i, ok := l.values[v]; ok {
			return min(best, i)
		}
		return best
	}
	for _, i := range l.whole {
		if i < best && diff.Equal(l.list[i].value, v) {
			return i
		}
	}
	return best
}

// keysOf returns how the values of an item's keys are read from a step, nil where it names none. sure: the step has the
// item itself, so that what it lacks is left out; else it only names it by some keys.
func keysOf(p *diff.Step) (get func(string) (string, bool), sure bool) {
	if m, ok := p.Value.(map[string]any); ok {
		return func(k string) (string, bool) {
			if m[k] == nil {
				return "", false
			}
			v, _ := diff.Scalar(m[k])
			return v, true
		}, true
	}
	if p.Item == "" {
		return nil, p.Value != nil
	}
	pairs := diff.Pairs(p.Item)
	return func(k string) (string, bool) { v, ok := pairs[k]; return v, ok }, false
}

// wanted are the values of a shape's keys that a step names.
type wanted struct {
	values [maxKeys]string
	has    [maxKeys]bool
}

// find returns the first item of the shape whose keys have these values; what is left out fits. shared reports whether
// any key has a value.
func (s *shape) find(list []item, get func(string) (string, bool)) (at int, shared bool) {
	var w wanted
	few, shared := s.candidates(get, &w)
	if !shared {
		return s.first, false
	}
	for _, n := range few {
		if w.fits(list[n].keys) {
			return n, true
		}
	}
	return len(list), true
}

// candidates are the items that share the value of one key with what is wanted: of the key with the fewest of them.
func (s *shape) candidates(get func(string) (string, bool), w *wanted) (few []int, shared bool) {
	for i, k := range s.names {
		if w.values[i], w.has[i] = get(k); !w.has[i] {
			continue
		}
		if with := s.by[i][w.values[i]]; !shared || len(with) < len(few) {
			few = with
		}
		shared = true
	}
	return few, shared
}

func (w *wanted) fits(keys []string) bool {
	for i, v := range keys {
		if w.has[i] && w.values[i] != v {
			return false
		}
	}
	return true
}

// asStep is the step that leads to the item.
func (it *item) asStep() diff.Step {
	switch {
	case it.index >= 0:
		return diff.Step{Index: it.index}
	case it.shape == nil:
		return diff.Step{Item: "=" + it.name, Index: -1, Value: it.value}
	}
	var b strings.Builder
	for i, k := range it.shape.names {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(k + "=" + it.keys[i])
	}
	return diff.Step{Item: b.String(), Index: -1}
}
