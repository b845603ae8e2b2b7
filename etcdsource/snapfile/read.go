package snapfile

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/index"
)

// errForeign says that the file is a bbolt database without etcd's buckets.
var errForeign = errors.New("not a database of etcd")

// read builds the index, by force if that is what NoVerify takes.
func (s *Source) read(ctx context.Context, file string, data []byte, o Options) error {
	r, err := s.readStrict(ctx, file, data, o)
	whole := err == nil
	var inScan *scanError
	bad := errors.As(err, &inScan)
	var d *damage
	if errors.As(err, &d) && d.file == wrongLength {
		err = cmp.Or(tooMuch(data), err)
	}
	if err != nil && o.NoVerify && ctx.Err() == nil && !errors.Is(err, errForeign) {
		first := err
		r, err = s.salvage(ctx, data)
		s.db.broken, s.db.badRevisions = first.Error(), bad
	}
	if err != nil {
		return err
	}
	if err := s.besideWAL(ctx, file, &r, whole && !o.NoReplay, o); err != nil {
		return err
	}
	switch {
	case o.Changes == nil:
	case !whole:
		s.added.Missing, s.added.Behind = "the file is damaged, so that the changes that follow it are not shown", "without its deltas"
	default:
		if err := s.addChanges(ctx, o, &r); err != nil {
			return err
		}
	}
	return s.index(ctx, &r, o.NoSum)
}

// index builds the index of the records.
func (s *Source) index(ctx context.Context, r *records, lazy bool) (err error) {
	s.contents = r.contents
	s.idx, err = index.Build(ctx, r.rows, index.Options{
		Guard:   s.mapping.guard,
		Workers: workers,
		Lazy:    lazy,
		Key: func(ref index.Ref) []byte {
			_, v := r.element(ref)
			return recordKey(v)
		},
	})
	if err != nil {
		return err
	}
	s.db.head = max(1, r.head, s.db.compacted)
	s.db.skipped = r.bad
	s.db.keys = s.idx.Count(etcdsource.Prefix(""), s.db.head)
	return nil
}

// readStrict reads a file in which everything is as it must be; with NoVerify also one in which only what does not
// concern the records is not.
func (s *Source) readStrict(ctx context.Context, file string, data []byte, o Options) (records, error) {
	if !o.NoSum || !inMemory(s.file, s.size) {
		defer readAhead(data)()
	}
	t, list, err := openTree(data)
	if err != nil {
		return records{}, err
	}
	if r, err := s.readAtOnce(ctx, file, t, list, o); err == nil {
		return r, nil
	}
	return s.readInTurn(ctx, file, t, list, o)
}

// readAtOnce verifies the pages while the records are read. It does not say as exactly as readInTurn what is wrong.
func (s *Source) readAtOnce(ctx context.Context, file string, t *tree, list []bucket, o Options) (records, error) {
	key, _ := find(list, "key")
	v, err := verifyBranches(ctx, t, key.root)
	if err == nil && len(v.later.ids) == 0 {
		err = errNotPlain
	}
	if err == nil {
		err = s.besideKeys(newTree(t.data, t.meta), list, file, o)
	}
	if err != nil {
		return records{}, err
	}
	r, err := scanPostponed(ctx, s.mapping, v, o.NoSum)
	s.db.inUse = v.used * int64(t.pageSize)
	return r, err
}

// readInTurn verifies the pages, then reads the records.
func (s *Source) readInTurn(ctx context.Context, file string, t *tree, list []bucket, o Options) (records, error) {
	used, wrong := verify(ctx, t)
	if wrong != nil && (!o.NoVerify || ctx.Err() != nil) {
		return records{}, wrong
	}
	if err := s.besideKeys(t, list, file, o); err != nil {
		return records{}, err
	}
	if s.db.inUse = used * int64(t.pageSize); wrong != nil {
		s.db.inUse, s.db.broken = -1, wrong.Error()
	}
	key, _ := find(list, "key")
	r, err := scan(ctx, s.mapping, t, key)
	if err != nil {
		err = &scanError{err}
	}
	return r, err
}

// besideKeys reads what a database holds beside the keys.
func (s *Source) besideKeys(t *tree, list []bucket, file string, o Options) error {
	err := s.about(t, list)
	if err == nil {
		err = s.smallBuckets(t, list)
	}
	if _, ok := o.wal(file); ok && err == nil {
		err = s.member(t, list)
	}
	return err
}

// scanError is an error about revisions, in pages that are as they must be.
type scanError struct{ error }

func (e *scanError) Unwrap() error { return e.error }

// complete compares the file's length with what its meta page says.
func complete(m meta, size int64) error {
	rest := size - m.size()
	switch {
	case rest < 0:
		return &damage{page: noPage, file: truncated, why: fmt.Sprintf("%d of its %d bytes are there", size, m.size())}
	case rest%int64(m.pageSize) != 0 && !hasTrailer(size):
		say := fmt.Sprintf("%s its last page, where a checksum has %d (something was appended to it, or it was cut)", follow(rest%int64(m.pageSize)), trailerSize)
		return &damage{page: noPage, file: wrongLength, why: say}
	}
	return nil
}

// tooMuch is the error of a file that goes on behind a checksum that is right, nil for another file.
func tooMuch(data []byte) error {
	m, err := readMeta(data)
	if err != nil {
		return nil
	}
	if end := checksumEnd(data, m); end > 0 && end < int64(len(data)) {
		return &damage{page: noPage, file: tooLong, why: follow(int64(len(data))-end) + " its checksum, so something was appended to it"}
	}
	return nil
}

// about reads what the small buckets say of the database.
func (s *Source) about(t *tree, list []bucket) error {
	s.db = database{bytes: t.size(), inUse: -1}
	b, _ := find(list, "meta")
	compacted := map[string]int64{}
	err := t.each(b, func(k, v []byte) error {
		switch name := string(k); name {
		case "scheduledCompactRev", "finishedCompactRev":
			if main, _, _, ok := revision(v); ok {
				compacted[name] = main
			} else {
				s.db.badMeta = name + " is no revision"
			}
		case "consistent_index":
			if len(v) == 8 {
				s.db.applied = binary.BigEndian.Uint64(v)
			} else {
				s.db.badMeta = name + " is no number"
			}
		case "confState":
			s.db.alone = onlyVoter(v)
		case "storageVersion":
			s.db.version = string(v)
		}
		return nil
	})
	scheduled, finished := compacted["scheduledCompactRev"], compacted["finishedCompactRev"]
	if s.db.compacted = max(scheduled, finished); finished > scheduled {
		s.db.badMeta = fmt.Sprintf("finishedCompactRev is %d, scheduledCompactRev %d", finished, scheduled)
	}
	return err
}
