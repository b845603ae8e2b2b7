package discover

import "strings"

// distro is where a distribution keeps what is needed. Paths are those of the node; a star is matched.
type distro struct {
	name      string
	under     string   // a path below which only this distribution keeps files
	marks     []string // any of them shows that the distribution is installed
	endpoint  string
	ca        []string
	pairs     [][2]string // certificate and key, in the order in which they are to be tried
	dataDir   string
	encrypt   string
	audit     string   // the API server's log, where no flag names it
	configs   []string // files that name it, in the order in which they are believed; of several that match, the last
	manifests []string // of etcd and of the API server
	env       string   // a file of NAME=value
}

// k3sConfigs hold the arguments of k3s, which pass on those of its API server.
var k3sConfigs = []string{"/etc/rancher/k3s/config.yaml.d/*.yaml", "/etc/rancher/k3s/config.yaml", "/etc/systemd/system/k3s.service"}

var distros = []distro{
	{
		name: "rke2", under: "/var/lib/rancher/rke2/", marks: []string{"/var/lib/rancher/rke2/server/tls/etcd", "/var/lib/rancher/rke2/server/db/etcd"},
		endpoint: "https://127.0.0.1:2379", ca: []string{"/var/lib/rancher/rke2/server/tls/etcd/server-ca.crt"},
		pairs: [][2]string{{"/var/lib/rancher/rke2/server/tls/etcd/client.crt", "/var/lib/rancher/rke2/server/tls/etcd/client.key"},
			{"/var/lib/rancher/rke2/server/tls/etcd/server-client.crt", "/var/lib/rancher/rke2/server/tls/etcd/server-client.key"}},
		dataDir: "/var/lib/rancher/rke2/server/db/etcd", encrypt: "/var/lib/rancher/rke2/server/cred/encryption-config.json",
		audit:     "/var/lib/rancher/rke2/server/logs/audit.log",
		configs:   []string{"/etc/rancher/rke2/config.yaml.d/*.yaml", "/etc/rancher/rke2/config.yaml"},
		manifests: []string{"/var/lib/rancher/rke2/agent/pod-manifests/kube-apiserver.yaml", "/var/lib/rancher/rke2/agent/pod-manifests/etcd.yaml"},
	},
	{
		name: "k3s", under: "/var/lib/rancher/k3s/", marks: []string{"/var/lib/rancher/k3s/server/tls/etcd", "/var/lib/rancher/k3s/server/db/etcd"},
		endpoint: "https://127.0.0.1:2379", ca: []string{"/var/lib/rancher/k3s/server/tls/etcd/server-ca.crt"},
		pairs: [][2]string{{"/var/lib/rancher/k3s/server/tls/etcd/client.crt", "/var/lib/rancher/k3s/server/tls/etcd/client.key"},
			{"/var/lib/rancher/k3s/server/tls/etcd/server-client.crt", "/var/lib/rancher/k3s/server/tls/etcd/server-client.key"}},
		dataDir: "/var/lib/rancher/k3s/server/db/etcd", encrypt: "/var/lib/rancher/k3s/server/cred/encryption-config.json",
		audit: "/var/lib/rancher/k3s/server/logs/audit.log", configs: k3sConfigs,
	},
	{
		name: "k3s", under: "/var/lib/rancher/k3s/", marks: []string{"/var/lib/rancher/k3s/server/db/state.db"},
		endpoint: "unix:///var/lib/rancher/k3s/server/kine.sock", encrypt: "/var/lib/rancher/k3s/server/cred/encryption-config.json",
		audit: "/var/lib/rancher/k3s/server/logs/audit.log", configs: k3sConfigs,
	},
	{
		name: "k0s", under: "/var/lib/k0s/", marks: []string{"/var/lib/k0s/pki/etcd", "/etc/k0s/k0s.yaml"},
		endpoint: "https://127.0.0.1:2379", ca: []string{"/var/lib/k0s/pki/etcd/ca.crt"},
		pairs:   [][2]string{{"/var/lib/k0s/pki/apiserver-etcd-client.crt", "/var/lib/k0s/pki/apiserver-etcd-client.key"}},
		dataDir: "/var/lib/k0s/etcd", configs: []string{"/run/k0s/k0s.yaml", "/etc/k0s/k0s.yaml"},
	},
	{
		name: "openshift", under: "/etc/kubernetes/static-pod-", marks: []string{"/etc/kubernetes/static-pod-resources/etcd-certs"},
		endpoint: "https://127.0.0.1:2379",
		ca:       []string{"/etc/kubernetes/static-pod-resources/etcd-certs/configmaps/etcd-all-bundles/server-ca-bundle.crt"},
		pairs: [][2]string{{"/etc/kubernetes/static-pod-resources/etcd-certs/secrets/etcd-all-certs/etcd-peer-*.crt",
			"/etc/kubernetes/static-pod-resources/etcd-certs/secrets/etcd-all-certs/etcd-peer-*.key"}},
		dataDir: "/var/lib/etcd", encrypt: "/etc/kubernetes/static-pod-resources/kube-apiserver-pod-*/secrets/encryption-config/encryption-config",
		audit:     "/var/log/kube-apiserver/audit.log",
		configs:   []string{"/etc/kubernetes/static-pod-resources/kube-apiserver-pod-*/configmaps/config/config.yaml"},
		manifests: []string{"/etc/kubernetes/manifests/etcd-pod.yaml"},
	},
	{
		name: "kops", under: "/srv/kubernetes/", marks: []string{"/srv/kubernetes/kube-apiserver/etcd-client.crt", "/etc/kubernetes/manifests/etcd-main.manifest"},
		endpoint: "https://127.0.0.1:4001", ca: []string{"/srv/kubernetes/kube-apiserver/etcd-ca.crt"},
		pairs:     [][2]string{{"/srv/kubernetes/kube-apiserver/etcd-client.crt", "/srv/kubernetes/kube-apiserver/etcd-client.key"}},
		encrypt:   "/srv/kubernetes/kube-apiserver/encryptionconfig.yaml",
		manifests: []string{"/etc/kubernetes/manifests/kube-apiserver.manifest"},
	},
	{
		name: "kubespray", under: "/etc/ssl/etcd/", marks: []string{"/etc/etcd.env", "/etc/ssl/etcd/ssl"},
		endpoint: "https://127.0.0.1:2379", ca: []string{"/etc/ssl/etcd/ssl/ca.pem"},
		pairs: [][2]string{{"/etc/ssl/etcd/ssl/admin-*.pem", "/etc/ssl/etcd/ssl/admin-*-key.pem"},
			{"/etc/ssl/etcd/ssl/member-*.pem", "/etc/ssl/etcd/ssl/member-*-key.pem"}, {"/etc/ssl/etcd/ssl/node-*.pem", "/etc/ssl/etcd/ssl/node-*-key.pem"}},
		dataDir: "/var/lib/etcd", env: "/etc/etcd.env",
	},
	{
		name: "kubeadm", under: "/etc/kubernetes/pki/", marks: []string{"/etc/kubernetes/pki/etcd", "/etc/kubernetes/pki/apiserver-etcd-client.crt",
			"/etc/kubernetes/manifests/etcd.yaml", "/etc/kubernetes/manifests/kube-apiserver.yaml"},
		endpoint: "https://127.0.0.1:2379", ca: []string{"/etc/kubernetes/pki/etcd/ca.crt"},
		pairs: [][2]string{{"/etc/kubernetes/pki/apiserver-etcd-client.crt", "/etc/kubernetes/pki/apiserver-etcd-client.key"},
			{"/etc/kubernetes/pki/etcd/healthcheck-client.crt", "/etc/kubernetes/pki/etcd/healthcheck-client.key"},
			{"/etc/kubernetes/pki/etcd/server.crt", "/etc/kubernetes/pki/etcd/server.key"},
			{"/etc/kubernetes/pki/etcd/peer.crt", "/etc/kubernetes/pki/etcd/peer.key"}},
		dataDir:   "/var/lib/etcd",
		manifests: []string{"/etc/kubernetes/manifests/kube-apiserver.yaml", "/etc/kubernetes/manifests/etcd.yaml"},
	},
}

// distroOf finds from the paths that a process or a manifest names which distribution made it, "" if none of them.
func distroOf(paths ...string) string {
	for _, p := range paths {
		for i := range distros {
			if strings.HasPrefix(p, distros[i].under) {
				return distros[i].name
			}
		}
	}
	return ""
}

// present reports whether a trace of the distribution is there.
func (f *finder) present(d *distro) bool {
	for _, m := range d.marks {
		if f.exists(m) {
			return true
		}
	}
	return false
}

// fromPaths makes candidates of what a distribution is known to have, one for each pair that is there.
func (f *finder) fromPaths(d *distro) []Candidate {
	base := Candidate{Distribution: d.name, Endpoints: []string{d.endpoint}, From: "known paths of " + d.name}
	if path, ok := strings.CutPrefix(d.endpoint, "unix://"); ok {
		base.Endpoints = []string{"unix://" + f.path(path)}
		base.Usable, base.Why = f.exists(path), "kine, an SQL database that speaks a part of etcd's protocol"
		if !base.Usable {
			base.Why = f.path(path) + ": there is no such socket; k3s is not running"
		}
		f.locate(&base, d)
		return []Candidate{base}
	}
	f.locate(&base, d)
	return f.withPairs(base, d)
}

// locate fills in what a candidate lacks and its distribution knows.
func (f *finder) locate(c *Candidate, d *distro) {
	for _, h := range f.hints {
		if h.distro != d.name {
			continue
		}
		if len(h.endpoints) > 0 && len(c.Endpoints) == 1 && c.Endpoints[0] == d.endpoint {
			c.Endpoints = h.endpoints
		}
		c.Prefix, c.EncryptionConfig, c.DataDir = or(c.Prefix, h.prefix), or(c.EncryptionConfig, h.encrypt), or(c.DataDir, h.dataDir)
		c.AuditLog = or(c.AuditLog, h.audit)
	}
	if c.AuditLog == "" {
		c.AuditLog = f.auditLog(d)
	}
	if c.CAFile == "" && len(d.ca) > 0 {
		c.CAFile = f.path(d.ca[0])
	}
	c.EncryptionConfig = or(c.EncryptionConfig, f.newest(d.encrypt))
	if c.DataDir == "" && d.dataDir != "" && f.exists(d.dataDir) {
		c.DataDir = f.path(d.dataDir)
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// newest returns the last path that matches a pattern: revisions of a static pod count upwards.
func (f *finder) newest(pattern string) string {
	if pattern == "" {
		return ""
	}
	if found := f.glob(pattern); len(found) > 0 {
		return f.path(found[len(found)-1])
	}
	return ""
}

// withPairs makes a candidate of each pair that is there; one of the first pair if none is, which names what is missing.
func (f *finder) withPairs(base Candidate, d *distro) []Candidate {
	var out []Candidate
	for _, pair := range d.pairs {
		for _, cert := range f.glob(pair[0]) {
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

// keyOf returns the key that goes with a certificate, filling the star of the pattern.
func keyOf(pair [2]string, cert string) string {
	before, after, ok := strings.Cut(pair[0], "*")
	if !ok {
		return pair[1]
	}
	return strings.Replace(pair[1], "*", strings.TrimSuffix(strings.TrimPrefix(cert, before), after), 1)
}
