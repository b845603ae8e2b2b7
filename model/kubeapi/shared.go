package kubeapi

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Shared is a store that is being written, read once for all clients: one watch, one paged read of each resource.
//
//	etcd ─► Run: one watch of everything ─► the last changes ─┬─► streams of all clients
//	etcd ─► State: one read of a resource ──────► entries ◄───┘ brought up to date by them
//
// Reads of the past go to the source. It is a Source; reads of now may be as old as the watch is behind.
type Shared struct {
	etcdsource.Source
	definitions string // the prefix whose changes are counted

	mu      sync.Mutex
	info    etcdsource.Info
	asked   time.Time // when info was
	live    bool      // the watch is connected, so that nothing is missing up to rev
	rev     int64     // everything up to here has come
	from    int64     // the changes from this revision on are kept
	kept    []*change
	latest  map[string]*change // of those that are kept, by key
	bytes   int                // of all that is kept
	defined int64              // the last change of a definition
	again   bool               // the watch was opened again, and has not said yet where it begins
	ended   error              // why it is not opened again
	moved   chan struct{}      // closed when rev moves
	states  map[string]*state
}

// Bounds of what is kept: changes and their bytes, and the bytes of all states together and of one.
const (
	maxKept      = 20_000
	maxKeptBytes = 32 << 20
	maxStates    = 128 << 20
	maxState     = 64 << 20
)

// Share wraps a source; root is that of Kubernetes' keys. Run must be called.
func Share(src etcdsource.Source, info etcdsource.Info, root string) *Shared {
	return &Shared{Source: src, info: info, definitions: root + "apiextensions.k8s.io/customresourcedefinitions/", latest: map[string]*change{}, moved: make(chan struct{}), states: map[string]*state{}}
}

// Unwrap implements etcdsource.Wrapper.
func (s *Shared) Unwrap() etcdsource.Source { return s.Source }

// Changed is the revision of the last change of a definition that was seen.
func (s *Shared) Changed() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.defined
}

// maxWait is how long a read waits for a revision that has not come yet.
const maxWait = 3 * time.Second

// Wait returns the newest revision that has come, once that is rev or a few seconds are over.
func (s *Shared) Wait(ctx context.Context, rev int64) (int64, error) {
	timeout := time.NewTimer(maxWait)
	defer timeout.Stop()
	for {
		s.mu.Lock()
		now, moved, ended := s.rev, s.moved, s.ended
		s.mu.Unlock()
		switch {
		case now >= max(rev, 1):
			return now, nil
		case ended != nil:
			return 0, ended
		}
		select {
		case <-moved:
		case <-timeout.C:
			info, err := s.Source.Describe(ctx)
			return max(info.Revision, now), err
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// describeEvery is how often the store itself is asked what it is.
const describeEvery = 30 * time.Second

// Describe implements etcdsource.Source: the store is asked now and then only.
func (s *Shared) Describe(ctx context.Context) (etcdsource.Info, error) {
	s.mu.Lock()
	info, fresh := s.info, s.live && time.Since(s.asked) < describeEvery
	info.Revision = max(info.Revision, s.rev)
	s.mu.Unlock()
	if fresh {
		return info, nil
	}
	info, err := s.Source.Describe(ctx)
	if err == nil {
		s.mu.Lock()
		s.info, s.asked = info, time.Now()
		s.mu.Unlock()
	}
	return info, err
}

// state is what all clients share of one resource.
type state struct {
	mu    sync.Mutex // held while it is read or brought up to date
	at    *State
	used  time.Time
	large bool // too much to be kept
}

// State is the entries below a prefix at one revision. It does not change.
type State struct {
	rev     int64
	entries []etcdsource.Entry // in the order of their keys
	bytes   int64
}

// Range implements what lists are read from; the revision that is asked for is the state's own.
func (s *State) Range(_ context.Context, span etcdsource.Span, _ etcdsource.At) (etcdsource.Page, error) {
	i, _ := slices.BinarySearchFunc(s.entries, span.From, func(e etcdsource.Entry, k []byte) int { return bytes.Compare(e.Key, k) })
	p := etcdsource.Page{Revision: s.rev}
	limit := span.Limit
	if limit == 0 {
		limit = 500
	}
	for ; i < len(s.entries) && span.Contains(s.entries[i].Key); i++ {
		if len(p.Entries) == limit {
			p.More = true
			break
		}
		p.Entries = append(p.Entries, s.entries[i])
	}
	return p, nil
}

// State returns what is below a prefix now; nil where that is not kept, so that the source must be read.
func (s *Shared) State(ctx context.Context, prefix string) (*State, error) {
	s.mu.Lock()
	if !s.live || s.from == 0 {
		s.mu.Unlock()
		return nil, nil
	}
	one := s.states[prefix]
	if one == nil {
		one = &state{}
		s.states[prefix] = one
	}
	one.used = time.Now()
	s.mu.Unlock()
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.large {
		return nil, nil
	}
	if one.at != nil {
		if next, ok := s.since(one.at, prefix); ok {
			one.at = next
			return next, nil
		}
	}
	at, err := s.read(ctx, prefix)
	if err != nil {
		return nil, err
	}
	if one.at, one.large = at, at == nil; one.large {
		return nil, nil
	}
	s.evict(one)
	return at, nil
}

// read reads all entries below a prefix; nil where they are too many to be kept.
func (s *Shared) read(ctx context.Context, prefix string) (*State, error) {
	at := &State{}
	span := etcdsource.Prefix(prefix)
	span.Values = true
	for {
		p, err := s.Source.Range(ctx, span, etcdsource.At{Revision: at.rev})
		if err != nil {
			return nil, err
		}
		if at.rev == 0 {
			at.rev = p.Revision
		}
		for i := range p.Entries {
			at.bytes += int64(len(p.Entries[i].Key) + len(p.Entries[i].Value))
		}
		at.entries = append(at.entries, p.Entries...)
		switch {
		case at.bytes > maxState:
			return nil, nil
		case !p.More || len(p.Entries) == 0:
			return at, nil
		}
		span = span.After(p.Entries[len(p.Entries)-1].Key)
	}
}

// since brings a state up to date; ok is false where changes since then are not kept any more.
func (s *Shared) since(old *State, prefix string) (*State, bool) {
	s.mu.Lock()
	if s.from > old.rev+1 || s.from == 0 {
		s.mu.Unlock()
		return nil, false
	}
	if s.rev <= old.rev {
		s.mu.Unlock()
		return old, true
	}
	last := map[string]*etcdsource.Event{}
	for i := s.behind(old.rev); i < len(s.kept); i++ {
		if c := s.kept[i]; strings.HasPrefix(string(c.Key), prefix) {
			last[string(c.Key)] = &c.Event
		}
	}
	rev := s.rev
	s.mu.Unlock()
	out := &State{rev: rev, entries: old.entries, bytes: old.bytes}
	if len(last) > 0 {
		out.merge(last)
	}
	return out, true
}

// merge takes the last changes of some keys in.
func (s *State) merge(last map[string]*etcdsource.Event) {
	old := s.entries
	s.entries, s.bytes = make([]etcdsource.Entry, 0, len(old)+len(last)), 0
	for i := range old {
		if last[string(old[i].Key)] == nil {
			s.entries = append(s.entries, old[i])
		}
	}
	for _, e := range last {
		if e.Type != etcdsource.Deleted {
			s.entries = append(s.entries, etcdsource.Entry{Key: e.Key, Value: e.Value, Create: e.Create, Mod: e.Mod, Version: e.Version, Lease: e.Lease, Bytes: int64(len(e.Value))})
		}
	}
	slices.SortFunc(s.entries, func(a, b etcdsource.Entry) int { return bytes.Compare(a.Key, b.Key) })
	for i := range s.entries {
		s.bytes += int64(len(s.entries[i].Key) + len(s.entries[i].Value))
	}
}

// evict drops the states that were used longest ago, but not one, until the rest is within bounds.
func (s *Shared) evict(one *state) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		var total int64
		oldest := ""
		for p, x := range s.states {
			if x == one || !x.mu.TryLock() {
				continue
			}
			if x.at != nil {
				total += x.at.bytes
				if oldest == "" || x.used.Before(s.states[oldest].used) {
					oldest = p
				}
			}
			x.mu.Unlock()
		}
		if total <= maxStates || oldest == "" {
			return
		}
		delete(s.states, oldest)
	}
}
