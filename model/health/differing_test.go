package health

import (
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/hashcheck"
)

// TestDiffering: members that do not hold the same degrade the verdict, and the advice replaces the one that is wrong: by a
// log, else, with a reservation, the one that is alone.
func TestDiffering(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		groups  []int
		right   []hashcheck.Rightness
		verdict Verdict
		advice  []string // titles
		steps   []string // that are among the commands of the first
	}{
		"equal":       {[]int{0, 0, 0}, nil, Healthy, nil, nil},
		"one is odd":  {[]int{0, 1, 0}, nil, Degraded, []string{"m1 does not hold what the others hold: replace it"}, []string{"snapshot save", "health --hash live /var/lib/etcd --endpoints=http://m0:2379", "--endpoints=http://m0:2379,http://m2:2379 member remove 2", "--endpoints=http://m1:2379 snapshot save differs.db", "member add m1 --learner"}},
		"by the log":  {[]int{0, 1, 0}, []hashcheck.Rightness{hashcheck.Wrong, hashcheck.Right, hashcheck.Wrong}, Degraded, []string{"m0 does not", "m2 does not"}, []string{"member remove 1"}},
		"all differ":  {[]int{0, 1, 2}, nil, Degraded, []string{"find out which one is right"}, []string{"health --hash live"}},
		"one is down": {[]int{0, -1, 1}, nil, Degraded, []string{"find out which one is right"}, nil},
	} {
		in := Input{Hash: &hashcheck.Result{Verdict: hashcheck.Differs, Revision: 7}, Probe: etcdsource.Probe{Time: time.Unix(1e9, 0), Cluster: 1}}
		for i, g := range c.groups {
			id, n := uint64(i+1), string(rune('0'+i))
			s := &hashcheck.Side{State: etcdsource.ReplicaState{Name: "m" + n, ID: id, Member: true}, Group: g}
			if c.right != nil {
				s.Right = c.right[i]
			}
			in.Hash.Sides = append(in.Hash.Sides, s)
			in.Probe.Members = append(in.Probe.Members, etcdsource.Member{ID: id, Name: "m" + n, Answered: true, Endpoint: "http://m" + n + ":2379", ClientURLs: []string{"http://m" + n + ":2379"}, PeerURLs: []string{"http://m" + n + ":2380"},
				Read: etcdsource.MemberRead{Took: time.Millisecond}, Status: etcdsource.MemberStatus{Version: "3.6.16", Leader: 1, Applied: 9, Revision: 7, DBInUse: -1, Quota: -1}})
		}
		r := Judge(in)
		var titles []string
		for i := range r.Advice {
			titles = append(titles, r.Advice[i].Title)
		}
		if r.Verdict != c.verdict || len(titles) != len(c.advice) {
			t.Errorf("%s: %s, %q, %q", name, r.Verdict, r.Wrong, titles)
			continue
		}
		for i, want := range c.advice {
			if !strings.Contains(titles[i], want) {
				t.Errorf("%s: %q, want %q", name, titles[i], want)
			}
		}
		for _, want := range c.steps {
			if got := strings.Join(r.Advice[0].Commands(), "\n"); !strings.Contains(got, want) {
				t.Errorf("%s: no %q in:\n%s", name, want, got)
			}
		}
		in.Probe.Members[1].ID = 99 // it was replaced
		if r := Judge(in); c.groups[1] >= 0 && strings.Contains(strings.Join(r.Wrong, " "), "hold the same") {
			t.Errorf("%s: %q of a member that is none any more", name, r.Wrong)
		}
	}
}
