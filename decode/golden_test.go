package decode

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
	"k8s.io/apimachinery/pkg/runtime/serializer/cbor/direct"

	"github.com/etcdscope/etcdscope/decode/crypt"
)

var update = flag.Bool("update", false, "write the golden files")

// protoMessage returns a protobuf message of length-delimited fields: number, content, number, content.
func protoMessage(parts ...any) []byte {
	var b []byte
	for i := 0; i < len(parts); i += 2 {
		b = protowire.AppendTag(b, protowire.Number(parts[i].(int)), protowire.BytesType)
		switch v := parts[i+1].(type) {
		case string:
			b = protowire.AppendString(b, v)
		case []byte:
			b = protowire.AppendBytes(b, v)
		}
	}
	return b
}

// inEnvelope wraps a message as the API server stores it.
func inEnvelope(apiVersion, kind string, raw []byte) []byte {
	return append([]byte("k8s\x00"), protoMessage(1, protoMessage(1, apiVersion, 2, kind), 2, raw)...)
}

// newer is a lease as a newer API server may write it: with a field that this build does not know.
func newer(t testing.TB) value {
	v := stored(t, "lease")
	e, err := readEnvelope(v.Value[len(protobufMagic):])
	if err != nil {
		t.Fatal(err)
	}
	raw := append(e.raw[:len(e.raw):len(e.raw)], protowire.AppendVarint(protowire.AppendTag(nil, 99, protowire.VarintType), 300)...)
	v.Value = inEnvelope(string(e.apiVersion), string(e.kind), raw)
	return v
}

// goldenCase is a value and what of it is compared.
type goldenCase struct {
	name  string
	v     value
	views string // any of: yaml json hex fields reveal managed keys
}

func goldenCases(t *testing.T) []goldenCase {
	all := values(t)
	v := func(name string) value { return all[name] }
	made := func(key string, b []byte) value { return value{Key: "/registry/" + key, Revision: 7, Value: b} }
	pod := v("pod")
	noKind := bytes.Replace(pod.Value, []byte("\x12\x03Pod"), []byte("\x12\x03Pud"), 1)
	version := bytes.Replace(v("deployment").Value, []byte("apps/v1\x12"), []byte("apps/v9\x12"), 1)
	cbor, err := direct.Marshal(map[string]any{"apiVersion": "shop.example.com/v1", "kind": "Widget", "metadata": map[string]any{"name": "c", "namespace": "demo"},
		"spec": map[string]any{"big": int64(9007199254740993), "half": 1.5, "on": true, "none": nil, "bytes": "aGk="}})
	if err != nil {
		t.Fatal(err)
	}
	cbor = append(cborMagic[:len(cborMagic):len(cborMagic)], cbor...) // as the API server marks it
	return []goldenCase{
		{"pod", pod, "yaml fields managed"},
		{"statefulset", v("statefulset"), "yaml"},
		{"secret", v("secret"), "yaml json hex fields"},
		{"secret-revealed", v("secret"), "yaml json fields reveal"},
		{"crd", v("crd"), "yaml"},
		{"widget", v("widget"), "yaml json"},
		{"cbor", made("shop.example.com/widgets/demo/c", cbor), "yaml json fields"},
		{"configmap", v("configmap"), "yaml"},
		{"range", v("range"), "yaml fields hex"},
		{"hostile", v("hostile"), "yaml json"},
		{"unknown-kind", value{Key: pod.Key, Revision: pod.Revision, Value: noKind}, "yaml"},
		{"unknown-version", value{Key: v("deployment").Key, Revision: 7, Value: version}, "yaml"},
		{"unknown-fields", newer(t), "yaml fields"},
		{"cut-off", value{Key: v("lease").Key, Revision: 7, Value: v("lease").Value[:200]}, "yaml json fields"},
		{"malformed-envelope", made("configmaps/x/y", []byte("k8s\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")), "yaml json hex fields"},
		{"malformed-json", made("configmaps/x/y", []byte(`{"a":1,}`)), "yaml json"},
		{"malformed-cbor", made("configmaps/x/y", []byte{0xd9, 0xd9, 0xf7, 0xbf}), "yaml json hex"},
		{"list", made("configmaps/x/y", []byte(` [1, 2.50, "x", null, {"b":18446744073709551616, "a":[]}]`)), "yaml json"},
		{"duplicate-fields", made("configmaps/x/y", []byte(`{"kind":"ConfigMap","apiVersion":"v1","data":{"a":"1"},"data":{"b":"2"}}`)), "yaml json"},
		{"stored-yaml", made("configmaps/x/y", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: \"1\"}\n")), "yaml json"},
		{"text", value{Key: "compact_rev_key", Revision: 7, Value: []byte("1458\n")}, "yaml json hex fields"},
		{"not-utf8", value{Key: "bad\xff", Revision: 7, Value: []byte("caf\xe9 \xff\xfe")}, "yaml json fields"},
		{"binary", value{Key: "\x00\x01", Revision: 7, Value: []byte{0, 1, 2, 0xff, 27, '[', '3', '1', 'm'}}, "yaml json hex fields"},
		{"empty", made("configmaps/x/y", nil), "yaml json hex fields"},
		{"text-secret", made("secrets/x/y", []byte("hunter2 in the clear")), "yaml json hex fields"},
		{"encrypted", v("secret-aescbc"), "yaml json hex"},
		{"decrypted", v("secret-aescbc"), "yaml json keys"},
		{"encrypted-kms", v("secret-kms"), "yaml json keys"},
	}
}

// print writes the views of a value that a case asks for.
func (c goldenCase) print(t *testing.T) string {
	has := func(w string) bool { return strings.Contains(c.views, w) }
	var keys *crypt.Keyring
	if has("keys") {
		keys = keyring(t)
	}
	d := New(Options{Keyring: keys})
	o := d.Object([]byte(c.v.Key), c.v.Value, c.v.Revision)
	view := View{Reveal: has("reveal"), ManagedFields: has("managed")}
	var b strings.Builder
	fmt.Fprintf(&b, "%s | %s | %s %s | %s/%s\n", o.Encoding, o.Group, o.APIVersion, o.Kind, o.Namespace, o.Name)
	fmt.Fprintf(&b, "secret %t, generation %d, unknown %d, encryption %q\nproblem %q\n", o.Secret, o.Generation, o.Unknown, o.Encryption.String(), o.Problem)
	for _, d := range documents(o, view) {
		if err := checkDoc(d.doc); err != nil {
			t.Errorf("%s: %v", d.name, err)
		}
		if has(d.name) {
			fmt.Fprintf(&b, "--- %s\n%s", d.name, lines(d.doc, 150))
		}
	}
	return b.String()
}

// TestGolden compares what is shown of values of all sorts.
func TestGolden(t *testing.T) {
	for _, c := range goldenCases(t) {
		t.Run(c.name, func(t *testing.T) {
			got := c.print(t)
			golden := filepath.Join("testdata", c.name+".golden")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestHugeLine decodes a megabyte on one line: every document holds it, safely.
func TestHugeLine(t *testing.T) {
	huge := strings.Repeat("0123456789abcdef", 1<<16)
	for name, v := range map[string][]byte{
		"text": []byte(huge),
		"json": []byte(`{"apiVersion":"v1","kind":"ConfigMap","data":{"a":"` + huge + `"}}`),
	} {
		o := New(Options{}).Object([]byte("/registry/configmaps/x/y"), v, 7)
		for _, x := range documents(o, View{}) {
			if err := checkDoc(x.doc); err != nil {
				t.Errorf("%s as %s: %v", name, x.name, err)
			}
		}
		if !strings.Contains(PlainText(o.YAML(View{})), huge) {
			t.Errorf("%s: the YAML does not hold the whole line", name)
		}
		last := o.Hex(View{}).Lines
		if n := len(v) - maxHex; n > 0 != strings.HasPrefix(last[len(last)-1].Text, "…") {
			t.Errorf("%s: the hex dump of %d bytes ends in %q", name, len(v), last[len(last)-1].Text)
		}
	}
}
