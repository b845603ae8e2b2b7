package snapfile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
)

// copies is how often the database of a running etcd is copied at most. etcd writes over pages that the newest two states
// of the database do not use: a copy that took longer may be torn, and is then taken again.
const copies = 5

// openRunning opens a copy of the database of a running etcd, with the WAL beside it, which is read in place. Every page
// and every record of the copy is checked; with NoVerify what can be read of the last copy is opened where none is whole.
// The database itself is only read.
func (s *Source) openRunning(ctx context.Context, file string, o Options) error {
	db := s.file
	defer db.Close()
	strict := o
	strict.NoVerify = false
	var err error
	for range copies {
		if err = s.openCopy(ctx, db, file, strict); err == nil {
			return nil
		}
		var torn *damage
		if !errors.As(err, &torn) || ctx.Err() != nil {
			return err
		}
	}
	if o.NoVerify {
		return s.openCopy(ctx, db, file, o)
	}
	why := fmt.Sprintf("a running etcd writes it, and none of %d copies of it is whole (%s): it is damaged, or changes faster than it is copied", copies, whyOf(err))
	p := problem(file, why, "open it with --endpoints, stop that etcd, or "+trySalvage, err)
	p.Partly = true
	return p
}

// openCopy opens one copy of the database.
func (s *Source) openCopy(ctx context.Context, db *os.File, file string, o Options) (err error) {
	s.file = nil
	if s.file, s.size, err = copyOf(ctx, db, file, o); err != nil {
		return err
	}
	if err = s.load(ctx, file, o); err == nil {
		s.note = join(fmt.Sprintf("a copy of a running etcd's database, taken at %s", time.Now().Format(time.TimeOnly)), s.note)
		return nil
	}
	s.Close()
	s.db, s.lag, s.ending, s.contents, s.note = database{}, etcdsource.Behind{}, nil, contents{}, ""
	return err
}

// copyOf copies a database to a temporary file that has no name any more.
func copyOf(ctx context.Context, db *os.File, path string, o Options) (_ *os.File, size int64, err error) {
	tmp, err := unnamed(cmp.Or(o.TempDir, os.TempDir()))
	if err != nil {
		return nil, 0, copyProblem(ctx, path, o, err)
	}
	defer func() {
		if err != nil {
			tmp.Close()
		}
	}()
	st, err := db.Stat()
	if err == nil {
		size = st.Size()
		err = bounds(tmp, size, o.MaxUnpack).check(0, size)
	}
	if err != nil {
		return nil, 0, copyProblem(ctx, path, o, err)
	}
	report := func(done, total int64) {
		if o.Progress != nil {
			o.Progress("copying", done, total)
		}
	}
	out := &summed{ctx: ctx, w: tmp, progress: report, total: size}
	if _, err := io.CopyBuffer(struct{ io.Writer }{out}, io.NewSectionReader(db, 0, size), make([]byte, hashStep)); err != nil {
		return nil, 0, copyProblem(ctx, path, o, err)
	}
	return tmp, size, nil
}

func copyProblem(ctx context.Context, path string, o Options, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("open %s: %w", path, ctx.Err())
	}
	dir := cmp.Or(o.TempDir, os.TempDir())
	why := "it is in use by a running etcd, and cannot be copied to " + dir + ": "
	var big *etcdsource.UnpackError
	var full *roomError
	var own *packError
	switch {
	case errors.As(err, &big):
		return problem(path, why+fmt.Sprintf("%s are more than the %s that are taken without asking", disk.Size(big.Bytes), disk.Size(big.Limit)), allowance(big)+", or open it with --endpoints", err)
	case errors.As(err, &full):
		return problem(path, why+full.lacks, moreSpace+", or open it with --endpoints", err)
	case errors.As(err, &own):
		return problem(path, why+own.why, own.do+", or open it with --endpoints", err)
	}
	return problem(path, why+disk.Why(err), disk.Do(err, disk.Temporary), err)
}
