package decode

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"
)

// linked is the metadata of an object with two owners.
var linked = metav1.ObjectMeta{Name: "web", UID: "uid-self", OwnerReferences: []metav1.OwnerReference{
	{Kind: "Service", Name: "web", UID: "uid-one"}, {Kind: "ReplicaSet", Name: "web-1", UID: "uid-two"}}}

// TestLinks: reading the links alone says what decoding the whole value says, of whole values and of cut ones.
func TestLinks(t *testing.T) {
	d := New(Options{Keyring: keyring(t)})
	texts := func(l *Links) [][]string {
		out := [][]string{{string(l.Kind), string(l.UID), string(l.Node)}, nil, nil}
		for _, o := range l.Owners {
			out[1] = append(out[1], string(o))
		}
		for _, o := range l.About {
			out[2] = append(out[2], string(o))
		}
		return out
	}
	var got Links
	owned, about, placed, plain := 0, 0, 0, 0
	all := values(t)
	codec := scheme.Codecs.EncoderForVersion(protobuf.NewSerializer(scheme.Scheme, scheme.Scheme),
		schema.GroupVersions{{Version: "v1"}, {Group: "discovery.k8s.io", Version: "v1"}})
	about1 := corev1.ObjectReference{Kind: "Pod", Name: "web", UID: "uid-pod"}
	for name, obj := range map[string]runtime.Object{
		"event": &corev1.Event{ObjectMeta: linked, InvolvedObject: about1},
		"slice": &discoveryv1.EndpointSlice{ObjectMeta: linked, Endpoints: []discoveryv1.Endpoint{
			{Addresses: []string{"10.0.0.1"}, TargetRef: &about1}, {Addresses: []string{"10.0.0.2"}}}},
	} {
		var b bytes.Buffer
		if err := codec.Encode(obj, &b); err != nil {
			t.Fatal(err)
		}
		all[name] = value{Key: "/registry/any/" + name, Value: b.Bytes()}
	}
	for name, v := range all {
		for _, n := range []int{len(v.Value), len(v.Value) * 2 / 3, len(v.Value) / 2, 5, 0} {
			n = min(n, len(v.Value))
			var want Links
			want.of(d.Object([]byte(v.Key), v.Value[:n], 1))
			d.Links([]byte(v.Key), v.Value[:n], &got)
			if diff := cmp.Diff(texts(&want), texts(&got)); diff != "" {
				t.Errorf("%s, %d of %d bytes: %s", name, n, len(v.Value), diff)
			}
			if uid, ok := PlainUID(v.Value[:n]); ok {
				if plain++; len(got.UID) > 0 && !bytes.Equal(uid, got.UID) {
					t.Errorf("%s, %d of %d bytes: the plain uid %q, want %q", name, n, len(v.Value), uid, got.UID)
				}
			}
		}
		d.Links([]byte(v.Key), v.Value, &got)
		owned, about, placed = owned+len(got.Owners), about+len(got.About), placed+min(len(got.Node), 1)
	}
	if owned < 5 || about < 2 || placed == 0 || plain < 5 {
		t.Errorf("the values show %d owners, %d subjects, %d nodes, %d plain uids: too few to compare", owned, about, placed, plain)
	}
}

// BenchmarkLinks reads the metadata that ties a pod of 3.7 kB to others. Target: at most twice the floor, a scan of the
// envelope and of the metadata's fields that looks at nothing; no allocations.
func BenchmarkLinks(b *testing.B) {
	v := stored(b, "pod-3700")
	d := New(Options{})
	key := []byte(v.Key)
	var l Links
	if n := testing.AllocsPerRun(100, func() { d.Links(key, v.Value, &l) }); n > 0 {
		b.Errorf("%.0f allocations", n)
	}
	fields := func(b []byte, f func(protowire.Number, []byte)) {
		for len(b) > 0 {
			num, typ, n := protowire.ConsumeTag(b)
			b = b[n:]
			if typ == protowire.BytesType {
				v, m := protowire.ConsumeBytes(b)
				f(num, v)
				b = b[m:]
			} else {
				b = b[protowire.ConsumeFieldValue(num, typ, b):]
			}
		}
	}
	seen := 0
	inTurn(b, []string{"", "floor", "decode"},
		func() { d.Links(key, v.Value, &l) },
		func() {
			fields(v.Value[len(protobufMagic):], func(num protowire.Number, v []byte) {
				if num != 2 {
					return
				}
				fields(v, func(num protowire.Number, v []byte) {
					if num == objectMeta || num == podSpec {
						fields(v, func(_ protowire.Number, v []byte) { seen += len(v) })
					}
				})
			})
		},
		func() { d.Object(key, v.Value, 7) })
}
