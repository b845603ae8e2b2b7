package discover

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/live/certtest"
)

// node is a file tree of a control-plane node.
type node struct {
	t    *testing.T
	root string
}

func newNode(t *testing.T) node { return node{t, t.TempDir()} }

func (n node) at(p string) string { return filepath.Join(n.root, p) }

func (n node) write(p, text string) {
	n.t.Helper()
	if err := os.MkdirAll(filepath.Dir(n.at(p)), 0o755); err != nil {
		n.t.Fatal(err)
	}
	if err := os.WriteFile(n.at(p), []byte(text), 0o600); err != nil {
		n.t.Fatal(err)
	}
}

// process adds a running process.
func (n node) process(pid string, env []string, args ...string) {
	n.write("/proc/"+pid+"/cmdline", strings.Join(args, "\x00")+"\x00")
	n.write("/proc/"+pid+"/environ", strings.Join(env, "\x00"))
}

func (n node) find() []Candidate { return Find(context.Background(), n.root) }

// first checks the best candidate.
func (n node) first(want Candidate) Candidate {
	n.t.Helper()
	all := n.find()
	if len(all) == 0 {
		n.t.Fatal("nothing was found")
	}
	got := all[0]
	for _, c := range []struct{ what, got, want string }{
		{"distribution", got.Distribution, want.Distribution}, {"endpoints", strings.Join(got.Endpoints, ","), strings.Join(want.Endpoints, ",")},
		{"CA", got.CAFile, n.full(want.CAFile)}, {"certificate", got.CertFile, n.full(want.CertFile)}, {"key", got.KeyFile, n.full(want.KeyFile)},
		{"prefix", got.Prefix, want.Prefix}, {"encryption config", got.EncryptionConfig, n.full(want.EncryptionConfig)}, {"data dir", got.DataDir, n.full(want.DataDir)},
		{"audit log", got.AuditLog, n.full(want.AuditLog)},
	} {
		if c.got != c.want {
			n.t.Errorf("%s is %q, want %q", c.what, c.got, c.want)
		}
	}
	if !strings.Contains(got.From, want.From) || got.Usable != want.Usable || !strings.Contains(got.Why, want.Why) {
		n.t.Errorf("from %q, usable %v, why %q", got.From, got.Usable, got.Why)
	}
	return got
}

func (n node) full(p string) string {
	if p == "" {
		return ""
	}
	return n.at(p)
}

// kubeadm writes what kubeadm makes.
func (n node) kubeadm() *certtest.CA {
	pki := "/etc/kubernetes/pki/"
	ca := certtest.NewCA(n.t, n.mkdir(pki+"etcd/ca.crt"))
	ca.Issue(n.at(pki+"apiserver-etcd-client.crt"), n.at(pki+"apiserver-etcd-client.key"), certtest.For{Name: "kube-apiserver-etcd-client", Client: true})
	ca.Issue(n.at(pki+"etcd/healthcheck-client.crt"), n.at(pki+"etcd/healthcheck-client.key"), certtest.For{Name: "kube-etcd-healthcheck-client", Client: true})
	ca.Issue(n.at(pki+"etcd/server.crt"), n.at(pki+"etcd/server.key"), certtest.For{Name: "node", Client: true, Server: true, Hosts: []string{"127.0.0.1"}})
	n.write("/etc/kubernetes/manifests/kube-apiserver.yaml", `spec:
  containers:
  - command:
    - kube-apiserver
    - --etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt
    - --etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt
    - --etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key
    - --etcd-servers=https://127.0.0.1:2379
    - --etcd-prefix=/kubernetes
    - --encryption-provider-config=/etc/kubernetes/enc/enc.yaml
    - --audit-log-path=/var/log/kubernetes/audit.log
`)
	n.write("/etc/kubernetes/enc/enc.yaml", "kind: EncryptionConfiguration\n")
	n.write("/etc/kubernetes/manifests/etcd.yaml", `spec:
  containers:
  - command:
    - etcd
    - --advertise-client-urls=https://10.0.0.5:2379
    - --cert-file=/etc/kubernetes/pki/etcd/server.crt
    - --data-dir=/var/lib/etcd
    - --key-file=/etc/kubernetes/pki/etcd/server.key
    - --listen-client-urls=https://127.0.0.1:2379,https://10.0.0.5:2379
    - --trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt
`)
	n.write("/var/lib/etcd/member/snap/db", "")
	return ca
}

func (n node) mkdir(p string) string {
	if err := os.MkdirAll(filepath.Dir(n.at(p)), 0o755); err != nil {
		n.t.Fatal(err)
	}
	return n.at(p)
}

func kubeadmBest() Candidate {
	return Candidate{Distribution: "kubeadm", Endpoints: []string{"https://127.0.0.1:2379"}, CAFile: "/etc/kubernetes/pki/etcd/ca.crt",
		CertFile: "/etc/kubernetes/pki/apiserver-etcd-client.crt", KeyFile: "/etc/kubernetes/pki/apiserver-etcd-client.key", Prefix: "/kubernetes",
		EncryptionConfig: "/etc/kubernetes/enc/enc.yaml", DataDir: "/var/lib/etcd", AuditLog: "/var/log/kubernetes/audit.log", From: "manifest ",
		Usable: true, Why: "is a client certificate, valid until 2"}
}

func TestKubeadm(t *testing.T) {
	n := newNode(t)
	ca := n.kubeadm()
	if c := n.first(kubeadmBest()); strings.Join(c.Also, ",") != "https://10.0.0.5:2379" {
		t.Errorf("also at %v", c.Also)
	}
	if all := n.find(); len(all) != 3 {
		t.Errorf("%d candidates: %+v", len(all), all)
	}
	t.Run("process", func(t *testing.T) {
		n := node{t, n.root}
		n.process("77", nil, "kube-apiserver", "--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt", "--etcd-certfile", "/etc/kubernetes/pki/apiserver-etcd-client.crt",
			"--etcd-keyfile", "/etc/kubernetes/pki/apiserver-etcd-client.key", "--etcd-servers=https://10.0.0.5:2379", "--etcd-prefix=/kubernetes",
			"--encryption-provider-config=/etc/kubernetes/enc/enc.yaml")
		want := kubeadmBest()
		want.Endpoints, want.From = []string{"https://10.0.0.5:2379"}, "process kube-apiserver (pid 77)"
		n.first(want)
		if err := os.RemoveAll(n.at("/proc")); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("expired", func(t *testing.T) {
		n := node{t, n.root}
		ca.Issue(n.at("/etc/kubernetes/pki/apiserver-etcd-client.crt"), n.at("/etc/kubernetes/pki/apiserver-etcd-client.key"),
			certtest.For{Client: true, From: time.Now().Add(-48 * time.Hour), Until: time.Now().Add(-24 * time.Hour)})
		want := kubeadmBest()
		want.CertFile, want.KeyFile, want.From = "/etc/kubernetes/pki/etcd/healthcheck-client.crt", "/etc/kubernetes/pki/etcd/healthcheck-client.key", "manifest "
		n.first(want)
		all := n.find()
		if last := all[len(all)-1]; last.Usable || !strings.Contains(last.Why, "apiserver-etcd-client.crt: the certificate expired on") {
			t.Errorf("last is %+v", last)
		}
	})
}

func TestKubeadmFaults(t *testing.T) {
	n := newNode(t)
	ca := n.kubeadm()
	os.RemoveAll(n.at("/etc/kubernetes/pki/etcd/healthcheck-client.crt"))
	os.RemoveAll(n.at("/etc/kubernetes/pki/etcd/server.crt"))
	ca.Issue(n.at("/etc/kubernetes/pki/apiserver-etcd-client.crt"), n.at("/etc/kubernetes/pki/apiserver-etcd-client.key"), certtest.For{Server: true})
	for _, step := range []struct{ why, remove string }{
		{"apiserver-etcd-client.crt: the certificate is not for clients (its extended key usage lacks clientAuth)", "/etc/kubernetes/pki/apiserver-etcd-client.key"},
		{"apiserver-etcd-client.key: there is no such file", "/etc/kubernetes/pki/etcd/ca.crt"},
		{"etcd/ca.crt: there is no such file; ", ""},
	} {
		want := kubeadmBest()
		want.Usable, want.Why = false, step.why
		n.first(want)
		if step.remove != "" {
			os.Remove(n.at(step.remove))
		}
	}
}

func TestRancher(t *testing.T) {
	for _, name := range []string{"k3s", "rke2"} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t)
			base := "/var/lib/rancher/" + name + "/server/"
			ca := certtest.NewCA(t, n.mkdir(base+"tls/etcd/server-ca.crt"))
			ca.Issue(n.at(base+"tls/etcd/client.crt"), n.at(base+"tls/etcd/client.key"), certtest.For{Client: true})
			ca.Issue(n.at(base+"tls/etcd/server-client.crt"), n.at(base+"tls/etcd/server-client.key"), certtest.For{Client: true, Server: true})
			n.write(base+"db/etcd/name", "node-1")
			n.write(base+"cred/encryption-config.json", "{}")
			n.write(base+"logs/audit.log", "")
			want := Candidate{Distribution: name, Endpoints: []string{"https://127.0.0.1:2379"}, CAFile: base + "tls/etcd/server-ca.crt",
				CertFile: base + "tls/etcd/client.crt", KeyFile: base + "tls/etcd/client.key", EncryptionConfig: base + "cred/encryption-config.json",
				DataDir: base + "db/etcd", Prefix: "/registry", AuditLog: base + "logs/audit.log", From: "known paths of " + name, Usable: true, Why: "is a client certificate"}
			n.first(want)
			// k3s shows its arguments as one text; RKE2's etcd only names its configuration.
			n.process("41", nil, "/usr/local/bin/k3s agent")
			if name == "k3s" {
				n.process("42", nil, "/usr/local/bin/k3s server")
				want.From = "process k3s (pid 42)"
			} else {
				n.process("42", nil, "etcd", "--config-file="+base+"db/etcd/config")
				want.From = "process etcd (pid 42)"
			}
			n.first(want)
		})
	}
}

func TestKine(t *testing.T) {
	n := newNode(t)
	n.write("/var/lib/rancher/k3s/server/db/state.db", "")
	c := n.find()
	if len(c) != 1 || c[0].Usable || !strings.Contains(c[0].Why, "kine.sock: there is no such socket") {
		t.Errorf("%+v", c)
	}
	n.write("/var/lib/rancher/k3s/server/kine.sock", "")
	if c = n.find(); len(c) != 1 || !c[0].Usable || c[0].Endpoints[0] != "unix://"+n.at("/var/lib/rancher/k3s/server/kine.sock") {
		t.Errorf("%+v", c)
	}
}

func TestKubespray(t *testing.T) {
	n := newNode(t)
	ca := certtest.NewCA(t, n.mkdir("/etc/ssl/etcd/ssl/ca.pem"))
	ca.Issue(n.at("/etc/ssl/etcd/ssl/admin-node1.pem"), n.at("/etc/ssl/etcd/ssl/admin-node1-key.pem"), certtest.For{Client: true})
	n.write("/etc/etcd.env", "ETCD_DATA_DIR=/var/lib/etcd\nETCD_LISTEN_CLIENT_URLS=https://10.1.1.1:2379,https://127.0.0.1:2379\nETCD_TRUSTED_CA_FILE=/etc/ssl/etcd/ssl/ca.pem\n")
	n.first(Candidate{Distribution: "kubespray", Endpoints: []string{"https://127.0.0.1:2379"}, CAFile: "/etc/ssl/etcd/ssl/ca.pem",
		CertFile: "/etc/ssl/etcd/ssl/admin-node1.pem", KeyFile: "/etc/ssl/etcd/ssl/admin-node1-key.pem", DataDir: "/var/lib/etcd", From: "file ", Usable: true, Why: "is a client certificate"})
}

func TestPlainEtcd(t *testing.T) {
	n := newNode(t)
	n.process("9", []string{"ETCD_DATA_DIR=/var/lib/etcd/default", "PATH=/bin"}, "/usr/bin/etcd")
	n.process("10", nil, "vim", "--etcd-servers=https://nowhere:1")
	n.first(Candidate{Distribution: "etcd", Endpoints: []string{"http://127.0.0.1:2379"}, DataDir: "/var/lib/etcd/default", From: "process etcd (pid 9)",
		Usable: true, Why: "no certificate is needed"})
}

// TestOtherAddresses: addresses are those of one etcd only where one of them is in both places, and whoever runs an etcd himself adds none.
func TestOtherAddresses(t *testing.T) {
	n := newNode(t)
	n.process("9", nil, "/usr/bin/etcd", "--data-dir=/a", "--listen-client-urls=http://127.0.0.1:2379,http://10.0.0.5:2379", "--advertise-client-urls=http://10.0.0.5:2379,http://cp1:2379,http://u:p@cp1:2379")
	n.process("10", nil, "/usr/bin/etcd", "--data-dir=/b", "--listen-client-urls=http://127.0.0.1:12379", "--advertise-client-urls=http://10.0.0.5:12379")
	n.process("11", nil, "kube-apiserver", "--etcd-servers=http://10.0.0.5:2379,http://10.0.0.6:2379")
	also := map[string]string{}
	for _, c := range n.find() {
		also[c.Endpoints[0]] = strings.Join(c.Also, " ")
	}
	for ep, want := range map[string]string{
		"http://127.0.0.1:2379":  "http://10.0.0.5:2379 http://cp1:2379 http://10.0.0.6:2379",
		"http://127.0.0.1:12379": "http://10.0.0.5:12379",
		"http://10.0.0.5:2379":   "http://127.0.0.1:2379 http://cp1:2379",
	} {
		if also[ep] != want {
			t.Errorf("%s is also at %q, want %q", ep, also[ep], want)
		}
	}
	c := Candidate{Endpoints: []string{"http://127.0.0.1:2379"}}
	if c.also(&hint{endpoints: c.Endpoints, also: []string{"http://10.0.0.9:2379"}, runBy: "uid 1000"}); len(c.Also) > 0 {
		t.Errorf("another user's etcd added %v", c.Also)
	}
}

func TestContainerPaths(t *testing.T) {
	n := newNode(t)
	inside := "/proc/5/root/certs/"
	ca := certtest.NewCA(t, n.mkdir(inside+"ca.crt"))
	ca.Issue(n.at(inside+"c.crt"), n.at(inside+"c.key"), certtest.For{Client: true})
	n.process("5", nil, "kube-apiserver", "--etcd-servers=https://etcd:2379", "--etcd-cafile=/certs/ca.crt", "--etcd-certfile=/certs/c.crt", "--etcd-keyfile=/certs/c.key", "--audit-log-path=/log/audit.log")
	n.write("/proc/5/root/log/audit.log", "")
	n.first(Candidate{Distribution: "etcd", Endpoints: []string{"https://etcd:2379"}, CAFile: inside + "ca.crt", CertFile: inside + "c.crt", KeyFile: inside + "c.key", Prefix: "/registry",
		AuditLog: "/proc/5/root/log/audit.log", From: "process kube-apiserver (pid 5)", Usable: true, Why: "is a client certificate"})
}

// TestContainerVolume: what is in a volume of a container is named by where the node has it; what is not, and what only seems to be, by
// the way through the container's root.
func TestContainerVolume(t *testing.T) {
	n := newNode(t)
	inside := "/proc/5/root/certs/"
	ca := certtest.NewCA(t, n.mkdir(inside+"ca.crt"))
	ca.Issue(n.at(inside+"c.crt"), n.at(inside+"c.key"), certtest.For{Client: true})
	n.process("5", nil, "kube-apiserver", "--etcd-servers=https://etcd:2379", "--etcd-cafile=/certs/ca.crt", "--etcd-certfile=/certs/c.crt", "--etcd-keyfile=/certs/c.key", "--audit-log-path=/log/audit.log")
	n.write("/proc/5/root/log/audit.log", "")
	n.write("/proc/5/mountinfo", "900 800 0:77 / / rw - overlay overlay rw\n901 900 8:1 /old /certs rw - ext4 /dev/sda1 rw\n902 900 8:1 /lib/my\\040pki /certs rw - ext4 /dev/sda1 rw\n")
	n.write("/proc/self/mountinfo", "30 1 8:1 / /other rw - ext4 /dev/sda1 rw\n31 1 8:1 /lib /var/lib rw - ext4 /dev/sda1 rw\n32 1 8:2 /lib/my\\040pki /wrong rw - ext4 /dev/sdb1 rw\n90 1 0:77 / /merged rw - overlay overlay rw\n")
	n.write("/other/lib/my pki/ca.crt", "another file")
	n.write("/merged/log/audit.log", "")
	for _, name := range []string{"ca.crt", "c.crt", "c.key"} {
		if err := os.Link(n.at(inside+name), n.mkdir("/var/lib/my pki/"+name)); err != nil {
			t.Fatal(err)
		}
	}
	n.first(Candidate{Distribution: "etcd", Endpoints: []string{"https://etcd:2379"}, CAFile: "/var/lib/my pki/ca.crt", CertFile: "/var/lib/my pki/c.crt", KeyFile: "/var/lib/my pki/c.key", Prefix: "/registry",
		AuditLog: "/proc/5/root/log/audit.log", From: "process kube-apiserver (pid 5)", Usable: true, Why: "is a client certificate"})
}

func TestAuditToOutput(t *testing.T) {
	n := newNode(t)
	n.process("5", nil, "kube-apiserver", "--etcd-servers=http://127.0.0.1:2379", "--audit-log-path=-")
	n.first(Candidate{Distribution: "etcd", Endpoints: []string{"http://127.0.0.1:2379"}, Prefix: "/registry", From: "process", Usable: true, Why: "no certificate"})
}

func TestNothing(t *testing.T) {
	if c := Find(context.Background(), t.TempDir()); len(c) != 0 {
		t.Errorf("%+v", c)
	}
}

func TestRelativeRoot(t *testing.T) {
	n := newNode(t)
	n.write("/etc/kubernetes/manifests/etcd.yaml", "")
	t.Chdir(filepath.Dir(n.root))
	if got := Find(context.Background(), filepath.Base(n.root)); len(got) == 0 {
		t.Error("nothing was found below a relative root")
	}
}
