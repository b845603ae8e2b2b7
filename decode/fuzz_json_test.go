package decode

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/runtime/serializer/cbor/direct"
	"sigs.k8s.io/yaml"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
)

// numbers decodes JSON as encoding/json does, with every digit of its numbers.
func numbers(t *testing.T, js string) (v any) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(js))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("no JSON: %v: %q", err, js)
	}
	return v
}

// FuzzJSON: what encoding/json takes for JSON is read as encoding/json reads it, and what is written of it is the same
// again, as JSON and as YAML.
func FuzzJSON(f *testing.F) {
	x := fuzztest.New(f)
	for _, s := range []string{`{"a":[1,-2.5e3,"x\n\u00e4\ud83d\ude00",null,true],"a":{"b":{}},"":[]}`, `[[[["\ud800\"\\\/"]]]]`, ` "a" `, `-0`,
		`{"kind":"Pod","apiVersion":"v1","metadata":{"name":"x","managedFields":[{"fieldsV1":{"f:a":{}}}],"annotations":{"b":"{\"data\":1}"}}}`,
		`{"a":"line\n  two\n\n","b":"~","c":"0x1f","d":"1:30","e":" x","f":"# no","g":"2020-01-01"}`} {
		x.Add(s)
	}
	x.Fuzz(func(t *testing.T, js string) {
		if !json.Valid([]byte(js)) {
			return
		}
		n := parseJSON(js)
		want := numbers(t, js)
		out := string(appendJSON(nil, n, appendQuoted))
		if !utf8.ValidString(js) { // encoding/json replaces what is no UTF-8 at once, we when it is written: names can become alike
			numbers(t, out)
			return
		}
		if got := n.value(); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q is read as %#v, want %#v", js, got, want)
		}
		if got := numbers(t, out); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q is written as %q: %#v, want %#v", js, out, got, want)
		}
		if again := string(appendJSON(nil, parseJSON(out), appendQuoted)); again != out {
			t.Fatalf("written again, %q becomes %q", out, again)
		}
	})
}

// FuzzYAML: JSON that is written as YAML reads back as the same JSON, for the reader that kubectl uses.
func FuzzYAML(f *testing.F) {
	x := fuzztest.New(f)
	for _, s := range []string{`{"a":"line\n  two\n\n","b":"~","c":"0x1f","d":"1:30","e":" x","f":"# no","g":"2020-01-01"}`, `{"k":[{"a":[{"b":"c"}]},[[1]],{}]}`,
		`"\u0085\u2028\ufeff\t"`, `{"a b: c":"- x","!t":"&a","*b":"%","no":"NO","1e3":"1_000"}`} {
		x.Add(s)
	}
	x.Fuzz(func(t *testing.T, js string) {
		if len(js) > 4096 || !json.Valid([]byte(js)) || !utf8.ValidString(js) || !looksJSON([]byte(js)) {
			return
		}
		w := &byteYAML{}
		writeYAML(w, parseJSON(js), 0)
		back, err := yaml.YAMLToJSON(w.b)
		if err != nil {
			t.Fatalf("%q is written as YAML that cannot be read: %v\n%s", js, err, w.b)
		}
		if got, want := strip(numbers(t, string(back))), strip(numbers(t, js)); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q is written as\n%s\nwhich is read as %#v, want %#v", js, w.b, got, want)
		}
	})
}

// strip leaves out the numbers of a value: the YAML reader rounds them to what Go's types hold.
func strip(v any) any {
	switch x := v.(type) {
	case map[string]any:
		for k := range x {
			x[k] = strip(x[k])
		}
	case []any:
		for i := range x {
			x[i] = strip(x[i])
		}
	case json.Number, float64:
		return 0
	}
	return v
}

// FuzzCBOR: anything behind CBOR's magic number is decoded as the API server decodes it, or a reason is given.
func FuzzCBOR(f *testing.F) {
	x := fuzztest.New(f)
	for _, v := range []any{map[string]any{"kind": "Pod", "apiVersion": "v1", "metadata": map[string]any{"name": "x"}}, []any{int64(1), -2.5, "x", nil, true, []byte("b")}} {
		b, err := direct.Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		x.Add(b)
	}
	x.Add([]byte("\x9f\x9f\x9f\xff"))
	x.Add([]byte("\xbf\x41a\xa0\xff"))
	x.Fuzz(func(t *testing.T, b []byte) {
		o := New(Options{}).Object([]byte("/registry/pods/a/b"), append(cborMagic[:3:3], b...), 7)
		if o.Encoding != encCBOR || o.Decoded() == (o.Problem != "") {
			t.Fatalf("%s, decoded %v, problem %q", o.Encoding, o.Decoded(), o.Problem)
		}
		if !o.Decoded() {
			return
		}
		var want any
		if err := direct.Unmarshal(append(cborMagic[:3:3], b...), &want); err != nil {
			t.Fatalf("the server refuses it: %v", err)
		}
		if js := string(o.JSON(View{Reveal: true, ManagedFields: true})); !json.Valid([]byte(js)) || len(js) > 64*len(b)+1000 {
			t.Fatalf("%d bytes became %q", len(b), js)
		}
	})
}

// FuzzProtobuf: the links that are read without decoding are those of the decoded object.
func FuzzProtobuf(f *testing.F) {
	x := fuzztest.New(f)
	for _, c := range goldenCases(&testing.T{}) {
		if v := c.v.Value; len(v) < 1000 && strings.HasPrefix(string(v), string(protobufMagic)) {
			x.Add(v[len(protobufMagic):])
		}
	}
	d := New(Options{})
	x.Fuzz(func(t *testing.T, b []byte) {
		value := append(protobufMagic[:4:4], b...)
		o := d.Object([]byte("/registry/x"), value, 7)
		if o.Encoding != encProtobuf || !o.Decoded() && o.Problem == "" {
			t.Fatalf("%s, decoded %v, problem %q", o.Encoding, o.Decoded(), o.Problem)
		}
		if o.Decoded() && !json.Valid(o.JSON(View{ManagedFields: true})) {
			t.Fatal("no JSON")
		}
		var l Links
		d.Links([]byte("/registry/x"), value, &l)
		if o.Problem == "" && o.UID != "" && (string(l.UID) != o.UID || string(l.Kind) != o.Kind) && utf8.Valid(b) {
			t.Fatalf("%s %s has the links of %s %s", o.Kind, o.UID, l.Kind, l.UID)
		}
	})
}
