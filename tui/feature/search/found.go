package search

import (
	"slices"
	"sort"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/model/find"
	"github.com/etcdscope/etcdscope/tui/keytree"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// hits is what was found: the keys that are there, then those that are gone, and Events last, for they are many and bear
// the names of others.
type hits struct {
	*find.Hits
	gone     []string
	allGone  int   // keys that are gone, whatever is looked for
	from, to int   // the Events among the hits
	picked   []int // those whose last writes pass, or are not known yet; nil: all
	pending  int   // of these, the latter
	over     int   // those behind the last that is looked at
}

// arranged puts in order what was found and passes.
func (fi *finder) arranged(h *find.Hits) *hits { return fi.facts.pick(fi.found(h)) }

// found puts what was found in order.
func (fi *finder) found(h *find.Hits) *hits {
	if fi.deletedOnly() {
		h = &find.Hits{}
	}
	out := &hits{Hits: h}
	events := fi.f.v.Opened.Root + "events/"
	if len(h.Query().String()) == 0 || strings.Contains(h.Query().String(), "events") {
		events = "\xff"
	}
	out.from = sort.Search(h.Len(), func(i int) bool { return h.Key(i) >= events })
	out.to = out.from + sort.Search(h.Len()-out.from, func(i int) bool { return !strings.HasPrefix(h.Key(out.from+i), events) })
	q := fi.query()
	if !fi.find.whole || q.Empty() && fi.find.text == "" {
		return out
	}
	for _, k := range fi.f.v.Flow.Deleted.Keys {
		if fi.f.v.Flow.Deleted.At(k) == 0 || fi.find.keys.Has(k) {
			continue
		}
		if out.allGone++; q.Meets(fi.f.v.Opened.Root, []byte(k)) && h.Index(k) < 0 {
			out.gone = append(out.gone, k)
		}
	}
	return out
}

// deletedOnly reports whether the filter asks for keys that were deleted.
func (fi *finder) deletedOnly() bool {
	x, _ := filter.Parse(fi.find.text, fi.f.v.Opened.Kinds)
	return x.OnlyGone()
}

// Len implements keytree.Hits.
func (h *hits) Len() int {
	if h.picked != nil {
		return len(h.picked)
	}
	return h.all()
}

// Key implements keytree.Hits.
func (h *hits) Key(i int) string {
	if h.picked != nil {
		i = h.picked[i]
	}
	return h.at(i)
}

// Index implements keytree.Hits.
func (h *hits) Index(key string) int {
	i := h.place(key)
	if h.picked == nil || i < 0 {
		return i
	}
	if j, ok := slices.BinarySearch(h.picked, i); ok {
		return j
	}
	return -1
}

// all is how many keys were found, whatever their last writes.
func (h *hits) all() int { return h.Hits.Len() + len(h.gone) }

// at is one of these keys.
func (h *hits) at(i int) string {
	events, live := h.to-h.from, h.Hits.Len()-(h.to-h.from)
	switch {
	case i < min(live, h.from):
		return h.Hits.Key(i)
	case i < live:
		return h.Hits.Key(i + events)
	case i < live+len(h.gone):
		return h.gone[i-live]
	}
	return h.Hits.Key(h.from + i - live - len(h.gone))
}

// place is where a key is among these, -1 for nowhere.
func (h *hits) place(key string) int {
	live := h.Hits.Len() - (h.to - h.from)
	if i := sort.SearchStrings(h.gone, key); i < len(h.gone) && h.gone[i] == key {
		return live + i
	}
	switch i := h.Hits.Index(key); {
	case i < h.from:
		return i
	case i < h.to:
		return live + len(h.gone) + i - h.from
	default:
		return i - (h.to - h.from)
	}
}

// epitaph says of a key that was found that it is gone.
func (fi *finder) epitaph(key string) (n keytree.Note) {
	switch {
	case fi.f.v.Flow.Deleted.At(key) != 0:
		n.Text = "− gone"
	case fi.facts.pending(key):
		n.Text = pendingNote
	}
	return n
}

// short is the title without the number of all keys, or what is pending.
func (h *hits) short() string {
	s := widget.Thousands(int64(h.Hits.Len()))
	switch {
	case h.pending > 0:
		return widget.Count(int64(h.pending)) + " pending"
	case h.picked != nil:
		s = widget.Thousands(int64(len(h.picked)))
	case len(h.gone) > 0:
		s += " + " + widget.Thousands(int64(len(h.gone))) + " gone"
	}
	return s
}

// title counts what was found. Those that are gone are chosen by their last writes as the others are.
func (h *hits) title(total int64) string {
	s := widget.Thousands(int64(h.Hits.Len())) + " of " + widget.Count(total)
	if h.picked != nil {
		s = widget.Thousands(int64(len(h.picked)-h.pending)) + " of " + widget.Count(total+int64(h.allGone))
		if h.pending > 0 {
			s += ", " + widget.Count(int64(h.pending)) + " pending"
		}
		return s
	}
	if n := len(h.gone); n > 0 {
		s += " + " + widget.Thousands(int64(n)) + " gone"
	}
	return clean.End(s, 40)
}
