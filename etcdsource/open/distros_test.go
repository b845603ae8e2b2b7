package open

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/etcd/client/pkg/v3/transport"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/zap"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/live/certtest"
	"github.com/etcdscope/etcdscope/etcdsource/live/discover"
)

// secured is a real etcd that asks for a client certificate, and its authority.
type secured struct {
	ca   *certtest.CA
	addr string // host:port
}

// secure starts an etcd with TLS that holds one key.
func secure(t *testing.T, key string) secured {
	t.Helper()
	dir := etcdtest.Dir(t)
	file := func(name string) string { return filepath.Join(dir, name) }
	s := secured{ca: certtest.NewCA(t, file("ca.crt"))}
	s.ca.Issue(file("server.crt"), file("server.key"), certtest.For{Server: true, Client: true, Hosts: []string{"127.0.0.1", "localhost"}})
	s.ca.Issue(file("c.crt"), file("c.key"), certtest.For{Client: true})
	srv := etcdtest.New(t, func(c *embed.Config) {
		at := url.URL{Scheme: "https", Host: "127.0.0.1:0"}
		c.ListenClientUrls, c.AdvertiseClientUrls = []url.URL{at}, []url.URL{at}
		c.ClientTLSInfo = transport.TLSInfo{CertFile: file("server.crt"), KeyFile: file("server.key"), TrustedCAFile: s.ca.File, ClientCertAuth: true}
	})
	s.addr = srv.Etcd.Clients[0].Addr().String()
	info := transport.TLSInfo{CertFile: file("c.crt"), KeyFile: file("c.key"), TrustedCAFile: s.ca.File}
	tls, err := info.ClientConfig()
	if err != nil {
		t.Fatal(err)
	}
	w, err := clientv3.New(clientv3.Config{Endpoints: []string{"https://" + s.addr}, TLS: tls, Logger: zap.NewNop(), DialTimeout: 30 * time.Second})
	if err == nil {
		_, err = w.Put(etcdtest.Within(t, time.Minute), key, "{}")
		w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// port is that of the etcd.
func (s secured) port() string { return s.addr[strings.LastIndex(s.addr, ":")+1:] }

// tree is the file tree of a node. In the texts of its files MAIN and EVENTS stand for the ports of its etcds.
type tree struct {
	files  map[string]string
	ca     []string             // where the authority's certificate is
	certs  []string             // of clients: their keys lie beside them
	server []string             // of servers, which a client cannot use
	procs  map[string][]string  // arguments of processes
	env    map[string][]string  // their variables
	want   discover.Candidate   // of the first candidate, paths as on the node
	other  []discover.Candidate // names and endpoints of others, "usable" and why as far as given
}

const pod = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - command:\n"

// podOf is a static pod with arguments, and mounts: inside=outside.
func podOf(args []string, mounts ...string) string {
	var b strings.Builder
	b.WriteString(pod)
	for _, a := range args {
		b.WriteString("    - " + a + "\n")
	}
	for i, m := range mounts {
		if i == 0 {
			b.WriteString("    volumeMounts:\n")
		}
		in, _, _ := strings.Cut(m, "=")
		b.WriteString("    - {name: v" + string(rune('a'+i)) + ", mountPath: " + in + "}\n")
	}
	for i, m := range mounts {
		if i == 0 {
			b.WriteString("  volumes:\n")
		}
		_, out, _ := strings.Cut(m, "=")
		b.WriteString("  - {name: v" + string(rune('a'+i)) + ", hostPath: {path: " + out + "}}\n")
	}
	return b.String()
}

func rancherTree(name string) tree {
	lib := "/var/lib/rancher/" + name + "/server/"
	tls := lib + "tls/etcd/"
	return tree{
		files: map[string]string{
			lib + "db/etcd/config": "advertise-client-urls: https://10.0.0.5:MAIN\nclient-transport-security:\n  cert-file: " + tls + "server-client.crt\n  client-cert-auth: true\n  key-file: " + tls +
				"server-client.key\n  trusted-ca-file: " + tls + "server-ca.crt\ndata-dir: " + lib + "db/etcd\nelection-timeout: 5000\nheartbeat-interval: 500\nlisten-client-urls: https://127.0.0.1:MAIN,https://10.0.0.5:MAIN\n" +
				"listen-metrics-urls: http://127.0.0.1:2381\nname: node-1\n",
			lib + "db/etcd/name": "node-1", lib + "cred/encryption-config.json": "{}", lib + "logs/audit.log": "",
		},
		ca: []string{tls + "server-ca.crt"}, certs: []string{tls + "client.crt"}, server: []string{tls + "server-client.crt"},
		want: discover.Candidate{Distribution: name, CAFile: tls + "server-ca.crt", CertFile: tls + "client.crt", KeyFile: tls + "client.key", Prefix: "/registry",
			EncryptionConfig: lib + "cred/encryption-config.json", DataDir: lib + "db/etcd", AuditLog: lib + "logs/audit.log"},
	}
}

func trees() map[string]tree {
	all := map[string]tree{"k3s": rancherTree("k3s"), "rke2": rancherTree("rke2")}
	r := all["rke2"]
	pods, tls := "/var/lib/rancher/rke2/agent/pod-manifests/", "/var/lib/rancher/rke2/server/tls/etcd/"
	r.files[pods+"etcd.yaml"] = podOf([]string{"etcd", "--config-file=/var/lib/rancher/rke2/server/db/etcd/config"})
	r.files[pods+"kube-apiserver.yaml"] = podOf([]string{"kube-apiserver", "--etcd-servers=https://127.0.0.1:MAIN", "--etcd-cafile=" + tls + "server-ca.crt", "--etcd-certfile=" + tls + "client.crt",
		"--etcd-keyfile=" + tls + "client.key", "--encryption-provider-config=/var/lib/rancher/rke2/server/cred/encryption-config.json", "--audit-log-path=/var/lib/rancher/rke2/server/logs/audit.log"})

	moved := rancherTree("k3s") // k3s with its data elsewhere
	for path, text := range moved.files {
		delete(moved.files, path)
		moved.files[strings.ReplaceAll(path, "/var/lib/rancher/k3s", "/opt/k3s")] = strings.ReplaceAll(text, "/var/lib/rancher/k3s", "/opt/k3s")
	}
	moved.files["/etc/rancher/k3s/config.yaml"] = "data-dir: /opt/k3s\nwrite-kubeconfig-mode: '0644'\n"
	for _, p := range []*string{&moved.ca[0], &moved.certs[0], &moved.server[0], &moved.want.CAFile, &moved.want.CertFile, &moved.want.KeyFile, &moved.want.EncryptionConfig, &moved.want.DataDir, &moved.want.AuditLog} {
		*p = strings.ReplaceAll(*p, "/var/lib/rancher/k3s", "/opt/k3s")
	}
	all["k3s, its data elsewhere"] = moved

	const pki = "/etc/kubernetes/pki/"
	kubeadm := tree{
		files: map[string]string{
			"/etc/kubernetes/manifests/etcd.yaml": podOf([]string{"etcd", "--advertise-client-urls=https://10.0.0.5:MAIN", "--listen-client-urls=https://127.0.0.1:MAIN,https://10.0.0.5:MAIN", "--data-dir=/var/lib/etcd",
				"--wal-dir=/var/lib/wal", "--cert-file=" + pki + "etcd/server.crt", "--key-file=" + pki + "etcd/server.key", "--trusted-ca-file=" + pki + "etcd/ca.crt"}, "/var/lib/etcd=/data/etcd", "/var/lib/wal=/data/wal", pki+"etcd="+pki+"etcd"),
			"/etc/kubernetes/manifests/kube-apiserver.yaml": "# - --etcd-prefix=/old\n" + podOf([]string{"kube-apiserver", "--etcd-servers=https://127.0.0.1:MAIN", "--etcd-cafile=" + pki + "etcd/ca.crt", "--etcd-certfile=" + pki + "apiserver-etcd-client.crt",
				"--etcd-keyfile=" + pki + "apiserver-etcd-client.key", "--etcd-prefix=mine", "--encryption-provider-config=/etc/enc/enc.yaml", "--audit-log-path=/var/log/audit/audit.log"},
				"/etc/enc=/etc/kubernetes/enc", "/var/log/audit=/var/log/kubernetes"),
			"/etc/kubernetes/enc/enc.yaml": "kind: EncryptionConfiguration\n", "/data/etcd/member/x": "", "/data/wal/x": "",
		},
		ca: []string{pki + "etcd/ca.crt"}, certs: []string{pki + "apiserver-etcd-client.crt", pki + "etcd/healthcheck-client.crt"}, server: []string{pki + "etcd/server.crt"},
		want: discover.Candidate{Distribution: "kubeadm", CAFile: pki + "etcd/ca.crt", CertFile: pki + "apiserver-etcd-client.crt", KeyFile: pki + "apiserver-etcd-client.key", Prefix: "/mine",
			EncryptionConfig: "/etc/kubernetes/enc/enc.yaml", DataDir: "/data/etcd", WALDir: "/data/wal", AuditLog: "/var/log/kubernetes/audit.log"},
	}
	all["kubeadm"] = kubeadm

	const k0s = "/var/lib/k0s/"
	all["k0s"] = tree{
		files: map[string]string{"/etc/k0s/k0s.yaml": "spec:\n  api:\n    extraArgs: {encryption-provider-config: /etc/k0s/enc.yaml, audit-log-path: /var/log/k0s.log}\n  storage: {type: etcd}\n", "/etc/k0s/enc.yaml": "", k0s + "etcd/member/x": ""},
		ca:    []string{k0s + "pki/etcd/ca.crt"}, certs: []string{k0s + "pki/apiserver-etcd-client.crt"}, server: []string{k0s + "pki/etcd/server.crt"},
		procs: map[string][]string{"11": {"/var/lib/k0s/bin/etcd", "--data-dir=/var/lib/k0s/etcd", "--listen-client-urls=https://127.0.0.1:MAIN", "--advertise-client-urls=https://127.0.0.1:MAIN",
			"--cert-file=" + k0s + "pki/etcd/server.crt", "--key-file=" + k0s + "pki/etcd/server.key", "--trusted-ca-file=" + k0s + "pki/etcd/ca.crt"}, "12": {"/usr/local/bin/k0s", "controller"}},
		want: discover.Candidate{Distribution: "k0s", CAFile: k0s + "pki/etcd/ca.crt", CertFile: k0s + "pki/apiserver-etcd-client.crt", KeyFile: k0s + "pki/apiserver-etcd-client.key", Prefix: "/registry",
			EncryptionConfig: "/etc/k0s/enc.yaml", DataDir: k0s + "etcd", AuditLog: "/var/log/k0s.log"},
	}

	const static = "/etc/kubernetes/static-pod-resources/"
	const peer = static + "etcd-certs/secrets/etcd-all-certs/etcd-peer-master-0."
	all["openshift"] = tree{
		files: map[string]string{
			"/etc/kubernetes/manifests/etcd-pod.yaml": podOf([]string{"/bin/sh", "-c", "|\n      #!/bin/sh\n      exec etcd --logger=zap --data-dir=/var/lib/etcd --listen-client-urls=https://0.0.0.0:MAIN,unixs://10.0.0.5:0 --advertise-client-urls=https://${NODE_IP}:MAIN --cert-file=/etc/kubernetes/static-pod-certs/secrets/etcd-all-certs/etcd-serving-master-0.crt"},
				"/etc/kubernetes/static-pod-certs="+static+"etcd-certs", "/var/lib/etcd=/var/lib/etcd"),
			"/etc/kubernetes/manifests/kube-apiserver-pod.yaml": podOf([]string{"/bin/bash", "-ec", "hyperkube kube-apiserver --openshift-config=/etc/kubernetes/static-pod-resources/configmaps/config/config.yaml"}, "/etc/kubernetes/static-pod-resources="+static+"kube-apiserver-pod-10"),
			static + "etcd-certs/configmaps/etcd-scripts/etcd.env": "export ALL_ETCD_ENDPOINTS=\"https://localhost:MAIN\"\nexport ETCDCTL_CACERT=\"/etc/kubernetes/static-pod-certs/configmaps/etcd-all-bundles/server-ca-bundle.crt\"\n" +
				"export ETCDCTL_CERT=\"/etc/kubernetes/static-pod-certs/secrets/etcd-all-certs/etcd-peer-master-0.crt\"\nexport ETCDCTL_KEY=\"/etc/kubernetes/static-pod-certs/secrets/etcd-all-certs/etcd-peer-master-0.key\"\nexport ETCDCTL_ENDPOINTS=\"https://127.0.0.1:MAIN\"\nexport ETCD_DATA_DIR=\"/var/lib/etcd\"\n",
			static + "kube-apiserver-pod-9/configmaps/config/config.yaml": `{"apiServerArguments":{"etcd-prefix":["old"],"audit-log-path":["/old.log"]}}`,
			static + "kube-apiserver-pod-10/configmaps/config/config.yaml": `{"apiServerArguments":{"audit-log-path":["/var/log/kube-apiserver/audit.log"],"encryption-provider-config":["/etc/kubernetes/static-pod-resources/secrets/encryption-config/encryption-config"],` +
				`"etcd-cafile":["/etc/kubernetes/static-pod-resources/configmaps/etcd-serving-ca/ca-bundle.crt"],"etcd-certfile":["/etc/kubernetes/static-pod-resources/secrets/etcd-client/tls.crt"],"etcd-keyfile":["/etc/kubernetes/static-pod-resources/secrets/etcd-client/tls.key"],` +
				`"etcd-prefix":["kubernetes.io"],"etcd-servers":["https://127.0.0.1:MAIN","https://localhost:MAIN"]}}`,
			static + "kube-apiserver-pod-9/secrets/encryption-config/encryption-config": "", static + "kube-apiserver-pod-10/secrets/encryption-config/encryption-config": "", "/var/log/kube-apiserver/audit.log": "", "/var/lib/etcd/member/x": "",
		},
		ca: []string{static + "etcd-certs/configmaps/etcd-all-bundles/server-ca-bundle.crt"}, certs: []string{peer + "crt"},
		want: discover.Candidate{Distribution: "openshift", CAFile: static + "etcd-certs/configmaps/etcd-all-bundles/server-ca-bundle.crt", CertFile: peer + "crt", KeyFile: peer + "key", Prefix: "/kubernetes.io",
			EncryptionConfig: static + "kube-apiserver-pod-10/secrets/encryption-config/encryption-config", DataDir: "/var/lib/etcd", AuditLog: "/var/log/kube-apiserver/audit.log"},
	}

	const srv, vol = "/srv/kubernetes/kube-apiserver/", "/mnt/vol-1/"
	all["kops"] = tree{
		files: map[string]string{
			"/etc/kubernetes/manifests/kube-apiserver.manifest": podOf([]string{"/usr/local/bin/kube-apiserver", "--etcd-servers=https://127.0.0.1:MAIN", "--etcd-servers-overrides=/events#https://127.0.0.1:EVENTS", "--etcd-cafile=" + srv + "etcd-ca.crt",
				"--etcd-certfile=" + srv + "etcd-client.crt", "--etcd-keyfile=" + srv + "etcd-client.key", "--encryption-provider-config=" + srv + "encryptionconfig.yaml", "--audit-log-path=/var/log/kube-apiserver-audit.log"}, srv+"="+srv, "/var/log=/var/log"),
			"/etc/kubernetes/manifests/etcd-main.manifest": podOf([]string{"/etcd-manager", "--client-urls=https://__name__:4001"}), "/etc/kubernetes/manifests/etcd-events.manifest": podOf([]string{"/etcd-manager", "--client-urls=https://__name__:4002"}),
			srv + "encryptionconfig.yaml": "", vol + "data/abc/member/x": "", "/mnt/vol-2/data/def/member/x": "",
		},
		ca: []string{srv + "etcd-ca.crt", vol + "pki/abc/clients/ca.crt"}, certs: []string{srv + "etcd-client.crt"}, server: []string{vol + "pki/abc/clients/server.crt"},
		procs: map[string][]string{"21": {"/opt/etcd-v3.5.9/etcd"}, "22": {"/opt/etcd-v3.5.9/etcd"}},
		env: map[string][]string{
			"21": {"PATH=/bin", "ETCD_DATA_DIR=/rootfs/mnt/vol-2/data/def", "ETCD_LISTEN_CLIENT_URLS=https://0.0.0.0:EVENTS", "ETCD_CERT_FILE=/rootfs/mnt/vol-2/pki/def/clients/server.crt", "ETCD_TRUSTED_CA_FILE=/rootfs/mnt/vol-2/pki/def/clients/ca.crt"},
			"22": {"ETCD_DATA_DIR=/rootfs/mnt/vol-1/data/abc", "ETCD_LISTEN_CLIENT_URLS=https://0.0.0.0:MAIN", "ETCD_CERT_FILE=/rootfs/mnt/vol-1/pki/abc/clients/server.crt", "ETCD_TRUSTED_CA_FILE=/rootfs/mnt/vol-1/pki/abc/clients/ca.crt"}},
		want: discover.Candidate{Distribution: "kops", Name: "main", CAFile: srv + "etcd-ca.crt", CertFile: srv + "etcd-client.crt", KeyFile: srv + "etcd-client.key", Prefix: "/registry", EncryptionConfig: srv + "encryptionconfig.yaml",
			DataDir: vol + "data/abc", AuditLog: "/var/log/kube-apiserver-audit.log"},
		other: []discover.Candidate{{Name: "events", DataDir: "/mnt/vol-2/data/def"}},
	}

	const ssl = "/etc/ssl/etcd/ssl/"
	all["kubespray"] = tree{
		files: map[string]string{
			"/etc/etcd.env":        "# Environment file for etcd\nETCD_DATA_DIR=/var/lib/etcd\nETCD_ADVERTISE_CLIENT_URLS=https://10.0.0.5:MAIN\nETCD_LISTEN_CLIENT_URLS=https://10.0.0.5:MAIN,https://127.0.0.1:MAIN\nETCD_TRUSTED_CA_FILE=" + ssl + "ca.pem\nETCD_CERT_FILE=" + ssl + "member-n1.pem\nETCD_KEY_FILE=" + ssl + "member-n1-key.pem\nETCDCTL_ENDPOINTS=https://127.0.0.1:MAIN\nETCDCTL_CACERT=" + ssl + "ca.pem\nETCDCTL_KEY=" + ssl + "admin-n1-key.pem\nETCDCTL_CERT=" + ssl + "admin-n1.pem\n",
			"/etc/etcd-events.env": "ETCD_DATA_DIR=/var/lib/etcd-events\nETCD_LISTEN_CLIENT_URLS=https://10.0.0.5:EVENTS,https://127.0.0.1:EVENTS\nETCD_TRUSTED_CA_FILE=" + ssl + "ca.pem\n",
			"/etc/kubernetes/manifests/kube-apiserver.yaml": podOf([]string{"kube-apiserver", "--etcd-servers=https://127.0.0.1:MAIN", "--etcd-servers-overrides=/events#https://127.0.0.1:EVENTS", "--etcd-cafile=" + ssl + "ca.pem", "--etcd-certfile=" + ssl + "node-n1.pem", "--etcd-keyfile=" + ssl + "node-n1-key.pem",
				"--encryption-provider-config=/etc/kubernetes/ssl/secrets_encryption.yaml", "--audit-log-path=/var/log/audit/kube-apiserver-audit.log"}),
			"/etc/kubernetes/ssl/secrets_encryption.yaml": "", "/var/lib/etcd/member/x": "", "/var/lib/etcd-events/member/x": "",
		},
		ca: []string{ssl + "ca.pem"}, certs: []string{ssl + "admin-n1.pem", ssl + "node-n1.pem"}, server: []string{ssl + "member-n1.pem"},
		want: discover.Candidate{Distribution: "kubespray", Name: "main", CAFile: ssl + "ca.pem", CertFile: ssl + "node-n1.pem", KeyFile: ssl + "node-n1-key.pem", Prefix: "/registry", EncryptionConfig: "/etc/kubernetes/ssl/secrets_encryption.yaml",
			DataDir: "/var/lib/etcd", AuditLog: "/var/log/audit/kube-apiserver-audit.log"},
		other: []discover.Candidate{{Name: "events", DataDir: "/var/lib/etcd-events"}},
	}

	const sys = "/system/secrets/"
	all["talos"] = tree{
		files: map[string]string{sys + "kubernetes/kube-apiserver/encryptionconfig.yaml": "", "/var/lib/etcd/member/x": "", "/system/state/x": ""},
		ca:    []string{sys + "etcd/ca.crt"}, certs: []string{sys + "etcd/admin.crt", sys + "kubernetes/kube-apiserver/etcd-client.crt"}, server: []string{sys + "etcd/server.crt"},
		procs: map[string][]string{"31": {"/usr/local/bin/etcd", "--data-dir=/var/lib/etcd", "--listen-client-urls=https://0.0.0.0:MAIN", "--cert-file=" + sys + "etcd/server.crt", "--key-file=" + sys + "etcd/server.key", "--trusted-ca-file=" + sys + "etcd/ca.crt"}},
		want: discover.Candidate{Distribution: "talos", CAFile: sys + "etcd/ca.crt", CertFile: sys + "etcd/admin.crt", KeyFile: sys + "etcd/admin.key",
			EncryptionConfig: sys + "kubernetes/kube-apiserver/encryptionconfig.yaml", DataDir: "/var/lib/etcd"},
	}

	all["systemd"] = tree{
		files: map[string]string{
			"/etc/systemd/system/etcd.service":           "[Service]\nEnvironmentFile=-/etc/etcd/etcd.conf\nExecStart=/usr/local/bin/etcd \\\n  --name n1 \\\n  --data-dir=/srv/etcd \\\n  --cert-file=/etc/etcd/server.crt --key-file=/etc/etcd/server.key\n",
			"/etc/etcd/etcd.conf":                        "ETCD_LISTEN_CLIENT_URLS=\"https://127.0.0.1:MAIN\"\nETCD_TRUSTED_CA_FILE=/etc/etcd/ca.crt\n",
			"/etc/systemd/system/kube-apiserver.service": "[Service]\nExecStart=/usr/local/bin/kube-apiserver \\\n  --etcd-servers=https://127.0.0.1:MAIN \\\n  --etcd-cafile=/var/lib/kubernetes/ca.crt --etcd-certfile=/var/lib/kubernetes/apiserver.crt \\\n  --etcd-keyfile=/var/lib/kubernetes/apiserver.key '--encryption-provider-config=/var/lib/kubernetes/enc.yaml' --audit-log-path=/var/log/audit.log\n",
			"/srv/etcd/member/x":                         "", "/var/lib/kubernetes/enc.yaml": "",
		},
		ca: []string{"/var/lib/kubernetes/ca.crt", "/etc/etcd/ca.crt"}, certs: []string{"/var/lib/kubernetes/apiserver.crt"}, server: []string{"/etc/etcd/server.crt"},
		want: discover.Candidate{Distribution: "etcd", CAFile: "/var/lib/kubernetes/ca.crt", CertFile: "/var/lib/kubernetes/apiserver.crt", KeyFile: "/var/lib/kubernetes/apiserver.key", Prefix: "/registry",
			EncryptionConfig: "/var/lib/kubernetes/enc.yaml", DataDir: "/srv/etcd", AuditLog: "/var/log/audit.log"},
	}
	const snap = "/var/snap/microk8s/current/"
	all["microk8s"] = tree{
		files: map[string]string{snap + "args/kube-apiserver": "# args\n--etcd-servers=\"https://127.0.0.1:MAIN\"\n--etcd-cafile=${SNAP_DATA}/certs/ca.crt\n--etcd-certfile=${SNAP_DATA}/certs/server.crt\n--etcd-keyfile=${SNAP_DATA}/certs/server.key\n--audit-log-path=${SNAP_COMMON}/var/log/audit.log\n",
			snap + "args/etcd": "--data-dir=${SNAP_COMMON}/var/run/etcd\n--listen-client-urls=https://0.0.0.0:MAIN\n", "/var/snap/microk8s/common/var/run/etcd/member/x": ""},
		ca: []string{snap + "certs/ca.crt"}, certs: []string{snap + "certs/server.crt"},
		want: discover.Candidate{Distribution: "microk8s", CAFile: snap + "certs/ca.crt", CertFile: snap + "certs/server.crt", KeyFile: snap + "certs/server.key", Prefix: "/registry",
			DataDir: "/var/snap/microk8s/common/var/run/etcd", AuditLog: "/var/snap/microk8s/common/var/log/audit.log"},
	}
	return all
}

// lay writes a tree below a root, with the certificates of an etcd.
func (tr *tree) lay(t *testing.T, s secured, events string) string {
	t.Helper()
	root := t.TempDir()
	fill := strings.NewReplacer("MAIN", s.port(), "EVENTS", events)
	write := func(p, text string) {
		at := filepath.Join(root, p)
		err := os.MkdirAll(filepath.Dir(at), 0o755)
		if err == nil {
			err = os.WriteFile(at, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for p, text := range tr.files {
		write(p, fill.Replace(text))
	}
	for pid, args := range tr.procs {
		write("/proc/"+pid+"/cmdline", fill.Replace(strings.Join(args, "\x00"))+"\x00")
		write("/proc/"+pid+"/environ", fill.Replace(strings.Join(tr.env[pid], "\x00")))
	}
	pem, err := os.ReadFile(s.ca.File)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range tr.ca {
		write(p, string(pem))
	}
	for _, p := range append(slices.Clone(tr.certs), tr.server...) {
		ext := filepath.Ext(p)
		key := strings.TrimSuffix(p, ext) + ".key"
		if ext == ".pem" {
			key = strings.TrimSuffix(p, ext) + "-key.pem"
		}
		s.ca.Issue(filepath.Join(root, p), filepath.Join(root, key), certtest.For{Client: slices.Contains(tr.certs, p), Server: true, Hosts: []string{"127.0.0.1"}})
	}
	return root
}

// TestDistributions opens a real etcd through the file tree of each distribution, and finds all that belongs to it.
func TestDistributions(t *testing.T) {
	t.Parallel()
	main, events := secure(t, "/registry/namespaces/main"), secure(t, "/registry/events/default/x")
	for name, tr := range trees() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := tr.lay(t, main, events.port())
			found, places := discover.Search(t.Context(), root)
			if len(found) == 0 {
				t.Fatal("nothing was found")
			}
			got, want := found[0], tr.want
			for _, c := range []struct{ what, got, want string }{
				{"distribution", got.Distribution, want.Distribution}, {"name", got.Name, want.Name}, {"CA", got.CAFile, filepath.Join(root, want.CAFile)}, {"certificate", got.CertFile, filepath.Join(root, want.CertFile)},
				{"key", got.KeyFile, filepath.Join(root, want.KeyFile)}, {"prefix", got.Prefix, want.Prefix}, {"encryption config", got.EncryptionConfig, at(root, want.EncryptionConfig)},
				{"data dir", got.DataDir, at(root, want.DataDir)}, {"WAL dir", got.WALDir, at(root, want.WALDir)}, {"audit log", got.AuditLog, at(root, want.AuditLog)},
			} {
				if c.got != c.want {
					t.Errorf("%s is %q, want %q", c.what, c.got, c.want)
				}
			}
			if !got.Usable || !strings.Contains(got.Why, "is a client certificate") {
				t.Errorf("%+v", got)
			}
			for _, o := range tr.other {
				i := slices.IndexFunc(found, func(c discover.Candidate) bool { return c.Name == o.Name })
				if i < 0 || found[i].DataDir != at(root, o.DataDir) || len(found[i].Endpoints) == 0 || !strings.HasSuffix(found[i].Endpoints[0], ":"+events.port()) {
					t.Errorf("no %s in %+v", o.Name, found)
				}
			}
			for p := range tr.files {
				if !strings.Contains(p, "member/x") && filepath.Ext(p) != ".log" && !slices.ContainsFunc(places, func(l discover.Place) bool { return strings.HasPrefix(filepath.Join(root, p), l.Path) }) && isSetting(p) {
					t.Errorf("%s was not looked at", p)
				}
			}
			src, how, err := openLive(t.Context(), Options{Root: root, Env: noEnv}, discover.Find)
			if err != nil {
				t.Fatal(err)
			}
			describe(t, src, err)
			if n, err := src.Count(t.Context(), etcdsource.Prefix("/registry/namespaces/"), etcdsource.At{}); n != 1 || err != nil || how.How != ByDiscovery {
				t.Errorf("%d keys, %v, %+v", n, err, how)
			}
			if len(tr.other) > 0 != (len(how.Others) > 0) {
				t.Errorf("others: %v", how.Others)
			}
			for _, o := range how.Others {
				if o.Name == "events" && !slices.Equal(o.Resources, []string{"events"}) {
					t.Errorf("%s keeps %v", o.Name, o.Resources)
				}
			}
		})
	}
}

// isSetting reports whether a file says something that is needed.
func isSetting(p string) bool {
	return strings.Contains(p, "manifest") || strings.HasSuffix(p, ".env") || strings.HasSuffix(p, ".service") || strings.HasSuffix(p, "config") || strings.Contains(p, "/args/")
}

func at(root, p string) string {
	if p == "" {
		return ""
	}
	return filepath.Join(root, p)
}

// TestAnotherEtcd opens the etcd that keeps the Events, by its name.
func TestAnotherEtcd(t *testing.T) {
	t.Parallel()
	dir, tr := t.TempDir(), trees()["kops"]
	events := secure(t, "/registry/events/default/x")
	main := secured{events.ca, "127.0.0.1:1"} // it does not run
	root := tr.lay(t, main, events.port())
	src, found, err := openLive(t.Context(), Options{Root: root, Etcd: "events", Env: noEnv}, discover.Find)
	if err != nil {
		t.Fatal(err)
	}
	describe(t, src, err)
	if n, err := src.Count(t.Context(), etcdsource.Prefix("/registry/events/"), etcdsource.At{}); n != 1 || err != nil || found.Candidate.Name != "events" || len(found.Others) != 1 || found.Others[0].Name != "main" {
		t.Errorf("%d keys, %v, %+v", n, err, found)
	}
	// The etcd of the Events is never taken for the cluster's own.
	if src, _, err := openLive(t.Context(), Options{Root: root, Env: noEnv}, discover.Find); err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") || strings.Contains(err.Error(), events.port()) {
		t.Errorf("%v, %v", src, err)
	}
	for etcd, says := range map[string]string{"leases": "give one of these to --etcd: main, events"} {
		if _, _, err := openLive(t.Context(), Options{Root: root, Etcd: etcd, Env: noEnv}, discover.Find); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", etcd, err)
		}
	}
	if _, _, err := openLive(t.Context(), Options{Root: dir, Etcd: "events", Env: noEnv}, func(context.Context, string) []discover.Candidate { return nil }); err == nil || !strings.Contains(err.Error(), "none of that name was found") {
		t.Error(err)
	}
}
