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
	Left     string `json:"leftAlone,omitempty"` // which entries of its index are not understood
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
			err = l.out.json(scheduleLine{scheduleBody{clean.Key([]byte(s.Cluster)), clean.Key([]byte(s.UID)), clean.Key([]byte(s.Every)), clean.Key([]byte(s.Delta)), utc(s.Last), clean.Key([]byte(s.Result)),
				clean.Text(s.Error), clean.Key([]byte(s.Path)), utc(s.Next), s.Failures, s.Backups, clean.Text(s.Left), s.Damaged}})
		} else {
			err = l.out.line(wording.Schedule(s, now))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
