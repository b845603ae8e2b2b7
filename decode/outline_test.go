package decode

import (
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// TestOutline: an outline says of a value the same as an object, whatever is asked first; of a large one what it says of
// itself without decoding the rest, and only Problem and Unknown may be missing.
func TestOutline(t *testing.T) {
	t.Parallel()
	d, n := New(Options{}), 0
	for _, o := range everyKind(t) {
		sizes := [][]byte{o.stored}
		if big := padded(o.stored); big != nil {
			sizes = append(sizes, big)
		}
		name := string(o.Key)
		for _, value := range sizes {
			n++
			want, got := d.Object(o.Key, value, 7), d.Outline(o.Key, value, 7)
			sameOutline(t, name, got, want)
			if got.IsOutline() != (len(value) >= large && want.Name != "") {
				t.Errorf("%s: %d bytes, an outline: %t", name, len(value), got.IsOutline())
			}
			again := d.Outline(o.Key, value, 7)
			for _, o := range []*Object{got, again} {
				if a, b := o.JSON(View{Reveal: true, ManagedFields: true}), want.JSON(View{Reveal: true, ManagedFields: true}); string(a) != string(b) {
					t.Errorf("%s:\n%s\nwant\n%s", name, a, b)
				}
				sameOutline(t, name, o, want)
			}
		}
	}
	if n < 100 {
		t.Errorf("%d values", n)
	}
}

// sameOutline compares what an object says of itself.
func sameOutline(t *testing.T, name string, got, want *Object) {
	t.Helper()
	type head struct {
		Encoding, APIVersion, Kind, Group, Namespace, Name, UID string
		Generation                                              int64
		Created                                                 any
		Secret, Decoded, Status, Tree                           bool
		Managed                                                 []Managed
		Owners, Finalizers, Labels                              any
	}
	of := func(o *Object) head {
		return head{o.Encoding, o.APIVersion, o.Kind, o.Group, o.Namespace, o.Name, o.UID, o.Generation, o.Created, o.Secret, o.Decoded(), o.HasStatus(), o.IsTree(View{}), o.Managed(),
			o.Field("metadata", "ownerReferences"), o.Field("metadata", "finalizers"), o.Field("metadata", "labels")}
	}
	if a, b := of(got), of(want); !reflect.DeepEqual(a, b) {
		t.Errorf("%s:\n%+v\nwant\n%+v", name, a, b)
	}
}

// padded makes a value in protobuf large, by a field that no kind knows; nil for any other.
func padded(v []byte) []byte {
	rest, ok := strings.CutPrefix(string(v), string(protobufMagic))
	if !ok {
		return nil
	}
	e, err := readEnvelope([]byte(rest))
	if err != nil || len(e.kind) == 0 {
		return nil
	}
	str := func(b []byte, n protowire.Number, s string) []byte {
		return protowire.AppendString(protowire.AppendTag(b, n, protowire.BytesType), s)
	}
	raw := str(e.raw[:len(e.raw):len(e.raw)], 99, strings.Repeat("x", large))
	meta := str(str(nil, 1, string(e.apiVersion)), 2, string(e.kind))
	return append([]byte(protobufMagic), str(str(nil, 1, string(meta)), 2, string(raw))...)
}
