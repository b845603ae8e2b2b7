package overview

import (
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/model/reconcile"
)

// TestWindowNamesDays: the end of a window has its day where it is another one than that of the begin.
func TestWindowNamesDays(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 3, 1, 23, 59, 59, 0, time.UTC)
	for after, want := range map[time.Duration]string{0: "23:59:59", time.Second: "2026-03-02 00:00:00", 27 * time.Hour: "2026-03-03 02:59:59", 365 * 24 * time.Hour: "2027-03-01 23:59:59"} {
		w := Window{FromTime: from, ToTime: from.Add(after).In(time.FixedZone("", 3600))}
		if got := w.end(); got != want {
			t.Errorf("%s later it ends %s, want %s", after, got, want)
		}
	}
}

// TestWindowEndsWithNewestChange: where the account dates the newest change later than the leases do, the window ends then.
func TestWindowEndsWithNewestChange(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		rev  int64
		time time.Time
		want time.Time
	}{{9, at.Add(time.Minute), at.Add(time.Minute)}, {9, at.Add(-time.Minute), at}, {8, at.Add(time.Minute), at}, {9, time.Time{}, at}} {
		v := &Overview{Window: Window{From: 1, To: 9, FromTime: at.Add(-time.Hour), ToTime: at},
			Account: &Account{Latest: []reconcile.Latest{{Revision: c.rev, Verdict: attribution.Verdict{Time: c.time}}}}}
		if got := v.Dates(); !got.ToTime.Equal(c.want) || !v.Window.ToTime.Equal(at) {
			t.Errorf("with revision %d at %v the window ends %v, want %v", c.rev, c.time, got.ToTime, c.want)
		}
	}
}

// TestWindowWithoutQuorum: what a member without a leader serves is not called the state of now.
func TestWindowWithoutQuorum(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	for verdict, known := range map[health.Verdict]bool{health.NoQuorum: false, health.Degraded: true, health.Healthy: true} {
		v := &Overview{Info: etcdsource.Info{Spare: true}, Window: Window{From: 1, To: 9, FromTime: at.Add(-time.Hour), ToTime: at, AtLeast: true}, Health: &health.Report{Verdict: verdict}}
		if got := v.Dates(); got.ToTime.IsZero() == known || got.age() != "" != known {
			t.Errorf("%s: %+v", verdict, got)
		}
	}
}
