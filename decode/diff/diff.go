package diff

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
)

// The operations of a Change.
const (
	Add     = "add"
	Remove  = "remove"
	Replace = "replace"
)

// Change is one difference. Path is JSON-safe but not terminal-safe: it holds stored keys and values.
type Change struct {
	Path string
	Op   string // Add, Remove or Replace
	Old  any    // nil where Op is Add
	New  any    // nil where Op is Remove
}

// Trees returns what changed from one decoded object to another, in the order of their fields' names. Either tree may
// be nil: then every field of the other one was added or removed.
func Trees(before, after map[string]any, lists Lists) []Change {
	changes, _ := Compare(before, after, lists)
	return changes
}

// Compare is Trees, and returns also the paths of lists whose items are the same in another order. Only lists whose items
// have names are among these: of others each item that moved is a Change.
func Compare(before, after map[string]any, lists Lists) (changes []Change, reordered []string) {
	d := differ{room: maxTotal}
	d.maps(nil, before, after, lists.root(before, after))
	return d.out, d.reordered
}

type differ struct {
	out       []Change
	reordered []string
	room      room
}

// left are the fields of metadata that are no content.
var left = map[string]bool{"managedFields": true, "resourceVersion": true, "selfLink": true}

func (d *differ) add(p *path, op string, before, after any) {
	s := p.String()
	d.room -= room(len(s))
	d.out = append(d.out, Change{Path: s, Op: op, Old: before, New: after})
}

func (d *differ) maps(p *path, before, after map[string]any, t *listType) {
	inMeta := p != nil && p.up == nil && p.key == "metadata"
	for _, k := range union(before, after) {
		if inMeta && left[k] {
			continue
		}
		x, y := before[k], after[k]
		if p == nil && k == "metadata" {
			x, y = asMeta(x, y), asMeta(y, x)
		}
		d.value(p.field(k), x, y, t.field(k))
	}
}

// asMeta lets metadata be compared field by field also where one side has none, so that nothing that is left out can slip
// through within it.
func asMeta(v, other any) any {
	if _, ok := other.(map[string]any); ok && v == nil {
		return map[string]any{}
	}
	return v
}

func union(a, b map[string]any) []string {
	keys := make([]string, 0, max(len(a), len(b)))
	keys = slices.AppendSeq(keys, maps.Keys(a))
	for k := range b {
		if _, ok := a[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

// value compares two values; nil is absent.
func (d *differ) value(p *path, before, after any, t *listType) {
	switch {
	case before == nil && after == nil:
		return
	case before == nil:
		d.add(p, Add, nil, after)
		return
	case after == nil:
		d.add(p, Remove, before, nil)
		return
	}
	switch x := before.(type) {
	case map[string]any:
		if y, ok := after.(map[string]any); ok && d.room.parts(p, len(x)+len(y)) {
			d.maps(p, x, y, t)
			return
		}
	case []any:
		if y, ok := after.([]any); ok && d.room.parts(p, len(x)+len(y)) {
			d.list(p, x, y, t)
			return
		}
	}
	if !Equal(before, after) {
		d.add(p, Replace, before, after)
	}
}

func (d *differ) list(p *path, before, after []any, t *listType) {
	// Most lists are equal. That is not asked again and again of lists within lists, for it looks at all that is below.
	if p.depth < 10 && Equal(before, after) {
		return
	}
	if keys, x, y := t.identify(before, after); keys != nil {
		d.named(p, before, after, x, y, t.item())
		return
	}
	if len(before) == len(after) && allMaps(before) && allMaps(after) {
		for i := range before {
			d.value(p.at(i), before[i], after[i], t.item())
		}
		return
	}
	same := 0
	for same < len(before) && same < len(after) && Equal(before[same], after[same]) {
		same++
	}
	switch {
	case same == len(before) && same == len(after):
	case same > 0 && same == len(before):
		for i := same; i < len(after); i++ {
			d.value(p.at(i), nil, after[i], nil)
		}
	case same > 0 && same == len(after):
		for i := same; i < len(before); i++ {
			d.value(p.at(i), before[i], nil, nil)
		}
	default:
		d.add(p, Replace, before, after)
	}
}

// named compares lists whose items have the names x and y.
func (d *differ) named(p *path, before, after []any, x, y []string, t *listType) {
	was := len(d.out)
	at := make(map[string]int, len(y))
	for i, n := range y {
		at[n] = i
	}
	for i, n := range x {
		j, ok := at[n]
		if !ok {
			d.add(p.named(n), Remove, before[i], nil)
			continue
		}
		delete(at, n)
		d.value(p.named(n), before[i], after[j], t)
	}
	for j, n := range y {
		if _, ok := at[n]; ok {
			d.add(p.named(n), Add, nil, after[j])
		}
	}
	if len(d.out) == was && !slices.Equal(x, y) {
		s := p.String()
		d.room -= room(len(s))
		d.reordered = append(d.reordered, s)
	}
}

func allMaps(l []any) bool {
	for _, v := range l {
		if _, ok := v.(map[string]any); !ok {
			return false
		}
	}
	return true
}

// Equal reports whether two values of decoded JSON are the same; null equals absent, numbers are compared by digits.
func Equal(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			return false
		}
		for k, v := range x {
			if !Equal(v, y[k]) {
				return false
			}
		}
		for k, v := range y {
			if _, ok := x[k]; !ok && v != nil {
				return false
			}
		}
		return true
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, Equal)
	case string, bool, json.Number, int64, float64, nil:
		return a == b
	}
	return reflect.DeepEqual(a, b)
}
