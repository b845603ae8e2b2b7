package filter

import (
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// field says whether a change wrote one of the fields, or something in it.
func (t *term) field(it *Item) Answer {
	if it.Change == nil {
		return NotYet
	}
	return answer(slices.ContainsFunc(t.fields, func(f field) bool { return f.written(it) }))
}

// written reports whether a change wrote the field: an update that differs in it, a creation or deletion of an object that has it.
// A value is looked for on both sides.
func (f *field) written(it *Item) bool {
	c := it.Change
	switch {
	case it.Type == etcdsource.Created && c.Object != nil:
		return f.In(c.Object.Tree(it.View))
	case it.Type == etcdsource.Deleted && c.Before != nil:
		return f.In(c.Before.Tree(it.View))
	}
	if f.numbered() && c.Items == nil {
		c.Number(it.View)
	}
	for i := range c.Changes {
		path := diff.Split(c.Changes[i].Path)
		if f.differs(&c.Changes[i], path) {
			return true
		}
		if i < len(c.Items) && f.numbered() {
			p := &c.Items[i]
			if f.differs(&c.Changes[i], placed(path, p.Old)) || f.differs(&c.Changes[i], placed(path, p.New)) {
				return true
			}
		}
	}
	return !f.equal && slices.ContainsFunc(c.Reordered, func(p string) bool {
		_, ok := match(f.steps, diff.Split(p))
		return ok
	})
}

// numbered reports whether the field names an item of a list by its position.
func (f *field) numbered() bool {
	return slices.ContainsFunc(f.steps, func(s diff.Step) bool { return s.Item == "" && s.Index >= 0 })
}

// placed is a path whose named items have their positions too.
func placed(path []diff.Step, at []int) []diff.Step {
	out := slices.Clone(path)
	for i := range min(len(out), len(at)) {
		if out[i].Item != "" {
			out[i].Index = at[i]
		}
	}
	return out
}

// differs reports whether a difference, at a path, is one of the field, of something in it, or of something that holds it.
func (f *field) differs(c *diff.Change, path []diff.Step) bool {
	rest, ok := match(f.steps, path)
	if !ok {
		return false
	}
	if !f.equal && len(rest) == 0 {
		return true
	}
	for _, side := range []any{c.Old, c.New} {
		if side != nil && f.holds(side, rest) {
			return true
		}
	}
	return false
}

// In reports whether an object, as it is shown, has the field, with the value where one is wanted.
func (f *field) In(tree map[string]any) bool { return f.holds(tree, f.steps) }

// holds reports whether a value has what the steps lead to.
func (f *field) holds(v any, steps []diff.Step) bool {
	if len(steps) == 0 {
		if !f.equal {
			return v != nil
		}
		s, ok := diff.Scalar(v)
		return ok && (s == f.value || strings.Trim(s, `"`) == f.value)
	}
	step := &steps[0]
	switch x := v.(type) {
	case map[string]any:
		next, ok := x[step.Field]
		return step.IsField() && ok && f.holds(next, steps[1:])
	case []any:
		for i, item := range x {
			switch {
			case step.IsField(): // the list was left out of the path
				if f.holds(item, steps) {
					return true
				}
			case step.Item == anyItem, step.Item == "" && step.Index == i, step.Item != "" && diff.Named(item, step.Item):
				if f.holds(item, steps[1:]) {
					return true
				}
			}
		}
	}
	return false
}

// anyItem is how any item of a list is written: [*].
const anyItem = "*"

// match goes along a path with the steps of a field. ok: the path leads to the field, into it (rest is empty), or to what holds it
// (rest leads on from there).
func match(want, path []diff.Step) (rest []diff.Step, ok bool) {
	for len(want) > 0 && len(path) > 0 {
		w, p := &want[0], &path[0]
		switch {
		case w.IsField() && p.IsField():
			if w.Field != p.Field {
				return nil, false
			}
		case w.IsField(): // an item of a list, which the path of the field leaves out
			path = path[1:]
			continue
		case p.IsField():
			return nil, false
		case w.Item == anyItem:
		case w.Item != "" && w.Item != p.Item || w.Item == "" && w.Index != p.Index:
			return nil, false
		}
		want, path = want[1:], path[1:]
	}
	return want, true
}

// InObject says whether an object, as it is shown, has the fields of the filter's field: terms.
func (f *Filter) InObject(tree map[string]any) bool {
	if f == nil {
		return true
	}
	for i := range f.terms {
		t := &f.terms[i]
		if t.word == "field" && slices.ContainsFunc(t.fields, func(x field) bool { return x.In(tree) }) == t.not {
			return false
		}
	}
	return true
}
