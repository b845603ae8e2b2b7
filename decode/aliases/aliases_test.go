package aliases

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	laughs := "a: &a [x,x,x]\n" + strings.Repeat("b: &b [*a,*a,*a]\n", 9)
	long := "a: &a " + strings.Repeat("x", 1<<20) + "\nb: [" + strings.Repeat("*a,", 1000) + "]\n"
	for _, s := range []string{laughs, long, "- &a x\n" + strings.Repeat("- *a\n", 17), "{\"a\":&a 1,\"b\":[" + strings.Repeat("*a,", 17) + "]}"} {
		if !errors.Is(Check([]byte(s)), Err) {
			t.Errorf("%.60q is read", s)
		}
	}
	for _, s := range []string{"", "a: &a 1\nb: *a\n", "cmd: rm *.log && ls *.txt\n", strings.Repeat("- '*.example.com'\n", 100), "a: |\n" + strings.Repeat("  * a point\n", 100) + "b: &x 1\n"} {
		if err := Check([]byte(s)); err != nil {
			t.Errorf("%.60q: %v", s, err)
		}
	}
}

// FuzzCheck: what passes grows by little.
func FuzzCheck(f *testing.F) {
	x := fuzztest.New(f)
	x.Add([]byte("a: &a [x,x]\nb: [*a,*a]\nc: {<<: *a}\n"))
	x.Add([]byte("&a [b,c]: *a\n? *a\n: - *a\n"))
	x.Add([]byte("- &x |\n  text\n- !!str *x\n- [*x ,*x]\n- {a: *x,b:*x}\n"))
	x.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1000 || Check(b) != nil {
			return
		}
		js, err := yaml.YAMLToJSON(b)
		if err == nil && (len(js) > 1000*(len(b)+10) || !json.Valid(js)) {
			t.Fatalf("%d bytes became %d", len(b), len(js))
		}
	})
}
