package attribution

import (
	"fmt"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
)

// TestEnds: the first and the last renewals of leases date the ends of a file as all of them do, with a lease that ends early, one
// whose clock is wrong, and what the file holds from before a compaction.
func TestEnds(t *testing.T) {
	t.Parallel()
	var ops []sourcetest.Op
	for i := range 400 {
		at := ten.Add(time.Duration(i) * time.Second)
		renew := func(ns, name string, at time.Time) {
			ops = append(ops, sourcetest.Put("/registry/leases/"+ns+"/"+name, object("Lease", ns, name, `"creationTimestamp":"`+ten.Format(time.RFC3339)+`"`,
				fmt.Sprintf(`"spec":{"holderIdentity":%q,"renewTime":%q}`, name, at.Format("2006-01-02T15:04:05.000000Z")),
				entryAt("kubelet/Update", `"f:spec":{"f:renewTime":{}}`, at.Truncate(time.Second)))))
		}
		renew("kube-system", "kube-scheduler", at)
		for n := range 4 {
			if n > 0 || i < 200 { // the first node is gone in the middle
				renew("kube-node-lease", fmt.Sprint("n", n), at.Add(time.Duration(100*n+100)*time.Millisecond-time.Duration(n/3)*time.Hour))
			}
		}
		ops = append(ops, sourcetest.Put("/registry/configmaps/a/b", fmt.Sprint(i)))
	}
	for _, compacted := range []int64{0, 300} {
		src, err := snapfile.Open(t.Context(), sourcetest.WriteSpec(t, sourcetest.Spec{Ops: ops, Compact: compacted}), snapfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		dec := decode.New(decode.Options{})
		whole, err := Frame(t.Context(), src, dec, "/registry/", false)
		if err != nil {
			t.Fatal(err)
		}
		info, err := src.Describe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, most := range []int{5, 40, 1000} {
			ends := clock.New()
			for _, folder := range leaseFolders {
				if err := streamEnds(t.Context(), src, dec, "/registry/"+folder, max(compacted, 1), most, ends); err != nil {
					t.Fatal(err)
				}
			}
			for _, rev := range []int64{max(compacted, 1), info.Revision} {
				if got, want := ends.At(rev), whole.At(rev); got.Time.IsZero() || got.Time.Sub(want.Time).Abs() > time.Second {
					t.Errorf("%d of each end: revision %d of %d is dated %v, by all %v", most, rev, info.Revision, got.Time, want.Time)
				}
			}
		}
	}
}
