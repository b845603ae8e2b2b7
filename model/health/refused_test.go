package health

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestRefused: where TLS fails nothing is said of the quorum, no member is to be started, and no file is offered.
func TestRefused(t *testing.T) {
	t.Parallel()
	at := func(url string, change func(*etcdsource.Member)) etcdsource.Member {
		m := etcdsource.Member{Endpoint: url}
		change(&m)
		return m
	}
	dir := &etcdsource.Offline{Copies: []etcdsource.Copy{{Path: "/var/lib/etcd", DataDir: true, Revision: 7}}}
	for name, c := range map[string]struct {
		members []etcdsource.Member
		says    string
	}{
		"one":         {[]etcdsource.Member{at("https://a:2379", refused)}, "TLS fails at 1 address, so"},
		"both":        {[]etcdsource.Member{at("https://a:2379", refused), at("https://b:2379", refused)}, "TLS fails at each of 2 addresses, so"},
		"one is down": {[]etcdsource.Member{at("https://a:2379", refused), at("https://b:2379", down)}, "TLS fails at 1 of 2 addresses, so"},
	} {
		r := Judge(Input{Probe: etcdsource.Probe{Time: now, Guessed: true, Members: c.members}, Offline: dir})
		if r.Verdict != Unknowable || !strings.HasPrefix(r.Sentence, c.says) || len(r.IfLost) != 0 || r.Topology.Kind != "unknown" {
			t.Errorf("%s: %s, %q, %+v", name, r.Verdict, r.Sentence, r)
		}
		a := advice(t, r, "tls")
		if len(r.Advice) != 1 || a.Title != "TLS fails: not signed by the CA" || len(a.Steps) != 1 || a.Steps[0].Say != "Give the CA. Then ask again." {
			t.Errorf("%s: %+v", name, r.Advice)
		}
	}
	r := judge(member(1), member(2), member(3, refused))
	if len(r.Advice) != 1 || r.Advice[0].About != "tls" || !strings.Contains(strings.Join(r.Wrong, "\n"), "m3 runs, and TLS with it fails") {
		t.Errorf("%q, %+v", r.Wrong, r.Advice)
	}
}

// TestUnproven: what may be another cluster's comes last, and is called so.
func TestUnproven(t *testing.T) {
	t.Parallel()
	copies := []etcdsource.Copy{{Path: "/var/lib/etcd", DataDir: true, Revision: 900, Unproven: true}, {Path: "/b.db", Revision: 7}}
	r := Judge(Input{Probe: etcdsource.Probe{Time: now, Members: []etcdsource.Member{member(1, down), member(2, down)}}, Offline: &etcdsource.Offline{Copies: copies}})
	said := ""
	for _, s := range advice(t, r, "quorum").Steps {
		said += s.Say + "\n" + s.Command + "\n"
	}
	if !strings.Contains(said, "is backup /b.db (revision 7, unchecked); then data directory /var/lib/etcd (revision 900; whether it is of this cluster is not known)") ||
		!strings.Contains(said, "snapshot verify /b.db") {
		t.Errorf("%s", said)
	}
}

// TestOneOrAll: building a cluster again says which steps are for all members and which for one, and does not mix them.
func TestOneOrAll(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{1: "See the whole plan", 3: "Either restore all 3 members"} {
		var members []etcdsource.Member
		for i := range n {
			members = append(members, member(uint64(i+1), down))
		}
		r := Judge(Input{Probe: etcdsource.Probe{Time: now, Members: members}})
		said, or := "", false
		for _, s := range advice(t, r, "quorum").Steps {
			said += s.Say + "\n"
			or = or || strings.HasPrefix(s.Say, "Or begin with one member, on one node only (NAME and ADDRESS are its own)")
		}
		if !strings.Contains(said, want) || or != (n > 1) {
			t.Errorf("%d: %s", n, said)
		}
	}
}
