package diff

import (
	"slices"
	"strings"
	"sync"
)

// Node is a value of an object that is not made of maps and lists: to make those of two versions would take longer than to
// compare them. A nil Node is absent.
type Node interface {
	Kind() byte          // { of an object, [ of a list, " of a text, 0 of a number, t, f, n of true, false, null
	Text() string        // of a text its content, of a number its digits
	Name() string        // of a field
	Len() int            // how many fields or items it has
	Part(i int) Node     // a field, in the order of their names, which are all different; an item
	Field(s string) Node // a field by its name, nil where there is none
	Value() any          // as encoding/json decodes it; numbers are json.Number
}

// Nodes is Compare of two objects as nodes; nil is none. apiVersion and kind say whose lists they have.
func Nodes(before, after Node, apiVersion, kind string, lists Lists) (changes []Change, reordered []string) {
	d := differs.Get().(*nodeDiffer)
	d.room = maxTotal
	d.maps(before, after, lists.of(apiVersion, kind))
	changes, reordered = d.out, d.reordered
	clear(d.way[:cap(d.way)]) // they have texts of the two versions
	clear(d.ids[:cap(d.ids)])
	*d = nodeDiffer{way: d.way[:0], ids: d.ids[:0]}
	if cap(d.way)+cap(d.ids) <= maxKept {
		differs.Put(d)
	}
	return changes, reordered
}

// differs are those that were used before, with the memory of their way: there is one comparison for each change.
var differs = sync.Pool{New: func() any { return &nodeDiffer{way: make([]path, 0, 12), ids: make([]string, 0, 24)} }}

// maxKept bounds the steps and names that a differ has room for while it is not used.
const maxKept = 1024

// nodeDiffer compares nodes as differ does values.
type nodeDiffer struct {
	differ
	way []path   // to what is compared
	ids []string // of the items of the lists on the way
}

// at goes to a part; back returns from there.
func (d *nodeDiffer) at(p path, size int) {
	p.depth, p.size = 1, size+2
	if n := len(d.way); n > 0 {
		p.depth, p.size = d.way[n-1].depth+1, d.way[n-1].size+size+2
	}
	d.way = append(d.way, p)
}

func (d *nodeDiffer) back() { d.way = d.way[:len(d.way)-1] }

// here is the path to what is compared, nil for the object itself.
func (d *nodeDiffer) here() *path {
	if len(d.way) == 0 {
		return nil
	}
	return &d.way[len(d.way)-1]
}

func (d *nodeDiffer) path() string {
	var b strings.Builder
	if p := d.here(); p != nil {
		b.Grow(p.size)
	}
	for i := range d.way {
		d.way[i].step(&b)
	}
	s := b.String()
	d.room -= room(len(s))
	return s
}

func (d *nodeDiffer) add(op string, before, after Node) {
	c := Change{Path: d.path(), Op: op}
	if before != nil {
		c.Old = before.Value()
	}
	if after != nil {
		c.New = after.Value()
	}
	d.out = append(d.out, c)
}

// absent reports whether there is no value: null is none.
func absent(n Node) bool { return n == nil || n.Kind() == 'n' }

func length(n Node) int {
	if n == nil {
		return 0
	}
	return n.Len()
}

// maps compares the fields of two objects; nil has none.
func (d *nodeDiffer) maps(before, after Node, t *listType) {
	inMeta := len(d.way) == 1 && d.way[0].key == "metadata"
	for i, j, n, m := 0, 0, length(before), length(after); i < n || j < m; {
		var x, y Node
		if i < n {
			x = before.Part(i)
		}
		if j < m {
			y = after.Part(j)
		}
		switch {
		case y == nil || x != nil && x.Name() < y.Name():
			y = nil
		case x == nil || y.Name() < x.Name():
			x = nil
		}
		name := ""
		if y != nil {
			name, j = y.Name(), j+1
		}
		if x != nil {
			name, i = x.Name(), i+1
		}
		if !inMeta || !left[name] {
			d.field(name, x, y, t)
		}
	}
}

// field compares a field, which one side may lack.
func (d *nodeDiffer) field(name string, x, y Node, t *listType) {
	if len(d.way) == 0 && name == "metadata" { // field by field, so that nothing that is left out can slip through within it
		x, y = orEmpty(x, y), orEmpty(y, x)
	}
	d.at(path{key: name}, len(name))
	d.value(x, y, t.child(name))
	d.back()
}

// orEmpty is n, but where it is absent and the other one is an object an empty one.
func orEmpty(n, other Node) Node {
	if absent(n) && other != nil && other.Kind() == '{' {
		return empty{}
	}
	return n
}

// empty is an object without fields.
type empty struct{}

func (empty) Kind() byte        { return '{' }
func (empty) Text() string      { return "" }
func (empty) Name() string      { return "" }
func (empty) Len() int          { return 0 }
func (empty) Part(int) Node     { return nil }
func (empty) Field(string) Node { return nil }
func (empty) Value() any        { return map[string]any{} }

// value compares two values.
func (d *nodeDiffer) value(before, after Node, of typeOf) {
	switch x, y := absent(before), absent(after); {
	case x && y:
		return
	case x:
		d.add(Add, nil, after)
		return
	case y:
		d.add(Remove, before, nil)
		return
	}
	kind := before.Kind()
	if kind == after.Kind() {
		switch kind {
		case '{':
			if d.room.parts(d.here(), before.Len()+after.Len()) {
				d.maps(before, after, of.get())
				return
			}
		case '[':
			if d.room.parts(d.here(), before.Len()+after.Len()) {
				d.list(before, after, of.get())
				return
			}
		}
		if equalNodes(before, after) {
			return
		}
	}
	d.add(Replace, before, after)
}

func (d *nodeDiffer) list(before, after Node, t *listType) {
	// Most lists are equal. That is not asked again and again of lists within lists, for it looks at all that is below.
	if d.here().depth < 10 && equalNodes(before, after) {
		return
	}
	n, m := before.Len(), after.Len()
	from := len(d.ids)
	if keys := d.identify(before, after, t); keys != nil {
		all := d.ids[from:]
		d.named(before, after, keys, all[:n], all[n:], typeOf{of: t, item: true})
		d.ids = d.ids[:from]
		return
	}
	d.ids = d.ids[:from]
	if n == m && allObjects(before) && allObjects(after) {
		for i := range n {
			d.atItem(i)
			d.value(before.Part(i), after.Part(i), typeOf{of: t, item: true})
			d.back()
		}
		return
	}
	same := 0
	for same < n && same < m && equalNodes(before.Part(same), after.Part(same)) {
		same++
	}
	switch {
	case same == n && same == m:
	case same > 0 && same == n:
		d.items(nil, after, same, m)
	case same > 0 && same == m:
		d.items(before, nil, same, n)
	default:
		d.add(Replace, before, after)
	}
}

func (d *nodeDiffer) atItem(i int) { d.at(path{index: i + 1}, 4) }

// items takes the items of one side, the other one has none of them.
func (d *nodeDiffer) items(before, after Node, from, to int) {
	for i := from; i < to; i++ {
		d.atItem(i)
		var x, y Node
		if before != nil {
			x = before.Part(i)
		} else {
			y = after.Part(i)
		}
		d.value(x, y, typeOf{})
		d.back()
	}
}

// named compares lists whose items have the names x and y.
func (d *nodeDiffer) named(before, after Node, keys, x, y []string, of typeOf) {
	was := len(d.out)
	at := places(y)
	seen := 0
	for i, id := range x {
		j := at.find(id)
		d.atName(keys, id)
		if j < 0 {
			d.add(Remove, before.Part(i), nil)
		} else {
			seen++
			d.value(before.Part(i), after.Part(j), of)
		}
		d.back()
	}
	if seen < len(y) {
		had := places(x)
		for j, id := range y {
			if had.find(id) < 0 {
				d.atName(keys, id)
				d.add(Add, nil, after.Part(j))
				d.back()
			}
		}
	}
	if len(d.out) == was && !slices.Equal(x, y) {
		d.reordered = append(d.reordered, d.path())
	}
}

// atName goes to the item of a name; of one key it is only its value.
func (d *nodeDiffer) atName(keys []string, id string) {
	if len(keys) == 1 {
		d.at(path{key: keys[0], item: id, oneKey: true}, len(keys[0])+1+len(id))
		return
	}
	d.at(path{item: id}, len(id))
}

// place finds names among others. Of few it takes no map.
type place struct {
	list []string
	at   map[string]int
}

const fewNames = 16

func places(list []string) place {
	p := place{list: list}
	if len(list) > fewNames {
		p.at = make(map[string]int, len(list))
		for i, s := range list {
			p.at[s] = i
		}
	}
	return p
}

func (p *place) find(s string) int {
	if p.at == nil {
		return slices.Index(p.list, s)
	}
	if i, ok := p.at[s]; ok {
		return i
	}
	return -1
}

func allObjects(l Node) bool {
	for i := range l.Len() {
		if l.Part(i).Kind() != '{' {
			return false
		}
	}
	return true
}

// equalNodes is Equal of nodes.
func equalNodes(a, b Node) bool {
	kind := a.Kind()
	if kind != b.Kind() {
		return false
	}
	switch kind {
	case '"', '0':
		return a.Text() == b.Text()
	case '[':
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !equalNodes(a.Part(i), b.Part(i)) {
				return false
			}
		}
	case '{':
		return equalFields(a, b)
	}
	return true
}

// equalFields reports whether two objects have the same fields, null aside.
func equalFields(a, b Node) bool {
	i, j, n, m := 0, 0, a.Len(), b.Len()
	for i < n || j < m {
		switch {
		case i < n && a.Part(i).Kind() == 'n':
			i++
		case j < m && b.Part(j).Kind() == 'n':
			j++
		case i == n || j == m || a.Part(i).Name() != b.Part(j).Name() || !equalNodes(a.Part(i), b.Part(j)):
			return false
		default:
			i, j = i+1, j+1
		}
	}
	return true
}
