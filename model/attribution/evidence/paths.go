package evidence

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/fields"
)

// Path is a changed field.
type Path []diff.Step

// unowned are the fields that managedFields never hold.
var unowned = map[string]bool{
	".apiVersion": true, ".kind": true, ".metadata.name": true, ".metadata.namespace": true, ".metadata.uid": true,
	".metadata.creationTimestamp": true, ".metadata.generation": true, ".metadata.generateName": true,
	".metadata.deletionTimestamp": true, ".metadata.deletionGracePeriodSeconds": true,
}

// Unowned reports whether managedFields never hold a field.
func Unowned(path string) bool { return unowned[path] }

// maxPaths bounds how many fields of one change are looked at.
const maxPaths = 4096

// Paths returns what changed, field by field: the fields below one that came or went as a whole, and the items of a set
// that was replaced. added are the fields that have a new value, removed those that are gone. Fields that managedFields
// never hold are left out.
func Paths(changes []diff.Change) (added, removed []Path) {
	known, _ := splits.Get().(*steps)
	defer splits.Put(known)
	for i := range changes {
		c := &changes[i]
		steps := known.split(c.Path)
		switch {
		case unowned[c.Path] || len(steps) == 0:
		case c.Op == diff.Remove:
			removed = leaves(removed, steps, c.Old)
		case c.Op == diff.Add:
			added = leaves(added, steps, c.New)
		default:
			added, removed = replaced(added, removed, steps, c)
		}
		if len(added)+len(removed) > maxPaths {
			break
		}
	}
	return added, removed
}

// steps are those of the paths that were split last: the same fields change again and again.
type steps map[string]Path

var splits = sync.Pool{New: func() any { return &steps{} }}

// Bounds of what is remembered.
const (
	maxSplits = 1024
	maxSplit  = 256 // bytes of a path
)

func (s *steps) split(path string) Path {
	if p, ok := (*s)[path]; ok {
		return p
	}
	p := Path(diff.Split(path))
	if len(path) <= maxSplit {
		if len(*s) >= maxSplits {
			clear(*s)
		}
		(*s)[path] = p
	}
	return p
}

// replaced separates the items of sets: those that are new from those that are gone.
func replaced(added, removed []Path, steps Path, c *diff.Change) (a, r []Path) {
	before, x := scalars(c.Old)
	after, y := scalars(c.New)
	if !x || !y {
		return append(added, steps), removed
	}
	n := len(added) + len(removed)
	for _, v := range minus(after, before) {
		added = append(added, below(steps, valueStep(v)))
	}
	for _, v := range minus(before, after) {
		removed = append(removed, below(steps, valueStep(v)))
	}
	if n == len(added)+len(removed) { // only their order changed
		added = append(added, steps)
	}
	return added, removed
}

// minus returns the values of a that b does not have.
func minus(a, b []any) (out []any) {
	in := make(map[any]bool, len(b))
	for _, v := range b {
		in[v] = true
	}
	for _, v := range a {
		if !in[v] {
			out = append(out, v)
		}
	}
	return out
}

// scalars returns a list that could be a set: one of strings and numbers.
func scalars(v any) ([]any, bool) {
	l, ok := v.([]any)
	for _, x := range l {
		switch x.(type) {
		case string, json.Number:
		default:
			return nil, false
		}
	}
	return l, ok
}

// valueStep is the step to an item of a set.
func valueStep(v any) diff.Step {
	return diff.Step{Item: "=" + fmt.Sprint(v), Index: -1, Value: v}
}

func below(steps Path, s diff.Step) Path { return append(steps[:len(steps):len(steps)], s) }

// leaves appends the fields of a value that came or went as a whole.
func leaves(out []Path, steps Path, v any) []Path {
	last := steps[len(steps)-1]
	if l, ok := scalars(v); ok && len(l) > 0 {
		for _, x := range l {
			out = append(out, below(steps, valueStep(x)))
		}
		return out
	}
	m, ok := v.(map[string]any)
	switch {
	case last.Index >= 0 && !ok: // an item of a set, named by its index
		return append(out, below(steps[:len(steps)-1], valueStep(v)))
	case !ok || len(m) == 0 || !last.IsField(): // an item of a list is owned as such
		return append(out, steps)
	}
	for k, x := range m {
		if len(out) > maxPaths {
			break
		}
		out = leaves(out, below(steps, diff.Step{Field: k, Index: -1}), x)
	}
	return out
}

// Covers counts the paths that an entry owns, and those that it owns by name: an entry that names the field itself is a
// better owner than one that owns something above it.
func (e *Entry) Covers(list []Path) (n, exact int) {
	set := e.Set()
	for _, p := range list {
		switch set.Match(p) {
		case fields.Exact, fields.Below:
			n, exact = n+1, exact+1
		case fields.Above:
			n++
		}
	}
	return n, exact
}

// CoversAll reports whether an entry owns all paths, and how many of them by name.
func (e *Entry) CoversAll(list []Path) (exact int, ok bool) {
	set := e.Set()
	for _, p := range list {
		switch set.Match(p) {
		case fields.Exact, fields.Below:
			exact++
		case fields.Above:
		default:
			return 0, false
		}
	}
	return exact, true
}
