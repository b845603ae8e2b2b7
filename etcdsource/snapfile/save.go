package snapfile

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"go.etcd.io/bbolt"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/server/v3/lease/leasepb"
	"google.golang.org/protobuf/proto"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/replay"
)

var _ etcdsource.Saver = (*Source)(nil)

// ending is where a replay ended.
type ending struct {
	replay.State
	index, term uint64 // of the last entry
}

// Save writes what is shown as a snapshot: the database with what was replayed of the WAL, or with the delta snapshots that
// follow it, and a sha256 at its end. The database itself is not changed: where there is something to add, a copy of it is written to the
// folder for temporary files first.
func (s *Source) Save(ctx context.Context, w io.Writer, progress func(done, total int64)) (etcdsource.Saved, error) {
	out := &summed{ctx: ctx, w: w, sum: sha256.New(), progress: func(done, total int64) { progress(done, total+trailerSize) }}
	write := s.copyTo
	if len(s.replayed) > 0 || s.ending != nil {
		write = s.rewriteTo
	}
	if err := write(out); err != nil {
		return etcdsource.Saved{}, err
	}
	if _, err := w.Write(out.sum.Sum(nil)); err != nil {
		return etcdsource.Saved{}, err
	}
	return etcdsource.Saved{Bytes: out.done + trailerSize, Version: s.db.version}, nil
}

// summed is what a database is written to.
type summed struct {
	ctx         context.Context
	w           io.Writer
	sum         hash.Hash // nil for none
	progress    func(done, total int64)
	done, total int64
}

func (o *summed) Write(b []byte) (int, error) {
	if err := o.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := o.w.Write(b)
	if o.sum != nil {
		o.sum.Write(b[:n])
	}
	o.done += int64(n)
	o.progress(o.done, o.total)
	return n, err
}

// copyTo writes the database as it is.
func (s *Source) copyTo(out *summed) error {
	out.total = s.db.bytes
	_, err := io.CopyBuffer(struct{ io.Writer }{out}, io.NewSectionReader(s.file, 0, s.db.bytes), make([]byte, hashStep))
	return err
}

// rewriteTo writes the database with what was replayed.
func (s *Source) rewriteTo(out *summed) error {
	tmp, err := unnamed(s.tempDir)
	if err != nil {
		return s.temporary(err)
	}
	defer tmp.Close()
	db, err := s.rewritten(out.ctx, tmp)
	if db != nil {
		defer db.Close()
	}
	switch {
	case out.ctx.Err() != nil:
		return out.ctx.Err()
	case err != nil:
		return s.temporary(err)
	}
	return db.View(func(tx *bbolt.Tx) error {
		out.total = tx.Size()
		_, err := tx.WriteTo(out)
		return err
	})
}

// rewritten copies the database to a temporary file and adds what was replayed.
func (s *Source) rewritten(ctx context.Context, tmp *os.File) (*bbolt.DB, error) {
	if err := room(tmp, s.db.bytes+2*int64(len(s.replayed))); err != nil { // pages that change are written again
		return nil, err
	}
	if err := s.copyTo(&summed{ctx: ctx, w: tmp, progress: func(int64, int64) {}}); err != nil {
		return nil, err
	}
	db, err := bbolt.Open(tmp.Name(), 0o600, &bbolt.Options{
		NoSync: true, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType,
		OpenFile: func(string, int, os.FileMode) (*os.File, error) { return tmp, nil },
	})
	if err != nil {
		return nil, err
	}
	return db, db.Update(func(tx *bbolt.Tx) error { return s.rewrite(ctx, tx) })
}

func (s *Source) temporary(err error) error {
	why, do := disk.Why(err), disk.Do(err, disk.Temporary)
	var full *roomError
	if errors.As(err, &full) {
		why, do = full.lacks, moreSpace
	}
	return &etcdsource.Problem{Tried: "save " + s.path, Why: "cannot write a copy of the database to " + s.tempDir + ": " + why, Do: do, Err: err}
}

// rewrite adds what was replayed to a copy of the database.
func (s *Source) rewrite(ctx context.Context, tx *bbolt.Tx) error {
	keys := tx.Bucket([]byte("key"))
	keys.FillPercent = 0.9 // they are written in order
	err := s.mapping.read(func([]byte) error {
		for i := range s.idx.Records() {
			ref := s.idx.Ref(uint32(i))
			if int(ref) < s.behind() {
				continue
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			k, v := s.element(ref)
			if err := keys.Put(k, v); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if s.ending == nil {
		return nil
	}
	meta := tx.Bucket([]byte("meta"))
	for name, n := range map[string]uint64{"consistent_index": s.ending.index, "term": s.ending.term} {
		if err := meta.Put([]byte(name), binary.BigEndian.AppendUint64(nil, n)); err != nil {
			return err
		}
	}
	if s.ending.Compacted > 0 {
		rev := append(binary.BigEndian.AppendUint64(nil, uint64(s.ending.Compacted)), '_')
		if err := meta.Put([]byte("scheduledCompactRev"), binary.BigEndian.AppendUint64(rev, 0)); err != nil {
			return err
		}
	}
	if err := s.rewriteLeases(tx); err != nil {
		return err
	}
	return s.rewriteAlarms(tx)
}

// rewriteLeases removes the leases that were revoked, and adds those that were granted.
func (s *Source) rewriteLeases(tx *bbolt.Tx) error {
	b, err := tx.CreateBucketIfNotExists([]byte("lease"))
	if err != nil {
		return err
	}
	var gone [][]byte
	_ = b.ForEach(func(k, _ []byte) error {
		if len(k) == 8 && s.ending.Leases[int64(binary.BigEndian.Uint64(k))] == 0 {
			gone = append(gone, k)
		}
		return nil
	})
	for _, k := range gone {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	for id, ttl := range s.ending.Leases {
		k := binary.BigEndian.AppendUint64(nil, uint64(id))
		if b.Get(k) != nil {
			continue
		}
		v, err := proto.Marshal(&leasepb.Lease{ID: id, TTL: ttl})
		if err == nil {
			err = b.Put(k, v)
		}
		if err != nil {
			return fmt.Errorf("lease %x: %w", id, err)
		}
	}
	return nil
}

func (s *Source) rewriteAlarms(tx *bbolt.Tx) error {
	if tx.Bucket([]byte("alarm")) != nil {
		if err := tx.DeleteBucket([]byte("alarm")); err != nil {
			return err
		}
	}
	b, err := tx.CreateBucket([]byte("alarm"))
	if err != nil {
		return err
	}
	for a := range s.ending.Alarms {
		k, err := proto.Marshal(&etcdserverpb.AlarmMember{MemberID: a.Member, Alarm: a.Type})
		if err == nil {
			err = b.Put(k, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
