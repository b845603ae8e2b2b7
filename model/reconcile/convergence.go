package reconcile

import (
	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// VersionStatus is the convergence of one version of an object.
type VersionStatus struct {
	Revision int64
	Type     etcdsource.Type
	Status   Status // what Assess says; its Weight is 0 also where Assess says nothing
}

// VersionStatusOf assesses a version; o is nil where it was deleted.
func VersionStatusOf(rev int64, typ etcdsource.Type, o *decode.Object) VersionStatus {
	s, _ := Assess(o)
	if s.Restarts != (Restarts{}) { // whether they go on is not for one version to say
		s.Weight, s.Why, s.Restarts = 0, nil, Restarts{}
	}
	return VersionStatus{rev, typ, s}
}

// Course is what an object's versions say about one of them.
type Course struct {
	// Status is that of the version. Its Since is when the time began in which it had not converged; where it has, that
	// is the last such time, of revision 0 where none is known.
	Status
	// End is the revision at which it had converged again, 0 where that is not known or did not happen.
	End int64
}

// Follow returns the course of an object at one of its versions, which are those of one key without a gap, the newest
// first; ok is false where that version is not among them. Times are left to the caller.
func Follow(versions []VersionStatus, rev int64) (c Course, ok bool) {
	at := 0
	for at < len(versions) && versions[at].Revision > rev {
		at++
	}
	if at == len(versions) || versions[at].Revision != rev || versions[at].Type == etcdsource.Deleted {
		return c, false
	}
	c.Status = versions[at].Status
	c.Since = Since{}
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
