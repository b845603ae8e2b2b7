package schedule

import (
	"fmt"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Kinds of entries.
const (
	Full  = "full"
	Delta = "delta"
)

// Entry is a backup that was made, as the index lists it.
type Entry struct {
	Name     string    `json:"name"`
	Kind     string    `json:"kind"`
	Cluster  string    `json:"cluster"`       // the ID of the etcd cluster, in hex
	UID      string    `json:"uid,omitempty"` // of the namespace kube-system
	From     int64     `json:"from,omitempty"`
	Revision int64     `json:"revision"`
	Keys     int64     `json:"keys,omitempty"`
	Bytes    int64     `json:"bytes"`
	Tail     string    `json:"tail"`
	SHA256   string    `json:"sha256,omitempty"`
	Verdict  string    `json:"verdict"` // verified, or pending while it gets its name
	Made     time.Time `json:"made"`
	Serial   int64     `json:"serial"`         // counts up: clocks do not
	Base     int64     `json:"base,omitempty"` // of a delta: the serial of its full snapshot
}

// The verdicts of entries.
const (
	verified = string(etcdsource.BackupVerified)
	pending  = "pending"
)

func (e *Entry) kept() etcdsource.Kept {
	return etcdsource.Kept{Name: e.Name, Bytes: e.Bytes, Tail: e.Tail, SHA256: e.SHA256}
}

// Describe fills in what the index says of a backup.
func (e *Entry) Describe(b *etcdsource.Backup) {
	b.Store, b.Cluster, b.Revision, b.Time, b.TimeFrom = e.Cluster, e.UID, e.Revision, e.Made, "backup"
	if e.Keys > 0 {
		b.Keys = e.Keys
	}
	if e.Verdict == verified {
		b.Verdict, b.Checked, b.SHA256 = etcdsource.BackupVerified, e.Made, e.Tail
		if e.Kind == Delta {
			b.SHA256 = e.SHA256
		}
	}
}

// Drop returns those of a cluster's entries that a rule does not keep. It goes by serial numbers, newest first, and reads the
// times only to tell days and weeks (UTC) apart: a clock that jumps moves a backup to another day, and removes none that is
// among the last ones. A full snapshot with a higher revision than the newest one stays: the store was set back, or a copy of it keeps its
// backups in the same place, and the newest one does not hold what that one does. The newest verified full snapshot is never among them, nor is its chain of deltas; an entry of another
// cluster, or one that is not verified, neither counts nor is it returned.
func Drop(list []Entry, cluster, uid string, rule etcdsource.KeepRule) (drop []Entry) {
	mine := func(e *Entry) bool { return e.Cluster == cluster && e.UID == uid && e.Verdict == verified }
	var fulls []*Entry
	for i := range list {
		if e := &list[i]; mine(e) && e.Kind == Full {
			fulls = append(fulls, e)
		}
	}
	if rule == (etcdsource.KeepRule{}) || len(fulls) == 0 {
		return nil
	}
	gone := dropped(fulls, rule)
	for i := range list {
		e := &list[i]
		if mine(e) && (e.Kind == Full && gone[e.Serial] || e.Kind == Delta && gone[e.Base]) {
			drop = append(drop, *e)
		}
	}
	return drop
}

// dropped returns the serial numbers of the full snapshots that a rule does not keep.
func dropped(fulls []*Entry, rule etcdsource.KeepRule) map[int64]bool {
	sortBySerial(fulls)
	gone := map[int64]bool{}
	days, weeks := map[string]bool{}, map[string]bool{}
	for i, e := range fulls {
		at := e.Made.UTC()
		year, week := at.ISOWeek()
		keep := i < max(rule.Last, 1)
		keep = first(days, at.Format(time.DateOnly), rule.Daily) || keep
		keep = first(weeks, fmt.Sprintf("%d-%d", year, week), rule.Weekly) || keep
		if !keep && e.Revision <= fulls[0].Revision {
			gone[e.Serial] = true
		}
	}
	return gone
}

// first reports whether a period is met for the first time, and is among the first so many.
func first(met map[string]bool, period string, most int) bool {
	if met[period] || len(met) >= most {
		return false
	}
	met[period] = true
	return true
}
