package live

import (
	"context"
	"fmt"
	"sync/atomic"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/grpc"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// identity refuses the answers of another cluster than the one that was opened. An address does not say whose it is: a
// member can be replaced by one that was restored from a backup, and the client connects to that in silence.
type identity struct {
	cluster atomic.Uint64         // 0: not known yet, or a server without one
	gone    atomic.Pointer[error] // why no answer counts any more; nil while they do
}

// refuse makes every answer fail from now on: the store that was opened is no longer there.
func (id *identity) refuse(err error) error {
	id.gone.CompareAndSwap(nil, &err)
	return *id.gone.Load()
}

// headed is an answer that says which cluster it comes from.
type headed interface{ GetHeader() *pb.ResponseHeader }

// check returns an error where an answer is another cluster's.
func (id *identity) check(answer any, at string) error {
	if gone := id.gone.Load(); gone != nil {
		return *gone
	}
	h, ok := answer.(headed)
	if !ok {
		return nil
	}
	mine, its := id.cluster.Load(), h.GetHeader().GetClusterId()
	if mine == 0 || its == 0 || its == mine {
		return nil
	}
	return id.refuse(&etcdsource.Problem{Tried: "read etcd at " + at, Why: fmt.Sprintf("another cluster answers now (ID %x)", its), Do: openAgain,
		Err: &otherCluster{its, h.GetHeader().GetRevision()}})
}

// openAgain is what to do about a store that is no longer there.
const openAgain = "open it again to read what is there now"

// otherCluster is the cause where another cluster has answered.
type otherCluster struct {
	id       uint64
	revision int64 // 0: the answer does not say
}

func (o *otherCluster) Error() string { return fmt.Sprintf("it is cluster %x", o.id) }

func (o *otherCluster) Unwrap() error { return etcdsource.ErrReplaced }

// replaced is the error of a source whose store is no longer there.
func replaced(at, why string) error {
	return &etcdsource.Problem{Tried: "read etcd at " + at, Why: why, Do: openAgain, Err: etcdsource.ErrReplaced}
}

// unary checks an answer before it is used.
func (id *identity) unary(at string) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		if err := invoke(ctx, method, req, reply, cc, opts...); err != nil {
			return err
		}
		return id.check(reply, at)
	}
}

// stream checks each message of a stream.
func (id *identity) stream(at string) grpc.StreamClientInterceptor {
	return func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
		s, err := open(ctx, desc, cc, method, opts...)
		if err != nil {
			return nil, err
		}
		return &identifiedStream{s, id, at}, nil
	}
}

type identifiedStream struct {
	grpc.ClientStream
	id *identity
	at string
}

func (s *identifiedStream) RecvMsg(m any) error {
	if err := s.ClientStream.RecvMsg(m); err != nil {
		return err
	}
	return s.id.check(m, s.at)
}

// Clusters are the clusters that answered at the given addresses when the source was opened, the one that is read first; nil where it is
// the only one.
func (s *Source) Clusters() []etcdsource.OtherCluster { return s.clusters }

// clustersOf are the clusters of members that have answered, that of the best one first; nil where they are of one.
func clustersOf(best *member, members []*member) (out []etcdsource.OtherCluster) {
	seen := map[uint64]bool{0: true} // of a member that may not be asked for its status
	for _, m := range append([]*member{best}, members...) {
		if m != nil && !seen[m.cluster] {
			seen[m.cluster] = true
			out = append(out, etcdsource.OtherCluster{Endpoint: m.ep.text, Cluster: m.cluster})
		}
	}
	if len(out) < 2 || best.cluster == 0 {
		return nil
	}
	return out
}
