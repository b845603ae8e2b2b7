package health

import (
	"slices"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// at has a member listen at a host.
func at(host string) func(*etcdsource.Member) {
	return func(m *etcdsource.Member) {
		m.PeerURLs = []string{"http://" + host + ":2" + m.PeerURLs[0][len(m.PeerURLs[0])-4:]}
		if len(m.ClientURLs) > 0 {
			m.ClientURLs = []string{"http://" + host + ":2379"}
		}
	}
}

// TestDirectoryOfAnother: no command for a member that joins names a directory that a member on this host uses.
func TestDirectoryOfAnother(t *testing.T) {
	t.Parallel()
	own := []string{"127.0.0.1", "10.0.0.1", "192.168.7.7"}
	running := &etcdsource.Node{Addresses: own, Data: etcdsource.NodeData{Dir: "/var/lib/etcd", There: true, Running: true}}
	stopped := &etcdsource.Node{Addresses: own, Data: etcdsource.NodeData{Dir: "/var/lib/etcd", There: true}}
	for _, c := range []struct {
		name  string
		site  Site
		hosts []string // of m1 and of the member that was added
		dir   string
		say   string
	}{
		{"on another host", Site{DataDir: "/data/etcd"}, []string{"10.0.0.1", "10.0.0.2"}, "/data/etcd", ""},
		{"on another host, seen through a process", Site{DataDir: "/proc/32046/root/var/lib/etcd"}, []string{"10.0.0.1", "10.0.0.2"}, "/var/lib/etcd", ""},
		{"on another host, below another root", Site{DataDir: "/host/proc/32046/root/var/lib/etcd"}, []string{"10.0.0.1", "10.0.0.2"}, "/var/lib/etcd", ""},
		{"on loopback", Site{DataDir: "/proc/32046/root/var/lib/etcd"}, []string{"127.0.0.1", "127.0.0.1"}, dirOfNew, "not the one of m1."},
		{"on loopback, of which no process is seen", Site{}, []string{"127.0.0.1", "127.0.0.1"}, dirOfNew, "not the one of m1."},
		{"on localhost", Site{DataDir: "/tmp/s/data1"}, []string{"127.0.0.1", "localhost"}, dirOfNew, "not the one of m1."},
		{"on loopback, m1 is elsewhere", Site{DataDir: "/tmp/s/data1"}, []string{"10.0.0.1", "127.0.0.1"}, dirOfNew, "a directory of its own"},
		{"on the host of m1", Site{DataDir: "/tmp/s/data1"}, []string{"10.0.0.1", "10.0.0.1"}, dirOfNew, "not the one of m1."},
		{"at another address of this host", Site{DataDir: "/var/lib/etcd", Node: running}, []string{"10.0.0.1", "192.168.7.7"}, dirOfNew, "not the one of m1."},
		{"on this host, where no etcd runs", Site{DataDir: "/var/lib/etcd", Node: stopped}, []string{"10.0.0.9", "10.0.0.1"}, "/var/lib/etcd", ""},
	} {
		members := []etcdsource.Member{member(1, at(c.hosts[0])), member(2, neverStarted, learner, at(c.hosts[1]))}
		a := advice(t, Judge(Input{Probe: etcdsource.Probe{Time: now, Members: members}, Site: c.site}), "never-started")
		cmds := a.Commands()
		if cmds[0] != "rm -rf "+c.dir+"/member" || !strings.Contains(cmds[1], " --data-dir="+c.dir+" ") || strings.Contains(strings.Join(cmds, "\n"), "/root/") {
			t.Errorf("%s: %q", c.name, cmds)
		}
		if said := a.Steps[0].Say; c.say != "" && !strings.Contains(said, c.say) || c.say == "" && strings.Contains(said, dirOfNew) {
			t.Errorf("%s: %s", c.name, said)
		}
	}
}

// TestDirectoryOfAServer: what empties the other servers of k3s has no path that only this process has.
func TestDirectoryOfAServer(t *testing.T) {
	t.Parallel()
	members := []etcdsource.Member{member(1, down), member(2, down), member(3, down)}
	r := Judge(Input{Probe: etcdsource.Probe{Time: now, Members: members}, Site: Site{Distribution: "k3s", DataDir: "/proc/77/root/srv/k3s/server/db/etcd"}})
	a := advice(t, r, "quorum")
	if cmds := a.Commands(); !slices.Contains(cmds, "rm -rf /srv/k3s/server/db && systemctl start k3s") {
		t.Errorf("%q", cmds)
	}
}

// TestDirectoryOfAProcess: what is done when etcd is stopped has no path that ends with its process.
func TestDirectoryOfAProcess(t *testing.T) {
	t.Parallel()
	members := []etcdsource.Member{member(1), member(2, down), member(3, down)}
	members[0].Status.Leader, members[0].Read = 0, etcdsource.MemberRead{}
	through := "/proc/77/root/var/lib/etcd"
	for name, c := range map[string]struct {
		node *etcdsource.Node
		dir  string
		says bool
	}{
		"as the process sees it":  {&etcdsource.Node{Data: etcdsource.NodeData{Dir: through, There: true, Running: true}}, "/var/lib/etcd", true},
		"as the manifest has it":  {&etcdsource.Node{Data: etcdsource.NodeData{Dir: "/srv/etcd", There: true, Running: true}}, "/srv/etcd", false},
		"of which no file speaks": {nil, "/var/lib/etcd", true},
	} {
		a := advice(t, Judge(Input{Probe: etcdsource.Probe{Time: now, Members: members}, Site: Site{DataDir: through, Node: c.node}}), "quorum")
		i := slices.IndexFunc(a.Steps, func(s Step) bool { return strings.HasPrefix(s.Command, "if ") })
		if i < 0 || i+1 >= len(a.Steps) {
			t.Fatalf("%s: %+v", name, a.Steps)
		}
		stop, made := a.Steps[i], a.Steps[i+1].Command
		if !strings.Contains(stop.Command, "mv "+c.dir+" "+c.dir+".old;") || !strings.Contains(made, " --data-dir="+c.dir+" ") || strings.Contains(stop.Say, "inside the container of process 77") != c.says {
			t.Errorf("%s: %+v, %s", name, stop, made)
		}
	}
}

// TestStopBeforeTheDataIsMoved: what stops etcd comes before the data directory is moved, with its command where the distribution has one;
// a directory that is only the usual one is called so.
func TestStopBeforeTheDataIsMoved(t *testing.T) {
	t.Parallel()
	members := []etcdsource.Member{member(1), member(2, down), member(3, down)}
	members[0].Status.Leader, members[0].Read = 0, etcdsource.MemberRead{}
	for distribution, c := range map[string]struct {
		data        string
		stop, start string
		guessed     bool
	}{
		"kubeadm": {"/var/lib/etcd", "mv /etc/kubernetes/manifests/kube-apiserver.yaml /etc/kubernetes/manifests/etcd.yaml /etc/kubernetes/", "mv /etc/kubernetes/etcd.yaml /etc/kubernetes/kube-apiserver.yaml /etc/kubernetes/manifests/", false},
		"":        {"", "", "", true},
		"etcd":    {"/srv/etcd", "", "", false},
	} {
		a := advice(t, Judge(Input{Probe: etcdsource.Probe{Time: now, Members: members}, Site: Site{Distribution: distribution, DataDir: c.data}}), "quorum")
		find := func(words string) int {
			i := slices.IndexFunc(a.Steps, func(s Step) bool { return strings.Contains(s.Say, words) })
			if i < 0 {
				t.Fatalf("%s: no step %q: %+v", distribution, words, a.Steps)
			}
			return i
		}
		stop, keep, start := find("Stop every API server and etcd"), find("Keep the old data directory"), find("Start etcd and the API server there")
		if a.Steps[stop].Command != c.stop || a.Steps[start].Command != c.start || stop+1 != keep || keep > start || !strings.Contains(a.Steps[keep].Command, "mv ") {
			t.Errorf("%s: %+v", distribution, a.Steps[stop:])
		}
		if got := strings.Contains(a.Steps[keep].Say, "is the usual one"); got != c.guessed {
			t.Errorf("%s: %s", distribution, a.Steps[keep].Say)
		}
	}
}

// TestManifestsMovedAway: where no manifest of etcd is left, the data directory shows that a member belongs to this node, and which.
func TestManifestsMovedAway(t *testing.T) {
	t.Parallel()
	data := etcdsource.NodeData{Dir: "/var/lib/etcd", There: true}
	members := []etcdsource.Member{member(1, down), member(2, down), member(3, down)}
	for name, n := range map[string]etcdsource.Node{"named after the host": {Name: "m2"}, "with its address": {Name: "cp", Addresses: []string{"127.0.0.1", "10.0.0.2"}}} {
		n.Data, n.Here, n.APIFile, n.EtcdServers = data, true, "/etc/kubernetes/manifests/kube-apiserver.yaml", []string{"https://127.0.0.1:2379"}
		r := Judge(Input{Probe: etcdsource.Probe{Time: now, Members: members}, Site: Site{Distribution: "kubeadm", DataDir: "/var/lib/etcd", Node: &n}})
		a := advice(t, r, "quorum")
		if all := strings.Join(a.Commands(), "\n"); !strings.Contains(all, " --name=m2 --initial-cluster=m2=https://10.0.0.2:2380 ") {
			t.Errorf("%s: %s", name, all)
		}
		if r.Topology.Kind != "stacked" {
			t.Errorf("%s: %+v", name, r.Topology)
		}
	}
}
