package export

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/table"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// TestValuesAreWrittenBeside: a key press only begins to write the value that is copied or given to the pager; what is too
// large for a clipboard is refused then.
func TestValuesAreWrittenBeside(t *testing.T) {
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
	f := New(h, v)
	show := func(data string) {
		value := []byte(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"` + data + `"}}`)
		o := decode.New(decode.Options{}).Object([]byte("/registry/configmaps/d/a"), value, 2)
		v.Panes.Object.Show(o, etcdsource.Entry{Key: o.Key, Value: value, Mod: 2})
	}
	show("small")
	cmd, took := f.Act(keymap.CopyValue)
	if !took || cmd == nil || len(h.Copied)+len(h.Said) > 0 {
		t.Fatalf("the key press has copied %q, said %q", h.Copied, h.Said)
	}
	if !hosttest.Run(f, cmd) || len(h.Copied) != 1 || !strings.Contains(h.Copied[0], "k: small") {
		t.Errorf("copied %q", h.Copied)
	}
	show(strings.Repeat("x", 1<<20))
	if cmd, _ = f.Act(keymap.CopyValue); !hosttest.Run(f, cmd) || len(h.Copied) != 1 || !strings.Contains(h.Said[len(h.Said)-1], "too large") {
		t.Errorf("copied %d, said %q", len(h.Copied), h.Said)
	}
	if cmd, _ = f.Act(keymap.Outside); cmd == nil {
		t.Fatal("nothing is drawn up for the pager")
	}
	m, ok := cmd().(drawnMsg)
	if !ok {
		t.Fatalf("for the pager: %T", m)
	}
	pager, remove, err := m.cmd.Make()
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	path := pager.Args[len(pager.Args)-1]
	if b, err := os.ReadFile(path); err != nil || !strings.Contains(string(b), "kind: ConfigMap") || filepath.Base(path) != "value.yaml" {
		t.Errorf("for the pager: %s, %q, %v", path, b, err)
	}
}

// TestCopyRow: in a table Y copies the value of the row, which is not on the screen, masked as it would be there; of a folder there is none.
func TestCopyRow(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindFile, "file")
	src.Put("/registry/configmaps/d/a", []byte(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"d"},"data":{"k":"of the row"}}`))
	src.Put("/registry/secrets/d/s", []byte(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"d"},"data":{"k":"aHVzaA=="}}`))
	h, v := hosttest.View(t, src)
	f := New(h, v)
	h.Focused, h.Scoped = layout.Object, keymap.Folder
	for path, want := range map[string]string{"/registry/configmaps/d/a": "k: of the row", "/registry/secrets/d/s": "***", "/registry/configmaps/d/gone": "", "/registry/configmaps/d/": ""} {
		h.Copied, h.Said = nil, nil
		v.Panes.Table.Select(path+"#", "rows")
		v.Panes.Table.Set(table.Page{Heads: []string{"NAME"}, Rows: []table.Row{{Path: path, Cells: []string{"x"}}}})
		cmd, _ := f.Act(keymap.CopyValue)
		hosttest.Run(f, cmd)
		switch {
		case want == "" && (len(h.Copied) > 0 || len(h.Said) != 1 || !strings.Contains(h.Said[0], "cannot be read: the key does not exist") && !strings.Contains(h.Said[0], "nothing of that kind")):
			t.Errorf("%s: copied %q, said %q", path, h.Copied, h.Said)
		case want != "" && (len(h.Copied) != 1 || !strings.Contains(h.Copied[0], want) || strings.Contains(h.Copied[0], "aHVz")):
			t.Errorf("%s: copied %q, said %q", path, h.Copied, h.Said)
		}
	}
}
