package attribution

import (
	"strconv"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/model/attribution/clock"
)

// Moment is a point in the past as people name it: a time, a time of the newest day, or how long before the newest
// revision.
type Moment struct {
	At    time.Time     // zero where one of the others counts
	Ago   time.Duration // before the newest revision
	Clock string        // a time of day in UTC, "15:04" or "15:04:05": the last one before the newest revision
}

// layouts are the forms of a whole time, those without a zone in UTC.
var layouts = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"}

// ReadMoment reads a duration (10m, 2d), a time (RFC 3339) or a time of day (15:04, 15:04:05).
func ReadMoment(s string) (m Moment, ok bool) {
	if d, ok := readDuration(s); ok {
		return Moment{Ago: d}, true
	}
	for _, l := range layouts {
		if t, err := time.Parse(l, s); err == nil {
			return Moment{At: t}, !t.IsZero()
		}
	}
	if _, ok := timeOfDay(s); ok {
		return Moment{Clock: s}, true
	}
	return m, false
}

// readDuration reads what Go reads, and days before it.
func readDuration(s string) (d time.Duration, ok bool) {
	if days, rest, found := strings.Cut(s, "d"); found {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return 0, false
		}
		if d = time.Duration(n) * 24 * time.Hour; rest == "" {
			return d, true
		}
		s = rest
	}
	rest, err := time.ParseDuration(s)
	return d + rest, err == nil && rest >= 0 && d+rest >= 0
}

func timeOfDay(s string) (time.Duration, bool) {
	for _, l := range []string{"15:04:05", "15:04"} {
		if t, err := time.Parse(l, strings.TrimSuffix(s, "Z")); err == nil {
			return t.Sub(t.Truncate(24 * time.Hour)), true
		}
	}
	return 0, false
}

// When returns the moment as a time; ok is false where the clock does not date the newest revision.
func (m Moment) When(c *clock.Clock, head int64) (t time.Time, ok bool) {
	if !m.At.IsZero() {
		return m.At, true
	}
	d := c.At(head)
	return m.Before(d.Time), !d.Time.IsZero()
}

// Before returns the moment as a time, newest being when the newest revision was made.
func (m Moment) Before(newest time.Time) time.Time {
	switch {
	case !m.At.IsZero():
		return m.At
	case m.Clock == "":
		return newest.Add(-m.Ago)
	}
	of, _ := timeOfDay(m.Clock)
	t := newest.UTC().Truncate(24 * time.Hour).Add(of)
	if t.After(newest) {
		t = t.Add(-24 * time.Hour)
	}
	return t
}
