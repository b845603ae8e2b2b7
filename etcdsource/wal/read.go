package wal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.etcd.io/etcd/server/v3/storage/wal/walpb"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// Record is one record of the log: an entry, or a state of the member. Exactly one field is not nil.
type Record struct {
	Entry    *raftpb.Entry
	State    *raftpb.HardState
	Snapshot *walpb.Snapshot // a point that a raft snapshot covers
}

// DamageError says where a log cannot be read any further.
type DamageError struct {
	Segment string // base name of the file
	Offset  int64  // bytes, of the record that cannot be read
	Why     string
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("segment %s, offset %d: %s", e.Segment, e.Offset, e.Why)
}

// maxSegment is how much of a segment is read, in bytes. etcd begins a new one after 64,000,000.
const maxSegment = 128 << 20

// Segment is one file of a log.
type Segment struct {
	Name  string // base name
	Seq   uint64
	First uint64 // index of its first entry
}

// Segments lists the files of a log in order. Whatever is called otherwise is no part of it.
func Segments(dir string) ([]Segment, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var list []Segment
	for _, f := range files {
		s := Segment{Name: f.Name()}
		if _, err := fmt.Sscanf(f.Name(), "%016x-%016x.wal", &s.Seq, &s.First); err == nil && f.Name() == fmt.Sprintf("%016x-%016x.wal", s.Seq, s.First) {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b Segment) int { return cmp.Compare(a.Seq, b.Seq) })
	return list, nil
}

// from returns the segments that a reader of the entries from this index on needs.
func from(list []Segment, index uint64) []Segment {
	for i := len(list) - 1; i > 0; i-- {
		if list[i].First <= index {
			return list[i:]
		}
	}
	return list
}

// Read calls fn with the records of the segments, in order. Errors of fn end it. A *DamageError says that more follows
// which cannot be read.
func Read(ctx context.Context, dir string, list []Segment, fn func(Record) error) error {
	sum := uint32(0)
	for i, s := range list {
		if i > 0 && s.Seq != list[i-1].Seq+1 {
			return &DamageError{Segment: s.Name, Why: fmt.Sprintf("the segment before it is missing: its number is %d, that of the one before %d", s.Seq, list[i-1].Seq)}
		}
		r := reader{ctx: ctx, segment: s, first: i == 0, last: i == len(list)-1, sum: sum, fn: fn}
		if err := r.read(filepath.Join(dir, s.Name)); err != nil {
			return err
		}
		sum = r.sum
	}
	return nil
}

// reader reads one segment.
type reader struct {
	ctx         context.Context
	segment     Segment
	first, last bool
	sum         uint32 // checksum of all before, then of all
	fn          func(Record) error
}

func (r *reader) read(path string) error {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	switch {
	case err != nil:
		return err
	case !st.Mode().IsRegular():
		return r.damage(0, "it is no regular file")
	}
	return r.decode(f, st)
}

// decode reads the content of a segment.
func (r *reader) decode(f io.Reader, st fs.FileInfo) error {
	d := wal.NewDecoder(bounded{io.LimitReader(f, maxSegment), capped{st}})
	for n := 0; ; n++ {
		if n%1024 == 0 && r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		var rec walpb.Record
		at := d.LastOffset()
		err := d.Decode(&rec)
		switch {
		case errors.Is(err, io.EOF):
			r.sum = d.LastCRC()
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF) && r.last:
			return nil // it was being written when the member stopped
		case errors.Is(err, walpb.ErrCRCMismatch):
			return r.damage(at, "the checksum of a record does not match")
		case errors.Is(err, io.ErrUnexpectedEOF):
			return r.damage(at, "a record is cut short")
		case err != nil:
			return r.damage(at, "a record cannot be decoded")
		}
		if err := r.record(d, &rec, at); err != nil {
			return err
		}
	}
}

func (r *reader) damage(at int64, why string) error {
	return &DamageError{Segment: r.segment.Name, Offset: at, Why: why}
}

func (r *reader) record(d wal.Decoder, rec *walpb.Record, at int64) error {
	var m Record
	var into proto.Message
	switch rec.GetType() {
	case wal.CrcType:
		if at == 0 && !r.first && rec.GetCrc() != r.sum || at > 0 && rec.GetCrc() != d.LastCRC() {
			return r.damage(at, "it does not follow what lies before it")
		}
		d.UpdateCRC(rec.GetCrc())
		return nil
	case wal.EntryType:
		m.Entry = &raftpb.Entry{}
		into = m.Entry
	case wal.StateType:
		m.State = &raftpb.HardState{}
		into = m.State
	case wal.SnapshotType:
		m.Snapshot = &walpb.Snapshot{}
		into = m.Snapshot
	default:
		return nil // metadata, and what later versions add
	}
	if proto.Unmarshal(rec.GetData(), into) != nil {
		return r.damage(at, "a record cannot be decoded")
	}
	return r.fn(m)
}

// bounded is a file of which no more is read, and no larger record believed, than maxSegment.
type bounded struct {
	io.Reader
	st capped
}

// FileInfo says how large the file is.
func (b bounded) FileInfo() (fs.FileInfo, error) { return b.st, nil }

type capped struct{ fs.FileInfo }

// Size is that of the part that is read.
func (c capped) Size() int64 { return min(c.FileInfo.Size(), maxSegment) }

// errNoMetadata is that of a log that does not begin as etcd's logs do.
var errNoMetadata = errors.New("it does not say whose it is")

// Identity returns the IDs of the member whose log this is, and of its cluster, as the head of its newest segment has them.
func Identity(dir string) (member, cluster uint64, err error) {
	list, err := Segments(dir)
	if err != nil {
		return 0, 0, err
	}
	if len(list) == 0 {
		return 0, 0, errNoMetadata
	}
	f, err := os.OpenFile(filepath.Join(dir, list[len(list)-1].Name), os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		return 0, 0, cmp.Or(err, errNoMetadata)
	}
	d := wal.NewDecoder(bounded{io.LimitReader(f, maxSegment), capped{st}})
	for range 2 { // a checksum is before it
		var rec walpb.Record
		if err := d.Decode(&rec); err != nil {
			return 0, 0, err
		}
		if rec.GetType() == wal.CrcType {
			d.UpdateCRC(rec.GetCrc())
			continue
		}
		var m etcdserverpb.Metadata
		if rec.GetType() != wal.MetadataType {
			break
		}
		if err := proto.Unmarshal(rec.GetData(), &m); err != nil {
			return 0, 0, err
		}
		return m.GetNodeID(), m.GetClusterID(), nil
	}
	return 0, 0, errNoMetadata
}
