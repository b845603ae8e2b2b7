package live

import (
	"bytes"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"

	"go.etcd.io/etcd/api/v3/mvccpb"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// prefixEnd returns the end of the range of keys that begin with p.
func prefixEnd(p []byte) []byte { return etcdsource.Prefix(string(p)).To }

// firstKey is what etcd takes for the beginning of all keys; an empty key is refused.
var firstKey = []byte{0}

// rangeOf returns a request for the keys of a span.
func rangeOf(sp etcdsource.Span) *pb.RangeRequest {
	r := &pb.RangeRequest{Key: sp.From, RangeEnd: sp.To, KeysOnly: !sp.Values}
	if len(r.Key) == 0 {
		r.Key = firstKey
	}
	return r
}

// before reports whether the key lies before the end of a range as etcd writes it.
func before(key, end []byte) bool {
	if len(end) == 1 && end[0] == 0 {
		return true
	}
	return bytes.Compare(key, end) < 0
}

// entry copies what the server said of a key. Since 3.7 keys-only answers come from the index, which has no leases.
func entry(kv *mvccpb.KeyValue, keysOnly, indexOnly bool) etcdsource.Entry {
	e := etcdsource.Entry{Key: kv.GetKey(), Create: kv.GetCreateRevision(), Mod: kv.GetModRevision(),
		Version: kv.GetVersion(), Lease: kv.GetLease(), Bytes: -1}
	if keysOnly {
		if indexOnly && e.Lease == 0 {
			e.Lease = etcdsource.LeaseUnknown
		}
		return e
	}
	e.Value, e.Bytes = kv.GetValue(), int64(len(kv.GetValue()))
	if e.Value == nil {
		e.Value = []byte{}
	}
	return e
}
