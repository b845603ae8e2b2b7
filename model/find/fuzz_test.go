package find

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
)

// FuzzQuery: a query that is typed is read without fail; what it marks lies within the key, in order; a word alone is
// found where it is contained.
func FuzzQuery(f *testing.F) {
	x := fuzztest.New(f)
	x.Add("web !kube ^/registry/pods x$", "/registry/pods/demo/web")
	x.Add("^a$ İ !", "/registry/a")
	x.Add("WEB \xff", "/registry/\xffWEB")
	x.Fuzz(func(t *testing.T, query, key string) {
		q := Parse(query)
		matches := q.Match("/registry/", key)
		last := 0
		for _, s := range q.Spans(key) {
			if s.From < last || s.To < s.From || s.To > len(key) {
				t.Fatalf("%q in %q: %+v", query, key, q.Spans(key))
			}
			last = s.To
		}
		if w := q.String(); w != "" && !strings.ContainsAny(w, "!^$ ") && q.terms[0].sensitive && matches != strings.Contains(strings.TrimPrefix(key, "/registry/"), w) {
			t.Fatalf("%q in %q: %v", query, key, matches)
		}
		if !q.narrows(q) {
			t.Fatalf("%q does not narrow itself", query)
		}
	})
}
