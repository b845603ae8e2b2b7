package decode

import (
	"bytes"

	"google.golang.org/protobuf/encoding/protowire"
)

// find returns the content of a field of a message, nil where it is missing.
func (s *slot) find(b []byte) []byte {
	if s.via != nil {
		b = s.via.find(b)
	}
	first, end := -1, 0
	for i := 0; i < len(b); {
		number, _, from, to := next(b, i)
		switch {
		case number > s.number:
			i = len(b)
			continue
		case number < s.number:
		case !s.many && !s.table:
			return b[from:to:to]
		default:
			if first < 0 {
				first = i
			}
			end = to
		}
		i = to
	}
	if first < 0 {
		return nil
	}
	return b[first:end:end]
}

// pickMessage returns the field at the end of a path, nil where there is none. All else is passed over.
func (o *Object) pickMessage(path []string) *node {
	if len(path) == 1 && o.kind.isTyped {
		switch path[0] {
		case "apiVersion":
			return &node{kind: '"', str: o.kind.apiVersion}
		case "kind":
			return &node{kind: '"', str: o.kind.kind}
		}
	}
	if len(o.unknown) > 0 { // it may be one of those
		n := o.parsed()
		for _, p := range path {
			n = n.field(p)
		}
		return n
	}
	p := newBuilder(o.kind.claims, firstSlab)
	defer p.done()
	return p.pick(o.kind.layout, o.message, path)
}

// Reader reads parts of an object, which are valid until Read returns.
type Reader struct {
	o *Object
	p *builder // nil where the object is not read by its layout
}

// Read calls f with what reads parts of the object without memory of their own.
func (o *Object) Read(f func(*Reader)) {
	r := Reader{o: o}
	if o != nil && o.kind != nil && len(o.unknown) == 0 {
		r.p = newBuilder(o.kind.claims, firstSlab)
		r.p.lend()
		defer r.p.done()
	}
	f(&r)
}

// At is Part of the object.
func (r *Reader) At(path ...string) Part {
	switch {
	case r.p == nil:
		return r.o.Part(path...)
	case len(path) == 0 || r.o.hides(path):
		return Part{}
	}
	return partOf(r.p.pick(r.o.kind.layout, r.o.message, path))
}

// Status is Status of the object.
func (r *Reader) Status() Part {
	if r.p == nil {
		return r.o.Status()
	}
	return r.At("status")
}

// textAt returns the text at the end of a path, "" where there is none; ok is false where that is not to be had without nodes.
func (o *Object) textAt(path []string) (text string, ok bool) {
	l, b := o.kind.layout, o.message
	for i, name := range path {
		s := l.slot(name)
		if s == nil {
			return "", i > 0
		}
		b = s.find(b)
		rest := path[i+1:]
		switch {
		case s.many:
			return "", true
		case s.table && len(rest) == 1 && s.form == formText:
			return textOf(entryAt(b, rest[0])), true
		case len(rest) == 0 && !s.table && s.form == formText:
			return textOf(b), true
		case s.table || s.form != formMessage:
			return "", false
		case b == nil || len(rest) == 0:
			return "", b == nil && s.pointer || len(rest) == 0
		}
		l = s.sub
	}
	return "", true
}

// pick returns the field of a message at the end of a path, nil where there is none.
func (p *builder) pick(l *layout, b []byte, path []string) *node {
	for i, name := range path {
		s := l.slot(name)
		if s == nil {
			return nil
		}
		b = s.find(b)
		rest := path[i+1:]
		switch {
		case len(rest) == 0:
			n, ok := p.slot(s, b)
			if !ok {
				return nil
			}
			return p.own(n)
		case s.many, b == nil && (s.pointer || s.table):
			return nil
		case s.table:
			if b = entryAt(b, rest[0]); b == nil {
				return nil
			}
			if rest = rest[1:]; len(rest) == 0 {
				n := p.content(s, b)
				return p.own(n)
			}
			if s.form != formMessage {
				return nil
			}
			return p.pick(s.sub, b, rest)
		case s.form != formMessage:
			n, _ := p.slot(s, b)
			at := p.own(n)
			for _, name := range rest {
				at = at.field(name)
			}
			return at
		}
		l = s.sub
	}
	return nil
}

// entryAt returns the value of a map at a key, the last one, nil where there is none.
func entryAt(b []byte, name string) (out []byte) {
	for i := 0; i < len(b); {
		_, _, from, to := next(b, i)
		if key, value, _ := entryOf(b[from:to]); textOf(key) == name {
			out = value
		}
		i = to
	}
	return out
}

// Claims returns the names of the volume claims that a Pod mounts, nil of anything else.
func (o *Object) Claims() (out []string) {
	if o == nil || o.Kind != "Pod" {
		return nil
	}
	if o.kind == nil || len(o.unknown) > 0 {
		list, _ := o.Field("spec", "volumes").([]any)
		for _, x := range list {
			m, _ := x.(map[string]any)
			if name, _ := child(m, "persistentVolumeClaim")["claimName"].(string); name != "" {
				out = append(out, name)
			}
		}
		return out
	}
	if o.hides([]string{"spec"}) {
		return nil
	}
	var l Links
	eachBytes(o.message, func(num protowire.Number, v []byte) bool {
		return num != podSpec || eachBytes(v, func(num protowire.Number, v []byte) bool {
			return num != podVolume || l.scanVolume(v)
		})
	})
	for _, c := range l.claims {
		out = append(out, textOf(c))
	}
	return out
}

// The numbers of the fields of ObjectMeta and of an entry of its managedFields, from the generated.proto file of
// k8s.io/apimachinery.
const (
	metaName, metaGeneration, metaCreated, metaManagers = 1, 7, 8, 17
	metaGrace                                           = 10

	managerName, managerOperation, managerVersion, managerTime, managerFields, managerSubresource = 1, 2, 3, 4, 7, 8
)

// meta returns the ObjectMeta of a message, nil where it has none.
func (o *Object) meta() []byte {
	if number, _, from, to := next(o.message, 0); o.kind.isObject && number == objectMeta {
		return o.message[from:to:to]
	}
	return nil
}

// readMeta fills in what every object has, from its ObjectMeta.
func (o *Object) readMeta(b []byte) {
	var name, namespace, uid []byte
	for i := 0; i < len(b); {
		number, _, from, to := next(b, i)
		switch number {
		case metaName:
			name = b[from:to]
		case metaNamespace:
			namespace = b[from:to]
		case metaUID:
			uid = b[from:to]
		case metaGeneration:
			v, _ := varint(b[from:to])
			o.Generation = int64(v)
		case metaCreated:
			if at, ok := timeOf(b[from:to]); ok {
				o.Created = at
			}
		}
		i = to
	}
	room := make([]byte, 0, len(name)+len(namespace)+len(uid))
	texts := string(append(append(append(room, name...), namespace...), uid...))
	o.Name, texts = texts[:len(name)], texts[len(name):]
	o.Namespace, o.UID = texts[:len(namespace)], texts[len(namespace):]
}

// Marks are the parts of metadata that only some objects have.
type Marks struct {
	Deletion   bool // deletionTimestamp or deletionGracePeriodSeconds
	Owners     bool // ownerReferences
	Finalizers bool
}

// Marks reports which of these an object has; all where that takes more than to look through its metadata.
func (o *Object) Marks() (m Marks) {
	if o.kind == nil || len(o.unknown) > 0 {
		return Marks{true, true, true}
	}
	meta := o.meta()
	for i := 0; i < len(meta); {
		number, _, _, to := next(meta, i)
		switch number {
		case metaDeletion, metaGrace:
			m.Deletion = true
		case metaOwners:
			m.Owners = true
		case metaFinalizers:
			m.Finalizers = true
		case metaManagers:
			return m
		}
		i = to
	}
	return m
}

// managersOf calls f with each entry of managedFields.
func managersOf(meta []byte, f func(entry []byte)) {
	for i := 0; i < len(meta); {
		number, _, from, to := next(meta, i)
		if number == metaManagers {
			f(meta[from:to:to])
		}
		i = to
	}
}

// managed is Managed of a message.
func (o *Object) managed() (out []Managed) {
	meta, n := o.meta(), 0
	managersOf(meta, func([]byte) { n++ })
	if n == 0 {
		return nil
	}
	out = make([]Managed, 0, min(n, maxManaged))
	managersOf(meta, func(entry []byte) {
		if len(out) < maxManaged {
			out = append(out, o.readManaged(entry))
		}
	})
	return out
}

// sameManagers reports whether managedFields of two metadata are the same bytes.
func sameManagers(a, b []byte) bool { return bytes.Equal(managersIn(a), managersIn(b)) }

// managersIn returns the bytes of managedFields in metadata.
func managersIn(meta []byte) []byte {
	for i := 0; i < len(meta); {
		number, _, _, to := next(meta, i)
		if number >= metaManagers {
			from := i
			for i < len(meta) && number == metaManagers {
				i = to
				number, _, _, to = next(meta, i)
			}
			return meta[from:i]
		}
		i = to
	}
	return nil
}

// readManaged reads an entry of managedFields.
func (o *Object) readManaged(b []byte) (m Managed) {
	for i := 0; i < len(b); {
		number, _, from, to := next(b, i)
		v := b[from:to]
		switch number {
		case managerName:
			m.Manager = o.shared.names.text(v)
		case managerOperation:
			m.Operation = o.shared.names.text(v)
		case managerVersion:
			m.APIVersion = o.shared.names.text(v)
		case managerSubresource:
			m.Subresource = o.shared.names.text(v)
		case managerTime:
			if at, ok := timeOf(v); ok {
				if m.Time = secondText(at); at.Year() <= 9999 {
					m.At = at
				}
			}
		case managerFields:
			if raw, _ := onlyField(v); raw != nil {
				if m.Fields = o.shared.sets.text(raw); m.Fields[0] != '{' {
					m.Fields = ""
				}
			}
		}
		i = to
	}
	return m
}
