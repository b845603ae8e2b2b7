package view

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/model/health"
)

// A cluster that could not be opened because its members have no quorum is opened again by itself:
//
//	Fail ─► OfflineMsg: no quorum ─► TryAgain, once a second ─► OpenedMsg: Fail, or it is open
//
// What is known of the failure stays on the screen meanwhile. Any other failure needs the user to act first.

// again is when a cluster that could not be opened is opened again.
type again struct {
	may    bool          // its members have no quorum, or none answers
	wait   time.Duration // behind the last failure, 0 before the first one
	due    time.Time     // zero: not yet known
	trying bool
}

// firstAgain is how long the first wait is; each is twice as long as the one before, up to maxBackoff.
const firstAgain = time.Second

// Fail notes why the source could not be opened. It reports whether that came of opening it again by itself.
func (o *Opening) Fail(err error) (again bool) {
	again, o.Err = o.again.trying, err
	o.again.may, o.again.trying, o.again.due = false, false, time.Time{}
	return again
}

// judged takes over what is known of the members.
func (o *Opening) judged(r *health.Report) {
	o.Report = r
	o.again.may = r != nil && (r.Verdict == health.NoQuorum || r.Unanswered())
}

// TryAgain opens the source of a view again when it is time. It is called once a second.
func TryAgain(t *View, now time.Time) tea.Cmd {
	a := &t.Opening.again
	switch {
	case t.Opening.Err == nil || !a.may || a.trying:
		return nil
	case a.due.IsZero():
		a.wait = min(max(2*a.wait, firstAgain), maxBackoff)
		a.due = now.Add(a.wait)
		return nil
	case now.Before(a.due):
		return nil
	}
	a.trying = true
	return openSource(t)
}

// Itself says when the source is opened again by itself, "" where it is not.
func (o *Opening) Itself(now time.Time) string {
	switch a := &o.again; {
	case o.Err == nil:
		return ""
	case a.trying:
		return "is trying now …"
	case !a.may || a.due.IsZero():
		return ""
	default:
		return fmt.Sprintf("tries again in %d s", max(int((a.due.Sub(now)+time.Second-1)/time.Second), 1))
	}
}
