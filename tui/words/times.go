package words

import (
	"time"

	"k8s.io/apimachinery/pkg/util/duration"
)

// Stamp writes a time; without its day where that is the day of another one.
func Stamp(t, day time.Time) string {
	t = t.UTC().Truncate(time.Second) // as every clock of a row does
	if y, m, d := day.UTC().Date(); !day.IsZero() && t.Year() == y && t.Month() == m && t.Day() == d {
		return t.Format("15:04:05Z")
	}
	return t.Format("2006-01-02 15:04:05Z")
}

// Lasted writes a duration as kubectl does: 61s, 5m7s, 12m.
func Lasted(d time.Duration) string { return duration.HumanDuration(max(d, 0).Round(time.Second)) }

// Took writes how long something was so; times are often known to the second only.
func Took(d time.Duration) string {
	if d < time.Second {
		return "under 1s"
	}
	return Lasted(d)
}
