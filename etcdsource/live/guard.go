package live

import (
	"context"
	"fmt"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// allowed are the RPCs that change nothing on a server, and whether more than the name decides. What is not named
// here never leaves, so an RPC that a later etcd adds is refused until somebody has looked at it.
var allowed = map[string]func(req any) bool{
	pb.KV_Range_FullMethodName:              nil,
	pb.KV_RangeStream_FullMethodName:        nil,
	pb.KV_Txn_FullMethodName:                readOnlyTxn,
	pb.Watch_Watch_FullMethodName:           nil,
	pb.Lease_LeaseTimeToLive_FullMethodName: nil,
	pb.Lease_LeaseLeases_FullMethodName:     nil,
	pb.Cluster_MemberList_FullMethodName:    nil,
	pb.Maintenance_Alarm_FullMethodName:     readOnlyAlarm,
	pb.Maintenance_Status_FullMethodName:    nil,
	pb.Maintenance_Hash_FullMethodName:      nil,
	pb.Maintenance_HashKV_FullMethodName:    nil,
	pb.Maintenance_Snapshot_FullMethodName:  nil,
	pb.Auth_Authenticate_FullMethodName:     nil,
	pb.Auth_AuthStatus_FullMethodName:       nil,
	pb.Auth_UserGet_FullMethodName:          nil,
	pb.Auth_RoleGet_FullMethodName:          nil,
	"/grpc.health.v1.Health/Check":          nil,
	"/grpc.health.v1.Health/Watch":          nil,
	"/grpc.health.v1.Health/List":           nil,
}

// refuse returns the error for a request that must not be sent, nil for one that may. req is nil for streams whose
// client sends more than one message.
func refuse(method string, req any) error {
	check, ok := allowed[method]
	if ok && (check == nil || check(req)) {
		return nil
	}
	return status.Error(codes.PermissionDenied, fmt.Sprintf("etcdscope only reads: %s was not sent", method))
}

func readOnlyTxn(req any) bool {
	txn, ok := req.(*pb.TxnRequest)
	return ok && readOnlyOps(txn.GetSuccess()) && readOnlyOps(txn.GetFailure())
}

func readOnlyOps(ops []*pb.RequestOp) bool {
	for _, op := range ops {
		switch r := op.GetRequest().(type) {
		case *pb.RequestOp_RequestRange:
		case *pb.RequestOp_RequestTxn:
			if !readOnlyTxn(r.RequestTxn) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func readOnlyAlarm(req any) bool {
	alarm, ok := req.(*pb.AlarmRequest)
	return ok && alarm.GetAction() == pb.AlarmRequest_GET
}

// guardUnary is the last interceptor before the wire.
func guardUnary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if err := refuse(method, req); err != nil {
		return err
	}
	return invoke(ctx, method, req, reply, cc, opts...)
}

// guardStream is the same for streams.
func guardStream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	if err := refuse(method, nil); err != nil {
		return nil, err
	}
	return open(ctx, desc, cc, method, opts...)
}
