package health

import (
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestNoSpaceGoesOn: the first step is the one that is needed next, as the members show it.
func TestNoSpaceGoesOn(t *testing.T) {
	t.Parallel()
	const quota = 1000
	at := func(size, used, compacted int64, defragmented ...int64) func(*etcdsource.Member) {
		return func(m *etcdsource.Member) {
			alarm("NOSPACE", 2)(m)
			m.Status.DBSize, m.Status.DBInUse, m.Status.Quota = size, used, quota
			if compacted != 0 {
				m.Metrics = &etcdsource.Metrics{Fsync: -1, Commit: -1, Apply: -1, Compacted: compacted, Defragmented: int64(len(defragmented))}
			}
		}
	}
	unknown := func(m *etcdsource.Member) { m.Status.DBInUse, m.Status.Quota = -1, -1 }
	for name, c := range map[string]struct {
		one, two, three func(*etcdsource.Member)
		title, verbs    string
		endpoints       string // of the defrag commands, by their last digit
	}{
		"full":                                 {at(990, 980, 100), at(990, 980, 100), at(990, 980, 100), "NOSPACE: free space", "compact defrag defrag defrag alarm endpoint", "231"},
		"full, metrics do not answer":          {at(990, 980, 0), at(990, 980, 0), at(990, 980, 0), "NOSPACE: free space", "compact defrag defrag defrag alarm endpoint", "231"},
		"compacted":                            {at(990, 200, 500), at(990, 200, 500), at(990, 200, 500), "NOSPACE: defragment m2 next", "defrag defrag defrag alarm endpoint", "231"},
		"compacted, metrics do not answer":     {at(990, 200, 0), at(990, 200, 0), at(990, 200, 0), "NOSPACE: defragment m2 next", "defrag defrag defrag alarm endpoint", "231"},
		"compacted, metrics are old":           {at(990, 200, 100), at(990, 200, 100), at(990, 200, 100), "NOSPACE: defragment m2 next", "defrag defrag defrag alarm endpoint", "231"},
		"one defragmented":                     {at(990, 200, 500), at(210, 200, 500), at(990, 200, 500), "NOSPACE: defragment m3 next", "defrag defrag alarm endpoint", "31"},
		"the followers defragmented":           {at(990, 200, 500), at(210, 200, 500), at(210, 200, 500), "NOSPACE: defragment m1 next", "defrag alarm endpoint", "1"},
		"all defragmented":                     {at(210, 200, 500), at(210, 200, 500), at(210, 200, 500), "NOSPACE: space was freed; allow writes again", "alarm endpoint", ""},
		"all defragmented, leases ended since": {at(210, 200, 300), at(210, 200, 300), at(210, 200, 300), "NOSPACE: space was freed; allow writes again", "alarm endpoint", ""},
		"compacted, and nothing is free":       {at(990, 980, 500, 1), at(990, 980, 500, 1), at(990, 980, 500, 1), "NOSPACE: the history is compacted, and there is little free in m2 (990 B of 1000 B), m3 (990 B of 1000 B) and m1", "defrag etcdscope alarm endpoint", "2"},
		"figures are from before":              {at(990, 980, 500, 1), at(210, 200, 500, 1), at(990, 980, 500, 1), "NOSPACE: defragment m3 next", "defrag defrag alarm endpoint", "31"},
		"compacted, figures are from before":   {at(990, 980, 500), at(990, 980, 500), at(990, 980, 500), "NOSPACE: defragment m2 next", "defrag defrag defrag alarm endpoint", "231"},
		"a member of 3.3":                      {at(990, 980, 100), unknown, at(990, 980, 100), "NOSPACE: free space", "compact defrag defrag defrag alarm endpoint", "231"},
	} {
		a := advice(t, judge(member(1, c.one), member(2, c.two), member(3, c.three)), "nospace")
		endpoints := ""
		for _, cmd := range a.Commands() {
			if verbs([]string{cmd}) == "defrag" {
				_, rest, _ := strings.Cut(cmd, "--endpoints=https://10.0.0.")
				endpoints += rest[:1]
			}
		}
		if !strings.HasPrefix(a.Title, c.title) || verbs(a.Commands()) != c.verbs || endpoints != c.endpoints {
			t.Errorf("%s: %s: %s %s", name, a.Title, verbs(a.Commands()), endpoints)
		}
		if done := strings.Contains(a.Why, "Done already: the history is compacted"); done == strings.HasPrefix(c.verbs, "compact") {
			t.Errorf("%s: %s", name, a.Why)
		}
	}
}

// TestPeersThatAnswer: a round trip to a member that is down is no reason why etcd is slow.
func TestPeersThatAnswer(t *testing.T) {
	t.Parallel()
	slow := func(m *etcdsource.Member) {
		m.Metrics = &etcdsource.Metrics{Fsync: -1, Commit: -1, Apply: -1, Peers: map[uint64]time.Duration{2: time.Millisecond, 3: time.Second, 9: time.Second}}
	}
	if s := judge(member(1, slow), member(2), member(3)).Slow; s == nil || s.Cause != "peer" || s.Value != 1000 {
		t.Errorf("it answers: %+v", s)
	}
	if s := judge(member(1, slow), member(2), member(3, down)).Slow; s == nil || s.Cause != "none" {
		t.Errorf("it is down: %+v", s)
	}
}
