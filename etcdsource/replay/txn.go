package replay

import (
	"bytes"
	"cmp"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
)

// txn applies a transaction: which branches it takes is decided before anything is written, and what one of these may
// not do refuses the whole.
func (l *Log) txn(t *etcdserverpb.TxnRequest) {
	path := l.path(t, nil)
	if l.compared > l.most {
		return
	}
	if _, ok := l.allowed(t, path, l.NoReads); ok {
		l.execute(t, path)
	}
}

// branch returns the requests of the branch that is taken.
func branch(t *etcdserverpb.TxnRequest, success bool) []*etcdserverpb.RequestOp {
	if success {
		return t.GetSuccess()
	}
	return t.GetFailure()
}

// path appends whether the conditions of the transaction hold, and of those within the branch that it takes, in order.
func (l *Log) path(t *etcdserverpb.TxnRequest, path []bool) []bool {
	ok := true
	for _, c := range t.GetCompare() {
		ok = ok && l.holds(c)
	}
	path = append(path, ok)
	for _, op := range branch(t, ok) {
		if in := op.GetRequestTxn(); in != nil {
			path = l.path(in, path)
		}
	}
	return path
}

// holds reports whether a condition holds for all keys of its range. A key that does not exist counts as one without
// revisions, and has no value to compare.
func (l *Log) holds(c *etcdserverpb.Compare) bool {
	any, all := false, true
	l.live.each(c.GetKey(), c.GetRangeEnd(), func(k string) bool {
		l.compared++
		any, all = true, compare(c, l.live.versions[k])
		return all && l.compared <= l.most
	})
	if !any {
		return c.GetTarget() != etcdserverpb.Compare_VALUE && compare(c, &Record{})
	}
	return all
}

func compare(c *etcdserverpb.Compare, v *Record) bool {
	var n int
	switch c.GetTarget() {
	case etcdserverpb.Compare_VALUE:
		n = bytes.Compare(v.Value, c.GetValue())
	case etcdserverpb.Compare_CREATE:
		n = cmp.Compare(v.Create, c.GetCreateRevision())
	case etcdserverpb.Compare_MOD:
		n = cmp.Compare(v.Mod, c.GetModRevision())
	case etcdserverpb.Compare_VERSION:
		n = cmp.Compare(v.Version, c.GetVersion())
	case etcdserverpb.Compare_LEASE:
		n = cmp.Compare(v.Lease, c.GetLease())
	}
	switch c.GetResult() {
	case etcdserverpb.Compare_EQUAL:
		return n == 0
	case etcdserverpb.Compare_NOT_EQUAL:
		return n != 0
	case etcdserverpb.Compare_GREATER:
		return n > 0
	case etcdserverpb.Compare_LESS:
		return n < 0
	}
	return true
}

// allowed reports whether everything on the path may be done, its own reads left out with noReads, and what is left of
// the path.
func (l *Log) allowed(t *etcdserverpb.TxnRequest, path []bool, noReads bool) (rest []bool, ok bool) {
	success, rest := path[0], path[1:]
	for _, op := range branch(t, success) {
		ok := true
		switch {
		case op.GetRequestPut() != nil:
			ok = !l.refuses(op.GetRequestPut())
		case op.GetRequestRange() != nil:
			rev := op.GetRequestRange().GetRevision()
			ok = noReads || rev == 0 || rev >= l.Compacted && rev <= l.Revision
		case op.GetRequestTxn() != nil:
			rest, ok = l.allowed(op.GetRequestTxn(), rest, false)
		}
		if !ok {
			return nil, false
		}
	}
	return rest, true
}

// execute does what is on the path and returns what is left of it.
func (l *Log) execute(t *etcdserverpb.TxnRequest, path []bool) (rest []bool) {
	success, rest := path[0], path[1:]
	for _, op := range branch(t, success) {
		switch {
		case op.GetRequestPut() != nil:
			l.put(op.GetRequestPut())
		case op.GetRequestDeleteRange() != nil:
			l.deleteRange(op.GetRequestDeleteRange().GetKey(), op.GetRequestDeleteRange().GetRangeEnd())
		case op.GetRequestTxn() != nil:
			rest = l.execute(op.GetRequestTxn(), rest)
		}
	}
	return rest
}

// writes reports whether a branch of the transaction puts a key: what etcd refuses while there is no space.
func writes(t *etcdserverpb.TxnRequest) bool {
	for _, list := range [][]*etcdserverpb.RequestOp{t.GetSuccess(), t.GetFailure()} {
		for _, op := range list {
			if op.GetRequestPut() != nil || op.GetRequestTxn() != nil && writes(op.GetRequestTxn()) {
				return true
			}
		}
	}
	return false
}
