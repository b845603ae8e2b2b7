package overview

import (
	"context"
	"errors"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/learn"
)

// How the first revision of a running store is dated, by a lease that is renewed every few seconds:
//
//	                 From
//	──── renewal ─────┼──────── renewal ──── … ──► now
//	        └─ close together: FromTime is the first of them
//	                      far apart, or only the second: the window begins at that one, or before it

const (
	startStep  = 64               // revisions behind the first one at which the lease is read next; twice as many each time
	startReads = 12               // of the lease, at most
	startApart = 60 * time.Second // between two renewals, at most, for the first revision to be dated by the one before it
)

// Dated returns the window with the time at which it begins, of a running store that must be spared: for a few small reads. It is as it
// was where no lease dates it, and where another revision than the newest is looked at.
func (v *Overview) Dated(ctx context.Context, o *learn.Opened) Window {
	if !v.Info.Spare || v.Info.Past == etcdsource.PastWhole || v.At != v.Info.Revision || !v.Window.FromTime.IsZero() {
		return v.Window
	}
	v.retained(ctx, o)
	w := v.Window
	if w.From == 0 {
		return w
	}
	lease, err := attribution.FindLeaseClock(ctx, o.Source, o.Decoder, o.Root)
	if err != nil || lease == nil {
		return w
	}
	before, known, err := lease.Stamp(ctx, w.From)
	if gone := (*etcdsource.CompactedError)(nil); errors.As(err, &gone) { // meanwhile
		w.From = gone.Compacted
		before, known, err = lease.Stamp(ctx, w.From)
	}
	if err != nil {
		return w
	}
	after, found := firstBehind(ctx, lease, w.From, w.To)
	switch {
	case known && before.Revision == w.From, known && found && after.Fine.Sub(before.Fine).Abs() <= startApart:
		w.FromTime = before.Fine
	case found:
		w.FromTime, w.AtLeast = after.Fine, true
	}
	if w.FromTime.After(w.ToTime) { // clocks that disagree date nothing
		w.FromTime, w.AtLeast = time.Time{}, false
	}
	return w
}

// firstBehind returns one of the first renewals of the lease that were written behind a revision.
func firstBehind(ctx context.Context, lease *attribution.LeaseClock, from, to int64) (s clock.Stamp, ok bool) {
	for step, n := int64(startStep), 0; n < startReads && !ok; step, n = 2*step, n+1 {
		at := min(from+step, to)
		var err error
		if s, ok, err = lease.Stamp(ctx, at); err != nil {
			return s, false
		}
		if ok = ok && s.Revision > from; at == to {
			break
		}
	}
	return s, ok
}
