package health

import (
	"fmt"
	"slices"
	"testing"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestReadPlace reads the names and the Node objects of the control plane, and no other one.
func TestReadPlace(t *testing.T) {
	t.Parallel()
	s := tuitest.NewMemory(etcdsource.KindLive, "s")
	node := func(name, address, labels string) {
		s.Put("/registry/minions/"+name, fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Node","metadata":{"name":%q,"labels":{%s}},"status":{"addresses":[{"type":"InternalIP","address":%q},{"type":"Hostname","address":%q}]}}`, name, labels, address, name))
	}
	node("m1", "10.0.0.1", `"node-role.kubernetes.io/control-plane":""`)
	node("m2", "10.0.0.2", "")
	node("worker", "10.0.0.9", "")
	for _, key := range []string{"masterleases/10.0.0.1", "pods/kube-system/etcd-m1", "pods/kube-system/kube-apiserver-m1", "pods/kube-system/kube-apiserver-guard-m1", "pods/kube-system/etcd-manager-main-m2", "pods/kube-system/etcd-manager-events-m2"} {
		s.Put("/registry/"+key, []byte("{}"))
	}
	members := []etcdsource.Member{member(1), member(2, func(m *etcdsource.Member) { m.Name = "m2-0a1b2c3d" })}
	p, err := ReadPlace(t.Context(), s, decode.New(decode.Options{}), "/registry/", members, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(p.APIServers, []string{"10.0.0.1"}) || !slices.Equal(p.APINodes, []string{"m1"}) || !slices.Equal(p.EtcdNodes, []string{"m1", "m2"}) {
		t.Errorf("%+v", p)
	}
	if len(p.Nodes) != 2 || p.Nodes[0].Name != "m1" || !p.Nodes[0].Control || !slices.Equal(p.Nodes[0].Addresses, []string{"10.0.0.1", "m1"}) || p.Nodes[1].Control {
		t.Errorf("%+v", p.Nodes)
	}
	r := Judge(Input{Probe: etcdsource.Probe{Time: now, Members: members}, Place: p})
	if r.Topology.Kind != "stacked" || r.IfLost[0].APIServers != 0 || r.IfLost[1].APIServers != 1 {
		t.Errorf("%+v, %+v", r.Topology, r.IfLost)
	}
	p.APIServers = nil // those that are down renew nothing
	if r = Judge(Input{Probe: etcdsource.Probe{Time: now, Members: members}, Place: p}); r.Topology.Kind != "stacked" || r.IfLost[0].APIServers != 0 || r.IfLost[1].APIServers != 1 {
		t.Errorf("with the API servers down: %+v, %+v", r.Topology, r.IfLost)
	}
}

// TestReadLabels: where no mirror pod shows which nodes run a member, their labels do; the node of a former member is known to be gone.
func TestReadLabels(t *testing.T) {
	t.Parallel()
	s := tuitest.NewMemory(etcdsource.KindLive, "s")
	for name, labels := range map[string]string{"a": "", "s1": `"node-role.kubernetes.io/control-plane":"true","node-role.kubernetes.io/etcd":"true"`, "s2": `"node-role.kubernetes.io/control-plane":"true","node-role.kubernetes.io/etcd":"true"`} {
		s.Put("/registry/minions/"+name, fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Node","metadata":{"name":%q,"labels":{%s}},"status":{"addresses":[{"type":"Hostname","address":%q}]}}`, name, labels, name))
	}
	members := []etcdsource.Member{member(1, func(m *etcdsource.Member) { m.Name = "s1-0a1b2c3d" })}
	site := &etcdsource.Node{Before: []etcdsource.StoredMember{{Name: "s3-0a1b2c3d"}}}
	p, err := ReadPlace(t.Context(), s, decode.New(decode.Options{}), "/registry/", members, site)
	if err != nil || len(p.Nodes) != 2 || p.Nodes[0].Name != "s1" || p.Nodes[1].Name != "s2" || !p.Nodes[1].Etcd || !slices.Contains(p.Looked, "s3") {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err = ReadPlace(t.Context(), s, decode.New(decode.Options{}), "/registry/", append(members, member(2)), nil); err != nil || len(p.Nodes) != 1 {
		t.Errorf("of two members: %+v, %v", p, err)
	}
}

// TestKubeadm: kubeadm's configuration says how etcd runs, as stored in the cluster.
func TestKubeadm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, config string
		kind         string
		endpoints    []string
	}{
		{"local", "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nclusterName: a\netcd:\n  local:\n    dataDir: /var/lib/etcd\n    extraArgs:\n    - name: quota-backend-bytes\n      value: \"8589934592\"\n", "stacked", nil},
		{"local, with nothing in it", "etcd:\n  local: {}\n", "stacked", nil},
		{"external", "kind: ClusterConfiguration\netcd:\n  external:\n    caFile: /e/ca.crt\n    certFile: /e/c.crt\n    endpoints:\n    - https://10.9.0.1:2379\n    - https://10.9.0.2:2379\n    keyFile: /e/c.key\n", "external", []string{"https://10.9.0.1:2379", "https://10.9.0.2:2379"}},
		{"neither", "kind: ClusterConfiguration\netcd: {}\n", "", nil},
		{"empty", "", "", nil},
		{"no YAML", "\tetcd: [", "", nil},
		{"of other types", "etcd: yes\n", "", nil},
	} {
		s := tuitest.NewMemory(etcdsource.KindLive, "s")
		value := fmt.Appendf(nil, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"kubeadm-config","namespace":"kube-system"},"data":{"ClusterConfiguration":%q}}`, c.config)
		s.Put("/registry/configmaps/kube-system/kubeadm-config", value)
		p, err := ReadPlace(t.Context(), s, decode.New(decode.Options{}), "/registry/", nil, nil)
		if err != nil || p.Kubeadm.Kind != c.kind || !slices.Equal(p.Kubeadm.Endpoints, c.endpoints) {
			t.Errorf("%s: %+v, %v", c.name, p, err)
		}
	}
}
