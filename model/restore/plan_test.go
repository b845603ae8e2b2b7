package restore

import (
	"cmp"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// facts are those of a snapshot of one member m0, on a node of a distribution that is configured for its own members.
func facts(distribution string) *Facts {
	f := &Facts{File: File{Path: "/backups/etcd.db", Revision: 1000, Keys: 5, Bytes: 1 << 20, Version: "3.6.0"}, Contents: &Contents{}, Now: time.Unix(1e9, 0), Root: "/registry/"}
	f.Node = etcdsource.Node{Distribution: distribution, Here: true, Name: "cp1", Data: etcdsource.NodeData{Dir: cmp.Or(usualDirs[distribution], "/var/lib/etcd"), There: true, Free: 1 << 40}}
	f.Stored = etcdsource.Stored{ClusterVersion: "3.6.0", Members: []etcdsource.StoredMember{{Name: "m0", PeerURLs: []string{"https://10.0.0.1:2380"}}}}
	return f
}

func named(p *Plan) (out []Kind) {
	for _, w := range p.Warnings {
		out = append(out, w.Kind)
	}
	return out
}

// TestMembers: what was given comes first, then the snapshot, unless the node is configured for others.
func TestMembers(t *testing.T) {
	t.Parallel()
	own := etcdsource.NodeMember{Name: "cp1", InitialCluster: "cp1=https://10.0.0.11:2380,cp2=https://10.0.0.12:2380", PeerURLs: []string{"https://10.0.0.11:2380"}}
	stored := []etcdsource.StoredMember{{Name: "cp1", PeerURLs: []string{"https://10.0.0.11:2380"}}, {Name: "cp3", PeerURLs: []string{"https://10.0.0.13:2380"}}}
	moved := []etcdsource.StoredMember{{Name: "cp1", PeerURLs: []string{"https://10.9.9.9:2380"}}}
	for _, c := range []struct {
		name    string
		given   string
		node    etcdsource.NodeMember
		stored  []etcdsource.StoredMember
		cluster string
		warned  bool
	}{
		{"given", "a=https://10.0.0.7:2380", own, stored, "a=https://10.0.0.7:2380", true},
		{"the snapshot's, which knows more than a manifest", "", own, stored, "cp1=https://10.0.0.11:2380,cp3=https://10.0.0.13:2380", false},
		{"the node's, of which the snapshot knows none", "", own, facts("kubeadm").Stored.Members, own.InitialCluster, true},
		{"the node's new address", "", own, moved, "cp1=https://10.0.0.11:2380", true},
		{"the snapshot's, where the node names none", "", etcdsource.NodeMember{}, stored, "cp1=https://10.0.0.11:2380,cp3=https://10.0.0.13:2380", false},
		{"the node's, where the snapshot names none", "", own, nil, own.InitialCluster, false},
	} {
		f := facts("kubeadm")
		f.Given.InitialCluster, f.Node.Member, f.Stored.Members = c.given, c.node, c.stored
		p := Make(f)
		if p.Cluster() != c.cluster {
			t.Errorf("%s: %s, want %s", c.name, p.Cluster(), c.cluster)
		}
		if got := slices.Contains(named(p), NotAMember); got != c.warned && c.given == "" {
			t.Errorf("%s: warned: %v, in %v", c.name, got, named(p))
		}
	}
}

// TestHosts: a step is for a host, and what keeps the wrong host from losing its data compares with its name.
func TestHosts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ distribution, cluster, nodes string }{
		{"k3s", "cp1-1a2b3c4d=https://10.0.0.11:2380,cp2-5e6f7a8b=https://10.0.0.12:2380", "cp1 cp2"},
		{"rke2", "a-b-1a2b3c4d=https://10.0.0.11:2380", "a-b"},
		{"kubeadm", "cp1=https://10.0.0.11:2380,cp2-5e6f7a8b=https://10.0.0.12:2380", "cp1 cp2-5e6f7a8b"},
		{"kubespray", "etcd1=https://10.0.0.11:2380,etcd2=https://10.0.0.12:2380", "10.0.0.11 10.0.0.12"},
		{"systemd", "a=https://db1.example.com:2380,b=https://127.0.0.1:2380", "a b"},
	} {
		f := facts(c.distribution)
		f.Given.InitialCluster = c.cluster
		f.Node.Member.Name = strings.Split(c.cluster, "=")[0]
		if c.distribution != "k3s" {
			f.Node.Member.Name, f.Node.Name = "", "elsewhere"
		}
		p := Make(f)
		var nodes []string
		for _, x := range p.Members {
			nodes = append(nodes, x.Node)
		}
		if got := strings.Join(nodes, " "); got != c.nodes {
			t.Errorf("%s: %s, want %s", c.distribution, got, c.nodes)
		}
		for _, s := range p.Steps {
			if c.distribution == "k3s" && strings.Contains(s.Command, "server/db.before") && !strings.Contains(s.Command, `"$(hostname)" = cp1 ]`) {
				t.Errorf("it guards another host than cp1: %s", s.Command)
			}
		}
	}
}

// TestBump: the restored store begins above all that was seen, however far that is.
func TestBump(t *testing.T) {
	t.Parallel()
	for _, ahead := range []int64{-5, 0, 1, 999_999_999, 1_000_000_000, 5_000_000_000} {
		f := facts("kubeadm")
		f.Others = []Other{{What: "another", Revision: f.File.Revision + ahead}, {What: "a foreign one", Cluster: "x", Revision: 1 << 60}}
		f.Contents.Cluster = "y"
		p := Make(f)
		if to := f.File.Revision + int64(p.Bump); to < f.File.Revision+2*ahead || p.Bump < usualBump || slices.Contains(named(p), SmallBump) {
			t.Errorf("%d ahead: bumped by %d to %d, %v", ahead, p.Bump, to, named(p))
		}
		f.Given.BumpGiven, f.Given.Bump = true, uint64(max(ahead, 0))
		if p := Make(f); ahead >= 0 != slices.Contains(named(p), SmallBump) && ahead > 0 {
			t.Errorf("%d ahead, bumped by as much: %v", ahead, named(p))
		}
	}
}

// TestVersions: the plan refuses what does not start, or what nobody has tried.
func TestVersions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file, target string
		stops        bool
	}{
		{"3.5.0", "3.5.9", false}, {"3.5.0", "3.7.0", false}, {"", "3.5.0", false}, {"3.6.0", "3.6.4", false}, {"3.6.0", "", false},
		{"3.6.0", "3.5.35", true}, {"3.7.0", "3.6.16", true}, {"3.7.0", "3.5.35", true}, {"3.8.0", "3.8.0", true}, {"4.0.0", "", true},
	} {
		f := facts("kubeadm")
		f.File.Version, f.Stored.ClusterVersion, f.Given.EtcdVersion = c.file, c.file, c.target
		p := Make(f)
		i := slices.IndexFunc(p.Warnings, func(w Warning) bool { return w.Kind == TooNew })
		if stops := i >= 0 && p.Warnings[i].Stop; stops != c.stops {
			t.Errorf("%q on %q: %+v", c.file, c.target, p.Warnings)
		}
		f.Given.Accept = map[Kind]bool{TooNew: true}
		if len(Make(f).Stopped()) > 0 {
			t.Errorf("%q on %q was accepted, and stops", c.file, c.target)
		}
	}
}

// TestFormsOfAFile: what etcdutl and the wrappers cannot read is made plain first, over no file that exists, and all of it
// is a shell's.
func TestFormsOfAFile(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	for _, c := range []struct{ distribution, path, first, then string }{
		{"kubeadm", "/b/it's.db.gz", `gunzip -c '/b/it'\''s.db.gz' > '/b/it'\''s.db'`, `etcdutl snapshot restore '/b/it'\''s.db'`},
		{"kubespray", "/b/x.db.zst", "zstd -dc /b/x.db.zst > /b/x.db", "etcdutl snapshot restore /b/x.db"},
		{"k3s", "/b/x.db.gz", "gunzip -c /b/x.db.gz > /b/x.db", "--cluster-reset-restore-path=/b/x.db"},
		{"k3s", "/b/x.zip", "systemctl stop k3s", "--cluster-reset-restore-path=/b/x.zip"},
		{"k0s", "/b/k0s_backup.tar.gz", "k0s stop", "k0s restore /b/k0s_backup.tar.gz"},
		{"talos", "/b/x.db.gz", "gunzip -c /b/x.db.gz > /b/x.db", "--recover-from=/b/x.db"},
	} {
		f := facts(c.distribution)
		f.File.Path = c.path
		all := ""
		for _, s := range Make(f).Steps {
			cmd := exec.Command(bash, "-n")
			cmd.Stdin = strings.NewReader(s.Command)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %s\n%s", c.distribution, out, s.Command)
			}
			if strings.Contains(s.Command, " > /b/") && !strings.Contains(s.Command, "noclobber") {
				t.Errorf("%s: it may overwrite a file: %s", c.distribution, s.Command)
			}
			all += s.Command + "\n"
		}
		_, rest, ok := strings.Cut(all, c.first)
		if !ok || !strings.Contains(rest, c.then) {
			t.Errorf("%s %s: %q, then %q, in\n%s", c.distribution, c.path, c.first, c.then, all)
		}
	}
}

// TestTheSameFactsMakeTheSamePlan, and a clean snapshot has no danger.
func TestTheSameFactsMakeTheSamePlan(t *testing.T) {
	t.Parallel()
	f := facts("kubeadm")
	f.Node.Member = etcdsource.NodeMember{Name: "m0", PeerURLs: []string{"https://10.0.0.1:2380"}}
	a, b := Make(f), Make(f)
	if fmt.Sprintf("%+v", a) != fmt.Sprintf("%+v", b) || len(a.Warnings) > 0 || len(a.Steps) == 0 {
		t.Errorf("%+v\n%+v", a, b)
	}
}

// TestSurvivor: beside a member that answers without a quorum the plan does not say that nothing is to be restored, nor that what was
// written since an old file is lost where that member holds nothing newer.
func TestSurvivor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ahead          int64
		live, noQuorum bool
		against        string
		older, aged    bool
	}{
		{0, true, true, ", a member of which answers, without a quorum", false, false},
		{3, true, true, ", a member of which answers, without a quorum", true, true},
		{0, true, false, "is replaced, not restored", false, false},
		{3, true, false, "is replaced, not restored", true, true},
		{0, false, false, "the other", false, true},
	} {
		f := facts("kubeadm")
		f.Contents.Time = f.Now.Add(-8 * 24 * time.Hour)
		f.Others = []Other{{What: "the other", Live: c.live, NoQuorum: c.noQuorum, Revision: f.File.Revision + c.ahead}}
		p := Make(f)
		if len(p.Against) != 1 || !strings.Contains(p.Against[0], c.against) {
			t.Errorf("%+v: held against %q", c, p.Against)
		}
		if got := named(p); slices.Contains(got, Older) != c.older || slices.Contains(got, Aged) != c.aged {
			t.Errorf("%+v: %v", c, got)
		}
		if i := slices.IndexFunc(p.Warnings, func(w Warning) bool { return w.Kind == Older }); i >= 0 && strings.Contains(p.Warnings[i].Detail, "replaced, not restored") == c.noQuorum {
			t.Errorf("%+v: %s", c, p.Warnings[i].Detail)
		}
	}
}
