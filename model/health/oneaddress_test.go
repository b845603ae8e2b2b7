package health

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestOneAddress: one address that does not answer says nothing about the quorum, unless it is known to be the only member's.
func TestOneAddress(t *testing.T) {
	t.Parallel()
	one := etcdsource.Probe{Time: now, Guessed: true, Members: []etcdsource.Member{{Endpoint: "http://10.0.0.1:2379", Fault: "nothing listens there"}}}
	r := Judge(Input{Probe: one})
	if r.Verdict != Unknowable || !strings.Contains(r.Sentence, "says nothing about the quorum: nothing listens there") || !r.Unanswered() {
		t.Errorf("%s: %s", r.Verdict, r.Sentence)
	}
	if a := advice(t, r, "quorum"); a.Title != "The address does not answer" || !strings.Contains(a.Steps[0].Say, "--endpoints") || len(a.Steps) < 2 {
		t.Errorf("%+v", a)
	}
	if a := advice(t, r, "quorum"); verbs(a.Commands()) != "systemctl etcdscope etcdscope etcdscope if etcdutl" || !strings.Contains(strings.Join(a.Commands(), "\n"), "etcdscope snapshot save rescue.db --from /var/lib/etcd") {
		t.Errorf("%q", a.Commands())
	}
	two := one
	two.Members = append(two.Members[:1:1], etcdsource.Member{Endpoint: "http://10.0.0.2:2379", Fault: "nothing listens there"})
	if a := advice(t, Judge(Input{Probe: two}), "quorum"); !strings.Contains(strings.Join(a.Commands(), "\n"), "etcdutl snapshot restore rescue.db --data-dir=/var/lib/etcd --name=NAME --initial-cluster=NAME=https://ADDRESS:2380") {
		t.Errorf("%q", a.Commands())
	}
	if r := Judge(Input{Probe: one, Offline: &etcdsource.Offline{Members: []etcdsource.StoredMember{{Name: "m1"}}}}); r.Verdict != NoQuorum || !r.Unanswered() {
		t.Errorf("of the only member: %s: %s", r.Verdict, r.Sentence)
	}
}

// TestForeign: where another cluster answers at the members' addresses, that is said first, and no rescue of a quorum is advised.
func TestForeign(t *testing.T) {
	t.Parallel()
	r := judge(member(1, down, func(m *etcdsource.Member) { m.Fault, m.Foreign = "another cluster answers at its address", true }))
	if r.Verdict != Unknowable || !strings.HasPrefix(r.Sentence, "another cluster answers there now: ctrl+r opens it") {
		t.Errorf("%s: %s", r.Verdict, r.Sentence)
	}
	if len(r.Advice) != 1 || r.Advice[0].About != "foreign" {
		t.Errorf("%+v", r.Advice)
	}
	if r := judge(member(1, down, func(m *etcdsource.Member) { m.Foreign = true }), member(2), member(3)); r.Verdict != Degraded {
		t.Errorf("with two that serve: %s", r.Verdict)
	}
}
