package tui

import (
	"fmt"
	"testing"

	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestTenWrites goes ten writes back and forward: of one key, and of the whole store.
func TestTenWrites(t *testing.T) {
	src := shop() // up to revision 7
	for i := range 25 {
		src.Put("/registry/configmaps/shop/often", stored("ConfigMap", "often", fmt.Sprintf("value-%02d", i)))
	}
	m := program(t, map[string]*tuitest.Memory{"": src})
	d := drive(t, m, 160, 40)
	listed(d)
	d.Press(":")
	d.Type("key /registry/configmaps/shop/often")
	d.Press("enter")
	d.Settle("history", func() bool { return m.view().Panes.History.Known() })
	d.Press("2 {")
	d.See("field: value-14")
	d.Press("{ {") // there are only four before
	d.See("field: value-00")
	d.Press("}")
	d.See("field: value-10")
	d.Press("esc esc 1 {")
	d.See("AS OF rev 22")
	d.Press("}")
	d.See("● LIVE")
}
