package discover

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
)

// where marks a path as one that was looked for on the node.
func where(path string) string { return "/where" + path }

// checkHint checks what is made of flags: every path was looked for on the node, and no address is half a variable, or
// has a password in what is listed.
func checkHint(t *testing.T, h hint) {
	t.Helper()
	for _, p := range []string{h.ca, h.cert, h.key, h.encrypt, h.dataDir, h.audit} {
		if p != "" && !strings.HasPrefix(p, "/where") {
			t.Fatalf("the path %q comes as it was written", p)
		}
	}
	if slices.ContainsFunc(h.endpoints, func(ep string) bool { return strings.Contains(ep, "$") }) {
		t.Fatalf("%q holds a variable", h.endpoints)
	}
	for _, ep := range plainOnly(h.endpoints) {
		if strings.Contains(ep, "@") && !strings.HasPrefix(ep, "unix") || len(ep) > 300 {
			t.Fatalf("%q is listed", ep)
		}
	}
	if len(plainOnly(h.endpoints)) > 16 {
		t.Fatalf("%d addresses are listed", len(h.endpoints))
	}
}

// FuzzProcess: whatever a process has for arguments, variables and status, only a program that is known is looked at,
// and it is run by the one user that its status names.
func FuzzProcess(f *testing.F) {
	x := fuzztest.New(f)
	status, stat := []byte("Name:\tetcd\nUid:\t0\t0\t0\t0\n"), []byte("7 (et) cd) S 1 "+strings.Repeat("2 ", 17)+"99 0")
	x.Add([]byte("etcd\x00--data-dir=/var/lib/etcd\x00--listen-client-urls\x00https://0.0.0.0:2379,unix:///x\x00--key-file=a\x00"), []byte("ETCD_NAME=a\x00ETCD_CERT_FILE='b'\x00"), stat, status)
	x.Add([]byte("/usr/bin/kube-apiserver --etcd-servers=https://a:2379,http://u:p@b:1 --etcd-cafile=/x --audit-log-path=/y"), []byte(""), stat, status)
	x.Add([]byte("etcd\x00--config-file=/var/lib/rancher/k3s/server/db/etcd/config\x00"), []byte("ETCD_LISTEN_CLIENT_URLS=http://[::]:2379"), stat, []byte("Uid:\t1000\t0\t0\t0\n"))
	x.Add([]byte("k3s\x00server\x00--kube-apiserver-arg\x00audit-log-path=/var/log/a\x00"), []byte(""), []byte("7 (k3s) S"), []byte("Uid:\n"))
	x.Fuzz(func(t *testing.T, cmdline, environ, stat, status []byte) {
		uid, fault, ok := uidsOf(status)
		if ok && fault == "" && !strings.Contains(string(status), fmt.Sprint(uid)) && !strings.Contains(string(status), "00") {
			t.Fatalf("uid %d of %q", uid, status)
		}
		if began := beganOf(stat); strings.ContainsAny(began, " \n\t") {
			t.Fatalf("it began at %q", began)
		}
		p := process{dir: "/proc/7", args: argsOf(cmdline), env: strings.Split(string(environ), "\x00")}
		if p.args == nil {
			return
		}
		h, ok := p.hint(where, func(string) []byte { return nil })
		if !ok {
			return
		}
		if checkHint(t, h); !strings.HasPrefix(h.from, "process ") || h.distro == "" || !h.client && len(h.endpoints) > 1 {
			t.Fatalf("%+v", h)
		}
	})
}

// TestMounts: a path of a pod is found below what is mounted there, and a manifest that grows when it is read is not read.
func TestMounts(t *testing.T) {
	list := mountsOf([]byte(`{"spec":{"containers":[{"volumeMounts":[{"name":"k","mountPath":"/pki"},{"name":"a","mountPath":"/pki/a"},{"name":"r","mountPath":"r"}]}],` +
		`"volumes":[{"name":"k","hostPath":{"path":"/etc/pki"}},{"name":"a","hostPath":{"path":"/other/"}},{"name":"r","hostPath":{"path":"/r"}}]}}`))
	for p, want := range map[string]string{"/pki": "/etc/pki", "/pki/x": "/etc/pki/x", "/pki/a/x": "/other/x", "/pki/a/../x": "/etc/pki/x", "/pki/../x": "/x", "/pkix": "/pkix", "r/x": "r/x", "": ""} {
		if got := list.node(p); got != want {
			t.Errorf("%q is found at %q, want %q", p, got, want)
		}
	}
	grows := "x: &x " + strings.Repeat("x", 1<<19) + "\ny: [" + strings.Repeat("*x,", 1<<16) + "]\nspec: {}\n"
	if n := testing.AllocsPerRun(1, func() { mountsOf([]byte(grows)) }); n > 10 {
		t.Errorf("a manifest that grows is read, with %.0f allocations", n)
	}
}

// FuzzManifest: whatever a manifest, a file of variables or of settings holds, a path that is under a mount is found
// below what is mounted there.
func FuzzManifest(f *testing.F) {
	x := fuzztest.New(f)
	x.Add([]byte(`spec:
  containers:
  - command: [kube-apiserver, "--etcd-servers=https://127.0.0.1:2379", --etcd-cafile=/pki/ca.crt, --etcd-certfile=/pki/a/b.crt]
    volumeMounts: [{name: k, mountPath: /pki}, {name: c, mountPath: /pki/a}]
  volumes: [{name: k, hostPath: {path: /etc/kubernetes/pki}}, {name: c, hostPath: {path: /other}}]
`), "/pki/a/../../x")
	x.Add([]byte(`{"spec":{"containers":[{"volumeMounts":[{"name":"k","mountPath":"/"}]}],"volumes":[{"name":"k","hostPath":{"path":"/r"}}]}}`), "/a")
	x.Add([]byte("ETCD_LISTEN_CLIENT_URLS=https://10.0.0.1:2379,https://127.0.0.1:2379\nETCD_TRUSTED_CA_FILE=\"/a\"\nETCD_DATA_DIR=/var/lib/etcd\n"), "a")
	x.Add([]byte("kube-apiserver-arg:\n- \"audit-log-path=/var/log/a.log\"\n# audit-log-path=/no\naudit-log-path: ['/b']\n"), "")
	x.Fuzz(func(t *testing.T, text []byte, path string) {
		list := mountsOf(text)
		if !slices.IsSortedFunc(list, func(a, b mount) int { return len(b.inside) - len(a.inside) }) {
			t.Fatalf("%q", list)
		}
		for _, m := range list {
			for _, p := range []string{m.inside, filepath.Join(m.inside, "x"), m.inside + "/" + path} {
				at := list.node(p)
				if ok := slices.ContainsFunc(list, func(m mount) bool { return below(p, m.inside) && below(at, m.outside) }); !ok && below(p, m.inside) {
					t.Fatalf("%q is found at %q, below none of %q", p, at, list)
				}
			}
		}
		if h, ok := hintOf(flagsOf(text), "manifest", func(p string) string { return where(list.node(p)) }); ok {
			checkHint(t, h)
		}
		fl := flags{}
		envFlags(strings.Split(string(text), "\n"), fl)
		if h, ok := hintOf(fl, "file", where); ok {
			checkHint(t, h)
		}
		if p := namedAudit(text); strings.ContainsAny(p, " \n\t\"',]") || len(p) > len(text) {
			t.Fatalf("the audit log is %q", p)
		}
	})
}

// below reports whether a path, once it is clean, is a folder or lies in it.
func below(p, dir string) bool {
	p = filepath.Clean(p)
	return p == dir || strings.HasPrefix(p, strings.TrimSuffix(dir, "/")+"/")
}
