package snapshots

import (
	"fmt"
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/words"
)

// schedules are those that keep backups in the folder, or why that is not known.
type schedules struct {
	list []etcdsource.Schedule
	err  string
}

// Schedules shows when the schedules that keep backups in the folder have run, and when they run next.
func (p *Pane) Schedules(list []etcdsource.Schedule, err error) {
	p.keeps = schedules{list: list}
	if err != nil {
		p.keeps.err = clean.Error(err)
	}
	p.sync()
}

// Due reports whether a schedule should have run by now: it may have made a backup.
func (p *Pane) Due(now time.Time) bool {
	return slices.ContainsFunc(p.keeps.list, func(s etcdsource.Schedule) bool { return !s.Next.IsZero() && s.Next.Before(now) })
}

// rows is how many rows they take.
func (s *schedules) rows() int {
	n := min(len(s.list), mostSchedules)
	if s.err != "" {
		n++
	}
	return n
}

// row draws a row of them. Where there are more than are shown, the last row says how many.
func (s *schedules) row(r *pane.Painter, y int, now time.Time) {
	r.Gap(2)
	free := max(r.Free()-1, 1)
	shown := min(len(s.list), mostSchedules)
	more := len(s.list) - shown
	switch {
	case y >= shown:
		r.Text(text.Warning, clean.End(s.err, free))
	case more > 0 && y == shown-1:
		r.Text(text.Muted, clean.End(fmt.Sprintf("%d more schedules: etcdscope snapshot list says how they are", more+1), free))
	default:
		role, say := words.BriefSchedule(&s.list[y], now)
		r.Text(role, clean.End("schedule: "+say, free))
	}
}
