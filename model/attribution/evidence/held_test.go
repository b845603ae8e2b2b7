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
		{"an entry that is older than the object", created, "x/Update 1", 4, 3, false},
		{"marked since", created + `,"deletionTimestamp":"2026-01-02T10:02:39Z","deletionGracePeriodSeconds":30`, "x/Update 7", 4, 9, false},
		{"marked before", created + `,"deletionTimestamp":"2026-01-02T10:02:36Z","deletionGracePeriodSeconds":30`, "x/Update 7", 4, 7, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := NewMemory(evidencetest.Root, clock.New(), true, 10)
			f := evidencetest.New(t, func(ch change.Change) { m.Read(ch) })
			entry := ""
			if c.entry != "" {
				entry = evidencetest.Entry(c.entry, `"f:data":{}`)
			}
			rev := f.Hold("configmaps/demo/c", evidencetest.Object("ConfigMap", "demo", "c", c.meta, "", entry), c.version)
			d := m.Clock.At(rev)
			if !d.Lo.Equal(evidencetest.At(c.lo)) || !d.Time.Equal(d.Lo) || d.Hi.IsZero() == c.closed {
				t.Errorf("held at %v in [%v, %v], want second %v", d.Time, d.Lo, d.Hi, c.lo)
			}
			first := m.Clock.At(rev + 1 - c.version)
			if !first.Lo.Equal(evidencetest.At(3)) || first.Hi.Sub(first.Lo) != time.Second {
				t.Errorf("created in [%v, %v], want second 3", first.Lo, first.Hi)
			}
		})
	}
}
