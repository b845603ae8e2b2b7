package rules

import (
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// The writes that come from no request: the API server's own keys, and keys whose etcd lease expired.

var apiServerKey = Rule{
	Name: "apiServerKey",
	Before: []Before{
		{"etcdLeaseExpired", "an own key that goes with other expired ones is deleted by nobody else, and is no API object"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if !c.Memory.IsOwnKey(string(c.Key)) {
			return Finding{}, false
		}
		if c.Type == etcdsource.Deleted {
			if l := c.Memory.Objects.EtcdLease(string(c.Key)); l != 0 {
				return by(Likely, evidence.Etcd, "", "the key was attached to etcd lease %x, which expired; nothing else deletes it", l)
			}
		}
		return by(Certain, evidence.APIServer, "", "one of the API server's own keys, no API object")
	},
}

// foreignKey is for keys of others than Kubernetes: no value of theirs says who wrote it.
var foreignKey = Rule{
	Name: "foreignKey",
	Judge: func(c *Case) (Finding, bool) {
		if c.Ref.Name != "" && (c.Ref.Kind != "" || c.Cur == nil && c.Prev == nil) || mayBeObject(c.Prev) || mayBeObject(c.Cur) {
			return Finding{}, false
		}
		if c.Type == etcdsource.Deleted {
			return unknown("nothing is stored about who deleted this: it was no Kubernetes object")
		}
		return unknown(nothingStored + ": it is no Kubernetes object")
	},
}

// mayBeObject reports whether a version is an object of Kubernetes, or may be one that cannot be read.
func mayBeObject(v *evidence.Version) bool {
	return v != nil && (v.IsKubernetes() || v.Encryption.Provider != "")
}

// expiry is how long an API server keeps Events by default at least, before their etcd lease expires.
const expiry = 30 * time.Minute

var etcdLeaseExpired = Rule{
	Name: "etcdLeaseExpired",
	Before: []Before{
		{"severalObjectsInRevision", "etcd deletes all keys of an expired lease in one revision, without any request"},
	},
	Judge: func(c *Case) (Finding, bool) {
		l := c.Memory.Objects.EtcdLease(string(c.Key))
		if c.Type != etcdsource.Deleted || l == 0 {
			return Finding{}, false
		}
		if c.Objects > 1 && c.Expired {
			return by(Certain, evidence.Etcd, "", "etcd lease %x expired: %d keys were deleted in one revision", l, c.Objects)
		}
		if c.Objects > 1 || c.terminating() != nil || c.Prev == nil || c.Date.Time.IsZero() {
			return Finding{}, false
		}
		if newest := evidence.Newest(c.Prev.Entries); c.Prev.Kind == "Event" && newest != nil && c.Date.Lo.Sub(newest.Time) > expiry {
			return by(Likely, evidence.Etcd, "", "the key was attached to etcd lease %x and was written %s before", l, c.Date.Lo.Sub(newest.Time).Round(time.Minute))
		}
		return Finding{}, false
	},
}
