package snapfile

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"math"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/index"
)

// Changes are changes that were made after those that a file holds.
type Changes struct {
	// TimeFrom is how the times of the changes are known: their Event.TimeFrom.
	TimeFrom string
	// Read hands over the changes, in order. An error ends the opening; what could not be read and is left out is in Added.
	Read func(ctx context.Context, to *Adder) (Added, error)
}

// Added says what was added to what a file holds.
type Added struct {
	Note    string // what was added, in words
	Missing string // what was not, and why; "" for nothing
	Behind  string // the same in a few words, for a header
	Check   etcdsource.Check
}

// addChanges puts the changes that follow a file behind its records.
func (s *Source) addChanges(ctx context.Context, o Options, r *records) error {
	tmp, err := unnamed(o.tempDir())
	if err != nil {
		return s.changesProblem(ctx, o, err)
	}
	a := &Adder{r: r, ctx: ctx, floor: s.db.compacted, base: max(1, r.head, s.db.compacted), alone: s.db.partial, seed: maphash.MakeSeed(), tmp: tmp, out: bufio.NewWriterSize(tmp, 64<<10)}
	a.limit = bounds(tmp, math.MaxInt64/maxRatio, o.MaxUnpack)
	if a.alone {
		a.base = 0
	}
	a.head = a.base
	s.added, err = o.Changes.Read(ctx, a)
	if err == nil {
		err = a.Flush()
	}
	if err == nil {
		err = a.out.Flush()
	}
	if err == nil && a.size > 0 {
		s.more, err = openMapping(tmp, a.size)
	}
	if err != nil {
		tmp.Close()
		return s.changesProblem(ctx, o, err)
	}
	if s.moreFile = tmp; s.more != nil {
		r.replayed, r.timeFrom = s.more.data, o.Changes.TimeFrom
	}
	if r.head = max(r.head, a.head); a.alone {
		s.db.compacted = max(0, a.first-1)
	}
	s.db.changes = a.size
	return nil
}

// changesProblem says why changes could not be added. What Read returns for people stays as it is.
func (s *Source) changesProblem(ctx context.Context, o Options, err error) error {
	var own *etcdsource.Problem
	var big *etcdsource.UnpackError
	var full *roomError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("open %s: %w", s.path, ctx.Err())
	case errors.As(err, &own):
		return own
	case errors.As(err, &big):
		return problem(s.path, big.Error(), allowance(big), err)
	case errors.As(err, &full):
		return problem(s.path, "to unpack it, "+full.lacks, moreSpace, err)
	}
	return problem(s.path, "cannot write its changes to "+o.tempDir()+": "+disk.Why(err), disk.Do(err, disk.Temporary), err)
}

// OpenChanges opens changes alone, without what was there before them: what they did not change is not shown. name is what
// Info.Name calls them.
func OpenChanges(ctx context.Context, path, name string, o Options) (_ *Source, err error) {
	s := &Source{path: path, name: name, stop: func() {}}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	r := &records{rows: index.NewRecords(0)}
	s.db = database{inUse: -1, partial: true}
	if err := s.addChanges(ctx, o, r); err != nil {
		return nil, err
	}
	if s.more == nil {
		return nil, problem(path, cmp.Or(s.added.Missing, "it holds no change"), "", nil)
	}
	s.mapping, s.more, s.file, s.moreFile = s.more, nil, s.moreFile, nil
	s.db.bytes, s.size = s.db.changes, s.db.changes
	if err := s.mapping.read(func([]byte) error { return s.index(ctx, r, false) }); err != nil {
		return nil, problem(path, err.Error(), "", err)
	}
	s.note, s.verdict = s.added.Note, etcdsource.Verdict{State: s.added.Check.State, Text: s.added.Check.Detail}
	s.lag.Text, s.lag.Short = s.added.Missing, s.added.Behind
	return s, nil
}
