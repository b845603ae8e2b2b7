package change

import (
	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/diff"
)

// Positions are where the named list items of a path stand in their lists: a number for each step, -1 where it is no item or the item is not
// there. Old is of the version that was replaced.
type Positions struct{ Old, New []int }

// Number fills Items, so that items can be found by their position once Object and Before are dropped. View is as which Changes was made.
func (c *Change) Number(v decode.View) {
	c.Items = nil
	if c.Object == nil || c.Before == nil {
		return
	}
	var before, after map[string]any
	for i := range c.Changes {
		steps := diff.Split(c.Changes[i].Path)
		for j := range steps {
			if steps[j].Item == "" {
				continue
			}
			if before == nil {
				before, after, c.Items = c.Before.Tree(v), c.Object.Tree(v), make([]Positions, len(c.Changes))
			}
			c.Items[i] = Positions{numbered(before, steps), numbered(after, steps)}
			break
		}
	}
}

// numbered follows a path through a value.
func numbered(v any, path []diff.Step) []int {
	out := make([]int, len(path))
	for i := range path {
		out[i] = -1
		switch x := v.(type) {
		case map[string]any:
			v = x[path[i].Field]
		case []any:
			v = nil
			for n, item := range x {
				if path[i].Item == "" && path[i].Index == n || path[i].Item != "" && diff.Named(item, path[i].Item) {
					v, out[i] = item, n
					break
				}
			}
		default:
			v = nil
		}
	}
	return out
}
