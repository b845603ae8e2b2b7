package overview

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/etcdscope/etcdscope/model/health"
)

// Window is which revisions the source holds, and when these were made; what is not known is zero.
type Window struct {
	From, To         int64
	FromTime, ToTime time.Time
	AtLeast          bool // the window begins at FromTime or before it
}

// revisions are the window's; the oldest is left out where it is not known.
func (w Window) revisions() string {
	if w.From == 0 {
		return fmt.Sprintf("up to %d", w.To)
	}
	return fmt.Sprintf("%d to %d", w.From, w.To)
}

// end is when the window ends, with the day where that is another one than the first.
func (w Window) end() string {
	from, to := w.FromTime.UTC(), w.ToTime.UTC()
	if from.Format(time.DateOnly) != to.Format(time.DateOnly) {
		return to.Format(time.DateTime)
	}
	return to.Format(time.TimeOnly)
}

// age is how long the window is, in words; "" where that is not known.
func (w Window) age() string {
	if w.FromTime.IsZero() || w.ToTime.IsZero() {
		return ""
	}
	d := w.ToTime.Sub(w.FromTime).Round(time.Second)
	s := duration.HumanDuration(d)
	if d >= 48*time.Hour {
		s = fmt.Sprintf("%d days", int(d.Hours()/24))
	}
	if w.AtLeast {
		return "at least " + s
	}
	return s
}

// Dates is the window. It does not end before the time of its newest change, which the account may know better. Without a quorum nothing
// was written up to now: when the newest revision was is not known then.
func (v *Overview) Dates() Window {
	w := v.Window
	if v.Health != nil && v.Health.Verdict == health.NoQuorum && v.Info.Spare {
		w.ToTime, w.AtLeast = time.Time{}, false
	}
	if a := v.Account; a != nil && len(a.Latest) > 0 && a.Latest[0].Revision == w.To && !w.ToTime.IsZero() && a.Latest[0].Verdict.Time.After(w.ToTime) {
		w.ToTime = a.Latest[0].Verdict.Time
	}
	return w
}
