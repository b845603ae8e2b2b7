package view

import (
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
)

// TestArrivals: a change without a date, or of which only an old lower bound is known, was made when it came or before; all else stays.
func TestArrivals(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	var a arrivals
	a.took(nil, noon)
	a.took([]etcdsource.Event{{Mod: 5}, {Mod: 7}}, noon)
	a.took([]etcdsource.Event{{Mod: 9}}, noon.Add(time.Minute))
	bound := func(at time.Time) attribution.Verdict {
		return attribution.Verdict{Writer: "kubelet", Time: at, TimeFrom: clock.Bound.String(), Lo: at}
	}
	for _, c := range []struct {
		rev   int64
		v     attribution.Verdict
		want  time.Time
		after bool
	}{
		{6, attribution.Verdict{}, noon, true},
		{9, bound(noon.Add(-240 * time.Hour)), noon.Add(time.Minute), true},
		{9, bound(noon.Add(time.Minute - time.Second/2)), noon.Add(time.Minute - time.Second/2), false},
		{9, attribution.Verdict{Time: noon, TimeFrom: "lease"}, noon, false},
		{4, attribution.Verdict{}, time.Time{}, false}, {8, attribution.Verdict{}, time.Time{}, false}, {10, attribution.Verdict{}, time.Time{}, false},
	} {
		if got := a.date(c.rev, c.v); !got.Time.Equal(c.want) || got.NotAfter() != c.after || got.Writer != c.v.Writer {
			t.Errorf("%d: %s, not after %t, of %+v", c.rev, got.Time, got.NotAfter(), c.v)
		}
	}
	for i := range int64(3 * maxArrivals) {
		a.took([]etcdsource.Event{{Mod: 10 + i}}, noon)
	}
	if len(a) > maxArrivals || a.date(9+3*maxArrivals, attribution.Verdict{}).Time.IsZero() {
		t.Errorf("%d are remembered", len(a))
	}
	a.took([]etcdsource.Event{{Mod: 3}}, noon.Add(time.Hour)) // of a store that was restored
	if got := a.date(3, attribution.Verdict{}).Time; len(a) != 1 || !got.Equal(noon.Add(time.Hour)) {
		t.Errorf("%s of %d", got, len(a))
	}
}
