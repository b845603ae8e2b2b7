package live

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/grpc/codes"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Save streams a snapshot from the member that is read, over a connection of its own with a large window: what the
// watch carries does not wait behind it. It never moves to another member half-way. What is sent is bounded by what the
// server announces, and that by the size of its database.
func (s *Source) Save(ctx context.Context, w io.Writer, progress func(done, total int64)) (etcdsource.Saved, error) {
	m, err := s.member()
	if err != nil {
		return etcdsource.Saved{}, err
	}
	if why := s.Lacks((*etcdsource.Saver)(nil)); why != "" {
		return etcdsource.Saved{}, &etcdsource.UnsupportedError{What: "save a snapshot", Why: why}
	}
	saved := etcdsource.Saved{Member: m.name()}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(s.life, func() { cancel(errClosed) })()
	alarm := time.AfterFunc(s.cfg.CommandTimeout, func() { cancel(errSilent) })
	defer alarm.Stop()
	t, said := &trail{}, &answers{}
	client, err := s.dial.connect(ctx, m.ep, t, said, large)
	if err != nil {
		return saved, s.dial.openProblem(ctx, m.ep, t, err)
	}
	defer client.Close()
	maint := pb.NewMaintenanceClient(client.ActiveConnection())
	if _, err := maint.Status(ctx, &pb.StatusRequest{}); err != nil {
		return saved, s.saveProblem(ctx, m, saved, err)
	}
	stream, err := maint.Snapshot(ctx, &pb.SnapshotRequest{})
	if err != nil {
		return saved, s.saveProblem(ctx, m, saved, err)
	}
	b := blobs{total: -1, limit: -1, most: 2*said.size() + spare, pace: pace{patience: s.cfg.tune.patience}}
	for {
		alarm.Reset(s.cfg.CommandTimeout)
		asked := time.Now()
		r, err := stream.Recv()
		alarm.Stop()
		if errors.Is(err, io.EOF) {
			if err = b.end(); err == nil {
				return saved, nil
			}
		} else if err == nil {
			err = b.take(r, time.Since(asked))
		}
		if err != nil {
			return saved, s.saveProblem(ctx, m, saved, err)
		}
		n, err := w.Write(r.GetBlob())
		saved.Bytes += int64(n)
		if err != nil {
			return saved, fmt.Errorf("write snapshot: %w", err)
		}
		if v := r.GetVersion(); v != "" {
			saved.Version = v
		}
		if progress != nil {
			progress(saved.Bytes, b.total)
		}
	}
}

// errSilent is the cause of a stream that was given up because nothing came.
var errSilent = errors.New("nothing came")

// blobs checks the messages of a snapshot. The first says how much remains, without the checksum at the end.
type blobs struct {
	bytes int64 // so far
	total int64 // announced, with the checksum; -1 where not known
	limit int64 // that may come; -1 before the first message
	most  int64 // that may be announced
	empty int   // messages without content
	pace  pace
}

const (
	maxEmpty = 16      // messages without content: the last one may be
	surplus  = 1 << 20 // how much more than announced may come, in bytes
)

// take takes a message that was waited for.
func (b *blobs) take(r *pb.SnapshotResponse, waited time.Duration) error {
	n := int64(len(r.GetBlob()))
	b.bytes += n
	if n == 0 {
		b.empty++
	}
	if b.limit < 0 {
		if r.GetRemainingBytes() > math.MaxInt64/2 || int64(r.GetRemainingBytes()) > b.most {
			return broke("Snapshot", "announced %d MiB, but its database has %d MiB", r.GetRemainingBytes()>>20, (b.most-spare)>>21)
		}
		b.total = n + int64(r.GetRemainingBytes()) + sha256.Size
		if b.limit = b.total + surplus; r.GetRemainingBytes() == 0 {
			b.limit = max(b.limit, b.most) // it may be one that announces nothing
		}
	}
	if b.bytes > b.total {
		b.total = -1
	}
	switch {
	case b.bytes > b.limit:
		return broke("Snapshot", "sends more than the %d bytes that its snapshot can have", b.limit)
	case b.empty > maxEmpty:
		return broke("Snapshot", "sends messages without content")
	case !plain(r.GetVersion()):
		return broke("Snapshot", "named a version that is none")
	}
	return b.pace.add("Snapshot", n, waited)
}

// end checks that all has come that was announced.
func (b *blobs) end() error {
	if all := b.total - sha256.Size; b.total >= 0 && b.bytes < all {
		return broke("Snapshot", "announced a snapshot of %d bytes and ended it after %d", all, b.bytes)
	}
	return nil
}

func (s *Source) saveProblem(ctx context.Context, m *member, saved etcdsource.Saved, err error) error {
	p := &etcdsource.Problem{Tried: "save a snapshot from etcd at " + m.ep.text, Why: plainStatus(err), Err: err}
	silent := errors.Is(context.Cause(ctx), errSilent)
	switch {
	case strings.Contains(err.Error(), "not supported") || code(err) == codes.Unimplemented:
		return &etcdsource.UnsupportedError{What: "save a snapshot", Why: "the server has none (" + plainStatus(err) + ")"}
	case permissionDenied(err):
		s.explainRight(p, "take snapshots", "the root role")
	case explainBroken(p, err):
	case silent && saved.Bytes > 0:
		p.Why = fmt.Sprintf("after %d bytes nothing came for %s", saved.Bytes, s.cfg.CommandTimeout)
		p.Do = "try again, from another member if there is one, or give more time with --command-timeout"
	case silent, code(err) == codes.DeadlineExceeded, code(err) == codes.Canceled:
		p.Why, p.Do = fmt.Sprintf("no answer within %s", s.cfg.CommandTimeout), "give more time with --command-timeout"
	case saved.Bytes > 0:
		p.Why = fmt.Sprintf("the stream broke after %d bytes (%s)", saved.Bytes, plainStatus(err))
		p.Do = "try again, from another member if there is one"
	}
	return p
}
