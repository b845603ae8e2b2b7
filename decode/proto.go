package decode

import (
	"encoding/json"
	"errors"
	"reflect"

	"google.golang.org/protobuf/encoding/protowire"
	appsv1 "k8s.io/api/apps/v1"
	appsv1beta1 "k8s.io/api/apps/v1beta1"
	appsv1beta2 "k8s.io/api/apps/v1beta2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/etcdscope/etcdscope/decode/wire"
)

// envelope is runtime.Unknown of k8s.io/apimachinery: 1 typeMeta {1 apiVersion, 2 kind}, 2 raw, 3 and 4 empty.
type envelope struct {
	apiVersion, kind []byte
	raw              []byte
}

// readEnvelope reads as much of the envelope as there is. It allocates nothing.
func readEnvelope(b []byte) (e envelope, err error) {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 || typ != protowire.BytesType {
			return e, errors.New("malformed protobuf envelope")
		}
		b = b[n:]
		v, n := protowire.ConsumeBytes(b)
		if n < 0 {
			if num == 2 { // cut off: what is there of the object is better than nothing
				if _, m := protowire.ConsumeVarint(b); m > 0 {
					e.raw = b[m:]
				}
			}
			return e, errors.New("the value is cut off")
		}
		switch num {
		case 1:
			e.apiVersion, e.kind = readTypeMeta(v)
		case 2:
			e.raw = v
		}
		b = b[n:]
	}
	return e, nil
}

func readTypeMeta(b []byte) (apiVersion, kind []byte) {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 || typ != protowire.BytesType {
			return
		}
		v, m := protowire.ConsumeBytes(b[n:])
		if m < 0 {
			return
		}
		switch num {
		case 1:
			apiVersion = v
		case 2:
			kind = v
		}
		b = b[n+m:]
	}
	return
}

// message is what all generated types of k8s.io/api have.
type message interface {
	Unmarshal([]byte) error
}

func (o *Object) openProtobuf(b []byte) {
	e, err := readEnvelope(b)
	if err != nil {
		o.trouble("%v", err)
	}
	o.APIVersion, o.Kind = string(e.apiVersion), string(e.kind)
	o.identify()
	if len(e.raw) == 0 && err == nil {
		o.trouble("the value ends behind its kind")
	}
	if len(e.raw) == 0 {
		o.fallback(e)
		return
	}
	if o.openMessage(e) {
		return
	}
	o.unmarshal(e, err == nil)
}

// openMessage takes an object of a known kind that is stored as API servers store it. It is read where it is asked for.
func (o *Object) openMessage(e envelope) bool {
	k := kindOf(e.apiVersion, e.kind)
	if k == nil {
		return false
	}
	c := checker{sets: &o.shared.sets}
	if !c.message(&k.layout.fieldNumbers, e.raw) {
		return false
	}
	o.kind, o.message = k, e.raw
	o.readMeta(o.meta())
	if c.unknown > 0 {
		o.addUnknown(wire.TypeOf(k.goType).Unknown(e.raw))
	}
	return true
}

// unmarshal reads an object by the code of its type, which takes more than openMessage does, and says why it does not take what
// is malformed.
func (o *Object) unmarshal(e envelope, whole bool) {
	gvk := schema.FromAPIVersionAndKind(o.APIVersion, o.Kind)
	obj := typed(gvk)
	if obj == nil {
		o.Foreign = o.Kind != ""
		switch {
		case o.Kind != "" && otherVersion(gvk):
			o.trouble("%s %s: version not known to this build", o.APIVersion, o.Kind)
		case o.Kind != "":
			o.trouble("%s %s is no kind that this build knows", o.APIVersion, o.Kind)
		case whole:
			o.trouble("the value names no kind, or what names it is damaged")
		}
		o.fallback(e)
		return
	}
	m, ok := obj.(message)
	if !ok {
		o.fallback(e)
		return
	}
	if err := guarded(func() error { return m.Unmarshal(e.raw) }); err != nil {
		o.trouble("malformed %s: %v", o.Kind, err)
		o.fallback(e)
		return
	}
	obj.GetObjectKind().SetGroupVersionKind(gvk)
	fillIn(obj)
	if md, ok := obj.(metav1.Object); ok {
		o.mendManagers(md)
	}
	js, err := marshal(obj)
	if err != nil {
		o.trouble("%v", err)
		o.fallback(e)
		return
	}
	o.js = js
	if t := wire.TypeOf(reflect.TypeOf(obj)); t.UnknownBytes(e.raw) > 0 {
		o.addUnknown(t.Unknown(e.raw))
	}
	if md, ok := obj.(metav1.Object); ok {
		o.takeMeta(md)
	}
}

// takeMeta fills in what every object has.
func (o *Object) takeMeta(md metav1.Object) {
	o.Name, o.Namespace, o.UID, o.Generation = md.GetName(), md.GetNamespace(), string(md.GetUID()), md.GetGeneration()
	if t := md.GetCreationTimestamp(); !t.IsZero() {
		o.Created = t.UTC()
	}
}

// fillIn adds what protobuf does not carry and the API server fills in on every read: a claim template says what it is
// (kubernetes pkg/apis/apps/v1/conversion.go, Convert_apps_StatefulSetSpec_To_v1_StatefulSetSpec; the same in v1beta1 and
// v1beta2).
func fillIn(obj runtime.Object) {
	var claims []corev1.PersistentVolumeClaim
	switch o := obj.(type) {
	case *appsv1.StatefulSet:
		claims = o.Spec.VolumeClaimTemplates
	case *appsv1beta1.StatefulSet:
		claims = o.Spec.VolumeClaimTemplates
	case *appsv1beta2.StatefulSet:
		claims = o.Spec.VolumeClaimTemplates
	}
	for i := range claims {
		claims[i].APIVersion, claims[i].Kind = "v1", "PersistentVolumeClaim"
	}
}

// fallback shows what can be known of an object without its type: nearly every one has ObjectMeta as its field 1; the
// rest are fields that are known by number only.
func (o *Object) fallback(e envelope) {
	o.numbered = true
	fields, whole := wire.Parse(e.raw)
	if !whole && o.Problem == "" {
		o.trouble("the value is cut off or malformed")
	}
	root := o.ofKind()
	md, unknown := metadata(e.raw)
	if md != nil {
		o.mendManagers(md)
		o.takeMeta(md)
		root = root.with("metadata", *nodeOf(md))
		if len(fields) > 0 && fields[0].Number == 1 {
			fields = fields[1:]
		}
	}
	if len(fields) > 0 {
		root = root.with("fields", wireNode(fields))
	}
	if len(root.items) == 0 {
		return
	}
	o.js = string(appendJSON(nil, &root, appendQuoted))
	if len(unknown) > 0 {
		o.addUnknown(unknown)
	}
}

// ofKind is an object that has nothing but its kind, where that is known.
func (o *Object) ofKind() node {
	n := node{kind: '{'}
	if o.Kind == "" {
		return n
	}
	return n.with("apiVersion", node{kind: '"', str: o.APIVersion}).with("kind", node{kind: '"', str: o.Kind})
}

// mendManagers leaves out the field sets of managedFields that are no JSON: protobuf carries them as bytes, and one of
// them would keep the whole object from being shown.
func (o *Object) mendManagers(md metav1.Object) {
	list, bad := md.GetManagedFields(), 0
	for i := range list {
		if f := list[i].FieldsV1; f != nil && len(f.GetRawBytes()) > 0 && !json.Valid(f.GetRawBytes()) {
			list[i].FieldsV1 = nil
			bad++
		}
	}
	if bad > 0 {
		o.trouble("the fields of %d entries of managedFields are malformed, and left out", bad)
	}
}

// metadata decodes field 1 as ObjectMeta, of one that is cut off the fields that are whole; nil where it is none. What this
// build does not know of it is beside it.
func metadata(raw []byte) (*metav1.ObjectMeta, []wire.Unknown) {
	num, typ, n := protowire.ConsumeTag(raw)
	if n < 0 || num != 1 || typ != protowire.BytesType {
		return nil, nil
	}
	v, m := protowire.ConsumeBytes(raw[n:])
	if m < 0 {
		if _, m = protowire.ConsumeVarint(raw[n:]); m < 0 {
			return nil, nil
		}
		v = wholeFields(raw[n+m:])
	}
	md := &metav1.ObjectMeta{}
	if guarded(func() error { return md.Unmarshal(v) }) != nil || md.Name == "" && md.UID == "" {
		return nil, nil
	}
	unknown := wire.TypeOf(reflect.TypeOf(md)).Unknown(v)
	for i := range unknown {
		unknown[i].At = append([]wire.Step{{Name: "metadata", Index: -1}}, unknown[i].At...)
	}
	return md, unknown
}

// wholeFields returns the beginning of a message up to the last field that is whole.
func wholeFields(b []byte) []byte {
	at := 0
	for at < len(b) {
		_, _, n := protowire.ConsumeField(b[at:])
		if n < 0 {
			break
		}
		at += n
	}
	return b[:at]
}
