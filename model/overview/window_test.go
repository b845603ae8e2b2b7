package overview

import (
	"testing"
	"time"
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
