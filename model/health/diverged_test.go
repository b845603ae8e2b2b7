package health

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestDiverged: members that have applied the same raft entries, and are at different revisions when asked twice, do not hold the
// same. Members that were asked at different moments, or only once, say nothing of the kind.
func TestDiverged(t *testing.T) {
	t.Parallel()
	at := func(applied uint64, revision int64, settled bool) func(*etcdsource.Member) {
		return func(m *etcdsource.Member) {
			m.Status.Applied, m.Status.Revision, m.Settled = applied, revision, settled
		}
	}
	for name, c := range map[string]struct {
		members []etcdsource.Member
		says    string // "" for nothing
	}{
		"one of three": {[]etcdsource.Member{member(1, at(62, 5690, true)), member(2, at(62, 5690, true)), member(3, at(62, 5689, true))},
			"m3 is at revision 5689, and m1 and m2 at 5690, though they have applied the same raft entries (up to 62): they do not hold the same; etcdscope health --hash names the keys"},
		"two of two": {[]etcdsource.Member{member(1, at(62, 5690, true)), member(2, at(62, 5689, true))},
			"m1 is at revision 5690, and m2 at 5689, though they have applied the same raft entries (up to 62): they do not hold the same; etcdscope health --hash names the keys"},
		"the third is behind": {[]etcdsource.Member{member(1, at(62, 5690, true)), member(2, at(60, 5688, true)), member(3, at(62, 5689, true))},
			"m1 is at revision 5690, and m3 at 5689, though they have applied the same raft entries (up to 62): they do not hold the same; etcdscope health --hash names the keys"},
		"behind":           {[]etcdsource.Member{member(1, at(62, 5690, true)), member(2, at(61, 5689, true)), member(3, at(62, 5690, true))}, ""},
		"asked once":       {[]etcdsource.Member{member(1, at(62, 5690, false)), member(2, at(62, 5689, false)), member(3, at(62, 5690, true))}, ""},
		"equal":            {[]etcdsource.Member{member(1, at(62, 5690, true)), member(2, at(62, 5690, true)), member(3, at(62, 5690, true))}, ""},
		"another term":     {[]etcdsource.Member{member(1, at(62, 5690, true)), member(2, at(62, 5689, true), func(m *etcdsource.Member) { m.Status.Term++ })}, ""},
		"it has no leader": {[]etcdsource.Member{member(1, at(62, 5690, true)), member(2, at(62, 5690, true)), member(3, at(62, 5689, true), leaderless)}, ""},
	} {
		r := judge(c.members...)
		said := ""
		for _, w := range r.Wrong {
			if strings.Contains(w, "raft entries (up to") {
				said = w
			}
		}
		if said != c.says || r.Diverged() != (c.says != "") {
			t.Errorf("%s: %q", name, r.Wrong)
		}
		if c.says == "" {
			continue
		}
		if r.Verdict != Degraded || !strings.HasPrefix(r.Sentence, "the members do not hold the same data; ") {
			t.Errorf("%s: %s %s", name, r.Verdict, r.Sentence)
		}
		if a := advice(t, r, "revisions"); !strings.Contains(strings.Join(a.Commands(), "\n"), "etcdscope health --hash --endpoints=") {
			t.Errorf("%s: %q", name, a.Commands())
		}
	}
}
