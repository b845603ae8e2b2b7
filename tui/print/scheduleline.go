package print

import (
	"context"
	"fmt"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// scheduleLine is what a place says of a schedule, in JSON. What is not known is left out.
type scheduleLine struct {
	Schedule scheduleBody `json:"schedule"`
}

type scheduleBody struct {
	Cluster  string `json:"cluster"` // the ID of the etcd cluster, in hex
	UID      string `json:"clusterUID,omitempty"`
	Every    string `json:"every,omitempty"`
	Delta    string `json:"delta,omitempty"`
	LastRun  string `json:"lastRun,omitempty"`
	Result   string `json:"result,omitempty"` // ok, failed
	Error    string `json:"error,omitempty"`
	Path     string `json:"path,omitempty"`
	NextRun  string `json:"nextRun,omitempty"`
	Failures int    `json:"failures"` // in a row
	Backups  int    `json:"backups"`
	Damaged  bool   `json:"damaged,omitempty"`
}

// schedules prints what the folder says of the schedules that keep backups in it, behind the backups.
func (l *backupLister) schedules(ctx context.Context, now time.Time) error {
	if l.funcs.Schedules == nil {
		return nil
	}
	list, err := l.funcs.Schedules(ctx, l.place)
	if err != nil {
		l.warn("%s", clean.Error(err))
	}
	for i := range list {
		s := &list[i]
		if l.flags.format == "json" {
			err = l.out.json(scheduleLine{scheduleBody{clean.Key([]byte(s.Cluster)), clean.Key([]byte(s.UID)), clean.Key([]byte(s.Every)), clean.Key([]byte(s.Delta)), utc(s.Last), clean.Key([]byte(s.Result)),
				clean.Text(s.Error), clean.Key([]byte(s.Path)), utc(s.Next), s.Failures, s.Backups, s.Damaged}})
		} else {
			err = l.out.line(ScheduleWords(s, now))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ScheduleWords says in one line how the last run of a schedule ended and when the next one is due.
func ScheduleWords(s *etcdsource.Schedule, now time.Time) string {
	words := "schedule of cluster " + clean.Key([]byte(s.Cluster))
	if s.Damaged {
		return words + ": " + clean.Text(s.Error)
	}
	if s.Every != "" {
		words += ", every " + clean.Key([]byte(s.Every))
	}
	if s.Delta != "" {
		words += ", deltas every " + clean.Key([]byte(s.Delta))
	}
	switch {
	case s.Last.IsZero():
		words += ": no run yet"
	case s.Result == "failed":
		words += fmt.Sprintf(": last run %s ago failed (%d in a row): %s", columns.Age(s.Last, now), max(s.Failures, 1), clean.Text(s.Error))
	case s.Result == "":
		words += fmt.Sprintf(": a run began %s ago", columns.Age(s.Last, now))
	default:
		words += fmt.Sprintf(": last run %s ago ok, %s", columns.Age(s.Last, now), clean.Key([]byte(s.Path)))
	}
	switch {
	case s.Next.IsZero():
	case s.Next.Before(now):
		words += fmt.Sprintf("; the next one was due %s ago", columns.Age(s.Next, now))
	default:
		words += fmt.Sprintf("; next in %s, at %s", columns.Age(now, s.Next), s.Next.Local().Format("2006-01-02 15:04:05"))
	}
	return words
}
