package columns

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/etcdscope/etcdscope/decode/kinds"
)

// shop is a custom resource with something for each expression.
func shop(t *testing.T) (tree map[string]any) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(`{"spec":{"size":3,"ratio":0.5,"on":false,"name":"n","a.b/c":"dotted","nothing":null,"map":{"k":"v"},
		"ports":[{"name":"http","port":80,"open":true},{"name":"https","port":443},{"name":"admin","port":8443,"open":false}],"tags":["x","y","z"]},
		"status":{"conditions":[{"type":"Synced","status":"False"},{"type":"Ready","status":"True"}]}}`))
	dec.UseNumber()
	if err := dec.Decode(&tree); err != nil {
		t.Fatal(err)
	}
	return tree
}

// TestJSONPath: what kubectl's JSONPath finds, the first value as in the columns of a definition, and all of them as in
// custom columns.
func TestJSONPath(t *testing.T) {
	t.Parallel()
	tree := shop(t)
	for _, c := range []struct{ path, first, all string }{
		{".spec.size", "3", "3"},
		{"{.spec.size}", "3", "3"},
		{"spec.size", "3", "3"},
		{"$.spec.size", "3", "3"},
		{".spec.ratio", "0.5", "0.5"},
		{".spec.on", "false", "false"},
		{".spec.map", `{"k":"v"}`, `{"k":"v"}`},
		{".spec.nothing", "", ""},
		{".spec.none.at.all", "", ""},
		{`.spec.a\.b/c`, "dotted", "dotted"},
		{`.spec['a\.b/c']`, "dotted", "dotted"},
		{`.spec["name"]`, "n", "n"},
		{".spec.tags[0]", "x", "x"},
		{".spec.tags[9]", "", ""},
		{".spec.tags[*]", "x", "x,y,z"},
		{`.status.conditions[?(@.type=="Ready")].status`, "True", "True"},
		{`.status.conditions[?(@.type=='Ready')].status`, "True", "True"},
		// What the reader of its own did not know:
		{".spec.tags[-1]", "z", "z"},
		{".spec.tags[0:2]", "x", "x,y"},
		{".spec.tags[1:]", "y", "y,z"},
		{".spec.tags[0,2]", "x", "x,z"},
		{"..port", "80", "80,443,8443"},
		{".spec.ports[?(@.port>100)].name", "https", "https,admin"},
		{".spec.ports[?(@.port!=443)].name", "http", "http,admin"},
		{".spec.ports[?(@.port==80)].name", "http", "http"},
		{".spec.ports[?(@.open==true)].name", "http", "http"},
		{".spec.ports[?(@.open)].name", "http", "http,admin"},
		{".spec['size','ratio']", "3", "3,0.5"},
		{".spec.ports.*.name", "http", "http,https,admin"},
		// Expressions that are none, or that kubectl refuses too:
		{"", "", ""}, {".spec[", "", ""}, {"{.spec", "", ""}, {".spec.ports[?(@.name>1)].port", "", ""}, {".spec.name[0]", "", ""},
		{strings.Repeat(".", 20) + "port", "", ""}, {strings.Repeat(".x", 4000), "", ""},
		{".spec" + strings.Repeat("['map','map']", 20), "", ""},
	} {
		e := compile(c.path)
		if first, all := e.first(tree, "string"), e.all(tree); first != c.first || all != c.all {
			t.Errorf("%s: first %q, want %q; all %q, want %q", c.path, first, c.first, all, c.all)
		}
		if e.first(nil, "string") != "" || e.all(nil) != "" {
			t.Errorf("%s finds something in nothing", c.path)
		}
	}
}

// TestTypes: a value of another type than the column's leaves the cell of a definition's column empty.
func TestTypes(t *testing.T) {
	t.Parallel()
	tree := shop(t)
	for _, c := range []struct{ typ, path, want string }{
		{"integer", ".spec.size", "3"}, {"integer", ".spec.name", "<none>"}, {"number", ".spec.ratio", "0.5"}, {"number", ".spec.on", "<none>"},
		{"boolean", ".spec.on", "false"}, {"boolean", ".spec.size", "<none>"}, {"string", ".spec.size", "3"}, {"string", ".spec[", "<none>"},
	} {
		r := kinds.Resource{Custom: true, Versions: []kinds.Version{{Name: "v1", Columns: []kinds.Column{{Name: "C", Type: c.typ, Path: c.path}}}}}
		if got := Of(r, "x/v1", false)[0].Cell(tree).Text; got != c.want {
			t.Errorf("%s of type %s: %q, want %q", c.path, c.typ, got, c.want)
		}
	}
}

func TestField(t *testing.T) {
	t.Parallel()
	tree := shop(t)
	for path, want := range map[string]string{".spec.name": "n", ".spec.size": "3", ".spec.none": "", ".spec.tags.x": "", ".spec.name.x": "", ".none.at.all": ""} {
		if got := Field(tree, path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	if Field(nil, ".spec") != "" || len(items(tree, ".spec.ports")) != 3 || len(items(tree, ".spec.tags")) != 0 || len(items(nil, ".x")) != 0 {
		t.Error("fields of nothing")
	}
}

func TestHeadings(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{".spec.podIP": "PODIP", "{.spec.podIP}": "PODIP", ".spec.ports[*].name": "NAME", ".spec.tags[0]": "TAGS", `.metadata.labels['app']`: "APP",
		`.metadata.labels.a\.b`: "A.B", "..port": "PORT", `.status.conditions[?(@.type=="Ready")].status`: "STATUS", "[0]": "FIELD"} {
		if got := lastStep(path); got != want {
			t.Errorf("%s is headed %q, want %q", path, got, want)
		}
	}
}

// TestConcurrently: a column may be asked for by several at a time.
func TestConcurrently(t *testing.T) {
	t.Parallel()
	tree, e := shop(t), compile(".spec.ports[*].port")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if got := e.all(tree); got != "80,443,8443" {
					t.Errorf("%q", got)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestFieldWithDots: a name with dots is found as it is, and with a backslash before each; one without comes first.
func TestFieldWithDots(t *testing.T) {
	t.Parallel()
	tree := map[string]any{"data": map[string]any{"ca.crt": "x", "a": map[string]any{"b": "inner"}, "a.b": "outer", "n": json.Number("2"), "l": []any{"first", map[string]any{"x.y": "in"}, "last"}, "odd[0]": "name"},
		"metadata": map[string]any{"annotations": map[string]any{"example.com/a.b": "y"}, "name": "m"}}
	for path, want := range map[string]string{".data.ca.crt": "x", `data.ca\.crt`: "x", "data.a.b": "inner", "metadata.annotations.example.com/a.b": "y", ".metadata.name": "m",
		"data.l[0]": "first", "data.l[-1]": "last", "data.l[1].x.y": "in", "data.l[3]": "", "data.l[-4]": "", "data.l[]": "", "data.l[x]": "", "data.l[0": "", "data.a[0]": "", "data.odd[0]": "name", "l[0]": "",
		"data.n": "2", "data.ca": "", "data.ca.crt.x": "", "none.x": "", "": "", ".": "", "data..": ""} {
		if got := FieldWithDots(tree, path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
