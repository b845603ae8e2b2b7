package snapfile

import (
	"context"
	"errors"
	"hash/maphash"
	"slices"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"

	"github.com/etcdscope/etcdscope/etcdsource/wal"
)

// begins are the first places of a log that is not replayed from a state on which all copies agree: right before an entry that wrote
// one of the oldest records which the database holds with its time, the earliest first. Which entry made which revision is found by what
// it wrote.
func (s *Source) begins(ctx context.Context, list []wal.Segment, rev int64) (out []base, err error) {
	first, err := s.firstWritten(ctx, list)
	if err != nil || len(first) == 0 {
		return nil, err
	}
	err = s.mapping.read(func([]byte) error {
		for rec := s.idx.Before(max(s.db.compacted, 1)); int(rec) < s.idx.Records() && s.idx.Main(rec) <= rev && len(out) < maxBases; rec++ {
			_, v := s.element(s.idx.Ref(rec))
			kv := parseRecord(v)
			// Its write is the one that follows the base.
			if index := first[written(kv.key, kv.value)]; index > 1 {
				out = append(out, base{index: index - 1, revision: s.idx.Main(rec) - 1, own: true})
			}
		}
		return nil
	})
	return out, err
}

// seed is that of the sums below.
var seed = maphash.MakeSeed()

// written is a checksum of a key and its value.
func written(key, value []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	_, _ = h.Write(key)
	_ = h.WriteByte(0)
	_, _ = h.Write(value)
	return h.Sum64()
}

// maxWritten is how many entries of a log are remembered.
const maxWritten = 1 << 20

// firstWritten are the indices of the entries that the database includes, by the checksum of each key and value that they write; 0 for
// one that is written more than once.
func (s *Source) firstWritten(ctx context.Context, list []wal.Segment) (map[uint64]uint64, error) {
	out := map[uint64]uint64{}
	err := wal.Read(ctx, s.db.walDir, list, func(r wal.Record) error {
		if r.Entry == nil || r.Entry.GetIndex() > s.db.applied || len(out) >= maxWritten {
			return nil
		}
		for _, p := range puts(r.Entry) {
			sum := written(p.GetKey(), p.GetValue())
			if old, again := out[sum]; again && old != r.Entry.GetIndex() {
				out[sum] = 0
				continue
			}
			out[sum] = r.Entry.GetIndex()
		}
		return nil
	})
	var damage *wal.DamageError
	if errors.As(err, &damage) {
		err = nil // what comes before it counts
	}
	return out, err
}

// puts are the writes of an entry, those of transactions too.
func puts(e *raftpb.Entry) (out []*etcdserverpb.PutRequest) {
	r := &etcdserverpb.InternalRaftRequest{}
	if e.GetType() != raftpb.EntryNormal || len(e.GetData()) == 0 || proto.Unmarshal(e.GetData(), r) != nil {
		return nil
	}
	if r.Put != nil {
		out = append(out, r.Put)
	}
	return append(out, putsIn(r.GetTxn())...)
}

func putsIn(t *etcdserverpb.TxnRequest) (out []*etcdserverpb.PutRequest) {
	for _, op := range slices.Concat(t.GetSuccess(), t.GetFailure()) {
		if p := op.GetRequestPut(); p != nil {
			out = append(out, p)
		}
		out = append(out, putsIn(op.GetRequestTxn())...)
	}
	return out
}

// takesOver reports whether an entry writes one of the keys in question with the value or the lease that it had before.
func (r *relog) takesOver(entries []*raftpb.Entry) bool {
	return slices.ContainsFunc(entries, func(e *raftpb.Entry) bool {
		return slices.ContainsFunc(puts(e), func(p *etcdserverpb.PutRequest) bool {
			return (p.GetIgnoreValue() || p.GetIgnoreLease()) && r.isAsked(p.GetKey())
		})
	})
}
