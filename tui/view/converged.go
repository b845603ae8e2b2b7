package view

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/reconcile"
	"github.com/etcdscope/etcdscope/tui/object"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// Whether the shown object is as it should be is said above it, at whatever revision it is shown; since when, and for how
// long, is told by the versions that the timeline has read, so that no source is asked for more:
//
//	historyMsg, followMsg ─► course (how each version stood) ─┐
//	objectMsg ─► how the shown one stands ────────────────────┴─► tellStanding ─► object.Standing, the box under the tree

// Course is how the versions of one key stood, the newest first.
type Course struct {
	Key    string
	stands []reconcile.Stand
	own    reconcile.Stand // the version that is shown
	done   string          // how long it took to become as it should be, "" where that is not known
}

// of makes the course one of a key.
func (c *Course) of(key string) {
	if c.Key != key {
		*c = Course{Key: key}
	}
}

// page takes a part of the key's history; first tells that it is the newest part.
func (c *Course) page(stands []reconcile.Stand, first bool) {
	switch {
	case len(stands) == 0:
	case first:
		newer := 0 // what the watch brought while the history was being read
		for newer < len(c.stands) && c.stands[newer].Revision > stands[0].Revision {
			newer++
		}
		c.stands = append(c.stands[:newer:newer], stands...)
	default:
		for _, s := range stands {
			if n := len(c.stands); n == 0 || s.Revision < c.stands[n-1].Revision {
				c.stands = append(c.stands, s)
			}
		}
	}
}

// follow takes what the watch brought, oldest first.
func (c *Course) follow(stands []reconcile.Stand) {
	for _, s := range stands {
		if len(c.stands) > 0 && s.Revision > c.stands[0].Revision {
			c.stands = append([]reconcile.Stand{s}, c.stands...)
		}
	}
}

// at tells the course of the object at a version; of one whose past is not known, how it stands.
func (c *Course) at(rev int64) (reconcile.Course, bool) {
	if x, ok := reconcile.Follow(c.stands, rev); ok {
		return x, true
	}
	return reconcile.Follow([]reconcile.Stand{c.own}, rev)
}

// standsOf assesses versions as they come.
func standsOf(rows []change.Change) []reconcile.Stand {
	out := make([]reconcile.Stand, len(rows))
	for i := range rows {
		out[i] = reconcile.StandOf(rows[i].Mod, rows[i].Type, rows[i].Object)
	}
	return out
}

// maxFollowed bounds the versions beyond a page of history that are looked at for when a time began.
const maxFollowed = 400

// begun looks, where the past is at hand, beyond a page of history for when the time began in which the object was not as
// it should be.
func begun(ctx context.Context, versions etcdsource.Versions, d Describer, key string, stands []reconcile.Stand) []reconcile.Stand {
	n := len(stands)
	if n == 0 || stands[n-1].Status.Weight == 0 {
		return stands
	}
	events, _, err := versions.Versions(ctx, []byte(key), stands[n-1].Revision-1, maxFollowed)
	if err != nil {
		return stands
	}
	for i := range events {
		e := &events[i]
		s := reconcile.Stand{Revision: e.Mod, Type: e.Type}
		if e.Type != etcdsource.Deleted {
			s = reconcile.StandOf(e.Mod, e.Type, d.Decoder.Object(e.Key, e.Value, e.Mod))
		}
		if stands = append(stands, s); s.Status.Weight == 0 {
			break
		}
	}
	return stands
}

// tellStanding says above the object whether it is as it should be; the command reads when revisions were written, where
// that is wanted and at hand.
func (rd *Reader) tellStanding(now time.Time) tea.Cmd {
	o, c := rd.v.Panes.Object.Object(), &rd.Course
	c.done = ""
	if o == nil || c.Key != string(o.Key) || rd.v.Flow.Deleted.Grave(c.Key) != 0 && rd.v.Panes.Object.Pinned() == 0 {
		rd.v.Panes.Object.Tell(object.Standing{})
		return nil
	}
	x, ok := c.at(o.Mod)
	if at := rd.v.State.At; at != 0 && x.End > at {
		x.End = 0 // not yet
	}
	if !ok || x.Since.Revision == 0 || x.Weight == 0 {
		rd.v.Panes.Object.Tell(object.Standing{})
		if ok && x.Since.Revision != 0 {
			c.done = rd.converged(&x)
		}
		return nil
	}
	rd.v.Panes.Object.Tell(rd.waiting(&x, now))
	return rd.v.Times.dateNow()
}

// converged says how long it took until the object was as it should be, "" where that is not known.
func (rd *Reader) converged(x *reconcile.Course) string {
	from, to := rd.when(x.Since.Revision), rd.when(x.End)
	if x.End == 0 || from.IsZero() || to.Before(from) || x.AtLeast {
		return ""
	}
	return "converged in " + words.Took(to.Sub(from))
}

// waiting says why the object is not as it should be, and since when.
func (rd *Reader) waiting(x *reconcile.Course, now time.Time) object.Standing {
	th := rd.v.Panes.Style.Theme
	s := object.Standing{Role: text.Warning, Sign: th.Glyphs.Warn, Why: "not converged: " + strings.Join(x.Why, "; "), Key: "6", To: "report"}
	if x.Weight >= 70 {
		s.Role, s.Sign = text.Error, th.Glyphs.Bad
	} else if x.Weight <= 10 {
		s.Role, s.Sign = text.Muted, th.Glyphs.Half
	}
	from, to := rd.when(x.Since.Revision), rd.until(x, now)
	s.Foot = "since " + widget.Thousands(x.Since.Revision)
	if x.AtLeast {
		s.Foot += " or before"
	}
	if !from.IsZero() {
		s.Foot += " (" + words.Stamp(from, to) + ")"
	}
	if x.End != 0 {
		s.Foot += " to " + widget.Thousands(x.End)
	}
	if !from.IsZero() && !to.Before(from) {
		s.For = words.Took(to.Sub(from))
		if x.AtLeast {
			s.For = ">" + s.For
		}
		s.Foot += ", " + s.For
	}
	return s
}

// when dates a version of the shown key: as its own values tell, else by its revision; the zero time is: not known.
func (rd *Reader) when(rev int64) time.Time {
	if rd.v.Panes.History.Key() == rd.Course.Key {
		if at := rd.v.Panes.History.Verdict(rev).Time; !at.IsZero() {
			return at
		}
	}
	return rd.v.Times.At(rev)
}

// until is the end of the time in which the object was not as it should be: that of the screen, where it lasts.
func (rd *Reader) until(x *reconcile.Course, now time.Time) time.Time {
	switch {
	case x.End != 0:
		return rd.when(x.End)
	case rd.v.State.At == 0 && rd.v.State.Info.Spare:
		return now
	}
	return rd.v.Times.At(rd.v.State.Revision())
}

// dateNow reads when the revisions of a file were written, once.
func (d *Times) dateNow() tea.Cmd {
	if d.asked || d.v.State.Info.Spare {
		return nil
	}
	return d.dateTo(d.v.State.Head)
}
