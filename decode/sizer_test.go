package decode

import (
	"bytes"
	"encoding/json"
	"maps"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
)

// sized returns the bytes of each field, and fails where they are not those of the value.
func sized(t *testing.T, s *Sizer, key, value []byte) map[string]int64 {
	t.Helper()
	out, sum := map[string]int64{}, int64(0)
	s.Fields(key, value, func(name string, n int64) {
		out[name] += n
		if sum += n; n < 0 {
			t.Errorf("%s has %d bytes", name, n)
		}
	})
	if sum != int64(len(value)) {
		t.Errorf("the fields have %d bytes, the value %d: %v", sum, len(value), out)
	}
	return out
}

// TestSizerAddsUp: of every stored value, also one that is cut off anywhere, the fields have as many bytes as the value, and what
// Metadata says is what Fields says.
func TestSizerAddsUp(t *testing.T) {
	t.Parallel()
	for name, v := range values(t) {
		s := New(Options{}).Sizer()
		for cut := 0; cut <= len(v.Value); cut += max(1, len(v.Value)/50) {
			sized(t, s, []byte(v.Key), v.Value[:cut])
		}
		fields := sized(t, s, []byte(v.Key), v.Value)
		managed, applied := s.Metadata([]byte(v.Key), v.Value)
		if managed != fields[SizeManagedFields] || applied != fields[SizeLastApplied] {
			t.Errorf("%s: %d and %d bytes, by field %v", name, managed, applied, fields)
		}
	}
}

// TestSizerOfProtobuf holds managedFields and last-applied against what the object takes without them.
func TestSizerOfProtobuf(t *testing.T) {
	t.Parallel()
	tested := 0
	for name, v := range values(t) {
		e, err := readEnvelope(bytes.TrimPrefix(v.Value, protobufMagic))
		if !bytes.HasPrefix(v.Value, protobufMagic) || err != nil {
			continue
		}
		b, ok := messageField(e.raw, int(objectMeta))
		var md metav1.ObjectMeta
		if !ok || md.Unmarshal(b) != nil {
			continue
		}
		without := md
		without.ManagedFields = nil
		want := md.Size() - without.Size()
		bare := without
		bare.Annotations = maps.Clone(without.Annotations)
		delete(bare.Annotations, lastApplied)
		managed, applied := New(Options{}).Sizer().Metadata([]byte(v.Key), v.Value)
		if managed != int64(want) || applied != int64(without.Size()-bare.Size()) {
			t.Errorf("%s: %d and %d bytes, want %d and %d", name, managed, applied, want, without.Size()-bare.Size())
		}
		if managed > 0 {
			tested++
		}
	}
	if tested < 3 {
		t.Errorf("only %d values with managedFields", tested)
	}
}

// TestSizerOfJSON names the fields of a custom resource, and takes members in any order and with any blanks.
func TestSizerOfJSON(t *testing.T) {
	t.Parallel()
	managed, applied := `"managedFields" : [{"manager":"a\"]}","x":[1,{"y":"]"}]}]`, `"`+lastApplied+`":"{\"a\":\"}\"}"`
	value := `{"status":{"x":1}, "metadata":{"name":"web", ` + managed + `,"annotations":{"a":"b",` + applied + `}},"kind":"Widget","apiVersion":"x/v1","size":3,"spec":[]}`
	if !json.Valid([]byte(value)) {
		t.Fatal(value)
	}
	got := sized(t, New(Options{}).Sizer(), nil, []byte(value))
	for name, want := range map[string]int{SizeManagedFields: len(managed), SizeLastApplied: len(applied), "status": len(`"status":{"x":1}`), "spec": len(`"spec":[]`), SizeOther: len(`"size":3`)} {
		if got[name] != int64(want) {
			t.Errorf("%s has %d bytes, want %d", name, got[name], want)
		}
	}
	for value, want := range map[string]string{`{"a":1}`: SizeNoObject, `{"kind":"A","apiVersion":"v1"`: SizeUnread, "text": SizeNoObject, "k8s:enc:aescbc:v1:k:x": SizeEncrypted} {
		if got := sized(t, New(Options{}).Sizer(), []byte("/registry/x/y"), []byte(value)); got[want] == 0 {
			t.Errorf("%s: %v, want %s", value, got, want)
		}
	}
}

// TestSizerAllocatesNothing for values that are not encrypted: it passes over millions of them.
func TestSizerAllocatesNothing(t *testing.T) {
	s := New(Options{}).Sizer()
	for name, v := range values(t) {
		if v.Value == nil || bytes.HasPrefix(v.Value, []byte("k8s:enc:")) {
			continue
		}
		key := []byte(v.Key)
		if n := testing.AllocsPerRun(20, func() { s.Metadata(key, v.Value) }); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// FuzzSizer: whatever is stored, nothing panics and no byte is lost.
func FuzzSizer(f *testing.F) {
	x := fuzztest.New(f)
	for _, v := range values(f) {
		if len(v.Value) < 1500 {
			x.Add([]byte(v.Key), v.Value)
		}
	}
	x.Fuzz(func(t *testing.T, key, value []byte) {
		s := New(Options{}).Sizer()
		fields := sized(t, s, key, value)
		if managed, _ := s.Metadata(key, value); managed > int64(len(value)) || fields[SizeManagedFields] > int64(len(value)) {
			t.Errorf("%d bytes of managedFields", managed)
		}
	})
}
