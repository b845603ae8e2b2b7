package verify

import (
	"slices"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestDrops: a type that has lost more than half of its objects is named, the largest loss first.
func TestDrops(t *testing.T) {
	before := Counts{"pods": 100, "configmaps": 10, "secrets": 6, "namespaces": 3, "events": 500, "nodes": 8}
	now := Counts{"pods": 60, "configmaps": 2, "nodes": 4, "secrets": 0}
	if got, want := now.Drops(before), []Drop{{"configmaps", 10, 2}, {"secrets", 6, 0}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestCluster: a cluster is known by its kube-system, wherever its root is, and a store without one by nothing.
func TestCluster(t *testing.T) {
	t.Parallel()
	system := []byte(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"kube-system","uid":"uid-1"}}`)
	for key, want := range map[string]string{"/registry/namespaces/kube-system": "uid-1", "/k8s/prod/namespaces/kube-system": "uid-1", "/registry/namespaces/demo": "", "x": ""} {
		src := tuitest.NewMemory(etcdsource.KindFile, "s")
		src.Put(key, system)
		known, err := learn.From(t.Context(), src, learn.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Cluster(t.Context(), &learn.Opened{Known: known, Source: src}); got != want || err != nil {
			t.Errorf("%s: %q, %v", key, got, err)
		}
	}
}
