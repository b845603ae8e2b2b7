package replay

import "go.etcd.io/etcd/api/v3/etcdserverpb"

// needs are the keys whose versions decide what requests do.
type needs struct {
	keys   map[string]bool
	ranges [][2][]byte
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
	n.ranges = append(n.ranges, [2][]byte{key, end})
}

func (n *needs) has(key []byte, lease int64) bool {
	if n.keys[string(key)] || lease != 0 && n.leases[lease] {
		return true
	}
	for _, r := range n.ranges {
		if inRange(key, r[0], r[1]) {
			return true
		}
	}
	return false
}
