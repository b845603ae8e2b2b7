package recall

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/index"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// Source is a running store and its past. It is an etcdsource.Source, Versions and Recalled; what else the running
// source can do As finds behind it.
type Source struct {
	able  *Able
	live  etcdsource.Source
	snap  *snapfile.Source
	tail  *tail
	keys  int64 // in the snapshot, at its newest revision
	about etcdsource.Recall

	life context.Context // ends with Close
	end  context.CancelFunc
	wg   sync.WaitGroup // of the goroutine that takes what the watch says
	once sync.Once
	err  error // of closing
}

var (
	_ etcdsource.Source    = (*Source)(nil)
	_ etcdsource.Versions  = (*Source)(nil)
	_ etcdsource.LocalPast = (*Source)(nil)
	_ etcdsource.Recalled  = (*Source)(nil)
	_ etcdsource.Wrapper   = (*Source)(nil)
)

var errClosed = &etcdsource.Problem{Tried: "read the recalled past", Why: "the source was closed"}

func newSource(a *Able) *Source {
	s := &Source{able: a, live: a.Source}
	s.life, s.end = context.WithCancel(context.Background())
	return s
}

// Unwrap returns the running source, which can be recalled again.
func (s *Source) Unwrap() etcdsource.Source { return s.able }

// Recalled says what was recalled.
func (s *Source) Recalled() etcdsource.Recall { return s.about }

// anyKey is a key to ask for where only the revision of the answer matters.
var anyKey = []byte{0}

// head returns the newest revision of the running store.
func (s *Source) head(ctx context.Context, serializable bool) (int64, error) {
	p, err := s.live.Range(ctx, etcdsource.Key(anyKey), etcdsource.At{Serializable: serializable})
	return p.Revision, err
}

// join watches the running store and hands what it says to the tail, until the source is closed.
func (s *Source) join(from int64) error {
	st, err := s.live.Watch(s.life, etcdsource.Prefix(""), from)
	if err != nil {
		return err
	}
	t := s.tail
	ended := func(err error) {
		t.put(etcdsource.Batch{Status: etcdsource.Status{State: etcdsource.Ended, Why: err.Error(), Since: time.Now()}})
	}
	safego.Wait(&s.wg, ended, func() {
		defer st.Close()
		for {
			b, err := st.Next(s.life)
			switch {
			case s.life.Err() != nil:
				return
			case err != nil:
				ended(err)
				return
			}
			t.put(b)
		}
	})
	return nil
}

// meet joins the snapshot to the watch, which is open since the head was read. The snapshot is older than that where it
// came from a member that lags behind: then it is watched from where the snapshot ends.
func (s *Source) meet(head int64) error {
	at := s.about.Snapshot
	if at < head {
		s.end()
		s.wg.Wait()
		s.life, s.end = context.WithCancel(context.Background())
		s.tail = newTail(at, s.able.o.MaxBytes)
		if err := s.join(at + 1); err != nil {
			return problem(fmt.Sprintf("the snapshot ends at revision %d, behind the watch, which begins at %d (%v)", at, head+1, err), "try again", err)
		}
	}
	snap := s.snap
	s.tail.cut(at, func(key []byte) bool {
		n, err := snap.Count(context.Background(), etcdsource.Key(key), etcdsource.At{Revision: at})
		return err == nil && n > 0
	})
	return nil
}

// Close ends the watch, waits for readers and frees the temporary file. The running source stays open. It may be called
// more than once.
func (s *Source) Close() error {
	s.once.Do(func() {
		s.end()
		s.wg.Wait()
		if s.snap != nil {
			s.err = s.snap.Close()
		}
	})
	return s.err
}

// Describe says what the running store says, and how far its recalled past reaches.
func (s *Source) Describe(ctx context.Context) (etcdsource.Info, error) {
	if s.life.Err() != nil {
		return etcdsource.Info{}, errClosed
	}
	info, err := s.live.Describe(ctx)
	if err != nil {
		return info, err
	}
	file, err := s.snap.Describe(ctx)
	info.Past, info.Compacted, info.Integrity = etcdsource.PastWhole, file.Compacted, file.Integrity
	if rev, delta, ok := s.tail.now(); ok {
		info.Revision, info.Keys = rev, s.keys+delta
	}
	return info, err
}

// catchUp is how long a read of now waits for the watch to bring what the store has reported to exist.
const catchUp = 500 * time.Millisecond

// at returns the revision that is meant, and whether snapshot and tail can tell its state; where they cannot the
// running store is asked.
func (s *Source) at(ctx context.Context, at etcdsource.At) (rev int64, here bool, err error) {
	if s.life.Err() != nil {
		return 0, false, errClosed
	}
	if rev = at.Revision; rev > 0 {
		return rev, rev <= s.about.Snapshot || s.tail.holds(rev), nil
	}
	if rev, err = s.head(ctx, at.Serializable); err != nil {
		return 0, false, err
	}
	limit := time.NewTimer(catchUp)
	defer limit.Stop()
	for {
		wake, ok := s.tail.reached(rev)
		if ok {
			return rev, s.tail.holds(rev), nil
		}
		select {
		case <-wake:
		case <-limit.C:
			return rev, false, nil
		case <-ctx.Done():
			return 0, false, ctx.Err()
		case <-s.life.Done():
			return 0, false, errClosed
		}
	}
}

// Range returns one page of the span's keys.
func (s *Source) Range(ctx context.Context, span etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	rev, here, err := s.at(ctx, at)
	switch {
	case err != nil:
		return etcdsource.Page{}, err
	case here && rev <= s.about.Snapshot:
		return s.snap.Range(ctx, span, etcdsource.At{Revision: rev})
	case here:
		p, err := s.page(ctx, span, rev)
		if !errors.Is(err, errGone) {
			return p, err
		}
	}
	return s.live.Range(ctx, span, etcdsource.At{Revision: rev, Serializable: at.Serializable})
}

// Count returns the number of keys in the span.
func (s *Source) Count(ctx context.Context, span etcdsource.Span, at etcdsource.At) (int64, error) {
	rev, here, err := s.at(ctx, at)
	switch {
	case err != nil:
		return 0, err
	case here && rev <= s.about.Snapshot:
		return s.snap.Count(ctx, span, etcdsource.At{Revision: rev})
	case here:
		if n, ok, err := s.count(ctx, span, rev); ok || err != nil {
			return n, err
		}
	}
	return s.live.Count(ctx, span, etcdsource.At{Revision: rev, Serializable: at.Serializable})
}

// Children yields the next path segments below the span's prefix, with the number of keys in each folder.
func (s *Source) Children(ctx context.Context, span etcdsource.Span, at etcdsource.At) (iter.Seq2[etcdsource.Child, error], error) {
	rev, here, err := s.at(ctx, at)
	switch {
	case err != nil:
		return nil, err
	case here && rev <= s.about.Snapshot:
		return s.snap.Children(ctx, span, etcdsource.At{Revision: rev})
	case here:
		if seq, ok, err := s.children(ctx, string(index.Folder(span)), rev); ok || err != nil {
			return seq, err
		}
	}
	return s.live.Children(ctx, span, etcdsource.At{Revision: rev, Serializable: at.Serializable})
}

// versionsLimit is the number of versions that are returned when no number is asked for.
const versionsLimit = 100

// Versions returns the key's changes, newest first, of earlier incarnations too, deletions included.
func (s *Source) Versions(ctx context.Context, key []byte, upTo int64, limit int) ([]etcdsource.Event, etcdsource.Edge, error) {
	rev, here, err := s.at(ctx, etcdsource.At{Revision: max(upTo, 0)})
	if err != nil {
		return nil, etcdsource.Edge{}, err
	}
	if limit <= 0 {
		limit = versionsLimit
	}
	start := s.about.Snapshot
	if rev <= start {
		return s.snap.Versions(ctx, key, rev, limit)
	}
	list, more, gone := []etcdsource.Event(nil), false, !here
	if here {
		list, more, gone = s.tail.versions(key, rev, limit)
	}
	if gone && len(list) < limit {
		if n := len(list); n > 0 {
			rev = list[n-1].Mod - 1
		}
		if list, more, err = s.walk(ctx, key, rev, limit, list); err != nil {
			return list, etcdsource.Edge{}, err
		}
	}
	if more && len(list) > 0 {
		return list, etcdsource.Edge{Kind: etcdsource.EdgeMore, Revision: list[len(list)-1].Mod}, nil
	}
	return s.before(ctx, key, limit, list)
}

// VersionBefore implements etcdsource.LocalPast.
func (s *Source) VersionBefore(key []byte, rev int64) (etcdsource.Event, bool) {
	if s.life.Err() != nil {
		return etcdsource.Event{}, false
	}
	if rev-1 > s.about.Snapshot {
		if !s.tail.holds(rev - 1) {
			return etcdsource.Event{}, false
		}
		switch list, _, gone := s.tail.versions(key, rev-1, 1); {
		case len(list) > 0:
			return list[0], true
		case gone:
			return etcdsource.Event{}, false
		}
	}
	return s.snap.VersionBefore(key, min(rev, s.about.Snapshot+1))
}

// walk asks the running store for versions behind the snapshot. more says that there are others.
func (s *Source) walk(ctx context.Context, key []byte, upTo int64, limit int, list []etcdsource.Event) (_ []etcdsource.Event, more bool, err error) {
	v, err := etcdsource.As[etcdsource.Versions](s.live)
	if err != nil {
		return list, false, err
	}
	found, edge, err := v.Versions(ctx, key, upTo, limit-len(list))
	var gone *etcdsource.CompactedError
	if err != nil && !errors.As(err, &gone) {
		return list, false, err
	}
	for _, e := range found {
		if e.Mod <= s.about.Snapshot {
			return list, false, nil
		}
		list = append(list, e)
	}
	return list, edge.Kind == etcdsource.EdgeMore, nil
}

// before adds the snapshot's versions to those that were written behind it.
func (s *Source) before(ctx context.Context, key []byte, limit int, list []etcdsource.Event) ([]etcdsource.Event, etcdsource.Edge, error) {
	room := limit - len(list)
	older, edge, err := s.snap.Versions(ctx, key, s.about.Snapshot, max(room, 1))
	switch {
	case err != nil || len(list) == 0:
		return older, edge, err
	case len(older) == 0:
		last := list[len(list)-1]
		if last.Type == etcdsource.Created {
			edge = etcdsource.Edge{Kind: etcdsource.EdgeCreated, Revision: last.Mod}
		}
		return list, edge, nil
	case room == 0:
		return list, etcdsource.Edge{Kind: etcdsource.EdgeMore, Revision: list[len(list)-1].Mod}, nil
	}
	return append(list, older...), edge, nil
}
