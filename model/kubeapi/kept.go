package kubeapi

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// change is a change that is kept for all clients, with what its key was before.
//
//	kept:  a@7 ──► b@8 ──► a@9 ──► …      a@9.old is a@7.Value; that of b@8 is read once, when the first client needs it
type change struct {
	etcdsource.Event
	next *change // the next one of the same key that is kept
	size int     // bytes that are kept for it
	old  once[*etcdsource.Entry]
}

// behind is the place of the first kept change behind a revision.
func (s *Shared) behind(rev int64) int {
	i, _ := slices.BinarySearchFunc(s.kept, rev+1, func(c *change, rev int64) int { return int(c.Mod - rev) })
	return i
}

// keep adds a change to those that are kept.
func (s *Shared) keep(e *etcdsource.Event) {
	c := &change{Event: *e, size: len(e.Key) + len(e.Value), old: newOnce[*etcdsource.Entry]()}
	if last := s.latest[string(e.Key)]; last != nil {
		last.next, c.old.done = c, true
		if last.Type != etcdsource.Deleted {
			c.old.value = &etcdsource.Entry{Key: last.Key, Value: last.Value, Create: last.Create, Mod: last.Mod, Version: last.Version, Lease: last.Lease}
		}
	}
	s.latest[string(e.Key)] = c
	s.kept, s.bytes = append(s.kept, c), s.bytes+c.size
	if strings.HasPrefix(string(e.Key), s.definitions) {
		s.defined = e.Mod
	}
}

// grow counts bytes that are kept for a change, unless it has been dropped.
func (s *Shared) grow(c *change, n int) {
	if c.Mod >= s.from {
		c.size, s.bytes = c.size+n, s.bytes+n
	}
}

// trim drops the oldest changes that are too many, whole revisions at a time.
func (s *Shared) trim() {
	n := 0
	for n < len(s.kept) && (len(s.kept)-n > maxKept || s.bytes > maxKeptBytes) {
		for rev := s.kept[n].Mod; n < len(s.kept) && s.kept[n].Mod == rev; n++ {
			c := s.kept[n]
			s.bytes, s.from = s.bytes-c.size, rev+1
			if c.next != nil {
				s.grow(c.next, len(c.Value)) // of which it is what was before
			} else {
				delete(s.latest, string(c.Key))
			}
		}
	}
	if n > 0 {
		s.kept = append([]*change(nil), s.kept[n:]...)
	}
}

// lose forgets the changes up to a revision, for some of them have not come. Definitions may be among them.
func (s *Shared) lose(to int64) {
	s.kept, s.latest, s.bytes, s.from, s.defined = nil, map[string]*change{}, 0, to+1, to
}

// before returns what a key was before one of the kept changes, nil where it was not there. Where that did not come by the
// watch it is read from the store, once for all clients.
func (s *Shared) before(ctx context.Context, key []byte, rev int64) (*etcdsource.Entry, error) {
	c, err := s.change(key, rev)
	if err != nil {
		return nil, err
	}
	return c.old.get(ctx, func() (*etcdsource.Entry, error) {
		e, ok, err := etcdsource.Get(ctx, s.Source, key, rev-1)
		if err != nil || !ok {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.grow(c, len(e.Value))
		s.trim()
		return &e, nil
	})
}

// change finds a kept change.
func (s *Shared) change(key []byte, rev int64) (*change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := s.behind(rev - 1); i < len(s.kept) && s.kept[i].Mod == rev; i++ {
		if bytes.Equal(s.kept[i].Key, key) {
			return s.kept[i], nil
		}
	}
	return nil, &etcdsource.CompactedError{Revision: rev - 1, Compacted: s.from}
}
