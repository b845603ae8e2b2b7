package snapfile

import (
	"context"
	"hash"
	"hash/crc32"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

var _ etcdsource.Replicated = (*Source)(nil)

// Replicas returns the one copy that a file is.
func (s *Source) Replicas(context.Context) ([]etcdsource.Replica, error) {
	return []etcdsource.Replica{replica{s}}, nil
}

// replica is a file as one copy among others.
type replica struct{ *Source }

// State implements etcdsource.Replica.
func (r replica) State(context.Context) etcdsource.ReplicaState {
	st := etcdsource.ReplicaState{Name: r.path, Address: r.path, Size: r.db.bytes, Revision: r.db.head, Compacted: r.db.compacted}
	switch {
	case r.db.partial:
		st.Fault = "delta snapshots hold changes only, not all keys; give the folder with their full snapshot"
	case r.db.broken != "":
		st.Fault = "the database is damaged: " + r.db.broken
	}
	return st
}

// List implements etcdsource.Replica.
func (r replica) List(ctx context.Context, span etcdsource.Span, rev int64, f func([]etcdsource.Entry) error) error {
	for span.Values = false; ; {
		p, err := r.Page(ctx, span, rev)
		if err == nil && len(p.Entries) > 0 {
			err = f(p.Entries)
		}
		if err != nil || !p.More {
			return err
		}
		span = span.After(p.Entries[len(p.Entries)-1].Key)
	}
}

// Page implements etcdsource.Replica.
func (r replica) Page(ctx context.Context, span etcdsource.Span, rev int64) (etcdsource.Page, error) {
	return r.Range(ctx, span, etcdsource.At{Revision: rev})
}

// Ping implements etcdsource.Replica.
func (replica) Ping(context.Context) (time.Duration, error) { return 0, nil }

// Close implements etcdsource.Replica: the source stays open.
func (replica) Close() error { return nil }

// HashKV computes what etcd's HashKV, and etcdutl hashkv, compute of the same database (server/storage/mvcc/hash.go): the
// name of the bucket, then key and value of each record up to the revision. Of records up to the compaction only those
// count that a key has at the revision (where no key has any, all that are there); a deletion right at the compaction does
// not, which etcd 3.5.15 and older ones drop.
func (r replica) HashKV(ctx context.Context, rev, compacted int64) (etcdsource.Scan, error) {
	s := r.Source
	if st := r.State(ctx); st.Fault != "" {
		return etcdsource.Scan{}, problem(s.path, st.Fault, "", nil)
	}
	if compacted = max(compacted, s.db.compacted); rev <= 0 {
		rev = s.db.head
	}
	switch {
	case rev > s.db.head:
		return etcdsource.Scan{}, &etcdsource.FutureError{Revision: rev, Current: s.db.head}
	case rev < compacted:
		return etcdsource.Scan{}, &etcdsource.CompactedError{Revision: rev, Compacted: compacted}
	}
	h := &hasher{s: s, ctx: ctx, sum: crc32.New(crc32.MakeTable(crc32.Castagnoli)), rev: rev, compacted: compacted}
	h.sum.Write([]byte("key"))
	err := s.mapping.read(h.all)
	return etcdsource.Scan{KVHash: etcdsource.KVHash{Hash: h.sum.Sum32(), Revision: rev, Compacted: compacted}}, err
}

// hasher is one pass over the records, in order of time.
type hasher struct {
	s              *Source
	ctx            context.Context
	sum            hash.Hash32
	rev, compacted int64
	live           marks // records that a key has at the revision
	any            bool  // there are such
	empty          int64 // revision of the last record without content, 0 for none
	records, seen  uint32
}

// all hashes the records in the file, then those that follow it.
func (h *hasher) all(data []byte) error {
	x := h.s.idx
	h.live = make(marks, x.Records()/64+1)
	for rec := range x.LiveRecords(h.rev) {
		h.live.set(rec)
		h.any = true
	}
	for _, main := range h.s.empty { // to etcd they are versions of a key without a name
		if main <= h.rev {
			h.empty, h.any = max(h.empty, main), true
		}
	}
	if !h.any && h.compacted > h.s.db.compacted { // what the compaction would have left in the database
		for rec := range x.LiveRecords(h.compacted) {
			h.live.set(rec)
		}
		h.any = true
	}
	t, list, err := openTree(data)
	if err != nil {
		return err
	}
	if key, ok := find(list, "key"); ok {
		if err := t.each(key, h.element); err != nil {
			return err
		}
	}
	for behind := h.s.behind(); int(h.records) < x.Records(); {
		if ref := x.Ref(h.records); int(ref) >= behind {
			k, v := h.s.element(ref)
			if err := h.element(k, v); err != nil {
				return err
			}
			continue
		}
		return &damage{page: noPage, why: "its records are not those that were read"}
	}
	return h.ctx.Err()
}

// element hashes a record.
func (h *hasher) element(k, v []byte) error {
	if h.seen++; h.seen%4096 == 0 && h.ctx.Err() != nil {
		return h.ctx.Err()
	}
	main, _, dead, _ := revision(k)
	kept := main == h.empty
	if len(v) > 0 {
		if int(h.records) >= h.s.idx.Records() {
			return &damage{page: noPage, why: "it holds more records than were read"}
		}
		kept = h.live.has(h.records)
		h.records++
	}
	switch {
	case main > h.rev:
	case main <= h.compacted && h.any && !kept:
	case main == h.compacted && dead:
	default:
		h.sum.Write(k)
		h.sum.Write(v)
	}
	return nil
}

// marks is a set of record numbers.
type marks []uint64

func (m marks) set(rec uint32) { m[rec/64] |= 1 << (rec % 64) }

func (m marks) has(rec uint32) bool { return m[rec/64]&(1<<(rec%64)) != 0 }
