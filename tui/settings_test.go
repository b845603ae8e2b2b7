package tui

import (
	"testing"

	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestColumnsOfTheSettings shows the columns that were chosen, of a type of Kubernetes and of a custom one.
func TestColumnsOfTheSettings(t *testing.T) {
	m := program(t, map[string]*tuitest.Memory{"": withPods()})
	m.opts.Columns = map[string][]string{"po": {"status", "IMG=.spec.containers[*].name"}, "widgets.example.com": {".metadata.namespace", "Size"}}
	d := drive(t, m, 160, 40)
	d.See("▸ pods")
	d.Command("pods")
	d.See("NAMESPACE  NAME   STATUS   IMG  AGE")
	if got := d.Row("web-2"); got[:len("web-2 Pending a")] != "web-2 Pending a" {
		t.Errorf("the row is %q", got)
	}
	d.Command("widgets")
	d.See("NAMESPACE  NAME  NAMESPACE  SIZE")
	d.See("shop       42")
	d.Command("secrets") // kubectl's
	d.See("NAME  TYPE    DATA")
}

// TestClustersOfTheSettings opens one from the palette.
func TestClustersOfTheSettings(t *testing.T) {
	m := program(t, map[string]*tuitest.Memory{"": withPods(), "prod-eu": shop(), "prod-us": relatives()})
	m.opts.Clusters = []string{"prod-eu", "prod-us"}
	d := drive(t, m, 160, 40)
	d.See("▸ pods")
	d.Press(":")
	d.Type("cluster")
	d.See("cluster prod-us")
	d.Type(" prod-u")
	d.Press("enter")
	d.See("2/2")
	d.See("▸ replicasets")
	d.Command("prod-e")
	d.See("3/3")
	d.Command("cluster nowhere")
	d.See("There is no cluster nowhere; there are prod-eu, prod-us.")
}
