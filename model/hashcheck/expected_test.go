package hashcheck

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestExpected: what is read stays within what was expected before, where hashes differ and where they cannot be compared; whether they can
// is said as far as it is known.
func TestExpected(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change   func(l []*fake)
		want     Verdict
		compared bool
		apart    bool // known beforehand
	}{
		"equal":                      {func([]*fake) {}, Equal, false, false},
		"a key":                      {func(l []*fake) { l[1].alter[60] = write{"/x", "y"} }, Differs, false, false},
		"a key, which was compacted": {func(l []*fake) { each3(l, func(f *fake) { f.compacted = 50 }); l[1].alter[20] = write{"/x", "y"} }, Differs, false, false},
		"a tombstone": {func(l []*fake) {
			each3(l, func(f *fake) { f.compacted = 9 })
			l[1].salt, l[1].state.Version = "x", "3.5.15"
		}, Unchecked, true, false},
		"nothing visible": {func(l []*fake) { l[1].salt = "x" }, Differs, false, false},
		"compactions":     {func(l []*fake) { l[1].compacted = 50 }, Unchecked, true, false},
		"compactions, by the metrics": {func(l []*fake) {
			l[1].compacted = 50
			each3(l, func(f *fake) { f.state.Compacted = max(f.compacted, 1) })
		}, Unchecked, true, true},
		"compactions, and a key": {func(l []*fake) { l[1].compacted = 50; l[1].alter[101] = write{l[0].at(101).key, "x"} }, Differs, false, false},
		"a file, compacted elsewhere": {func(l []*fake) {
			l[0].state.Member = false
			l[0].compacted = 50
			each3(l[1:], func(f *fake) { f.compacted = 50 })
		}, Equal, false, false},
		"files that end before the last": {func(l []*fake) {
			each3(l, func(f *fake) { f.state.Member = false })
			l[0].compacted = 50
			l[1].log, l[2].log = l[1].log[:20], l[2].log[:20]
		}, Unchecked, true, true},
	} {
		list, _ := members(3)
		c.change(list)
		var copies []etcdsource.Replica
		for _, f := range list {
			copies = append(copies, f)
		}
		check := New(t.Context(), copies)
		e := check.Expect()
		r, err := check.Run(t.Context(), Options{Pause: func(context.Context, time.Duration) error { return nil }})
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict != c.want || r.Compared != c.compared || e.Apart != c.apart || e.Once.Bytes != 3000 {
			t.Errorf("%s: %s, all keys %t, expected to be apart %t: %s", name, r.Verdict, r.Compared, e.Apart, r.Why)
		}
		more := e.Differ
		if r.Verdict == Unchecked && r.First == 0 || strings.Contains(r.Why, "of different compactions") || name == "compactions, and a key" {
			more = e.Compare
		}
		if r.Verdict == Equal {
			more = Cost{}
		}
		for _, f := range list {
			if n := len(f.hashes); n > e.Once.Scans+more.Scans {
				t.Errorf("%s: %s was hashed %d times, and %d were expected, then %d more", name, f.name, n, e.Once.Scans, more.Scans)
			}
			if keys := len(f.entries(f.head())) + 5; f.read > keys*more.Keys {
				t.Errorf("%s: %d keys of %s were read, which has %d: %d times were expected", name, f.read, f.name, keys, more.Keys)
			}
		}
	}
}
