package live

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/grpc/codes"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Save streams a snapshot from the member that is read, over a connection of its own with a large window: what the
// watch carries does not wait behind it. It never moves to another member half-way.
func (s *Source) Save(ctx context.Context, w io.Writer, progress func(done, total int64)) (etcdsource.Saved, error) {
	m, err := s.member()
	if err != nil {
		return etcdsource.Saved{}, err
	}
	if why := s.Lacks((*etcdsource.Saver)(nil)); why != "" {
		return etcdsource.Saved{}, &etcdsource.UnsupportedError{What: "save a snapshot", Why: why}
	}
	saved := etcdsource.Saved{Member: m.name()}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	t := &trail{}
	client, err := s.dial.connect(ctx, m.ep, t, large)
	if err != nil {
		return saved, s.dial.openProblem(ctx, m.ep, t, err)
	}
	defer client.Close()
	alarm := time.AfterFunc(s.cfg.CommandTimeout, cancel)
	defer alarm.Stop()
	stream, err := pb.NewMaintenanceClient(client.ActiveConnection()).Snapshot(ctx, &pb.SnapshotRequest{})
	if err != nil {
		return saved, s.saveProblem(m, saved, err)
	}
	total := int64(-1)
	for {
		r, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return saved, nil
		}
		if err != nil {
			return saved, s.saveProblem(m, saved, err)
		}
		alarm.Stop()
		n, err := w.Write(r.GetBlob())
		saved.Bytes += int64(n)
		if err != nil {
			return saved, fmt.Errorf("write snapshot: %w", err)
		}
		if v := r.GetVersion(); v != "" {
			saved.Version = v
		}
		if total < 0 {
			// What remains is told without the trailer.
			total = saved.Bytes + int64(r.GetRemainingBytes()) + sha256.Size
		}
		if progress != nil {
			progress(saved.Bytes, total)
		}
		alarm.Reset(s.cfg.CommandTimeout)
	}
}

func (s *Source) saveProblem(m *member, saved etcdsource.Saved, err error) error {
	p := &etcdsource.Problem{Tried: "save a snapshot from etcd at " + m.ep.text, Why: plainStatus(err), Err: err}
	switch {
	case strings.Contains(err.Error(), "not supported") || code(err) == codes.Unimplemented:
		return &etcdsource.UnsupportedError{What: "save a snapshot", Why: "the server has none (" + plainStatus(err) + ")"}
	case permissionDenied(err):
		s.dial.explainRight(p, "take snapshots", "the root role")
	case saved.Bytes > 0:
		p.Why = fmt.Sprintf("the stream broke after %d bytes (%s)", saved.Bytes, plainStatus(err))
		p.Do = "try again, from another member if there is one"
	case code(err) == codes.DeadlineExceeded, code(err) == codes.Canceled:
		p.Why, p.Do = fmt.Sprintf("no answer within %s", s.cfg.CommandTimeout), "give more time with --command-timeout"
	}
	return p
}
