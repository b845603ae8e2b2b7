package health

import (
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Size is how large a database was at a time.
type Size struct {
	Time  time.Time
	Bytes int64
	Free  int64 // of Bytes, pages that hold nothing; 0 where that is not known
}

// SizeOf is how large a database is now, as its server says.
func SizeOf(info *etcdsource.Info, now time.Time) Size {
	s := Size{Time: now, Bytes: info.DBSize}
	if info.DBInUse >= 0 {
		s.Free = max(info.DBSize-info.DBInUse, 0)
	}
	return s
}

// Full is when a database reaches its quota, if it goes on growing as it did.
type Full struct {
	Days  float64 // from the newest size on
	Over  time.Duration
	Bytes int64 // that it grew in that time
}

const (
	leastGrowth = 10 * time.Minute // that growth must have been seen for
	freedGrowth = time.Hour        // the same, where most of what was written went into free pages: they are freed every few minutes
	mostDays    = 3650             // beyond that nobody cares
)

// Fill says when a database is full, nil where no growth was seen for long enough. What was before it became smaller does
// not count: it was defragmented then. Sizes may come in any order. While free pages are filled, the database does not grow.
func Fill(sizes []Size, quota int64) *Full {
	sizes = slices.Clone(sizes)
	slices.SortStableFunc(sizes, func(a, b Size) int { return a.Time.Compare(b.Time) })
	n := len(sizes)
	if n < 2 || quota <= 0 {
		return nil
	}
	from, last := n-1, sizes[n-1]
	for from > 0 && sizes[from-1].Bytes <= sizes[from].Bytes {
		from--
	}
	f := &Full{Over: last.Time.Sub(sizes[from].Time), Bytes: last.Bytes - sizes[from].Bytes}
	if f.Over < leastGrowth || f.Bytes <= 0 || last.Bytes >= quota {
		return nil
	}
	filled := int64(0)
	for i := from + 1; i < n; i++ {
		filled += max(sizes[i-1].Free-sizes[i].Free, 0)
	}
	if filled > f.Bytes/2 && f.Over < freedGrowth {
		return nil
	}
	if f.Days = float64(quota-last.Bytes) / float64(f.Bytes) * f.Over.Hours() / 24; f.Days > mostDays {
		return nil
	}
	return f
}

// SizesOf are the sizes of a cluster's database that its backups show: those that lie unpacked as etcd wrote them, and say
// themselves when that was. cluster is the uid of the namespace kube-system, "" where it is not known.
func SizesOf(backups []etcdsource.Backup, cluster string) (out []Size) {
	for i := range backups {
		b := &backups[i]
		switch {
		case b.Foreign || b.Problem != "" || b.Format != "etcd" && b.Format != "k3s" || b.Revision <= 0 || b.Keys == 0:
		case b.TimeFrom == etcdsource.BackupModified || b.Time.IsZero():
		case cluster != "" && b.Cluster != "" && b.Cluster != cluster:
		default:
			out = append(out, Size{Time: b.Time, Bytes: b.Bytes})
		}
	}
	return out
}

// Size is the largest database of the members, and the smallest quota; 0 for what is not known.
func (r *Report) Size() (size Size, quota int64) {
	size.Time = r.Time
	for i := range r.Rows {
		s := &r.Rows[i].Status
		if s.DBSize > size.Bytes {
			size.Bytes = s.DBSize
			_, size.Free = r.Rows[i].Free()
		}
		if s.Quota > 0 && (quota == 0 || s.Quota < quota) {
			quota = s.Quota
		}
	}
	return size, quota
}
