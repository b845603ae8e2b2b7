package decode

import (
	"bytes"

	"google.golang.org/protobuf/encoding/protowire"
)

// Links are what ties an object to others; of what is no object with a uid they are empty. The bytes are parts of the value that was read where it is protobuf.
type Links struct {
	Kind, UID []byte
	Owners    [][]byte // uids of its ownerReferences
	About     [][]byte // uids of what an Event or an EndpointSlice is about
	Node      []byte   // that a Pod is bound to
}

// Links reads what ties a value to others into l, without decoding the rest: a store's worth of values is read for one
// family. What is no whole protobuf object is decoded as Object does it.
func (d *Decoder) Links(key, value []byte, l *Links) {
	*l = Links{Owners: l.Owners[:0], About: l.About[:0]}
	plain, _, err := d.o.Keyring.Decrypt(key, value)
	if err != nil {
		return
	}
	if bytes.HasPrefix(plain, protobufMagic) {
		e, err := readEnvelope(plain[len(protobufMagic):])
		if err == nil && len(e.kind) > 0 && l.scan(e) {
			if l.Kind = e.kind; len(l.UID) == 0 {
				*l = Links{}
			}
			return
		}
		*l = Links{Owners: l.Owners[:0], About: l.About[:0]}
	}
	l.of(d.Object(key, value, 0))
}

// of takes the links of a decoded object.
func (l *Links) of(o *Object) {
	if !o.IsKubernetes() || o.UID == "" {
		return
	}
	l.Kind, l.UID = []byte(o.Kind), []byte(o.UID)
	list, _ := o.Field("metadata", "ownerReferences").([]any)
	for _, r := range list {
		l.Owners = addUID(l.Owners, r)
	}
	switch o.Kind {
	case "Event":
		l.About = addUID(l.About, o.Field("involvedObject"))
	case "EndpointSlice":
		points, _ := o.Field("endpoints").([]any)
		for _, p := range points {
			e, _ := p.(map[string]any)
			l.About = addUID(l.About, e["targetRef"])
		}
	case "Pod":
		l.Node = []byte(o.Text("spec", "nodeName"))
	}
}

func addUID(list [][]byte, ref any) [][]byte {
	m, _ := ref.(map[string]any)
	if uid, _ := m["uid"].(string); uid != "" {
		list = append(list, []byte(uid))
	}
	return list
}

// The numbers of the fields that hold links, from the generated.proto files of k8s.io/api and k8s.io/apimachinery.
const (
	objectMeta       = 1 // of every object
	metaUID          = 5
	metaOwners       = 13
	ownerUID         = 4
	eventAbout       = 2 // core/v1 Event.involvedObject
	referenceUID     = 4 // core/v1 ObjectReference
	sliceEndpoints   = 2 // discovery EndpointSlice
	endpointTarget   = 4
	podSpec, podNode = 2, 10
)

// scan reads the links of an object of a known place; it reports whether the value is whole.
func (l *Links) scan(e envelope) bool {
	kind := string(e.kind) // compared only: it is not allocated
	return eachBytes(e.raw, func(num protowire.Number, v []byte) bool {
		switch {
		case num == objectMeta:
			return l.scanMeta(v)
		case num == eventAbout && kind == "Event":
			return uidIn(v, referenceUID, &l.About)
		case num == sliceEndpoints && kind == "EndpointSlice":
			return eachBytes(v, func(num protowire.Number, v []byte) bool {
				return num != endpointTarget || uidIn(v, referenceUID, &l.About)
			})
		case num == podSpec && kind == "Pod":
			return eachBytes(v, func(num protowire.Number, v []byte) bool {
				if num == podNode {
					l.Node = v
				}
				return true
			})
		}
		return true
	})
}

func (l *Links) scanMeta(b []byte) bool {
	return eachBytes(b, func(num protowire.Number, v []byte) bool {
		switch num {
		case metaUID:
			l.UID = v
		case metaOwners:
			return uidIn(v, ownerUID, &l.Owners)
		}
		return true
	})
}

// uidIn appends a message's uid to a list, where it has one.
func uidIn(b []byte, field protowire.Number, list *[][]byte) bool {
	return eachBytes(b, func(num protowire.Number, v []byte) bool {
		if num == field && len(v) > 0 {
			*list = append(*list, v)
		}
		return true
	})
}

// eachBytes calls f for each field of a message that has a length; it reports whether the message is whole and f was
// content with all.
func eachBytes(b []byte, f func(protowire.Number, []byte) bool) bool {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return false
		}
		b = b[n:]
		if typ != protowire.BytesType {
			if n = protowire.ConsumeFieldValue(num, typ, b); n < 0 {
				return false
			}
			b = b[n:]
			continue
		}
		v, n := protowire.ConsumeBytes(b)
		if n < 0 || !f(num, v) {
			return false
		}
		b = b[n:]
	}
	return true
}
