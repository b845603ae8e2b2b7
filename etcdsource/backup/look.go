package backup

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/archive"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/verdicts"
)

// What says when a backup was made, the surest first.
const (
	fromBackup  = "backup"                  // its name, or what is noted beside it
	fromContent = "content"                 // the newest sign of life in it
	fromWritten = etcdsource.BackupWritten  // the newest time in it, where nothing says that it lived
	fromFile    = etcdsource.BackupModified // the file's time of change: it may be a copy
)

// known says what a backup is, as far as its name, what lies beside it and its time of change do.
func known(path string, id verdicts.Identity) etcdsource.Backup {
	b := etcdsource.Backup{Path: path, Bytes: id.Size, Modified: id.Modified, Time: id.Modified, TimeFrom: fromFile, Keys: -1}
	about, err := archive.Describe(path)
	if err != nil {
		return b
	}
	b.Format, b.Name, b.Revision = string(about.Format), about.Cluster, about.Revision
	if !about.Time.IsZero() {
		b.Time, b.TimeFrom = about.Time, fromBackup
	} else if at, day := archive.NamedTime(filepath.Base(path)); sameDay(at, day, id.Modified) {
		b.TimeFrom = fromBackup // the file's time is not that of a copy
	}
	return b
}

// How far the zone of a time in a name may be from UTC, see the time zone database.
const (
	zonesEast = 14 * time.Hour
	zonesWest = 12 * time.Hour
)

// sameDay reports whether a file was last changed at the time in its name, or on the day, in whatever zone that is.
func sameDay(at time.Time, day bool, modified time.Time) bool {
	to := at.Add(zonesWest + clocks)
	if day {
		to = to.Add(24 * time.Hour)
	}
	return !at.IsZero() && modified.After(at.Add(-zonesEast-clocks)) && modified.Before(to)
}

// kept returns what a verification has found of a file, and what is known of it without.
func (s *Shelf) kept(path string, id verdicts.Identity) (etcdsource.Backup, bool) {
	b, ok := s.Verdicts.Kept(id)
	if !ok {
		return b, false
	}
	now := known(path, id)
	b.Path, b.Format, b.Name = path, now.Format, now.Name
	if now.TimeFrom != fromFile {
		b.Time, b.TimeFrom = now.Time, now.TimeFrom
	}
	return b, true
}

// look reads the beginning of a file, and of a database the oldest and the newest pages.
func (s *Shelf) look(b *etcdsource.Backup, file string) {
	if b.Format == string(archive.GardenerDelta) {
		return // no database
	}
	p, err := snapfile.Peek(file)
	if err != nil {
		explain(b, p.Format, err)
		return
	}
	if p.Revision > 0 {
		b.Revision = p.Revision
	}
	oldest, newest := snapfile.Sample(file)
	for _, r := range oldest {
		if b.Cluster == "" && strings.HasSuffix(string(r.Key), systemSuffix) {
			b.Cluster = s.uid(r.Value)
		}
	}
	if b.TimeFrom == fromFile {
		s.date(b, newest)
	}
}

// date takes the time when a backup was made from its newest changes.
func (s *Shelf) date(b *etcdsource.Backup, newest []snapfile.Sampled) {
	datedBy(b, s.newest(newest, b.Modified))
	s.doubt(b, newest)
	if b.TimeFrom == fromContent {
		return
	}
	// of a copy, the time in its name says more than that of the file; not where an object in it is newer
	if at, day := archive.NamedTime(filepath.Base(b.Path)); !at.IsZero() && !day && at.Before(b.Modified.Add(clocks)) && (b.TimeFrom == fromFile || at.After(b.Time)) {
		b.Time, b.TimeFrom = at, fromBackup
	}
}

// doubt says so where none of the newest changes is a lease that was renewed: a store in which only objects are written may be
// much older than the newest of them says.
func (s *Shelf) doubt(b *etcdsource.Backup, newest []snapfile.Sampled) {
	if b.TimeFrom != fromContent || len(newest) == 0 {
		return
	}
	leases := slices.DeleteFunc(slices.Clone(newest), func(r snapfile.Sampled) bool { return !bytes.Contains(r.Key, leaseFolders) })
	if beat := s.newest(leases, b.Modified); beat.Before(b.Time.Add(-clocks)) {
		b.TimeFrom = fromWritten
	}
}

// leaseFolders is in the keys of the leases that components renew every few seconds: those of kube-system and of the nodes.
var leaseFolders = []byte("/leases/kube-")

// explain says why a backup cannot be opened, or that it is none.
func explain(b *etcdsource.Backup, format string, err error) {
	b.Problem = reason(err)
	name := filepath.Base(b.Path)
	switch {
	case snapfile.Damaged(err) || b.Bytes == 0 || meant(name) && strings.Contains(b.Problem, "zeros only"):
		b.Verdict = etcdsource.BackupDamaged
	case format == "" && b.Format == string(archive.Etcd):
		b.Format, b.Foreign = "", !meant(name)
	case b.Format == string(archive.K0s) && !named.MatchString(name) && strings.Contains(b.Problem, "holds no etcd snapshot"):
		b.Format, b.Foreign = "", true // an archive of something else
	}
}

// newest is the newest time that changes name, of those that can have been when the file was there: an object may say any time.
func (s *Shelf) newest(list []snapfile.Sampled, file time.Time) (at time.Time) {
	if s.Written == nil {
		return at
	}
	for _, r := range list {
		if t := s.Written(r.Key, r.Value); t.After(at) && t.Before(file.Add(clocks)) {
			at = t
		}
	}
	return at
}

// clocks is how far the clocks of a cluster may be ahead of that of this machine.
const clocks = 10 * time.Minute

// datedBy takes the newest sign of life in a backup for the time when it was made. One that lies after the file's last
// change is of a clock that is wrong.
func datedBy(b *etcdsource.Backup, at time.Time) {
	if !at.IsZero() && at.Before(b.Modified.Add(clocks)) {
		b.Time, b.TimeFrom = at, fromContent
	}
}
