package decode

import (
	"bytes"

	"google.golang.org/protobuf/encoding/protowire"
)

// Links are the references between an object and others. They are empty for a value that is no Kubernetes object. An object
// without a uid uses its key instead. For protobuf, the bytes are parts of the stored value.
type Links struct {
	Kind, UID []byte
	Owners    [][]byte // uids of its ownerReferences
	About     [][]byte // uids of what an Event or an EndpointSlice is about
	Node      []byte   // that a Pod is bound to

	Namespace  []byte
	Deleting   bool     // it has a deletionTimestamp
	Finalizers [][]byte // of its metadata
	Named      []string // keys of the objects that it references by name, by the rules in names
	claims     [][]byte // that a Pod mounts
}

// reset empties the links and keeps their memory.
func (l *Links) reset() {
	*l = Links{Owners: l.Owners[:0], About: l.About[:0], Finalizers: l.Finalizers[:0], Named: l.Named[:0], claims: l.claims[:0]}
}

// Links reads what ties a value to others into l, without decoding the rest: a store's worth of values is read for one
// family. What is no whole protobuf object is decoded as Object does it.
func (d *Decoder) Links(key, value []byte, l *Links) {
	l.reset()
	plain, _, err := d.o.Keyring.Decrypt(key, value)
	if err != nil {
		return
	}
	if bytes.HasPrefix(plain, protobufMagic) {
		e, err := readEnvelope(plain[len(protobufMagic):])
		if err == nil && len(e.kind) > 0 && l.scan(e) {
			if l.Kind = e.kind; len(l.UID) == 0 {
				l.UID = key
			}
			l.name(d, key, value)
			return
		}
		l.reset()
	}
	o := d.Outline(key, value, 0)
	if l.of(o); len(l.UID) > 0 {
		l.nameOf(d, o)
	}
}

// name notes what a value names, which is decoded only where its kind may name something.
func (l *Links) name(d *Decoder, key, value []byte) {
	if string(l.Kind) == "Pod" {
		l.nameClaims(d)
	} else if naming[string(l.Kind)] {
		l.nameOf(d, d.Object(key, value, 0))
	}
}

// naming are the kinds of objects, but for Pods, that name others which belong to their story.
var naming = map[string]bool{"PersistentVolumeClaim": true, "PersistentVolume": true, "VolumeAttachment": true, "HorizontalPodAutoscaler": true, "Endpoints": true, "IPAddress": true}

// nameOf notes what an object names.
func (l *Links) nameOf(d *Decoder, o *Object) {
	switch o.Group + "/" + o.Kind {
	case "/Pod":
		l.nameClaims(d)
	case "/PersistentVolumeClaim":
		l.names(d, "v1", "PersistentVolume", "", o.Text("spec", "volumeName"))
		l.names(d, "storage.k8s.io/v1", "StorageClass", "", o.Text("spec", "storageClassName"))
	case "/PersistentVolume":
		l.names(d, "v1", "PersistentVolumeClaim", o.Text("spec", "claimRef", "namespace"), o.Text("spec", "claimRef", "name"))
		l.names(d, "storage.k8s.io/v1", "StorageClass", "", o.Text("spec", "storageClassName"))
	case "storage.k8s.io/VolumeAttachment":
		l.names(d, "v1", "PersistentVolume", "", o.Text("spec", "source", "persistentVolumeName"))
	case "autoscaling/HorizontalPodAutoscaler":
		l.names(d, o.Text("spec", "scaleTargetRef", "apiVersion"), o.Text("spec", "scaleTargetRef", "kind"), o.Namespace, o.Text("spec", "scaleTargetRef", "name"))
	case "/Endpoints":
		l.names(d, "v1", "Service", o.Namespace, o.Name)
	case "networking.k8s.io/IPAddress":
		if o.Text("spec", "parentRef", "resource") == "services" {
			l.names(d, "v1", "Service", o.Text("spec", "parentRef", "namespace"), o.Text("spec", "parentRef", "name"))
		}
	}
}

func (l *Links) nameClaims(d *Decoder) {
	for _, c := range l.claims {
		l.names(d, "v1", "PersistentVolumeClaim", string(l.Namespace), string(c))
	}
}

func (l *Links) names(d *Decoder, apiVersion, kind, ns, name string) {
	if name == "" {
		return
	}
	if r, ok := d.o.Kinds.OfKind(apiVersion, kind); ok {
		l.Named = append(l.Named, string(d.o.Kinds.Key(d.o.Root, r, ns, name)))
	}
}

// of takes the links of a decoded object.
func (l *Links) of(o *Object) {
	if !o.IsKubernetes() || !o.Decoded() {
		return
	}
	l.Kind, l.UID, l.Namespace = []byte(o.Kind), []byte(o.UID), []byte(o.Namespace)
	if o.UID == "" {
		l.UID = o.Key
	}
	l.Deleting = o.Text("metadata", "deletionTimestamp") != ""
	finalizers, _ := o.Field("metadata", "finalizers").([]any)
	for _, f := range finalizers {
		if s, ok := f.(string); ok {
			l.Finalizers = append(l.Finalizers, []byte(s))
		}
	}
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
		spec, _ := o.Field("spec").(map[string]any)
		for _, v := range items(spec, "volumes") {
			if name, _ := child(v, "persistentVolumeClaim")["claimName"].(string); name != "" {
				l.claims = append(l.claims, []byte(name))
			}
		}
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

	metaNamespace, metaDeletion, metaFinalizers     = 3, 9, 14
	podVolume, volumeSource, volumeClaim, claimName = 1, 2, 10, 1
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
				switch num {
				case podNode:
					l.Node = v
				case podVolume:
					return l.scanVolume(v)
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
		case metaNamespace:
			l.Namespace = v
		case metaDeletion:
			l.Deleting = true
		case metaFinalizers:
			l.Finalizers = append(l.Finalizers, v)
		case metaOwners:
			return uidIn(v, ownerUID, &l.Owners)
		}
		return true
	})
}

// scanVolume reads the claim of a Pod's volume.
func (l *Links) scanVolume(b []byte) bool {
	return eachBytes(b, func(num protowire.Number, v []byte) bool {
		return num != volumeSource || eachBytes(v, func(num protowire.Number, v []byte) bool {
			return num != volumeClaim || uidIn(v, claimName, &l.claims)
		})
	})
}

// PlainUID returns the first uid in the metadata of a value that is stored as protobuf and not encrypted; ok is false where there
// is none. It reads nothing behind the uid, so that the value may still be one of which Links reads none. The uid is a part of the value.
func PlainUID(value []byte) (uid []byte, ok bool) {
	if !bytes.HasPrefix(value, protobufMagic) {
		return nil, false
	}
	e, err := readEnvelope(value[len(protobufMagic):])
	if err != nil || len(e.kind) == 0 {
		return nil, false
	}
	eachBytes(e.raw, func(num protowire.Number, v []byte) bool {
		return num != objectMeta || eachBytes(v, func(num protowire.Number, v []byte) bool {
			if num == metaUID {
				uid = v
			}
			return uid == nil
		})
	})
	return uid, len(uid) > 0
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
