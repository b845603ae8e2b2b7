package health

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// ownNode is a node that runs a member m9 by a unit, with the IDs of its data directory.
func ownNode(cluster, member uint64, change ...func(*etcdsource.Node)) *etcdsource.Node {
	n := &etcdsource.Node{Here: true, Distribution: "systemd", Name: "m9", EtcdFile: "/etc/systemd/system/etcd.service", Addresses: []string{"10.0.0.9"},
		Member: etcdsource.NodeMember{Name: "m9", PeerURLs: []string{"https://10.0.0.9:2380"}, InitialCluster: "m1=https://10.0.0.1:2380,m9=https://10.0.0.9:2380"},
		Data:   etcdsource.NodeData{Dir: "/var/lib/etcd", At: "/var/lib/etcd", There: true, Cluster: cluster, Member: member}}
	for _, f := range change {
		f(n)
	}
	return n
}

func byKubeadm(n *etcdsource.Node) {
	n.Distribution, n.EtcdFile = "kubeadm", "/etc/kubernetes/manifests/etcd.yaml"
	n.Manifests = []string{n.EtcdFile}
}

func runs(n *etcdsource.Node) { n.Data.Running = true }

// TestNonMember: this node's etcd that is no member of the cluster that answers is named with what it is; one that is a member, or meant to
// be another cluster's, is not.
func TestNonMember(t *testing.T) {
	t.Parallel()
	members := []etcdsource.Member{member(1), member(2), member(3)}
	for name, c := range map[string]struct {
		in   Input
		role Role // "" for none
		says string
	}{
		"a member":                           {Input{Site: Site{Node: ownNode(7, 2)}}, "", ""},
		"not known":                          {Input{Site: Site{Node: ownNode(0, 0)}}, "", ""},
		"removed":                            {Input{Site: Site{Node: ownNode(7, 9)}}, Removed, "(m9, ID 9) was removed from the cluster"},
		"removed, and it runs still":         {Input{Site: Site{Node: ownNode(7, 9, runs)}}, Removed, "(m9, ID 9, which runs) was removed"},
		"another cluster":                    {Input{Site: Site{Node: ownNode(8, 9)}}, Elsewhere, "(m9, /var/lib/etcd) belongs to another cluster (8) than the members that answer (7)"},
		"another cluster, with a known ID":   {Input{Site: Site{Node: ownNode(8, 2)}}, Elsewhere, "another cluster (8)"},
		"restored":                           {Input{Site: Site{Node: ownNode(8, 9, func(n *etcdsource.Node) { n.Data.Restored = true })}}, Elsewhere, "was restored as a new cluster (8)"},
		"no data":                            {Input{Site: Site{Node: ownNode(0, 0, func(n *etcdsource.Node) { n.Data.Bare = true })}}, Outside, "(m9) is no member of the cluster, and has no data"},
		"no data, of a member":               {Input{Site: Site{Node: ownNode(0, 0, func(n *etcdsource.Node) { n.Data.Bare = true; n.Member.Name = "m2" })}}, "", ""},
		"a leftover":                         {Input{Site: Site{Node: ownNode(8, 9, func(n *etcdsource.Node) { n.EtcdFile = "" })}}, "", ""},
		"for events":                         {Input{Site: Site{Node: ownNode(8, 9, func(n *etcdsource.Node) { n.Overrides = "/events#https://10.0.0.9:2379" })}}, "", ""},
		"another one of the node was opened": {Input{Site: Site{DataDir: "/var/lib/etcd-events", Node: ownNode(8, 9)}}, "", ""},
		"k3s with a datastore elsewhere":     {Input{Site: Site{Node: ownNode(8, 9, func(n *etcdsource.Node) { n.Lib = "/var/lib/rancher/k3s" })}}, "", ""},
		"given, and of this cluster":         {Input{Local: ownNode(7, 9)}, Removed, "was removed"},
		"given, and its settings name one":   {Input{Local: ownNode(8, 9)}, Elsewhere, "another cluster (8)"},
		"given, and nothing in common":       {Input{Local: ownNode(8, 9, func(n *etcdsource.Node) { n.Member = etcdsource.NodeMember{Name: "m9"} })}, "", ""},
		"a data directory that was found":    {Input{Offline: &etcdsource.Offline{Member: "m9", Copies: []etcdsource.Copy{{Path: "/d", DataDir: true, Cluster: 7, Member: 9, Revision: 5}}}}, Removed, "(m9, ID 9) was removed"},
		"one that proves itself":             {Input{Offline: &etcdsource.Offline{Copies: []etcdsource.Copy{{Path: "/d", DataDir: true, Cluster: 7, Member: 9, Unproven: true}}}}, Removed, "ID 9"},
		"one that may be any cluster's":      {Input{Offline: &etcdsource.Offline{Copies: []etcdsource.Copy{{Path: "/d", DataDir: true, Cluster: 8, Member: 9, Unproven: true}}}}, "", ""},
		"one that was moved aside":           {Input{Offline: &etcdsource.Offline{Copies: []etcdsource.Copy{{Path: "/d.old", DataDir: true, Cluster: 8, Member: 9}}}}, "", ""},
		"it answers too, which is said":      {Input{Site: Site{Node: ownNode(8, 9)}, Probe: etcdsource.Probe{Others: []etcdsource.OtherCluster{{Endpoint: "https://10.0.0.9:2379", Cluster: 8}}}}, "", ""},
	} {
		c.in.Probe.Time, c.in.Probe.Cluster, c.in.Probe.Members = now, 7, members
		r := Judge(c.in)
		m := r.NonMember
		if (m != nil) != (c.role != "") {
			t.Errorf("%s: %+v", name, m)
			continue
		}
		if m == nil {
			continue
		}
		if m.Role() != c.role || r.Verdict != Degraded || len(r.Wrong) != 1 || !strings.Contains(r.Wrong[0], c.says) {
			t.Errorf("%s: %s, %s %q", name, m.Role(), r.Verdict, r.Wrong)
		}
		if len(r.Advice) != 1 || r.Advice[0].About != "non-member" {
			t.Errorf("%s: %+v", name, r.Advice)
		}
	}
}

// TestNonMemberWithoutQuorum: without a quorum the list that answers may be older than this node's member; another cluster is one all the same.
func TestNonMemberWithoutQuorum(t *testing.T) {
	t.Parallel()
	for cluster, named := range map[uint64]bool{7: false, 8: true} {
		r := Judge(Input{Probe: etcdsource.Probe{Time: now, Cluster: 7, Members: []etcdsource.Member{member(1, leaderless), member(2, down), member(3, down)}}, Site: Site{Node: ownNode(cluster, 9)}})
		if r.Verdict != NoQuorum || (r.NonMember != nil) != named {
			t.Errorf("%d: %s, %+v", cluster, r.Verdict, r.NonMember)
		}
	}
}

// TestRejoin: what is deleted, and when. A cluster that may be in use loses nothing before that is known, and kubeadm reset is for what kubeadm made.
func TestRejoin(t *testing.T) {
	t.Parallel()
	external := &Place{Kubeadm: Kubeadm{Kind: "external"}}
	for name, c := range map[string]struct {
		cluster uint64
		change  []func(*etcdsource.Node)
		dist    string
		place   *Place
		want    string
	}{
		"a unit":                 {7, nil, "systemd", nil, "etcdscope snapshot save member-9.db --from /var/lib/etcd|systemctl stop etcd|rm -rf /var/lib/etcd/member|member add m9 --learner --peer-urls=https://10.0.0.9:2380|etcd --name=m9 --data-dir=/var/lib/etcd --initial-cluster-state=existing|member promote ID"},
		"a log elsewhere":        {7, []func(*etcdsource.Node){func(n *etcdsource.Node) { n.Data.WALDir = "/wal" }}, "systemd", nil, "snapshot save|systemctl stop etcd|rm -rf /var/lib/etcd/member /wal|member add|etcd --name|member promote"},
		"kubeadm":                {7, []func(*etcdsource.Node){byKubeadm}, "kubeadm", nil, "snapshot save member-9.db|kubectl delete node m9|kubeadm reset|kubeadm join"},
		"kubeadm, etcd external": {7, []func(*etcdsource.Node){byKubeadm}, "kubeadm", external, "snapshot save|mv /etc/kubernetes/manifests/etcd.yaml /etc/kubernetes/|rm -rf /var/lib/etcd|member add|etcd --name|member promote"},
		"k3s":                    {7, nil, "k3s", nil, "snapshot save|systemctl stop k3s|rm -rf /var/lib/etcd|systemctl start k3s"},
		"another cluster":        {8, nil, "systemd", nil, "--etcd-servers|snapshot save cluster-8.db --from /var/lib/etcd|snapshot save cluster-7.db|diff --from cluster-8.db --to cluster-7.db|systemctl stop etcd|test ! -e /var/lib/etcd.cluster-8 && mv /var/lib/etcd /var/lib/etcd.cluster-8|member add|etcd --name|member promote"},
		"another one of kubeadm": {8, []func(*etcdsource.Node){byKubeadm}, "kubeadm", nil, "--etcd-servers|snapshot save cluster-8.db|snapshot save cluster-7.db|diff|mv /etc/kubernetes/manifests/etcd.yaml|mv /var/lib/etcd /var/lib/etcd.cluster-8|kubectl delete node m9|kubeadm reset|kubeadm join"},
	} {
		r := Judge(Input{Probe: etcdsource.Probe{Time: now, Cluster: 7, Members: []etcdsource.Member{member(1), member(2), member(3)}}, Place: c.place, Site: Site{Distribution: c.dist, Node: ownNode(c.cluster, 9, c.change...)}})
		if len(r.Advice) == 0 {
			t.Errorf("%s: no advice", name)
			continue
		}
		got, want := r.Advice[0].Commands(), strings.Split(c.want, "|")
		if len(got) != len(want) {
			t.Errorf("%s: %q", name, got)
			continue
		}
		for i := range want {
			if !strings.Contains(got[i], want[i]) {
				t.Errorf("%s, step %d: %s, want %s", name, i, got[i], want[i])
			}
		}
	}
}

// TestOnlyLearnerAnswers: a learner gives no member list, which is no lost quorum.
func TestOnlyLearnerAnswers(t *testing.T) {
	t.Parallel()
	r := Judge(Input{Probe: etcdsource.Probe{Time: now, Cluster: 7, Guessed: true, Members: []etcdsource.Member{member(1, learner)}}})
	if r.Verdict != Unknowable || !r.LearnerOnly() || !strings.Contains(r.Sentence, "only a learner answers") {
		t.Errorf("%s: %s", r.Verdict, r.Sentence)
	}
}

// TestRejoinListed: the member of this node is in the list, and its data is another cluster's: it is not started, but taken out and added.
func TestRejoinListed(t *testing.T) {
	t.Parallel()
	r := Judge(Input{Probe: etcdsource.Probe{Time: now, Cluster: 7, Members: []etcdsource.Member{member(1), member(2), member(9, down)}}, Site: Site{Node: ownNode(8, 5)}})
	if len(r.Advice) != 1 || r.Advice[0].About != "non-member" {
		t.Fatalf("%+v", r.Advice)
	}
	all := strings.Join(r.Advice[0].Commands(), "\n")
	if remove, add := strings.Index(all, "member remove 9"), strings.Index(all, "member add m9"); remove < 0 || add < remove {
		t.Errorf("%s", all)
	}
}
