package schedule

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/backup"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// A member keeps a read transaction open while it sends a snapshot: what is written meanwhile makes its database grow, and that
// space does not come back. So a stream ends that takes too long.
const (
	longestStream = 5 * time.Minute
	growthLook    = 2 * time.Second
	growthShare   = 10       // the database may grow by one part in so many …
	growthLeast   = 32 << 20 // … or by so many bytes: etcd makes its file longer in steps of 16 MiB
)

// guarded saves a snapshot and watches what that costs the member.
func (r *runner) guarded(ctx context.Context, src etcdsource.Source, file string) (backup.Result, error) {
	saver, err := etcdsource.As[etcdsource.Saver](src)
	if err != nil {
		return backup.Result{}, err
	}
	return backup.Save(ctx, &spared{saver, src, longestStream}, file, backup.Options{Progress: r.Progress})
}

// spared is a Saver that gives up before the member suffers.
type spared struct {
	of    etcdsource.Saver
	src   etcdsource.Source
	limit time.Duration
}

// Save streams a snapshot.
func (s *spared) Save(ctx context.Context, w io.Writer, progress func(done, total int64)) (etcdsource.Saved, error) {
	info, err := s.src.Describe(ctx)
	if err != nil {
		return etcdsource.Saved{}, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	alarm := time.AfterFunc(s.limit, func() {
		cancel(spareProblem(info.Member, fmt.Sprintf("the stream has taken %s, and the member cannot free what is written meanwhile", s.limit)))
	})
	defer alarm.Stop()
	done := make(chan struct{})
	safego.Go(nil, func() {
		defer close(done)
		s.watch(ctx, &info, cancel)
	})
	saved, err := s.of.Save(ctx, w, progress)
	cause := context.Cause(ctx)
	cancel(nil)
	<-done
	var own *etcdsource.Problem
	if err != nil && errors.As(cause, &own) {
		err = own
	}
	return saved, err
}

// watch looks at the size of the database.
func (s *spared) watch(ctx context.Context, before *etcdsource.Info, cancel context.CancelCauseFunc) {
	for wait(ctx, growthLook) == nil {
		now, err := s.src.Describe(ctx)
		if err != nil || now.Member != before.Member || before.DBSize <= 0 {
			continue
		}
		if grown := now.DBSize - before.DBSize; grown > max(before.DBSize/growthShare, growthLeast) {
			cancel(spareProblem(before.Member, fmt.Sprintf("the database has grown from %d to %d MiB since the stream began", before.DBSize>>20, now.DBSize>>20)))
			return
		}
	}
}

func spareProblem(member, why string) error {
	return &etcdsource.Problem{Tried: "stream a snapshot from " + member, Why: why, Do: "make backups where the disk and the network are faster, or from another member"}
}
