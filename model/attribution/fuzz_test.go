package attribution

import (
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
)

// FuzzMoment: any text is a moment or is none; a moment is not later than the newest revision, unless it is a time that
// was written out.
func FuzzMoment(f *testing.F) {
	x := fuzztest.New(f)
	for _, s := range []string{"10m", "2d3h", "15:04", "15:04:05Z", "2026-01-02T15:04:05Z", "2026-01-02 15:04", "65535d", "1e9h", "9223372036854775807ns", "-5m", "0", "35d9223372036854775807ns"} {
		x.Add(s)
	}
	newest := time.Date(2026, 1, 2, 12, 30, 0, 0, time.UTC)
	x.Fuzz(func(t *testing.T, s string) {
		m, ok := ReadMoment(s)
		if !ok {
			return
		}
		at := m.Before(newest)
		if at.IsZero() || m.At.IsZero() && at.After(newest) {
			t.Fatalf("%q is %+v, which is %s", s, m, at)
		}
		if m.Clock != "" && newest.Sub(at) >= 24*time.Hour {
			t.Fatalf("%q is %s, more than a day ago", s, at)
		}
	})
}
