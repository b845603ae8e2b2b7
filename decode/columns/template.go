package columns

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"
	"text/tabwriter"
	texttemplate "text/template"

	"k8s.io/client-go/util/jsonpath"

	"github.com/etcdscope/etcdscope/decode/clean"
)

// Template prints objects as kubectl's -o jsonpath, -o go-template and -o custom-columns do. It sees what it is given: a tree
// in which Secrets are masked stays masked.
type Template struct {
	path    *jsonpath.JSONPath
	text    *texttemplate.Template
	heads   []string
	columns []*jsonpath.JSONPath
}

// TemplateFormats are the names before the "=" of a template.
var TemplateFormats = []string{"jsonpath", "jsonpath-file", "jsonpath-as-json", "go-template", "go-template-file", "custom-columns", "custom-columns-file"}

// NewTemplate reads one. A format that ends in -file expects the content of that file. lenient is what kubectl calls
// --allow-missing-template-keys: a field that is not there prints nothing, or <no value>.
func NewTemplate(format, source string, lenient bool) (*Template, error) {
	switch format {
	case "jsonpath", "jsonpath-file", "jsonpath-as-json":
		p := jsonpath.New("out").AllowMissingKeys(lenient)
		p.EnableJSONOutput(format == "jsonpath-as-json")
		return &Template{path: p}, p.Parse(source)
	case "go-template", "go-template-file":
		missing := "missingkey=error"
		if lenient {
			missing = "missingkey=default"
		}
		t, err := texttemplate.New("output").Option(missing).Funcs(texttemplate.FuncMap{"base64decode": base64decode}).Parse(source)
		return &Template{text: t}, err
	case "custom-columns":
		return fromSpec(source)
	case "custom-columns-file":
		return fromFile(source)
	}
	return nil, fmt.Errorf("%s is no template", format)
}

// base64decode decodes data of a Secret; what is masked stays so.
func base64decode(s string) (string, error) {
	if s == masked {
		return s, nil
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return "", errors.New("base64decode was given what is no base64")
	}
	return string(b), nil
}

// masked is decode.Mask, which is in the place of a Secret's value that is not shown.
const masked = "***"

// fromSpec reads NAME:.metadata.name,IMAGE:.spec.image.
func fromSpec(spec string) (*Template, error) {
	t := &Template{}
	for _, part := range strings.Split(spec, ",") {
		head, path, ok := strings.Cut(part, ":")
		if !ok {
			return nil, fmt.Errorf("%q is no column; write HEAD:PATH", part)
		}
		if err := t.column(head, path); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// fromFile reads a line of heads and a line of paths, separated by blanks.
func fromFile(content string) (*Template, error) {
	lines := bufio.NewScanner(strings.NewReader(content))
	var rows [][]string
	for len(rows) < 2 && lines.Scan() {
		rows = append(rows, strings.Fields(lines.Text()))
	}
	if len(rows) < 2 || len(rows[0]) != len(rows[1]) {
		return nil, errors.New("it is no line of heads above a line of as many paths")
	}
	t := &Template{}
	for i, head := range rows[0] {
		if err := t.column(head, rows[1][i]); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *Template) column(head, path string) error {
	p, err := relaxed(path)
	if err != nil {
		return err
	}
	t.heads, t.columns = append(t.heads, head), append(t.columns, p)
	return nil
}

var relaxedPath = regexp.MustCompile(`^\{\.?([^{}]+)\}$|^\.?([^{}]+)$`)

// relaxed parses a path with or without braces and the dot, as kubectl reads it in --sort-by and custom columns.
func relaxed(path string) (*jsonpath.JSONPath, error) {
	m := relaxedPath.FindStringSubmatch(path)
	if m == nil {
		return nil, fmt.Errorf("%q is no path; write .metadata.name", path)
	}
	p := jsonpath.New("path").AllowMissingKeys(true)
	if err := p.Parse("{." + m[1] + m[2] + "}"); err != nil {
		return nil, fmt.Errorf("%q is no path: %w", path, err)
	}
	return p, nil
}

// Print writes objects. one says that a single object was named: a template is then given that, else a List. safe replaces
// what steers a terminal. heads writes the heads of columns.
func (t *Template) Print(w io.Writer, objects []map[string]any, one, safe, heads bool) (err error) {
	defer func() {
		if r := recover(); r != nil { // neither the template nor the object is ours
			err = fmt.Errorf("the template cannot be applied: %v", r)
		}
	}()
	for i := range objects {
		objects[i], _ = withNumbers(objects[i]).(map[string]any)
	}
	if t.columns != nil {
		return t.table(w, objects, heads)
	}
	var data any = listOf(objects)
	if one && len(objects) == 1 {
		data = objects[0]
	}
	var b bytes.Buffer
	if t.path != nil {
		err = t.path.Execute(&b, data)
	} else {
		err = t.text.Execute(&b, data)
	}
	if err != nil {
		return err
	}
	out := b.Bytes()
	if safe {
		out = []byte(safeLines(b.String()))
	}
	_, err = w.Write(out)
	return err
}

// safeLines replaces what steers a terminal, and keeps the lines.
func safeLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i], _, _ = clean.Line(lines[i], 8)
	}
	return strings.Join(lines, "\n")
}

// listOf is what kubectl makes of several objects.
func listOf(objects []map[string]any) map[string]any {
	items := make([]any, len(objects))
	for i := range objects {
		items[i] = objects[i]
	}
	return map[string]any{"apiVersion": "v1", "kind": "List", "metadata": map[string]any{"resourceVersion": ""}, "items": items}
}

func (t *Template) table(w io.Writer, objects []map[string]any, heads bool) error {
	tab := tabwriter.NewWriter(w, 6, 4, 3, ' ', 0)
	if heads {
		fmt.Fprintln(tab, safeCells(t.heads))
	}
	cells := make([]string, len(t.columns))
	for _, o := range objects {
		for i, p := range t.columns {
			results, err := p.FindResults(o)
			if err != nil {
				return err
			}
			cells[i] = cell(results)
		}
		fmt.Fprintln(tab, safeCells(cells))
	}
	return tab.Flush()
}

// cell joins what a path has found.
func cell(results [][]reflect.Value) string {
	if len(results) == 0 || len(results[0]) == 0 {
		return "<none>"
	}
	var out []string
	for _, list := range results {
		for _, v := range list {
			out = append(out, fmt.Sprint(v.Interface()))
		}
	}
	return strings.Join(out, ",")
}

func safeCells(cells []string) string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i], _, _ = clean.Line(c, 1)
	}
	return strings.Join(out, "\t")
}
