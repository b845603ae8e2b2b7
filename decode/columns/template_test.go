package columns

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func parsed(t *testing.T, list ...string) (out []map[string]any) {
	t.Helper()
	for _, js := range list {
		dec := json.NewDecoder(strings.NewReader(js))
		dec.UseNumber()
		var m map[string]any
		if err := dec.Decode(&m); err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

// TestTemplate lists templates and what kubectl prints for them.
func TestTemplate(t *testing.T) {
	t.Parallel()
	pods := func() []map[string]any {
		return parsed(t, `{"kind":"Pod","metadata":{"name":"a"},"spec":{"n":10,"f":1.5,"c":[{"image":"x:1"},{"image":"y:2"}]}}`,
			`{"kind":"Pod","metadata":{"name":"b","labels":{"k":"v"}},"spec":{"n":9}}`)
	}
	for _, c := range []struct {
		format, source string
		one            bool
		want           string
	}{
		{"jsonpath", `{.items[*].metadata.name}`, false, "a b"},
		{"jsonpath", `{range .items[*]}{.metadata.name}{"\t"}{.spec.n}{"\n"}{end}`, false, "a\t10\nb\t9\n"},
		{"jsonpath", `{.items[?(@.spec.n>9)].metadata.name}`, false, "a"},
		{"jsonpath", `{.kind}`, false, "List"},
		{"jsonpath", `{.kind} {.spec.f}`, true, "Pod 1.5"},
		{"jsonpath", `{.spec.c}`, true, `[{"image":"x:1"},{"image":"y:2"}]`},
		{"jsonpath", `{.spec.none}`, true, ""},
		{"jsonpath-as-json", `{.spec.n}`, true, "[\n    10\n]\n"},
		{"go-template", `{{range .items}}{{.metadata.name}}={{.spec.n}};{{end}}`, false, "a=10;b=9;"},
		{"go-template", `{{.none}}`, true, "<no value>"},
		{"go-template", `{{base64decode "aGk="}}`, true, "hi"}, {"go-template", `{{base64decode "***"}}`, true, "***"},
		{"custom-columns", `NAME:.metadata.name,IMAGES:{.spec.c[*].image},N:spec.n,L:.metadata.labels`, false,
			"NAME   IMAGES    N     L\na      x:1,y:2   10    <none>\nb      <none>    9     map[k:v]\n"},
		{"custom-columns-file", "NAME   N\nmetadata.name .spec.n\n", false, "NAME   N\na      10\nb      9\n"},
	} {
		p, err := NewTemplate(c.format, c.source, true)
		if err != nil {
			t.Errorf("%s=%s: %v", c.format, c.source, err)
			continue
		}
		list := pods()
		if c.one {
			list = list[:1]
		}
		var b strings.Builder
		if err := p.Print(&b, list, c.one, false, true); err != nil || b.String() != c.want {
			t.Errorf("%s=%s: %v\n%q, want\n%q", c.format, c.source, err, b.String(), c.want)
		}
	}
}

// TestTemplateRefused lists what is no template, and what cannot be applied.
func TestTemplateRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ format, source, want string }{
		{"jsonpath", "{.a", "unclosed"}, {"go-template", "{{.a", "unclosed action"}, {"custom-columns", "NAME", "HEAD:PATH"},
		{"custom-columns", "NAME:{.a}{.b}", "is no path"}, {"custom-columns-file", "A B\n.a", "heads"}, {"custom-columns-file", "A", "heads"},
	} {
		if _, err := NewTemplate(c.format, c.source, true); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s=%s: %v", c.format, c.source, err)
		}
	}
	for _, c := range []struct{ format, source string }{{"jsonpath", "{.none}"}, {"go-template", "{{.none}}"}, {"go-template", `{{base64decode "**"}}`}} {
		p, err := NewTemplate(c.format, c.source, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Print(&strings.Builder{}, parsed(t, `{"kind":"Secret","data":{"a":"hush"}}`), true, false, true); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s=%s: %v", c.format, c.source, err)
		}
	}
}

// TestTemplateOnATerminal: what steers a terminal is replaced, line feeds stay.
func TestTemplateOnATerminal(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"jsonpath", "custom-columns"} {
		source := map[string]string{"jsonpath": `{.a}{"\n"}`, "custom-columns": "A:.a"}[format]
		p, err := NewTemplate(format, source, true)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := p.Print(&b, parsed(t, `{"a":"x\u001b[31m"}`), true, true, true); err != nil || strings.Contains(b.String(), "\x1b") || !strings.HasSuffix(b.String(), "\n") {
			t.Errorf("%s: %q %v", format, b.String(), err)
		}
	}
}

// TestSortBy: numbers and quantities by size, texts by their bytes, what lacks the field first.
func TestSortBy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path string
		list []string
		want []int
	}{
		{".n", []string{`{"n":10}`, `{"n":9}`, `{}`, `{"n":-1}`}, []int{2, 3, 1, 0}},
		{"{.q}", []string{`{"q":"1Gi"}`, `{"q":"900Mi"}`, `{"q":"2k"}`}, []int{2, 1, 0}},
		{"t", []string{`{"t":"b"}`, `{"t":"a"}`, `{"t":"B"}`}, []int{2, 1, 0}},
		{".l[0].x", []string{`{"l":[{"x":1.5}]}`, `{"l":[{"x":0.5}]}`}, []int{1, 0}},
	} {
		if got, err := SortBy(c.path, parsed(t, c.list...)); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v %v, want %v", c.path, got, err, c.want)
		}
	}
	for path, list := range map[string][]string{".x": {`{"n":1}`}, "{.a}{.b}": {`{}`}, ".n": {`{"n":1}`, `{"n":"x"}`}, ".m": {`{"m":{}}`, `{"m":{}}`}} {
		if _, err := SortBy(path, parsed(t, list...)); err == nil {
			t.Errorf("%s: it has an order", path)
		}
	}
}
