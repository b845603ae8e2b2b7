package open

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// distributions are laid out below a root, and the words that the commands of their plans hold, in this order.
var distributions = []struct {
	name    string
	files   map[string]string
	args    []string
	file    string // the snapshot's name
	want    []string
	mistake string
}{
	{
		name: "kubeadm", files: map[string]string{"/var/lib/etcd/member/snap/x": "x"}, args: []string{"--initial-cluster", "cp1=https://10.0.0.11:2380,cp2=https://10.0.0.12:2380"},
		want: []string{"scp -p", "mv /etc/kubernetes/manifests/kube-apiserver.yaml", "etcdutl snapshot restore", "--name cp1", "--initial-cluster cp1=https://10.0.0.11:2380,cp2=https://10.0.0.12:2380",
			"--initial-advertise-peer-urls https://10.0.0.11:2380", "--bump-revision 1000000000 --mark-compacted", "mv /var/lib/etcd /var/lib/etcd.before-", "mv /var/lib/etcd.restored /var/lib/etcd", "chmod 0700 /var/lib/etcd",
			"--name cp2", "--initial-advertise-peer-urls https://10.0.0.12:2380", "/etcd.yaml /etc/kubernetes/manifests/etcd.yaml", "endpoint health", "/kube-apiserver.yaml /etc/kubernetes/manifests/kube-apiserver.yaml", "systemctl restart kubelet"},
		mistake: "one snapshot of each member",
	},
	{
		name: "k3s", args: []string{"--initial-cluster", "cp1-1a2b3c4d=https://10.0.0.11:2380,cp2-aabbccdd=https://10.0.0.12:2380"},
		files:   map[string]string{"/var/lib/rancher/k3s/server/token": "K10aa::server:secret", "/var/lib/rancher/k3s/server/db/etcd/name": "cp1-1a2b3c4d", "/etc/rancher/k3s/config.yaml": "etcd-s3: true\n"},
		want:    []string{"systemctl stop k3s", "k3s server", "--cluster-reset", "--cluster-reset-restore-path=", "--etcd-s3=false", "systemctl start k3s", "cp1", "mv /var/lib/rancher/k3s/server/db ", "systemctl start k3s"},
		mistake: "you just deleted everything you restored",
	},
	{
		name: "rke2", args: []string{"--initial-cluster", "cp1-1a2b3c4d=https://10.0.0.11:2380,cp2-aabbccdd=https://10.0.0.12:2380"},
		files:   map[string]string{"/var/lib/rancher/rke2/server/token": "K10aa::server:secret", "/var/lib/rancher/rke2/server/db/etcd/name": "cp1-1a2b3c4d"},
		want:    []string{"systemctl stop rke2-server", "rke2 server", "--cluster-reset", "--cluster-reset-restore-path=", "systemctl start rke2-server", "mv /var/lib/rancher/rke2/server/db ", "systemctl start rke2-server"},
		mistake: "old token",
	},
	{
		name:  "k0s",
		files: map[string]string{"/etc/k0s/k0s.yaml": "spec: {}", "/var/lib/k0s/pki/ca.crt": "x", "/var/lib/k0s/pki/ca.key": "x", "/var/lib/k0s/pki/sa.key": "x", "/var/lib/k0s/pki/etcd/ca.crt": "x", "/var/lib/k0s/pki/etcd/ca.key": "x"},
		want:  []string{"tar -C", "k0s stop", "mv /var/lib/k0s ", "k0s restore", "k0s start"},
	},
	{
		name: "openshift", args: []string{"--initial-cluster", "cp1=https://10.0.0.11:2380,cp2=https://10.0.0.12:2380"}, file: "snapshot_2026-11-29_020000.db",
		files:   map[string]string{"/etc/kubernetes/manifests/etcd-pod.yaml": "x", "/etc/kubernetes/static-pod-resources/etcd-certs/x": "x", "/usr/local/bin/cluster-restore.sh": "x"},
		want:    []string{"etcd-pod.yaml", "/usr/local/bin/cluster-restore.sh /", "systemctl restart kubelet", "oc patch etcd cluster", "forceRedeploymentReason", "oc patch kubeapiserver cluster"},
		mistake: "z-stream",
	},
	{
		name: "kops", file: "2026-11-29T02:00:00Z-000123/etcd.backup.db",
		files: map[string]string{"/etc/kubernetes/manifests/etcd-main.manifest": "    - --backup-store=s3://bucket/prod.example.com/backups/etcd/main\n    image: registry.k8s.io/etcd-manager/etcd-manager-slim:v3.0.20260101\n", "/srv/kubernetes/kube-apiserver/etcd-client.crt": "x", "/srv/kubernetes/kube-apiserver/etcd-ca.crt": "x"},
		want: []string{"etcd-manager-ctl --backup-store=s3://bucket/prod.example.com/backups/etcd/main restore-backup 2026-11-29T02:00:00Z-000123", "etcd-manager-ctl --backup-store=s3://bucket/prod.example.com/backups/etcd/events restore-backup",
			"crictl ps -q --name 'etcd-manager'", "masterleases"},
		mistake: "crashes again and again",
	},
	{
		name:  "kops",
		files: map[string]string{"/etc/kubernetes/manifests/etcd-main.manifest": "    - --backup-store=s3://bucket/prod.example.com/backups/etcd/main\n    image: registry.k8s.io/etcd-manager/etcd-manager-slim:v3.0.20260101\n", "/srv/kubernetes/kube-apiserver/etcd-client.crt": "x", "/srv/kubernetes/kube-apiserver/etcd-ca.crt": "x"},
		want: []string{"gzip -c", "etcd-manager-ctl --backup-store=s3://bucket/prod.example.com/backups/etcd/main list-backups", "aws s3 cp s3://bucket/prod.example.com/backups/etcd/main/\"$NEWEST\"/_etcd_backup.meta", "/etcd.backup.gz",
			"-000000/_etcd_backup.meta", "main restore-backup", "-000000", "events restore-backup"},
	},
	{
		name: "talos", args: []string{"--initial-cluster", "cp1=https://10.0.0.11:2380,cp2=https://10.0.0.12:2380"}, files: map[string]string{"/system/secrets/etcd/ca.crt": "x"},
		want:    []string{"talosctl -n 10.0.0.11 reset", "talosctl -n 10.0.0.12 reset", "service etcd | grep -q Preparing", "talosctl -n 10.0.0.11 bootstrap", "--recover-from="},
		mistake: "more than one node",
	},
	{
		name: "kubespray", args: []string{},
		files: map[string]string{"/etc/etcd.env": "ETCD_NAME=cp1\nETCD_DATA_DIR=/var/lib/etcd\nETCD_INITIAL_CLUSTER=cp1=https://10.0.0.11:2380\n", "/etc/ssl/etcd/ssl/ca.pem": "x", "/etc/ssl/etcd/ssl/ca-key.pem": "x",
			"/etc/kubernetes/ssl/ca.crt": "x", "/etc/kubernetes/ssl/ca.key": "x", "/etc/kubernetes/ssl/sa.key": "x"},
		want: []string{"systemctl stop etcd", "etcdutl snapshot restore", "mv /var/lib/etcd.restored /var/lib/etcd", "systemctl start --no-block etcd", "endpoint health"},
	},
	{
		name:  "systemd",
		files: map[string]string{"/etc/systemd/system/etcd.service": "[Service]\nEnvironmentFile=-/etc/default/etcd-member\nExecStart=/usr/bin/etcd --data-dir /srv/etcd data\n", "/etc/default/etcd-member": "ETCD_NAME=cp1\nETCD_DATA_DIR=\"/srv/etcd\"\n"},
		want:  []string{"systemctl stop etcd", "etcdutl snapshot restore", "--data-dir /srv/etcd.restored", "mv /srv/etcd.restored /srv/etcd", "systemctl start --no-block etcd"},
	},
}

// TestThePlanOfEachDistribution lays a node out, and checks the commands' order, names and syntax.
func TestThePlanOfEachDistribution(t *testing.T) {
	t.Parallel()
	bash, _ := exec.LookPath("bash")
	for _, d := range distributions {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			c := newToRestore(t)
			if d.name != "kubeadm" {
				os.RemoveAll(filepath.Join(c.root, "etc/kubernetes"))
			}
			c.write("/etc/hostname", "cp1\n")
			c.node("cp2", "10.0.0.12", now(), "node-role.kubernetes.io/control-plane")
			for p, text := range d.files {
				c.write(p, text)
			}
			if d.args != nil {
				c.args = d.args
			}
			c.file = filepath.Join(t.TempDir(), "it's a backup")
			if d.file != "" {
				c.file = filepath.Join(t.TempDir(), d.file)
			} else {
				c.file += ".db"
			}
			if err := os.MkdirAll(filepath.Dir(c.file), 0o700); err != nil {
				t.Fatal(err)
			}
			c.saveTo(c.file)
			lines, said, code := c.plan()
			if code != 0 {
				t.Errorf("exit %d: %s; %v", code, said, dangersOf(lines))
			}
			follow(t, lines, d.name, d.want, d.mistake)
			for _, l := range lines {
				if l.Step == 0 {
					continue
				}
				if l.Node == "" || l.Command == "" || l.Why == "" || !l.Check && l.Undo == "" {
					t.Errorf("step %d lacks something: %+v", l.Step, l)
				}
				for _, script := range []string{l.Command, l.Undo} {
					parses(t, bash, l.Step, script)
				}
			}
		})
	}
}

// follow checks that the commands hold these words in this order.
func follow(t *testing.T, lines []planLine, name string, want []string, mistake string) {
	t.Helper()
	var all, mistakes strings.Builder
	checks := 0
	for _, l := range lines {
		if l.Plan != "" && l.Distribution != name {
			t.Errorf("the distribution is %s", l.Distribution)
		}
		if l.Check {
			checks++
		} else if l.Step > 0 {
			all.WriteString(l.Node + "\n" + l.Command + "\n")
		}
		mistakes.WriteString(l.Mistake + "\n")
	}
	rest := all.String()
	for _, w := range want {
		_, after, ok := strings.Cut(rest, w)
		if !ok {
			t.Fatalf("%q does not follow in:\n%s", w, rest)
		}
		rest = after
	}
	if checks < 6 {
		t.Errorf("%d checks", checks)
	}
	if !strings.Contains(mistakes.String(), mistake) {
		t.Errorf("the mistake %q is not named", mistake)
	}
}

var prose = regexp.MustCompile(`^(nothing was changed|there is none.*|reset this node.*|API servers that run.*)$`)

// parses checks a script with bash -n; words for people in the place of a way back are none.
func parses(t *testing.T, bash string, step int, script string) {
	t.Helper()
	if bash == "" || script == "" || prose.MatchString(strings.Split(script, "\n")[0]) {
		return
	}
	cmd := exec.Command(bash, "-n")
	cmd.Stdin = strings.NewReader(script)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("step %d does not parse: %s\n%s", step, out, script)
	}
}

// TestNamesFromTheStoreAreNoSyntax plants names that a shell would obey.
func TestNamesFromTheStoreAreNoSyntax(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	c := newToRestore(t)
	c.put("/registry/masterleases/$(touch /tmp/x);'", "an API server", 0)
	c.node("w9';touch x;'", "10.0.0.29", now().Add(-1e13))
	c.args = []string{"--initial-cluster", "cp1=https://10.0.0.11:2380,$(id)=https://10.0.0.12:2380"}
	lines, _, _ := c.plan()
	for _, l := range lines {
		if l.Step > 0 {
			parses(t, bash, l.Step, l.Command)
			for _, bad := range []string{"=$(id)", " $(id)", "/$(touch", "w9';"} {
				if at := strings.Index(l.Command, bad); at >= 0 && !strings.Contains(l.Command, "'") {
					t.Errorf("step %d: %s", l.Step, l.Command)
				}
			}
		}
	}
}
