package decode

import (
	"bufio"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestBrief: what is read of a large object before it is parsed is what parsing it gives.
func TestBrief(t *testing.T) {
	t.Parallel()
	docs := []string{
		`{}`, ` [1,2] `, `7`, `"x"`, `{"kind":7,"metadata":"none"}`, `{"metadata":null,"kind":"A"}`,
		`{"kind":"A","metadata":{"name":"a"},"kind":"B","metadata":{"uid":"u","labels":{"x":["}",{}]}}}`,
		`{ "x" : [ {"a":"\"]}\\"} , [ ] , -1.5e3,true , null ] , "apiVersion" : "v1" , "metadata" : { "labels" : "l" , "name" : "a\u0062" , "annotations":{"a":{}},"name":"c" } }`,
		`{"metadata":{"managedFields":[{"manager":"m","fieldsV1":{"f:a":{}}}],"finalizers":["b","a"]},"metadatum":{"kind":"x"}}`,
	}
	f, err := os.Open("testdata/stored.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<24)
	for in.Scan() {
		docs = append(docs, in.Text())
	}
	for _, js := range docs {
		if !json.Valid([]byte(js)) {
			t.Fatal(js)
		}
		want, _ := countJSON(js)
		hasStatus := want.field("status") != nil
		if want.kind == '{' {
			items := want.items[:0:0]
			for _, it := range want.items {
				switch it.name {
				case "metadata":
					name := it.name
					if it.kind == '{' {
						it = it.without("annotations", "labels")
					}
					it.name = name
				case "apiVersion", "kind":
				default:
					continue
				}
				items = append(items, it)
			}
			want.items = items
		} else {
			want = &node{kind: want.kind}
		}
		got, values, status := briefJSON(js)
		if got.kind == '-' || got.kind >= '0' && got.kind <= '9' {
			got.kind = '0'
		}
		if plain := func(n *node) any { return n.value() }; want.kind == '{' && !reflect.DeepEqual(plain(got), plain(want)) || got.kind != want.kind {
			t.Errorf("%.200s: %v, want %v", js, got, want)
		}
		if status != hasStatus {
			t.Errorf("%.200s: status %t, want %t", js, status, hasStatus)
		}
		if n := countNodes(got); values < n || values > n+1 { // one may be there twice
			t.Errorf("%.200s: %d values, want %d", js, values, n)
		}
	}
}

func countNodes(n *node) int {
	sum := 1
	for i := range n.items {
		sum += countNodes(&n.items[i])
	}
	return sum
}

// TestLargeObject: a large object says of itself what a small one says, and is parsed only where more is asked.
func TestLargeObject(t *testing.T) {
	t.Parallel()
	const meta = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"n","uid":"u","labels":{"l":"1"},"ownerReferences":[{"uid":"o"}],"managedFields":[{"manager":"m","operation":"Update"}]},"data":{"a":"`
	key := []byte("/registry/configmaps/n/a")
	d := New(Options{})
	if o := d.Object(key, []byte(`{"status":null,`+meta[1:]+strings.Repeat("1", large)+`"}}`), 1); !o.HasStatus() || !o.IsTree(View{}) || o.root.Load() != nil {
		t.Error("a large object was parsed to be asked for a status, or lacks it")
	}
	small, big := d.Object(key, []byte(meta+`1"}}`), 1), d.Object(key, []byte(meta+strings.Repeat("1", large)+`"}}`), 1)
	for _, path := range [][]string{{"metadata", "name"}, {"metadata", "ownerReferences"}, {"metadata", "managedFields"}, {"kind"}, {"metadata", "none"}} {
		if a, b := small.Field(path...), big.Field(path...); !reflect.DeepEqual(a, b) {
			t.Errorf("%v: %v, want %v", path, b, a)
		}
	}
	if !reflect.DeepEqual(small.Managed(), big.Managed()) || small.UID != big.UID || small.Kind != big.Kind || !small.SameManagers(big) {
		t.Error("they differ")
	}
	alone := d.Object(key, []byte(meta+strings.Repeat("1", large)+`"}}`), 1)
	if alone.Field("metadata", "ownerReferences"); alone.root.Load() != nil || len(alone.Managed()) != 1 || alone.root.Load() != nil {
		t.Error("it was parsed for its metadata")
	}
	if alone.Text("metadata", "labels", "l") != "1" || alone.root.Load() != nil {
		t.Error("the label was not found, or the object was parsed for it")
	}
}
