package snapshots

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// schedules are those that keep backups in the folder, or why that is not known.
type schedules struct {
	list []etcdsource.Schedule
	err  string
	high []int // rows of those that are shown
}

// Schedules shows when the schedules that keep backups in the folder have run, and when they run next.
func (p *Pane) Schedules(list []etcdsource.Schedule, err error) {
	now := p.now()
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b etcdsource.Schedule) int { return severity(&a, now) - severity(&b, now) })
	p.keeps = schedules{list: list}
	if err != nil {
		p.keeps.err = clean.Error(err)
	}
	p.sync()
}

// severity orders schedules: 0 for one that fails, 1 for one with another fault, 2 for others.
func severity(s *etcdsource.Schedule, now time.Time) int {
	switch role, _ := words.BriefSchedule(s, now); role {
	case text.Error:
		return 0
	case text.Warning:
		return 1
	}
	return 2
}

// Due reports whether a schedule should have run by now: it may have made a backup.
func (p *Pane) Due(now time.Time) bool {
	return slices.ContainsFunc(p.keeps.list, func(s etcdsource.Schedule) bool { return !s.Next.IsZero() && s.Next.Before(now) })
}

// rows is how many rows they take.
func (s *schedules) rows() (n int) {
	for _, h := range s.high {
		n += h
	}
	if s.err != "" {
		n++
	}
	return n
}

// fit sets how many rows each of them takes in a pane of that width: one that is as it should be takes one, others as many as their
// words need, of those that are free beside the one that each has.
func (s *schedules) fit(w, free int, now time.Time) {
	s.high = s.high[:0]
	for i := range s.list[:min(len(s.list), mostSchedules)] {
		role, lines := s.lines(i, w, now)
		n := 1
		if role == text.Error || role == text.Warning {
			n = min(len(lines), 1+max(free, 0), mostLines)
		}
		free -= n - 1
		s.high = append(s.high, n)
	}
}

// lines are the words of a schedule, or, where there are more than are shown, how many.
func (s *schedules) lines(i, w int, now time.Time) (text.Role, []string) {
	if more := len(s.list) - mostSchedules; more > 0 && i == mostSchedules-1 {
		role, say := text.Muted, fmt.Sprintf("%d more schedules", more+1)
		if n := len(slices.DeleteFunc(slices.Clone(s.list[i:]), func(k etcdsource.Schedule) bool { return severity(&k, now) > 1 })); n > 0 {
			role, say = text.Warning, fmt.Sprintf("%s, %d of them with a fault", say, n)
		}
		return role, []string{say + ": etcdscope snapshot list says how they are"}
	}
	role, say := words.BriefSchedule(&s.list[i], now)
	return role, widget.Wrap("schedule: "+say, max(w-3, 1))
}

// row draws a row of them.
func (s *schedules) row(r *pane.Painter, y int, now time.Time) {
	w := r.Free()
	r.Gap(2)
	free := max(w-3, 1)
	for i, h := range s.high {
		if y >= h {
			y -= h
			continue
		}
		role, lines := s.lines(i, w, now)
		switch {
		case y >= len(lines):
		case y == h-1: // with the beginning of what has no row
			r.Text(role, clean.End(strings.Join(lines[y:], " "), free))
		default:
			r.Text(role, lines[y])
		}
		return
	}
	r.Text(text.Warning, clean.End(s.err, free))
}
