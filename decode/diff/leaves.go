package diff

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Step is one part of a path: the field of a map, or an item of a list.
type Step struct {
	Field string // meaningful where Item is empty and Index below 0
	Item  string // a named item, as it is in its brackets: name=web
	Index int    // position of an item without a name; -1 for none
	// Value is the item itself, where the path was walked in an object; nil where it was only read.
	Value any
}

// IsField reports whether the step goes to the field of a map.
func (s *Step) IsField() bool { return s.Item == "" && s.Index < 0 }

// Leaf is a value of an object that has no parts: a scalar, or a map or list that is empty.
type Leaf struct {
	Path  string
	Steps []Step
	Value any
}

// Leaves returns the leaves of a decoded object in the order of its fields' names, items of lists in their order. What
// Trees leaves out is left out here too, as is null. The paths are spelt as those of changes. Each leaf has steps of its
// own; EachLeaf makes none.
func Leaves(tree map[string]any, lists Lists) (out []Leaf) {
	EachLeaf(tree, lists, func(l *Leaf) {
		own := *l
		own.Steps = slices.Clone(l.Steps)
		out = append(out, own)
	})
	return out
}

// EachLeaf calls f with each leaf, in the order of Leaves. The leaf and its Steps are valid until f returns: those of
// 100,000 leaves that lie 90 deep would be half a gigabyte.
func EachLeaf(tree map[string]any, lists Lists, f func(*Leaf)) {
	w := walker{f: f, room: maxTotal}
	w.maps(nil, tree, lists.root(nil, tree))
}

type walker struct {
	f     func(*Leaf)
	steps []Step // the way to what is looked at
	room  room
}

func (w *walker) value(p *path, step Step, v any, t *listType) {
	w.steps = append(w.steps, step)
	defer func() { w.steps = w.steps[:len(w.steps)-1] }()
	switch x := v.(type) {
	case map[string]any:
		if len(x) > 0 && w.room.parts(p, len(x)) {
			w.maps(p, x, t)
			return
		}
	case []any:
		if len(x) > 0 && w.room.parts(p, len(x)) {
			w.list(p, x, t)
			return
		}
	}
	s := p.String()
	w.room -= room(len(s))
	w.f(&Leaf{Path: s, Steps: w.steps, Value: v})
}

func (w *walker) maps(p *path, m map[string]any, t *listType) {
	inMeta := p != nil && p.up == nil && p.key == "metadata"
	for _, k := range union(m, nil) {
		if inMeta && left[k] || m[k] == nil {
			continue
		}
		w.value(p.field(k), Step{Field: k, Index: -1}, m[k], t.field(k))
	}
}

func (w *walker) list(p *path, l []any, t *listType) {
	_, names, _ := t.identify(l, l)
	for i, v := range l {
		at, step := p.at(i), Step{Index: i, Value: v}
		if names != nil {
			at, step = p.named(names[i]), Step{Item: names[i], Index: -1, Value: v}
		}
		w.value(at, step, v, t.item())
	}
}

// Split reads a path as String wrote it. What is no path ends it: the steps before are returned.
func Split(path string) (out []Step) {
	for path != "" {
		step, rest, ok := cutStep(path)
		if !ok {
			return out
		}
		out, path = append(out, step), rest
	}
	return out
}

func cutStep(s string) (step Step, rest string, ok bool) {
	step.Index = -1
	switch {
	case s[0] == '.':
		end := strings.IndexAny(s[1:], ".[") + 1
		if end == 0 {
			end = len(s)
		}
		step.Field = s[1:end]
		return step, s[end:], true
	case strings.HasPrefix(s, `["`):
		dec := json.NewDecoder(strings.NewReader(s[1:]))
		if dec.Decode(&step.Field) != nil {
			return step, "", false
		}
		rest, ok = strings.CutPrefix(s[1+dec.InputOffset():], "]")
		return step, rest, ok
	case s[0] != '[':
		return step, "", false
	}
	end := unquoted(s, ']')
	if end < 0 {
		return step, "", false
	}
	step.Item = s[1:end]
	if n, err := strconv.Atoi(step.Item); err == nil && n >= 0 {
		step.Item, step.Index = "", n
	}
	return step, s[end+1:], true
}

// unquoted finds a byte outside double quotes, -1 where there is none.
func unquoted(s string, c byte) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case !quoted && s[i] == c:
			return i
		}
	}
	return -1
}

// Pairs reads an item's name, "containerPort=53,protocol=UDP": the fields that name it and their values, spelt as
// Scalar spells them.
func Pairs(item string) map[string]string {
	out := map[string]string{}
	for item != "" {
		part, rest := item, ""
		if i := unquoted(item, ','); i >= 0 {
			part, rest = item[:i], item[i+1:]
		}
		if k, v, ok := strings.Cut(part, "="); ok {
			out[k] = v
		}
		item = rest
	}
	return out
}

// Scalar writes a value as it is in an item's name; ok is false for what names nothing.
func Scalar(v any) (s string, ok bool) { return scalar(v) }
