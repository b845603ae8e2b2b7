package wire

import (
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// Type says which fields a Go type of k8s.io/api has in protobuf, and where its JSON holds them. It is read from the tags
// that the protobuf code of these types is generated from:
//
//	Ports []ServicePort `json:"ports" protobuf:"bytes,1,rep,name=ports"`   →   1: a list of ServicePort, at "ports"
type Type struct {
	fields []*typeField // by number; nil where there is none
	rest   map[int]*typeField
	rule   rule // says which messages are sound; nil: those whose fields are
}

// typeField is one field of a Type.
type typeField struct {
	json   string // "" for what is written into the object around it
	name   string // in protobuf
	many   bool   // a list
	table  bool   // a map
	sub    *Type  // of a message, of the items of a list, of the values of a map; nil for what has no fields
	opaque bool   // the message is no object in JSON: a time, a quantity
	form   form   // of an item of a list
	key    form   // of a map; value too
	value  form
}

// dense is up to which number fields are found by their place.
const dense = 128

var types sync.Map // reflect.Type → *Type

// TypeOf returns the fields of a Go struct with protobuf tags. It is safe for concurrent use.
func TypeOf(t reflect.Type) *Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if x, ok := types.Load(t); ok {
		return x.(*Type)
	}
	out := (&typeReader{seen: map[reflect.Type]*Type{}}).read(t)
	x, _ := types.LoadOrStore(t, out)
	return x.(*Type)
}

// typeReader reads a type with all that are below it; types may hold themselves.
type typeReader struct{ seen map[reflect.Type]*Type }

func (r *typeReader) read(t reflect.Type) *Type {
	if x := r.seen[t]; x != nil {
		return x
	}
	x := &Type{rule: ruleOf(t)}
	r.seen[t] = x
	if t.Kind() != reflect.Struct { // a list that is a message of its own, as ExtraValue
		x.set(1, &typeField{json: "items", name: "items", many: true, form: formOf(t.Elem())})
		return x
	}
	switch t.Name() {
	case "Time", "MicroTime": // as google.protobuf.Timestamp
		x.set(1, &typeField{name: "seconds"})
		x.set(2, &typeField{name: "nanos"})
		return x
	case "Quantity":
		x.set(1, &typeField{name: "string"})
		return x
	}
	for i := range t.NumField() {
		if number, f := r.field(t.Field(i)); f != nil {
			x.set(number, f)
		}
	}
	if len(x.fields) == 0 { // FieldsV1 may keep its one field in a form of its own
		x.set(1, &typeField{name: "raw"})
	}
	return x
}

func (t *Type) set(number int, f *typeField) {
	if number >= dense {
		if t.rest == nil {
			t.rest = map[int]*typeField{}
		}
		t.rest[number] = f
		return
	}
	for len(t.fields) <= number {
		t.fields = append(t.fields, nil)
	}
	t.fields[number] = f
}

func (t *Type) field(number int) *typeField {
	if number < len(t.fields) {
		return t.fields[number]
	}
	return t.rest[number]
}

// field reads the tags of a field of a struct, nil for one that protobuf does not carry.
func (r *typeReader) field(s reflect.StructField) (int, *typeField) {
	tag := strings.Split(s.Tag.Get("protobuf"), ",")
	if len(tag) < 3 {
		return 0, nil
	}
	number, err := strconv.Atoi(tag[1])
	if err != nil {
		return 0, nil
	}
	f := &typeField{name: s.Name}
	for _, x := range tag {
		if n, ok := strings.CutPrefix(x, "name="); ok {
			f.name = n
		}
	}
	f.json, _, _ = strings.Cut(s.Tag.Get("json"), ",")
	if f.json == "-" {
		f.json = ""
	}
	t := s.Type
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t.Kind() == reflect.Map:
		f.table, f.key, t = true, formOf(t.Key()), t.Elem()
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8 && !isMessage(t): // what the tag says of it is not always so
		f.many, t = true, t.Elem()
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if isMessage(t) {
		f.sub, f.opaque = r.read(t), opaque(t)
	}
	if f.form = formOf(t); f.table {
		f.form, f.value = bytesForm, f.form
	}
	return number, f
}

// isMessage reports whether protobuf has a message for a type.
func isMessage(t reflect.Type) bool {
	_, is := reflect.PointerTo(t).MethodByName("Unmarshal")
	return is
}

// opaque reports whether the JSON of a message is no object of its own fields.
func opaque(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return true
	}
	_, own := reflect.PointerTo(t).MethodByName("MarshalJSON")
	return own
}

// Names returns the names that the fields have in JSON, by number; "" where a number has no field.
func (t *Type) Names() []string {
	out := make([]string, len(t.fields))
	for i, f := range t.fields {
		if f != nil {
			out[i] = f.json
		}
	}
	return out
}
