package evidence

import (
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/attribution/evidence/evidencetest"
	"github.com/etcdscope/etcdscope/model/change"
)

// TestHeldVersion: a version whose predecessor is gone was not made before the newest time that an API server gave the
// object, and its create revision was made in the second of its creationTimestamp.
func TestHeldVersion(t *testing.T) {
	t.Parallel()
	const created = `"creationTimestamp":"2026-01-02T10:02:03Z"`
	for _, c := range []struct {
		name, meta, entry string
		version           int64
		lo                float64 // of the version
		closed            bool    // it was made in that second
	}{
		{"created, and nothing else", created, "", 4, 3, false},
		{"created, and not written since", created, "x/Update 3", 1, 3, true},
		{"written since", created, "x/Update 7", 4, 7, false},
		{"written since, in what is not kept", created, "x/Update 7", 5, 7, false},
		{"an entry that is older than the object", created, "x/Update 1", 4, 3, false},
		{"marked since", created + `,"deletionTimestamp":"2026-01-02T10:02:39Z","deletionGracePeriodSeconds":30`, "x/Update 7", 4, 9, false},
		{"marked before", created + `,"deletionTimestamp":"2026-01-02T10:02:36Z","deletionGracePeriodSeconds":30`, "x/Update 7", 4, 7, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := NewMemory(evidencetest.Root, clock.New(), true)
			f := evidencetest.New(t, func(ch change.Change) {
				ch.Kept = ch.Version%2 == 0 // met without what came before, also where nothing was compacted
				m.Note(new(m.Parse(ch)))
			})
			entry := ""
			if c.entry != "" {
				entry = evidencetest.Entry(c.entry, `"f:data":{}`)
			}
			rev := f.Hold("configmaps/demo/c", evidencetest.Object("ConfigMap", "demo", "c", c.meta, "", entry), c.version)
			d := m.Clock.At(rev)
			if !d.Lo.Equal(evidencetest.At(c.lo)) || !d.Time.Equal(d.Lo) || d.Hi.IsZero() == c.closed {
				t.Errorf("held at %v in [%v, %v], want second %v", d.Time, d.Lo, d.Hi, c.lo)
			}
			if c.version == 1 {
				return
			}
			first := m.Clock.At(rev + 1 - c.version)
			if !first.Lo.Equal(evidencetest.At(3)) || first.Hi.Sub(first.Lo) != time.Second {
				t.Errorf("created in [%v, %v], want second 3", first.Lo, first.Hi)
			}
		})
	}
}

// TestHeldLease: a lease whose version before is gone was renewed in the second of its entry; a renewal by a clock that is ahead
// of that second counts as that second.
func TestHeldLease(t *testing.T) {
	t.Parallel()
	for renewed, want := range map[string]float64{"10:02:07.250000": 7.25, "10:07:00.000000": 7} {
		m := NewMemory(evidencetest.Root, clock.New(), true)
		f := evidencetest.New(t, func(ch change.Change) { m.Note(new(m.Parse(ch))) })
		rev := f.Hold("leases/kube-node-lease/n1", evidencetest.Object("Lease", "kube-node-lease", "n1", "", `"spec":{"holderIdentity":"n1","renewTime":"2026-01-02T`+renewed+`Z"}`,
			evidencetest.Entry("kubelet/Update 7", `"f:spec":{"f:renewTime":{}}`)), 40)
		if d := m.Clock.At(rev); !d.Time.Equal(evidencetest.At(want)) {
			t.Errorf("renewed at %s, dated %v in [%v, %v], want second %v", renewed, d.Time, d.Lo, d.Hi, want)
		}
	}
}

// TestCreatedLater: a creation is not older than its creationTimestamp, whatever its entry says.
func TestCreatedLater(t *testing.T) {
	t.Parallel()
	m := NewMemory(evidencetest.Root, clock.New(), true)
	f := evidencetest.New(t, func(ch change.Change) { m.Note(new(m.Parse(ch))) })
	rev := f.Put("configmaps/demo/c", evidencetest.Object("ConfigMap", "demo", "c", `"creationTimestamp":"2026-01-02T10:02:30Z"`, "", evidencetest.Entry("x/Update 3", `"f:data":{}`)))
	if d := m.Clock.At(rev); !d.Time.Equal(evidencetest.At(30)) || d.From != clock.Create {
		t.Errorf("dated %v by %v", d.Time, d.From)
	}
}
