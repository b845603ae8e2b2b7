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
	list := h.list()
	split(list, most/2)
	for i := range list[most/2:] {
		delete(h, list[most/2+i].Name)
	}
}

func (h hot) list() []Hot {
	out := make([]Hot, 0, len(h))
	for name, c := range h {
		out = append(out, Hot{name, *c})
	}
	return out
}

func (h hot) top(n int) []Hot {
	out := h.list()
	slices.SortFunc(out, byCount)
	return out[:min(n, len(out))]
}

// byCount puts what was written most often first.
func byCount(a, b Hot) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name)) }

// split puts the first n of a list without equals, in some order, before the others. To sort them all took longer than all else that
// is counted.
func split(list []Hot, n int) {
	for n > 0 && n < len(list) {
		pivot, less := list[len(list)/2], 0
		list[len(list)/2] = list[len(list)-1]
		for i := range list[:len(list)-1] {
			if byCount(list[i], pivot) < 0 {
				list[i], list[less] = list[less], list[i]
				less++
			}
		}
		list[len(list)-1] = list[less]
		switch list[less] = pivot; {
		case n <= less:
			list = list[:less]
		default:
			list, n = list[less+1:], n-less-1
		}
	}
}

// HotObjects returns the keys that were written most often. The counts of the first hundreds are right, those of rarely
// written ones may be too small.
func (t *Tracker) HotObjects(n int) []Hot { return t.objects.top(n) }

// HotFields returns the fields that changed most often, each with the kind that it is of. Of one change at most the first
// maxFields count.
func (t *Tracker) HotFields(n int) []Hot { return t.fields.top(n) }
