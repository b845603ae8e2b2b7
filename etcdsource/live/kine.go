package live

import (
	"bytes"
	"context"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// kine (github.com/k3s-io/kine) answers a part of etcd's API from an SQL database. Its Status names neither a cluster nor
// a member. Of what is asked here, its pkg/server
//
//	kv.go           refuses Range with serializable: every read asks the one database
//	list.go         ignores the limit of a Range over everything, from \0 to \0
//	maintenance.go  answers Status without a revision; has no Snapshot, Alarm, Hash, HashKV
//	lease.go        answers LeaseGrant only: a lease is the time to live of a key
//	cluster.go      answers MemberList with itself

// lastKey lies behind every key that is text, which all keys in an SQL database are.
var lastKey = []byte("\U0010FFFF")

// dialect asks kine in the way that it understands.
func (a *answers) dialect(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if q, ok := req.(*pb.RangeRequest); ok && a.isKine() {
		req = forKine(q)
	}
	return invoke(ctx, method, req, reply, cc, opts...)
}

// forKine is a Range request as kine answers it.
func forKine(q *pb.RangeRequest) *pb.RangeRequest {
	q = proto.CloneOf(q)
	q.Serializable = false
	if bytes.Equal(q.RangeEnd, etcdsource.Everything) {
		q.RangeEnd = lastKey
		if bytes.Equal(q.Key, etcdsource.Everything) {
			q.Key = []byte{1}
		}
	}
	return q
}

// kineLacks says what kine cannot do, "" for what it can.
func kineLacks(ability any) string {
	const sql = "this is kine, which keeps its data in an SQL database and has no "
	switch ability.(type) {
	case *etcdsource.Prober, *etcdsource.Replicated:
		return sql + "members"
	case *etcdsource.Saver, *etcdsource.Recaller:
		return sql + "snapshots"
	case *etcdsource.Leaser:
		return sql + "leases, only a time after which a key is deleted"
	}
	return ""
}
