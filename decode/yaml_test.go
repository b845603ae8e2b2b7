package decode

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"
)

// reread decodes YAML as kubectl does, numbers with every digit.
func reread(b []byte) (any, error) {
	js, err := yaml.YAMLToJSON(b)
	if err != nil {
		return nil, err
	}
	return jsonValue(js)
}

func jsonValue(js []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(js))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

// TestStoredYAMLReadsBack compares what is emitted with the object itself and with what sigs.k8s.io/yaml makes of it.
func TestStoredYAMLReadsBack(t *testing.T) {
	keys := keyring(t)
	for name, v := range values(t) {
		o := New(Options{Keyring: keys}).Object([]byte(v.Key), v.Value, v.Revision)
		view := View{Reveal: true, ManagedFields: true}
		tree := o.Tree(view)
		if tree == nil {
			if name != "secret-kms" {
				t.Errorf("%s does not decode: %s", name, o.Problem)
			}
			continue
		}
		theirs, err := yaml.Marshal(tree)
		if err != nil {
			t.Fatal(name, err)
		}
		want, err := reread(theirs)
		if err != nil {
			t.Fatal(name, err)
		}
		for kind, b := range map[string][]byte{"bytes": o.YAMLBytes(view), "document": []byte(PlainText(o.YAML(view))), "of the tree": []byte(PlainText(YAML(tree)))} {
			if name == "hostile" && kind != "bytes" {
				continue
			}
			got, err := reread(b)
			if err != nil {
				t.Fatalf("%s as %s: %v\n%s", name, kind, err, b)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s as %s: %s", name, kind, d)
			}
		}
		if got, err := jsonValue(o.JSON(view)); err != nil || !cmp.Equal(want, got) {
			t.Errorf("%s as JSON: %v %s", name, err, cmp.Diff(want, got))
		}
	}
}

// awkward are strings that YAML could read as something else.
var awkward = []string{"", "~", "null", "Null", "y", "N", "yes", "NO", "on", "Off", "true", "TRUE", "False", ".inf", "-.Inf", ".nan", "0", "-1", "+1", "007", "0o7", "0x1F",
	"1e3", "1E3", "1.", ".5", "1_000", "1,000", "12:30", "190:20:30", "2026-11-22", "2026-11-22T11:07:35Z", "2001-1-1", "=", "<<", "-", "--", "---", "...", "- a", "? a", ": a", "a: b", "a:b", "a:",
	"a #b", "a#b", "#a", "&a", "*a", "!a", "!!str a", "|", ">", "%a", "@a", "`a", "{a}", "[a", "a]", "a,b", "'a'", `"a"`, `a\b`, " a", "a ", "\ta", "a\tb", "a\n", "a\n\n", "\na", "a\nb", " a\nb", "a\n b", "a\n\tb", "a\r\nb",
	"a\u0085b", "a\u2028b", "a\ufeffb", "\u00e9\u0301", "\x1b[31m", "\U0001f469", "\U000e0041", "\U0010ffff", "\u202e", "0b11", "0b", "1_0", "1.2.3", "1.2e", "1e", "e1", "0xg", "1-2", "1/2", "99999999999999999999", "0.1e-400", "no no", "x\n\x01", "\u200b", "a\n---\nb", "a\n...\n"}

func anyString(t *rapid.T, label string) string {
	switch rapid.IntRange(0, 5).Draw(t, label) {
	case 0, 1:
		return rapid.SampledFrom(awkward).Draw(t, label)
	case 2:
		return rapid.StringMatching(`[a-zA-Z0-9:#,_.\- \n'"]{0,12}`).Draw(t, label)
	case 3:
		return rapid.StringMatching(`[0-9eExXobn_.:+\-,]{1,8}`).Draw(t, label)
	case 4:
		return strings.Repeat("long ", rapid.IntRange(0, 400).Draw(t, label))
	}
	return strings.ToValidUTF8(rapid.String().Draw(t, label), "?")
}

func anyValue(t *rapid.T, depth int) any {
	kind := rapid.IntRange(0, 8).Draw(t, "kind")
	if depth > 4 {
		kind %= 6
	}
	switch kind {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return json.Number(fmt.Sprint(rapid.Int64().Draw(t, "int")))
	case 3, 4, 5:
		return anyString(t, "string")
	case 6:
		l := make([]any, rapid.IntRange(0, 4).Draw(t, "len"))
		for i := range l {
			l[i] = anyValue(t, depth+1)
		}
		return l
	}
	m := map[string]any{}
	for range rapid.IntRange(0, 5).Draw(t, "fields") {
		m[anyString(t, "name")] = anyValue(t, depth+1)
	}
	return m
}

// TestYAMLReadsBack writes random objects, as custom resources may hold them, and reads them again.
func TestYAMLReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := map[string]any{"apiVersion": "a/v1", "kind": "K", "spec": anyValue(t, 0)}
		js, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		if want["spec"], err = jsonValue(mustNested(t, js, "spec")); err != nil {
			t.Fatal(err)
		}
		o := New(Options{}).Object([]byte("/registry/x/y"), js, 7)
		b := o.YAMLBytes(View{})
		got, err := reread(b)
		if err != nil {
			t.Fatalf("%v\n%s\n%s", err, js, b)
		}
		if d := cmp.Diff(any(want), got); d != "" {
			t.Fatalf("%s\n%s\n%s", d, js, b)
		}
		for _, x := range documents(o, View{}) {
			if err := checkDoc(x.doc); err != nil {
				t.Fatalf("%s: %v", x.name, err)
			}
		}
		if back, err := jsonValue(o.JSON(View{})); err != nil || !cmp.Equal(any(want), back) {
			t.Fatalf("JSON: %v %s", err, cmp.Diff(any(want), back))
		}
	})
}

// TestMarkBehindTheIndentation: a line of a text that begins with a mark is as wide as it says, and reads back.
func TestMarkBehindTheIndentation(t *testing.T) {
	for _, s := range []string{"A\nः", "ः\nA", "A\n\U0001F3FB", "A\n\uff9e", "A\n\u0301b\nc", "A\n é\nünd"} {
		js, err := json.Marshal(map[string]any{"apiVersion": "a/v1", "kind": "K", "spec": map[string]any{"text": s}})
		if err != nil {
			t.Fatal(err)
		}
		o := New(Options{}).Object([]byte("/registry/x/y"), js, 7)
		for _, x := range documents(o, View{}) {
			if err := checkDoc(x.doc); err != nil {
				t.Errorf("%q, %s: %v", s, x.name, err)
			}
		}
		got, err := reread(o.YAMLBytes(View{}))
		if m, ok := got.(map[string]any); err != nil || !ok || m["spec"].(map[string]any)["text"] != s {
			t.Errorf("%q reads back as %v, %v", s, got, err)
		}
	}
}

func mustNested(t *rapid.T, js []byte, name string) []byte {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(js, &m); err != nil {
		t.Fatal(err)
	}
	return m[name]
}

// TestDeep nests as deep as a value can hold: the documents stay in proportion to it.
func TestDeep(t *testing.T) {
	const depth = 9000
	js := []byte(`{"apiVersion":"a/v1","kind":"K","spec":` + strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth) + "}")
	o := New(Options{}).Object([]byte("/registry/x/y"), js, 7)
	for name, n := range map[string]int{"YAML": len(o.YAMLBytes(View{})), "document": len(PlainText(o.YAML(View{}))), "JSON": len(PlainText(o.Pretty(View{})))} {
		if n > 100*len(js) {
			t.Errorf("%s: %d bytes of %d", name, n, len(js))
		}
	}
	if _, err := yaml.YAMLToJSON(o.YAMLBytes(View{})); err != nil && !strings.Contains(err.Error(), "depth") {
		t.Errorf("%.300s", err)
	}
}
