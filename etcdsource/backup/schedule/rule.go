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

// Describe fills in what the index says of a backup. What names the folder around it names no cluster.
func (e *Entry) Describe(b *etcdsource.Backup) {
	b.Store, b.Cluster, b.Name, b.Revision, b.Time, b.TimeFrom = e.Cluster, e.UID, "", e.Revision, e.Made, "backup"
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
// times only to know the days and weeks (UTC): a clock that jumps moves a backup to another day, and removes none that is
// among the last ones.
//   - Backups dated later than one that came after them have days and weeks of their own: which of the two clocks was wrong is
//     not known, and neither takes the place of the other.
//   - A full snapshot with a higher revision than the newest one stays: the store was set back, or a copy of it keeps its backups
//     in the same place, and the newest one does not hold what that one does.
//   - The newest verified full snapshot is never returned, nor is its chain of deltas; an entry of another cluster, or one that
//     is not verified, neither counts nor is it returned.
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
	var inOrder, ahead periods
	oldest := fulls[0].Made
	for i, e := range fulls {
		met := &inOrder
		if e.Made.After(oldest.Add(clockSlack)) {
			met = &ahead
		} else if e.Made.Before(oldest) {
			oldest = e.Made
		}
		keep := met.first(e.Made.UTC(), rule) || i < max(rule.Last, 1)
		if !keep && e.Revision <= fulls[0].Revision {
			gone[e.Serial] = true
		}
	}
	return gone
}

// clockSlack is how much later than its successor a backup may say that it was made, because clocks are adjusted.
const clockSlack = time.Hour

// periods are the days and weeks that have a backup already.
type periods struct{ days, weeks map[string]bool }

// first reports whether a time is the first one in its day or week, and that is among the first so many of a rule.
func (p *periods) first(at time.Time, rule etcdsource.KeepRule) bool {
	if p.days == nil {
		p.days, p.weeks = map[string]bool{}, map[string]bool{}
	}
	year, week := at.ISOWeek()
	daily := first(p.days, at.Format(time.DateOnly), rule.Daily)
	return first(p.weeks, fmt.Sprintf("%d-%d", year, week), rule.Weekly) || daily
}

// first reports whether a period is met for the first time, and is among the first so many.
func first(met map[string]bool, period string, most int) bool {
	if met[period] || len(met) >= most {
		return false
	}
	met[period] = true
	return true
}
