package decode

import (
	"encoding/base64"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"
	"unsafe"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// builder makes nodes of messages that a checker has passed, cut out of slabs as those of a parser. Their texts are parts of the
// message.
type builder struct {
	parser
	spans  [][]byte // the fields of the objects that are not closed yet, by their places
	most   int      // the longest that spans was
	claims bool     // volumeClaimTemplates say what they are: see fillIn
	lent   []node   // the slab of nodes that no caller keeps
}

// builders are used again: what they need beside the nodes they return is not small.
var builders = sync.Pool{New: func() any { return new(builder) }}

// firstSlab is how many nodes are allocated at first for a part of an object.
const firstSlab = 8

// newBuilder returns a builder whose slabs grow from a size on. It is given back with done.
func newBuilder(claims bool, grow int) *builder {
	p, _ := builders.Get().(*builder)
	p.claims, p.grow, p.count = claims, grow, 0
	return p
}

// lentNodes is how many nodes a builder keeps for those that no caller keeps.
const lentNodes = 512

// lend makes the nodes valid only until done.
func (p *builder) lend() {
	if p.lent == nil {
		p.lent = make([]node, lentNodes)
	}
	p.slab = p.lent
}

// own returns a node that stays where it is.
func (p *builder) own(n node) *node {
	if len(p.slab) == 0 {
		return &n
	}
	p.slab[0] = n
	p.count++
	out := &p.slab[0]
	p.slab = p.slab[1:]
	return out
}

// done gives a builder back, without the texts that it has seen.
func (p *builder) done() {
	if p.lent != nil {
		clear(p.lent[:min(p.count, lentNodes)])
	}
	if cap(p.stack) > 4096 {
		p.stack, p.top = nil, 0
	}
	clear(p.stack[:p.top])
	clear(p.spans[:p.most])
	p.slab, p.stack, p.spans, p.top, p.most = nil, p.stack[:0], p.spans[:0], 0, 0
	builders.Put(p)
}

// object makes an object of a message; nil is one without fields.
func (p *builder) object(l *layout, b []byte) node {
	base := p.open(l, b)
	from := len(p.stack)
	for i, s := range l.slots {
		if n, ok := p.slot(s, p.spans[base+i]); ok {
			n.name = s.name
			p.stack = append(p.stack, n)
		}
	}
	p.spans = p.spans[:base]
	return node{kind: '{', items: p.items(from)}
}

// open finds the fields of a message, and returns where the first of them is in spans.
func (p *builder) open(l *layout, b []byte) (base int) {
	base = len(p.spans)
	p.spans = slices.Grow(p.spans, len(l.slots))[:base+len(l.slots)]
	clear(p.spans[base:])
	p.most = max(p.most, len(p.spans))
	collect(&l.fieldNumbers, b, p.spans[base:])
	return base
}

// collect puts the fields of a message into their places: their content, of lists and maps all of their fields. What is not there
// stays nil.
func collect(fields *fieldNumbers, b []byte, places [][]byte) {
	for i := 0; i < len(b); {
		number, _, from, to := next(b, i)
		switch s := fields.get(number); {
		case s == nil:
		case s.form == formInline:
			collect(&s.inline, b[from:to], places)
		case !s.many && !s.table:
			places[s.place] = b[from:to:to]
		case places[s.place] == nil:
			places[s.place] = b[i:to]
		default: // they follow each other
			places[s.place] = places[s.place][:len(places[s.place])+to-i]
		}
		i = to
	}
}

var null = node{kind: 'n', str: "null"}

// slot makes the node of a field; ok is false where JSON leaves it out.
func (p *builder) slot(s *slot, b []byte) (n node, ok bool) {
	switch {
	case b == nil:
		return p.missing(s)
	case s.many:
		return p.list(s, b), true
	case s.table:
		return p.table(s, b), true
	case s.pointer:
		return p.content(s, b), true
	case s.omit && isEmpty(s, b), s.zero && len(b) == 0:
		return n, false
	}
	n = p.content(s, b)
	return n, !s.zero || n.kind != 'n'
}

// missing makes the node of a field that the message does not have.
func (p *builder) missing(s *slot) (n node, ok bool) {
	switch {
	case s.zero:
		return n, false
	case s.pointer, s.many, s.table, s.form == formBytes, s.form == formTexts:
		return null, !s.omit
	}
	switch s.form {
	case formText, formBool, formInt32, formInt64:
		if s.omit {
			return n, false
		}
	}
	return p.content(s, nil), true
}

// isEmpty reports whether the content of a field is what omitempty leaves out.
func isEmpty(s *slot, b []byte) bool {
	switch s.form {
	case formText, formBytes, formTexts:
		return len(b) == 0
	case formBool, formInt64:
		v, _ := varint(b)
		return v == 0
	case formInt32:
		v, _ := varint(b)
		return int32(v) == 0
	}
	return false
}

// content makes the node of a field's value, or of one value of a repeated field.
func (p *builder) content(s *slot, b []byte) node {
	switch s.form {
	case formText:
		return node{kind: '"', str: textOf(b)}
	case formBytes:
		return node{kind: '"', str: base64.StdEncoding.EncodeToString(b)}
	case formBool:
		if v, _ := varint(b); v != 0 {
			return node{kind: 't', str: "true"}
		}
		return node{kind: 'f', str: "false"}
	case formInt32:
		v, _ := varint(b)
		return node{kind: '0', str: number64(int64(int32(v)))}
	case formInt64:
		v, _ := varint(b)
		return node{kind: '0', str: number64(int64(v))}
	case formMessage:
		return p.object(s.sub, b)
	case formTexts:
		from := len(p.stack)
		eachOf(b, 1, func(b []byte) { p.stack = append(p.stack, node{kind: '"', str: textOf(b)}) })
		return node{kind: '[', items: p.items(from)}
	}
	return p.special(s, b)
}

// special does so for the types that say themselves how JSON writes them.
func (p *builder) special(s *slot, b []byte) node {
	switch s.form {
	case formTime:
		return timeNode(b)
	case formMicroTime:
		return microNode(b)
	case formQuantity:
		if len(b) == 0 {
			return node{kind: '"', str: "0"}
		}
		text, _ := onlyField(b)
		return node{kind: '"', str: quantities.canonical(text)}
	case formIntOrString:
		n, _ := intOrString(b)
		return n
	case formFields, formRaw:
		if raw, _ := onlyField(b); raw != nil {
			return p.json(raw)
		}
	}
	return null
}

// json parses what is stored as JSON within a message.
func (p *builder) json(raw []byte) node {
	p.s, p.i = unsafe.String(&raw[0], len(raw)), 0
	n := p.value()
	p.s = ""
	return n
}

func (p *builder) list(s *slot, b []byte) node {
	from := len(p.stack)
	for i := 0; i < len(b); {
		_, _, start, to := next(b, i)
		n := p.content(s, b[start:to:to])
		if p.claims && s.name == "volumeClaimTemplates" {
			n = n.with("apiVersion", node{kind: '"', str: "v1"}).with("kind", node{kind: '"', str: "PersistentVolumeClaim"})
		}
		p.stack = append(p.stack, n)
		i = to
	}
	return node{kind: '[', items: p.items(from)}
}

// table makes an object of a map. Of entries with the same key the last one counts.
func (p *builder) table(s *slot, b []byte) node {
	from := len(p.stack)
	sorted, valid := true, true
	for i := 0; i < len(b); {
		_, _, start, to := next(b, i)
		key, value, _ := entryOf(b[start:to])
		n := p.content(s, value)
		n.name = unsafe.String(unsafe.SliceData(key), len(key))
		if k := len(p.stack); k > from && p.stack[k-1].name >= n.name {
			sorted = false
		}
		valid = valid && utf8.ValidString(n.name)
		p.stack = append(p.stack, n)
		i = to
	}
	items := p.items(from)
	if !sorted {
		sortItems(items)
		items = uniqueLast(items)
	}
	if !valid {
		for i := range items {
			items[i].name = replaced(items[i].name)
		}
		sortItems(items)
		items = uniqueLast(items)
	}
	return node{kind: '{', items: items}
}

// textOf returns bytes as a text without copying them; what is no UTF-8 becomes U+FFFD, as encoding/json has it.
func textOf(b []byte) string {
	s := unsafe.String(unsafe.SliceData(b), len(b))
	if !utf8.ValidString(s) {
		return replaced(s)
	}
	return s
}

// replaced returns a text with U+FFFD in place of each byte that is no UTF-8.
func replaced(s string) string { return string([]rune(s)) }

func number64(v int64) string { return strconv.FormatInt(v, 10) }

// timeNode is metav1.Time, which has whole seconds.
func timeNode(b []byte) node {
	at, ok := timeOf(b)
	if !ok {
		return null
	}
	return node{kind: '"', str: secondText(at)}
}

// secondTexts are times as texts, each at its second modulo their count: an object says the same time in several places, and its next
// version says it again.
var secondTexts [256]atomic.Pointer[secondAs]

type secondAs struct {
	second int64
	text   string
}

// secondText writes a time of whole seconds, in UTC.
func secondText(at time.Time) string {
	second := at.Unix()
	place := &secondTexts[uint64(second)%uint64(len(secondTexts))]
	if s := place.Load(); s != nil && s.second == second {
		return s.text
	}
	s := &secondAs{second, at.Format(time.RFC3339)}
	place.Store(s)
	return s.text
}

// timeOf reads metav1.Time; ok is false for the zero time.
func timeOf(b []byte) (at time.Time, ok bool) {
	if len(b) == 0 {
		return at, false
	}
	seconds, _, _ := timestamp(b)
	at = time.Unix(seconds, 0).UTC()
	return at, !at.IsZero()
}

func microNode(b []byte) node {
	if len(b) == 0 {
		return null
	}
	seconds, nanos, _ := timestamp(b)
	at := time.Unix(seconds, int64(time.Duration(nanos).Truncate(time.Microsecond))).UTC()
	if at.IsZero() {
		return null
	}
	return node{kind: '"', str: at.Format(metav1.RFC3339Micro)}
}
