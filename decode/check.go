package decode

import (
	"bytes"
	"encoding/json"
	"hash/maphash"
	"reflect"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/etcdscope/etcdscope/decode/crypt"
	"github.com/etcdscope/etcdscope/decode/wire"
)

// Checked is what is wrong with a value, as in an Object.
type Checked struct {
	Encryption crypt.Info
	Unknown    int    // bytes of fields that this build does not know
	Foreign    bool   // this build does not know the kind or its version
	Problem    string // why not all can be decoded, one safe line; "" if it can
}

// Checker says of values whether they decode, as Object does, and quicker: of nearly all a look at the wire says so, and
// only the others are decoded. It is for one goroutine.
type Checker struct {
	d     *Decoder
	kinds map[string]map[string]*wire.Type // by apiVersion and kind; nil for those that are not known
	seed  maphash.Seed
	seen  [512][]byte // JSON that was valid, by its hash
}

// Checker returns a checker of values.
func (d *Decoder) Checker() *Checker {
	return &Checker{d: d, kinds: map[string]map[string]*wire.Type{}, seed: maphash.MakeSeed()}
}

// Check says whether a value decodes. Nothing of it is kept.
func (c *Checker) Check(key, value []byte, mod int64) Checked {
	plain, info, err := c.d.o.Keyring.Decrypt(key, value)
	if err == nil && c.sound(plain) {
		return Checked{Encryption: info}
	}
	o := c.d.Object(key, value, mod)
	return Checked{Encryption: o.Encryption, Unknown: o.Unknown, Foreign: o.Foreign, Problem: o.Problem}
}

// sound reports whether a plain value decodes without anything to say about it; false also where it is not sure.
func (c *Checker) sound(v []byte) bool {
	switch {
	case len(v) == 0:
		return true
	case bytes.HasPrefix(v, protobufMagic):
		e, err := readEnvelope(v[len(protobufMagic):])
		if err != nil || len(e.raw) == 0 || len(e.apiVersion) == 0 || len(e.kind) == 0 {
			return false
		}
		t := c.kind(e.apiVersion, e.kind)
		return t != nil && t.Sound(e.raw, c.json)
	case v[0] == '{':
		return json.Valid(v)
	}
	return false
}

// kind returns the fields of a kind, nil where it is not known.
func (c *Checker) kind(apiVersion, kind []byte) *wire.Type {
	if t, ok := c.kinds[string(apiVersion)][string(kind)]; ok {
		return t
	}
	obj := typed(schema.FromAPIVersionAndKind(string(apiVersion), string(kind)))
	if obj == nil {
		return nil // not kept: there may be any number of these
	}
	var t *wire.Type
	if _, ok := obj.(message); ok {
		t = wire.TypeOf(reflect.TypeOf(obj))
	}
	if c.kinds[string(apiVersion)] == nil {
		c.kinds[string(apiVersion)] = map[string]*wire.Type{}
	}
	c.kinds[string(apiVersion)][string(kind)] = t
	return t
}

// maxSeen is the longest JSON that is kept, in bytes.
const maxSeen = 8 << 10

// json reports whether the bytes are JSON. The sets of managedFields are the same in many objects.
func (c *Checker) json(b []byte) bool {
	if len(b) > maxSeen {
		return json.Valid(b)
	}
	at := &c.seen[maphash.Bytes(c.seed, b)%uint64(len(c.seen))]
	if len(b) > 0 && bytes.Equal(*at, b) {
		return true
	}
	if !json.Valid(b) {
		return false
	}
	*at = append((*at)[:0], b...)
	return true
}
