package columns

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
	"github.com/etcdscope/etcdscope/decode/kinds"
)

// FuzzJSONPath: any path of a definition reads any object without fail, and a cell is not much longer than the object.
func FuzzJSONPath(f *testing.F) {
	x := fuzztest.New(f)
	x.Add(`.status.conditions[?(@.type=="Ready")].status`, `{"status":{"conditions":[{"type":"Ready","status":"True"}]}}`)
	x.Add(`{.spec.a[*]["b.c"][0]}`, `{"spec":{"a":[{"b.c":[1]},{"b.c":["x"]}]}}`)
	x.Add(".st}tus.conditions[?(@.type==\"Ready\")].status", "{}}")
	x.Add(`[*][*][-1]\.`, `{"a":[[1],[2,[3]]]}`)
	x.Fuzz(func(t *testing.T, path, js string) {
		var tree map[string]any
		dec := json.NewDecoder(strings.NewReader(js))
		dec.UseNumber()
		if dec.Decode(&tree) != nil {
			return
		}
		e := compile(path)
		if s := e.first(tree, "string"); len(s) > 6*len(js)+2*len(path)+200 { // a letter can become an escape of six, and what is wrong with a path is said
			t.Fatalf("%q of %d bytes has %d", path, len(js), len(s))
		}
		if s := e.all(tree); len(s) > 8*len(js)+2*maxCell { // with their commas
			t.Fatalf("all of %q of %d bytes has %d", path, len(js), len(s))
		}
		for _, c := range Chosen(kinds.Resource{Group: "", Kind: "Pod"}, "v1", []string{path, "X=" + path}) {
			c.Cell(tree)
		}
	})
}

// FuzzCells: the columns of every type take any object.
func FuzzCells(f *testing.F) {
	x := fuzztest.New(f)
	x.Add(`{"status":{"containerStatuses":[{"ready":true,"restartCount":3,"state":{"waiting":{"reason":"x"}}}],"conditions":[{"type":"Ready","status":"True"}]},"spec":{"ports":[{"port":80}]},"metadata":{"ownerReferences":[{}]}}`)
	x.Add(`{"subsets":[{"addresses":[{"ip":1}],"ports":[{}]}],"spec":[],"status":"x","metadata":{"labels":[]}}`)
	all := kinds.Builtin().All()
	x.Fuzz(func(t *testing.T, js string) {
		var tree map[string]any
		dec := json.NewDecoder(strings.NewReader(js))
		dec.UseNumber()
		if dec.Decode(&tree) != nil {
			return
		}
		for _, r := range all {
			for _, c := range Of(r, "v1", true) {
				if s := c.Cell(tree).At(time.Unix(1<<40, 0)); len(s) > 64*(len(js)+64)*(strings.Count(js, ":")+1) {
					t.Fatalf("%s of %s has %d bytes", c.Head, r.Kind, len(s))
				}
			}
		}
	})
}
