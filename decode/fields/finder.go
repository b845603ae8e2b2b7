package fields

import (
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/diff"
)

// Finder finds the owners of many values of one object. It keeps what it found on the way to the last one, and looks up
// which entries go on from a place, so that a hundred entries with a thousand fields each cost little more than one with
// a hundred thousand:
//
//	.spec  ──► kubectl, ci, scaler ──► .containers ──► kubectl, ci ──► [name=web] ──► ci
//
// It is not safe for concurrent use.
type Finder struct {
	entries []Entry
	way     []diff.Step // to the last value
	places  []place     // one more: the root, and where each step of way leads
}

// place is where some steps lead to, in the sets of all entries that hold it.
type place struct {
	own   []*Entry // that own it itself
	whole []int    // those of them that own all that is below it
	above []*Entry // that own the nearest whole it is a part of
	parts []member // that say something of its parts
	below []*Entry // whole as entries; nil until it is needed
	ways  *ways    // into parts; nil until it is needed
}

// member is the set that an entry, by its place among the entries, has below a place.
type member struct {
	entry int
	set   *Set
}

// NewFinder returns a finder of owners among the entries.
func NewFinder(entries []Entry) *Finder {
	root := place{}
	for i := range entries {
		if s := entries[i].Set; s != nil && !s.leaf() {
			root.parts = append(root.parts, member{i, s})
		}
	}
	return &Finder{entries: entries, places: []place{root}}
}

// Owners returns what the function Owners does. The result is shared and must not be changed. Paths are those of one object:
// steps that are the same lead to the same item.
func (f *Finder) Owners(steps []diff.Step) []*Entry {
	n := 0
	for n < len(f.way) && n < len(steps) && same(&f.way[n], &steps[n]) {
		n++
	}
	f.way, f.places = f.way[:n], f.places[:n+1]
	for ; n < len(steps); n++ {
		p := f.step(&f.places[n], &steps[n])
		f.way, f.places = append(f.way, steps[n]), append(f.places, p)
	}
	p := &f.places[n]
	if len(p.own) > 0 {
		return p.own
	}
	return p.above
}

// same reports whether two steps from the same place lead to the same one, and know as much of it.
func same(a, b *diff.Step) bool {
	return a.Index == b.Index && a.Field == b.Field && a.Item == b.Item && (a.Value == nil) == (b.Value == nil)
}

// step goes one step down.
func (f *Finder) step(p *place, s *diff.Step) place {
	down := place{above: p.above}
	var unsure []int
	for _, n := range p.toward(s) {
		m := &p.parts[n]
		next, open := m.set.step(s)
		if next == nil {
			if open {
				unsure = append(unsure, m.entry)
			}
			continue
		}
		if next.own {
			down.own = append(down.own, &f.entries[m.entry])
		}
		switch {
		case !next.leaf():
			down.parts = append(down.parts, member{m.entry, next})
		case next.own:
			down.whole = append(down.whole, m.entry)
		}
	}
	if len(unsure)+len(p.whole) > 0 {
		down.above = f.above(p, unsure)
	}
	return down
}

// above returns the owners of a place as a whole, with those of its parts that may own what a step leads to.
func (f *Finder) above(p *place, unsure []int) (out []*Entry) {
	if len(unsure) == 0 && p.below != nil {
		return p.below
	}
	all := append(slices.Clip(p.whole), unsure...)
	slices.Sort(all)
	for _, i := range all {
		out = append(out, &f.entries[i])
	}
	if len(unsure) == 0 {
		p.below = out
	}
	return out
}

// few is how many entries are looked through one by one.
const few = 8

// toward returns which of the parts a step may lead to, in their order: all that it does lead to are among them.
func (p *place) toward(s *diff.Step) []int {
	if p.ways == nil {
		p.ways = newWays(p.parts)
	}
	return p.ways.toward(s)
}

// ways lead from a place to the parts that say something of a field or an item.
type ways struct {
	all    []int
	fields map[string][]int
	items  []int // that say something of items
	open   []int // of these, those that may say something of any item
	at     map[int][]int
	values map[any][]int
	kinds  map[string]*kind // of items that keys identify, by the names of the keys
}

// kind are the parts that have items of which the same keys tell.
type kind struct {
	names []string
	all   []int
	by    []map[string][]int // by the values of each key
}

func newWays(parts []member) *ways {
	w := &ways{}
	for n := range parts {
		w.all = append(w.all, n)
	}
	if len(parts) <= few {
		return w
	}
	w.fields, w.at, w.values, w.kinds = map[string][]int{}, map[int][]int{}, map[any][]int{}, map[string]*kind{}
	for n := range parts {
		for f := range parts[n].set.fields {
			w.fields[f] = append(w.fields[f], n)
		}
		if l := parts[n].set.items; l != nil {
			w.items = append(w.items, n)
			w.add(l, n)
		}
	}
	return w
}

// add takes the items of the part n.
func (w *ways) add(l *items, n int) {
	open := len(l.at) > 0 || len(l.whole) > 0
	for i := range l.at {
		w.at[i] = append(w.at[i], n)
	}
	for v := range l.values {
		w.values[v] = append(w.values[v], n)
	}
	for _, s := range l.shapes {
		id := strings.Join(s.names, "\x00")
		k := w.kinds[id]
		if k == nil {
			if len(w.kinds) >= maxShapes {
				open = true
				continue
			}
			k = &kind{names: s.names}
			for range s.names {
				k.by = append(k.by, map[string][]int{})
			}
			w.kinds[id] = k
		}
		k.all = append(k.all, n)
		for i := range s.by {
			for v := range s.by[i] {
				k.by[i][v] = append(k.by[i][v], n)
			}
		}
	}
	if open {
		w.open = append(w.open, n)
	}
}

func (w *ways) toward(s *diff.Step) []int {
	switch {
	case w.fields == nil:
		return w.all
	case s.IsField():
		return w.fields[s.Field]
	case s.Value == nil:
		return w.items
	}
	out := append(slices.Clone(w.open), w.at[s.Index]...)
	if isScalar(s.Value) {
		out = append(out, w.values[s.Value]...)
	}
	get, sure := keysOf(s)
	switch {
	case get == nil:
	case !sure:
		return w.items
	default:
		for _, k := range w.kinds {
			out = append(out, k.toward(get)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// toward returns the parts that share the value of one key with an item: of the key with the fewest of them. What lacks all
// keys fits the first item of each part.
func (k *kind) toward(get func(string) (string, bool)) []int {
	few, shared := k.all, false
	for i, name := range k.names {
		if v, ok := get(name); ok {
			if with := k.by[i][v]; !shared || len(with) < len(few) {
				few, shared = with, true
			}
		}
	}
	return few
}
