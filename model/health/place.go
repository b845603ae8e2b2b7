package health

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// Place is what the store says of the nodes of the control plane.
type Place struct {
	APIServers []string // addresses of API servers that have renewed their lease
	APINodes   []string // nodes that have a mirror pod of an API server
	EtcdNodes  []string // nodes that have a mirror pod of etcd
	Nodes      []Node   // the Node objects of these, and those that members are named after
	Kubeadm    Kubeadm
	Looked     []string // names of nodes whose Node objects were looked for
}

// Kubeadm is where kubeadm's configuration of the cluster has etcd.
type Kubeadm struct {
	Kind      string   // stacked (etcd.local), external (etcd.external), "" where it does not say
	Endpoints []string // those of an external one
}

// Node is what a Node object says of itself.
type Node struct {
	Name      string
	Addresses []string
	Control   bool // it has the label of the control plane
	Etcd      bool // it has the label of k3s and RKE2 for nodes that run a member
}

const (
	maxPlace = 100 // keys of each kind that are read
	maxNodes = 32  // Node objects that are read
)

// places are where the names of the control plane's nodes are found below a Kubernetes root.
var places = []struct {
	prefix, name string
	into         func(p *Place) *[]string
}{
	{"masterleases/", "", func(p *Place) *[]string { return &p.APIServers }},
	{"pods/kube-system/", "kube-apiserver-", func(p *Place) *[]string { return &p.APINodes }},
	{"pods/openshift-kube-apiserver/", "kube-apiserver-", func(p *Place) *[]string { return &p.APINodes }},
	{"pods/kube-system/", "etcd-", func(p *Place) *[]string { return &p.EtcdNodes }},
	{"pods/openshift-etcd/", "etcd-", func(p *Place) *[]string { return &p.EtcdNodes }},
}

// ReadPlace reads the names of a few keys below a Kubernetes root, and the Node objects of the control plane, from one
// member and without the quorum. site is what this node's files say of former members; nil where they were not read.
func ReadPlace(ctx context.Context, src etcdsource.Source, d *decode.Decoder, root string, members []etcdsource.Member, site *etcdsource.Node) (*Place, error) {
	p, at := &Place{}, etcdsource.At{Serializable: true}
	for _, look := range places {
		span := etcdsource.Prefix(root + look.prefix + look.name)
		span.Limit = maxPlace
		page, err := src.Range(ctx, span, at)
		if err != nil {
			if err = etcdsource.Seen(err); err != nil {
				return nil, fmt.Errorf("read the nodes of the control plane: %w", err)
			}
			continue
		}
		at.Revision = page.Revision // else each asks for the revision first
		into := look.into(p)
		for i := range page.Entries {
			name := strings.TrimPrefix(string(page.Entries[i].Key), root+look.prefix+look.name)
			if strings.HasPrefix(name, "guard-") || strings.HasPrefix(name, "manager-events-") {
				continue // of OpenShift and of kOps: they run no member of this etcd
			}
			*into = append(*into, strings.TrimPrefix(name, "manager-main-"))
		}
	}
	if err := p.readKubeadm(ctx, src, d, root); err != nil {
		return p, err
	}
	names := slices.Concat(p.APINodes, p.EtcdNodes)
	if site != nil {
		for i := range site.Before {
			names = append(names, node(site.Before[i].Name))
		}
	}
	for i := range members {
		names = append(names, members[i].Name, node(members[i].Name))
	}
	if err := p.readNodes(ctx, src, d, root, names); err != nil || len(members) != 1 || len(p.APINodes)+len(p.EtcdNodes) > 0 {
		return p, err
	}
	return p, p.readLabels(ctx, src, d, root)
}

// kubeadmConfig is the ConfigMap in which kubeadm keeps the configuration of the cluster.
const kubeadmConfig = "kube-system/kubeadm-config"

// readKubeadm reads the configuration that kubeadm has left in the store.
func (p *Place) readKubeadm(ctx context.Context, src etcdsource.Source, d *decode.Decoder, root string) error {
	o, err := object(ctx, src, d, root+"configmaps/"+kubeadmConfig)
	if err != nil || o == nil {
		return err
	}
	p.Kubeadm = kubeadm(o.Text("data", "ClusterConfiguration"))
	return nil
}

// kubeadm reads kubeadm's ClusterConfiguration, which is YAML. One of the two ways to have etcd is set, also where it is empty.
func kubeadm(config string) Kubeadm {
	var c struct {
		Etcd struct {
			Local    *struct{} `json:"local"`
			External *struct {
				Endpoints []string `json:"endpoints"`
			} `json:"external"`
		} `json:"etcd"`
	}
	if err := yaml.Unmarshal([]byte(config), &c); err != nil {
		return Kubeadm{}
	}
	switch {
	case c.Etcd.External != nil:
		return Kubeadm{"external", c.Etcd.External.Endpoints}
	case c.Etcd.Local != nil:
		return Kubeadm{Kind: "stacked"}
	}
	return Kubeadm{}
}

// object reads an object at its newest revision; nil where there is none.
func object(ctx context.Context, src etcdsource.Source, d *decode.Decoder, key string) (*decode.Object, error) {
	span := etcdsource.Key([]byte(key))
	span.Values = true
	page, err := src.Range(ctx, span, etcdsource.At{Serializable: true})
	if err = etcdsource.Seen(err); err != nil {
		return nil, fmt.Errorf("read the nodes of the control plane: %w", err)
	}
	for i := range page.Entries {
		e := &page.Entries[i]
		return d.Object(e.Key, e.Value, e.Mod), nil
	}
	return nil, nil
}

// readNodes reads the Node objects that tell where API servers and members run.
func (p *Place) readNodes(ctx context.Context, src etcdsource.Source, d *decode.Decoder, root string, names []string) error {
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), func(s string) bool { return s == "" || strings.Contains(s, "/") })
	p.Looked = names[:min(len(names), maxNodes)]
	for _, name := range p.Looked {
		o, err := object(ctx, src, d, root+"minions/"+name)
		if err != nil {
			return err
		}
		if o != nil {
			p.Nodes = append(p.Nodes, nodeOf(name, o))
		}
	}
	return nil
}

// readLabels reads the first Node objects where no pod shows which nodes run a member, as with k3s, whose servers run etcd themselves.
func (p *Place) readLabels(ctx context.Context, src etcdsource.Source, d *decode.Decoder, root string) error {
	span := etcdsource.Prefix(root + "minions/")
	span.Limit, span.Values = maxNodes, true
	page, err := src.Range(ctx, span, etcdsource.At{Serializable: true})
	if err = etcdsource.Seen(err); err != nil {
		return fmt.Errorf("read the nodes of the control plane: %w", err)
	}
	for i := range page.Entries {
		e := &page.Entries[i]
		name := strings.TrimPrefix(string(e.Key), root+"minions/")
		if n := nodeOf(name, d.Object(e.Key, e.Value, e.Mod)); n.Etcd && !slices.Contains(p.Looked, name) {
			p.Nodes, p.Looked = append(p.Nodes, n), append(p.Looked, name)
		}
	}
	return nil
}

// controlLabels are those of nodes that run API servers.
var controlLabels = []string{"node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"}

func nodeOf(name string, o *decode.Object) Node {
	n := Node{Name: name}
	list, _ := o.Field("status", "addresses").([]any)
	for _, e := range list {
		m, _ := e.(map[string]any)
		if a, _ := m["address"].(string); a != "" {
			n.Addresses = append(n.Addresses, a)
		}
	}
	n.Control = slices.ContainsFunc(controlLabels, func(l string) bool { return o.Field("metadata", "labels", l) != nil })
	n.Etcd = o.Field("metadata", "labels", "node-role.kubernetes.io/etcd") != nil
	return n
}
