package decode

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/crypt"
	"github.com/etcdscope/etcdscope/decode/text"
)

// value is one value as an etcd of a real cluster held it.
type value struct {
	Name     string `json:"name"`
	Key      string `json:"key"`
	Revision int64  `json:"revision"`
	Value    []byte `json:"value"`
}

// values reads testdata/stored.jsonl: values that API servers wrote, cut out of snapshots.
func values(t testing.TB) map[string]value {
	t.Helper()
	f, err := os.Open("testdata/stored.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string]value{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v value
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		out[v.Name] = v
	}
	if err := lines.Err(); err != nil || len(out) == 0 {
		t.Fatal(len(out), err)
	}
	return out
}

// stored returns one of them.
func stored(t testing.TB, name string) value {
	t.Helper()
	v, ok := values(t)[name]
	if !ok {
		t.Fatalf("no value %s in testdata", name)
	}
	return v
}

// open decodes it with Kubernetes' own kinds and no keys.
func (v value) open() *Object { return New(Options{}).Object([]byte(v.Key), v.Value, v.Revision) }

// keyring holds the throw-away keys of the encrypted values.
func keyring(t testing.TB) *crypt.Keyring {
	t.Helper()
	b, err := os.ReadFile("testdata/encryption.yaml")
	if err != nil {
		t.Fatal(err)
	}
	k, err := crypt.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// document is one view of an object.
type document struct {
	name string
	doc  *text.Doc
}

// documents are all documents of an object.
func documents(o *Object, v View) []document {
	return []document{{"yaml", o.YAML(v)}, {"json", o.Pretty(v)}, {"hex", o.Hex(v)}, {"fields", o.Fields(v)}}
}

// checkDoc reports what a document must not be: lines that are not safe, whose width is not what they say, spans and
// folds that do not fit.
func checkDoc(d *text.Doc) error {
	for i, l := range d.Lines {
		if out, w, ok := clean.Line(l.Text, 8); out != l.Text && ok || w != l.W {
			return fmt.Errorf("line %d is not safe, or not %d wide: %q", i, l.W, l.Text)
		}
		width := len(l.Text)
		if !ascii(l.Text) {
			for _, r := range l.Text {
				if clean.Bad(r) {
					return fmt.Errorf("line %d holds %U", i, r)
				}
			}
			width = ansi.StringWidth(l.Text)
		}
		if width != l.W {
			return fmt.Errorf("line %d says it is %d wide and is %d: %q", i, l.W, width, l.Text)
		}
		last := uint32(0)
		for _, s := range l.Spans {
			if s.End <= last || int(s.End) > len(l.Text) || int(s.Role) >= text.Roles {
				return fmt.Errorf("line %d: spans %v of %d bytes", i, l.Spans, len(l.Text))
			}
			last = s.End
		}
	}
	from := 0
	for _, f := range d.Folds {
		if f.From < from || f.To <= f.From+1 || f.To > len(d.Lines) {
			return fmt.Errorf("fold %v of %d lines, behind one from %d", f, len(d.Lines), from)
		}
		from = f.From
	}
	return nil
}

// ascii reports whether a text is printable ASCII, each letter of which takes a column.
func ascii(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// everything is all that an object says of itself, in one text.
func everything(d *Decoder, o *Object, v View) string {
	return all(d, o, v, documents(o, v), o.JSON(v))
}

// all is everything of an object whose documents and JSON are given.
func all(d *Decoder, o *Object, v View, docs []document, js []byte) string {
	var b strings.Builder
	for _, d := range docs {
		b.WriteString(PlainText(d.doc))
	}
	b.Write(js)
	b.Write(o.YAMLBytes(v))
	tree := o.Tree(v)
	tree2, notes := o.Apply(v, nil)
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode([]any{tree, tree2, notes, d.Diff(nil, o, v), d.Diff(o, nil, v), o.Problem, o.Encryption.String()})
	if raw, err := o.Raw(v); err == nil {
		b.Write(raw)
	}
	return b.String()
}

// lines returns a document's lines, at most n of them.
func lines(d *text.Doc, n int) string {
	s := PlainText(&text.Doc{Lines: d.Lines[:min(n, len(d.Lines))]})
	if more := len(d.Lines) - n; more > 0 {
		s += fmt.Sprintf("(%d more)\n", more)
	}
	return s
}

func mustJSON(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(b)
}
