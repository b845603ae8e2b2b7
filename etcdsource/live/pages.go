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
	pace   pace
	wait   time.Duration
	waited time.Duration // for the newest chunk
	asked  *asked
	id     *identity
	count  int64 // keys so far
	bytes  int64
	ended  bool // the last chunk has come
}

// openChunks streams a range without a limit, which a server before 3.7 answers by errNoStream. A limit would have
// the server count the rest; close gives up what was not read.
func (s *Source) openChunks(ctx context.Context, m *member, req *pb.RangeRequest) (*chunks, error) {
	if m.stream.Load() == streamNo {
		return nil, errNoStream
	}
	ctx, cancel := context.WithCancel(withStreamRequest(ctx, req))
	c := &chunks{cancel: cancel, pace: pace{patience: s.cfg.tune.patience}, wait: s.cfg.CommandTimeout, alarm: time.AfterFunc(s.cfg.CommandTimeout, cancel), asked: askedBy("RangeStream", req, false), id: s.dial.id}
	var err error
	if c.stream, err = m.kv.RangeStream(ctx, req); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// next returns the next chunk, checked, and nil after the last one. Each may take as long as a command.
func (c *chunks) next(ctx context.Context, m *member) (*pb.RangeResponse, error) {
	r, err := c.receive(m)
	if err != nil {
		return nil, err
	}
	return r, c.check(ctx, m, r)
}

func (c *chunks) receive(m *member) (*pb.RangeResponse, error) {
	if !c.alarm.Reset(c.wait) {
		return nil, context.DeadlineExceeded
	}
	began := time.Now()
	r, err := c.stream.Recv()
	c.waited = time.Since(began)
	switch {
	case err == nil:
		m.stream.Store(streamYes)
		if r.GetRangeResponse() == nil {
			return nil, broke(c.asked.call, "sent an empty part of an answer")
		}
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

// check checks a chunk: only the last one has a header and a count, and all others have keys.
func (c *chunks) check(ctx context.Context, m *member, r *pb.RangeResponse) error {
	call := c.asked.call
	switch {
	case r == nil && !c.ended:
		return broke(call, "ended an answer in the middle")
	case r == nil:
		return nil
	case c.ended:
		return broke(call, "went on behind the end of its answer")
	}
	if err := c.asked.keys(r.GetKvs()); err != nil {
		return err
	}
	c.count += int64(len(r.GetKvs()))
	before := c.bytes
	for _, kv := range r.GetKvs() {
		c.bytes += keyBytes(kv)
	}
	if err := c.pace.add(call, c.bytes-before, c.waited); err != nil {
		return err
	}
	if r.GetHeader() == nil {
		if len(r.GetKvs()) == 0 {
			return broke(call, "sent an empty part of an answer")
		}
		return m.within(ctx, call, c.bytes)
	}
	c.ended = true
	if err := checkHeader(call, r.GetHeader(), false); err != nil {
		return err
	}
	if err := c.id.check(r, m.ep.text); err != nil {
		return err
	}
	switch head := r.GetHeader().GetRevision(); {
	case head < c.asked.pinned:
		return broke(call, "answered for revision %d, but its newest is %d", c.asked.pinned, head)
	case r.GetMore(), r.GetCount() != c.count:
		return broke(call, "counted %d keys and answered %d", r.GetCount(), c.count)
	}
	return nil
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
			r, err := c.next(ctx, m)
			if r == nil || err != nil {
				return page, err
			}
			if full(&page, r.GetKvs(), sp.Limit, req.KeysOnly) {
				last := page.Entries[len(page.Entries)-1].Key
				return page, m.said.read(ctx, m.client.ActiveConnection(), newPage(c, req, last))
			}
		}
	})
}

// newPage is the page that was read from the beginning of a stream.
func newPage(c *chunks, req *pb.RangeRequest, last []byte) *page {
	return &page{call: c.asked.call, from: req.GetKey(), to: req.GetRangeEnd(), rev: req.GetRevision(), last: last, count: -1, left: -1, bytes: c.bytes}
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
