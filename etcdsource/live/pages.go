package live

import (
	"context"
	"errors"
	"io"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// errNoStream says that the member is older than RangeStream.
var errNoStream = errors.New("no RangeStream")

// chunks is an open RangeStream.
type chunks struct {
	stream grpc.ServerStreamingClient[pb.RangeStreamResponse]
	cancel context.CancelFunc
	alarm  *time.Timer
	wait   time.Duration
}

// openChunks streams a range without a limit, which a server before 3.7 answers by errNoStream. A limit would have
// the server count the rest; close gives up what was not read.
func (s *Source) openChunks(ctx context.Context, m *member, req *pb.RangeRequest) (*chunks, error) {
	if m.stream.Load() == streamNo {
		return nil, errNoStream
	}
	ctx, cancel := context.WithCancel(withStreamRequest(ctx, req))
	c := &chunks{cancel: cancel, wait: s.cfg.CommandTimeout, alarm: time.AfterFunc(s.cfg.CommandTimeout, cancel)}
	var err error
	if c.stream, err = m.kv.RangeStream(ctx, req); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// next returns the next chunk, nil after the last one. Each may take as long as a command.
func (c *chunks) next(m *member) (*pb.RangeResponse, error) {
	if !c.alarm.Reset(c.wait) {
		return nil, context.DeadlineExceeded
	}
	r, err := c.stream.Recv()
	switch {
	case err == nil:
		m.stream.Store(streamYes)
		return r.GetRangeResponse(), nil
	case errors.Is(err, io.EOF):
		return nil, nil
	case code(err) == codes.Unimplemented:
		m.stream.Store(streamNo)
		return nil, errNoStream
	case !c.alarm.Stop() && code(err) == codes.Canceled:
		return nil, context.DeadlineExceeded
	}
	return nil, err
}

func (c *chunks) close() {
	c.alarm.Stop()
	c.cancel()
}

// pinned returns the revision to read at, asking for the newest one where none is given: the chunks of a stream do
// not name theirs.
func (s *Source) pinned(ctx context.Context, key []byte, at etcdsource.At) (int64, error) {
	if at.Revision > 0 {
		return at.Revision, nil
	}
	return s.now(ctx, key, at.Serializable)
}

// pageByStream reads a page as the beginning of a stream, which costs what the page holds and not what lies behind.
func (s *Source) pageByStream(ctx context.Context, sp etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	rev, err := s.pinned(ctx, sp.From, at)
	if err != nil {
		return etcdsource.Page{}, err
	}
	req := rangeOf(sp)
	req.Revision, req.Serializable = rev, at.Revision == 0 || s.serializable(at)
	return ask(ctx, s, "read", rev, func(ctx context.Context, m *member) (etcdsource.Page, error) {
		page := etcdsource.Page{Revision: rev}
		c, err := s.openChunks(ctx, m, req)
		if err != nil {
			return page, err
		}
		defer c.close()
		for {
			r, err := c.next(m)
			if r == nil || err != nil {
				return page, err
			}
			if full(&page, r.GetKvs(), sp.Limit, req.KeysOnly) {
				return page, nil
			}
		}
	})
}

// full adds keys to a page and reports whether there were more than it may hold.
func full(page *etcdsource.Page, kvs []*mvccpb.KeyValue, limit int, keysOnly bool) bool {
	for _, kv := range kvs {
		if len(page.Entries) == limit {
			page.More = true
			return true
		}
		page.Entries = append(page.Entries, entry(kv, keysOnly, true))
	}
	return false
}
