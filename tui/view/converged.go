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

// Whether the shown object has converged is said above it, at whatever revision it is shown; since when, and for how
// long, is computed from the versions that the timeline has read, so that no source is asked for more:
//
//	historyMsg, followMsg ─► course (how each version fared) ─┐
//	objectMsg ─► how the shown one fares ─────────────────────┴─► showConvergence ─► object.Convergence, the box under the tree

// Course is how the versions of one key fared, the newest first.
type Course struct {
	Key      string
	statuses []reconcile.VersionStatus
	own      reconcile.VersionStatus // the version that is shown
	done     string                  // how long it took to converge, "" where that is not known
}

// of makes the course one of a key.
func (c *Course) of(key string) {
	if c.Key != key {
		*c = Course{Key: key}
	}
}

// page takes a part of the key's history; first reports that it is the newest part.
func (c *Course) page(statuses []reconcile.VersionStatus, first bool) {
	switch {
	case len(statuses) == 0:
	case first:
		newer := 0 // what the watch brought while the history was being read
		for newer < len(c.statuses) && c.statuses[newer].Revision > statuses[0].Revision {
			newer++
		}
		c.statuses = append(c.statuses[:newer:newer], statuses...)
	default:
		for _, s := range statuses {
			if n := len(c.statuses); n == 0 || s.Revision < c.statuses[n-1].Revision {
				c.statuses = append(c.statuses, s)
			}
		}
	}
}

// follow takes what the watch brought, oldest first.
func (c *Course) follow(statuses []reconcile.VersionStatus) {
	for _, s := range statuses {
		if len(c.statuses) > 0 && s.Revision > c.statuses[0].Revision {
			c.statuses = append([]reconcile.VersionStatus{s}, c.statuses...)
		}
	}
}

// at returns the course of the object at a version; of one whose past is not known, how it fares.
func (c *Course) at(rev int64, times reconcile.Times) (reconcile.Course, bool) {
	if x, ok := reconcile.Follow(c.statuses, rev, times); ok {
		return x, true
	}
	return reconcile.Follow([]reconcile.VersionStatus{c.own}, rev, times)
}

// statusesOf assesses versions as they come.
func statusesOf(rows []change.Change) []reconcile.VersionStatus {
	out := make([]reconcile.VersionStatus, len(rows))
	for i := range rows {
		out[i] = reconcile.VersionStatusOf(rows[i].Mod, rows[i].Type, rows[i].Object)
	}
	return out
}

// maxFollowed bounds the versions beyond a page of history that are looked at for when a time began.
const maxFollowed = 400

// begun looks, where the past is available, beyond a page of history for when the time began in which the object was not as
// it should be.
func begun(ctx context.Context, versions etcdsource.Versions, d Describer, key string, statuses []reconcile.VersionStatus) []reconcile.VersionStatus {
	n := len(statuses)
	if n == 0 || statuses[n-1].Status.Weight == 0 {
		return statuses
	}
	events, _, err := versions.Versions(ctx, []byte(key), statuses[n-1].Revision-1, maxFollowed)
	if err != nil {
		return statuses
	}
	for i := range events {
		e := &events[i]
		s := reconcile.VersionStatus{Revision: e.Mod, Type: e.Type}
		if e.Type != etcdsource.Deleted {
			s = reconcile.VersionStatusOf(e.Mod, e.Type, d.Decoder.Object(e.Key, e.Value, e.Mod))
		}
		if statuses = append(statuses, s); s.Status.Weight == 0 {
			break
		}
	}
	return statuses
}

// showConvergence says above the object whether it has converged; the command reads when revisions were written, where
// that is wanted and available.
func (rd *Reader) showConvergence(now time.Time) tea.Cmd {
	o, c := rd.v.Panes.Object.Object(), &rd.Course
	c.done = ""
	if o == nil || c.Key != string(o.Key) || rd.v.Flow.Deleted.At(c.Key) != 0 && rd.v.Panes.Object.Pinned() == 0 {
		rd.v.Panes.Object.SetConvergence(object.Convergence{})
		return nil
	}
	x, ok := c.at(o.Mod, reconcile.Times{Of: rd.v.Times.At, Now: rd.until(&reconcile.Course{}, now)})
	if at := rd.v.State.At; at != 0 && x.End > at {
		x.End = 0 // not yet
	}
	if !ok || x.Since.Revision == 0 || x.Weight == 0 {
		rd.v.Panes.Object.SetConvergence(object.Convergence{})
		if ok && x.Since.Revision != 0 {
			c.done = rd.converged(&x)
		}
		return nil
	}
	rd.v.Panes.Object.SetConvergence(rd.waiting(&x, now))
	return rd.v.Times.dateNow()
}

// converged says how long it took until the object converged, "" where that is not known.
func (rd *Reader) converged(x *reconcile.Course) string {
	from, to := rd.v.Times.At(x.Since.Revision), rd.v.Times.At(x.End)
	if x.End == 0 || from.IsZero() || to.Before(from) || x.AtLeast {
		return ""
	}
	return "converged in " + words.Took(to.Sub(from))
}

// waiting says why the object has not converged, and since when.
func (rd *Reader) waiting(x *reconcile.Course, now time.Time) object.Convergence {
	th := rd.v.Panes.Style.Theme
	s := object.Convergence{Role: text.Warning, Sign: th.Glyphs.Warn, Why: "not converged: " + strings.Join(x.Why, "; "), Key: "6", To: "report"}
	if x.Weight >= 70 {
		s.Role, s.Sign = text.Error, th.Glyphs.Bad
	} else if x.Weight <= 10 {
		s.Role, s.Sign = text.Muted, th.Glyphs.Half
	}
	from, to := rd.v.Times.At(x.Since.Revision), rd.until(x, now)
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

// until is the end of the time in which the object had not converged: that of the screen, where it lasts.
func (rd *Reader) until(x *reconcile.Course, now time.Time) time.Time {
	switch {
	case x.End != 0:
		return rd.v.Times.At(x.End)
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
