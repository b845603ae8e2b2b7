package wire

import (
	"encoding/binary"
	"reflect"
)

// A quick look at a message says whether its type's generated code decodes it, without decoding it:
//
//	Pod {1: ObjectMeta {…} 2: PodSpec {2: [Container {…}] 3: "Always" …}}
//	     every number one of the type's, of the type's wire form, as long as it says ─► sound
//
// What holds no fields of its own has rules of its own: a Quantity must parse, the sets of managedFields must be JSON.

// maxNested is how deep messages are looked into.
const maxNested = 64

// Sound reports whether the generated code of the type decodes a message, encoding/json encodes the result, and the type
// has all fields of it and of the messages below it. It is quick, and is false also where it is not sure. json reports
// whether bytes are JSON. Nothing of the message is kept.
func (t *Type) Sound(b []byte, json func([]byte) bool) bool { return t.sound(b, json, 0) }

func (t *Type) sound(b []byte, json func([]byte) bool, depth int) bool {
	if t.rule != nil {
		return t.rule(b, json)
	}
	if depth > maxNested {
		return false
	}
	for len(b) > 0 {
		tag, n := uvarint(b)
		if n <= 0 || tag>>3 > 1<<29-1 {
			return false
		}
		f := t.field(int(tag >> 3))
		if f == nil || f.form != form(tag&7)+1 {
			return false
		}
		b = b[n:]
		size, n := uvarint(b)
		switch {
		case n <= 0:
			return false
		case f.form == varintForm:
			b = b[n:]
			continue
		case size > uint64(len(b)-n):
			return false
		}
		v := b[n : n+int(size)]
		b = b[n+int(size):]
		switch {
		case f.table:
			if !f.soundEntry(v, json, depth+1) {
				return false
			}
		case f.sub != nil:
			if !f.sub.sound(v, json, depth+1) {
				return false
			}
		}
	}
	return true
}

// soundEntry looks at an entry of a map.
func (f *typeField) soundEntry(b []byte, json func([]byte) bool, depth int) bool {
	for len(b) > 0 {
		tag, size := b[0], uint64(0)
		size, n := uvarint(b[1:])
		if n <= 0 {
			return false
		}
		switch b = b[1+n:]; {
		case tag == 2<<3 && f.value == varintForm:
			continue
		case tag == 1<<3|2 && f.key == bytesForm:
		case tag == 2<<3|2 && f.value == bytesForm:
		default:
			return false
		}
		if size > uint64(len(b)) {
			return false
		}
		if tag>>3 == 2 && f.sub != nil && !f.sub.sound(b[:size], json, depth) {
			return false
		}
		b = b[size:]
	}
	return true
}

// uvarint is binary.Uvarint, quicker for the small numbers that most are.
func uvarint(b []byte) (uint64, int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	return binary.Uvarint(b)
}

// form is the wire form of a field, one more than protobuf's number; 0 for one that is not looked at.
type form uint8

const (
	varintForm form = 1
	bytesForm  form = 3
)

// formOf is the form of a Go type.
func formOf(t reflect.Type) form {
	switch t.Kind() {
	case reflect.Bool, reflect.Int32, reflect.Int64, reflect.Uint32, reflect.Uint64:
		return varintForm
	case reflect.String, reflect.Struct, reflect.Map:
		return bytesForm
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 || isMessage(t) {
			return bytesForm
		}
	}
	return 0
}

// rule says whether the bytes of a message of one type are sound.
type rule func(b []byte, json func([]byte) bool) bool

const machinery = "k8s.io/apimachinery/pkg/"

// rules are for the types that decode or encode themselves; those that are not here, and do, are never sound.
var rules = map[string]rule{
	machinery + "api/resource.Quantity":      soundQuantity,
	machinery + "apis/meta/v1.FieldsV1":      soundJSON,
	machinery + "runtime.RawExtension":       soundJSON,
	machinery + "util/intstr.IntOrString":    soundIntOrString,
	machinery + "apis/meta/v1.Time":          soundTime,
	machinery + "apis/meta/v1.MicroTime":     soundTime,
	machinery + "apis/meta/v1.Duration":      soundTime,
	machinery + "api/resource.QuantityValue": nil,
}

// ruleOf returns the rule of a type, nil for one that has the fields that its tags say.
func ruleOf(t reflect.Type) rule {
	if r, ok := rules[t.PkgPath()+"."+t.Name()]; ok && r != nil {
		return r
	}
	if opaque(t) && t.Kind() == reflect.Struct || t.Kind() != reflect.Struct && t.Kind() != reflect.Slice {
		return func([]byte, func([]byte) bool) bool { return false }
	}
	return nil
}

// only calls f with each field of a small message whose fields are all numbered by one byte, and reports whether all are
// sound.
func only(b []byte, f func(tag byte, n uint64, v []byte) bool) bool {
	for len(b) > 0 {
		tag := b[0]
		n, size := uvarint(b[1:])
		if size <= 0 || tag >= 0x80 {
			return false
		}
		b = b[1+size:]
		var v []byte
		switch tag & 7 {
		case 0:
		case 2:
			if n > uint64(len(b)) {
				return false
			}
			v, b = b[:n], b[n:]
		default:
			return false
		}
		if !f(tag, n, v) {
			return false
		}
	}
	return true
}

func soundTime(b []byte, _ func([]byte) bool) bool {
	return only(b, func(tag byte, _ uint64, _ []byte) bool { return tag == 1<<3 || tag == 2<<3 })
}

func soundIntOrString(b []byte, _ func([]byte) bool) bool {
	return only(b, func(tag byte, n uint64, _ []byte) bool { return tag == 1<<3 && n <= 1 || tag == 2<<3 || tag == 3<<3|2 })
}

func soundJSON(b []byte, json func([]byte) bool) bool {
	return only(b, func(tag byte, _ uint64, v []byte) bool { return tag == 1<<3|2 && json(v) })
}

// soundQuantity takes the quantities that nearly all are: some digits and a suffix.
func soundQuantity(b []byte, _ func([]byte) bool) bool {
	return only(b, func(tag byte, _ uint64, v []byte) bool {
		n := 0
		for n < len(v) && v[n] >= '0' && v[n] <= '9' {
			n++
		}
		return tag == 1<<3|2 && n > 0 && n < 16 && suffixes[string(v[n:])]
	})
}

var suffixes = map[string]bool{"": true, "m": true, "k": true, "M": true, "G": true, "T": true, "Ki": true, "Mi": true, "Gi": true, "Ti": true}
