package diff

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
)

// FuzzTrees: what differs between any two objects is found in both directions, each path once, and an object does not
// differ from itself.
func FuzzTrees(f *testing.F) {
	x := fuzztest.New(f)
	x.Add(`{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"name":"a","image":"x"},{"name":"b"}]}}`, `{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"name":"b","image":"z"}]}}`)
	x.Add(`{"metadata":{"labels":{"a.b/c":"1"}},"l":[1,2,[3]]}`, `{"metadata":{"managedFields":[]},"l":[1,[3]]}`)
	x.Add(`{"a":[{"name":"x"},{"name":"x"}],"":{"":null}}`, `{"a":[{"name":"x","v":[{"name":"\u0000,]"}]}]}`)
	x.Fuzz(func(t *testing.T, a, b string) {
		before, after := object(a), object(b)
		there, back := Trees(before, after, Lists{}), Trees(after, before, Lists{})
		if before != nil && after != nil && text(before["kind"]) == text(after["kind"]) && text(before["apiVersion"]) == text(after["apiVersion"]) && len(there) != len(back) {
			t.Fatalf("%d changes there, %d back: %v %v", len(there), len(back), there, back)
		}
		seen := map[string]bool{}
		for _, c := range there {
			if seen[c.Path] && !strings.Contains(c.Path, "[") {
				t.Fatalf("%s has changed twice", c.Path)
			}
			seen[c.Path] = true
			if js, err := json.Marshal(c); err != nil || !json.Valid(js) {
				t.Fatalf("%s: %v", c.Path, err)
			}
		}
		if again := Trees(before, before, Lists{}); len(again) > 0 {
			t.Fatalf("an object differs from itself: %v", again)
		}
		for _, l := range Leaves(after, Lists{}) {
			if got := Split(l.Path); len(got) != len(l.Steps) {
				t.Fatalf("%s has %d steps, and was read as %d", l.Path, len(l.Steps), len(got))
			}
		}
	})
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func object(js string) (m map[string]any) {
	dec := json.NewDecoder(strings.NewReader(js))
	dec.UseNumber()
	if dec.Decode(&m) != nil {
		return nil
	}
	return m
}

// FuzzSplit: steps of any text are steps, and what they cover is the text's beginning.
func FuzzSplit(f *testing.F) {
	x := fuzztest.New(f)
	for _, s := range []string{`.spec.containers[name=web].image`, `.a["b.c/d"][3][key="x,]",effect=y]`, `["`, `.a[`, `[a="]`, `[=1]`} {
		x.Add(s)
	}
	x.Fuzz(func(t *testing.T, s string) {
		for _, p := range Split(s) {
			if p.Item != "" && (p.Index >= 0 || p.Field != "") {
				t.Fatalf("%q: %+v is two kinds of steps", s, p)
			}
			if len(p.Field) > 3*len(s)+3 {
				t.Fatalf("%q: the field %q", s, p.Field)
			}
			Pairs(p.Item)
		}
	})
}
