package kubeapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestVersion: /version is that of the Kubernetes which wrote what is stored, at the revision that is asked for.
func TestVersion(t *testing.T) {
	t.Parallel()
	node := func(name, version string) sourcetest.Op {
		return sourcetest.Put("/registry/minions/"+name, fmt.Sprintf(`{"apiVersion":"v1","kind":"Node","metadata":{"name":%q},"status":{"nodeInfo":{"kubeletVersion":%q}}}`, name, version))
	}
	server := func(image string) sourcetest.Op {
		return sourcetest.Put("/registry/pods/kube-system/kube-apiserver-a", fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"kube-apiserver-a","namespace":"kube-system"},"spec":{"containers":[{"name":"x","image":"other:v9.9.9"},{"name":"kube-apiserver","image":%q}]}}`, image))
	}
	a := api(t, []sourcetest.Op{
		sourcetest.Put("/registry/namespaces/demo", `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"demo"}}`), // 2
		node("a", "v1.33.5+k3s1"),                                            // 3
		node("b", "v1.9.1"),                                                  // 4
		node("b", "v1.36.3\x1b[2J"+strings.Repeat("x", 100)),                 // 5
		server("registry.example.com:5000/kube-apiserver:v1.35.1@sha256:00"), // 6
		server("registry.k8s.io/kube-apiserver-amd64:v1.36.0"),               // 7
		sourcetest.Delete("/registry/pods/kube-system/kube-apiserver-a"),     // 8
		sourcetest.Put("/registry/configmaps/kube-system/kubeadm-config", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"kubeadm-config","namespace":"kube-system"},"data":{"ClusterConfiguration":"kind: ClusterConfiguration\nkubernetesVersion: v1.34.2\n"}}`), // 9
	}, 0)
	for rev, want := range map[int]string{2: unknownRelease + " 1.37", 3: "v1.33.5+k3s1 1.33", 4: "v1.33.5+k3s1 1.33", 5: "v1.33.5+k3s1 1.33", 6: "v1.35.1 1.35", 7: "v1.36.0 1.36", 8: "v1.33.5+k3s1 1.33", 9: "v1.34.2 1.34"} {
		for range 2 {
			code, body := ask(t, a, fmt.Sprintf("/at/%d/version", rev), "")
			var got struct{ GitVersion, Major, Minor, Platform string }
			if err := json.Unmarshal([]byte(body), &got); err != nil || code != 200 || got.GitVersion+" "+got.Major+"."+got.Minor != want || got.Platform != "etcdscope/stored" {
				t.Errorf("at %d: %d %s, want %s", rev, code, body, want)
			}
		}
	}
	if _, body := ask(t, a, "/version", ""); !strings.Contains(body, `"gitVersion":"v1.34.2"`) {
		t.Errorf("now: %s", body)
	}
}
