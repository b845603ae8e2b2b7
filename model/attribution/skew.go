package attribution

import (
	"fmt"
	"time"

	"github.com/etcdscope/etcdscope/model/attribution/clock"
)

// worthTelling is how far a clock must be wrong before it is worth a word: dates are no better than that.
const worthTelling = time.Second

// skew says by whose clock a change is dated, or the time is that its evidence quotes, where that clock is known to be
// wrong: what is quoted is what is stored, and does not look like the date then. It is "" where all clocks agree.
func (c *ctx) skew(f *finding) string {
	if d := &c.date; d.From != clock.None && d.Off.Abs() >= worthTelling {
		return "; dated by " + whose(d.Source, d.Server) + ", which is " + apart(d.Off)
	}
	if f.quoted == nil || f.quoted.Time.IsZero() {
		return ""
	}
	source := c.e.clocks.of(c.version(), f.quoted.Manager)
	if by, _ := c.e.clock.Server(source); by.Abs() >= worthTelling {
		return "; that time is by " + whose(source, true) + ", which is " + apart(by)
	}
	return ""
}

// whose names a clock.
func whose(source string, server bool) string {
	switch {
	case !server:
		return source + "'s clock"
	case source == "":
		return "the clock of an API server"
	}
	return "the clock of the API server that " + source + " writes to"
}

// apart is how far a clock is ahead or behind, in words.
func apart(d time.Duration) string {
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
