package discover

import (
	"testing"
)

// TestAuditLog finds the API server's log where each distribution keeps it, and where its files say that it is.
func TestAuditLog(t *testing.T) {
	const (
		k3s       = "/var/lib/rancher/k3s/server/"
		rke2      = "/var/lib/rancher/rke2/server/"
		openshift = "/etc/kubernetes/static-pod-resources/"
		manifest  = "/etc/kubernetes/manifests/kube-apiserver.yaml"
		servers   = "    - --etcd-servers=https://127.0.0.1:2379\n"
	)
	pod := func(path string) string {
		return "spec:\n  containers:\n  - command:\n    - kube-apiserver\n" + servers + "    - --audit-log-path=" + path + "\n" +
			"    volumeMounts:\n    - mountPath: /var/log\n      name: other\n    - {mountPath: /var/log/kubernetes/, name: audit}\n" +
			"  volumes:\n  - name: audit\n    hostPath:\n      path: /srv/audit\n      type: DirectoryOrCreate\n  - name: other\n    hostPath: {path: /srv/log}\n  - name: none\n    emptyDir: {}\n"
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"kubeadm, no log":                 {map[string]string{manifest: "    - kube-apiserver\n" + servers}, ""},
		"kubeadm, a path of the pod":      {map[string]string{manifest: pod("/var/log/kubernetes/audit/audit.log")}, "/srv/audit/audit/audit.log"},
		"kubeadm, another one":            {map[string]string{manifest: pod("/var/log/audit.log")}, "/srv/log/audit.log"},
		"kubeadm, no mount":               {map[string]string{manifest: pod("/var/logs/audit.log")}, "/var/logs/audit.log"},
		"kubeadm, the output":             {map[string]string{manifest: pod("-")}, ""},
		"k3s, nothing named":              {map[string]string{k3s + "db/etcd/name": "", k3s + "logs/audit.log": ""}, k3s + "logs/audit.log"},
		"k3s, none kept":                  {map[string]string{k3s + "db/etcd/name": "", "/etc/rancher/k3s/config.yaml": "# kube-apiserver-arg: [audit-log-path=/x]\n"}, ""},
		"k3s, its configuration":          {map[string]string{k3s + "db/etcd/name": "", "/etc/rancher/k3s/config.yaml": "kube-apiserver-arg:\n  - 'audit-log-path=/var/log/k3s.log'\n  - \"audit-log-maxage=3\"\n"}, "/var/log/k3s.log"},
		"k3s, a list in a line":           {map[string]string{k3s + "db/etcd/name": "", "/etc/rancher/k3s/config.yaml.d/10.yaml": `kube-apiserver-arg: ["audit-log-path=/a.log","x=y"]`, "/etc/rancher/k3s/config.yaml": "kube-apiserver-arg: audit-log-path=/b.log"}, "/a.log"},
		"k3s, its unit":                   {map[string]string{k3s + "db/etcd/name": "", "/etc/systemd/system/k3s.service": "ExecStart=/usr/local/bin/k3s \\\n    server \\\n\t'--kube-apiserver-arg=audit-log-path=/var/log/k3s.log' \\\n"}, "/var/log/k3s.log"},
		"k3s, its process":                {map[string]string{k3s + "db/etcd/name": "", "/proc/7/cmdline": "k3s\x00server\x00--kube-apiserver-arg=audit-log-path=/p.log\x00"}, "/p.log"},
		"k3s without etcd":                {map[string]string{k3s + "db/state.db": "", k3s + "logs/audit.log": ""}, k3s + "logs/audit.log"},
		"rke2, its manifest":              {map[string]string{rke2 + "db/etcd/name": "", "/var/lib/rancher/rke2/agent/pod-manifests/kube-apiserver.yaml": "    - --audit-log-path=" + rke2 + "logs/audit.log\n" + servers + "    - --etcd-cafile=" + rke2 + "tls/etcd/server-ca.crt\n"}, rke2 + "logs/audit.log"},
		"rke2, nothing named":             {map[string]string{rke2 + "db/etcd/name": "", rke2 + "logs/audit.log": ""}, rke2 + "logs/audit.log"},
		"k0s":                             {map[string]string{"/etc/k0s/k0s.yaml": "spec:\n  api:\n    extraArgs:\n      audit-log-path: /var/log/k0s.log\n      audit-log-maxage: '3'\n"}, "/var/log/k0s.log"},
		"OpenShift, nothing named":        {map[string]string{openshift + "etcd-certs/x": "", "/var/log/kube-apiserver/audit.log": ""}, "/var/log/kube-apiserver/audit.log"},
		"OpenShift, the newest revision":  {map[string]string{openshift + "etcd-certs/x": "", openshift + "kube-apiserver-pod-9/configmaps/config/config.yaml": `{"apiServerArguments":{"audit-log-path":["/old.log"]}}`, openshift + "kube-apiserver-pod-10/configmaps/config/config.yaml": `{"apiServerArguments":{"audit-log-maxsize":["200"],"audit-log-path":["/new.log"],"etcd-prefix":["kubernetes.io"]}}`}, "/new.log"},
		"OpenShift, written for people":   {map[string]string{openshift + "etcd-certs/x": "", openshift + "kube-apiserver-pod-9/configmaps/config/config.yaml": "apiServerArguments:\n  audit-log-path:\n  - /yaml.log\n  etcd-prefix:\n  - kubernetes.io\n"}, "/yaml.log"},
		"OpenShift, to the pod's output":  {map[string]string{openshift + "etcd-certs/x": "", "/var/log/kube-apiserver/audit.log": "", openshift + "kube-apiserver-pod-9/configmaps/config/config.yaml": `{"apiServerArguments":{"audit-log-path":["-"]}}`}, ""},
		"OpenShift, a file without names": {map[string]string{openshift + "etcd-certs/x": "", "/var/log/kube-apiserver/audit.log": "", openshift + "kube-apiserver-pod-9/configmaps/config/config.yaml": "\x00{"}, "/var/log/kube-apiserver/audit.log"},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t)
			for p, text := range c.files {
				n.write(p, text)
			}
			all := n.find()
			if len(all) == 0 {
				t.Fatal("nothing was found")
			}
			for _, got := range all {
				if got.AuditLog != n.full(c.want) {
					t.Errorf("%s: %q, want %q", got.From, got.AuditLog, n.full(c.want))
				}
			}
		})
	}
}
