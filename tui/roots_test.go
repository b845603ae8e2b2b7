package tui

import (
	"context"
	"fmt"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// putCluster writes a cluster below a root.
func putCluster(src *tuitest.Memory, root string, maps int) {
	src.Put(root+"namespaces/kube-system", []byte(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"kube-system"}}`))
	src.Put(root+"minions/n1", []byte(`{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1"}}`))
	for i := range maps {
		src.Put(fmt.Sprintf("%sconfigmaps/default/c%d", root, i), stored("ConfigMap", fmt.Sprintf("c%d", i), "x"))
	}
}

// opensRoots opens the source in each tab, at the root that its target names.
func opensRoots(t *testing.T, src *tuitest.Memory) *tuitest.Driver {
	t.Helper()
	m := program(t, nil)
	m.deps.Open = func(ctx context.Context, target host.Target, _ host.Progress) (*learn.Opened, error) {
		known, err := learn.From(ctx, src, learn.Options{Custom: true, Prefix: target.Prefix})
		return &learn.Opened{Known: known, Source: src}, err
	}
	return drive(t, m, 140, 40)
}

// TestRoots: the header names the root that is shown and how many there are, and another one opens in a tab of its own.
func TestRoots(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindFile, "two.db")
	putCluster(src, "/k8s/prod-eu/", 5)
	putCluster(src, "/k8s/prod-us/", 1)
	d := opensRoots(t, src)
	d.See("/k8s/prod-eu/, 1 of 2 roots")
	d.See("g k opens another: /k8s/prod-us/")
	d.Press("g k")
	d.See("open it in a tab of its own")
	d.Press("enter")
	d.See("2/2")
	d.See("/k8s/prod-us/")
	d.Press("g k")
	d.See("/k8s/prod-eu/")
	d.Press("esc")
}

// TestOneRoot: where there is one root, or none, that is the answer.
func TestOneRoot(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindFile, "two.db")
	putCluster(src, "/registry/", 1)
	d := opensRoots(t, src)
	listed(d)
	d.Command("roots")
	d.See("There is no Kubernetes root beside /registry/.")

	src = tuitest.NewMemory(etcdsource.KindFile, "two.db")
	src.Put("/app/settings", []byte("on"))
	d = opensRoots(t, src)
	d.See("No Kubernetes root found")
	d.Gone("/registry") // no title names what is not there
	d.Press("g k")
	d.See("No Kubernetes root found: the keys are shown as they are.")
}

// TestRootFoundLater: of a running cluster the usual root is shown at once, and what is found beside it is named, not shown.
func TestRootFoundLater(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindLive, "prod")
	putCluster(src, "/k8s/prod-eu/", 9)
	putCluster(src, "/registry/", 1)
	m := program(t, nil)
	m.deps.Open = func(ctx context.Context, target host.Target, _ host.Progress) (*learn.Opened, error) {
		known, err := learn.From(ctx, src, learn.Options{Custom: true, Lenient: true, Prefix: target.Prefix})
		return &learn.Opened{Known: known, Source: src}, err
	}
	d := drive(t, m, 160, 40)
	d.See("Another Kubernetes root was found: g k opens /k8s/prod-eu/.")
	d.See("/registry/, 1 of 2 roots")
	d.See("/registry ─")
	d.Press("g k")
	d.See("open it in a tab of its own")
}
