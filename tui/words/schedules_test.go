package words

import (
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestScheduleWords: what a schedule's record says of the last run and the next one, in a list and, in short, on the screen.
func TestScheduleWords(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	ok := etcdsource.Schedule{Cluster: "c1", Last: now.Add(-3 * time.Hour), Result: "ok", Path: "a.db"}
	with := func(f func(*etcdsource.Schedule)) *etcdsource.Schedule {
		s := ok
		f(&s)
		return &s
	}
	for name, c := range map[string]struct {
		s        *etcdsource.Schedule
		role     text.Role
		say, not string
	}{
		"killed": {with(func(s *etcdsource.Schedule) { s.Result, s.Every, s.Stopped = etcdsource.RunInterrupted, "6h", true }), text.Warning,
			"last run 3h ago interrupted: its process was stopped or killed; it began at " + now.Add(-3*time.Hour).Local().Format("2006-01-02 15:04:05") + "; no process keeps it now", "a run began"},
		"stopped": {with(func(s *etcdsource.Schedule) { s.Every, s.Stopped, s.Next = "6h", true, now.Add(3*time.Hour) }), text.Warning, "; no process keeps it now", "next in"},
		"stopped and overdue": {with(func(s *etcdsource.Schedule) { s.Every, s.Stopped, s.Next = "1h", true, now.Add(-2*time.Hour) }), text.Warning,
			"the next one was due 120m ago, and no process keeps it now", "next in"},
		"a timer":               {with(func(s *etcdsource.Schedule) { s.Usual, s.Next = 6*time.Hour, now.Add(3*time.Hour) }), text.OK, "; next expected in 3h, at ", "due"},
		"a timer, a bit late":   {with(func(s *etcdsource.Schedule) { s.Usual, s.Next = 6*time.Hour, now.Add(-time.Minute) }), text.OK, "; next expected in 0s, at ", "ago; the next"},
		"a timer that is late":  {with(func(s *etcdsource.Schedule) { s.Usual, s.Next = time.Hour, now.Add(-2*time.Hour) }), text.Warning, "; the next one was expected 120m ago", "next expected"},
		"how often":             {with(func(s *etcdsource.Schedule) { s.Usual, s.Next = 6*time.Hour, now }), text.OK, ", about every 6h", ", every"},
		"how often, as it says": {with(func(s *etcdsource.Schedule) { s.Started, s.Usual, s.Next = "6h", 6*time.Hour, now.Add(time.Hour) }), text.OK, ", started every 6h", "about"},
		"a warning":             {with(func(s *etcdsource.Schedule) { s.Warning = "no\x1b[31mthing was removed" }), text.Warning, "; it warned: no", "\x1b"},
		"not reached": {&etcdsource.Schedule{From: "https://h:2379", Last: now.Add(-time.Minute), Result: "failed", Error: "no route", Failures: 2}, text.Error,
			"https://h:2379", "cluster"},
	} {
		role, brief := BriefSchedule(c.s, now)
		if role != c.role {
			t.Errorf("%s: the role is %v", name, role)
		}
		for _, got := range []string{Schedule(c.s, now), brief} {
			if !strings.Contains(got, c.say) || strings.Contains(got, c.not) {
				t.Errorf("%s: %q", name, got)
			}
		}
	}
}
