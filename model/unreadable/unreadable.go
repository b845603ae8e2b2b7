// Package unreadable finds stored values that are not what their keys say.
//
//	key   ─► kinds.Ref ─┐
//	value ─► Object ────┴─► Of ─► Damaged    the API server cannot read it: LIST of its resource fails
//	                              Encrypted  the key for it was not given, or does not fit
//	                              Foreign    this build does not know its kind or version
//	                              Misplaced  it is another object than the one that its key names
//
// What always holds: a value that an API server can read, and that is the object of its key, is none of these. Keys that hold
// no resource of the API are never looked at.
package unreadable

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/kinds"
)

// Fault is why a value cannot be read, or not be believed.
type Fault uint8

// The faults, the worst first.
const (
	None Fault = iota
	Damaged
	Encrypted
	Foreign
	Misplaced
)

// String is the fault's name in JSON.
func (f Fault) String() string {
	return [...]string{"", "damaged", "encrypted", "unknownVersion", "misplaced"}[f]
}

// Value is a value that cannot be read.
type Value struct {
	Key   string
	Mod   int64
	Ref   kinds.Ref // what the key names
	Fault Fault
	Why   string // one safe line
}

// Of says what is wrong with the value of a key that names ref. The fault is None where nothing is.
func Of(o *decode.Object, ref kinds.Ref) (Fault, string) {
	switch {
	case o.Problem != "" && o.Encryption.Provider != "":
		return Encrypted, o.Problem
	case o.Foreign:
		return Foreign, o.Problem
	case o.Problem != "":
		return Damaged, o.Problem
	case !o.IsKubernetes():
		return Damaged, "the value is no object, but " + form(o)
	case ref.Kind != "" && o.Kind != ref.Kind:
		return Damaged, fmt.Sprintf("the key is that of a %s, the value is a %s", ref.Kind, clean.Key([]byte(o.Kind)))
	}
	if why := o.Misfit(); why != "" {
		return Damaged, why
	}
	if what := another(o, ref); what != "" {
		return Misplaced, "the value is another object: it calls itself " + what
	}
	return None, ""
}

// Table is what the columns of a table are filled from, nil where the value of a key that names ref cannot be read.
func Table(o *decode.Object, ref kinds.Ref) map[string]any {
	if fault, _ := Of(o, ref); fault != None && fault != Misplaced {
		return nil
	}
	return o.Table()
}

func form(o *decode.Object) string {
	if o.Encoding == "empty" || o.Encoding == "text" {
		return o.Encoding
	}
	return o.Encoding + " without apiVersion and kind"
}

// another is what an object calls itself where that is not what its key names.
func another(o *decode.Object, ref kinds.Ref) string {
	namespace := o.Namespace
	if !ref.Namespaced && ref.Kind != "" || ref.Namespace == "" {
		namespace = ref.Namespace
	}
	if o.Name == ref.Name && namespace == ref.Namespace {
		return ""
	}
	if o.Secret && o.Token() {
		return "by another name"
	}
	name := o.Name
	if namespace != "" {
		name = namespace + "/" + name
	}
	if name == "" || o.Name == "" {
		return "nothing"
	}
	return clean.Key([]byte(name))
}

// maxValues bounds what a Tracker keeps.
const maxValues = 10_000

// Tracker holds the values of a store that cannot be read, as changes come. The zero Tracker needs kinds and root.
type Tracker struct {
	Kinds *kinds.Table
	Root  string

	values map[string]Value
	more   int
}

// See looks at a value as it is now.
func (t *Tracker) See(o *decode.Object) {
	v := t.Look(o)
	t.Note(&v)
}

// Look looks at a value for Note. Alone of all methods it may be called by several goroutines at once.
func (t *Tracker) Look(o *decode.Object) (v Value) {
	ref, ok := t.Kinds.Locate(t.Root, o.Key)
	if !ok {
		return v
	}
	v = Value{Key: string(o.Key), Mod: o.Mod, Ref: ref}
	v.Fault, v.Why = Of(o, ref)
	return v
}

// Note takes a value as it is now, as Look has found it.
func (t *Tracker) Note(v *Value) {
	switch _, there := t.values[v.Key]; {
	case v.Key == "":
	case v.Fault == None:
		delete(t.values, v.Key)
	case !there && len(t.values) >= maxValues:
		t.more++
	default:
		if t.values == nil {
			t.values = map[string]Value{}
		}
		t.values[v.Key] = *v
	}
}

// Fault is that of the value of a key, None where it can be read.
func (t *Tracker) Fault(key string) Fault { return t.values[key].Fault }

// Gone says that a key was deleted.
func (t *Tracker) Gone(key []byte) { delete(t.values, string(key)) }

// List returns the values, the worst first, those of a resource together. more is how many there was no room for.
func (t *Tracker) List() (list []Value, more int) {
	for _, v := range t.values {
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b Value) int {
		return cmp.Or(cmp.Compare(a.Fault, b.Fault), cmp.Compare(a.Ref.FullName(), b.Ref.FullName()), cmp.Compare(a.Key, b.Key))
	})
	return list, t.more
}

// Headline says of values of one resource and one fault what follows from it: "LIST of configmaps fails: 2 values cannot be
// read".
func Headline(list []Value) string {
	n, resource := len(list), clean.Key([]byte(list[0].Ref.FullName()))
	values := fmt.Sprintf("%d values", n)
	if n == 1 {
		values = "1 value"
	}
	switch list[0].Fault {
	case Damaged:
		return "LIST of " + resource + " fails: " + values + " cannot be read"
	case Encrypted:
		return values + " of " + resource + " cannot be decrypted here"
	case Foreign:
		return values + " of " + resource + " not known to this build"
	}
	return values + " of " + resource + " under the key of another object"
}

// Groups divides a list into the values of one fault and one resource each.
func Groups(list []Value) (out [][]Value) {
	for i := range list {
		if i == 0 || list[i].Fault != list[i-1].Fault || list[i].Ref.FullName() != list[i-1].Ref.FullName() {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], list[i])
	}
	return out
}
