package view

import (
	"sort"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
)

// arrivals are when changes of a live store came, in the order of their revisions. A change that nothing in the store dates, or that
// is only known to be no older than something written long before, as in a store that was restored, was made then or before.
type arrivals []arrival

// arrival is the end of the second in which the changes of some revisions came, by the clock of this machine: a finer time would say
// more than is known, and be another one in each row.
type arrival struct {
	from, to int64
	at       time.Time
}

// maxArrivals bounds the batches whose arrival is remembered.
const maxArrivals = 8192

// took remembers when the changes of a batch came.
func (a *arrivals) took(events []etcdsource.Event, at time.Time) {
	if len(events) == 0 || at.IsZero() {
		return
	}
	for n := len(*a); n > 0 && (*a)[n-1].to >= events[0].Mod; n-- { // of a store that was restored meanwhile
		*a = (*a)[:n-1]
	}
	if len(*a) >= maxArrivals {
		*a = append((*a)[:0], (*a)[maxArrivals/2:]...)
	}
	*a = append(*a, arrival{events[0].Mod, events[len(events)-1].Mod, at.Add(time.Second - 1).Truncate(time.Second)})
}

// date dates a verdict on a change by its arrival, where that says more than what it has.
func (a *arrivals) date(rev int64, v attribution.Verdict) attribution.Verdict {
	l := *a
	i := sort.Search(len(l), func(i int) bool { return l[i].to >= rev })
	if i == len(l) || rev < l[i].from {
		return v
	}
	at := l[i].at
	switch {
	case v.Time.IsZero():
	case v.NotBefore() && at.Sub(v.Time) > etcdsource.Close:
		v.Lo = v.Time
	default:
		return v
	}
	v.Time, v.TimeFrom, v.Hi, v.Received = at, clock.Received.String(), at, true
	return v
}
