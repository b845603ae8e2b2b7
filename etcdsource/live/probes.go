package live

import (
	"bytes"
	"context"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
)

// Before 3.7 every Range counts all keys up to its end, whatever its limit. So the folder is cut at boundaries that are
// known, and each piece between two of them is probed: what is behind the end of a piece costs nothing.
//
//	pods/            replicasets/        secrets/
//	├─ kube-system/? ├─ kube-system/?    ├─ kube-system/?       is the folder there at all
//	└── rest ───────►└── rest ──────────►└── rest ──────────►   what nobody expected

// byProbes walks over the pieces.
func (w *walk) byProbes() error {
	cuts := []cut{{at: w.end}}
	if !w.m.kine() && w.s.grants == nil { // the boundaries would have to be read where the user may not
		known, err := w.s.cuts(w.ctx, w.m, w.prefix, w.rev)
		if err != nil {
			return err
		}
		for _, c := range known {
			if bytes.Compare(c.at, w.next) >= 0 && before(c.at, w.end) {
				cuts = append(cuts[:len(cuts)-1], c, cuts[len(cuts)-1])
			}
		}
	}
	for i, c := range cuts {
		if err := w.probe(c.at); err != nil {
			return err
		}
		if i == len(cuts)-1 {
			break
		}
		if len(c.likely) > 0 {
			if err := w.peek(c.likely); err != nil {
				return err
			}
		}
	}
	return nil
}

const (
	fewest = 16   // keys that a probe asks for where folders are expected
	most   = 2000 // and where leaves are: each page counts all that follow, which costs more than the keys
)

// probe takes the children from w.next up to an end, skipping each folder that it finds.
func (w *walk) probe(end []byte) error {
	limit, left := int64(fewest), int64(-1)
	for before(w.next, end) {
		r, err := w.page(w.next, end, limit, left)
		if err != nil {
			return err
		}
		left = r.GetCount() - int64(len(r.GetKvs()))
		fresh, err := w.take(r.GetKvs(), false)
		if err != nil {
			return err
		}
		if !r.GetMore() {
			if before(w.next, end) {
				w.next = end
			}
			return nil
		}
		if w.inside() {
			w.skip()
		}
		if int64(fresh)*2 >= limit {
			limit = min(limit*4, most)
		} else {
			limit = max(limit/4, fewest)
		}
	}
	return nil
}

// peek looks into the part of a large folder where something most likely is. If so the folder needs no further probe.
func (w *walk) peek(part []byte) error {
	r, err := w.page(part, prefixEnd(part), 1, -1)
	if err != nil || len(r.GetKvs()) == 0 {
		return err
	}
	if _, err := w.take(r.GetKvs(), false); err != nil {
		return err
	}
	w.skip()
	return nil
}

// rangeOn sends a Range to one member, with the timeout of a command.
func (s *Source) rangeOn(ctx context.Context, m *member, req *pb.RangeRequest) (*pb.RangeResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.CommandTimeout)
	defer cancel()
	return m.kv.Range(ctx, req)
}

// page reads a page of a range. left is how many keys the page before has left of that range, -1 for no page before.
func (w *walk) page(from, end []byte, limit, left int64) (*pb.RangeResponse, error) {
	r, err := w.s.rangeOn(w.ctx, w.m, w.request(from, end, limit))
	if err != nil {
		return nil, err
	}
	if left >= 0 && r.GetCount() > left && !w.m.kine() {
		return nil, broke("Range", "has %d keys left of a range, and then counted %d", left, r.GetCount())
	}
	for _, kv := range r.GetKvs() {
		w.bytes += keyBytes(kv)
	}
	return r, w.m.within(w.ctx, "Range", w.bytes)
}
