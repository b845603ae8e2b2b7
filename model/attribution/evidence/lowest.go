package evidence

import (
	"slices"

	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/fields"
)

// Bounds of what is kept of sets.
const (
	maxLowest  = 4096 // paths of one: no component has as many in an entry
	keptLowest = 256  // sets whose paths are remembered
	longLowest = 64   // paths of a set that is remembered
)

// Lowest returns the paths of a set that have none below them, as texts. They must not be changed: entries of many objects have
// the same set.
func (m *Memory) Lowest(set *fields.Set) []string {
	if out, ok := m.lowest[set]; ok {
		return out
	}
	out := lowest(set)
	if len(out) > longLowest {
		return out
	}
	if m.lowest == nil || len(m.lowest) >= keptLowest {
		m.lowest = map[*fields.Set][]string{}
	}
	m.lowest[set] = out
	return out
}

func lowest(set *fields.Set) (out []string) {
	above := map[string]bool{}
	set.Each(func(p []diff.Step) bool {
		for i := 1; i < len(p); i++ {
			above[fields.Path(p[:i])] = true
		}
		out = append(out, fields.Path(p))
		return len(out) < maxLowest
	})
	return slices.DeleteFunc(out, func(path string) bool { return above[path] })
}
