package recall

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// Options say how recalls go about it. The zero value is usable.
type Options struct {
	// TempDir takes the temporary file; "" chooses among the usual folders.
	TempDir string
	// DataDirs returns the folders of the etcds on this machine, whose disks are spared; it may be nil.
	DataDirs func(context.Context) []string
	// MaxBytes bounds what is kept in memory of what is written after the snapshot, in bytes; 0: 256 MiB.
	MaxBytes int
}

const defaultMaxBytes = 256 << 20

// Able is a running source that can be recalled: an etcdsource.Recaller.
type Able struct {
	etcdsource.Source
	o Options
}

var (
	_ etcdsource.Recaller = (*Able)(nil)
	_ etcdsource.Wrapper  = (*Able)(nil)
	_ etcdsource.Lacker   = (*Able)(nil)
)

// Over returns the running source with the ability to be recalled, as far as it can save snapshots.
func Over(src etcdsource.Source, o Options) *Able {
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultMaxBytes
	}
	return &Able{src, o}
}

// Unwrap returns the source as it was.
func (a *Able) Unwrap() etcdsource.Source { return a.Source }

// Lacks says why the store cannot be recalled: what sends no snapshots has no past to read.
func (a *Able) Lacks(ability any) string {
	if _, ok := ability.(*etcdsource.Recaller); !ok {
		return ""
	}
	var why *etcdsource.UnsupportedError
	if _, err := etcdsource.As[etcdsource.Saver](a.Source); errors.As(err, &why) {
		return why.Why
	}
	return ""
}

// Cost implements etcdsource.Recaller.
func (a *Able) Cost(ctx context.Context) (etcdsource.Cost, error) {
	if why := a.Lacks((*etcdsource.Recaller)(nil)); why != "" {
		return etcdsource.Cost{}, &etcdsource.UnsupportedError{What: "recall the whole past", Why: why}
	}
	info, err := a.Source.Describe(ctx)
	if err != nil {
		return etcdsource.Cost{}, err
	}
	var data []string
	if a.o.DataDirs != nil {
		data = a.o.DataDirs(ctx)
	}
	p, err := choose(folders(a.o.TempDir), data, max(info.DBSize, 0))
	return etcdsource.Cost{
		Bytes: info.DBSize, Member: info.Member, Leader: !info.Follower, Folder: p.dir, Free: p.free, Remark: p.remark(),
		Large: info.DBSize < 0 || info.DBSize > etcdsource.LargeRecall, Refused: refused(&info),
	}, err
}

const (
	defaultQuota = 2 << 30 // of an etcd that is given no other
	leastRoom    = 0.2     // of the quota
)

// refused says why the stream could do harm, "" where it does not: while it lasts etcd gives no page back that its
// compactions and writes free, so its file grows.
func refused(info *etcdsource.Info) string {
	quota, whose := info.Quota, "its quota"
	if quota <= 0 && (strings.HasPrefix(info.Version, "3.4.") || strings.HasPrefix(info.Version, "3.5.")) {
		quota, whose = defaultQuota, "the quota that an etcd has by default (this one does not tell its own)"
	}
	if quota <= 0 || info.DBSize < 0 || float64(quota-info.DBSize) >= leastRoom*float64(quota) {
		return ""
	}
	return fmt.Sprintf("etcd's database takes %d of the %d MiB of %s; it grows while a snapshot is sent, and a full one refuses all writes",
		info.DBSize>>20, quota>>20, whose)
}

// Recall implements etcdsource.Recaller. Errors are *etcdsource.Problem, *etcdsource.UnsupportedError, or the context's.
func (a *Able) Recall(ctx context.Context, o etcdsource.RecallOptions) (etcdsource.Source, error) {
	began := time.Now()
	cost, err := a.Cost(ctx)
	if err != nil {
		return nil, err
	}
	if cost.Refused != "" && !o.Force {
		return nil, problem(cost.Refused, "compact and defragment it first, or add --force", nil)
	}
	saver, err := etcdsource.As[etcdsource.Saver](a.Source)
	if err != nil {
		return nil, err
	}
	f, err := temporary(cost.Folder)
	if err != nil {
		return nil, err
	}
	s, err := a.read(ctx, saver, &download{f: f, dir: cost.Folder, o: o})
	switch {
	case ctx.Err() != nil && err != nil:
		return nil, fmt.Errorf("recall the whole past: %w", ctx.Err())
	case err != nil:
		return nil, err
	}
	s.about.Took = time.Since(began)
	return s, nil
}

// read streams, indexes and joins.
func (a *Able) read(ctx context.Context, saver etcdsource.Saver, d *download) (_ *Source, err error) {
	s := newSource(a)
	defer func() {
		if err != nil {
			s.Close()
			d.f.Close()
		}
	}()
	head, err := s.head(ctx, false)
	if err != nil {
		return nil, err
	}
	s.tail = newTail(head, a.o.MaxBytes)
	if err := s.join(head + 1); err != nil {
		return nil, err
	}
	saved, err := d.run(ctx, saver)
	if err != nil {
		return nil, err
	}
	d.report("indexing", saved.Bytes, saved.Bytes)
	if s.snap, err = snapfile.OpenFile(ctx, d.f, "the snapshot from "+saved.Member, snapfile.Options{}); err != nil {
		return nil, problem("what arrived cannot be read: "+err.Error(), "try again", err)
	}
	info, err := s.snap.Describe(ctx)
	if err != nil {
		return nil, err
	}
	s.keys = info.Keys
	s.about = etcdsource.Recall{From: max(info.Compacted, 1), Snapshot: info.Revision, Bytes: saved.Bytes, Member: saved.Member}
	d.report("joining", saved.Bytes, saved.Bytes)
	return s, s.meet(head)
}

// download writes the stream to the temporary file, as fast as it may.
type download struct {
	f       *os.File
	dir     string
	o       etcdsource.RecallOptions
	ctx     context.Context
	begun   time.Time
	written int64
	failed  error // why the file could not be written
}

func (d *download) report(step string, done, total int64) {
	if d.o.Progress != nil {
		d.o.Progress(step, done, total)
	}
}

// run streams the snapshot, watching the space on the disk.
func (d *download) run(ctx context.Context, saver etcdsource.Saver) (etcdsource.Saved, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	d.ctx, d.begun = ctx, time.Now()
	looked := int64(-roomStep)
	d.report("streaming", 0, -1)
	saved, err := saver.Save(ctx, d, func(done, total int64) {
		if total > 0 && done-looked >= roomStep {
			looked = done
			if err := room(d.f, d.dir, total-done); err != nil {
				stop(err)
			}
		}
		d.report("streaming", done, total)
	})
	var own *etcdsource.Problem
	switch {
	case errors.As(context.Cause(ctx), &own):
		return saved, own
	case d.failed != nil:
		return saved, problem("cannot write its temporary file in "+d.dir+": "+disk.Why(d.failed), disk.Do(d.failed, disk.Temporary), d.failed)
	case err == nil && d.written == 0:
		return saved, problem("the server sent nothing", "", nil)
	}
	return saved, err
}

// Write writes to the file, and waits where that was faster than it may be.
func (d *download) Write(b []byte) (int, error) {
	n, err := d.f.Write(b)
	d.written += int64(n)
	d.failed = err
	if d.o.MaxRate <= 0 || err != nil {
		return n, err
	}
	due := d.begun.Add(time.Duration(float64(d.written) / float64(d.o.MaxRate) * float64(time.Second)))
	wait := time.NewTimer(time.Until(due))
	defer wait.Stop()
	select {
	case <-wait.C:
		return n, nil
	case <-d.ctx.Done():
		return n, d.ctx.Err()
	}
}
