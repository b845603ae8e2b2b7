package learn

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestRelease reads the version from what has it, and the nodes only where no API server is seen.
func TestRelease(t *testing.T) {
	t.Parallel()
	pod := func(name, image string) []byte {
		return fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"kube-system","name":%q},"spec":{"containers":[{"image":%q}]}}`, name, image)
	}
	node := []byte(`{"apiVersion":"v1","kind":"Node","metadata":{"name":"a"},"status":{"nodeInfo":{"kubeletVersion":"v1.33.1"}}}`)
	conf := []byte(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"namespace":"kube-system","name":"kubeadm-config"},"data":{"ClusterConfiguration":"kubernetesVersion: v1.32.0\n"}}`)
	const root = "/registry/"
	for name, c := range map[string]struct {
		objects map[string][]byte
		want    string
		nodes   bool // are read
	}{
		"nothing":    {nil, "", true},
		"nodes":      {map[string][]byte{"minions/a": node}, "v1.33.1", true},
		"API server": {map[string][]byte{"minions/a": node, "pods/kube-system/kube-apiserver-a": pod("kube-apiserver-a", "registry.k8s.io/kube-apiserver:v1.34.2")}, "v1.34.2", false},
		"an upgrade": {map[string][]byte{
			"pods/kube-system/kube-apiserver-a":     pod("kube-apiserver-a", "registry.k8s.io/kube-apiserver:v1.31.9"),
			"pods/kube-system/kube-apiserver-b":     pod("kube-apiserver-b", "registry.k8s.io/kube-apiserver:v1.31.8"),
			"configmaps/kube-system/kubeadm-config": conf,
		}, "v1.32.0", false},
		"configuration and nodes": {map[string][]byte{"minions/a": node, "configmaps/kube-system/kubeadm-config": conf}, "v1.33.1", true},
		"another image":           {map[string][]byte{"minions/a": node, "pods/kube-system/kube-apiserver-a": pod("kube-apiserver-a", "proxy:v9.0.0")}, "v1.33.1", true},
	} {
		s := &source{Memory: tuitest.NewMemory(etcdsource.KindLive, "s")}
		for k, v := range c.objects {
			s.Put(root+k, v)
		}
		k := from(t, s, Options{Prefix: root})
		s.asked, s.most = nil, 0
		got, err := k.Release(t.Context(), s, 0)
		nodes := slices.ContainsFunc(s.asked, func(a string) bool { return strings.Contains(a, "minions/") })
		if s.most > fewNodes {
			t.Errorf("%s: %d objects at once of a server that others use", name, s.most)
		}
		if err != nil || got != c.want || nodes != c.nodes {
			t.Errorf("%s: %q, %v, want %q; nodes are read: %t", name, got, err, c.want, nodes)
		}
	}
}
