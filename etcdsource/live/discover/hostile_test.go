package discover

import (
	"encoding/json"
	"os"
	"runtime"
	"strings"
	"testing"
)

// result is what a place was found to be.
func (n node) result(all []Place, p string) string {
	for _, l := range all {
		if l.Path == n.at(p) {
			return l.Result
		}
	}
	return ""
}

// TestLargeAndGrowing: a manifest of 100 MB is not read, and one that grows when it is read is not either; both are named.
func TestLargeAndGrowing(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.kubeadm()
	const etcd, server = "/etc/kubernetes/manifests/etcd.yaml", "/etc/kubernetes/manifests/kube-apiserver.yaml"
	if err := os.Truncate(n.at(etcd), 100<<20); err != nil {
		t.Fatal(err)
	}
	n.write(server, "a: &a [x,x,x,x,x,x,x,x,x]\n"+strings.Repeat("b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n", 20)+"# --etcd-servers=https://evil:1\n")
	bomb := "x: &x " + strings.Repeat("x", 1<<18) + "\ny: [" + strings.Repeat("*x,", 1<<16) + "]\n"
	n.write("/etc/k0s/k0s.yaml", bomb)
	n.write("/var/lib/rancher/k3s/server/db/etcd/config", bomb)
	n.write("/etc/rancher/k3s/config.yaml", bomb)
	n.write("/etc/systemd/system/etcd.service", strings.Repeat("ExecStart=/usr/bin/etcd --listen-client-urls=\"\\\n", 1<<14))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	all, places := Search(t.Context(), n.root)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 200<<20 {
		t.Errorf("%d MiB were allocated", got>>20)
	}
	if len(all) == 0 || !all[0].Usable || !strings.Contains(all[0].From, "known paths of kubeadm") {
		t.Errorf("%+v", all)
	}
	for p, says := range map[string]string{etcd: "it is larger than 1024 KiB", server: "YAML aliases", "/etc/k0s/k0s.yaml": "YAML aliases", "/etc/rancher/k3s/config.yaml": "YAML aliases"} {
		if got := n.result(places, p); !strings.Contains(got, says) {
			t.Errorf("%s: %q", p, got)
		}
	}
}

// TestHostileEnvironment: nothing but etcd's own variables is taken from a process, and none of the others is printed.
func TestHostileEnvironment(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.process("7", []string{"AWS_SECRET_ACCESS_KEY=hunter2", "=ETCD_NAME=x", "ETCD_DATA_DIR=/../../../../etc", "ETCD_LISTEN_CLIENT_URLS=http://127.0.0.1:7",
		"ETCD_INITIAL_CLUSTER_TOKEN=hunter2", "ETCD_LISTEN_CLIENT_URLS=http://evil:1", "XETCD_CERT_FILE=/hunter2", "ETCD_" + strings.Repeat("X", 100_000) + "=1", "ETCDCTL_PASSWORD=hunter2"}, "etcd")
	n.process("8", []string{"ETCD_LISTEN_CLIENT_URLS=http://root:hunter2@127.0.0.1:8"}, "etcd", "--data-dir=/x")
	n.process("9", nil, "k3s", "server", "--datastore-endpoint=mysql://root:hunter2@tcp(db:3306)/k3s", "--token=hunter2")
	n.write("/etc/rancher/k3s/config.yaml", "token: hunter2\ndatastore-endpoint: postgres://root:hunter2@db/k3s\n")
	all, places := Search(t.Context(), n.root)
	text, err := json.Marshal([]any{all, places})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "hunter2") || strings.Contains(string(text), "evil") {
		t.Errorf("%s", text)
	}
	if all[0].Endpoints[0] != "http://127.0.0.1:7" || all[0].DataDir != n.at("/etc") {
		t.Errorf("%+v", all[0])
	}
}

// TestElsewhere says where the etcd is, of a node that has none.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	for mark, says := range map[string]string{
		"/var/lib/gardener-node-agent/x": "seed cluster", "/etc/kubernetes/manifests/kube-apiserver-proxy.yaml": "management cluster",
		"/usr/bin/machined": "talosctl etcd snapshot", "/var/lib/kubelet/config.yaml": "worker node",
	} {
		n := newNode(t)
		n.write(mark, "")
		all := n.find()
		if len(all) == 0 || all[len(all)-1].Usable || !strings.Contains(all[len(all)-1].Why, says) {
			t.Errorf("%s: %+v", mark, all)
		}
	}
	n := newNode(t) // a control-plane node is a worker too
	n.kubeadm()
	n.write("/var/lib/kubelet/config.yaml", "")
	if all := n.find(); all[len(all)-1].Distribution == "worker" {
		t.Errorf("%+v", all)
	}
}

// TestPlaces: each place that was looked at is said once, with what was there.
func TestPlaces(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.kubeadm()
	n.process("7", nil, "etcd", "--data-dir=/var/lib/etcd")
	n.process("8", nil, "vim", "/etc/etcd.env")
	n.link("/etc/kubernetes/enc/enc.yaml", "/etc/etcd.env")
	_, all := Search(t.Context(), n.root)
	seen := map[string]bool{}
	for _, p := range all {
		if seen[p.Path] || p.Result == "" || !strings.HasPrefix(p.Path, n.root) {
			t.Errorf("%+v", p)
		}
		seen[p.Path] = true
	}
	for p, want := range map[string]string{
		"/etc/kubernetes/manifests/etcd.yaml": "read", "/etc/kubernetes/pki/etcd/ca.crt": "read", "/etc/kubernetes/pki/apiserver-etcd-client.key": "read",
		"/var/lib/rancher/k3s/server/db/state.db": notThere, "/proc": "2 processes, of which 1 are", "/proc/7": "etcd, run by uid", "/etc/kubernetes/pki/etcd/peer.crt": notThere,
		"/etc/rancher/k3s/config.yaml.d/*.yaml": notThere, "/var/lib/etcd": "there",
	} {
		if got := n.result(all, p); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", p, got, want)
		}
	}
}

// TestEveryPlace: what a distribution is known to have is listed also where it is not there, keys without their certificates and
// links in a circle too.
func TestEveryPlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mark string
		want []string
	}{
		"kubeadm": {"/etc/kubernetes/pki/etcd/x", []string{"/etc/kubernetes/pki/etcd/healthcheck-client.key", "/etc/kubernetes/manifests/etcd.yaml"}},
		"k3s":     {"/var/lib/rancher/k3s/server/db/etcd/x", []string{"/var/lib/rancher/k3s/server/db/etcd/name", "/var/lib/rancher/k3s/server/kine.sock"}},
		"kops": {"/etc/kubernetes/manifests/etcd-main.manifest", []string{"/mnt/*/pki/*/clients/ca.crt", "/mnt/*/pki/*/clients/server.crt", "/mnt/*/pki/*/clients/server.key",
			"/srv/kubernetes/kube-apiserver/etcd-client.key", "/mnt/*/data/*"}},
		"kubespray": {"/etc/ssl/etcd/ssl/x", []string{"/etc/etcd-events.env", "/etc/ssl/etcd/ssl/admin-*-key.pem"}},
	} {
		n := newNode(t)
		n.write(c.mark, "")
		n.link("/etc/etcd.env", "/etc/other.env")
		n.link("/etc/other.env", "/etc/etcd.env")
		_, all := Search(t.Context(), n.root)
		for _, p := range c.want {
			if n.result(all, p) == "" {
				t.Errorf("%s: %s is not listed", name, p)
			}
		}
		if got := n.result(all, "/etc/etcd.env"); !strings.HasPrefix(got, "not followed: ") {
			t.Errorf("%s: links in a circle are %q", name, got)
		}
	}
}

// TestDqlite: MicroK8s without k8s-dqlite is recognised, and its database is said to be no etcd's.
func TestDqlite(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.write("/var/snap/microk8s/current/args/kube-apiserver", "--etcd-servers=unix://${SNAP_DATA}/var/kubernetes/backend/kine.sock:12379\n")
	n.write("/var/snap/microk8s/current/args/k8s-dqlite", "--storage-dir=${SNAP_DATA}/var/kubernetes/backend/\n")
	n.write("/var/snap/microk8s/current/var/kubernetes/backend/cluster.yaml", "- Address: 127.0.0.1:19001\n")
	for _, c := range n.find() {
		if c.Distribution == "microk8s" && !c.Usable && strings.Contains(c.Why, "dqlite, whose files are no etcd's") {
			return
		}
	}
	t.Errorf("%+v", n.find())
}

// TestKineOfK0s: sockets of kine carry a port in their name.
func TestKineOfK0s(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.write("/run/k0s/kine/kine.sock:2379", "")
	n.write("/etc/k0s/k0s.yaml", "spec: {storage: {type: kine}}\n")
	all := n.find()
	if !all[0].Usable || all[0].Endpoints[0] != "unix://"+n.at("/run/k0s/kine/kine.sock:2379") || !strings.Contains(all[0].Why, "kine") {
		t.Errorf("%+v", all)
	}
	n.process("7", nil, "kube-apiserver", "--etcd-servers=unix:///run/k0s/kine/kine.sock:2379", "--etcd-prefix=/x")
	if all = n.find(); !all[0].Usable || all[0].Distribution != "k0s" || all[0].Prefix != "/x" || !strings.Contains(all[0].From, "pid 7") {
		t.Errorf("%+v", all)
	}
}
