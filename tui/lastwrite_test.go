package tui

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestFilterByLastWrite: among keys the words of a filter ask for the last write of each.
func TestFilterByLastWrite(t *testing.T) {
	for _, kind := range []etcdsource.Kind{etcdsource.KindFile, etcdsource.KindLive} {
		src := tuitest.NewMemory(kind, "backup.db")
		src.Put("/registry/configmaps/shop/first", stored("ConfigMap", "first", "x"))
		src.Put("/registry/configmaps/shop/second", stored("ConfigMap", "second", "x"))
		src.Put("/registry/configmaps/shop/second", stored("ConfigMap", "second", "y"))
		src.Put("/registry/configmaps/shop/third", stored("ConfigMap", "third", "x"))
		src.Put("/registry/configmaps/shop/third", nil)
		src.Put("/registry/pods/shop/web", pod("web", "Running"))
		d := openedWith(t, src, 160, 40)
		for _, c := range []struct {
			text      string
			in, notIn string
		}{
			{"type:created", "configmaps/shop/first", "configmaps/shop/second"},
			{"type:updated", "configmaps/shop/second", "configmaps/shop/first"},
			{"!type:updated kind:cm", "configmaps/shop/first", "configmaps/shop/second"},
			{"type:created kind:cm", "configmaps/shop/first", "pods/shop/web"},
			{"field:.data.field=y", "configmaps/shop/second", "configmaps/shop/first"},
			{"field:.status.phase", "pods/shop/web", "configmaps/shop/first"},
			{"since:4 second", "configmaps/shop/second", "configmaps/shop/first"},
			{"until:3", "configmaps/shop/first", "configmaps/shop/second"},
		} {
			d.Press("1")
			d.Fill("/", c.text)
			d.Gone("pending")
			list := func() string {
				var out []string
				for _, l := range strings.Split(d.Text(), "\n") {
					if name, _, ok := strings.Cut(l, "│"); ok {
						out = append(out, name)
					}
				}
				keys, _, _ := strings.Cut(strings.Join(out, "\n"), "/registry/")
				return keys
			}
			d.Settle(c.text, func() bool { return strings.Contains(list(), c.in) && !strings.Contains(list(), c.notIn) })
			d.Press("esc")
		}
	}
}
