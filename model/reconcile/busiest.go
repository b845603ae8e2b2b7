package reconcile

import (
	"cmp"
	"slices"
)

// Hot is how often something was written.
type Hot struct {
	Name  string // a key, or a kind and a path: "Lease .spec.renewTime"
	Count int
}

// hot counts; of what is written rarely it forgets that there is too much.
type hot map[string]*int

// count counts a name, which is not kept.
func (h hot) count(name []byte, most int) {
	if n := h[string(name)]; n != nil {
		*n++
		return
	}
	h[string(name)] = new(1)
	if len(h) <= most {
		return
	}
	for _, x := range h.top(len(h))[most/2:] {
		delete(h, x.Name)
	}
}

func (h hot) top(n int) []Hot {
	out := make([]Hot, 0, len(h))
	for name, c := range h {
		out = append(out, Hot{name, *c})
	}
	slices.SortFunc(out, func(a, b Hot) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name)) })
	return out[:min(n, len(out))]
}

// HotObjects returns the keys that were written most often. The counts of the first hundreds are right, those of rarely
// written ones may be too small.
func (t *Tracker) HotObjects(n int) []Hot { return t.objects.top(n) }

// HotFields returns the fields that changed most often, each with the kind that it is of. Of one change at most the first
// maxFields count.
func (t *Tracker) HotFields(n int) []Hot { return t.fields.top(n) }
