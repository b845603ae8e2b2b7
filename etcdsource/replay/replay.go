package replay

import (
	"context"
	"errors"
	"fmt"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// ErrAuth says that authentication is on, or is turned on by the log: which writes were refused is not known.
var ErrAuth = errors.New("authentication is on, so which of its writes etcd refused is not known")

// Alarm is an alarm that a member raised.
type Alarm struct {
	Member uint64
	Type   etcdserverpb.AlarmType
}

// State is what a database holds beside its keys, and what it holds after a Run.
type State struct {
	Revision  int64           // newest, at least 1
	Compacted int64           // 0: never
	Leases    map[int64]int64 // seconds to live, by ID, at least 1
	Alarms    map[Alarm]bool
	Auth      bool // authentication is on
	// NoReads says that the member is older than etcd 3.7: when it replays, it leaves out the reads in transactions, also
	// those of a compacted revision that would refuse the whole (removeNeedlessRangeReqs in etcdserver/server.go).
	NoReads bool
}

// Record is the newest version of a key.
type Record struct {
	Key, Value                  []byte
	Create, Mod, Version, Lease int64
}

// Change is a key that a request wrote or deleted. Of a deletion, Record holds the key and nothing else.
type Change struct {
	Main, Sub int64
	Deleted   bool
	Record
}

// Log is a part of a log, ready to be applied.
type Log struct {
	State
	entries  int // in all
	requests []queued
	needs    needs
	live     live
	raised   map[etcdserverpb.AlarmType]int // how many members have raised each alarm
	compared int                            // keys that conditions have looked at
	most     int                            // of these
	changes  []Change                       // of the request that is applied
}

// queued is a request that can change something, and how many entries come before it.
type queued struct {
	*etcdserverpb.InternalRaftRequest
	before int
}

// New makes a Log of committed entries, in order. What is no request to the key-value store is left out. Errors name the
// entry that cannot be decoded, or are ErrAuth.
func New(entries []*raftpb.Entry, s State) (*Log, error) {
	l := &Log{State: s, live: newLive(), needs: newNeeds(), raised: map[etcdserverpb.AlarmType]int{}, entries: len(entries), most: maxCompared}
	for a := range s.Alarms {
		l.raised[a.Type]++
	}
	for i, e := range entries {
		if e.GetType() != raftpb.EntryNormal || len(e.GetData()) == 0 {
			continue
		}
		r := &etcdserverpb.InternalRaftRequest{}
		if err := proto.Unmarshal(e.GetData(), r); err != nil {
			if isV2(e.GetData()) {
				continue
			}
			return nil, fmt.Errorf("WAL entry %d cannot be decoded", e.GetIndex())
		}
		if s.Auth || r.AuthEnable != nil {
			return nil, ErrAuth
		}
		if changes(r) {
			l.requests = append(l.requests, queued{r, i})
			l.needs.add(r)
		}
	}
	l.needs.merge()
	return l, nil
}

// isV2 reports whether data that is no request is one to the store of etcd 2, as members until 3.5 wrote for their
// attributes: its second field is the method.
func isV2(data []byte) bool {
	for len(data) > 0 {
		num, typ, n := protowire.ConsumeField(data)
		switch {
		case n < 0:
			return false
		case num == 2 && typ == protowire.BytesType:
			return true
		}
		data = data[n:]
	}
	return false
}

// changes reports whether a request can change what this package keeps.
func changes(r *etcdserverpb.InternalRaftRequest) bool {
	return r.Put != nil || r.DeleteRange != nil || r.Txn != nil || r.Compaction != nil || r.LeaseGrant != nil || r.LeaseRevoke != nil || r.Alarm != nil
}

// Len returns the number of requests that can change something.
func (l *Log) Len() int { return len(l.requests) }

// Needs reports whether the version of a key, written under the lease, must be loaded. Once it was for one version of a
// key, it is for all that follow.
func (l *Log) Needs(key []byte, lease int64) bool {
	if _, ok := l.live.versions[string(key)]; ok {
		return true
	}
	return l.needs.has(key, lease)
}

// Load takes a version that the database holds; deleted says that it ends the key. Versions come in order of time.
func (l *Log) Load(v Record, deleted bool) {
	if deleted {
		l.live.set(string(v.Key), nil)
		return
	}
	l.live.set(string(v.Key), &v)
}

// Run applies the requests and calls emit with the changes of each, in order. It returns how many of the entries were
// applied. Errors are those of emit, the context's, or ErrWork, which leaves out the request that it was met in, and all
// behind it.
func (l *Log) Run(ctx context.Context, emit func(Change) error) (applied int, err error) {
	for _, r := range l.requests {
		if err := ctx.Err(); err != nil {
			return r.before, err
		}
		l.changes = l.changes[:0]
		l.apply(r.InternalRaftRequest)
		if l.compared > l.most {
			return r.before, ErrWork
		}
		if len(l.changes) > 0 {
			l.Revision++
		}
		for _, c := range l.changes {
			if err := emit(c); err != nil {
				return r.before, err
			}
		}
	}
	return l.entries, nil
}

// apply applies a request under the alarms that are raised. The request that exceeds the quota is applied still: etcd
// raises the alarm by an entry behind it.
func (l *Log) apply(r *etcdserverpb.InternalRaftRequest) {
	full, corrupt := l.raised[etcdserverpb.AlarmType_NOSPACE] > 0, l.raised[etcdserverpb.AlarmType_CORRUPT] > 0
	switch {
	case r.Alarm != nil:
		l.alarm(r.Alarm)
	case corrupt:
	case r.Put != nil:
		if !full {
			l.put(r.Put)
		}
	case r.DeleteRange != nil:
		l.deleteRange(r.DeleteRange.GetKey(), r.DeleteRange.GetRangeEnd())
	case r.Txn != nil:
		if !full || !writes(r.Txn) {
			l.txn(r.Txn)
		}
	case r.Compaction != nil:
		if rev := r.Compaction.GetRevision(); rev > l.Compacted && rev <= l.Revision {
			l.Compacted = rev
		}
	case r.LeaseGrant != nil:
		if !full {
			l.grant(r.LeaseGrant)
		}
	case r.LeaseRevoke != nil:
		l.revoke(r.LeaseRevoke.GetID())
	}
}

func (l *Log) alarm(r *etcdserverpb.AlarmRequest) {
	a := Alarm{r.GetMemberID(), r.GetAlarm()}
	switch {
	case r.GetAction() == etcdserverpb.AlarmRequest_DEACTIVATE && l.Alarms[a]:
		delete(l.Alarms, a)
		l.raised[a.Type]--
	case r.GetAction() == etcdserverpb.AlarmRequest_ACTIVATE && a.Type != etcdserverpb.AlarmType_NONE && !l.Alarms[a]:
		l.Alarms[a] = true
		l.raised[a.Type]++
	}
}

// maxTTL is the longest time that a lease may be asked for, in seconds: lease.MaxLeaseTTL.
const maxTTL = 9_000_000_000

func (l *Log) grant(r *etcdserverpb.LeaseGrantRequest) {
	if id := r.GetID(); id != 0 && r.GetTTL() <= maxTTL && l.Leases[id] == 0 {
		l.Leases[id] = max(1, r.GetTTL())
	}
}

// revoke deletes the keys of a lease, in order of their names.
func (l *Log) revoke(id int64) {
	if l.Leases[id] == 0 {
		return
	}
	delete(l.Leases, id)
	for _, key := range l.live.of(id) {
		l.delete(key)
	}
}

// put writes a key, if its lease exists and what it takes over from the version before does.
func (l *Log) put(r *etcdserverpb.PutRequest) {
	if l.refuses(r) {
		return
	}
	old := l.live.get(r.GetKey())
	v := &Record{Key: r.GetKey(), Value: r.GetValue(), Lease: r.GetLease(), Create: l.Revision + 1, Mod: l.Revision + 1, Version: 1}
	if old != nil {
		v.Create, v.Version = old.Create, old.Version+1
		if r.GetIgnoreValue() {
			v.Value = old.Value
		}
		if r.GetIgnoreLease() {
			v.Lease = old.Lease
		}
	}
	l.live.set(string(v.Key), v)
	l.changes = append(l.changes, Change{Main: v.Mod, Sub: int64(len(l.changes)), Record: *v})
}

func (l *Log) refuses(r *etcdserverpb.PutRequest) bool {
	return r.GetLease() != 0 && l.Leases[r.GetLease()] == 0 || (r.GetIgnoreValue() || r.GetIgnoreLease()) && l.live.get(r.GetKey()) == nil
}

// deleteRange deletes one key or those of a range, in order of their names.
func (l *Log) deleteRange(key, end []byte) {
	for _, k := range l.live.within(key, end) {
		l.delete(k)
	}
}

func (l *Log) delete(key string) {
	l.live.set(key, nil)
	l.changes = append(l.changes, Change{Main: l.Revision + 1, Sub: int64(len(l.changes)), Deleted: true, Record: Record{Key: []byte(key)}})
}
