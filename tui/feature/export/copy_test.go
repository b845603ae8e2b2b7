package export

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
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
