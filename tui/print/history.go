package print

import (
	"context"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
)

// history remembers the newest version of each key that was met, so that the next one can be compared with it. Values
// are kept as they came; the decoded objects of the keys written last are kept too, so that each version is decoded
// once.
type history struct {
	s       *store
	last    map[string]*etcdsource.Event
	bytes   int
	objects map[string]*decode.Object // newest decoded version of a key
	queue   []string                  // keys of objects, oldest first
	fetched budget
}

const (
	maxObjects = 2048      // decoded objects that are kept
	maxHistory = 512 << 20 // bytes of values that are kept; beyond that all are forgotten
)

func newHistory(s *store) *history {
	return &history{s: s, last: map[string]*etcdsource.Event{}, objects: map[string]*decode.Object{}, fetched: budget{perSecond: 20}}
}

// before returns the version before an event, nil where there is none or it is not known.
func (h *history) before(e *etcdsource.Event) *etcdsource.Event {
	p := h.last[string(e.Key)]
	if p == nil || p.Mod >= e.Mod && p.Sub >= e.Sub {
		return nil
	}
	return p
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

func (h *history) remember(e *etcdsource.Event) {
	if old := h.last[string(e.Key)]; old != nil {
		h.bytes -= len(old.Value)
	}
	if h.bytes += len(e.Value); h.bytes > maxHistory {
		clear(h.last)
		h.bytes = len(e.Value)
	}
	copied := *e
	h.last[string(e.Key)] = &copied
}

// forget drops what may have changed unseen. What a file has compacted was never remembered.
func (h *history) forget(live bool) {
	if live {
		clear(h.last)
		h.bytes = 0
	}
}

// describe explains an event by the version before it.
func (h *history) describe(before, e *etcdsource.Event) change.Change {
	old, cur := h.versions(before, e)
	return change.Between(h.s.Decoder, h.s.Kinds, h.s.Root, old, cur, e, h.s.view)
}

// neighbour is an event that is not to be explained, but helps to explain others.
func (h *history) neighbour(before, e *etcdsource.Event) change.Change {
	c := change.Change{Event: *e}
	c.Before, c.Object = h.versions(before, e)
	c.Ref, _ = h.s.Kinds.Locate(h.s.Root, e.Key)
	return c
}

func (h *history) versions(before, e *etcdsource.Event) (old, cur *decode.Object) {
	if before != nil && before.Type != etcdsource.Deleted {
		if o := h.objects[string(e.Key)]; o != nil && o.Mod == before.Mod {
			old = o
		} else {
			old = h.s.Decoder.Object(before.Key, before.Value, before.Mod)
		}
	}
	if e.Type != etcdsource.Deleted {
		cur = h.s.Decoder.Object(e.Key, e.Value, e.Mod)
		h.keep(string(e.Key), cur)
	}
	return old, cur
}

func (h *history) keep(k string, o *decode.Object) {
	if _, ok := h.objects[k]; !ok {
		if len(h.queue) >= maxObjects {
			delete(h.objects, h.queue[0])
			h.queue = h.queue[1:]
		}
		h.queue = append(h.queue, k)
	}
	h.objects[k] = o
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
