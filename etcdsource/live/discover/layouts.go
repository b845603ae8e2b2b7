package discover

import (
	"slices"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// layout is where a distribution keeps what its member is configured by, and what a restore needs beside the snapshot.
// Paths are those of the node; a star is matched.
type layout struct {
	name     string
	marks    []string // any of them shows that the node is one; those of the distros of the same name too
	lib      string   // of a distribution that keeps all below one folder
	dataDir  string
	owner    string   // who the data directory belongs to where there is none to look at
	settings []string // of etcd: manifests, unit files, configuration
	env      []string // files of NAME=value
	api      []string // manifests of the API server
	manifest []string // static pods to take out, etcd's first
	ca       string   // the cluster's authority
	needs    []need
	client   etcdsource.NodeClient
	token    string
}

// need is a file that the restore needs: what it is and where.
type need struct{ what, path string }

const pki = "/etc/kubernetes/pki/"

var kubePKI = []need{
	{"cluster CA", pki + "ca.crt"}, {"cluster CA key", pki + "ca.key"}, {"service-account key", pki + "sa.key"}, {"service-account public key", pki + "sa.pub"},
	{"front-proxy CA", pki + "front-proxy-ca.crt"}, {"front-proxy CA key", pki + "front-proxy-ca.key"},
}

func rancherLayout(name string) layout {
	lib, unit := "/var/lib/rancher/"+name, name
	dir := lib + "/server/"
	if name == "rke2" {
		unit = "rke2-server"
	}
	l := layout{
		name: name, lib: lib, dataDir: dir + "db/etcd", owner: "0:0", token: dir + "token", ca: dir + "tls/server-ca.crt",
		settings: []string{dir + "db/etcd/config", "/etc/rancher/" + name + "/config.yaml", "/etc/rancher/" + name + "/config.yaml.d/*.yaml", "/etc/systemd/system/" + unit + ".service"},
		marks:    []string{dir + "token", dir + "db", "/etc/rancher/" + name},
		needs:    []need{{"token", dir + "token"}},
		client:   etcdsource.NodeClient{Endpoint: "https://127.0.0.1:2379", CACert: dir + "tls/etcd/server-ca.crt", Cert: dir + "tls/etcd/client.crt", Key: dir + "tls/etcd/client.key"},
	}
	if name == "rke2" {
		pods := "/var/lib/rancher/rke2/agent/pod-manifests/"
		l.settings, l.api = append(l.settings, pods+"etcd.yaml"), []string{pods + "kube-apiserver.yaml"}
	}
	return l
}

// layouts are those that a restore knows, the more special ones first.
var layouts = []layout{
	rancherLayout("rke2"), rancherLayout("k3s"),
	{
		name: "k0s", lib: "/var/lib/k0s", dataDir: "/var/lib/k0s/etcd", owner: "etcd:root", settings: []string{"/run/k0s/k0s.yaml", "/etc/k0s/k0s.yaml"}, ca: "/var/lib/k0s/pki/ca.crt",
		needs: []need{{"cluster CA", "/var/lib/k0s/pki/ca.crt"}, {"cluster CA key", "/var/lib/k0s/pki/ca.key"}, {"service-account key", "/var/lib/k0s/pki/sa.key"},
			{"etcd CA", "/var/lib/k0s/pki/etcd/ca.crt"}, {"etcd CA key", "/var/lib/k0s/pki/etcd/ca.key"}, {"configuration", "/etc/k0s/k0s.yaml"}},
		client: etcdsource.NodeClient{Endpoint: "https://127.0.0.1:2379", CACert: "/var/lib/k0s/pki/etcd/ca.crt", Cert: "/var/lib/k0s/pki/apiserver-etcd-client.crt", Key: "/var/lib/k0s/pki/apiserver-etcd-client.key"},
	},
	{
		name: "openshift", dataDir: "/var/lib/etcd", owner: "0:0", settings: []string{"/etc/kubernetes/manifests/etcd-pod.yaml"},
		env:      []string{"/etc/kubernetes/static-pod-resources/etcd-certs/configmaps/etcd-scripts/etcd.env"},
		api:      []string{"/etc/kubernetes/manifests/kube-apiserver-pod.yaml", "/etc/kubernetes/static-pod-resources/kube-apiserver-pod-*/configmaps/config/config.yaml"},
		manifest: []string{"/etc/kubernetes/manifests/etcd-pod.yaml", "/etc/kubernetes/manifests/kube-apiserver-pod.yaml"},
		needs:    []need{{"restore script", "/usr/local/bin/cluster-restore.sh"}},
		client: etcdsource.NodeClient{Endpoint: "https://127.0.0.1:2379", CACert: "/etc/kubernetes/static-pod-resources/etcd-certs/configmaps/etcd-all-bundles/server-ca-bundle.crt",
			Cert: "/etc/kubernetes/static-pod-resources/etcd-certs/secrets/etcd-all-certs/etcd-peer-*.crt", Key: "/etc/kubernetes/static-pod-resources/etcd-certs/secrets/etcd-all-certs/etcd-peer-*.key"},
	},
	{
		name: "kops", settings: []string{"/etc/kubernetes/manifests/etcd-main.manifest", "/etc/kubernetes/manifests/etcd.manifest"},
		api: []string{"/etc/kubernetes/manifests/kube-apiserver.manifest"}, manifest: []string{"/etc/kubernetes/manifests/etcd-main.manifest", "/etc/kubernetes/manifests/kube-apiserver.manifest"},
		ca:     "/srv/kubernetes/ca.crt",
		needs:  []need{{"etcd CA of the API server", "/srv/kubernetes/kube-apiserver/etcd-ca.crt"}},
		client: etcdsource.NodeClient{Endpoint: "https://127.0.0.1:4001", CACert: "/srv/kubernetes/kube-apiserver/etcd-ca.crt", Cert: "/srv/kubernetes/kube-apiserver/etcd-client.crt", Key: "/srv/kubernetes/kube-apiserver/etcd-client.key"},
	},
	{
		name: "talos", dataDir: "/var/lib/etcd", owner: "60:60", marks: []string{"/system/secrets/etcd", "/system/state/config.yaml"},
		client: etcdsource.NodeClient{Endpoint: "https://127.0.0.1:2379", CACert: "/system/secrets/etcd/ca.crt", Cert: "/system/secrets/etcd/admin.crt", Key: "/system/secrets/etcd/admin.key"},
	},
	{
		name: "kubespray", dataDir: "/var/lib/etcd", owner: "etcd:etcd", env: []string{"/etc/etcd.env"}, settings: []string{"/etc/systemd/system/etcd.service"},
		api: []string{"/etc/kubernetes/manifests/kube-apiserver.yaml"}, manifest: []string{"/etc/kubernetes/manifests/kube-apiserver.yaml"}, ca: "/etc/kubernetes/ssl/ca.crt",
		needs: []need{{"cluster CA", "/etc/kubernetes/ssl/ca.crt"}, {"cluster CA key", "/etc/kubernetes/ssl/ca.key"}, {"service-account key", "/etc/kubernetes/ssl/sa.key"},
			{"etcd CA", "/etc/ssl/etcd/ssl/ca.pem"}, {"etcd CA key", "/etc/ssl/etcd/ssl/ca-key.pem"}},
		client: etcdsource.NodeClient{Endpoint: "https://127.0.0.1:2379", CACert: "/etc/ssl/etcd/ssl/ca.pem", Cert: "/etc/ssl/etcd/ssl/admin-*.pem", Key: "/etc/ssl/etcd/ssl/admin-*-key.pem"},
	},
	{
		name: "kubeadm", dataDir: "/var/lib/etcd", owner: "0:0", settings: []string{"/etc/kubernetes/manifests/etcd.yaml"}, api: []string{"/etc/kubernetes/manifests/kube-apiserver.yaml"},
		manifest: []string{"/etc/kubernetes/manifests/etcd.yaml", "/etc/kubernetes/manifests/kube-apiserver.yaml"}, ca: pki + "ca.crt",
		needs:  append(slices.Clone(kubePKI), need{"etcd CA", pki + "etcd/ca.crt"}, need{"etcd CA key", pki + "etcd/ca.key"}),
		client: etcdsource.NodeClient{Endpoint: "https://127.0.0.1:2379", CACert: pki + "etcd/ca.crt", Cert: pki + "etcd/server.crt", Key: pki + "etcd/server.key"},
	},
	{
		name: "systemd", dataDir: "/var/lib/etcd", owner: "etcd:etcd", env: []string{"/etc/default/etcd", "/etc/etcd/etcd.conf", "/etc/etcd.conf", "/etc/sysconfig/etcd"},
		settings: []string{"/etc/systemd/system/etcd.service", "/usr/lib/systemd/system/etcd.service", "/lib/systemd/system/etcd.service", "/etc/etcd/etcd.conf.yml", "/etc/etcd/etcd.conf.yaml"},
		api:      []string{"/etc/kubernetes/manifests/kube-apiserver.yaml", "/etc/systemd/system/kube-apiserver.service"}, manifest: []string{"/etc/kubernetes/manifests/kube-apiserver.yaml"}, ca: pki + "ca.crt",
		client: etcdsource.NodeClient{Endpoint: "http://127.0.0.1:2379"},
	},
}
