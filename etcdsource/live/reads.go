package live

import (
	"bytes"
	"context"
	"strconv"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/grpc"
)

// A range is read in pages, each of which begins behind the last key of the one before. Every page may be true for
// itself, and yet there is no end of them: so pages that follow one another are held against each other, and against the
// size of the database that they are read from.

// page is one of them.
type page struct {
	call     string
	from, to []byte
	rev      int64
	last     []byte // its last key; nil where no page follows
	count    int64  // keys from its beginning to the end of the range; -1: not known
	left     int64  // those of them behind it; -1: not known
	bytes    int64  // that it takes in the database, at least; summed up over pages
}

func pageOf(q *pb.RangeRequest, r *pb.RangeResponse) *page {
	p := &page{call: "Range", from: q.GetKey(), to: q.GetRangeEnd(), rev: q.GetRevision(), count: r.GetCount()}
	if p.rev == 0 {
		p.rev = r.GetHeader().GetRevision()
	}
	if n := len(r.GetKvs()); r.GetMore() && n > 0 {
		p.last, p.left = r.GetKvs()[n-1].GetKey(), p.count-int64(n)
	}
	for _, kv := range r.GetKvs() {
		p.bytes += keyBytes(kv)
	}
	return p
}

// keyBytes is the least that a database keeps for a key with its value.
func keyBytes(kv *mvccpb.KeyValue) int64 {
	return int64(len(kv.GetKey())+len(kv.GetValue())) + 32
}

// lastPages are the newest pages that others may follow, by the end of their range and their revision.
type lastPages map[string]*page

// maxReads is how many ranges may be read at the same time and be checked.
const maxReads = 64

// read takes a page, and fails where it does not follow from the one before, or where there is no end of them.
func (a *answers) read(ctx context.Context, conn grpc.ClientConnInterface, p *page) error {
	a.mu.Lock()
	at := string(p.to) + strconv.FormatInt(p.rev, 10)
	before := a.reads[at]
	follows := before != nil && len(p.from) == len(before.last)+1 && bytes.HasPrefix(p.from, before.last)
	if follows {
		p.bytes += before.bytes
	}
	switch {
	case p.last == nil && follows:
		delete(a.reads, at)
	case p.last != nil:
		if a.reads == nil || len(a.reads) >= maxReads {
			a.reads = lastPages{}
		}
		a.reads[at] = p
	}
	a.mu.Unlock()
	if follows && p.count >= 0 && before.left >= 0 && p.count != before.left {
		return broke(p.call, "had %d keys left of a range, and then counted %d", before.left, p.count)
	}
	return a.within(ctx, conn, p.call, p.bytes)
}

// spare is how much more than twice its database a server may send as one state of it, in bytes.
const spare = 16 << 20

// within refuses an answer of so many bytes, at one revision, that is larger than the database.
func (a *answers) within(ctx context.Context, conn grpc.ClientConnInterface, call string, bytes int64) error {
	if !a.exceeds(bytes) {
		return nil
	}
	if _, err := pb.NewMaintenanceClient(conn).Status(ctx, &pb.StatusRequest{}); err != nil { // it may have grown
		return err
	}
	if a.exceeds(bytes) {
		return broke(call, "sent %d MiB of keys and values, but its database has %d MiB", bytes>>20, a.size()>>20)
	}
	return nil
}

func (a *answers) exceeds(bytes int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked && !a.kine && bytes > 2*a.dbSize+spare
}
