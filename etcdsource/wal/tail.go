package wal

import (
	"context"
	"math"

	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/encoding/protowire"
)

// Tail is what a log holds beyond what was applied to the member's database.
type Tail struct {
	Entries     int64 // committed entries that the database does not include
	Writes      int64 // of these, those that ask for a change of keys
	Gone        int64 // of these, those that the log does not hold any more
	Uncommitted int64 // entries behind these: another leader may have replaced them
	Short       int64 // entries that the database includes and that lie behind the end of the log: it was cut, or is another's
}

// Beyond reads what lies behind the entry that was applied last. alone says that the member is its cluster's only voter:
// then what it wrote down is agreed on. A *DamageError comes with the Tail before the damage, which is the least that
// there is.
func Beyond(ctx context.Context, dir string, list []Segment, applied uint64, alone bool) (Tail, error) {
	t, _, err := committed(ctx, dir, list, beyond{applied: applied, commit: applied}, alone)
	return t, err
}

// maxKept is how much of the entries is held at once, in bytes: a log that etcd has not purged is of this order.
const maxKept = 256 << 20

// Committed is Beyond, and returns the committed entries that follow the one that was applied last, in order and without
// a gap. Where they take more than 256 MiB, or the log does not hold all of them, it returns the first ones: Tail says
// how many there are.
func Committed(ctx context.Context, dir string, list []Segment, applied uint64, alone bool) (Tail, []*raftpb.Entry, error) {
	return committed(ctx, dir, list, beyond{applied: applied, commit: applied, room: maxKept}, alone)
}

// CommittedFrom is Committed for the entries behind any one, which the database may include: those up to applied are
// committed.
func CommittedFrom(ctx context.Context, dir string, list []Segment, behind, applied uint64, alone bool) (Tail, []*raftpb.Entry, error) {
	return committed(ctx, dir, list, beyond{applied: behind, commit: max(behind, applied), room: maxKept}, alone)
}

func committed(ctx context.Context, dir string, list []Segment, b beyond, alone bool) (Tail, []*raftpb.Entry, error) {
	b.next = b.applied + 1
	if n := len(list); n > 0 {
		b.last = max(list[n-1].First, 1) - 1 // what its name says
	}
	err := Read(ctx, dir, from(list, b.applied+1), b.record)
	t := b.tail(alone)
	if err != nil {
		t.Gone, t.Short = 0, 0 // they lie behind the damage
	}
	return t, b.entries(), err
}

// entries returns the committed entries that are held, up to the first that is not.
func (b *beyond) entries() []*raftpb.Entry {
	if len(b.runs) == 0 || b.runs[0].first != b.applied+1 {
		return nil
	}
	list := b.runs[0].kept
	return list[:min(uint64(len(list)), b.commit-b.applied)]
}

// tail adds up what was gathered.
func (b *beyond) tail(alone bool) Tail {
	last := b.next - 1
	if alone && !b.members {
		b.commit = max(b.commit, last)
	}
	t := Tail{Entries: int64(min(b.commit-b.applied, math.MaxInt64)), Uncommitted: int64(last - min(last, b.commit))}
	held := int64(0)
	for _, run := range b.runs {
		for i, write := range run.writes {
			if run.first+uint64(i) > b.commit {
				break
			}
			if held++; write {
				t.Writes++
			}
		}
	}
	t.Gone = t.Entries - held
	t.Short = int64(min(b.applied-min(b.applied, b.last), math.MaxInt64))
	return t
}

// beyond gathers the entries that count.
type beyond struct {
	applied, commit uint64
	next            uint64 // index of the entry that should follow
	last            uint64 // index of the last entry that the log holds, or has held
	runs            []run
	members         bool // an entry changes who votes
	room            int  // bytes of entries that may still be kept
}

// run is a part of the log without a gap.
type run struct {
	first  uint64
	writes []bool          // for each entry, whether it asks for a change of keys
	kept   []*raftpb.Entry // the first of them
}

func (b *beyond) record(r Record) error {
	switch {
	case r.State != nil:
		b.commit = max(b.commit, r.State.GetCommit())
		b.last = max(b.last, r.State.GetCommit())
	case r.Snapshot != nil:
		b.commit = max(b.commit, r.Snapshot.GetIndex())
		b.last = max(b.last, r.Snapshot.GetIndex())
	case r.Entry != nil:
		b.last = max(b.last, r.Entry.GetIndex())
		if r.Entry.GetIndex() > b.applied {
			b.entry(r.Entry)
		}
	}
	return nil
}

// entry adds an entry, in the place of those that had its index and those behind it.
func (b *beyond) entry(e *raftpb.Entry) {
	index := e.GetIndex()
	for n := len(b.runs); n > 0 && index < b.next; n-- {
		r := &b.runs[n-1]
		if index > r.first {
			r.writes = r.writes[:min(index-r.first, uint64(len(r.writes)))]
			r.kept = r.kept[:min(len(r.kept), len(r.writes))]
			break
		}
		b.runs = b.runs[:n-1]
	}
	if n := len(b.runs); n == 0 || b.runs[n-1].first+uint64(len(b.runs[n-1].writes)) != index {
		b.runs = append(b.runs, run{first: index})
	}
	last := &b.runs[len(b.runs)-1]
	b.members = b.members || e.GetType() != raftpb.EntryNormal
	if b.room -= len(e.GetData()); b.room > 0 && len(last.kept) == len(last.writes) {
		last.kept = append(last.kept, e)
	}
	last.writes = append(last.writes, Writes(e))
	b.next = index + 1
}

// Fields of etcd's InternalRaftRequest.
const (
	fieldV2          = 2 // a request of the old store, until 3.5
	fieldPut         = 4
	fieldDeleteRange = 5
	fieldTxn         = 6
	fieldLeaseRevoke = 9
)

// Writes reports whether an entry asks for a change of keys.
func Writes(e *raftpb.Entry) bool {
	return e.GetType() == raftpb.EntryNormal && asksForWrite(e.GetData())
}

// asksForWrite reports whether a request may change keys. A transaction whose condition fails changes none.
func asksForWrite(request []byte) (yes bool) {
	for len(request) > 0 {
		num, typ, n := protowire.ConsumeField(request)
		if n < 0 {
			return false
		}
		if typ == protowire.BytesType {
			switch num {
			case fieldV2:
				return false
			case fieldPut, fieldDeleteRange, fieldTxn, fieldLeaseRevoke:
				yes = true
			}
		}
		request = request[n:]
	}
	return yes
}
