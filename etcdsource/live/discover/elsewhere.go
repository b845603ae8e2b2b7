package discover

import "strings"

// away is a sign that the etcd of this node's cluster runs elsewhere, or that its files cannot be had here.
type away struct {
	name  string
	marks []string
	why   string
}

// aways are looked for where no etcd was found. The last one fits every worker node.
var aways = []away{
	{"gardener", []string{"/var/lib/gardener-node-agent", "/var/lib/cloud-config-downloader"},
		"the etcd of a Gardener shoot runs in its seed cluster: there, forward a port (kubectl -n shoot--PROJECT--NAME port-forward svc/etcd-main-client 2379), take CA and client certificate from the Secrets ca-etcd-… and etcd-client-… of that namespace, and give them with --endpoints, --cacert, --cert and --key; the etcd for Events is etcd-events"},
	{"hypershift", []string{"/etc/kubernetes/apiserver-proxy-config", "/etc/kubernetes/manifests/kube-apiserver-proxy.yaml"},
		"the etcd of a hosted cluster (HyperShift) runs in its management cluster: there, forward a port (oc -n clusters-NAME port-forward svc/etcd-client 2379), take the certificates from Secret etcd-client-tls and ConfigMap etcd-ca of that namespace, and give them with --endpoints, --cacert, --cert and --key"},
	{"talos", []string{"/system/state", "/usr/bin/machined"},
		"Talos has no shell and keeps etcd's certificates in memory (/system/secrets/etcd): save a snapshot with talosctl etcd snapshot FILE and open that, or run etcdscope in a privileged pod that mounts the node's file tree, with --root"},
	{"worker", []string{"/var/lib/kubelet/config.yaml", "/etc/kubernetes/kubelet.conf", "/var/lib/rancher/k3s/agent", "/var/lib/rancher/rke2/agent", "/var/lib/k0s/kubelet.conf"},
		"this is a worker node: the etcd of its cluster runs on a control-plane node, or, where that is hosted (Gardener, HyperShift, Kamaji, vcluster, a cloud provider), in another cluster; run etcdscope there, or forward a port of it and name it with --endpoints"},
}

// elsewhere explains where the etcd is, where this node has none, or none that can be used. found reports that there is a
// trace of one.
func (f *finder) elsewhere(found bool) []Candidate {
	f.exists("/etc/etcd/tls") // where a hosted etcd's own container has its certificates; other etcds may have it too
	for _, a := range aways {
		if found && a.name == "worker" {
			continue
		}
		for _, m := range a.marks {
			if f.exists(m) {
				return []Candidate{{Distribution: a.name, From: "known paths of " + a.name, Why: strings.TrimSpace(a.why)}}
			}
		}
	}
	return nil
}
