package reconcile

import (
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// VersionStatus is the convergence of one version of an object.
type VersionStatus struct {
	Revision int64
	Type     etcdsource.Type
	Status   Status // what Assess says; its Weight is 0 also where Assess says nothing
	restarts int64  // of a pod's containers
}

// VersionStatusOf assesses a version; o is nil where it was deleted.
func VersionStatusOf(rev int64, typ etcdsource.Type, o *decode.Object) VersionStatus {
	l := lookAt(o)
	return VersionStatus{rev, typ, l.status, l.restarts}
}

// Course is what an object's versions say about one of them.
type Course struct {
	// Status is that of the version. Its Since is when the time began in which it had not converged; where it has, that
	// is the last such time, of revision 0 where none is known.
	Status
	// End is the revision at which it had converged again, 0 where that is not known or did not happen.
	End int64
}

// Times date what Follow looks at; the zero time is: not known.
type Times struct {
	Of  func(rev int64) time.Time // of a version
	Now time.Time                 // for which the newest version is asked
}

// Follow returns the course of an object at one of its versions, which are those of one key without a gap, the newest
// first; ok is false where that version is not among them. Restarts go on, and end, as they do for a Tracker. The times of the
// result are left to the caller.
func Follow(versions []VersionStatus, rev int64, times Times) (c Course, ok bool) {
	at := 0
	for at < len(versions) && versions[at].Revision > rev {
		at++
	}
	if at == len(versions) || versions[at].Revision != rev || versions[at].Type == etcdsource.Deleted {
		return c, false
	}
	versions = withRestarts(versions, times.Of)
	until := times.Now
	if at > 0 {
		until = times.Of(versions[at-1].Revision)
	}
	c.Status = versions[at].Status
	c.Since = Since{}
	if c.over(until) {
		c.Weight = 0
		return c, true
	}
	last := at // the last version that had not converged
	if c.Weight == 0 {
		if last = olderWaiting(versions, at); last < 0 {
			return c, true
		}
	}
	for i := last - 1; i >= 0 && versions[i].Type == etcdsource.Updated; i-- {
		if versions[i].Status.Weight == 0 {
			c.End = versions[i].Revision
			break
		}
	}
	first := last
	for versions[first].Type != etcdsource.Created && first+1 < len(versions) && versions[first+1].Status.Weight > 0 {
		first++
	}
	c.Since = Since{Revision: versions[first].Revision, AtLeast: versions[first].Type != etcdsource.Created && first+1 == len(versions)}
	return c, true
}

// withRestarts are the versions, each with what those before it say of restarts that go on or have ended.
func withRestarts(versions []VersionStatus, when func(int64) time.Time) []VersionStatus {
	if !slices.ContainsFunc(versions, func(v VersionStatus) bool { return v.restarts > 0 }) {
		return versions
	}
	versions = slices.Clone(versions)
	var x series
	before := int64(-1) // of the version before, which the oldest one has none of
	for i := len(versions) - 1; i >= 0; i-- {
		v := &versions[i]
		if v.Type == etcdsource.Deleted {
			x, before = series{}, -1
			continue
		}
		at := when(v.Revision)
		if before >= 0 && v.restarts > before {
			x.seen, x.last = x.seen+1, at
		}
		v.Status, before = x.judge(v.Status, v.restarts, at), v.restarts
	}
	return versions
}

// olderWaiting returns the newest version of the same life that is older than one and had not converged, -1 where
// there is none.
func olderWaiting(versions []VersionStatus, at int) int {
	for i := at; i < len(versions); i++ {
		switch {
		case versions[i].Status.Weight > 0:
			return i
		case versions[i].Type == etcdsource.Created:
			return -1
		}
	}
	return -1
}
