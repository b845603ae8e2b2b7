// Package dating finds the time of a revision, and the revision of a time.
//
//	leases of the control plane ─► clock ─► Dates.At       a revision ─► its time
//	                                   └──► Finder.Find    a moment   ─► the newest revision made by then
//
// Where the past of a source can be read as a whole, its leases are read once. A running store that must be spared is
// asked for one lease, as it was at a few revisions; one that has Events and no leases, for its Events.
package dating

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/learn"
)

// CompactKey is the key by which the API servers agree on the next compaction: its newest revision is kept.
var CompactKey = []byte("compact_rev_key")

// ErrUndated is the error for a source in which nothing that is read dates its revisions.
var ErrUndated = errors.New("no lease of a control plane and no creation of an object dates the revisions here; give a revision number")

// ErrBeforeAll is the error for a moment at which nothing had been written.
var ErrBeforeAll = errors.New("nothing had been written by then")

// Dates is what is known of the times of a source's revisions. The zero value knows nothing. A copy may be read while a
// Finder adds to another one: what they share does not change.
type Dates struct {
	Edge    int64 // revision that the API server's next compaction keeps; 0 while not known
	UpTo    int64 // newest revision when the leases were read
	Undated bool  // the leases were read, and date nothing

	clock  *clock.Clock
	stamps []clock.Stamp
	beats  *attribution.LeaseClock
}

// Dated reports whether any revision can be dated.
func (d *Dates) Dated() bool { return d.clock != nil }

// Clock returns the clock, nil while nothing is known.
func (d *Dates) Clock() *clock.Clock { return d.clock }

// At dates a revision; the zero time where it is not known.
func (d *Dates) At(rev int64) time.Time {
	if d.clock == nil {
		return time.Time{}
	}
	return d.clock.At(rev).Time
}

// Learn takes in what a Finder has read.
func (d *Dates) Learn(found *Dates) {
	edge := max(d.Edge, found.Edge)
	*d = *found
	d.Edge = edge
}

// Finder reads what Dates lacks.
type Finder struct {
	Dates
	*learn.Opened
	Spare       bool  // the source is asked for one lease at a few revisions
	Samples     int   // with Spare: how many revisions are dated beforehand, for the rate of writes; 0: none
	First, Head int64 // the oldest and the newest revision
}

// Read reads what is needed to date a revision, unless it is known.
func (f *Finder) Read(ctx context.Context, rev int64) error {
	switch {
	case f.Spare && f.Undated:
		return nil
	case f.Spare:
		return f.sample(ctx, rev)
	case f.Undated && rev <= f.UpTo, f.Dated() && (rev <= f.UpTo || !f.Info.Running):
		return nil
	}
	c, err := attribution.Frame(ctx, f.Source, f.Decoder, f.Root, false)
	if err != nil {
		return err
	}
	f.UpTo, f.Undated = f.Head, !c.Known()
	if !f.Undated {
		c.At(rev) // puts it together
		f.clock = c
	}
	return nil
}

// sample dates revisions of a running store: some of all that it holds, and the wanted one.
func (f *Finder) sample(ctx context.Context, rev int64) (err error) {
	if f.beats == nil {
		if f.clock != nil && rev <= f.UpTo { // by creations
			return nil
		}
		f.UpTo = f.Head
		if f.beats, err = attribution.FindLeaseClock(ctx, f.Source, f.Decoder, f.Root); err != nil {
			return err
		}
		if f.beats == nil {
			return f.creations(ctx)
		}
		if f.Samples > 0 {
			if e, ok, err := etcdsource.Get(ctx, f.Source, CompactKey, 0); err == nil && ok {
				f.Edge = e.Mod
			}
			if f.stamps, err = f.beats.Sample(ctx, f.First, f.Head, f.Samples); err != nil {
				return err
			}
		}
	}
	s, ok, err := f.beats.Stamp(ctx, rev)
	if ok {
		f.add(s)
	}
	return err
}

// maxStamps bounds the stamps of a running store that are kept; half of them stay when there are more.
const maxStamps = 1024

// add takes stamps into a new clock.
func (f *Finder) add(stamps ...clock.Stamp) {
	all := append(slices.Clone(f.stamps), stamps...)
	slices.SortFunc(all, func(a, b clock.Stamp) int { return cmp.Compare(a.Revision, b.Revision) })
	all = slices.CompactFunc(all, func(a, b clock.Stamp) bool { return a.Revision == b.Revision })
	for i := 1; len(all) > maxStamps && i < len(all); i++ {
		all = slices.Delete(all, i, i+1)
	}
	c := clock.New()
	for _, s := range all {
		c.Add(s)
	}
	c.At(f.Head) // puts it together
	f.stamps, f.clock, f.Undated = all, c, false
}

// Before returns the newest revision made at a time or before it, First-1 where there is none. Read comes first, and has
// found a date.
func (f *Finder) Before(ctx context.Context, t time.Time) (int64, error) {
	if !f.Spare || f.beats == nil {
		if f.clock.At(f.First).Time.After(t) {
			return f.First - 1, nil
		}
		return f.clock.Before(t, f.First, f.Head), nil
	}
	rev, seen, err := f.beats.Before(ctx, t, f.First, f.Head)
	if err == nil {
		f.add(seen...)
	}
	return rev, err
}

// Find returns the newest revision that had been made at a moment, and the moment as a time. The error is ErrUndated,
// ErrBeforeAll, an *etcdsource.CompactedError where only revisions that are gone had been made, or one of reading.
func (f *Finder) Find(ctx context.Context, m attribution.Moment) (rev int64, when time.Time, err error) {
	if err := f.Read(ctx, f.Head); err != nil {
		return 0, when, err
	}
	if !f.Dated() || m.At.IsZero() && f.At(f.Head).IsZero() {
		return 0, when, ErrUndated
	}
	when = m.Before(f.At(f.Head))
	rev, err = f.Before(ctx, when)
	switch {
	case err != nil:
		return 0, when, err
	case rev < f.First && f.First <= 1:
		return 0, when, ErrBeforeAll
	case rev < f.First:
		return 0, when, &etcdsource.CompactedError{Revision: f.First - 1, Compacted: f.First}
	}
	return rev, when, nil
}
