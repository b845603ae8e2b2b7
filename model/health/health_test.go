package health

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

var now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// member is a voter that answers and follows member 1.
func member(id uint64, change ...func(*etcdsource.Member)) etcdsource.Member {
	host := fmt.Sprintf("10.0.0.%d", id)
	m := etcdsource.Member{ID: id, Name: fmt.Sprintf("m%d", id), PeerURLs: []string{"https://" + host + ":2380"}, ClientURLs: []string{"https://" + host + ":2379"},
		Endpoint: "https://" + host + ":2379", Answered: true, Read: etcdsource.MemberRead{Took: time.Millisecond},
		Status: etcdsource.MemberStatus{Version: "3.6.16", Storage: "3.6.0", DBSize: 100 << 20, DBInUse: 90 << 20, Quota: 2 << 30, Leader: 1, Term: 2, Index: 1000, Applied: 1000, Revision: 500}}
	for _, f := range change {
		f(&m)
	}
	return m
}

func down(m *etcdsource.Member) {
	m.Answered, m.Fault, m.Status, m.Read = false, "nothing listens there", etcdsource.MemberStatus{}, etcdsource.MemberRead{}
}

func leaderless(m *etcdsource.Member) {
	m.Status.Leader, m.Read = 0, etcdsource.MemberRead{Fault: "no leader"}
}

func neverStarted(m *etcdsource.Member) { down(m); m.Name, m.ClientURLs, m.Endpoint = "", nil, "" }

func learner(m *etcdsource.Member) { m.Learner = true }

func refused(m *etcdsource.Member) {
	down(m)
	m.Fault, m.Refusal = "not signed by the CA", "give the CA"
}

func denied(m *etcdsource.Member) { m.Denied, m.Status = true, etcdsource.MemberStatus{} }

func alarm(name string, of uint64) func(*etcdsource.Member) {
	return func(m *etcdsource.Member) { m.Status.Alarms = []etcdsource.Alarm{{Member: of, Name: name}} }
}

func judge(members ...etcdsource.Member) *Report {
	return Judge(Input{Probe: etcdsource.Probe{Time: now, Cluster: 7, Members: members, Access: etcdsource.Access{CACert: "/pki/ca.crt", Cert: "/pki/c.crt", Key: "/pki/c.key"}}})
}

// TestVerdict: the rows, the verdict, the margin and the sentence of clusters in all states.
func TestVerdict(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		members  []etcdsource.Member
		verdict  Verdict
		canLose  int
		roles    string
		sentence string
	}{
		{"three", []etcdsource.Member{member(1), member(2), member(3)}, Healthy, 1, "leader follower follower", "3 members, quorum 2: you can lose 1"},
		{"one", []etcdsource.Member{member(1)}, Healthy, 0, "leader", "1 member, quorum 1: you can lose none"},
		{"two", []etcdsource.Member{member(1), member(2)}, Healthy, 0, "leader follower", "2 members, quorum 2: you can lose none"},
		{"four", []etcdsource.Member{member(1), member(2), member(3), member(4)}, Healthy, 1, "leader follower follower follower", "4 members, quorum 3: you can lose 1, as with 3"},
		{"five, one down", []etcdsource.Member{member(1), member(2), member(3), member(4), member(5, down)}, Degraded, 1, "leader follower follower follower no answer", "5 members, 4 of them up, quorum 3: you can lose 1 more"},
		{"a follower down", []etcdsource.Member{member(1), member(2), member(3, down)}, Degraded, 0, "leader follower no answer", "3 members, 2 of them up, quorum 2: losing one more stops writes"},
		{"the leader down, another elected", []etcdsource.Member{member(1, down), member(2, func(m *etcdsource.Member) { m.Status.Leader = 2 }), member(3, func(m *etcdsource.Member) { m.Status.Leader = 2 })}, Degraded, 0, "no answer leader follower", "3 members, 2 of them up, quorum 2: losing one more stops writes"},
		{"one left", []etcdsource.Member{member(1, down), member(2, down), member(3, leaderless)}, NoQuorum, 0, "no answer no answer no leader", "1 of 3 members can serve, 2 are needed: no writes, and reads only with --serializable; start 1 more"},
		{"one left that has not noticed", []etcdsource.Member{member(1, down), member(2, down), member(3, func(m *etcdsource.Member) { m.Read = etcdsource.MemberRead{Took: 2, Fault: "timed out"} })}, NoQuorum, 0, "no answer no answer follower", "1 of 3 members can serve, 2 are needed: no writes, and reads only with --serializable; start 1 more"},
		{"an election", []etcdsource.Member{member(1, leaderless), member(2, leaderless), member(3, down)}, NoQuorum, 0, "no leader no leader no answer", "2 of 3 members answer, enough for a quorum, and have no leader: no writes, and reads only with --serializable; an election is under way, or they do not reach each other"},
		{"none answers", []etcdsource.Member{member(1, down), member(2, down), member(3, down)}, NoQuorum, 0, "no answer no answer no answer", "3 members, and none answers"},
		{"partitioned away from us", []etcdsource.Member{member(1), member(2, down), member(3, down)}, Degraded, 0, "leader no answer no answer", "3 members, 2 of them up, quorum 2: losing one more stops writes"},
		{"one cut off from the others", []etcdsource.Member{member(1), member(2), member(3, leaderless)}, Degraded, 0, "leader follower no leader", "3 members, 2 of them up, quorum 2: losing one more stops writes"},
		{"a learner", []etcdsource.Member{member(1), member(2), member(3), member(4, learner)}, Healthy, 1, "leader follower follower learner", "3 members and 1 learner, quorum 2: you can lose 1"},
		{"a learner down", []etcdsource.Member{member(1), member(2), member(3), member(4, learner, down)}, Degraded, 1, "leader follower follower no answer", "3 members and 1 learner, quorum 2: you can lose 1"},
		{"one added that never started", []etcdsource.Member{member(1), member(2), member(3), member(4, neverStarted)}, Degraded, 0, "leader follower follower never started", "4 members, 3 of them up, quorum 3: losing one more stops writes"},
		{"no space", []etcdsource.Member{member(1, alarm("NOSPACE", 2)), member(2), member(3)}, Degraded, 1, "leader follower follower", "NOSPACE: writes are refused until space is freed; 3 members, quorum 2: you can lose 1"},
		{"corrupt", []etcdsource.Member{member(1, alarm("CORRUPT", 2)), member(2), member(3)}, Degraded, 1, "leader follower follower", "CORRUPT: writes are refused until the alarm is disarmed; 3 members, quorum 2: you can lose 1"},
		{"a user without rights", []etcdsource.Member{member(1, denied), member(2, denied), member(3, denied)}, Healthy, 1, "unknown unknown unknown", "3 members, quorum 2: you can lose 1"},
		{"TLS fails with all", []etcdsource.Member{member(1, refused), member(2, refused), member(3, refused)}, Unknowable, 0, "TLS fails TLS fails TLS fails", "TLS fails with 3 of 3 members, so the members cannot be asked; this says nothing about the quorum: not signed by the CA"},
		{"TLS fails with one", []etcdsource.Member{member(1), member(2), member(3, refused)}, Degraded, 0, "leader follower TLS fails", "3 members, 2 of them up, quorum 2: losing one more stops writes"},
		{"TLS fails with one, two are down", []etcdsource.Member{member(1, down), member(2, down), member(3, refused)}, NoQuorum, 0, "no answer no answer TLS fails", "3 members, and none answers"},
		{"one far behind", []etcdsource.Member{member(1, func(m *etcdsource.Member) { m.Status.Applied = 10000 }), member(2), member(3)}, Degraded, 1, "leader follower follower", "3 members, quorum 2: you can lose 1"},
	} {
		r := judge(c.members...)
		var roles []string
		for i := range r.Rows {
			roles = append(roles, string(r.Rows[i].Role))
		}
		if r.Verdict != c.verdict || r.CanLose != c.canLose || r.Sentence != c.sentence || strings.Join(roles, " ") != c.roles {
			t.Errorf("%s: %s, %d, %q, %s\nwrong: %q", c.name, r.Verdict, r.CanLose, r.Sentence, roles, r.Wrong)
		}
		if (r.Verdict != Healthy) != (len(r.Wrong) > 0) {
			t.Errorf("%s: %s, and wrong is %q", c.name, r.Verdict, r.Wrong)
		}
	}
}

// TestIfLost: what is left when a member dies, where the API servers run beside the members.
func TestIfLost(t *testing.T) {
	t.Parallel()
	place := &Place{APIServers: []string{"10.0.0.1", "10.0.0.2", "10.0.0.3"}}
	r := Judge(Input{Probe: etcdsource.Probe{Time: now, Members: []etcdsource.Member{member(1), member(2), member(3, down)}}, Place: place})
	want := []Loss{{"m1", 2, false, 0}, {"m2", 2, false, 0}, {"m3", 2, true, 0}}
	if !slices.Equal(r.IfLost, want) {
		t.Errorf("%+v, want %+v", r.IfLost, want)
	}
	r = judge(member(1), member(2), member(3), member(4), member(5))
	if l := r.IfLost[0]; !l.Quorum || l.CanLose != 1 || l.APIServers != -1 {
		t.Errorf("of five: %+v", l)
	}
	if r = judge(member(1, leaderless)); !slices.Equal(r.IfLost, []Loss{{"m1", -1, false, 0}}) {
		t.Errorf("without a quorum: %+v", r.IfLost)
	}
}

// TestTopology: where the members run, and how that is known.
func TestTopology(t *testing.T) {
	t.Parallel()
	named := func(name string) func(*etcdsource.Member) { return func(m *etcdsource.Member) { m.Name = name } }
	local := func(m *etcdsource.Member) {
		m.ClientURLs, m.PeerURLs, m.Endpoint = []string{"http://127.0.0.1:2379"}, []string{"http://localhost:2380"}, "unix:///run/etcd"
	}
	for _, c := range []struct {
		name    string
		place   *Place
		members []etcdsource.Member
		kind    string
		why     string
	}{
		{"by address", &Place{APIServers: []string{"10.0.0.1", "10.0.0.2"}}, []etcdsource.Member{member(1), member(2)}, "stacked", "2 of 2 members have the address"},
		{"by mirror pods", &Place{EtcdNodes: []string{"m1", "cp"}}, []etcdsource.Member{member(1), member(2, named("cp-0a1b2c3d"))}, "stacked", "2 of 2 members are mirror pods"},
		{"elsewhere", &Place{APIServers: []string{"10.9.0.1"}}, []etcdsource.Member{member(1), member(2)}, "external", "no member has an address of the 1 API server"},
		{"one", &Place{APIServers: []string{"10.0.0.1"}}, []etcdsource.Member{member(1)}, "single", "stacked: it has the address"},
		{"nothing to compare", &Place{APIServers: []string{"10.9.0.1"}}, []etcdsource.Member{member(1, local), member(2, local)}, "unknown", "name no address"},
		{"by Node objects", &Place{Nodes: []Node{{Name: "cp1", Addresses: []string{"cp1", "10.0.0.1"}, Control: true}, {Name: "cp2", Addresses: []string{"10.0.0.2"}, Control: true}}}, []etcdsource.Member{member(1), member(2)}, "stacked", "2 of 2 members have the address of a control-plane node (Node objects)"},
		{"by the API servers' pods", &Place{APINodes: []string{"cp1"}, Nodes: []Node{{Name: "cp1", Addresses: []string{"10.0.0.1"}, Control: false}}}, []etcdsource.Member{member(1), member(2)}, "stacked", "1 of 2 members have the address of a control-plane node"},
		{"on other nodes", &Place{APINodes: []string{"cp1"}, Nodes: []Node{{Name: "cp1", Addresses: []string{"10.9.0.1"}, Control: true}}}, []etcdsource.Member{member(1), member(2)}, "external", "no member has an address of the 1 node that run an API server"},
		{"of several kinds", &Place{APIServers: []string{"10.0.0.1", "10.0.0.2"}, EtcdNodes: []string{"m1"}}, []etcdsource.Member{member(1), member(2)}, "stacked", "(masterleases); 1 of 2 members are mirror pods"},
		{"by kubeadm's configuration", &Place{Kubeadm: Kubeadm{Kind: "stacked"}}, []etcdsource.Member{member(1, local), member(2, local)}, "stacked", "etcd.local in kubeadm's configuration (ConfigMap kube-system/kubeadm-config)"},
		{"external by it", &Place{Kubeadm: Kubeadm{"external", []string{"https://10.0.0.1:2379", "https://10.0.0.2:2379"}}}, []etcdsource.Member{member(1), member(2)}, "external", "etcd.external: https://10.0.0.1:2379,https://10.0.0.2:2379 in kubeadm's"},
		{"as the addresses say", &Place{APIServers: []string{"10.0.0.1"}, Kubeadm: Kubeadm{Kind: "stacked"}}, []etcdsource.Member{member(1), member(2)}, "stacked", "(masterleases); etcd.local in kubeadm's"},
		{"against the addresses", &Place{APIServers: []string{"10.9.0.1"}, Kubeadm: Kubeadm{Kind: "stacked"}}, []etcdsource.Member{member(1), member(2)}, "external", "(masterleases); against it is etcd.local in kubeadm's"},
		{"no Kubernetes", &Place{}, []etcdsource.Member{member(1), member(2)}, "unknown", "no addresses of API servers"},
		{"not read", nil, []etcdsource.Member{member(1), member(2)}, "unknown", "was not read"},
	} {
		r := Judge(Input{Probe: etcdsource.Probe{Time: now, Members: c.members}, Place: c.place})
		if r.Topology.Kind != c.kind || !strings.Contains(r.Topology.Why, c.why) {
			t.Errorf("%s: %+v", c.name, r.Topology)
		}
	}
}

// TestLocalTopology: the files of the node that etcdscope runs on say where etcd runs, where the store does not.
func TestLocalTopology(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		node      etcdsource.Node
		place     *Place
		kind, why string
	}{
		{"both", etcdsource.Node{Here: true, EtcdFile: "/m/etcd.yaml", APIFile: "/m/kube-apiserver.yaml"}, nil, "stacked", "this node runs both etcd (/m/etcd.yaml) and an API server (/m/kube-apiserver.yaml)"},
		{"one program", etcdsource.Node{Here: true, Distribution: "k3s", EtcdFile: "/db", APIFile: "/db"}, nil, "stacked", "etcd is a part of k3s"},
		{"an API server only", etcdsource.Node{Here: true, APIFile: "/m/kube-apiserver.yaml", EtcdServers: []string{"https://10.0.0.1:2379"}}, &Place{}, "external", "--etcd-servers=https://10.0.0.1:2379"},
		{"etcd's manifest was moved away, at its own address", etcdsource.Node{Here: true, Addresses: []string{"127.0.0.1", "10.7.0.1"}, APIFile: "/m/kube-apiserver.yaml", EtcdServers: []string{"https://10.7.0.1:2379"}}, &Place{}, "stacked", "which is this node's own address"},
		{"etcd's manifest was moved away, at a name of its own", etcdsource.Node{Here: true, Name: "cp1", APIFile: "/m/kube-apiserver.yaml", EtcdServers: []string{"https://CP1:2379"}}, &Place{}, "stacked", "own address"},
		{"etcd's manifest was moved away, at the address of its member", etcdsource.Node{Here: true, Name: "m1", APIFile: "/m/kube-apiserver.yaml", EtcdServers: []string{"https://10.0.0.1:2379"}, Data: etcdsource.NodeData{Dir: "/var/lib/etcd", There: true}}, &Place{}, "stacked", "the address of its member"},
		{"another member's address, and data that was left", etcdsource.Node{Here: true, Name: "w", APIFile: "/m/kube-apiserver.yaml", EtcdServers: []string{"https://10.0.0.1:2379"}, Data: etcdsource.NodeData{Dir: "/var/lib/etcd", There: true}}, &Place{}, "external", "no etcd"},
		{"one of three at its own address", etcdsource.Node{Here: true, Addresses: []string{"10.7.0.1"}, APIFile: "/m/kube-apiserver.yaml", EtcdServers: []string{"https://10.7.0.9:2379", "https://10.7.0.1:2379"}}, &Place{}, "stacked", "own address"},
		{"etcd only", etcdsource.Node{Here: true, EtcdFile: "/etc/etcd.env"}, nil, "unknown", "was not read"},
		{"the store has the word", etcdsource.Node{Here: true, APIFile: "/m/kube-apiserver.yaml", EtcdServers: []string{"https://10.0.0.1:2379"}}, &Place{APIServers: []string{"10.0.0.1"}}, "stacked", "masterleases"},
		{"they agree", etcdsource.Node{Here: true, EtcdFile: "/m/etcd.yaml", APIFile: "/m/api.yaml"}, &Place{APIServers: []string{"10.0.0.1"}}, "stacked", "(masterleases); this node runs both"},
	} {
		r := Judge(Input{Probe: etcdsource.Probe{Time: now, Members: []etcdsource.Member{member(1), member(2)}}, Place: c.place, Site: Site{Node: &c.node}})
		if r.Topology.Kind != c.kind || !strings.Contains(r.Topology.Why, c.why) {
			t.Errorf("%s: %+v", c.name, r.Topology)
		}
	}
}

// TestSlow names the first cause above its limit, of the member where it is worst.
func TestSlow(t *testing.T) {
	t.Parallel()
	quick := etcdsource.Metrics{Fsync: time.Millisecond, Commit: time.Millisecond, Fsyncs: fewest, Commits: fewest, Apply: -1, OpenReads: 1}
	with := func(change func(*etcdsource.Metrics)) func(*etcdsource.Member) {
		return func(m *etcdsource.Member) { x := quick; change(&x); m.Metrics = &x }
	}
	if s := judge(member(1)).Slow; s != nil {
		t.Errorf("without metrics: %+v", s)
	}
	for _, c := range []struct {
		cause  string
		member string
		change func(*etcdsource.Metrics)
	}{
		{"none", "", func(*etcdsource.Metrics) {}},
		{"fsync", "m2", func(m *etcdsource.Metrics) { m.Fsync, m.Commit = 41*time.Millisecond, time.Second }},
		{"commit", "m2", func(m *etcdsource.Metrics) { m.Commit = 26 * time.Millisecond }},
		{"none", "", func(m *etcdsource.Metrics) { m.Commit, m.Commits = 99*time.Millisecond, fewest-1 }}, // which one of them may have been
		{"none", "", func(m *etcdsource.Metrics) { m.Commit, m.Commits = 100*time.Millisecond, 1 }},
		{"commit", "m2", func(m *etcdsource.Metrics) { m.Commit, m.Commits = 101*time.Millisecond, 1 }},
		{"none", "", func(m *etcdsource.Metrics) { m.Fsync, m.Fsyncs = 39*time.Millisecond, fewest-1 }},
		{"peer", "m2", func(m *etcdsource.Metrics) {
			m.Peers, m.PeerTrips = map[uint64]time.Duration{1: 200 * time.Millisecond}, map[uint64]int64{1: fewest}
		}},
		{"none", "", func(m *etcdsource.Metrics) {
			m.Peers, m.PeerTrips = map[uint64]time.Duration{1: 600 * time.Millisecond}, map[uint64]int64{1: fewest - 1}
		}},
		{"peer", "m2", func(m *etcdsource.Metrics) {
			m.Peers, m.PeerTrips = map[uint64]time.Duration{1: 600 * time.Millisecond, 3: 160 * time.Millisecond}, map[uint64]int64{1: 1, 3: fewest}
		}},
		{"peer", "m2", func(m *etcdsource.Metrics) { m.Peers = map[uint64]time.Duration{1: 601 * time.Millisecond} }},
		{"apply", "m2", func(m *etcdsource.Metrics) { m.Apply = time.Second }},
		{"proposals", "m2", func(m *etcdsource.Metrics) { m.Pending = 6 }},
		{"watchers", "m2", func(m *etcdsource.Metrics) { m.SlowWatchers = 11 }},
		{"snapshot-reader", "m2", func(m *etcdsource.Metrics) { m.OpenReads = 4 }},
	} {
		s := judge(member(1, with(func(*etcdsource.Metrics) {})), member(2, with(c.change)), member(3)).Slow
		if s == nil || s.Cause != c.cause || s.Member != c.member || c.cause != "none" && (s.Value <= s.Limit || s.Source == "") {
			t.Errorf("%s: %+v", c.cause, s)
		}
	}
}

// advice returns the advice about something, and fails where there is none.
func advice(t *testing.T, r *Report, about string) Advice {
	t.Helper()
	for _, a := range r.Advice {
		if a.About == about {
			return a
		}
	}
	t.Fatalf("no advice about %s: %+v", about, r.Advice)
	return Advice{}
}

const flags = " --cacert=/pki/ca.crt --cert=/pki/c.crt --key=/pki/c.key "

// TestNoSpaceAdvice frees space first, defragments the leader last, and disarms at the end.
func TestNoSpaceAdvice(t *testing.T) {
	t.Parallel()
	full := func(m *etcdsource.Member) {
		alarm("NOSPACE", 2)(m)
		m.Status.DBSize, m.Status.DBInUse = 2<<30, 2000<<20
	}
	r := judge(member(1, full), member(2, full), member(3, full))
	all := "etcdctl --endpoints=https://10.0.0.1:2379,https://10.0.0.2:2379,https://10.0.0.3:2379" + flags
	one := func(n int) string {
		return fmt.Sprintf("etcdctl --endpoints=https://10.0.0.%d:2379", n) + flags + "defrag --command-timeout=2m"
	}
	want := []string{all + "compact --physical --command-timeout=2m $(" + strings.Split(one(1), "defrag")[0] + `endpoint status --write-out=fields | sed -n 's/^"Revision" : //p')`, one(2), one(3), one(1), all + "alarm disarm", all + "endpoint status --write-out=table"}
	if a := advice(t, r, "nospace"); !slices.Equal(a.Commands(), want) {
		t.Errorf("%s", strings.Join(a.Commands(), "\n"))
	}
	a := advice(t, Judge(Input{Probe: etcdsource.Probe{Time: now, Members: []etcdsource.Member{member(1, full)}}, Site: Site{Distribution: "k3s"}}), "nospace")
	if !strings.Contains(a.Why, "k3s defragments and disarms by itself") {
		t.Errorf("on k3s: %s", a.Why)
	}
}

// TestLostMemberAdvice removes the lost member before the new one is added, with real IDs and addresses.
func TestLostMemberAdvice(t *testing.T) {
	t.Parallel()
	r := judge(member(1), member(2), member(0xab3, down))
	up := "etcdctl --endpoints=https://10.0.0.1:2379,https://10.0.0.2:2379" + flags
	want := []string{
		"systemctl status etcd; journalctl -u etcd --since -10min", up + "member remove ab3", "rm -rf /var/lib/etcd/member",
		up + "member add m2739 --learner --peer-urls=https://10.0.0.2739:2380",
		"etcd --name=m2739 --data-dir=/var/lib/etcd --initial-cluster-state=existing --initial-cluster=m1=https://10.0.0.1:2380,m2=https://10.0.0.2:2380,m2739=https://10.0.0.2739:2380" +
			" --initial-advertise-peer-urls=https://10.0.0.2739:2380 --listen-peer-urls=https://0.0.0.0:2380 --advertise-client-urls=https://10.0.0.2739:2379 --listen-client-urls=https://0.0.0.0:2379",
		up + "member promote ID",
	}
	if a := advice(t, r, "lost-member"); !slices.Equal(a.Commands(), want) {
		t.Errorf("%s", strings.Join(a.Commands(), "\n"))
	}
	for distribution, command := range map[string]string{"kubeadm": "kubectl delete node m3", "k3s": "systemctl restart k3s", "rke2": "systemctl restart rke2-server", "k0s": "rm -rf /var/lib/k0s/etcd"} {
		r := Judge(Input{Probe: etcdsource.Probe{Time: now, Members: []etcdsource.Member{member(1), member(2), member(3, down)}}, Site: Site{Distribution: distribution}})
		if a := advice(t, r, "lost-member"); !slices.Contains(a.Commands(), command) {
			t.Errorf("%s: %s", distribution, strings.Join(a.Commands(), "\n"))
		}
	}
}

// TestOtherAdvice: what is advised, and what is not.
func TestOtherAdvice(t *testing.T) {
	t.Parallel()
	if a := judge(member(1), member(2), member(3)).Advice; len(a) != 0 {
		t.Errorf("for a healthy cluster: %+v", a)
	}
	expires := func(in time.Duration) func(*etcdsource.Member) {
		return func(m *etcdsource.Member) {
			m.Certificates = []etcdsource.Certificate{{Of: "server", Subject: "CN=m", NotAfter: now.Add(in)}}
		}
	}
	ahead := func(d time.Duration) func(*etcdsource.Member) {
		return func(m *etcdsource.Member) {
			m.Clock = &etcdsource.ClockReading{Ahead: d, Error: 500 * time.Millisecond}
		}
	}
	for _, c := range []struct {
		about, title string
		members      []etcdsource.Member
	}{
		{"quorum", "No quorum: start 1 of m1 and m2", []etcdsource.Member{member(1, down), member(2, down), member(3, leaderless)}},
		{"quorum", "No quorum, though the members answer", []etcdsource.Member{member(1, leaderless), member(2, leaderless)}},
		{"never-started", "4 was added and has never started", []etcdsource.Member{member(1), member(2), member(4, neverStarted)}},
		{"corrupt", "CORRUPT: find the member", []etcdsource.Member{member(1, alarm("CORRUPT", 1))}},
		{"fragmentation", "Free pages: m1 750 MiB of 0.98 GiB", []etcdsource.Member{member(1, func(m *etcdsource.Member) { m.Status.DBSize, m.Status.DBInUse = 1000<<20, 250<<20 })}},
		{"certificate", "The server certificate of m1 expires in 9 days", []etcdsource.Member{member(1, expires(9*24*time.Hour+time.Minute))}},
		{"certificate", "The server certificate of m1 expired on 2026-11-22 09:00Z", []etcdsource.Member{member(1, expires(-time.Hour))}},
		{"version", "The members run 3.5.21 to 3.6.16", []etcdsource.Member{member(1), member(2, func(m *etcdsource.Member) { m.Status.Version = "3.5.21" })}},
		{"version", "A downgrade to 3.5 is under way", []etcdsource.Member{member(1, func(m *etcdsource.Member) { m.Status.Downgrade = "3.5" })}},
		{"clock", "The clock of m2 is 8s ahead of m1's", []etcdsource.Member{member(1, ahead(-time.Second)), member(2, ahead(7*time.Second))}},
	} {
		if a := advice(t, judge(c.members...), c.about); !strings.HasPrefix(a.Title, c.title) || a.Why == "" || len(a.Steps) == 0 {
			t.Errorf("%s: %+v", c.title, a)
		}
	}
	for name, m := range map[string]etcdsource.Member{"clock": member(2, ahead(2*time.Second)), "certificate": member(2, expires(90*24*time.Hour)),
		"small database": member(2, func(m *etcdsource.Member) { m.Status.DBSize, m.Status.DBInUse = 20<<20, 1<<20 })} {
		if a := judge(member(1, ahead(0)), m, member(3)).Advice; len(a) != 0 {
			t.Errorf("%s: %+v", name, a)
		}
	}
	if r := judge(member(1, expires(time.Hour))); r.Verdict != Degraded {
		t.Errorf("a certificate that ends within the week: %s", r.Verdict)
	}
}

// TestNeverStartedLearner: what is said to be wrong agrees with the advice on whether the member counts for the quorum.
func TestNeverStartedLearner(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		change []func(*etcdsource.Member)
		wrong  string
	}{
		{[]func(*etcdsource.Member){neverStarted}, "has never started: it counts for the quorum"},
		{[]func(*etcdsource.Member){neverStarted, learner}, "has never started: a learner, which does not count for the quorum"},
	} {
		r := judge(member(1), member(2), member(3), member(4, c.change...))
		if wrong := strings.Join(r.Wrong, "\n"); !strings.HasSuffix(wrong, c.wrong) {
			t.Errorf("%q, not %q", wrong, c.wrong)
		}
	}
}

// TestPartitionedFromHere: a member that the leader is connected to may only be out of reach from here.
func TestPartitionedFromHere(t *testing.T) {
	t.Parallel()
	r := judge(member(1, func(m *etcdsource.Member) { m.Metrics = &etcdsource.Metrics{Fsync: -1, ActivePeers: []uint64{3}} }), member(2), member(3, down))
	if !strings.Contains(strings.Join(r.Wrong, "\n"), "out of reach from here") {
		t.Errorf("%q", r.Wrong)
	}
	if a := advice(t, r, "lost-member"); !strings.Contains(a.Why, "The leader's connection to it is open") {
		t.Errorf("%s", a.Why)
	}
	for after, want := range map[time.Duration]bool{-5 * time.Second: false, 5 * time.Second: false, 12 * time.Second: true} {
		r := judge(member(1, func(m *etcdsource.Member) {
			m.Metrics = &etcdsource.Metrics{Time: now.Add(after), Fsync: -1, ActivePeers: []uint64{3}}
		}), member(2),
			member(3, down, func(m *etcdsource.Member) { m.Seen = now }))
		if got := strings.Contains(strings.Join(r.Wrong, "\n"), "out of reach from here"); got != want {
			t.Errorf("%s after it answered last: %q", after, r.Wrong)
		}
	}
}

// TestQuote: a word from outside is one word to a shell.
func TestQuote(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"https://a:2379": "https://a:2379", "a b": "'a b'", "": "''", "$(reboot)": "'$(reboot)'", "it's": `'it'\''s'`, "http://[::1]:2379": "'http://[::1]:2379'", "a;b": "'a;b'"} {
		if got := quote(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

// TestPlanAgainstTheSurvivor: where a member answers, the plan is held against what it holds.
func TestPlanAgainstTheSurvivor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		members []etcdsource.Member
		want    string
	}{
		"one answers":  {[]etcdsource.Member{member(1, leaderless), member(2, down), member(3, down)}, "etcdscope snapshot restore rescue.db --endpoints=https://10.0.0.1:2379 --cacert=/pki/ca.crt --cert=/pki/c.crt --key=/pki/c.key --serializable"},
		"none answers": {[]etcdsource.Member{member(1, down), member(2, down), member(3, down)}, "etcdscope snapshot restore rescue.db"},
	} {
		a := advice(t, judge(c.members...), "quorum")
		if cmds := a.Commands(); !slices.Contains(cmds, c.want) {
			t.Errorf("%s: no %q in %q", name, c.want, cmds)
		}
	}
}

// TestQuorumLostAdvice names the newest that survives, and the recovery of the distribution with it.
func TestQuorumLostAdvice(t *testing.T) {
	t.Parallel()
	dir := etcdsource.Copy{Path: "/var/lib/etcd", DataDir: true, Revision: 700, Time: now}
	backup := func(rev int64) etcdsource.Copy {
		return etcdsource.Copy{Path: "/backup/etcd.db", Revision: rev, Time: now.Add(-3 * time.Hour), Verdict: etcdsource.BackupVerified}
	}
	answers := func(m *etcdsource.Member) { leaderless(m); m.Status.Revision = 650 }
	for _, c := range []struct {
		name         string
		distribution string
		last         func(*etcdsource.Member)
		copies       []etcdsource.Copy
		newest       string
		commands     []string // in this order
	}{
		{"a data directory", "", down, []etcdsource.Copy{dir, backup(600)}, "data directory /var/lib/etcd (revision 700); then backup /backup/etcd.db (revision 600, 3 hours old, verified)",
			[]string{"etcdscope /var/lib/etcd", "etcdscope snapshot save rescue.db --from /var/lib/etcd", "etcdutl snapshot restore rescue.db --data-dir=/var/lib/etcd --name=m2 --initial-cluster=m2=https://10.0.0.2:2380 "}},
		{"a backup", "kubeadm", down, []etcdsource.Copy{backup(900), dir}, "backup /backup/etcd.db (revision 900",
			[]string{"etcdscope snapshot verify /backup/etcd.db", "etcdutl snapshot restore /backup/etcd.db "}},
		{"a member that answers", "", answers, []etcdsource.Copy{backup(600)}, "member m3 (revision 650, it answers); then backup",
			[]string{"snapshot save rescue.db", "etcdutl snapshot restore rescue.db --data-dir=/var/lib/etcd --name=m2 --initial-cluster=m2=https://10.0.0.2:2380 ", "--endpoints=https://10.0.0.2:2379 member add m1 --learner --peer-urls=https://10.0.0.1:2380", "member add m3 --learner"}},
		{"a copy that is ahead of it", "", answers, []etcdsource.Copy{dir}, "data directory /var/lib/etcd (revision 700); then member m3", []string{"etcdscope snapshot save rescue.db --from /var/lib/etcd"}},
		{"k3s", "k3s", down, []etcdsource.Copy{dir}, "data directory", []string{"systemctl stop k3s && k3s server --cluster-reset", "systemctl start k3s", "rm -rf /var/lib/rancher/k3s/server/db && systemctl start k3s"}},
		{"k3s from a backup", "k3s", down, []etcdsource.Copy{backup(900)}, "backup", []string{"systemctl stop k3s && k3s server --cluster-reset --cluster-reset-restore-path=/backup/etcd.db"}},
		{"rke2", "rke2", answers, nil, "member m3", []string{"systemctl stop rke2-server && rke2 server --cluster-reset"}},
		{"openshift", "openshift", answers, nil, "member m3", []string{"/usr/local/bin/quorum-restore.sh"}},
		{"openshift from a backup", "openshift", down, []etcdsource.Copy{backup(9)}, "backup", []string{"/usr/local/bin/cluster-restore.sh /backup"}},
		{"k0s from a backup", "k0s", down, []etcdsource.Copy{backup(9)}, "backup", []string{"k0s restore /backup/etcd.db"}},
		{"talos", "talos", answers, nil, "member m3", []string{"talosctl bootstrap --recover-from=rescue.db"}},
		{"kops", "kops", down, []etcdsource.Copy{backup(9)}, "backup", []string{"etcdscope snapshot restore /backup/etcd.db --distribution kops"}},
		{"nothing", "kubeadm", down, nil, "the newest revision is the one to keep", []string{"etcdscope snapshot status /var/lib/etcd", "etcdscope snapshot save rescue.db --from /var/lib/etcd", "etcdutl snapshot restore rescue.db"}},
		{"one that cannot be read", "", down, []etcdsource.Copy{{Path: "/var/lib/etcd", DataDir: true, Problem: "permission denied"}}, "the newest revision is the one to keep", []string{"etcdscope snapshot status /var/lib/etcd"}},
	} {
		r := Judge(Input{Probe: etcdsource.Probe{Time: now, Members: []etcdsource.Member{member(1, down), member(2, down), member(3, c.last)}}, Site: Site{Distribution: c.distribution},
			Offline: &etcdsource.Offline{Member: "m2", Copies: c.copies}})
		a := advice(t, r, "quorum")
		said := ""
		for _, s := range a.Steps {
			said += s.Say + "\n"
		}
		if !strings.Contains(said, c.newest) {
			t.Errorf("%s: no %q in\n%s", c.name, c.newest, said)
		}
		rest := a.Commands()
		for _, want := range c.commands {
			i := slices.IndexFunc(rest, func(s string) bool { return strings.Contains(s, want) })
			if i < 0 {
				t.Errorf("%s: no %q, in order, in\n%s", c.name, want, strings.Join(a.Commands(), "\n"))
				break
			}
			rest = rest[i+1:]
		}
	}
}
