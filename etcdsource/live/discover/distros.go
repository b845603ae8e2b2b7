package discover

import (
	"path"
	"strings"
)

// distro is where a distribution keeps what is needed. Paths are those of the node; a star is matched.
type distro struct {
	name      string
	under     []string // paths below which only this distribution keeps files; a star is one name
	marks     []string // any of them shows that the distribution is installed
	endpoint  string
	prefix    string // of the API server's keys, where nothing else is said; "" where that is not known then
	ca        []string
	pairs     [][2]string // certificate and key, in the order in which they are to be tried
	dataDir   string
	encrypt   []string
	audit     string   // the API server's log, where no flag names it
	configs   []string // files that name it, in the order in which they are believed; of several that match, the last
	manifests []string // of etcd and of the API server
	settings  []settingsFile
	also      []string // files that say something of the member, and are only named
}

// settingsFile is a file, or several, that say where etcd is, and how they are read.
type settingsFile struct {
	pattern string
	read    func(f *finder, path string, text []byte) flags
	name    string // of the etcd that it is about, where there are several
}

func rancher(name string) distro {
	lib, etc := "/var/lib/rancher/"+name, "/etc/rancher/"+name
	tls := lib + "/server/tls/etcd/"
	return distro{
		name: name, under: []string{lib + "/"}, marks: []string{lib + "/server/tls/etcd", lib + "/server/db/etcd"},
		endpoint: "https://127.0.0.1:2379", prefix: defaultPrefix, ca: []string{tls + "server-ca.crt"},
		pairs:   [][2]string{{tls + "client.crt", tls + "client.key"}, {tls + "server-client.crt", tls + "server-client.key"}},
		dataDir: lib + "/server/db/etcd", encrypt: []string{lib + "/server/cred/encryption-config.json"}, also: []string{lib + "/server/db/etcd/name"},
		audit:   lib + "/server/logs/audit.log",
		configs: []string{etc + "/config.yaml.d/*.yaml", etc + "/config.yaml", "/etc/systemd/system/" + name + ".service"},
		settings: []settingsFile{
			{pattern: etc + "/config.yaml.d/*.yaml", read: rancherFlags}, {pattern: etc + "/config.yaml", read: rancherFlags},
			{pattern: "/etc/systemd/system/" + name + "*.service", read: unitFlags}, {pattern: lib + "/server/db/etcd/config", read: etcdFlags},
		},
	}
}

// rke2 runs etcd and API server as static pods.
func rke2() distro {
	d := rancher("rke2")
	d.manifests = []string{"/var/lib/rancher/rke2/agent/pod-manifests/kube-apiserver.yaml", "/var/lib/rancher/rke2/agent/pod-manifests/etcd.yaml"}
	return d
}

const (
	openshiftPods = "/etc/kubernetes/static-pod-resources/"
	openshiftEtcd = openshiftPods + "etcd-certs/"
	kubeadmPKI    = "/etc/kubernetes/pki/"
	manifestsDir  = "/etc/kubernetes/manifests/"
	kubesprayTLS  = "/etc/ssl/etcd/ssl/"
	microk8s      = "/var/snap/microk8s/"
)

var distros = []distro{
	rke2(),
	rancher("k3s"),
	{
		name: "k3s", under: []string{"/var/lib/rancher/k3s/"}, marks: []string{"/var/lib/rancher/k3s/server/db/state.db", "/var/lib/rancher/k3s/server/kine.sock"},
		endpoint: "unix:///var/lib/rancher/k3s/server/kine.sock", prefix: defaultPrefix, encrypt: []string{"/var/lib/rancher/k3s/server/cred/encryption-config.json"},
		audit: "/var/lib/rancher/k3s/server/logs/audit.log", configs: rancher("k3s").configs,
	},
	{
		name: "k0s", under: []string{"/var/lib/k0s/", "/run/k0s/"}, marks: []string{"/var/lib/k0s/pki/etcd", "/var/lib/k0s/etcd", "/etc/k0s/k0s.yaml"},
		endpoint: "https://127.0.0.1:2379", prefix: defaultPrefix, ca: []string{"/var/lib/k0s/pki/etcd/ca.crt"},
		pairs:   [][2]string{{"/var/lib/k0s/pki/apiserver-etcd-client.crt", "/var/lib/k0s/pki/apiserver-etcd-client.key"}},
		dataDir: "/var/lib/k0s/etcd", configs: []string{"/run/k0s/k0s.yaml", "/etc/k0s/k0s.yaml"},
		settings: []settingsFile{{pattern: "/run/k0s/k0s.yaml", read: k0sFlags}, {pattern: "/etc/k0s/k0s.yaml", read: k0sFlags}, {pattern: "/etc/systemd/system/k0s*.service", read: unitFlags}},
	},
	{
		name: "k0s", under: []string{"/var/lib/k0s/", "/run/k0s/"}, marks: []string{"/run/k0s/kine/*sock*", "/var/lib/k0s/db/state.db"},
		endpoint: "unix:///run/k0s/kine/*sock*", prefix: defaultPrefix, configs: []string{"/run/k0s/k0s.yaml", "/etc/k0s/k0s.yaml"},
	},
	{
		name: "openshift", under: []string{"/etc/kubernetes/static-pod-"}, marks: []string{openshiftPods + "etcd-certs"},
		endpoint: "https://127.0.0.1:2379", prefix: "/kubernetes.io",
		ca:      []string{openshiftEtcd + "configmaps/etcd-all-bundles/server-ca-bundle.crt"},
		pairs:   [][2]string{{openshiftEtcd + "secrets/etcd-all-certs/etcd-peer-*.crt", openshiftEtcd + "secrets/etcd-all-certs/etcd-peer-*.key"}},
		dataDir: "/var/lib/etcd", encrypt: []string{openshiftPods + "kube-apiserver-pod-*/secrets/encryption-config/encryption-config"},
		audit:     "/var/log/kube-apiserver/audit.log",
		configs:   []string{openshiftPods + "kube-apiserver-pod-*/configmaps/config/config.yaml"},
		manifests: []string{manifestsDir + "etcd-pod.yaml", manifestsDir + "kube-apiserver-pod.yaml"},
		settings: []settingsFile{{pattern: openshiftPods + "kube-apiserver-pod-*/configmaps/config/config.yaml", read: openshiftFlags},
			{pattern: openshiftEtcd + "configmaps/etcd-scripts/etcd.env", read: envFile}},
	},
	{
		name: "talos", under: []string{"/system/secrets/"}, marks: []string{"/system/secrets/etcd", "/system/state", "/usr/bin/machined"},
		endpoint: "https://127.0.0.1:2379", ca: []string{"/system/secrets/etcd/ca.crt"},
		pairs: [][2]string{{"/system/secrets/etcd/admin.crt", "/system/secrets/etcd/admin.key"},
			{"/system/secrets/kubernetes/kube-apiserver/etcd-client.crt", "/system/secrets/kubernetes/kube-apiserver/etcd-client.key"},
			{"/system/secrets/kube-apiserver/etcd-client.crt", "/system/secrets/kube-apiserver/etcd-client.key"},
			{"/system/secrets/etcd/server.crt", "/system/secrets/etcd/server.key"}, {"/system/secrets/etcd/peer.crt", "/system/secrets/etcd/peer.key"}},
		dataDir: "/var/lib/etcd", encrypt: []string{"/system/secrets/kubernetes/kube-apiserver/encryptionconfig.yaml", "/system/secrets/kube-apiserver/encryptionconfig.yaml"},
		audit:     "/var/log/audit/kube/kube-apiserver.log",
		manifests: []string{manifestsDir + "talos-kube-apiserver.yaml"},
	},
	{
		name: "kops", under: []string{"/srv/kubernetes/", "/mnt/*/pki/", "/mnt/*/data/", "/rootfs/mnt/*/pki/", "/rootfs/mnt/*/data/"},
		marks:    []string{"/srv/kubernetes/kube-apiserver/etcd-client.crt", manifestsDir + "etcd-main.manifest"},
		endpoint: "https://127.0.0.1:4001", ca: []string{"/srv/kubernetes/kube-apiserver/etcd-ca.crt", "/mnt/*/pki/*/clients/ca.crt"},
		pairs: [][2]string{{"/srv/kubernetes/kube-apiserver/etcd-client.crt", "/srv/kubernetes/kube-apiserver/etcd-client.key"},
			{"/mnt/*/pki/*/clients/server.crt", "/mnt/*/pki/*/clients/server.key"}},
		dataDir: "/mnt/*/data/*", encrypt: []string{"/srv/kubernetes/kube-apiserver/encryptionconfig.yaml"}, audit: "/var/log/kube-apiserver-audit.log",
		manifests: []string{manifestsDir + "kube-apiserver.manifest", manifestsDir + "etcd-main.manifest", manifestsDir + "etcd-events.manifest",
			manifestsDir + "etcd-cilium.manifest", manifestsDir + "etcd-leases.manifest"},
	},
	{
		name: "kubespray", under: []string{"/etc/ssl/etcd/"}, marks: []string{"/etc/etcd.env", "/etc/ssl/etcd/ssl"},
		endpoint: "https://127.0.0.1:2379", ca: []string{kubesprayTLS + "ca.pem"},
		pairs: [][2]string{{kubesprayTLS + "admin-*.pem", kubesprayTLS + "admin-*-key.pem"},
			{kubesprayTLS + "member-*.pem", kubesprayTLS + "member-*-key.pem"}, {kubesprayTLS + "node-*.pem", kubesprayTLS + "node-*-key.pem"}},
		dataDir:  "/var/lib/etcd",
		settings: []settingsFile{{pattern: "/etc/etcd.env", read: envFile}, {pattern: "/etc/etcd-events.env", read: envFile, name: "events"}},
	},
	{
		name: "microk8s", under: []string{microk8s}, marks: []string{microk8s + "current/args/kube-apiserver"},
		endpoint: "unix://" + microk8s + "current/var/kubernetes/backend/kine.sock*",
		audit:    microk8s + "common/var/log/audit.log", configs: []string{microk8s + "current/args/kube-apiserver"},
		settings: []settingsFile{{pattern: microk8s + "current/args/kube-apiserver", read: snapFlags}, {pattern: microk8s + "current/args/etcd", read: snapFlags},
			{pattern: microk8s + "current/args/k8s-dqlite", read: snapFlags}},
	},
	{
		name: "kubeadm", under: []string{kubeadmPKI}, marks: []string{kubeadmPKI + "etcd", kubeadmPKI + "apiserver-etcd-client.crt",
			manifestsDir + "etcd.yaml", manifestsDir + "kube-apiserver.yaml"},
		endpoint: "https://127.0.0.1:2379", ca: []string{kubeadmPKI + "etcd/ca.crt"},
		pairs: [][2]string{{kubeadmPKI + "apiserver-etcd-client.crt", kubeadmPKI + "apiserver-etcd-client.key"},
			{kubeadmPKI + "etcd/healthcheck-client.crt", kubeadmPKI + "etcd/healthcheck-client.key"},
			{kubeadmPKI + "etcd/server.crt", kubeadmPKI + "etcd/server.key"}, {kubeadmPKI + "etcd/peer.crt", kubeadmPKI + "etcd/peer.key"}},
		dataDir:   "/var/lib/etcd",
		manifests: []string{manifestsDir + "kube-apiserver.yaml", manifestsDir + "etcd.yaml"},
	},
	{
		name: "etcd", settings: []settingsFile{
			{pattern: "/etc/systemd/system/kube-apiserver.service", read: unitFlags}, {pattern: "/etc/systemd/system/etcd*.service", read: unitFlags},
			{pattern: "/usr/lib/systemd/system/etcd*.service", read: unitFlags}, {pattern: "/lib/systemd/system/etcd*.service", read: unitFlags},
			{pattern: "/etc/etcd/etcd.conf.y*ml", read: etcdFlags}, {pattern: "/etc/etcd/etcd.y*ml", read: etcdFlags},
			{pattern: "/etc/etcd/etcd.conf", read: envFile}, {pattern: "/etc/default/etcd", read: envFile}, {pattern: "/etc/etcd/etcd.env", read: envFile},
		},
	},
}

// distroNamed returns what is known of a distribution with certificates, nil for others.
func distroNamed(name string) *distro {
	for i := range distros {
		if distros[i].name == name && len(distros[i].pairs) > 0 {
			return &distros[i]
		}
	}
	return nil
}

// distroOf finds from the paths that a process or a manifest names which distribution made it, "" if none of them.
func distroOf(paths ...string) string {
	for _, p := range paths {
		for i := range distros {
			for _, u := range distros[i].under {
				if lies(p, u) {
					return distros[i].name
				}
			}
		}
	}
	return ""
}

// lies reports whether a path begins with one that may have stars, each of which is one name.
func lies(p, under string) bool {
	if !strings.Contains(under, "*") {
		return strings.HasPrefix(p, under)
	}
	names, want := strings.Split(p, "/"), strings.Split(strings.TrimSuffix(under, "/"), "/")
	if len(names) <= len(want) {
		return false
	}
	ok, err := path.Match(strings.Join(want, "/"), strings.Join(names[:len(want)], "/"))
	return ok && err == nil
}

// present reports whether a trace of the distribution is there.
func (f *finder) present(d *distro) bool {
	for _, m := range d.marks {
		if len(f.glob(m)) > 0 || f.exists(m) {
			return true
		}
	}
	return false
}

// fromPaths makes candidates of what a distribution is known to have, one for each pair that is there.
func (f *finder) fromPaths(d *distro) []Candidate {
	base := Candidate{Distribution: d.name, Endpoints: []string{d.endpoint}, From: "known paths of " + d.name}
	if socket, ok := strings.CutPrefix(d.endpoint, "unix://"); ok {
		if found := f.glob(socket); len(found) > 0 {
			socket = found[0]
		}
		base.Endpoints = []string{"unix://" + f.path(strings.TrimRight(socket, "*"))}
		f.locate(&base, d)
		return []Candidate{f.judge(base)}
	}
	f.locate(&base, d)
	return f.withPairs(base, d)
}

// locate fills in what a candidate lacks and its distribution knows.
func (f *finder) locate(c *Candidate, d *distro) {
	for i := range f.hints {
		h := &f.hints[i]
		if h.about(c) && len(h.endpoints) > 0 && len(c.Endpoints) == 1 && c.Endpoints[0] == d.endpoint {
			c.Endpoints = h.endpoints
		}
	}
	f.complete(c)
	if c.AuditLog == "" {
		c.AuditLog = f.auditLog(d)
	}
	if c.CAFile == "" {
		c.CAFile = f.firstOf(d.ca)
	}
	c.EncryptionConfig = or(c.EncryptionConfig, f.newest(d.encrypt))
	if c.DataDir == "" && d.dataDir != "" {
		c.DataDir = f.dataDirOf(d.dataDir, c.Name)
	}
	c.Prefix = or(c.Prefix, d.prefix)
}

// firstOf returns the first of some paths that is there, the first one where none is.
func (f *finder) firstOf(patterns []string) string {
	for _, p := range patterns {
		if found := f.glob(p); len(found) > 0 {
			return f.path(found[0])
		}
	}
	if len(patterns) == 0 {
		return ""
	}
	return f.path(patterns[0])
}

// dataDirOf returns the data directory that is there: of several that of the etcd with the name, none where that is not clear.
func (f *finder) dataDirOf(pattern, name string) string {
	found := f.glob(pattern)
	if len(found) == 1 && (mainName(name) || !strings.Contains(pattern, "*")) {
		return f.path(found[0])
	}
	for _, p := range found {
		if strings.Contains(p, or(name, "main")) {
			return f.path(p)
		}
	}
	return ""
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// newest returns the last path that matches one of some patterns: revisions of a static pod count upwards.
func (f *finder) newest(patterns []string) string {
	for _, p := range patterns {
		if found := f.glob(p); len(found) > 0 {
			return f.path(found[len(found)-1])
		}
	}
	return ""
}

// withPairs makes a candidate of each pair that is there; one of the first pair if none is, which names what is missing.
func (f *finder) withPairs(base Candidate, d *distro) []Candidate {
	var out []Candidate
	for _, p := range d.also {
		f.glob(p)
	}
	for _, pair := range d.pairs {
		certs := f.glob(pair[0])
		if len(certs) == 0 {
			f.glob(pair[1])
		}
		for _, cert := range certs {
			if strings.HasSuffix(cert, "-key.pem") {
				continue
			}
			c := base
			c.CertFile, c.KeyFile = f.path(cert), f.path(keyOf(pair, cert))
			out = append(out, f.judge(c))
		}
	}
	if len(out) == 0 && len(d.pairs) > 0 {
		base.CertFile, base.KeyFile = f.path(d.pairs[0][0]), f.path(d.pairs[0][1])
		out = append(out, f.judge(base))
	}
	return out
}

// keyOf returns the key that goes with a certificate, with the stars of the pattern filled in.
func keyOf(pair [2]string, cert string) string {
	switch strings.Count(pair[0], "*") {
	case 0:
		return pair[1]
	case 1:
		before, after, _ := strings.Cut(pair[0], "*")
		return strings.Replace(pair[1], "*", strings.TrimSuffix(strings.TrimPrefix(cert, before), after), 1)
	}
	return path.Join(path.Dir(cert), path.Base(pair[1])) // several folders are matched: the key lies beside the certificate
}
