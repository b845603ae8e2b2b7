package words

import (
	"fmt"
	"time"

	"github.com/etcdscope/etcdscope/tui/widget"
)

// Stamp writes a time; without its day where that is the day of another one.
func Stamp(t, day time.Time) string {
	t = t.UTC().Truncate(time.Second) // as every clock of a row does
	if y, m, d := day.UTC().Date(); !day.IsZero() && t.Year() == y && t.Month() == m && t.Day() == d {
		return t.Format("15:04:05Z")
	}
	return t.Format("2006-01-02 15:04:05Z")
}

// Lasted writes a duration to the second, as long as seconds matter.
func Lasted(d time.Duration) string {
	d = max(d, 0).Round(time.Second)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return widget.Age(d)
}

// Took writes how long something was so; times are often known to the second only.
func Took(d time.Duration) string {
	if d < time.Second {
		return "under 1s"
	}
	return Lasted(d)
}
