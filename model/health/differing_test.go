package health

import (
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/hashcheck"
)

// TestDiffering: members that do not hold the same degrade the verdict, and the advice replaces those that are wrong by a
// log, after a member that is right was made the leader; without a log it first finds out which is right.
func TestDiffering(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		groups  []int
		right   []hashcheck.Rightness
		verdict Verdict
		advice  []string // titles
		steps   []string // that are among the commands of the first
	}{
		"equal":                              {[]int{0, 0, 0}, nil, Healthy, nil, nil},
		"one is odd":                         {[]int{0, 1, 0}, nil, Degraded, []string{"m1 holds something else than most members: find out whether it is wrong before it is replaced"}, []string{"snapshot save", "--endpoints=http://m1:2379 snapshot save differs.db", "health --hash live /var/lib/etcd --endpoints=http://m0:2379", "--endpoints=http://m0:2379,http://m2:2379 member remove 2", "member add m1 --learner"}},
		"the leader is odd":                  {[]int{1, 0, 0}, nil, Degraded, []string{"m0 holds something else than most"}, []string{"health --hash live", "--endpoints=http://m0:2379 move-leader 2", "member remove 1"}},
		"by the log":                         {[]int{0, 1, 0}, []hashcheck.Rightness{hashcheck.Wrong, hashcheck.Right, hashcheck.Wrong}, Degraded, []string{"m0 and m2 do not hold what was written: replace one after the other"}, []string{"--endpoints=http://m0:2379 move-leader 2", "--endpoints=http://m1:2379 snapshot save before.db", "--endpoints=http://m1:2379 member remove 1", "etcdscope health --hash --endpoints=http://m0:2379,http://m1:2379,http://m2:2379"}},
		"by the log, a leader that is right": {[]int{0, 1, 0}, []hashcheck.Rightness{hashcheck.Right, hashcheck.Wrong, hashcheck.Right}, Degraded, []string{"m1 does not hold what was written: replace it"}, []string{"--endpoints=http://m0:2379 snapshot save before.db", "member remove 2"}},
		"by the log, none is right":          {[]int{0, 1, 0}, []hashcheck.Rightness{hashcheck.Wrong, hashcheck.Wrong, hashcheck.Wrong}, Degraded, []string{"none that serves is right: replace none"}, []string{"--endpoints=http://m0:2379 snapshot save before-m0.db", "health --hash BACKUP live"}},
		"by the log, which begins late":      {[]int{0, 1, 0}, []hashcheck.Rightness{hashcheck.NotKnown, hashcheck.Wrong, hashcheck.NotKnown}, Degraded, []string{"m1 does not hold all that was written; which other one does is not known yet"}, []string{"snapshot save before-m1.db", "health --hash live /var/lib/etcd"}},
		"all differ":                         {[]int{0, 1, 2}, nil, Degraded, []string{"find out which one is right"}, []string{"health --hash live"}},
		"one is down":                        {[]int{0, -1, 1}, nil, Degraded, []string{"find out which one is right"}, nil},
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
		for rest, i := "", 0; i < len(c.steps); i++ {
			if i == 0 {
				rest = strings.Join(r.Advice[0].Commands(), "\n")
			}
			_, after, ok := strings.Cut(rest, c.steps[i])
			if !ok {
				t.Errorf("%s: no %q, in order, in:\n%s", name, c.steps[i], strings.Join(r.Advice[0].Commands(), "\n"))
			}
			rest = after
		}
		if leads := strings.Contains(name, "leader is odd") || name == "by the log"; len(r.Advice) > 0 && strings.Contains(strings.Join(r.Advice[0].Commands(), "\n"), "move-leader") != leads {
			t.Errorf("%s: %q", name, r.Advice[0].Commands())
		}
		in.Probe.Members[1].ID = 99 // it was replaced
		if r := Judge(in); c.groups[1] >= 0 && strings.Contains(strings.Join(r.Wrong, " "), "hold the same") {
			t.Errorf("%s: %q of a member that is none any more", name, r.Wrong)
		}
	}
}
