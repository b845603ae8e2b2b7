package export

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// TestLines: the first line that can be copied shows what is on the screen, from the same source at the same revision;
// kubectl's and etcdctl's are there only where they show the same.
func TestLines(t *testing.T) {
	t.Parallel()
	const key = "/registry/configmaps/d/it's"
	for _, c := range []struct {
		what string
		kind etcdsource.Kind
		at   int64
		form int // times that x was pressed
		want [3]string
	}{
		{"a file", etcdsource.KindFile, 0, 0, [3]string{"etcdscope get '/registry/configmaps/d/it'\\''s' -o yaml '--from=/a b/x.db'", "", ""}},
		{"a file in the past, as JSON", etcdsource.KindFile, 3, 1, [3]string{"etcdscope get '/registry/configmaps/d/it'\\''s' -o json --rev=3 '--from=/a b/x.db'", "", ""}},
		{"a cluster", etcdsource.KindLive, 0, 0, [3]string{"etcdscope get '/registry/configmaps/d/it'\\''s' -o yaml --rev=9 '--from=/a b/x.db'", "kubectl get ", "etcdctl get -- "}},
		{"a cluster in the past", etcdsource.KindLive, 3, 0, [3]string{"etcdscope get '/registry/configmaps/d/it'\\''s' -o yaml --rev=3 '--from=/a b/x.db'", "", "etcdctl get --rev=3 -- "}},
	} {
		h, v := hosttest.View(t, tuitest.NewMemory(c.kind, "it"))
		h.Choices.Source = func(string, string) []string { return []string{"--from=/a b/x.db"} }
		v.State.At, v.State.Head = c.at, 9
		f := New(h, v).(*Feature)
		value := []byte(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}`)
		o := decode.New(decode.Options{}).Object([]byte(key), value, 2)
		v.Panes.Object.Show(o, etcdsource.Entry{Key: o.Key, Value: value, Mod: 2})
		for range c.form {
			v.Panes.Object.Do(keymap.Format)
		}
		line := copier{f}.command(key)
		words := strings.Fields(c.want[0])
		for _, w := range words {
			if !strings.Contains(line, w) {
				t.Errorf("%s: %q lacks %q", c.what, line, w)
			}
		}
		for i, got := range []string{copier{f}.kubectl(key), copier{f}.etcdctl(key)} {
			if want := c.want[i+1]; (want == "") != (got == "") || !strings.HasPrefix(got, want) {
				t.Errorf("%s: %q, want %q", c.what, got, want)
			}
		}
	}
}
