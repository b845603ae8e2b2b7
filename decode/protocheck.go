package decode

import (
	"encoding/json"
	"math"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/api/resource"
)

// Before a message is read by its layout it is looked through once, to its last part. Then it can be read part by part, without
// an error: most parts of most values are never asked for. Only messages as API servers write them pass: fields in the order
// of their numbers, none twice that is no list, each with the wire type of its type. What else the types' own code takes
// is rare, and is left to it: see Object.unmarshal.

// checker looks a message through.
type checker struct {
	sets    *fieldSets
	unknown int // bytes of fields that the layouts do not have
}

// varint reads a number; n is its length, 0 where there is none, or one that is too large.
func varint(b []byte) (v uint64, n int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	for n < len(b) && n < 10 {
		c := b[n]
		v |= uint64(c&0x7f) << (7 * n)
		if n++; c < 0x80 {
			if n == 10 && c > 1 {
				return 0, 0
			}
			return v, n
		}
	}
	return 0, 0
}

// next reads a field: its number and wire type, and where its content and the field end: [from:to] of one that has a length is
// the content without it. to is 0 where it cannot be read.
func next(b []byte, i int) (number int, wire uint64, from, to int) {
	tag, n := varint(b[i:])
	if n == 0 || tag > math.MaxInt32 || tag < 8 {
		return 0, 0, 0, 0
	}
	i += n
	number, wire = int(tag>>3), tag&7
	switch wire {
	case wireVarint:
		if _, n = varint(b[i:]); n == 0 {
			return 0, 0, 0, 0
		}
		return number, wire, i, i + n
	case wireBytes:
		size, n := varint(b[i:])
		if i += n; n == 0 || size > uint64(len(b)-i) {
			return 0, 0, 0, 0
		}
		return number, wire, i, i + int(size)
	case 1:
		n = 8
	case 5:
		n = 4
	default:
		return 0, 0, 0, 0
	}
	if len(b)-i < n {
		return 0, 0, 0, 0
	}
	return number, wire, i, i + n
}

// message reports whether a message is as an API server writes it.
func (c *checker) message(fields *fieldNumbers, b []byte) bool {
	last := 0
	for i := 0; i < len(b); {
		number, wire, from, to := next(b, i)
		if to == 0 || number < last {
			return false
		}
		s := fields.get(number)
		switch {
		case s == nil:
			c.unknown += to - i
		case s.wire != wire, number == last && !s.many && !s.table, !c.field(s, b[from:to]):
			return false
		}
		last, i = number, to
	}
	return true
}

// field does so for the content of a field.
func (c *checker) field(s *slot, b []byte) bool {
	if s.table {
		key, value, ok := entryOf(b)
		return ok && key != nil && value != nil && c.content(s, value)
	}
	return c.content(s, b)
}

func (c *checker) content(s *slot, b []byte) bool {
	switch s.form {
	case formMessage:
		return c.message(&s.sub.fieldNumbers, b)
	case formInline:
		return c.message(&s.inline, b)
	case formTexts:
		return eachOf(b, 1, nil)
	case formTime, formMicroTime:
		_, _, ok := timestamp(b)
		return ok
	case formQuantity:
		text, ok := onlyField(b)
		return ok && (len(b) == 0 || quantities.canonical(text) != "")
	case formIntOrString:
		_, ok := intOrString(b)
		return ok
	case formFields:
		raw, ok := onlyField(b)
		return ok && raw != nil && c.sets.valid(raw)
	case formRaw:
		raw, ok := onlyField(b)
		return ok && (raw == nil || len(raw) > 0 && strings.IndexByte("\t\r\n {[ntf\"-0123456789", raw[0]) >= 0 && json.Valid(raw))
	}
	return true
}

// entryOf reads an entry of a map; the parts that are missing are nil.
func entryOf(b []byte) (key, value []byte, ok bool) {
	last := 0
	for i := 0; i < len(b); {
		number, wire, from, to := next(b, i)
		if to == 0 || number <= last || number > 2 || wire != wireBytes {
			return nil, nil, false
		}
		if number == 1 {
			key = b[from:to:to]
		} else {
			value = b[from:to:to]
		}
		last, i = number, to
	}
	return key, value, true
}

// onlyField returns the content of the field 1, which has a length and is the only one; nil where it is missing.
func onlyField(b []byte) (content []byte, ok bool) {
	if len(b) == 0 {
		return nil, true
	}
	number, wire, from, to := next(b, 0)
	if number != 1 || wire != wireBytes || to != len(b) {
		return nil, false
	}
	return b[from:to:to], true
}

// eachOf calls f with the content of each field of a number, which has a length; ok is false where there is anything else.
func eachOf(b []byte, field int, f func([]byte)) (ok bool) {
	for i := 0; i < len(b); {
		number, wire, from, to := next(b, i)
		if number != field || wire != wireBytes {
			return false
		}
		if f != nil {
			f(b[from:to:to])
		}
		i = to
	}
	return true
}

// timestamp reads google.protobuf.Timestamp. Its zero value is not the zero time: that has no bytes.
func timestamp(b []byte) (seconds int64, nanos int32, ok bool) {
	last := 0
	for i := 0; i < len(b); {
		number, wire, from, to := next(b, i)
		if to == 0 || number <= last || number > 2 || wire != wireVarint {
			return 0, 0, false
		}
		v, _ := varint(b[from:to])
		if number == 1 {
			seconds = int64(v)
		} else {
			nanos = int32(v)
		}
		last, i = number, to
	}
	return seconds, nanos, true
}

// intOrString reads the message of that name as a scalar.
func intOrString(b []byte) (n node, ok bool) {
	var kind, number int64
	var text []byte
	last := 0
	for i := 0; i < len(b); {
		field, wire, from, to := next(b, i)
		if to == 0 || field <= last || field > 3 || (field == 3) != (wire == wireBytes) || field < 3 && wire != wireVarint {
			return n, false
		}
		v, _ := varint(b[from:to])
		switch field {
		case 1:
			kind = int64(v)
		case 2:
			number = int64(int32(v))
		case 3:
			text = b[from:to]
		}
		last, i = field, to
	}
	switch kind {
	case 0:
		return node{kind: '0', str: number64(number)}, true
	case 1:
		return node{kind: '"', str: textOf(text)}, true
	}
	return n, false
}

// quantityTexts remembers how quantities are written: that takes a parser and big numbers, and there are few different ones.
type quantityTexts struct {
	mu    sync.RWMutex
	known map[string]string
}

var quantities quantityTexts

// maxQuantities bounds how many are remembered, maxQuantity their bytes.
const maxQuantities, maxQuantity = 4096, 64

// canonical returns the text that JSON has for a quantity, "" for what is none.
func (q *quantityTexts) canonical(b []byte) string {
	q.mu.RLock()
	s, ok := q.known[string(b)]
	q.mu.RUnlock()
	if ok {
		return s
	}
	s = canonicalQuantity(string(b))
	if len(b) > maxQuantity {
		return s
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.known == nil || len(q.known) >= maxQuantities {
		q.known = map[string]string{}
	}
	q.known[string(b)] = s
	return s
}

func canonicalQuantity(s string) string {
	q, err := resource.ParseQuantity(s)
	if err != nil {
		return ""
	}
	js, err := q.MarshalJSON()
	if err != nil {
		return ""
	}
	return parseJSON(string(js)).text()
}
