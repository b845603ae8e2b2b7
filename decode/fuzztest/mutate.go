package fuzztest

import (
	"math/rand/v2"
	"reflect"
)

// mutator makes inputs out of a seed: a few changes at random, with pieces of the other seeds.
type mutator struct {
	rand  *rand.Rand
	seeds [][]any
	last  []reflect.Value // the input before, which some are made of
}

// make returns changed arguments; the first, the test itself, stays.
func (m *mutator) make(seed []reflect.Value) []reflect.Value {
	from := seed
	if len(m.last) == len(seed) && m.rand.IntN(4) > 0 && m.rand.IntN(32) > 0 {
		from = m.last
	}
	out := append([]reflect.Value{seed[0]}, from[1:]...)
	for range 1 + m.rand.IntN(2) {
		i := 1 + m.rand.IntN(len(out)-1)
		out[i] = m.value(out[i], i-1)
	}
	m.last = out
	return out
}

func (m *mutator) value(v reflect.Value, arg int) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.String:
		out.SetString(string(m.bytes([]byte(v.String()), arg)))
	case reflect.Slice:
		out.SetBytes(m.bytes(append([]byte(nil), v.Bytes()...), arg))
	case reflect.Bool:
		out.SetBool(!v.Bool())
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uint:
		out.SetUint(uint64(m.rand.IntN(1 << min(v.Type().Bits(), 62))))
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Int:
		out.SetInt(int64(m.rand.Uint64() >> m.rand.IntN(64)))
	default:
		return v
	}
	return out
}

// telling are bytes that mean something in most formats.
const telling = "\x00\x01\x7f\x80\xff\n\t\r \"\\'{}[]():,;.-+#&*!|>%@`0123456789eEnftk/_=<?\x08\x0a\x10\x12\x1a\x22"

func (m *mutator) bytes(b []byte, arg int) []byte {
	for range 1 + m.rand.IntN(3) {
		b = m.change(b, arg)
	}
	return b[:min(len(b), maxInput)]
}

// change makes one change.
func (m *mutator) change(b []byte, arg int) []byte {
	if len(b) == 0 {
		return m.piece(arg)
	}
	at := m.rand.IntN(len(b))
	end := at + 1 + m.rand.IntN(min(len(b)-at, 32))
	switch m.rand.IntN(9) {
	case 0:
		b[at] ^= 1 << m.rand.IntN(8)
	case 1:
		b[at] = byte(m.rand.IntN(256))
	case 2:
		b[at] = telling[m.rand.IntN(len(telling))]
	case 3:
		b[at] += byte(m.rand.IntN(9)) - 4
	case 4: // leave out
		b = append(b[:at], b[end:]...)
	case 5: // twice or more often
		part := append([]byte(nil), b[at:end]...)
		for range 1 + m.rand.IntN(4) {
			b = insert(b, at, part)
		}
	case 6: // to another place
		part := append([]byte(nil), b[at:end]...)
		b = append(b[:at], b[end:]...)
		b = insert(b, m.rand.IntN(len(b)+1), part)
	case 7: // a piece of another seed
		b = insert(b, at, m.piece(arg))
	default:
		b = insert(b, at, []byte{telling[m.rand.IntN(len(telling))]})
	}
	return b
}

func insert(b []byte, at int, part []byte) []byte {
	if len(b)+len(part) > maxInput {
		return b
	}
	return append(b[:at:at], append(part[:len(part):len(part)], b[at:]...)...)
}

// piece is a part of what some seed has for an argument.
func (m *mutator) piece(arg int) []byte {
	if len(m.seeds) == 0 {
		return []byte{telling[m.rand.IntN(len(telling))]}
	}
	var b []byte
	switch v := m.seeds[m.rand.IntN(len(m.seeds))][arg].(type) {
	case []byte:
		b = v
	case string:
		b = []byte(v)
	}
	if len(b) == 0 {
		return []byte{telling[m.rand.IntN(len(telling))]}
	}
	at := m.rand.IntN(len(b))
	return append([]byte(nil), b[at:at+1+m.rand.IntN(len(b)-at)]...)
}
