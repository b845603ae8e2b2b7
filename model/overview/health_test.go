package overview

import (
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/health"
)

// TestCluster: the section begins with the verdict, names every member and what is to be done, and leads to the health.
func TestCluster(t *testing.T) {
	t.Parallel()
	up := etcdsource.Member{ID: 1, Name: "a\x1b", Answered: true, Read: etcdsource.MemberRead{Took: 1}, Status: etcdsource.MemberStatus{Leader: 1}}
	down := etcdsource.Member{ID: 2, Name: "b", ClientURLs: []string{"http://b:2379"}, Fault: "nothing listens there"}
	v := &Overview{Health: health.Judge(health.Input{Probe: etcdsource.Probe{Time: time.Unix(1e9, 0), Members: []etcdsource.Member{up, {ID: 3, Name: "c", Answered: true, Status: etcdsource.MemberStatus{Leader: 1}}, down}}})}
	s := v.health(&View{Most: 10})
	var all []string
	for _, l := range s.Lines {
		if all = append(all, l.Cells[0]); l.To.Screen != "health" {
			t.Errorf("%q leads to %+v", l.Cells[0], l.To)
		}
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{"degraded: 3 members, 2 of them up, quorum 2: losing one more stops writes\n", "members: a␛ (leader), c (follower), b (no answer)", "to do: b does not answer"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
	if s := (&Overview{}).health(&View{}); len(s.Lines) != 0 {
		t.Errorf("nobody was asked: %+v", s)
	}
}
