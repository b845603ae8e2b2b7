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
	if r := Judge(Input{Probe: one, Offline: &etcdsource.Offline{Members: []etcdsource.StoredMember{{Name: "m1"}}}}); r.Verdict != NoQuorum || !r.Unanswered() {
		t.Errorf("of the only member: %s: %s", r.Verdict, r.Sentence)
	}
}
