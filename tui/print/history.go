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
	maxHistory = 512 << 20 // bytes of values that are kept; beyond that all are forgotten
)

func newHistory(s *store) *history {
	bounds := change.MemoryBounds{Bytes: maxHistory, Objects: maxObjects}
	return &history{change.NewMemory(s.Decoder, s.Kinds, s.Root, s.view, bounds), s, budget{perSecond: 20}}
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
