package decode

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
)

// A value in protobuf becomes a tree of nodes without a Go struct and without JSON in between. How the fields of a message are
// written in JSON is read once from the tags that both forms are generated from:
//
//	RestartCount int32 `json:"restartCount" protobuf:"varint,5,opt,name=restartCount"`  →  5: a number at "restartCount", 0 if missing
//
// The layout of a message has its fields twice: by their numbers, as they come, and by their names, as a node has them.

// form is what the content of a field is on the wire, and how JSON writes it.
type form uint8

const (
	formText form = iota
	formBytes
	formBool
	formInt32
	formInt64
	formMessage
	formInline // a message whose fields are those of the object around it
	formTexts  // a message that is a list of texts in JSON: Verbs, ExtraValue
	formTime
	formMicroTime
	formQuantity
	formIntOrString
	formFields // FieldsV1: JSON
	formRaw    // RawExtension: JSON
)

// slot is a field of a message.
type slot struct {
	number  int
	name    string // in JSON
	place   int    // among the slots of its object
	form    form
	wire    uint64 // wire type
	many    bool   // a list
	table   bool   // a map with texts as keys
	pointer bool
	omit    bool // left out where it is empty
	zero    bool // left out where it is zero: a time
	sub     *layout
	inline  fieldNumbers
	via     *slot // the inlined message that it is a field of, nil for none
}

// fieldNumbers are the fields of a message by their numbers.
type fieldNumbers struct {
	low  []*slot // nil where there is none
	high map[int]*slot
}

// lowest is up to which number fields are found by their place.
const lowest = 128

func (n *fieldNumbers) get(number int) *slot {
	if number < len(n.low) {
		return n.low[number]
	}
	return n.high[number]
}

func (n *fieldNumbers) set(s *slot) {
	if s.number >= lowest {
		if n.high == nil {
			n.high = map[int]*slot{}
		}
		n.high[s.number] = s
		return
	}
	for len(n.low) <= s.number {
		n.low = append(n.low, nil)
	}
	n.low[s.number] = s
}

// layout is a message.
type layout struct {
	fieldNumbers
	slots []*slot // by name, with those of its inlined messages
}

// slot returns the field of a name, nil where there is none.
func (l *layout) slot(name string) *slot {
	i, ok := slices.BinarySearchFunc(l.slots, name, func(s *slot, name string) int { return strings.Compare(s.name, name) })
	if !ok {
		return nil
	}
	return l.slots[i]
}

// kindType is a kind that this build knows.
type kindType struct {
	apiVersion, kind string
	goType           reflect.Type
	once             sync.Once
	layout           *layout // nil where the type has what no layout can say
	isObject         bool    // it has ObjectMeta
	isTyped          bool    // JSON has its apiVersion and kind
	claims           bool    // its volumeClaimTemplates say what they are: see fillIn
}

type kindName struct{ apiVersion, kind string }

// kindTypes are all kinds with a type here, with those of the same wire form.
var kindTypes = sync.OnceValue(func() map[kindName]*kindType {
	out := map[kindName]*kindType{}
	add := func(gvk schema.GroupVersionKind, t reflect.Type) {
		apiVersion, kind := gvk.ToAPIVersionAndKind()
		out[kindName{apiVersion, kind}] = &kindType{apiVersion: apiVersion, kind: kind, goType: t}
	}
	known := scheme.Scheme.AllKnownTypes()
	for gvk, t := range known {
		add(gvk, t)
	}
	for gvk, v := range sameWire {
		if t := known[schema.GroupVersionKind{Group: gvk.Group, Version: v, Kind: gvk.Kind}]; t != nil {
			add(gvk, t)
		}
	}
	return out
})

var objectType = reflect.TypeFor[metav1.Object]()

// kindOf returns what is known of a kind, nil where it has no layout.
func kindOf(apiVersion, kind []byte) *kindType {
	k := kindTypes()[kindName{string(apiVersion), string(kind)}]
	if k == nil {
		return nil
	}
	k.once.Do(func() {
		if k.layout = layoutOf(k.goType); k.layout != nil {
			k.isObject = reflect.PointerTo(k.goType).Implements(objectType)
			f, has := k.goType.FieldByName("TypeMeta")
			k.isTyped = has && f.Anonymous
			k.claims = k.goType.Name() == "StatefulSet"
		}
	})
	if k.layout == nil {
		return nil
	}
	return k
}

// layouts holds those that were read; messages are shared by many kinds.
var layouts = struct {
	sync.Mutex
	of map[reflect.Type]*layout
}{of: map[reflect.Type]*layout{}}

// layoutOf returns the layout of a struct, nil where it has what none can say.
func layoutOf(t reflect.Type) *layout {
	layouts.Lock()
	defer layouts.Unlock()
	r := layoutReader{ok: true}
	l := r.message(t)
	if !r.ok {
		for _, t := range r.read {
			delete(layouts.of, t)
		}
		return nil
	}
	return l
}

// layoutReader reads a type with all that are below it; ok is false once it has met what no layout can say.
type layoutReader struct {
	ok   bool
	read []reflect.Type
}

func (r *layoutReader) message(t reflect.Type) *layout {
	if l := layouts.of[t]; l != nil {
		return l
	}
	l := &layout{}
	layouts.of[t] = l
	r.read = append(r.read, t)
	if t.Kind() != reflect.Struct || !isMessage(t) {
		r.ok = false
		return l
	}
	r.fields(t, &l.fieldNumbers, nil, l)
	slices.SortFunc(l.slots, func(a, b *slot) int { return strings.Compare(a.name, b.name) })
	for i, s := range l.slots {
		s.place = i
		r.ok = r.ok && (i == 0 || l.slots[i-1].name != s.name)
	}
	return l
}

// fields reads the fields of a struct, which is inlined by a field or is an object itself.
func (r *layoutReader) fields(t reflect.Type, in *fieldNumbers, via *slot, l *layout) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Type == reflect.TypeFor[metav1.TypeMeta]() && f.Anonymous {
			continue
		}
		tag := strings.Split(f.Tag.Get("protobuf"), ",")
		if len(tag) < 3 {
			r.ok = false
			return
		}
		number, err := strconv.Atoi(tag[1])
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		s := &slot{number: number, name: name, via: via}
		if err != nil || name == "-" {
			r.ok = false
			return
		}
		in.set(s)
		if name == "" {
			if !f.Anonymous || f.Type.Kind() != reflect.Struct {
				r.ok = false
				return
			}
			s.form, s.wire = formInline, wireBytes
			r.fields(f.Type, &s.inline, s, l)
			continue
		}
		for o := range strings.SplitSeq(options, ",") {
			switch o {
			case "omitempty":
				s.omit = true
			case "omitzero":
				s.zero = true
			case "":
			default:
				r.ok = false
			}
		}
		r.slot(s, f.Type)
		l.slots = append(l.slots, s)
	}
}

// Wire types.
const (
	wireVarint = 0
	wireBytes  = 2
)

// slot reads the type of a field.
func (r *layoutReader) slot(s *slot, t reflect.Type) {
	if t.Kind() == reflect.Pointer {
		s.pointer, t = true, t.Elem()
	}
	switch {
	case isMessage(t):
	case t.Kind() == reflect.Map:
		r.ok = r.ok && t.Key().Kind() == reflect.String && !s.pointer
		s.table, t = true, t.Elem()
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		r.ok = r.ok && !s.pointer
		s.many, t = true, t.Elem()
	}
	s.wire = wireBytes
	s.form = r.form(s, t)
	switch s.form {
	case formBool, formInt32, formInt64:
		s.wire = wireVarint
		r.ok = r.ok && !s.table
	}
	r.ok = r.ok && (!s.zero || s.form == formTime && !s.many && !s.table)
}

// ownForms are those of the types that say themselves how JSON writes them.
var ownForms = map[reflect.Type]form{
	reflect.TypeFor[metav1.Time]():          formTime,
	reflect.TypeFor[metav1.MicroTime]():     formMicroTime,
	reflect.TypeFor[resource.Quantity]():    formQuantity,
	reflect.TypeFor[intstr.IntOrString]():   formIntOrString,
	reflect.TypeFor[metav1.FieldsV1]():      formFields,
	reflect.TypeFor[runtime.RawExtension](): formRaw,
}

func (r *layoutReader) form(s *slot, t reflect.Type) form {
	if f, ok := ownForms[t]; ok {
		return f
	}
	_, own := reflect.PointerTo(t).MethodByName("MarshalJSON")
	_, text := reflect.PointerTo(t).MethodByName("MarshalText")
	switch {
	case own || text:
	case isMessage(t) && t.Kind() == reflect.Struct:
		s.sub = r.message(t)
		return formMessage
	case isMessage(t) && t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.String:
		return formTexts
	case isMessage(t):
	case t.Kind() == reflect.String:
		return formText
	case t.Kind() == reflect.Bool:
		return formBool
	case t.Kind() == reflect.Int32:
		return formInt32
	case t.Kind() == reflect.Int64:
		return formInt64
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return formBytes
	}
	r.ok = false
	return formText
}

// isMessage reports whether protobuf has a message for a type.
func isMessage(t reflect.Type) bool {
	_, is := reflect.PointerTo(t).MethodByName("Unmarshal")
	return is
}
