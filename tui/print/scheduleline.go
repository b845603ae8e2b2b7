package print

import (
	"context"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	wording "github.com/etcdscope/etcdscope/tui/words"
)

// scheduleLine is what a place says of a schedule, in JSON. What is not known is left out.
type scheduleLine struct {
	Schedule scheduleBody `json:"schedule"`
}

type scheduleBody struct {
	Cluster  string `json:"cluster"`        // the ID of the etcd cluster, in hex; "" of one that was not reached
	From     string `json:"from,omitempty"` // where a schedule connects to that has not reached its cluster
	UID      string `json:"clusterUID,omitempty"`
	Every    string `json:"every,omitempty"`
	Started  string `json:"startedEvery,omitempty"` // how often something else starts single runs, as it says: then nextRun is an estimate
	Usual    string `json:"everyUsually,omitempty"` // how often something else starts single runs: then nextRun is an estimate
	Delta    string `json:"delta,omitempty"`
	LastRun  string `json:"lastRun,omitempty"`
	Result   string `json:"result,omitempty"` // ok, failed, interrupted; left out while it is under way
	Error    string `json:"error,omitempty"`
	Warning  string `json:"warning,omitempty"`
	Path     string `json:"path,omitempty"`
	NextRun  string `json:"nextRun,omitempty"`
	Failures int    `json:"failures"` // in a row
	Backups  int    `json:"backups"`
	Left     string `json:"leftAlone,omitempty"` // which entries of its index are not understood
	Stopped  bool   `json:"stopped,omitempty"`   // no process holds its lock
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
		if of := (etcdsource.Backup{Cluster: s.UID, Store: s.Cluster}); l.cluster != "" && !of.Of(l.cluster) {
			continue
		}
		if l.flags.format == "json" {
			err = l.out.json(scheduleLine{scheduleJSON(s)})
		} else {
			err = l.out.line(wording.Schedule(s, now))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func scheduleJSON(s *etcdsource.Schedule) scheduleBody {
	b := scheduleBody{Cluster: clean.Key([]byte(s.Cluster)), From: clean.Text(s.From), UID: clean.Key([]byte(s.UID)), Every: clean.Key([]byte(s.Every)), Delta: clean.Key([]byte(s.Delta)),
		LastRun: utc(s.Last), Result: clean.Key([]byte(s.Result)), Error: clean.Text(s.Error), Warning: clean.Text(s.Warning), Path: clean.Key([]byte(s.Path)), NextRun: utc(s.Next),
		Failures: s.Failures, Backups: s.Backups, Left: clean.Text(s.Left), Stopped: s.Stopped, Damaged: s.Damaged}
	if b.Started = clean.Key([]byte(s.Started)); b.Started == "" && s.Usual > 0 {
		b.Usual = s.Usual.String()
	}
	return b
}
