package find

import (
	"bytes"
	"context"
	"math/bits"
	"runtime"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// Hits is the keys that match a query.
type Hits struct {
	keys  *Keys
	query Query
	found []*hit // of each chunk, nil where it was not searched yet
	upTo  []int  // hits in the chunks up to this one, it included
	part  bool   // a chunk was not searched yet
}

// hit is the keys of a chunk that match.
type hit struct {
	chunk *chunk
	bits  []uint64 // nil when n is 0
	n     int
}

// Query returns what was searched for.
func (h *Hits) Query() Query { return h.query }

// Keys returns what was searched.
func (h *Hits) Keys() *Keys { return h.keys }

// Part reports whether only the keys at the beginning were searched yet.
func (h *Hits) Part() bool { return h != nil && h.part }

// Len returns the number of hits, Of the number of keys that were searched.
func (h *Hits) Len() int {
	if h == nil || len(h.upTo) == 0 {
		return 0
	}
	return h.upTo[len(h.upTo)-1]
}

// Of returns the number of keys that were searched.
func (h *Hits) Of() int { return h.keys.Len() }

// Key returns hit i as it is stored in the source.
func (h *Hits) Key(i int) string {
	ci := sort.SearchInts(h.upTo, i+1)
	if ci > 0 {
		i -= h.upTo[ci-1]
	}
	f := h.found[ci]
	for w, word := range f.bits {
		if n := bits.OnesCount64(word); i >= n {
			i -= n
			continue
		}
		for ; i > 0; i-- {
			word &= word - 1
		}
		return h.keys.at(f.chunk, w*64+bits.TrailingZeros64(word))
	}
	return ""
}

// Index returns the number of the hit that is a key, -1 when it is none.
func (h *Hits) Index(key string) int {
	if h == nil || h.keys == nil {
		return -1
	}
	ci, i, ok := h.keys.position(key)
	if !ok || h.found[ci] == nil || !bit(h.found[ci].bits, i) {
		return -1
	}
	n := 0
	if ci > 0 {
		n = h.upTo[ci-1]
	}
	for w := range i / 64 {
		n += bits.OnesCount64(h.found[ci].bits[w])
	}
	return n + bits.OnesCount64(h.found[ci].bits[i/64]&(1<<(i%64)-1))
}

// Search finds the keys that match, with as many cores as there are. before is the result of an earlier search, or
// nil: what it knows is used. It ends early, without a result, with the context.
func Search(ctx context.Context, k *Keys, q Query, before *Hits) *Hits {
	return SearchSoon(ctx, k, q, before, nil)
}

// Of a search that takes long, the first hits are returned soon.
const (
	soon   = time.Millisecond // not before that
	enough = 200              // hits, more than a screen has
)

// SearchSoon is Search that hands the hits among the first keys over, once, where the search takes more than a few
// milliseconds and there are enough to fill a screen, in a goroutine of its own.
func SearchSoon(ctx context.Context, k *Keys, q Query, before *Hits, first func(*Hits)) *Hits {
	found := make([]atomic.Pointer[hit], len(k.chunks))
	same := before != nil && before.query.Same(q)
	narrow := before != nil && (same || q.narrows(before.query))
	lead, show := q.lead(), early{begun: time.Now(), first: first}
	var next atomic.Int64
	var failed atomic.Value
	var wg sync.WaitGroup
	work := func() {
		for i := int(next.Add(1)) - 1; i < len(k.chunks) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
			var old *hit
			if narrow && i < len(before.found) && before.found[i] != nil && before.found[i].chunk == k.chunks[i] {
				old = before.found[i]
			}
			if old != nil && same {
				found[i].Store(old)
				continue
			}
			found[i].Store(q.chunk(k.root, k.chunks[i], lead, old))
			show.look(k, q, found)
		}
	}
	for range min(runtime.GOMAXPROCS(0), len(k.chunks)) {
		safego.Wait(&wg, func(err error) { failed.Store(err) }, work)
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		panic(err) // in the goroutine of the caller, who recovers
	}
	if ctx.Err() != nil {
		return nil
	}
	return hitsOf(k, q, found)
}

// early hands the first hits of a search over.
type early struct {
	mu    sync.Mutex
	begun time.Time
	first func(*Hits) // nil once it was called
}

// look calls first where it is time and there are enough hits.
func (e *early) look(k *Keys, q Query, found []atomic.Pointer[hit]) {
	if !e.mu.TryLock() {
		return
	}
	defer e.mu.Unlock()
	if e.first == nil || time.Since(e.begun) < soon {
		return
	}
	if h := hitsOf(k, q, found); h.part && h.Len() >= enough {
		e.first(h)
		e.first = nil
		runtime.Gosched() // else what takes them waits for the end of a slice of 10 ms
	}
}

// hitsOf are the hits in the chunks up to the first that was not searched yet.
func hitsOf(k *Keys, q Query, found []atomic.Pointer[hit]) *Hits {
	h := &Hits{keys: k, query: q, found: make([]*hit, len(found)), upTo: make([]int, len(found))}
	sum := 0
	for i := range found {
		if f := found[i].Load(); f != nil && !h.part {
			h.found[i] = f
			sum += f.n
		} else {
			h.part = true
		}
		h.upTo[i] = sum
	}
	return h
}

// lead is the term that a chunk is scanned for as a whole: the longest that may stand anywhere; -1 for none.
func (q Query) lead() int {
	best := -1
	for i, t := range q.terms {
		if !t.not && !t.head && !t.tail && (best < 0 || len(t.text) > len(q.terms[best].text)) {
			best = i
		}
	}
	return best
}

// sparse is the share of a chunk up to which the old hits are looked at one by one.
const sparse = chunkKeys / 64

// chunk searches one chunk; old is a result that holds all that can match, nil where there is none.
func (q Query) chunk(root string, c *chunk, lead int, old *hit) *hit {
	h := &hit{chunk: c}
	lo, hi, only := q.within(root, c)
	switch {
	case old != nil && old.n == 0 || lo == hi:
		return h
	case only || hi-lo < c.len():
		h.bits = make([]uint64, chunkKeys/64)
		for i := lo; i < hi; i++ {
			if only || q.match(root, c, i, -1) {
				h.set(i)
			}
		}
	case old != nil && old.n <= sparse:
		h.bits = make([]uint64, chunkKeys/64)
		for w, word := range old.bits {
			for ; word != 0; word &= word - 1 {
				if i := w*64 + bits.TrailingZeros64(word); q.match(root, c, i, -1) {
					h.set(i)
				}
			}
		}
	case lead >= 0 && q.also == nil:
		h.bits = make([]uint64, chunkKeys/64)
		q.scan(root, c, lead, h, old)
	default:
		h.bits = make([]uint64, chunkKeys/64)
		for i := range c.len() {
			if q.match(root, c, i, -1) {
				h.set(i)
			}
		}
	}
	if h.n == 0 {
		h.bits = nil
	}
	return h
}

// within returns the keys [lo, hi) of a chunk outside of which nothing can match, because keys in order lie together by
// how they begin; only reports that all of them match.
func (q Query) within(root string, c *chunk) (lo, hi int, only bool) {
	lo, hi = 0, c.len()
	if !c.sorted || c.outer != nil {
		return lo, hi, false
	}
	for _, t := range q.terms {
		n := min(len(root), len(t.text))
		if !t.head || t.not || !t.sensitive && &c.lower[0] != &c.text[0] || root != "" && strings.EqualFold(root[:n], string(t.text[:n])) {
			continue // capitals stand apart, or the root counts too
		}
		from := sort.Search(c.len(), func(i int) bool { return bytes.Compare(c.key(i), t.text) >= 0 })
		to := sort.Search(c.len(), func(i int) bool {
			k := c.key(i)
			return bytes.Compare(k[:min(len(k), len(t.text))], t.text) > 0
		})
		lo, hi = max(lo, from), min(hi, to)
		only = !t.tail && len(q.terms) == 1 && q.also == nil
	}
	return lo, max(lo, hi), only
}

func (h *hit) set(i int) {
	h.bits[i/64] |= 1 << (i % 64)
	h.n++
}

// scan looks for the lead term in the text of a chunk, and for the others in the keys that have it. What keys share
// with the one before them is not looked at again where it decided, and blocks that lack a pair of the term's bytes
// are passed over.
func (q Query) scan(root string, c *chunk, lead int, h, old *hit) {
	t := &q.terms[lead]
	low := t.text
	if t.sensitive {
		low = lower(low)
	}
	for n := range c.blocks {
		if hi := min((n+1)*blockKeys, c.len()); c.blocks[n].may(low) {
			q.scanBlock(root, c, lead, h, n*blockKeys, hi, old)
		}
	}
}

// scanBlock is scan for the keys [from, to).
func (q Query) scanBlock(root string, c *chunk, lead int, h *hit, from, to int, old *hit) {
	t := &q.terms[lead]
	text := c.lower
	if t.sensitive {
		text = c.text
	}
	const never = 1 << 30
	end := never // where the term first ended in the last key that was looked at
	same := 0    // what key and it begin with alike
	for key := from; key < to; {
		if key > from {
			same = min(same, int(c.shared[key]))
		}
		if old != nil && !bit(old.bits, key) {
			key++
			continue
		}
		if same < end {
			at := int(c.off[key]) + max(0, same-len(t.text)+1)
			if i := bytes.Index(text[at:c.off[key+1]], t.text); i >= 0 {
				end = at + i + len(t.text) - int(c.off[key])
			} else {
				end = never
			}
		}
		same = never
		if end == never {
			key++
			continue
		}
		next := key + 1
		met, decided := q.others(root, c, key, lead)
		if decided >= 0 { // the first bytes decided it: what begins with them is the same
			next = min(c.run(key, max(end, decided)), to)
		}
		if met {
			h.setRange(key, next)
		}
		key = next
	}
}

// others reports whether key i meets the terms beside the lead, and how many of its first bytes decided that; -1 when not
// only they did.
func (q Query) others(root string, c *chunk, i, lead int) (met bool, decided int) {
	for n := range q.terms {
		t := &q.terms[n]
		switch {
		case n == lead:
		case t.not || t.head || t.tail:
			if t.in(root, c, i) == t.not {
				return false, -1
			}
			decided = -1
		default:
			text := c.lower
			if t.sensitive {
				text = c.text
			}
			at := bytes.Index(text[c.off[i]:c.off[i+1]], t.text)
			if at < 0 {
				return false, -1
			}
			if decided >= 0 {
				decided = max(decided, at+len(t.text))
			}
		}
	}
	return true, decided
}
