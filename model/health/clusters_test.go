package health

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestTwoClusters: where another cluster answers at an address beside the one that was opened, both are named, and no advice removes
// what one of them holds.
func TestTwoClusters(t *testing.T) {
	t.Parallel()
	foreign := func(m *etcdsource.Member) {
		down(m)
		m.Fault, m.Foreign = "another cluster answers at its address", true
	}
	const url = "https://10.0.0.1:2379"
	leads := func(m *etcdsource.Member) { m.Status.Leader = 2 }
	for name, c := range map[string]struct {
		members []etcdsource.Member
		other   int64
		verdict Verdict
		says    string
	}{
		"at the address of a member":   {[]etcdsource.Member{member(1, foreign), member(2, leads), member(3, leads)}, 1000006236, Degraded, "2 clusters answer at these addresses: 7 (revision 500, at m2 and m3) and 9a (revision 1000006236, at " + url + "); 9a is newer by revision"},
		"beside one that is lost":      {[]etcdsource.Member{member(1, foreign), member(2, leads), member(3, leads), member(4, leads), member(5, down)}, 500, Degraded, "which is newer is not known"},
		"without a quorum":             {[]etcdsource.Member{member(1, foreign), member(2, leaderless), member(3, down)}, 400, NoQuorum, "7 (revision 500, at m2) and 9a (revision 400, at " + url + "); 7 is newer by revision"},
		"at an address that was given": {[]etcdsource.Member{member(4, func(m *etcdsource.Member) { m.Status.Leader = 4 })}, 0, Degraded, "9a (revision not known, at " + url + "); which is newer is not known"},
	} {
		r := Judge(Input{Probe: etcdsource.Probe{Time: now, Cluster: 7, Members: c.members, Others: []etcdsource.OtherCluster{{Endpoint: url, Cluster: 0x9a, Revision: c.other}}}})
		if r.Verdict != c.verdict || !strings.HasPrefix(r.Sentence, "2 clusters answer at these addresses; of 7: ") {
			t.Errorf("%s: %s %s", name, r.Verdict, r.Sentence)
		}
		if len(r.Wrong) == 0 || !strings.Contains(r.Wrong[0], c.says) {
			t.Errorf("%s: wrong: %q", name, r.Wrong)
		}
		if len(r.Advice) == 0 || r.Advice[0].About != "clusters" {
			t.Fatalf("%s: %+v", name, r.Advice)
		}
		for _, a := range r.Advice {
			all := strings.Join(a.Commands(), "\n")
			for _, bad := range []string{"member remove", "member add", "rm -rf", "mv /var", "restore"} {
				if strings.Contains(all, bad) {
					t.Errorf("%s: %s: %s", name, a.About, all)
				}
			}
		}
		if all := strings.Join(r.Advice[0].Commands(), "\n"); !strings.Contains(all, "--endpoints="+url+" snapshot save cluster-9a.db") || !strings.Contains(all, "snapshot save cluster-7.db") {
			t.Errorf("%s: %s", name, all)
		}
	}
}

// TestForeignElsewhere: an address that leads to another cluster from here alone is not that of a member that is to be replaced.
func TestForeignElsewhere(t *testing.T) {
	t.Parallel()
	r := judge(member(1, func(m *etcdsource.Member) {
		down(m)
		m.Fault, m.Foreign = "another cluster answers at its address", true
	}), member(2), member(3))
	a := advice(t, r, "lost-member")
	if !strings.HasPrefix(a.Title, "another cluster answers at the address of m1") || len(a.Commands()) != 0 {
		t.Errorf("%s: %q", a.Title, a.Commands())
	}
}

// TestForeignWithoutQuorum: where another cluster answers at the address of a member, as seen from here, no step of a lost quorum is said
// before it is known which one is used.
func TestForeignWithoutQuorum(t *testing.T) {
	t.Parallel()
	r := judge(member(1, leaderless), member(2, func(m *etcdsource.Member) {
		down(m)
		m.Fault, m.Foreign = "another cluster answers at its address", true
	}), member(3, down))
	if want := "1 of 3 members can serve, 2 are needed: no writes, and reads only with --serializable; another cluster answers at the address of m2"; r.Verdict != NoQuorum || r.Sentence != want {
		t.Errorf("%s: %s", r.Verdict, r.Sentence)
	}
	a := advice(t, r, "clusters")
	if len(r.Advice) != 1 || !strings.HasPrefix(a.Title, "No quorum, and another cluster answers at the address of m2") {
		t.Errorf("%+v", r.Advice)
	}
	cmds := a.Commands()
	if verbs(cmds) != "etcdscope snapshot systemctl" || !strings.Contains(cmds[0], "https://10.0.0.1:2379,https://10.0.0.2:2379") || !strings.HasPrefix(cmds[1], "etcdctl --endpoints=https://10.0.0.1:2379 ") || !strings.HasSuffix(cmds[1], " snapshot save cluster-7.db") {
		t.Errorf("%q", cmds)
	}
}

// TestOtherClusterThroughOutage: where the cluster that is read answers no more, and another one does at an address that was given,
// that is still said, and nothing is advised that would build the one again before it is known which is used.
func TestOtherClusterThroughOutage(t *testing.T) {
	t.Parallel()
	r := Judge(Input{Probe: etcdsource.Probe{Time: now, Cluster: 7, Members: []etcdsource.Member{member(1, down)}, Others: []etcdsource.OtherCluster{{Endpoint: "https://10.0.0.9:2379", Cluster: 0x9a, Revision: 40}}}})
	if want := "these addresses belong to 2 clusters; of 7: 1 member, and none answers"; r.Verdict != NoQuorum || r.Sentence != want {
		t.Errorf("%s: %s", r.Verdict, r.Sentence)
	}
	if want := "these addresses belong to 2 clusters: 7 (no member of which answers now) and 9a (revision 40, at https://10.0.0.9:2379); which is newer is not known"; len(r.Wrong) == 0 || r.Wrong[0] != want {
		t.Errorf("%q", r.Wrong)
	}
	a := advice(t, r, "clusters")
	all := strings.Join(a.Commands(), "\n")
	if !strings.HasPrefix(a.Title, "7 does not answer, and another cluster does (9a)") || !strings.Contains(all, "snapshot save cluster-9a.db") || strings.Contains(all, "cluster-7.db") {
		t.Errorf("%s: %s", a.Title, all)
	}
	for _, a := range r.Advice {
		if a.About == "quorum" || a.About == "lost-member" {
			t.Errorf("%+v", a)
		}
	}
}
