package decode

import (
	"bytes"
	"sync"
)

// Touched calls f with the way to each field whose bytes differ in two versions, until it returns false: its names in JSON, which
// are f's until it returns. Of lists of messages that are as long as each other the items are compared one by one; a map counts
// as one field, and of managedFields nothing is said. It reports false where the versions cannot be compared as they are stored.
// It allocates nothing, and makes no values: what differs in its bytes mostly differs in what it says, but need not.
//
//	before, after of a Lease ─► spec.renewTime
func Touched(before, after *Object, f func(way []string) bool) (ok bool) {
	if before == nil || after == nil || before.kind == nil || after.kind == nil || before.kind != after.kind || before.Unknown+after.Unknown > 0 {
		return false
	}
	t, _ := touchers.Get().(*toucher)
	t.f = f
	t.message(&after.kind.layout.fieldNumbers, before.message, after.message)
	t.f, t.way = nil, t.way[:0]
	touchers.Put(t)
	return true
}

var touchers = sync.Pool{New: func() any { return &toucher{way: make([]string, 0, 32)} }}

type toucher struct {
	way []string
	f   func([]string) bool
}

// message compares two messages field by field. It reports whether to go on.
func (t *toucher) message(fields *fieldNumbers, a, b []byte) bool {
	for i, j := 0, 0; i < len(a) || j < len(b); {
		x, from, to := group(fields, a[i:])
		y, start, end := group(fields, b[j:])
		switch {
		case y == 0 || x > 0 && x < y:
			from, to, start, end = i+from, i+to, j, j
		case x == 0 || y < x:
			x, from, to, start, end = y, i, i, j+start, j+end
		default:
			from, to, start, end = i+from, i+to, j+start, j+end
		}
		v, w, both := a[from:to], b[start:end], i != to && j != end
		if s := fields.get(x); s != nil && !(both && bytes.Equal(v, w)) && !t.field(s, v, w, both) {
			return false
		}
		i, j = to, end
	}
	return true
}

// group returns the number of the first field, and where its content begins and it ends: of a list or map all of its fields.
func group(fields *fieldNumbers, b []byte) (number, from, to int) {
	if len(b) == 0 {
		return 0, 0, 0
	}
	number, _, from, to = next(b, 0)
	if s := fields.get(number); s != nil && !s.many && !s.table {
		return number, from, to
	}
	for to < len(b) {
		again, _, _, end := next(b, to)
		if again != number {
			break
		}
		to = end
	}
	return number, 0, to
}

// field compares the contents of a field that differs; both says whether it is there on both sides.
func (t *toucher) field(s *slot, a, b []byte, both bool) bool {
	if s.form == formInline {
		return t.message(&s.inline, a, b)
	}
	if len(t.way) == 1 && s.number == metaManagers && t.way[0] == "metadata" {
		return true
	}
	t.way = append(t.way, s.name)
	goOn := true
	switch {
	case s.form != formMessage || !both || s.table || s.many && count(a) != count(b):
		goOn = t.f(t.way)
	case s.many:
		goOn = t.items(s, a, b)
	default:
		goOn = t.message(&s.sub.fieldNumbers, a, b)
	}
	t.way = t.way[:len(t.way)-1]
	return goOn
}

// items compares two lists that are as long as each other.
func (t *toucher) items(s *slot, a, b []byte) bool {
	for i, j := 0, 0; i < len(a); {
		_, _, from, to := next(a, i)
		_, _, start, end := next(b, j)
		if !bytes.Equal(a[from:to], b[start:end]) && !t.message(&s.sub.fieldNumbers, a[from:to], b[start:end]) {
			return false
		}
		i, j = to, end
	}
	return true
}

// count is how many fields there are.
func count(b []byte) (n int) {
	for i := 0; i < len(b); n++ {
		_, _, _, i = next(b, i)
	}
	return n
}
