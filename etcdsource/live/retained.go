package live

import (
	"context"
	"sync"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// retained is what is known of the compaction revision. It only ever grows.
type retained struct {
	mu     sync.Mutex
	low    int64 // the oldest revision that can be read, 0: all of them, -1: not known
	at     time.Time
	search sync.Mutex // one search at a time
	busy   bool
}

func (r *retained) get() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.low
}

func (r *retained) set(low int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if low > r.low {
		r.low = low
	}
	if low >= 0 {
		r.at = time.Now()
	}
	if r.at.IsZero() {
		r.low = low
	}
}

// due reports whether a search is worth its requests, and that nobody else does it.
func (r *retained) due() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy || !r.at.IsZero() && time.Since(r.at) < time.Minute {
		return false
	}
	r.busy = true
	return true
}

func (r *retained) done() {
	r.mu.Lock()
	r.busy = false
	r.mu.Unlock()
}

// searchAfter is how long the search waits for what its caller asks first: nothing that is shown at once needs it.
const searchAfter = 500 * time.Millisecond

// searchRetained looks for the compaction revision in the background, at most once a minute.
func (s *Source) searchRetained() {
	if !s.retained.due() {
		return
	}
	ran := s.safego(nil, func() {
		defer s.retained.done()
		select {
		case <-s.life.Done():
			return
		case <-time.After(searchAfter):
		}
		m, err := s.member()
		if err != nil {
			return
		}
		_, _ = s.oldest(background.of(s.life), m)
	})
	if !ran {
		s.retained.done()
	}
}

// oldest finds the oldest revision that can be read: about 26 count-only reads of one key, none of which touches the
// database. No call of etcd names it. It returns 0 where nothing was compacted.
func (s *Source) oldest(ctx context.Context, m *member) (int64, error) {
	s.retained.search.Lock()
	defer s.retained.search.Unlock()
	head, ok, err := s.readable(ctx, m, 0)
	if err == nil && !ok {
		err = broke("Range", "said that its newest revision was compacted")
	}
	if err != nil {
		return -1, err
	}
	low := max(s.retained.get(), 0) // everything below is known to be gone
	if low == 0 {
		low = 1
	}
	_, ok, err = s.readable(ctx, m, low)
	if err != nil {
		return -1, err
	}
	if ok {
		if low == 1 {
			low = 0
		}
		s.retained.set(low)
		return low, nil
	}
	high := head // readable
	for high-low > 1 {
		mid := low + (high-low)/2
		if _, ok, err = s.readable(ctx, m, mid); err != nil {
			return -1, err
		}
		if ok {
			high = mid
		} else {
			low = mid
		}
	}
	s.retained.set(high)
	return high, nil
}

// readable reports whether the member still holds a revision, and the newest one.
func (s *Source) readable(ctx context.Context, m *member, rev int64) (head int64, ok bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.CommandTimeout)
	defer cancel()
	r, err := m.kv.Range(ctx, &pb.RangeRequest{Key: s.readableKey(), CountOnly: true, Revision: rev, Serializable: true})
	switch {
	case err == nil:
		return r.GetHeader().GetRevision(), true, nil
	case is(err, rpctypes.ErrGRPCCompacted):
		return 0, false, nil
	}
	return 0, false, err
}

// compactedError names the oldest revision that can be read, where that can be found.
func (s *Source) compactedError(ctx context.Context, m *member, at int64) error {
	low := s.retained.get()
	if low <= at {
		var err error
		if low, err = s.oldest(ctx, m); err != nil {
			low = 0
		}
	}
	return &etcdsource.CompactedError{Revision: at, Compacted: max(low, 0)}
}
