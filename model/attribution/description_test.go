package attribution

import (
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
	"github.com/etcdscope/etcdscope/model/attribution/rules"
)

// TestSentence: who, what, through whom, and what that rests on.
func TestSentence(t *testing.T) {
	for want, c := range map[string]Description{
		"kubelet of n1 changed pods/demo/p: phase Running, asked the API server, and etcd stored it as revision 1,234 at 10:02:05.500. Certain: it says so.": {
			What: "phase Running", Verdict: Verdict{Writer: "kubelet", Instance: "n1", Lane: LaneKubelet, Confidence: Certain, Evidence: "it says so", Time: at(5.5)}},
		"alice, acting as carol, with kubectl deleted pods/demo/p, asked the API server, and etcd stored it as revision 1,234. Likely: it says so.": {
			Type: etcdsource.Deleted, What: "deleted", Verdict: Verdict{Writer: "kubectl", User: "alice", As: "carol", Lane: LaneClient, Confidence: Likely, Evidence: "it says so"}},
		"deployment-controller created pods/demo/p, asked the API server, and etcd stored it as revision 1,234. Certain: it says so.": {
			Type: etcdsource.Created, Verdict: Verdict{Writer: "kube-controller-manager", Controller: "deployment-controller", Lane: LaneControllers, Confidence: Certain, Evidence: "it says so"}},
		"kube-apiserver changed pods/demo/p, on its own account, and etcd stored it as revision 1,234. Certain: it says so.": {
			Verdict: Verdict{Writer: evidence.APIServer, Lane: LaneAPIServer, Confidence: Certain, Evidence: "it says so"}},
		"A client whose name is not stored changed pods/demo/p. The API server stored it as revision 1,234: only removals, which leave no entry.": {
			Verdict: Verdict{Lane: LaneOther, Evidence: "only removals, which leave no entry: " + rules.Nameless}},
		"Something changed pods/demo/p, past the API server, as revision 1,234: the uid changed.": {
			Verdict: Verdict{Lane: LaneOther, OutOfBand: "the uid changed"}},
		"Somebody changed pods/demo/p: more, stored as revision 1,234.": {What: "more"},
	} {
		if c.Type == etcdsource.Type(0) {
			c.Type = etcdsource.Updated
		}
		c.Key, c.Revision = "pods/demo/p", "1,234"
		if got := c.Sentence(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
