package restore

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestDangersOfTheNode plants what only a node has, or a file on it: each danger is named alone, and stops where it must.
func TestDangersOfTheNode(t *testing.T) {
	t.Parallel()
	token := func(hash string) func(f *Facts) {
		return func(f *Facts) {
			f.Contents.Bootstrap, f.Node.TokenHashes = []string{"aa11"}, []string{hash}
			f.Node.Files = []etcdsource.NodeFile{{What: "token", Path: "/var/lib/rancher/k3s/server/token", Present: true}}
		}
	}
	for _, c := range []struct {
		kind         Kind
		distribution string
		stops        bool
		names        string // what the danger must name
		plant, not   func(f *Facts)
	}{
		{NoRoom, "kubeadm", true, "/var/lib/etcd", func(f *Facts) { f.Node.Data.Free = 100 << 20 }, func(f *Facts) { f.Node.Data.Free = -1 }},
		{WrongToken, "k3s", true, "aa11", token("bb22"), token("aa11")},
		{ResetBefore, "rke2", false, "/x/reset-flag", func(f *Facts) { f.Node.ResetFlag = "/x/reset-flag" }, func(*Facts) {}},
		{FileInTheWay, "kubeadm", false, "/backups/etcd.db", func(f *Facts) { f.File.InDataDir = true }, func(*Facts) {}},
		{Runs, "kubeadm", false, "/var/lib/etcd", func(f *Facts) { f.Node.Data.Running = true }, func(*Facts) {}},
		{NoMembers, "kubeadm", false, "--initial-cluster", func(f *Facts) { f.Stored.Members = nil },
			func(f *Facts) { f.Stored.Members, f.Given.InitialCluster = nil, "m0=https://10.0.0.1:2380" }},
		{MissingKey, "kubeadm", true, "sa.key is empty", func(f *Facts) {
			f.Node.Here, f.Node.Files = true, []etcdsource.NodeFile{{What: "service-account key", Path: "/etc/kubernetes/pki/sa.key", Present: true, Empty: true}}
		}, func(f *Facts) {
			f.Node.Here, f.Node.Files = true, []etcdsource.NodeFile{{What: "service-account key", Path: "/etc/kubernetes/pki/sa.key", Present: true}}
		}},
		{BehindWAL, "kubeadm", false, "12 entries", func(f *Facts) { f.File.Behind = "12 entries are not in it" }, func(*Facts) {}},
	} {
		f := facts(c.distribution)
		c.not(f)
		if got := named(Make(f)); len(got) > 0 {
			t.Errorf("%s: without it there is %v", c.kind, got)
		}
		f = facts(c.distribution)
		c.plant(f)
		p := Make(f)
		if got := named(p); !slices.Equal(got, []Kind{c.kind}) {
			t.Errorf("%s: the plan names %v", c.kind, got)
			continue
		}
		w := p.Warnings[0]
		if w.Stop != c.stops || !strings.Contains(w.Text+w.Detail+strings.Join(w.Names, " "), c.names) {
			t.Errorf("%s: %+v", c.kind, w)
		}
		f.Given.Accept = map[Kind]bool{c.kind: true}
		if len(Make(f).Stopped()) > 0 {
			t.Errorf("%s stops, though it is accepted", c.kind)
		}
	}
}

// TestNothingIsMadeBesideTheFile where its folder takes no more, and what is there is neither used nor removed.
func TestNothingIsMadeBesideTheFile(t *testing.T) {
	t.Parallel()
	for _, distribution := range []string{"kubeadm", "kubespray", "k3s", "k0s", "talos"} {
		for _, path := range []string{"/b/x.db.gz", "/b/x.db.zst", "/b/x"} {
			f := facts(distribution)
			f.File.Path, f.File.Folder = path, path == "/b/x"
			f.File.Beside = []string{"x.db", "x.snapshot.db"}
			for _, s := range Make(f).Steps {
				if words := strings.Fields(s.Command + " " + s.Undo); slices.Contains(words, "/b/x.db") || slices.Contains(words, "/b/x.snapshot.db") {
					t.Errorf("%s takes or removes another file: %s, %s", distribution, s.Command, s.Undo)
				}
			}
			f.File.Fixed = true
			for _, s := range Make(f).Steps {
				for _, w := range strings.Fields(s.Command + " " + s.Undo) {
					if w = strings.Trim(w, `();'"`); strings.Contains(w, "/b/") && w != path {
						t.Errorf("%s %s: %s in %s", distribution, path, w, s.Command)
					}
				}
			}
		}
	}
}

// TestSwap runs the step that moves the new data directory in, and its undo, where the old one is a plain folder, and
// where it and the WAL are mount points, which stay what they are.
func TestSwap(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	for _, mounted := range []bool{false, true} {
		dir := t.TempDir()
		data, wal := filepath.Join(dir, "etcd"), filepath.Join(dir, "the wal")
		f := facts("kubespray")
		f.Now, f.Node.Data = time.Unix(2e9, 0), etcdsource.NodeData{Dir: data, WALDir: wal, There: true, Mounted: mounted, WALMounted: mounted, Owner: fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid()), Free: -1}
		m := maker{Plan: Make(f), f: f}
		for path, text := range map[string]string{data + "/member/snap/db": "old", wal + "/0.wal": "old", m.restored() + "/member/snap/db": "new", m.restoredWAL() + "/0.wal": "new"} {
			if os.MkdirAll(filepath.Dir(path), 0o700) != nil || os.WriteFile(path, []byte(text), 0o600) != nil {
				t.Fatal("cannot write", path)
			}
		}
		before, _ := os.Stat(data)
		at := slices.IndexFunc(m.Steps, func(s Step) bool { return strings.Contains(s.Command, "chmod 0700") })
		if at < 0 {
			t.Fatalf("no step moves it: %+v", m.Steps)
		}
		for _, c := range []struct{ command, want string }{{m.Steps[at].Command, "new"}, {m.Steps[at].Undo, "old"}, {m.Steps[at].Command, "new"}} {
			if out, err := exec.Command(bash, "-euc", c.command).CombinedOutput(); err != nil {
				t.Fatalf("mounted %v: %v: %s\n%s", mounted, err, out, c.command)
			}
			for _, path := range []string{data + "/member/snap/db", wal + "/0.wal"} {
				if b, err := os.ReadFile(path); string(b) != c.want {
					t.Errorf("mounted %v: %q in %s, want %s: %v\n%s", mounted, b, path, c.want, err, c.command)
				}
			}
			if after, err := os.Stat(data); err != nil || mounted && !os.SameFile(before, after) {
				t.Errorf("the mount point was moved: %s", c.command)
			}
		}
	}
}
