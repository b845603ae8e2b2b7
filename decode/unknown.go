package decode

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/wire"
)

// UnknownFields is the field under which an object shows what this build does not know, beside the fields that it does:
//
//	spec:
//	  clusterIP: 10.96.0.7
//	  unknownFields:
//	    "16": kubernetes.io/hostname
//
// The names are the fields' numbers in protobuf, which is all that is stored of them. In JSON and CBOR fields have names,
// and are shown by these, known or not.
const UnknownFields = "unknownFields"

// addUnknown puts fields that the type of a message does not have into its JSON.
func (o *Object) addUnknown(list []wire.Unknown) {
	for i := range list {
		o.Unknown += list[i].Size
	}
	o.unknown = append(o.unknown, list...)
	if o.kind != nil {
		return
	}
	root := parseJSON(o.js).grafted(graftOf(list))
	o.js = string(appendJSON(make([]byte, 0, len(o.js)+256), &root, appendQuoted))
}

// graftOf puts unknown fields together.
func graftOf(list []wire.Unknown) *graft {
	var g graft
	for i := range list {
		u := &list[i]
		at := g.at(u.At)
		at.fields = append(at.fields, wireValue(&u.Field).called(u.Name))
	}
	return &g
}

// graft is what is put into a value: fields of its own that are not known, and what is put into its parts.
type graft struct {
	fields []node
	names  map[string]*graft // into fields of an object
	items  map[int]*graft    // into items of a list
}

// at returns what is put in at a place.
func (g *graft) at(place []wire.Step) *graft {
	for _, s := range place {
		var next *graft
		if s.Index >= 0 {
			if next = g.items[s.Index]; next == nil {
				next = &graft{}
				g.items = put(g.items, s.Index, next)
			}
		} else if next = g.names[s.Name]; next == nil {
			next = &graft{}
			g.names = put(g.names, s.Name, next)
		}
		g = next
	}
	return g
}

func put[K comparable](m map[K]*graft, k K, g *graft) map[K]*graft {
	if m == nil {
		m = map[K]*graft{}
	}
	m[k] = g
	return m
}

// grafted returns a copy of a value that holds unknown fields; what is missing on the way to them is made.
func (n node) grafted(g *graft) node {
	if len(g.items) > 0 && n.kind == '[' {
		n.items = slices.Clone(n.items)
		for i, below := range g.items {
			if i < len(n.items) {
				n.items[i] = n.items[i].grafted(below)
			}
		}
	}
	if len(g.names)+len(g.fields) == 0 {
		return n
	}
	if n.kind != '{' {
		n = node{kind: '{', name: n.name}
	}
	items := slices.Clone(n.items)
	for name, below := range g.names {
		was := node{kind: '{'}
		if f := n.field(name); f != nil {
			was = *f
		}
		items = append(items, was.grafted(below).called(name))
	}
	if len(g.fields) > 0 {
		sortItems(g.fields)
		items = append(items, node{kind: '{', name: UnknownFields, items: grouped(g.fields)})
	}
	sortItems(items)
	n.items = uniqueLast(items)
	return n
}

// place writes a place as paths are written: "spec.ports[0]".
func place(at []wire.Step) string {
	var b strings.Builder
	for i, s := range at {
		if s.Index >= 0 {
			b.WriteString("[" + strconv.Itoa(s.Index) + "]")
			continue
		}
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(s.Name)
	}
	return b.String()
}

// maxNamed is how many unknown fields are named; the others are counted.
const maxNamed = 5

// UnknownNames says on one safe line which fields of an object this build does not know: "field 16 of spec, field 31 of
// spec.volumes[0]"; "" where there is none.
func (o *Object) UnknownNames() string {
	var words []string
	seen := map[string]bool{}
	more := 0
	for _, u := range o.unknown {
		s := unknownName(u)
		if seen[s] {
			continue
		}
		if seen[s] = true; len(words) == maxNamed {
			more++
			continue
		}
		words = append(words, clean.End(clean.Key([]byte(s)), 200))
	}
	s := strings.Join(words, ", ")
	if more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}

func unknownName(u wire.Unknown) string {
	name := u.Name
	inner := place(u.At)
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		inner, name = strings.TrimPrefix(inner+"."+name[:i], "."), name[i+1:]
	}
	s := "field " + name
	if name == "rest" {
		s = "bytes that cannot be read"
	}
	if inner != "" {
		s += " of " + inner
	}
	return s
}

// UnknownNote says that an object has fields that this build does not know, how many bytes, and which; "" where it has none.
func (o *Object) UnknownNote() string {
	if o == nil || o.Unknown == 0 {
		return ""
	}
	s := strconv.Itoa(o.Unknown) + " bytes in fields that this build does not know"
	if o.Unknown == 1 {
		s = "1 byte in a field that this build does not know"
	}
	if names := o.UnknownNames(); names != "" {
		s += ": " + names
	}
	return s
}

// dropUnknown leaves the unknown fields out of a tree: the API server would refuse them.
func (o *Object) dropUnknown(tree map[string]any) {
	for _, u := range o.unknown {
		var at any = tree
		for _, s := range u.At {
			if m, ok := at.(map[string]any); ok {
				at = m[s.Name]
			} else if l, ok := at.([]any); ok && s.Index >= 0 && s.Index < len(l) {
				at = l[s.Index]
			}
		}
		if m, ok := at.(map[string]any); ok {
			delete(m, UnknownFields)
		}
	}
}
