package open

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/live/discover"
)

// asks returns the commands of a plan that ask etcd.
func asks(lines []planLine) (out []string) {
	for _, l := range lines {
		if strings.Contains(l.Command, "etcdctl ") {
			out = append(out, l.Command)
		}
	}
	return out
}

// TestThePlanAsksEtcdAsItIsFound reads the node of each distribution: what the plan's commands ask etcd with is what a
// connection to it is opened with.
func TestThePlanAsksEtcdAsItIsFound(t *testing.T) {
	t.Parallel()
	main, c := secure(t, "/registry/namespaces/main"), newToRestore(t)
	for name, tr := range trees() {
		if name == "microk8s" { // which no plan knows
			continue
		}
		root, want := tr.lay(t, main, "4002"), tr.want
		if want.Distribution == "etcd" {
			want.Distribution = "systemd"
		}
		n := discover.NodeAt(t.Context(), root, "")
		if n.Distribution != want.Distribution || n.Client.CACert != want.CAFile || n.Client.Cert != want.CertFile || n.Client.Key != want.KeyFile || !strings.HasSuffix(n.Client.Endpoint, ":"+main.port()) {
			t.Errorf("%s: %s is reached by %+v", name, n.Distribution, n.Client)
		}
		if n.Data.Dir != want.DataDir || n.Data.WALDir != want.WALDir || n.Encryption != want.EncryptionConfig {
			t.Errorf("%s: its data is in %s and %s, its keys in %s", name, n.Data.Dir, n.Data.WALDir, n.Encryption)
		}
		lines, said, _ := runRestore(t, c.save(), "--root", root, "--initial-cluster", "n1=https://10.0.0.5:2380")
		list := asks(lines)
		if len(list) == 0 && want.Distribution != "talos" {
			t.Errorf("%s: nothing asks etcd: %s", name, said)
		}
		for _, command := range list {
			for _, w := range []string{":" + main.port(), "--cacert " + want.CAFile, "--cert " + want.CertFile, "--key " + want.KeyFile} {
				if !strings.Contains(command, w) {
					t.Errorf("%s: no %s in\n%s", name, w, command)
				}
			}
		}
		ownFolders(t, name, lines, want.DataDir)
	}
}

// ownFolders checks that the steps name the node's own folders, and that a shell parses them.
func ownFolders(t *testing.T, name string, lines []planLine, dataDir string) {
	t.Helper()
	bash, _ := exec.LookPath("bash")
	for _, l := range lines {
		parses(t, bash, l.Step, l.Command)
		parses(t, bash, l.Step, l.Undo)
		for _, usual := range []string{"/var/lib/rancher/k3s", "/var/lib/k0s", "/var/lib/etcd"} {
			if strings.Contains(l.Command+l.Undo, usual+"/") && !strings.HasPrefix(dataDir, usual) {
				t.Errorf("%s: its data is in %s, and step %d is\n%s", name, dataDir, l.Step, l.Command)
			}
		}
	}
}

// TestThePlanOfANodeWithOwnPaths lays kubeadm's etcd out at other ports and paths, in every way in which it can be configured.
func TestThePlanOfANodeWithOwnPaths(t *testing.T) {
	t.Parallel()
	s := secure(t, "/registry/namespaces/main")
	const tls, data = "/etc/etcd-tls/", "/data/etcd"
	own := []string{"--name=cp7", "--data-dir=/var/lib/etcd", "--initial-cluster=cp7=https://10.9.0.7:12380", "--initial-advertise-peer-urls=https://10.9.0.7:12380",
		"--listen-client-urls=https://127.0.0.1:MAIN,https://10.9.0.7:MAIN", "--trusted-ca-file=" + tls + "ca.crt", "--cert-file=" + tls + "server.crt", "--key-file=" + tls + "server.key"}
	var asEnv, asConfig string
	for _, a := range own {
		k, v, _ := strings.Cut(strings.TrimPrefix(a, "--"), "=")
		asEnv += "    - {name: ETCD_" + strings.ToUpper(strings.ReplaceAll(k, "-", "_")) + ", value: '" + v + "'}\n"
		if strings.HasPrefix(a, "--cert") || strings.HasPrefix(a, "--key") || strings.HasPrefix(a, "--trusted") {
			continue
		}
		asConfig += k + ": " + v + "\n"
	}
	asConfig += "client-transport-security:\n  trusted-ca-file: " + tls + "ca.crt\n  cert-file: " + tls + "server.crt\n  key-file: " + tls + "server.key\n"
	mounts := []string{"/var/lib/etcd=" + data}
	for name, files := range map[string]map[string]string{
		"arguments":     {manifestAt: podOf(append([]string{"etcd"}, own...), mounts...)},
		"pairs":         {manifestAt: podOf(append([]string{"etcd"}, strings.Split(strings.ReplaceAll(strings.Join(own, "\n"), "=https://127", "\nhttps://127"), "\n")...), mounts...)},
		"variables":     {manifestAt: strings.Replace(podOf([]string{"etcd"}, mounts...), "    volumeMounts:", "    env:\n"+asEnv+"    volumeMounts:", 1)},
		"configuration": {manifestAt: podOf([]string{"etcd", "--config-file=/etc/etcd/etcd.yaml"}, append(mounts, "/etc/etcd=/opt/etcd")...), "/opt/etcd/etcd.yaml": asConfig},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, tr := newToRestore(t), tree{files: files, ca: []string{tls + "ca.crt"}, certs: []string{tls + "server.crt"}}
			c.root, c.args = tr.lay(t, s, ""), nil
			lines, said, _ := c.plan()
			list := asks(lines)
			if len(list) < 2 {
				t.Fatalf("%d steps ask etcd: %s", len(list), said)
			}
			for _, command := range list {
				for _, w := range []string{"--endpoints https://127.0.0.1:" + s.port(), "--cacert " + tls + "ca.crt", "--cert " + tls + "server.crt", "--key " + tls + "server.key"} {
					if !strings.Contains(command, w) {
						t.Errorf("no %s in\n%s", w, command)
					}
				}
			}
			follow(t, lines, "kubeadm", []string{"--name cp7", "--initial-cluster cp7=https://10.9.0.7:12380", "--initial-advertise-peer-urls https://10.9.0.7:12380", "--data-dir " + data + ".restored", "mv " + data + ".restored " + data}, "")
		})
	}
}

// TestThePlanOfAPlainEtcd asks an etcd without TLS for no certificates.
func TestThePlanOfAPlainEtcd(t *testing.T) {
	t.Parallel()
	c := newToRestore(t)
	c.write(manifestAt, podOf([]string{"etcd", "--name=cp1", "--data-dir=/var/lib/etcd", "--initial-cluster=cp1=http://10.0.0.11:2380", "--listen-client-urls=http://127.0.0.1:2389"}))
	c.write("/etc/kubernetes/manifests/kube-apiserver.yaml", podOf([]string{"kube-apiserver", "--etcd-servers=http://127.0.0.1:2389"}))
	if found := discover.Find(t.Context(), c.root); len(found) != 1 || !found[0].Usable {
		t.Errorf("it is found as %+v", found)
	}
	lines, said, _ := c.plan()
	if len(asks(lines)) == 0 {
		t.Fatal(said)
	}
	for _, command := range asks(lines) {
		if !strings.Contains(command, "--endpoints http://127.0.0.1:2389") || strings.Contains(command, "--cert") || strings.Contains(command, "--cacert") {
			t.Error(command)
		}
	}
}

const manifestAt = "/etc/kubernetes/manifests/etcd.yaml"

// TestTheDataDirOfAPlan gives the data directory by a path of the working folder: the plan's commands hold an absolute one.
func TestTheDataDirOfAPlan(t *testing.T) {
	t.Parallel()
	c := newToRestore(t)
	abs, err := filepath.Abs("new/etcd")
	if err != nil {
		t.Fatal(err)
	}
	c.args = append(c.args, "--etcd-version", "3.4", "--data-dir", "new/etcd", "--wal-dir", "new/wal") // stopped by the version: nothing is made
	lines, said, code := c.plan()
	if code != 1 {
		t.Fatalf("exit %d: %s", code, said)
	}
	follow(t, lines, "kubeadm", []string{"--data-dir " + abs, "--wal-dir " + filepath.Dir(abs) + "/wal", "mv " + abs + " /var/lib/etcd"}, "")
}

// TestTheNeedsOfANodeWithOwnPaths looks for the keys that no snapshot contains where the node's API server has them.
func TestTheNeedsOfANodeWithOwnPaths(t *testing.T) {
	t.Parallel()
	const own = "/opt/certs/"
	args := []string{"kube-apiserver", "--etcd-servers=https://127.0.0.1:2379", "--client-ca-file=/pki/ca.crt", "--service-account-signing-key-file=/pki/sa.key", "--service-account-key-file=/pki/sa.pub",
		"--requestheader-client-ca-file=/pki/front-proxy-ca.crt", "--etcd-cafile=/pki/etcd/ca.crt", "--etcd-certfile=/pki/client.crt", "--etcd-keyfile=/pki/client.key"}
	unit := "[Service]\nExecStart=/usr/bin/" + strings.ReplaceAll(strings.Join(args, " \\\n  "), "/pki/", own) + " --encryption-provider-config " + own + "enc.yaml\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"kubeadm": {map[string]string{manifestAt: podOf([]string{"etcd", "--name=cp1", "--initial-cluster=cp1=https://10.0.0.11:2380"}), "/etc/kubernetes/manifests/kube-apiserver.yaml": podOf(args, "/pki=/opt/certs")},
			[]string{"ca.crt", "ca.key", "sa.key", "sa.pub", "front-proxy-ca.crt", "front-proxy-ca.key", "etcd/ca.crt", "etcd/ca.key"}},
		"systemd": {map[string]string{"/etc/systemd/system/etcd.service": "[Service]\nExecStart=/usr/bin/etcd --name cp1 --data-dir /srv/etcd\n", "/etc/systemd/system/kube-apiserver.service": unit},
			[]string{"ca.crt", "sa.key", "sa.pub", "front-proxy-ca.crt", "enc.yaml", "etcd/ca.crt"}},
	} {
		n := newToRestore(t)
		n.root = t.TempDir()
		for p, text := range c.files {
			n.write(p, text)
		}
		for i := range 2 { // first all are missing, then all are there
			lines, said, _ := n.plan()
			got := map[string]string{}
			for _, l := range lines {
				if l.Need != "" {
					got[l.Path] = l.State
				}
			}
			for _, w := range c.want {
				if state := got[own+w]; state != []string{"missing", "present"}[i] {
					t.Errorf("%s: %s is %q in %v: %s", name, own+w, state, got, said)
				}
				n.write(own+w, "x")
			}
			if len(got) != len(c.want) {
				t.Errorf("%s: %v", name, got)
			}
		}
	}
}
