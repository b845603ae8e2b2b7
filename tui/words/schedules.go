package words

import (
	"fmt"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// Schedule says in one line how the last run of a schedule ended and when the next one is due; safe text.
func Schedule(s *etcdsource.Schedule, now time.Time) string {
	words := "schedule of " + whose(s)
	if s.Damaged {
		return words + ": " + clean.Text(s.Error)
	}
	return words + howOften(s) + ": " + lastRun(s, now) + nextRun(s, now) + warned(s) + leftAlone(s)
}

// BriefSchedule says the same, what matters most first: where there is little room, its end is left out. The role is that of
// how the schedule is.
func BriefSchedule(s *etcdsource.Schedule, now time.Time) (text.Role, string) {
	cluster := whose(s)
	if s.Damaged {
		return text.Error, clean.Text(s.Error) + "; " + cluster
	}
	role, reason, name := text.OK, "", ""
	switch {
	case s.Result == "failed":
		role, reason = text.Error, ": "+clean.Text(s.Error)
	case overdue(s, now), s.Result == etcdsource.RunInterrupted, s.Stopped, s.Warning != "":
		role = text.Warning
	case s.Result == "":
		role = text.Muted
	}
	if s.Path != "" {
		name = ", " + clean.Key([]byte(s.Path))
	}
	return role, lastWord(s, now) + nextRun(s, now) + reason + warned(s) + leftAlone(s) + howOften(s) + ", " + cluster + name
}

// whose names the cluster, or how one is reached that was not.
func whose(s *etcdsource.Schedule) string {
	if s.Cluster == "" {
		return clean.Text(s.From)
	}
	return "cluster " + clean.Key([]byte(s.Cluster))
}

func warned(s *etcdsource.Schedule) string {
	if s.Warning == "" {
		return ""
	}
	return "; it warned: " + clean.Text(s.Warning)
}

func leftAlone(s *etcdsource.Schedule) string {
	if s.Left == "" {
		return ""
	}
	return "; of its index " + clean.Text(s.Left)
}

func howOften(s *etcdsource.Schedule) (words string) {
	switch {
	case s.Every != "":
		words = ", every " + clean.Key([]byte(s.Every))
	case s.Started != "":
		words = ", started every " + clean.Key([]byte(s.Started))
	case s.Usual > 0:
		words = ", about every " + columns.Age(time.Unix(0, 0), time.Unix(0, 0).Add(s.Usual))
	}
	if s.Delta != "" {
		words += ", deltas every " + clean.Key([]byte(s.Delta))
	}
	return words
}

// ahead is how far clocks may differ.
const ahead = 10 * time.Minute

// lastWord says how the last run ended, without what it made or why it failed.
func lastWord(s *etcdsource.Schedule, now time.Time) string {
	age := columns.Age(s.Last, now)
	switch {
	case s.Last.IsZero():
		return "no run yet"
	case s.Last.After(now.Add(ahead)):
		return fmt.Sprintf("last run %s, at %s: that lies ahead, a clock is or was wrong", s.Result, s.Last.Local().Format("2006-01-02 15:04:05"))
	case s.Result == "failed":
		return fmt.Sprintf("last run %s ago failed (%d in a row)", age, max(s.Failures, 1))
	case s.Result == "":
		return fmt.Sprintf("a run began %s ago", age)
	case s.Result == etcdsource.RunInterrupted:
		return fmt.Sprintf("last run %s ago interrupted: its process was stopped or killed; it began at %s", age, s.Last.Local().Format("2006-01-02 15:04:05"))
	}
	return fmt.Sprintf("last run %s ago ok", age)
}

func lastRun(s *etcdsource.Schedule, now time.Time) string {
	switch {
	case s.Last.IsZero() || s.Result == "" || s.Result == etcdsource.RunInterrupted:
		return lastWord(s, now)
	case s.Result == "failed":
		return lastWord(s, now) + ": " + clean.Text(s.Error)
	}
	return lastWord(s, now) + ", " + clean.Key([]byte(s.Path))
}

func nextRun(s *etcdsource.Schedule, now time.Time) string {
	due, at := "due", "next"
	if s.Usual > 0 {
		due, at = "expected", "next expected"
	}
	switch {
	case s.Stopped && (s.Next.IsZero() || !overdue(s, now)):
		return "; no process keeps it now"
	case s.Next.IsZero():
		return ""
	case overdue(s, now):
		return fmt.Sprintf("; the next one was %s %s ago%s", due, columns.Age(s.Next, now), unheld(s))
	case tooFar(s, now):
		return fmt.Sprintf("; the next one within %s: that it is due at %s was noted while a clock was wrong", clean.Key([]byte(s.Every)), s.Next.Local().Format("2006-01-02 15:04:05"))
	}
	return fmt.Sprintf("; %s in %s, at %s", at, columns.Age(now, s.Next), s.Next.Local().Format("2006-01-02 15:04:05"))
}

// overdue reports whether the next run should have begun.
func overdue(s *etcdsource.Schedule, now time.Time) bool {
	return !s.Next.IsZero() && s.Next.Add(s.Usual/10).Before(now)
}

func unheld(s *etcdsource.Schedule) string {
	if s.Stopped {
		return ", and no process keeps it now"
	}
	return ""
}

// tooFar reports whether the next run was noted for later than the schedule makes it, which is up to a twentieth late.
func tooFar(s *etcdsource.Schedule, now time.Time) bool {
	every, err := time.ParseDuration(s.Every)
	return err == nil && every > 0 && s.Next.Sub(now) > every+every/20+ahead
}

// Contradiction says that two backups of one history hold different versions; safe text.
func Contradiction(older, newer string, revision int64) string {
	return fmt.Sprintf("%s and %s contradict each other from revision %d on: the store was set back between them, or they are of two clusters",
		clean.Key([]byte(older)), clean.Key([]byte(newer)), revision)
}
