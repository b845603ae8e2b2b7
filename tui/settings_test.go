package tui

import (
	"testing"

	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestColumnsOfTheSettings shows the columns that were chosen, of a type of Kubernetes and of a custom one.
func TestColumnsOfTheSettings(t *testing.T) {
	m := program(t, map[string]*tuitest.Memory{"": withPods()})
	m.opts.Columns = map[string][]string{"po": {"status", "IMG=.spec.containers[*].name"}, "widgets.example.com": {".metadata.namespace", "Size"}}
	d := &probe{drive(t, m, 160, 40)}
	d.See("▸ pods")
	d.command("pods")
	d.See("NAMESPACE  NAME   STATUS   IMG  AGE")
	if got := d.row("web-2"); got[:len("web-2 Pending a")] != "web-2 Pending a" {
		t.Errorf("the row is %q", got)
	}
	d.command("widgets")
	d.See("NAMESPACE  NAME  NAMESPACE  SIZE")
	d.See("shop       42")
	d.command("secrets") // kubectl's
	d.See("NAME  TYPE  DATA")
}

// TestClustersOfTheSettings opens one from the palette.
func TestClustersOfTheSettings(t *testing.T) {
	m := program(t, map[string]*tuitest.Memory{"": withPods(), "prod-eu": shop(), "prod-us": family()})
	m.opts.Clusters = []string{"prod-eu", "prod-us"}
	d := &probe{drive(t, m, 160, 40)}
	d.See("▸ pods")
	d.Press(":")
	d.Type("cluster")
	d.See("cluster prod-us")
	d.Type(" prod-u")
	d.Press("enter")
	d.See("2/2")
	d.See("▸ replicasets")
	d.Press(":")
	d.Type("prod-e")
	d.Press("enter")
	d.See("3/3")
	d.command("cluster nowhere")
	d.See("There is no cluster nowhere; there are prod-eu, prod-us.")
}
