package attribution

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/model/attribution/evidence/evidencetest"
	"github.com/etcdscope/etcdscope/model/change"
)

// TestReceived: a change that the source itself dates has that time; one that may have been received late is dated by the leases around
// it, within the bounds of its receipt, and where nothing dates it the time is said to be an upper bound.
func TestReceived(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name             string
		before, until    float64 // bounds that the receipt leaves; before is 0 for none
		leases           bool
		from             string
		notAfter         bool
		earliest, latest float64
	}{
		{name: "at once", before: 9.5, until: 10.1, from: "deltaSnapshot"},
		{name: "at once, whatever the leases say", before: 29.5, until: 30.1, leases: true, from: "deltaSnapshot"},
		{name: "late", before: 9.5, until: 30, from: "deltaSnapshot", notAfter: true, earliest: 9.5, latest: 30},
		{name: "late, with leases", before: 9.5, until: 30, leases: true, from: "interpolated", earliest: 9.5, latest: 12.5},
		{name: "of another tool", until: 30, from: "deltaSnapshot", notAfter: true},
		{name: "of another tool, with leases", until: 30, leases: true, from: "interpolated", earliest: 8, latest: 12.5},
	} {
		f := &feed{t: t, e: New(Options{Whole: true})}
		own := int64(0)
		f.Cluster = evidencetest.New(t, func(c change.Change) {
			if string(c.Key) == root+"configmaps/shop/plain" {
				c.Time, c.TimeFrom = at(x.until), "deltaSnapshot"
				if own = c.Mod; x.before > 0 {
					c.NotBefore = at(x.before)
				}
			}
			f.e.Add(c)
		})
		f.Unreadable = true
		lease := func(s int) {
			if x.leases {
				f.put("leases/kube-system/kube-scheduler", object("Lease", "kube-system", "kube-scheduler", "", fmt.Sprintf(`"spec":{"holderIdentity":"a","renewTime":%q}`, at(float64(s)).Format("2006-01-02T15:04:05.000000Z")),
					mf(fmt.Sprintf("kube-scheduler/Update %d", s), `"f:spec":{"f:renewTime":{}}`)))
			}
		}
		for i := range 4 {
			lease(2 + 2*i)
		}
		f.put("configmaps/shop/plain", `not Kubernetes`)
		for i := range 5 {
			lease(12 + 2*i)
		}
		v, ok := f.verdicts()[own]
		lo, hi, vague := v.Bounds()
		if !ok || v.TimeFrom != x.from || v.NotAfter() != x.notAfter || vague != (x.earliest > 0) {
			t.Errorf("%s: at %s from %q, an upper bound %v, between %s and %s", x.name, v.Time, v.TimeFrom, v.NotAfter(), v.Lo, v.Hi)
		}
		if vague && (lo.Sub(at(x.earliest)).Abs() > time.Second || hi.Sub(at(x.latest)).Abs() > time.Second || v.Time.Before(lo) || v.Time.After(hi)) {
			t.Errorf("%s: between %s and %s, want %s and %s", x.name, lo, hi, at(x.earliest), at(x.latest))
		}
		d := Description{Revision: "7", Verdict: v}
		if said := d.Sentence(); strings.Contains(said, ", not after ") != x.notAfter {
			t.Errorf("%s: %s", x.name, said)
		}
	}
}
