package reconcile

import (
	"fmt"
	"time"

	"github.com/etcdscope/etcdscope/decode"
)

// Restarts go on where a container restarted several times, its last run was short, and the last restart is not long ago.
const (
	manyRestarts = 3
	longRun      = 6 * time.Hour    // after which a restart is no part of a series
	restartRest  = 10 * time.Minute // without a restart they are over; after longer runs twice as long as these
)

// Restarts is the last of a series of restarts; its zero value is none.
type Restarts struct {
	Last Stamp // zero where it is not known
	Rest time.Duration
}

// over reports whether the series has ended at a time.
func (r *Restarts) over(now Stamp) bool {
	return !r.Last.IsZero() && !now.IsZero() && now.Sub(r.Last) > r.Rest
}

// restarting describes containers that run now, and restarted again and again until then.
func restarting(s *Status, t tree) {
	for c := range containers(t) {
		n := count(c, "restartCount")
		last := c.At("lastState", "terminated")
		if n < manyRestarts || !last.IsObject() || !c.At("state", "running").IsObject() {
			continue
		}
		began, ended := stamp(text(last, "startedAt")), stamp(text(last, "finishedAt"))
		ran := time.Duration(0)
		if !began.IsZero() {
			ran = ended.Sub(began)
		}
		if ended.IsZero() || ran > longRun {
			continue
		}
		if ended.After(s.Restarts.Last) {
			s.Restarts = Restarts{ended, max(restartRest, 2*ran)}
		}
		s.add(weightPod, "%s restarts again and again: %d times, the last at %s, exit code %d %s", text(c, "name"), n, ended.Format(time.RFC3339),
			count(last, "exitCode"), text(last, "reason"))
	}
}

func stamp(s string) Stamp {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return Stamp{}
	}
	return t.UTC()
}

// series is what was seen of a pod's restarts.
type series struct {
	seen int // restarts that were seen happening
	last Stamp
}

// maxSeries are remembered.
const maxSeries = 20_000

// restarted counts the restarts of a pod that a change shows.
func (t *Tracker) restarted(in *Input) {
	if in.Before == nil || !isPod(in.Object) || in.Facts.now.restarts <= in.Facts.before {
		return
	}
	s := t.series[string(in.Key)]
	if s == nil {
		if len(t.series) >= maxSeries {
			return
		}
		s = &series{}
		t.series[string(in.Key)] = s
	}
	s.seen++
	s.last = in.When
}

func restartsOf(o *decode.Object) (n int64) {
	o.Read(func(r *decode.Reader) { n = restartsIn(&subject{o: r}) })
	return n
}

func restartsIn(t tree) (n int64) {
	for c := range containers(t) {
		n += count(c, "restartCount")
	}
	return n
}

// judge is the status of a pod's version whose containers have restarted n times, with what was seen of restarts up to then: where
// they go on and its own status does not say so, it is added; where they had ended by its time, nothing is wrong. A nil series is
// one of which nothing was seen.
func (x *series) judge(s Status, n int64, at Stamp) Status {
	if x != nil && s.Weight == 0 && x.seen >= manyRestarts-1 && n >= manyRestarts {
		s.Restarts = Restarts{x.last, restartRest}
		last := ""
		if !x.last.IsZero() {
			last = fmt.Sprintf(", the last at %s", x.last.UTC().Format(time.RFC3339))
		}
		s.add(weightPod, "restarts again and again: %d times%s", n, last)
	}
	if s.over(at) {
		s.Weight = 0
	}
	return s
}
