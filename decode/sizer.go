package decode

import (
	"bytes"
	"encoding/binary"
	"math"
	"reflect"

	"google.golang.org/protobuf/encoding/protowire"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/etcdscope/etcdscope/decode/crypt"
	"github.com/etcdscope/etcdscope/decode/wire"
)

// The fields that a Sizer counts apart from the fields of the object itself: spec, status, data, rules, …
const (
	SizeManagedFields = "managedFields"
	SizeLastApplied   = "last-applied"     // the annotation kubectl.kubernetes.io/last-applied-configuration
	SizeMetadata      = "metadata"         // the rest of it
	SizeType          = "apiVersion, kind" // and what holds the object together
	SizeOther         = "other fields"
	SizeEncrypted     = "encrypted"  // a value that was not decrypted, and what encryption adds to one that was
	SizeUnread        = "not read"   // what is damaged, or in an encoding whose fields are not counted
	SizeNoObject      = "no objects" // values that are no object of Kubernetes
)

// Sizer counts how many bytes of a stored value which field takes. It keeps nothing of the values. One goroutine uses it.
//
//	k8s\0 {v1 Pod} {metadata: {…, annotations, managedFields}, spec, status}
//	{"apiVersion":…, "metadata":{…, "annotations":{…}, "managedFields":[…]}, "spec":{…}}
type Sizer struct {
	d     *Decoder
	names map[string]map[string][]string // apiVersion → kind → names of the fields by number
}

// Sizer returns a new one.
func (d *Decoder) Sizer() *Sizer { return &Sizer{d: d, names: map[string]map[string][]string{}} }

// Metadata returns the bytes of managedFields and of last-applied in a value, with their names and tags; 0 for what cannot be
// decrypted or read.
func (s *Sizer) Metadata(key, value []byte) (managed, applied int64) {
	plain := s.plain(key, value)
	if b, ok := bytes.CutPrefix(plain, protobufMagic); ok {
		raw, _ := envelopeObject(b)
		md, _ := messageField(raw, int(objectMeta))
		return protoMetadata(md)
	}
	if len(plain) > 0 && plain[0] == '{' {
		eachMember(plain, func(name []byte, _, from, to int) bool {
			if string(name) == "metadata" {
				managed, applied = jsonMetadata(plain[from:to])
				return false
			}
			return true
		})
	}
	return managed, applied
}

// plain is the decrypted value, nil where that is not possible.
func (s *Sizer) plain(key, value []byte) []byte {
	if !crypt.Encrypted(value) {
		return value
	}
	plain, _, err := s.d.o.Keyring.Decrypt(key, value)
	if err != nil {
		return nil
	}
	return plain
}

// Fields calls f with the names of fields and their bytes, which add up to those of the value. A name may come twice.
func (s *Sizer) Fields(key, value []byte, f func(field string, bytes int64)) {
	plain := s.plain(key, value)
	if plain == nil && len(value) > 0 {
		f(SizeEncrypted, int64(len(value)))
		return
	}
	if n := len(value) - len(plain); n > 0 {
		f(SizeEncrypted, int64(n))
	}
	switch b, proto := bytes.CutPrefix(plain, protobufMagic); {
	case proto:
		s.protobuf(b, int64(len(plain)), f)
	case len(plain) > 0 && plain[0] == '{':
		jsonFields(plain, f)
	case bytes.HasPrefix(plain, cborMagic):
		f(SizeUnread, int64(len(plain)))
	case len(plain) > 0:
		f(SizeNoObject, int64(len(plain)))
	}
}

// protobuf counts the fields of an object; all is how many bytes there are with the envelope.
func (s *Sizer) protobuf(b []byte, all int64, f func(string, int64)) {
	e, err := readEnvelope(b)
	if err != nil {
		f(SizeUnread, all)
		return
	}
	names := s.namesOf(e.apiVersion, e.kind)
	f(SizeType, all-int64(len(e.raw)))
	for raw := e.raw; len(raw) > 0; {
		num, content, size := protoField(raw)
		switch {
		case size == 0:
			f(SizeUnread, int64(len(raw)))
			return
		case num == objectMeta && content != nil:
			managed, applied := protoMetadata(content)
			f(SizeManagedFields, managed)
			f(SizeLastApplied, applied)
			f(SizeMetadata, int64(size)-managed-applied)
		case num < len(names) && names[num] != "":
			f(names[num], int64(size))
		default:
			f(SizeOther, int64(size))
		}
		raw = raw[size:]
	}
}

// namesOf returns the names of the fields of a kind by number, none for one that this build does not know.
func (s *Sizer) namesOf(apiVersion, kind []byte) []string {
	kinds := s.names[string(apiVersion)]
	if names, ok := kinds[string(kind)]; ok {
		return names
	}
	var names []string
	if obj := typed(schema.FromAPIVersionAndKind(string(apiVersion), string(kind))); obj != nil {
		names = wire.TypeOf(reflect.TypeOf(obj)).Names()
	}
	if kinds == nil {
		kinds = map[string][]string{}
		s.names[string(apiVersion)] = kinds
	}
	if len(kinds) < maxSized {
		kinds[string(kind)] = names
	}
	return names
}

// maxSized bounds the kinds that are remembered of a version: their names come from the store.
const maxSized = 1000

const (
	metaAnnotations   = 12 // of ObjectMeta
	metaManagedFields = 17
)

// protoField reads the field that a message begins with: its number, its content where that is of bytes, and its length; 0 for what
// is no field.
func protoField(b []byte) (num int, content []byte, size int) {
	if len(b) == 0 {
		return 0, nil, 0
	}
	if len(b) > 1 && b[0] < 0x80 && b[0]&7 == byte(protowire.BytesType) && b[1] < 0x80 { // as most fields are
		if size = 2 + int(b[1]); size > len(b) {
			return 0, nil, 0
		}
		return int(b[0] >> 3), b[2:size], size
	}
	tag, n := uint64(b[0]), 1
	if tag >= 0x80 {
		if tag, n = binary.Uvarint(b); n <= 0 {
			return 0, nil, 0
		}
	}
	num = int(min(tag>>3, math.MaxInt32))
	if tag&7 != uint64(protowire.BytesType) {
		if m := protowire.ConsumeFieldValue(protowire.Number(num), protowire.Type(tag&7), b[n:]); m >= 0 {
			return num, nil, n + m
		}
		return 0, nil, 0
	}
	length, m := binary.Uvarint(b[n:])
	if m <= 0 || length > uint64(len(b)-n-m) {
		return 0, nil, 0
	}
	return num, b[n+m : n+m+int(length)], n + m + int(length)
}

// envelopeObject returns the object in an envelope, and nothing of one that readEnvelope refuses.
func envelopeObject(b []byte) (raw []byte, ok bool) {
	for len(b) > 0 {
		num, content, size := protoField(b)
		if size == 0 || content == nil || num == 0 {
			return nil, false
		}
		if num == 2 {
			raw = content
		}
		b = b[size:]
	}
	return raw, true
}

// messageField returns the content of the first field of this number.
func messageField(b []byte, want int) ([]byte, bool) {
	for len(b) > 0 {
		num, content, size := protoField(b)
		switch {
		case size == 0:
			return nil, false
		case num == want && content != nil:
			return content, true
		}
		b = b[size:]
	}
	return nil, false
}

// protoMetadata counts in an ObjectMeta.
func protoMetadata(md []byte) (managed, applied int64) {
	for len(md) > 0 {
		num, content, size := protoField(md)
		switch {
		case size == 0:
			return managed, applied
		case num == metaManagedFields && content != nil:
			managed += int64(size)
		case num == metaAnnotations && len(content) > len(lastApplied):
			if name, _ := messageField(content, 1); string(name) == lastApplied {
				applied += int64(size)
			}
		}
		md = md[size:]
	}
	return managed, applied
}
