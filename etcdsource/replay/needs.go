package replay

import (
	"bytes"
	"slices"
	"sort"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
)

// needs are the keys whose versions decide what requests do.
type needs struct {
	keys   map[string]bool
	ranges [][2][]byte    // after merge in order, and apart from each other; the end of the last may be open: nil
	leases map[int64]bool // that are revoked
}

func newNeeds() needs { return needs{keys: map[string]bool{}, leases: map[int64]bool{}} }

func (n *needs) add(r *etcdserverpb.InternalRaftRequest) {
	switch {
	case r.Put != nil:
		n.span(r.Put.GetKey(), nil)
	case r.DeleteRange != nil:
		n.span(r.DeleteRange.GetKey(), r.DeleteRange.GetRangeEnd())
	case r.Txn != nil:
		n.txn(r.Txn)
	case r.LeaseRevoke != nil:
		n.leases[r.LeaseRevoke.GetID()] = true
	}
}

func (n *needs) txn(t *etcdserverpb.TxnRequest) {
	for _, c := range t.GetCompare() {
		n.span(c.GetKey(), c.GetRangeEnd())
	}
	for _, list := range [][]*etcdserverpb.RequestOp{t.GetSuccess(), t.GetFailure()} {
		for _, op := range list {
			switch {
			case op.GetRequestPut() != nil:
				n.span(op.GetRequestPut().GetKey(), nil)
			case op.GetRequestDeleteRange() != nil:
				n.span(op.GetRequestDeleteRange().GetKey(), op.GetRequestDeleteRange().GetRangeEnd())
			case op.GetRequestTxn() != nil:
				n.txn(op.GetRequestTxn())
			}
		}
	}
}

func (n *needs) span(key, end []byte) {
	if len(end) == 0 {
		n.keys[string(key)] = true
		return
	}
	if len(end) == 1 && end[0] == 0 {
		end = nil
	}
	if end != nil && bytes.Compare(key, end) >= 0 {
		return
	}
	if last := len(n.ranges) - 1; last >= 0 && bytes.Equal(n.ranges[last][0], key) && bytes.Equal(n.ranges[last][1], end) {
		return // again
	}
	n.ranges = append(n.ranges, [2][]byte{key, end})
}

// merge brings the ranges in order and joins those that overlap, so that a key is looked for in one of them.
func (n *needs) merge() {
	slices.SortFunc(n.ranges, func(a, b [2][]byte) int { return bytes.Compare(a[0], b[0]) })
	out := n.ranges[:0]
	for _, r := range n.ranges {
		last := len(out) - 1
		switch {
		case last < 0 || out[last][1] != nil && bytes.Compare(r[0], out[last][1]) > 0:
			out = append(out, r)
		case out[last][1] != nil && (r[1] == nil || bytes.Compare(r[1], out[last][1]) > 0):
			out[last][1] = r[1]
		}
	}
	n.ranges = out
}

func (n *needs) has(key []byte, lease int64) bool {
	if n.keys[string(key)] || lease != 0 && n.leases[lease] {
		return true
	}
	i := sort.Search(len(n.ranges), func(i int) bool { return bytes.Compare(n.ranges[i][0], key) > 0 }) - 1
	return i >= 0 && (n.ranges[i][1] == nil || bytes.Compare(key, n.ranges[i][1]) < 0)
}
