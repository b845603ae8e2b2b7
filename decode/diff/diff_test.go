package diff

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func tree(t *testing.T, s string) map[string]any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader([]byte(s)))
	dec.UseNumber()
	var m map[string]any
	if err := dec.Decode(&m); err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return m
}

func lines(t *testing.T, cs []Change) (out []string) {
	t.Helper()
	for _, c := range cs {
		b, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	return out
}

func TestTrees(t *testing.T) {
	pod := func(s string) string { return `{"apiVersion":"v1","kind":"Pod",` + s + `}` }
	for _, c := range []struct {
		name, before, after string
		want                []string
	}{
		{"equal", pod(`"spec":{"a":1}`), pod(`"spec":{"a":1}`), nil},
		{"field added", pod(`"spec":{}`), pod(`"spec":{"nodeName":"a"}`), []string{`{"path":".spec.nodeName","op":"add","new":"a"}`}},
		{"field removed", pod(`"spec":{"nodeName":"a"}`), pod(`"spec":{}`), []string{`{"path":".spec.nodeName","op":"remove","old":"a"}`}},
		{"null is absent", pod(`"metadata":{"creationTimestamp":null}`), pod(`"metadata":{}`), nil},
		{"64 bits", `{"n":9007199254740993}`, `{"n":9007199254740992}`, []string{`{"path":".n","op":"replace","old":9007199254740993,"new":9007199254740992}`}},
		{"container by name", pod(`"spec":{"containers":[{"name":"a","image":"x"},{"name":"b","image":"y"}]}`),
			pod(`"spec":{"containers":[{"name":"b","image":"z"},{"name":"a","image":"x"}]}`),
			[]string{`{"path":".spec.containers[name=b].image","op":"replace","old":"y","new":"z"}`}},
		{"two keys", pod(`"spec":{"containers":[{"name":"a","ports":[{"containerPort":53,"protocol":"UDP"},{"containerPort":53,"protocol":"TCP"}]}]}`),
			pod(`"spec":{"containers":[{"name":"a","ports":[{"containerPort":53,"protocol":"UDP","name":"dns"},{"containerPort":53,"protocol":"TCP"}]}]}`),
			[]string{`{"path":".spec.containers[name=a].ports[containerPort=53,protocol=UDP].name","op":"add","new":"dns"}`}},
		{"keys with dots", `{"metadata":{"labels":{"a.b/c":"1","x-y":"1"}}}`, `{"metadata":{"labels":{"a.b/c":"2","x-y":"2"}}}`,
			[]string{`{"path":".metadata.labels[\"a.b/c\"]","op":"replace","old":"1","new":"2"}`, `{"path":".metadata.labels.x-y","op":"replace","old":"1","new":"2"}`}},
		{"left out", `{"metadata":{"resourceVersion":"1","managedFields":[1]}}`, `{"metadata":{"resourceVersion":"2","name":"a"}}`,
			[]string{`{"path":".metadata.name","op":"add","new":"a"}`}},
		{"left out of a new object", ``, `{"metadata":{"managedFields":[1],"name":"a"}}`, []string{`{"path":".metadata.name","op":"add","new":"a"}`}},
		{"scalars as a whole", `{"l":["a","b"]}`, `{"l":["b","c"]}`, []string{`{"path":".l","op":"replace","old":["a","b"],"new":["b","c"]}`}},
		{"appended", `{"l":["a"]}`, `{"l":["a","b"]}`, []string{`{"path":".l[1]","op":"add","new":"b"}`}},
		{"doubles by position", pod(`"spec":{"containers":[{"name":"a"},{"name":"a"}]}`), pod(`"spec":{"containers":[{"name":"a"},{"name":"a","image":"x"}]}`),
			[]string{`{"path":".spec.containers[1].image","op":"add","new":"x"}`}},
		{"quoted name", `{"l":[{"name":"a,b]"}]}`, `{"l":[{"name":"a,b]","v":true}]}`, []string{`{"path":".l[name=\"a,b]\"].v","op":"add","new":true}`}},
		{"map becomes text", `{"a":{"b":1}}`, `{"a":"x"}`, []string{`{"path":".a","op":"replace","old":{"b":1},"new":"x"}`}},
		{"declared keys are doubled", `{"apiVersion":"v1","kind":"Node","status":{"addresses":[{"type":"IP","address":"1"},{"type":"IP","address":"2"}]}}`,
			`{"apiVersion":"v1","kind":"Node","status":{"addresses":[{"type":"IP","address":"2"}]}}`,
			[]string{`{"path":".status.addresses[type=IP,address=1]","op":"remove","old":{"address":"1","type":"IP"}}`}},
		{"html", `{"a":"x"}`, `{"a":"<&>"}`, []string{`{"path":".a","op":"replace","old":"x","new":"\u003c\u0026\u003e"}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before map[string]any
			if c.before != "" {
				before = tree(t, c.before)
			}
			got := lines(t, Trees(before, tree(t, c.after), Lists{}))
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestSchemaNamesItems(t *testing.T) {
	schema := tree(t, `{"properties":{"spec":{"properties":{
		"steps":{"x-kubernetes-list-map-keys":["stage","nr"],"items":{"properties":{"notes":{"x-kubernetes-list-map-keys":["lang"]}}}},
		"maps":{"additionalProperties":{"x-kubernetes-list-map-keys":["lang"]}}}}}}`)
	lists := Lists{Schema: func(apiVersion, kind string) map[string]any {
		if apiVersion == "shop.example.com/v1" && kind == "Widget" {
			return schema
		}
		return nil
	}}
	w := func(s string) map[string]any {
		return tree(t, `{"apiVersion":"shop.example.com/v1","kind":"Widget",`+s+`}`)
	}
	got := lines(t, Trees(
		w(`"metadata":{"ownerReferences":[{"name":"a","uid":"1"},{"name":"a","uid":"2"}]},"spec":{"steps":[{"name":"a","stage":"x","nr":1},{"name":"a","stage":"x","nr":2,"notes":[{"lang":"en","text":"hi"}]}],"maps":{"m":[{"lang":"en","n":1}]}}`),
		w(`"metadata":{"ownerReferences":[{"name":"a","uid":"2"}]},"spec":{"steps":[{"name":"a","stage":"x","nr":2,"notes":[{"lang":"en","text":"ho"}]},{"name":"a","stage":"x","nr":1}],"maps":{"m":[{"lang":"en","n":2}]}}`), lists))
	want := []string{
		`{"path":".metadata.ownerReferences[uid=1]","op":"remove","old":{"name":"a","uid":"1"}}`,
		`{"path":".spec.maps.m[lang=en].n","op":"replace","old":1,"new":2}`,
		`{"path":".spec.steps[stage=x,nr=2].notes[lang=en].text","op":"replace","old":"hi","new":"ho"}`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
