package attribution

import (
	"fmt"
	"time"

	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/attribution/rules"
)

// minOffset is how far a clock must be wrong before it is mentioned: dates are no better than that.
const minOffset = time.Second

// offsetOf says by which clock a change is dated, or the entry that its evidence quotes, where that clock is known to be
// wrong: the quoted time is the one that is stored, and does not look like the date then. It is "" where all clocks agree.
func offsetOf(c *rules.Case, f *rules.Finding) string {
	if d := &c.Date; d.From != clock.None && d.Off.Abs() >= minOffset {
		return "; dated by " + clockName(d.Source, d.Server) + ", which is " + aheadOrBehind(d.Off)
	}
	if f.Quoted == nil || f.Quoted.Time.IsZero() {
		return ""
	}
	source := c.Memory.Clocks.Of(c.Latest(), f.Quoted.Manager)
	if ahead, _ := c.Memory.Clock.Server(source); ahead.Abs() >= minOffset {
		return "; that time is by " + clockName(source, true) + ", which is " + aheadOrBehind(ahead)
	}
	return ""
}

// clockName names a clock; server: not that of source itself, but that of the API server which it writes to.
func clockName(source string, server bool) string {
	switch {
	case !server:
		return source + "'s clock"
	case source == "":
		return "the clock of an API server"
	}
	return "the clock of the API server that " + source + " writes to"
}

// aheadOrBehind is how far a clock is ahead or behind, in words.
func aheadOrBehind(d time.Duration) string {
	way := "ahead"
	if d < 0 {
		d, way = -d, "behind"
	}
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s %s", d.Seconds(), way)
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s %s", d.Seconds(), way)
	}
	return fmt.Sprintf("%s %s", d.Round(time.Second), way)
}
