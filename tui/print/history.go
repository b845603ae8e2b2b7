package print

import (
	"context"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
)

// history is what was met of each key before, and what a live store may be asked for where that is missing.
type history struct {
	*change.Memory
	s       *store
	fetched budget
}

const (
	maxObjects = 2048      // decoded objects that are kept
	maxHistory = 128 << 20 // bytes that the versions take which are kept
	maxRead    = 8 << 20   // likewise, where what is forgotten is read from this machine
)

func newHistory(s *store) *history {
	m := change.NewMemory(s.Decoder, s.Kinds, s.Root, s.view, historyBounds(s.Source))
	m.ReadFrom(s.Source)
	return &history{m, s, budget{perSecond: 20}}
}

// historyBounds bound what is remembered of a source's versions.
func historyBounds(src etcdsource.Source) change.MemoryBounds {
	if _, err := etcdsource.As[etcdsource.LocalPast](src); err == nil {
		return change.MemoryBounds{Bytes: maxRead, Objects: maxObjects}
	}
	return change.MemoryBounds{Bytes: maxHistory, Objects: maxObjects}
}

// fetch reads the version before an event from a live store, if that was not done too often lately.
func (h *history) fetch(ctx context.Context, e *etcdsource.Event) *etcdsource.Event {
	v, err := etcdsource.As[etcdsource.Versions](h.s.Source)
	if err != nil || !h.fetched.take(time.Now()) {
		return nil
	}
	events, _, err := v.Versions(ctx, e.Key, e.Mod-1, 1)
	if err != nil || len(events) == 0 {
		return nil
	}
	return &events[0]
}

// forget drops what may have changed unseen. What a file has compacted was never remembered.
func (h *history) forget(live bool) {
	if live {
		h.Forget()
	}
}

// budget lets some things happen each second.
type budget struct {
	perSecond int
	second    int64
	used      int
}

func (b *budget) take(now time.Time) bool {
	if s := now.Unix(); s != b.second {
		b.second, b.used = s, 0
	}
	b.used++
	return b.used <= b.perSecond
}
