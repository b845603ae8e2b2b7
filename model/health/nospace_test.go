package health

import (
	"slices"
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
		"a prefix was deleted since":           {at(990, 980, 499, 1), at(990, 980, 499, 1), at(990, 980, 499, 1), "NOSPACE: free what was deleted since the last compaction", "compact defrag defrag defrag etcdscope alarm endpoint", "231"},
		"ten revisions since":                  {at(990, 980, 490, 1), at(990, 980, 490, 1), at(990, 980, 490, 1), "NOSPACE: free what was deleted since the last compaction", "compact defrag defrag defrag etcdscope alarm endpoint", "231"},
		"eleven revisions since":               {at(990, 980, 489, 1), at(990, 980, 489, 1), at(990, 980, 489, 1), "NOSPACE: free space", "compact defrag defrag defrag alarm endpoint", "231"},
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
		if strings.Contains(a.Why, "members were defragmented") && strings.Contains(c.verbs, "defrag") {
			t.Errorf("%s: it says that all were defragmented, and to defragment: %s", name, a.Why)
		}
	}
}

// TestNoSpaceOfOneThatIsDown: the member that raised the alarm is started and defragmented before the alarm is disarmed, and a member is
// not said to have no quorum while it is away for nothing.
func TestNoSpaceOfOneThatIsDown(t *testing.T) {
	t.Parallel()
	full := func(m *etcdsource.Member) {
		alarm("NOSPACE", 3)(m)
		m.Status.DBSize, m.Status.DBInUse, m.Status.Quota = 990, 980, 1000
	}
	a := advice(t, judge(member(1, full), member(2, full), member(3, down)), "nospace")
	if want := "compact defrag defrag systemctl defrag alarm endpoint"; verbs(a.Commands()) != want || !strings.HasSuffix(a.Title, "; start m3 before that") {
		t.Errorf("%s: %s", a.Title, verbs(a.Commands()))
	}
	for i, want := range map[int]string{1: "With m3 down the cluster has no quorum meanwhile", 3: "Start m3, which raised the alarm", 0: "if that was not done already"} {
		if !strings.Contains(a.Steps[i].Say, want) {
			t.Errorf("%d: no %q in %q", i, want, a.Steps[i].Say)
		}
	}
	a = advice(t, judge(member(1, full), member(2, full), member(3, full)), "nospace")
	for _, s := range a.Steps {
		if strings.Contains(s.Say, "no quorum") {
			t.Errorf("all are up: %q", s.Say)
		}
	}
}

// TestNearQuota: a database that has nearly all of its quota degrades the verdict, and what is advised depends on what is free.
func TestNearQuota(t *testing.T) {
	t.Parallel()
	at := func(size, used int64) func(*etcdsource.Member) {
		return func(m *etcdsource.Member) { m.Status.DBSize, m.Status.DBInUse, m.Status.Quota = size, used, 1000 }
	}
	for name, c := range map[string]struct {
		size, used   int64
		title, verbs string
	}{
		"below":       {890, 880, "", ""},
		"all used":    {970, 960, "m2 has 97 % of its quota (970 B of 1000 B): find what fills it", "etcdscope compact"},
		"much free":   {990, 300, "m2 has 99 % of its quota (990 B of 1000 B): defragment", "defrag etcdscope"},
		"used unsaid": {950, -1, "m2 has 95 % of its quota (950 B of 1000 B): find what fills it", "etcdscope compact"},
	} {
		r := judge(member(1), member(2, at(c.size, c.used)), member(3))
		if c.title == "" {
			if r.Verdict != Healthy || len(r.Advice) > 0 {
				t.Errorf("%s: %s %+v", name, r.Verdict, r.Advice)
			}
			continue
		}
		a := advice(t, r, "quota")
		if r.Verdict != Degraded || !strings.Contains(strings.Join(r.Wrong, "\n"), "of its quota") || a.Title != c.title || verbs(a.Commands()) != c.verbs {
			t.Errorf("%s: %s %q %s %s", name, r.Verdict, r.Wrong, a.Title, verbs(a.Commands()))
		}
	}
}

// TestNothingIsSlowWithoutQuorum: without a quorum nothing is written, which is no proof that nothing is slow.
func TestNothingIsSlowWithoutQuorum(t *testing.T) {
	t.Parallel()
	metrics := func(m *etcdsource.Member) { m.Metrics = &etcdsource.Metrics{Fsync: 1, Commit: 1, Apply: 1} }
	if r := judge(member(1, down), member(2, down), member(3, leaderless, metrics)); r.Verdict != NoQuorum || r.Slow != nil {
		t.Errorf("%s, %+v", r.Verdict, r.Slow)
	}
	if r := judge(member(1, metrics)); r.Slow == nil || r.Meanwhile(true).Slow != nil {
		t.Errorf("%+v", r)
	}
}

// TestCA: a CA that expires is replaced, and what else expires is named.
func TestCA(t *testing.T) {
	t.Parallel()
	cert := func(of string, days int) etcdsource.Certificate {
		return etcdsource.Certificate{Of: of, Subject: of, File: "/pki/" + of + ".crt", NotAfter: now.Add(time.Duration(days)*24*time.Hour + time.Minute)}
	}
	say := func(list ...etcdsource.Certificate) string {
		a := advice(t, Judge(Input{Probe: etcdsource.Probe{Time: now, Members: []etcdsource.Member{member(1)}, Certificates: list}}), "certificate")
		for _, s := range a.Steps {
			a.Why += "\n" + s.Say
		}
		return a.Why
	}
	if s := say(cert("ca", 9)); strings.Contains(s, "with the CA that signed them") || !strings.Contains(s, "Make a new CA") {
		t.Errorf("%s", s)
	}
	if s := say(cert("client", 8), cert("ca", 9)); !strings.Contains(s, "Also the ca certificate /pki/ca.crt expires in 9 days") || !strings.Contains(s, "with the CA that signed them") {
		t.Errorf("%s", s)
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
	if s := judge(member(1, slow), member(2), member(3, down)).Slow; s == nil || s.Cause != "none" || !slices.Equal(s.Silent, []string{"m3"}) {
		t.Errorf("it is down: %+v", s)
	}
	with := func(peers map[uint64]time.Duration) func(*etcdsource.Member) {
		return func(m *etcdsource.Member) {
			m.Metrics = &etcdsource.Metrics{Fsync: -1, Commit: -1, Apply: -1, Peers: peers}
		}
	}
	for name, c := range map[string]struct {
		peers [3]map[uint64]time.Duration
		to    string
		means string
	}{
		"all that go to one are slow": {[3]map[uint64]time.Duration{{2: time.Millisecond, 3: time.Second}, {1: time.Millisecond, 3: time.Second / 2}, nil}, "m3", "m3 was stopped or busy meanwhile, or its network is slow"},
		"and those that it measures":  {[3]map[uint64]time.Duration{{2: time.Millisecond, 3: time.Second}, {1: time.Millisecond, 3: time.Second / 2}, {1: time.Second, 2: time.Second / 4}}, "m3", "m3 was stopped or busy meanwhile, or its network is slow"},
		"one way of two":              {[3]map[uint64]time.Duration{{2: time.Millisecond, 3: time.Second}, {1: time.Millisecond, 3: time.Millisecond}, nil}, "m3", "look at the network between the two"},
		"all are slow":                {[3]map[uint64]time.Duration{{2: time.Second, 3: 2 * time.Second}, {1: time.Second, 3: time.Second}, {1: time.Second, 2: time.Second}}, "m3", "look at the network between the members"},
	} {
		s := judge(member(1, with(c.peers[0])), member(2, with(c.peers[1])), member(3, with(c.peers[2]))).Slow
		if s == nil || s.Cause != "peer" || s.Member != "m1" || s.Peer != c.to || !strings.Contains(s.Means, c.means) {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// TestNoSpaceOfFewRevisions: a history of few revisions that was never compacted may be what fills the database.
func TestNoSpaceOfFewRevisions(t *testing.T) {
	t.Parallel()
	for compacted, want := range map[int64]string{-1: "compact defrag alarm endpoint", 0: "compact defrag alarm endpoint", 9: "defrag alarm endpoint"} {
		m := member(1, alarm("NOSPACE", 1))
		m.Status.Revision, m.Status.DBSize, m.Status.DBInUse, m.Status.Quota = 9, 990, 980, 1000
		m.Metrics = &etcdsource.Metrics{Fsync: -1, Commit: -1, Apply: -1, Compacted: compacted}
		if a := advice(t, judge(m), "nospace"); verbs(a.Commands()) != want {
			t.Errorf("compacted at %d of 9: %s, want %s", compacted, verbs(a.Commands()), want)
		}
	}
}
