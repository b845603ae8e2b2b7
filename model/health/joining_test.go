package health

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestReplacing: at each state of a cluster in which a member is replaced, the advice begins with what is to be done next, and goes on
// to the end.
func TestReplacing(t *testing.T) {
	t.Parallel()
	behind := func(m *etcdsource.Member) { learner(m); m.Status.Applied, m.Status.Index = 100, 100 }
	gone := []etcdsource.Member{member(3, down)}
	for _, c := range []struct {
		name         string
		distribution string
		members      []etcdsource.Member
		gone         []etcdsource.Member
		place        *Place
		about, title string
		verbs        string   // of the commands, in their order
		commands     []string // that are among them
	}{
		{"lost", "", []etcdsource.Member{member(1), member(2), member(3, down)}, nil, nil, "lost-member", "m3 does not answer: start it, or replace it", "systemctl remove rm add etcd promote", nil},
		{"taken out", "", []etcdsource.Member{member(1), member(2)}, gone, nil, "incomplete", "m3 was taken out: add the one that replaces it", "rm add etcd promote",
			[]string{"member add m3 --learner --peer-urls=https://10.0.0.3:2380", "--advertise-client-urls=https://10.0.0.3:2379"}},
		{"taken out before", "", []etcdsource.Member{member(1), member(2)}, nil, nil, "incomplete", "With 2 members no more may fail than with 1: add one", "rm add etcd promote",
			[]string{"member add m3 --learner --peer-urls=https://ADDRESS:2380"}},
		{"taken out before, its node is known", "", []etcdsource.Member{member(1), member(2)}, nil, &Place{Nodes: []Node{{Name: "m1", Addresses: []string{"10.0.0.1"}, Control: true}, {Name: "cp7", Addresses: []string{"10.0.0.7"}, Control: true}}}, "incomplete", "With 2 members", "rm add etcd promote",
			[]string{"member add cp7 --learner --peer-urls=https://10.0.0.7:2380"}},
		{"restored alone", "", []etcdsource.Member{member(1)}, nil, &Place{APIServers: []string{"10.0.0.1"}, EtcdNodes: []string{"cp7"}, Nodes: []Node{{Name: "m1", Addresses: []string{"10.0.0.1"}, Control: true}, {Name: "cp7", Addresses: []string{"10.0.0.7"}, Control: true}}}, "incomplete", "With 1 member none may fail: add cp7", "rm add etcd promote",
			[]string{"member add cp7 --learner --peer-urls=https://10.0.0.7:2380"}},
		{"restored alone, beside API servers", "", []etcdsource.Member{member(1)}, nil, &Place{APIServers: []string{"10.0.0.1", "10.0.0.8"}}, "incomplete", "With 1 member", "rm add etcd promote", []string{"member add m2 --learner --peer-urls=https://10.0.0.8:2380"}},
		{"the second of three, beside API servers", "", []etcdsource.Member{member(1), member(2)}, nil, &Place{APIServers: []string{"10.0.0.1", "10.0.0.2", "10.0.0.8"}}, "incomplete", "With 2 members", "rm add etcd promote", []string{"member add m3 --learner --peer-urls=https://10.0.0.8:2380"}},
		{"one that is meant", "", []etcdsource.Member{member(1)}, nil, &Place{APIServers: []string{"10.0.0.1"}, Nodes: []Node{{Name: "m1", Addresses: []string{"10.0.0.1"}, Control: true}}}, "", "", "", nil},
		{"one outside, for many API servers", "", []etcdsource.Member{member(1)}, nil, &Place{APIServers: []string{"10.0.1.1", "10.0.1.2"}, APINodes: []string{"a", "b"}, Nodes: []Node{{Name: "a", Addresses: []string{"10.0.1.1"}, Control: true}, {Name: "b", Addresses: []string{"10.0.1.2"}, Control: true}}}, "", "", "", nil},
		{"of five", "", []etcdsource.Member{member(1), member(2), member(3), member(4)}, []etcdsource.Member{member(5, down)}, nil, "incomplete", "m5 was taken out", "rm add etcd promote", nil},
		{"kubeadm", "kubeadm", []etcdsource.Member{member(1), member(2)}, nil, nil, "incomplete", "With 2 members", "kubeadm", nil},
		{"k3s", "k3s", []etcdsource.Member{member(1), member(2)}, gone, nil, "incomplete", "m3 was", "kubectl rm systemctl", nil},
		{"added", "", []etcdsource.Member{member(1), member(2), member(3, neverStarted, learner)}, nil, nil, "never-started", "3 was added and has never started: start it", "rm etcd promote remove",
			[]string{"etcd --name=m3 ", "--advertise-client-urls=https://10.0.0.3:2379", "member promote 3"}},
		{"added, at an address that is known", "", []etcdsource.Member{member(1), member(2), member(0xe, neverStarted, learner, func(m *etcdsource.Member) { m.PeerURLs = gone[0].PeerURLs })}, gone, nil, "never-started", "e was", "rm etcd promote remove", []string{"etcd --name=m3 "}},
		{"added with a name of a host", "", []etcdsource.Member{member(1), member(2), member(3, neverStarted, learner, func(m *etcdsource.Member) { m.PeerURLs = []string{"https://etcd-c.x:2380"} })}, nil, nil, "never-started", "3 was", "rm etcd promote remove", []string{"etcd --name=etcd-c "}},
		{"added as a voter", "", []etcdsource.Member{member(1), member(2), member(3, neverStarted)}, nil, nil, "never-started", "3 was", "rm etcd remove", nil},
		{"added, kubeadm", "kubeadm", []etcdsource.Member{member(1), member(2), member(3, neverStarted, learner)}, nil, nil, "never-started", "3 was", "crictl promote remove", nil},
		{"copies", "", []etcdsource.Member{member(1), member(2), member(3, behind)}, gone, nil, "learner", "m3 is a learner and copies the data: wait", "etcdscope promote remove", nil},
		{"caught up", "", []etcdsource.Member{member(1), member(2), member(3, learner)}, gone, nil, "learner", "m3 is a learner and has caught up: let it vote", "promote remove", []string{"member promote 3"}},
		{"a learner is lost", "", []etcdsource.Member{member(1), member(2), member(3, down, learner)}, nil, nil, "lost-member", "m3 is a learner and does not answer: wait for it, start it, or replace it", "systemctl remove rm add etcd promote", nil},
		{"done", "", []etcdsource.Member{member(1), member(2), member(3)}, gone, nil, "", "", "", nil},
		{"four that are meant", "", []etcdsource.Member{member(1), member(2), member(3), member(4)}, nil, nil, "", "", "", nil},
	} {
		r := Judge(Input{Probe: etcdsource.Probe{Time: now, Members: c.members}, Gone: c.gone, Place: c.place, Site: Site{Distribution: c.distribution}})
		if c.about == "" {
			if len(r.Advice) != 0 {
				t.Errorf("%s: %+v", c.name, r.Advice)
			}
			continue
		}
		a := advice(t, r, c.about)
		all := strings.Join(a.Commands(), "\n")
		if len(r.Advice) != 1 || !strings.HasPrefix(a.Title, c.title) || verbs(a.Commands()) != c.verbs || strings.Contains(all, "NAME") {
			t.Errorf("%s: %d, %s, %s\n%s", c.name, len(r.Advice), a.Title, verbs(a.Commands()), all)
		}
		for _, want := range c.commands {
			if !strings.Contains(all, want) {
				t.Errorf("%s: no %q in\n%s", c.name, want, all)
			}
		}
	}
}

// TestNameOfTheNode: a member that was added and has not started is named as the files of a node name the one at its address.
func TestNameOfTheNode(t *testing.T) {
	t.Parallel()
	members := []etcdsource.Member{member(1), member(2), member(3, neverStarted, learner)}
	peer := members[2].PeerURLs[0]
	for name, n := range map[string]*etcdsource.Node{
		"its own":           {Member: etcdsource.NodeMember{Name: "east", PeerURLs: []string{peer}}},
		"--initial-cluster": {Member: etcdsource.NodeMember{Name: "west", InitialCluster: "west=https://10.0.0.1:2380, east=" + peer + ",$X=" + peer}},
	} {
		a := advice(t, Judge(Input{Probe: etcdsource.Probe{Time: now, Members: members}, Site: Site{Node: n}}), "never-started")
		if all := strings.Join(a.Commands(), "\n"); !strings.Contains(all, "etcd --name=east ") {
			t.Errorf("%s: %s", name, all)
		}
	}
}

// verbs are what commands are about: their programs, or what etcdctl does.
func verbs(commands []string) string {
	var out []string
	for _, c := range commands {
		words := strings.Fields(c)
		verb := words[0]
		if i := slices.Index(words, "member"); verb == "etcdctl" && i > 0 {
			verb = words[i+1]
		} else if verb == "etcdctl" {
			verb = words[slices.IndexFunc(words[1:], func(s string) bool { return !strings.HasPrefix(s, "-") })+1]
		}
		out = append(out, verb)
	}
	return strings.Join(out, " ")
}

// TestGone remembers the members that the list has no more, and forgets those that are back.
func TestGone(t *testing.T) {
	t.Parallel()
	probe := func(ids ...uint64) *etcdsource.Probe {
		p := &etcdsource.Probe{Cluster: 7}
		for _, id := range ids {
			p.Members = append(p.Members, member(id))
		}
		return p
	}
	var gone []etcdsource.Member
	var last *etcdsource.Probe
	for i, c := range []struct {
		now  *etcdsource.Probe
		want string
	}{
		{probe(1, 2, 3), ""}, {probe(1, 2, 3), ""}, {probe(1, 2), "m3"}, {probe(1, 2), "m3"}, {probe(1, 2, 4), "m3"}, {probe(1, 4), "m3 m2"}, {probe(1, 2, 4), "m3"},
		{&etcdsource.Probe{Guessed: true, Members: []etcdsource.Member{{}}}, "m3"},
	} {
		gone = Gone(gone, last, c.now)
		last = c.now
		var names []string
		for _, m := range gone {
			names = append(names, m.Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%d: %q, want %q", i, got, c.want)
		}
	}
}

// TestNoQuorumOfOneThatWasAdded: where a voter that was added and has never started took the quorum, the first step starts it, unless one is down that has its data.
func TestNoQuorumOfOneThatWasAdded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		members      []etcdsource.Member
		title, verbs string
		command      string
	}{
		"one and one":            {[]etcdsource.Member{member(1, leaderless), member(2, neverStarted)}, "No quorum since a member was added that has never started: start 2", "rm etcd", "--initial-cluster-state=existing --initial-cluster=m1=https://10.0.0.1:2380,m2=https://10.0.0.2:2380"},
		"three, one is down":     {[]etcdsource.Member{member(1, leaderless), member(2, leaderless), member(3, down), member(4, neverStarted)}, "No quorum: start 1 of m3 and 4; one that was added", "systemctl rm etcd", "m3=https://10.0.0.3:2380,m4=https://10.0.0.4:2380"},
		"nothing answers at all": {[]etcdsource.Member{member(1, down), member(2, neverStarted)}, "No quorum: start m1 and 2", "systemctl", ""},
	} {
		a := advice(t, judge(c.members...), "quorum")
		if !strings.HasPrefix(a.Title, c.title) || !strings.HasPrefix(verbs(a.Commands()), c.verbs) || !strings.Contains(strings.Join(a.Commands(), "\n"), c.command) {
			t.Errorf("%s: %s: %s\n%s", name, a.Title, verbs(a.Commands()), strings.Join(a.Commands(), "\n"))
		}
		for _, cmd := range a.Commands() {
			if strings.Contains(cmd, "member remove") {
				t.Errorf("%s: %s fails without a quorum", name, cmd)
			}
		}
	}
}

// control are the Node objects of control-plane nodes that have the addresses of the members of these numbers.
func control(numbers ...int) (out []Node) {
	for _, n := range numbers {
		out = append(out, Node{Name: fmt.Sprintf("m%d", n), Addresses: []string{fmt.Sprintf("10.0.0.%d", n)}, Control: true})
	}
	return out
}

// movedAside is this node, with the data directory of a cluster of so many members moved aside.
func movedAside(numbers ...uint64) *etcdsource.Node {
	n := &etcdsource.Node{Data: etcdsource.NodeData{Dir: "/var/lib/etcd", There: true}, Member: etcdsource.NodeMember{Name: "m1"}}
	for _, id := range numbers {
		m := member(id)
		n.Before = append(n.Before, etcdsource.StoredMember{ID: 0x100 + id, Name: m.Name, PeerURLs: m.PeerURLs, ClientURLs: m.ClientURLs})
	}
	return n
}

// TestAlone: a cluster with fewer members than its control plane has nodes for is not healthy, from one member on until the last is back;
// one that is meant so is.
func TestAlone(t *testing.T) {
	t.Parallel()
	configured := func(cluster string) *etcdsource.Node {
		n := movedAside()
		n.Member.InitialCluster = cluster
		return n
	}
	pods := &Place{APIServers: []string{"10.0.0.1"}, APINodes: []string{"m1", "m2", "m3"}, EtcdNodes: []string{"m1", "m2", "m3"}, Nodes: control(1, 2, 3)}
	three := "m1=https://10.0.0.1:2380,m2=https://10.0.0.2:2380,m3=https://10.0.0.3:2380"
	for _, c := range []struct {
		name         string
		distribution string
		members      []etcdsource.Member
		place        *Place
		node         *etcdsource.Node
		says         string // the line that says what is wrong, "" where the cluster is healthy
		about        string
		verbs        string
	}{
		{"one, of mirror pods", "kubeadm", []etcdsource.Member{member(1)}, pods, nil, "1 member, and m2 and m3 are missing: add them again, one after the other", "incomplete", "kubeadm kubectl kubeadm"},
		{"one and a learner", "", []etcdsource.Member{member(1), member(2, learner)}, pods, nil, "1 member and 1 learner, and m3 is missing: add it again", "learner", "promote remove"},
		{"two", "", []etcdsource.Member{member(1), member(2)}, pods, nil, "2 members, and m3 is missing: add it again", "incomplete", "rm add etcd promote"},
		{"three", "", []etcdsource.Member{member(1), member(2), member(3)}, pods, nil, "", "", ""},
		{"three of five", "", []etcdsource.Member{member(1), member(2), member(3)}, &Place{EtcdNodes: []string{"m1", "m2", "m3", "m4", "m5"}, Nodes: control(1, 2, 3, 4, 5)}, nil, "3 members, and m4 and m5 are missing: add them again", "incomplete", "rm add etcd promote"},
		{"three, and API servers alone on others", "", []etcdsource.Member{member(1), member(2), member(3)}, &Place{APINodes: []string{"m1", "m4"}, EtcdNodes: []string{"m1", "m2", "m3"}, Nodes: control(1, 2, 3, 4)}, nil, "", "", ""},
		{"one, of a label", "k3s", []etcdsource.Member{member(1)}, &Place{APIServers: []string{"10.0.0.1"}, Nodes: []Node{{Name: "m1", Addresses: []string{"10.0.0.1"}, Control: true, Etcd: true}, {Name: "m2", Addresses: []string{"10.0.0.2"}, Control: true, Etcd: true}}}, nil, "1 member, and m2 is missing", "incomplete", "kubectl rm systemctl"},
		{"one, of a lease", "", []etcdsource.Member{member(1)}, &Place{APIServers: []string{"10.0.0.1", "10.0.0.8"}}, nil, "", "incomplete", "rm add etcd promote"},
		{"two, of a lease", "", []etcdsource.Member{member(1), member(2)}, &Place{APIServers: []string{"10.0.0.1", "10.0.0.2", "10.0.0.8"}}, nil, "2 members, and one at 10.0.0.8 is missing: add it again", "incomplete", "rm add etcd promote"},
		{"one, of two nodes of the control plane", "", []etcdsource.Member{member(1)}, &Place{APIServers: []string{"10.0.0.1"}, Nodes: control(1, 2)}, nil, "", "incomplete", "rm add etcd promote"},
		{"one, at loopback beside its API server", "", []etcdsource.Member{member(1, at("127.0.0.1"))}, &Place{APIServers: []string{"10.0.0.1"}, Nodes: control(1)}, nil, "", "", ""},
		{"one, with a directory that was moved aside", "", []etcdsource.Member{member(1)}, nil, movedAside(1, 2, 3), "1 member, and m2 and m3 are missing", "incomplete", "rm add etcd promote"},
		{"one, with a directory that was moved aside, whose nodes are there", "", []etcdsource.Member{member(1)}, &Place{Nodes: control(1, 2), Looked: []string{"m1", "m2"}}, movedAside(1, 2), "1 member, and m2 is missing", "incomplete", "rm add etcd promote"},
		{"made smaller", "", []etcdsource.Member{member(1)}, &Place{Nodes: control(1), Looked: []string{"m1", "m2", "m3"}}, movedAside(1, 2, 3), "", "", ""},
		{"made smaller, by one", "", []etcdsource.Member{member(1), member(2)}, &Place{Nodes: control(1, 2), Looked: []string{"m1", "m2", "m3"}}, movedAside(1, 2, 3), "", "incomplete", "rm add etcd promote"},
		{"members that are no nodes", "", []etcdsource.Member{member(1)}, &Place{Nodes: nil, Looked: []string{"m1", "m2", "m3"}}, movedAside(1, 2, 3), "1 member, and m2 and m3 are missing", "incomplete", "rm add etcd promote"},
		{"one, configured with others", "", []etcdsource.Member{member(1)}, nil, configured(three), "1 member, and m2 and m3 are missing", "incomplete", "rm add etcd promote"},
		{"one, configured alone beside API servers", "kubespray", []etcdsource.Member{member(1)}, &Place{APIServers: []string{"10.0.0.1", "10.0.0.8"}}, configured("m1=https://10.0.0.1:2380"), "", "", ""},
		{"one, joined by kubeadm as the third", "kubeadm", []etcdsource.Member{member(1)}, nil, configured(three), "", "", ""},
		{"one of kOps, whose name and address are others", "kops", []etcdsource.Member{member(1, func(m *etcdsource.Member) {
			m.Name, m.PeerURLs, m.ClientURLs, m.Endpoint = "etcd-a", []string{"https://etcd-a.x:2380"}, []string{"https://etcd-a.x:4001"}, "https://127.0.0.1:4001"
		})}, &Place{EtcdNodes: []string{"i-01"}, APINodes: []string{"i-01"}, Nodes: []Node{{Name: "i-01", Addresses: []string{"10.0.0.1"}, Control: true}}}, nil, "", "", ""},
	} {
		r := Judge(Input{Probe: etcdsource.Probe{Time: now, Members: c.members}, Place: c.place, Site: Site{Distribution: c.distribution, Node: c.node}})
		wrong := strings.Join(r.Wrong, "\n")
		if c.says == "" && (r.Verdict != Healthy || wrong != "") || c.says != "" && (r.Verdict != Degraded || !strings.HasPrefix(wrong, c.says)) {
			t.Errorf("%s: %s, %s", c.name, r.Verdict, wrong)
		}
		if c.about == "" {
			if len(r.Advice) > 0 {
				t.Errorf("%s: %+v", c.name, r.Advice)
			}
			continue
		}
		if a := advice(t, r, c.about); verbs(a.Commands()) != c.verbs {
			t.Errorf("%s: %s: %s", c.name, a.Title, verbs(a.Commands()))
		}
	}
}

// TestSharedByAPIServers: a single member is not called incomplete where the API servers may be meant to share it; how to add one is said.
func TestSharedByAPIServers(t *testing.T) {
	t.Parallel()
	const shared = "Where the API servers are meant to share this member, nothing is to be done."
	place := &Place{APIServers: []string{"10.0.0.1", "10.0.0.8"}}
	for _, c := range []struct {
		name    string
		members []etcdsource.Member
		node    *etcdsource.Node
		verdict Verdict
		said    bool
	}{
		{"by API servers alone", []etcdsource.Member{member(1)}, nil, Healthy, true},
		{"restored", []etcdsource.Member{member(1)}, movedAside(1, 8), Degraded, false},
		{"two members", []etcdsource.Member{member(1), member(2)}, nil, Degraded, false},
	} {
		r := Judge(Input{Probe: etcdsource.Probe{Time: now, Members: c.members}, Place: place, Site: Site{Node: c.node}})
		if got := strings.Contains(advice(t, r, "incomplete").Why, shared); r.Verdict != c.verdict || got != c.said {
			t.Errorf("%s: %s, %+v", c.name, r.Verdict, r.Advice)
		}
	}
}
