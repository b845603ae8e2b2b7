package decode

import (
	"bytes"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// envelopeOf returns an object as the API server stores it in protobuf.
func envelopeOf(t testing.TB, apiVersion, kind string, obj interface{ Marshal() ([]byte, error) }) []byte {
	t.Helper()
	raw, err := obj.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	u := runtime.Unknown{TypeMeta: runtime.TypeMeta{APIVersion: apiVersion, Kind: kind}, Raw: raw}
	b, err := u.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(protobufMagic), b...)
}

// TestMalformedManagers: field sets that are no JSON are left out and said, and the object is shown all the same, also
// one of a kind that is not known.
func TestMalformedManagers(t *testing.T) {
	t.Parallel()
	cm := &corev1.ConfigMap{Data: map[string]string{"a": "b"}, ObjectMeta: metav1.ObjectMeta{Name: "x", ManagedFields: []metav1.ManagedFieldsEntry{
		{Manager: "good", FieldsV1: metav1.NewFieldsV1(`{"f:data":{}}`)},
		{Manager: "bad", FieldsV1: metav1.NewFieldsV1(`{"f:data":z`)},
		{Manager: "deep", FieldsV1: metav1.NewFieldsV1(strings.Repeat(`{"f:a":`, 100_000) + "1" + strings.Repeat("}", 100_000))},
	}}}
	for _, kind := range []string{"ConfigMap", "Unheard"} {
		o := New(Options{}).Object([]byte("/registry/x"), envelopeOf(t, "v1", kind, cm), 7)
		if !o.Decoded() || o.Name != "x" || !strings.Contains(o.Problem, "the fields of 2 entries of managedFields are malformed") {
			t.Errorf("%s: decoded %v, problem %q", kind, o.Decoded(), o.Problem)
		}
		if m := o.Managed(); len(m) != 3 || m[0].Fields == "" || m[1].Fields != "" || m[2].Manager != "deep" {
			t.Errorf("%s: %+v", kind, m)
		}
	}
}
