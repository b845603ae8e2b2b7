package fields

import (
	"bytes"
	"encoding/json"
	"testing"

	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/fuzztest"
)

// FuzzSet: a fieldsV1 value of any form is read without fail; where the API server reads it too, both have as many
// members; every path of it is one that the set holds.
func FuzzSet(f *testing.F) {
	x := fuzztest.New(f)
	for _, s := range []string{`{"f:a":{".":{},"f:b.c":{}},"f:l":{"k:{\"name\":\"x\",\"n\":1}":{"f:v":{}},"v:\"one\"":{},"v:2":{},"i:0":{}}}`,
		`{"q:x":{},"k:{broken":{},"f:z":7}`, `{"f:":{},"v:":{},"k:{}":{},"i:-1":{},"i:1e9":{},".":{}}`, `{"v:null":{},"v:{\"a\":[1]}":{}}`} {
		x.Add(s)
	}
	x.Fuzz(func(t *testing.T, js string) {
		var m map[string]any
		dec := json.NewDecoder(bytes.NewReader([]byte(js)))
		dec.UseNumber()
		if dec.Decode(&m) != nil || dec.More() {
			return
		}
		s, unread := Parse(m)
		members := 0
		s.Each(func(p []diff.Step) bool {
			members++
			if s.Match(p) == None {
				t.Fatalf("%s is a member that the set does not hold", Path(p))
			}
			return true
		})
		if n := bytes.Count([]byte(js), []byte(`:`)); members > n {
			t.Fatalf("%d members in %d fields", members, n)
		}
		if paths := s.Paths(); len(paths) != members {
			t.Fatalf("%d members, %d paths", members, len(paths))
		}
		raw, _ := json.Marshal(m) // doubles are gone
		theirs := &fieldpath.Set{}
		if err := theirs.FromJSON(bytes.NewReader(raw)); err == nil && unread == 0 && !odd(raw) && members != theirs.Size() {
			t.Fatalf("%d members, the server reads %d: %v and %s", members, theirs.Size(), s.Paths(), theirs)
		}
	})
}

// odd recognizes sets that both read, but not alike: of several names for one item, the server keeps one.
func odd(js []byte) bool {
	return bytes.Contains(js, []byte(`"v:`)) || bytes.Contains(js, []byte(`"k:`)) || bytes.Contains(js, []byte(`"i:`)) || bytes.Contains(js, []byte(`".":`))
}
