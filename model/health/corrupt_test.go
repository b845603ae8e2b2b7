package health

import (
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/hashcheck"
)

// TestCorrupt: the advice goes on from the state of the cluster: the member that raised the alarm is replaced, the others are compared once
// it is none any more, and the alarm is disarmed where all hold the same.
func TestCorrupt(t *testing.T) {
	t.Parallel()
	compared := func(v hashcheck.Verdict, ids ...uint64) *hashcheck.Result {
		r := &hashcheck.Result{Verdict: v, Revision: 7}
		for i, id := range ids {
			group := 0
			if v == hashcheck.Differs {
				group = i % 2
			}
			r.Sides = append(r.Sides, &hashcheck.Side{State: etcdsource.ReplicaState{ID: id, Member: true}, Group: group})
		}
		return r
	}
	partly := compared(hashcheck.Equal, 1, 2, 3)
	partly.Sides[2].Group = -1
	at := func(rev int64) func(*etcdsource.Member) {
		return func(m *etcdsource.Member) { m.Status.Revision = rev }
	}
	for name, c := range map[string]struct {
		raised   uint64
		hash     *hashcheck.Result
		title    string
		commands []string // that occur, in order
		not      string   // command that must not occur
	}{
		"a member":                       {3, nil, "find the member whose data differs", []string{"snapshot save before-", "hashkv --rev=7 ", "health --hash", "move-leader 2", "member remove 3", "rm -rf", "member add m3 --learner", "--initial-cluster-state=existing", "member promote", "alarm disarm"}, ""},
		"one that is no longer a member": {9, nil, "9, which raised it, is no longer a member", []string{"health --hash", "alarm disarm"}, "member remove"},
		"equal":                          {3, compared(hashcheck.Equal, 1, 2, 3), "all members hold the same now", []string{"alarm disarm"}, "member remove"},
		"equal, as far as compared":      {3, partly, "find the member whose data differs", []string{"alarm disarm"}, ""},
		"equal, of other members":        {9, compared(hashcheck.Equal, 1, 2, 9), "9, which raised it", []string{"health --hash", "alarm disarm"}, ""},
		"different":                      {3, compared(hashcheck.Differs, 1, 2, 3), "replace the member that differs", []string{"alarm disarm"}, "member remove"},
	} {
		a := advice(t, Judge(Input{Hash: c.hash, Probe: etcdsource.Probe{Time: now, Cluster: 7, Members: []etcdsource.Member{member(1, alarm("CORRUPT", c.raised)), member(2), member(3, at(7))}}}), "corrupt")
		all := strings.Join(a.Commands(), "\n")
		if !strings.Contains(a.Title, c.title) || c.not != "" && strings.Contains(all, c.not) || !strings.Contains(a.Why, "refuse writes") {
			t.Errorf("%s: %s: %s\n%s", name, a.Title, a.Why, all)
		}
		rest := all
		for _, want := range c.commands {
			_, after, ok := strings.Cut(rest, want)
			if !ok {
				t.Errorf("%s: there is no %q in its place:\n%s", name, want, all)
			}
			rest = after
		}
	}
}

// TestOrderOfRenewal: what the CA has signed is renewed before the CA is replaced, unless that has expired; and what expires within days
// comes before the advice to add a member.
func TestOrderOfRenewal(t *testing.T) {
	t.Parallel()
	cert := func(of string, in time.Duration) etcdsource.Certificate {
		return etcdsource.Certificate{Of: of, Subject: of, File: "/pki/" + of + ".crt", NotAfter: now.Add(in)}
	}
	const day = 24 * time.Hour
	for _, c := range []struct {
		client, ca time.Duration
		first      string
		renews     bool
		order      string
	}{
		{day, 19 * day, "Issue them again", true, "certificate incomplete"},
		{-day, 19 * day, "Issue them again", true, "certificate incomplete"},
		{20 * day, 21 * day, "Issue them again", true, "incomplete certificate"},
		{day, -day, "Make a new CA", false, "certificate incomplete"},
		{90 * day, 21 * day, "Make a new CA", false, "incomplete certificate"},
	} {
		r := Judge(Input{Probe: etcdsource.Probe{Time: now, Cluster: 7, Members: []etcdsource.Member{member(1), member(2)}, Certificates: []etcdsource.Certificate{cert("client", c.client), cert("ca", c.ca)}}})
		var order []string
		for _, a := range r.Advice {
			order = append(order, a.About)
		}
		if got := strings.Join(order, " "); got != c.order {
			t.Errorf("%v, %v: %s", c.client, c.ca, got)
		}
		a := advice(t, r, "certificate")
		said := ""
		for _, s := range a.Steps {
			said += s.Say + "\n"
		}
		if !strings.HasPrefix(said, c.first) || strings.Contains(said, "with the CA that signed them") != c.renews || c.renews && !strings.Contains(said, "After that, before the CA expires: make a new CA") {
			t.Errorf("%v, %v:\n%s", c.client, c.ca, said)
		}
	}
}
