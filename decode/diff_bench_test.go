package decode

import (
	"bytes"
	"encoding/json"
	"testing"
)

// BenchmarkDiff says what one revision changed in a real pod, its two versions decoded. The floor beside it is what
// encoding/json takes to read one of them.
func BenchmarkDiff(b *testing.B) {
	var pod *Object
	for _, o := range everyKind(b) {
		if o.Kind == "Pod" && (pod == nil || len(o.JSON(View{})) > len(pod.JSON(View{}))) {
			pod = o
		}
	}
	d := New(Options{})
	js := pod.JSON(View{ManagedFields: true})
	next := d.Object(pod.Key, bytes.Replace(js, []byte(`"phase":"Running"`), []byte(`"phase":"Failed"`), 1), pod.Mod+1)
	if n := len(d.Diff(pod, next, View{})); n != 1 {
		b.Fatalf("%d changes", n)
	}
	b.Run("floor", func(b *testing.B) {
		b.SetBytes(int64(len(js)))
		for b.Loop() {
			var m map[string]any
			dec := json.NewDecoder(bytes.NewReader(js))
			dec.UseNumber()
			if err := dec.Decode(&m); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("diff", func(b *testing.B) {
		b.SetBytes(int64(len(js)))
		b.ReportAllocs()
		for b.Loop() {
			d.Diff(pod, next, View{})
		}
	})
}
