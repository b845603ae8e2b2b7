package discover

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/live/certtest"
)

// as searches the tree of a node as root would, where owners are as given and everything else is root's. A path is that
// of the node; it is owned with all that is below.
func (n node) as(owners map[string]uint32) []Candidate {
	f := finder{root: n.root, now: time.Now(), owner: func(path string) (uint32, bool) {
		if _, err := os.Stat(path); err != nil {
			return 0, false
		}
		best, uid := "", uint32(0)
		for p, u := range owners {
			if at := n.at(p); (path == at || strings.HasPrefix(path, at+"/")) && len(at) > len(best) {
				best, uid = at, u
			}
		}
		return uid, true
	}}
	return f.find(context.Background())
}

// runs adds a process of a user, with its kernel's lines.
func (n node) runs(pid string, uids string, args ...string) {
	n.process(pid, nil, args...)
	n.write("/proc/"+pid+"/status", "Name:\tetcd\nUid:\t"+strings.Join(strings.Fields(uids), "\t")+"\nGid:\t0\t0\t0\t0\n")
	n.write("/proc/"+pid+"/stat", pid+" (etcd) x) S 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 1 1\n")
}

func (n node) listens(pid, uids, data string) {
	n.runs(pid, uids, "etcd", "--listen-client-urls=https://127.0.0.1:2379", "--data-dir="+data, "--cert-file=/pki/s.crt", "--key-file=/pki/s.key", "--trusted-ca-file=/pki/ca.crt")
}

// TestWhoIsTrusted: a process is believed where root or the owner of its data directory runs it.
func TestWhoIsTrusted(t *testing.T) {
	t.Parallel()
	const root = "0 0 0 0"
	for name, c := range map[string]struct {
		uids, data string
		owners     map[string]uint32
		why        string // "" where it is trusted
		runBy      string
	}{
		"root":                                {root, "/var/lib/etcd", nil, "", ""},
		"root on a service's directory":       {root, "/var/lib/etcd", map[string]uint32{"/var/lib/etcd": 997}, "", ""},
		"the owner":                           {"997 997 997 997", "/var/lib/etcd", map[string]uint32{"/var/lib/etcd": 997}, "", ""},
		"the owner, in a place of his own":    {"1000 1000 1000 1000", "/srv/x/etcd", map[string]uint32{"/srv/x": 1000}, "", "uid 1000"},
		"the owner, at home":                  {"1000 1000 1000 1000", "/home/eve", map[string]uint32{"/home/eve": 1000}, "", "uid 1000"},
		"somebody":                            {"1000 1000 1000 1000", "/var/lib/etcd", nil, "neither root nor the owner of its data directory", ""},
		"somebody on a service's directory":   {"1000 1000 1000 1000", "/var/lib/etcd", map[string]uint32{"/var/lib/etcd": 997}, "(uid 997)", ""},
		"no data directory":                   {"1000 1000 1000 1000", "/nowhere", nil, "is not there", ""},
		"a set-uid program":                   {"1000 0 0 0", "/var/lib/etcd", nil, "as another user than that who started it", ""},
		"root, who came down":                 {"0 1000 1000 1000", "/var/lib/etcd", map[string]uint32{"/var/lib/etcd": 1000}, "as another user", ""},
		"no user":                             {"x", "/var/lib/etcd", nil, "as another user", ""},
		"the owner, with another user's file": {"997 997 997 997", "/var/lib/etcd", map[string]uint32{"/var/lib/etcd": 997, "/pki/s.key": 1000}, "which belongs to uid 1000", ""},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t)
			for _, dir := range []string{"/var/lib/etcd", "/home/eve", "/srv/x/etcd"} {
				n.write(dir+"/member/x", "")
			}
			ca := certtest.NewCA(t, n.mkdir("/pki/ca.crt"))
			ca.Issue(n.at("/pki/s.crt"), n.at("/pki/s.key"), certtest.For{Client: true, Server: true})
			n.listens("9", c.uids, c.data)
			all := n.as(c.owners)
			if len(all) != 1 {
				t.Fatalf("%+v", all)
			}
			got := all[0]
			if got.Usable != (c.why == "") || got.RunBy != c.runBy || !strings.Contains(got.Why, c.why) || c.why != "" && (!strings.HasPrefix(got.Why, "not trusted: ") || got.DataDir+got.CertFile != "") {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestStrangersSpoilNothing: what a stranger says neither hides the node's own etcd nor changes what is said of it.
func TestStrangersSpoilNothing(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.kubeadm()
	want := n.as(nil)
	pki := "/etc/kubernetes/pki/"
	n.runs("6", "1000 1000 1000 1000", "kube-apiserver", "--etcd-servers=https://evil:2379", "--etcd-cafile="+pki+"etcd/ca.crt", "--etcd-certfile="+pki+"apiserver-etcd-client.crt",
		"--etcd-keyfile="+pki+"apiserver-etcd-client.key", "--etcd-prefix=/evil", "--audit-log-path=/evil.log")
	n.runs("7", "1000 1000 1000 1000", "etcd", "--listen-client-urls=https://evil:2379", "--trusted-ca-file="+pki+"etcd/ca.crt", "--data-dir=/tmp/evil")
	for pid := range 100 {
		n.runs(fmt.Sprint(1000+pid), "1000 1000 1000 1000", "k3s", "server", "--x=\x1b[2J")
	}
	got := n.as(nil)
	if len(got) != len(want)+maxStrangers {
		t.Errorf("%d candidates where there were %d", len(got), len(want))
	}
	for i, c := range got {
		if i < len(want) && fmt.Sprint(c) != fmt.Sprint(want[i]) {
			t.Errorf("%+v\nwas %+v", c, want[i])
		}
		if i >= len(want) && (c.Usable || !strings.Contains(c.Why, "uid 1000")) {
			t.Errorf("%+v", c)
		}
	}
}

// TestWhoWroteIt: a manifest counts only where root wrote it.
func TestWhoWroteIt(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.kubeadm()
	all := n.as(map[string]uint32{"/etc/kubernetes/manifests": 1000})
	last := all[len(all)-1]
	if all[0].Prefix != "" || !strings.Contains(all[0].From, "known paths") || last.Usable || !strings.Contains(last.Why, "it belongs to uid 1000, not to root") {
		t.Errorf("%+v", all)
	}
	if err := os.Chmod(n.at("/etc/kubernetes/manifests/kube-apiserver.yaml"), 0o666); err != nil {
		t.Fatal(err)
	}
	if all = n.as(nil); !strings.Contains(fmt.Sprint(all), "everyone may write to it") || all[0].Prefix != "" {
		t.Errorf("%+v", all)
	}
}

// TestLinksStayInside follows links of a node's tree as that node would, and never to a file of this machine.
func TestLinksStayInside(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.kubeadm()
	host := t.TempDir()
	for _, dir := range []string{"/etc/kubernetes/pki", "/etc/kubernetes/manifests"} {
		if err := os.Rename(n.at(dir), n.mkdir("/srv/real/"+filepath.Base(dir))); err != nil {
			t.Fatal(err)
		}
		os.Remove(n.at(dir))
		n.link("/srv/real/"+filepath.Base(dir), dir)
	}
	got := n.as(nil)[0]
	if !got.Usable || got.CAFile != n.at("/srv/real/pki/etcd/ca.crt") {
		t.Errorf("%+v", got)
	}
	ca := certtest.NewCA(t, filepath.Join(host, "ca.crt"))
	ca.Issue(filepath.Join(host, "c.crt"), filepath.Join(host, "c.key"), certtest.For{Client: true})
	for _, away := range []string{host, strings.Repeat("../", 40) + host, "/srv/again"} {
		os.Remove(n.at("/etc/kubernetes/pki"))
		n.link("/srv/again", "/srv/again")
		n.link(away, "/etc/kubernetes/pki") // an absolute link, one up beyond the root, one in a circle
		for _, c := range n.as(nil) {
			for _, p := range []string{c.CAFile, c.CertFile, c.KeyFile, c.DataDir, c.AuditLog, c.EncryptionConfig} {
				if p != "" && !strings.HasPrefix(p, n.root+"/") || c.Usable {
					t.Errorf("%s leads to %q of %+v", away, p, c)
				}
			}
		}
	}
}

func (n node) link(to, at string) {
	n.t.Helper()
	os.Remove(n.at(at))
	if err := os.Symlink(to, n.mkdir(at)); err != nil {
		n.t.Fatal(err)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.write("/a/b/file", "")
	n.link("/a", "/abs")
	n.link("../../../../a/b", "/a/up")
	n.link("b", "/a/rel")
	n.link("/loop2", "/loop1")
	n.link("/loop1", "/loop2")
	for p, want := range map[string]string{
		"/a/b/file": "/a/b/file", "/abs/b/file": "/a/b/file", "/a/up/file": "/a/b/file", "/a/rel/file": "/a/b/file", "/../../etc/passwd": "/etc/passwd",
		"/abs/../x": "/x", "a//b/./file": "/a/b/file", "/none/../../x": "/x", "/": "/", "/a/b/file/../..": "/a",
	} {
		if got, err := resolve(n.root, p); err != nil || got != filepath.Join(n.root, want) {
			t.Errorf("%s: %s, %v", p, got, err)
		}
	}
	if _, err := resolve(n.root, "/loop1/x"); err == nil {
		t.Error("a loop was followed")
	}
}

// TestHostileFiles: what is no regular file, or too large, is passed over at once.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.kubeadm()
	n.link("/dev/zero", "/etc/kubernetes/manifests/kube-apiserver.yaml")
	n.write("/etc/etcd.env", "ETCD_LISTEN_CLIENT_URLS=http://u:p@127.0.0.1:1\n")
	n.write("/proc/3/cmdline", "etcd\x00"+strings.Repeat("--x=\x1b[31m\x00", maxProc))
	n.runs("4", "0 0 0 0", "etcd", "--listen-client-urls=http://\x1b]0;x\a127.0.0.1:1", "--data-dir=/\x00")
	n.runs("5", "0 0 0 0", "etcd", "--listen-client-urls=https://root:secret@127.0.0.1:1", "--name=\xff")
	n.write("/proc/6/cmdline", "\x00\x00\x00")
	n.mkdir("/proc/7/cmdline/x")
	all := n.as(nil)
	if !all[0].Usable {
		t.Errorf("%+v", all)
	}
	if text := fmt.Sprint(all); strings.Contains(text, "secret") || strings.Contains(text, "pid 3") || !strings.Contains(text, "an endpoint carries a user or a password") {
		t.Error(text)
	}
}

// TestAnotherOne: a number that another process has got while it was looked at is passed over.
func TestAnotherOne(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.listens("9", "0 0 0 0", "/var/lib/etcd")
	os.Remove(n.at("/proc/9/status"))
	f := finder{root: n.root, owner: func(path string) (uint32, bool) { return 0, true }}
	if _, ok := f.read("/proc/9"); !ok || f.began("/proc/9") != "4711" {
		t.Errorf("it began at %q", f.began("/proc/9"))
	}
	f.owner = func(path string) (uint32, bool) { // asked once the arguments are read
		n.write("/proc/9/stat", "9 (etcd) S 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 9999 1 1\n")
		return 0, true
	}
	if _, ok := f.read("/proc/9"); ok {
		t.Error("the arguments of one process were taken for another's")
	}
}

// TestRealProcess finds an etcd that really runs, by the kernel's own files, and believes it because it is ours.
func TestRealProcess(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no /proc")
	}
	data := t.TempDir()
	cmd := exec.Command("/bin/sh", "-c", "read x", "--listen-client-urls=http://127.0.0.1:9", "--data-dir="+data)
	cmd.Args[0] = "etcd"
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { in.Close(); _ = cmd.Wait() }()
	for _, c := range Find(t.Context(), "") {
		if c.DataDir == data {
			if !c.Usable || c.RunBy != "" || c.From != fmt.Sprintf("process etcd (pid %d)", cmd.Process.Pid) {
				t.Errorf("%+v", c)
			}
			return
		}
	}
	t.Error("it was not found")
}

// TestDataDirOfAProcess: the data directory that only the command line of k3s names is found; that of anybody's k3s is not
// believed.
func TestDataDirOfAProcess(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		uids string
		args []string
		want bool
	}{
		{"0 0 0 0", []string{"/usr/local/bin/k3s", "server", "--data-dir", "/data/k3s"}, true},
		{"0 0 0 0", []string{"/usr/local/bin/k3s", "server", "--data-dir=/data/k3s"}, true},
		{"0 0 0 0", []string{"k3s", "server", "-d", "/data/k3s/"}, true},
		{"0 0 0 0", []string{"k3s server --data-dir /data/k3s"}, true}, // as k3s names itself
		{"4242 4242 4242 4242", []string{"k3s", "server", "--data-dir", "/data/k3s"}, false},
		{"0 0 0 0", []string{"k3s", "server", "--data-dir", "data/k3s"}, false},
	} {
		n := newNode(t)
		n.write("/data/k3s/server/kine.sock", "")
		n.write("/data/k3s/server/cred/encryption-config.json", "{}")
		n.runs("7", c.uids, c.args...)
		found := slices.ContainsFunc(n.find(), func(x Candidate) bool {
			return x.Usable && x.Distribution == "k3s" && slices.Equal(x.Endpoints, []string{"unix://" + n.at("/data/k3s/server/kine.sock")}) &&
				x.EncryptionConfig == n.at("/data/k3s/server/cred/encryption-config.json")
		})
		if found != c.want {
			t.Errorf("%s %v: found %t: %+v", c.uids, c.args, found, n.find())
		}
	}
}
