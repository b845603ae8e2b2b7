package search

import (
	"context"
	"iter"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/timeline"
	"github.com/etcdscope/etcdscope/tui/view"
)

// Words such as by: and field: ask keys for their last write. It is looked up for the keys that the rest of the filter has found, in the
// background, some at a time; until it is known a key is pending.
//
//	Settling ─► look ─► lastWrites ─► factsMsg ─► again: the keys, or the rows of a table, are chosen once more

const (
	maxFacts    = 20_000 // keys whose last writes are looked up; the rest of the filter has to find fewer
	factsAtOnce = 1024
	// A server that was not recalled is asked for each of them, so both are fewer there.
	maxFactsSpared = 500
	factsSpared    = 32
	pendingNote    = "… pending"
)

// fact is the last write of a key.
type fact struct {
	id        timeline.ID
	typ       etcdsource.Type
	described filter.Answer       // what the filter says of what it wrote
	verdict   attribution.Verdict // by the versions of this key alone
	unknown   bool                // it cannot be had
	unread    bool                // its value cannot be read, and all else in the filter lets it pass
}

// asking is what asks for last writes: the list of keys, or a table.
type asking interface {
	typed() string           // the filter, "" for none
	asked() iter.Seq[string] // the keys that the rest of the filter has found
	again() tea.Cmd          // chooses once more
}

// facts are the last writes of the keys that were found.
type facts struct {
	f    *Feature
	by   asking
	text string // of the filter that says what was written, which they were looked up for; "" for every other
	of   map[string]fact
	busy bool
	// hidden is what unread has counted last: a title asks for it whenever it is drawn.
	hidden hidden
	// written are the keys that were written while last writes are looked up: what comes of them may be older.
	written map[string]bool
	parsed  parsed
	// judged is whether the writers were known as far as they will be when the keys were chosen.
	judged bool
}

// parsed is the filter that was parsed last: rows ask for it whenever they are drawn.
type parsed struct {
	text  string
	kinds *kinds.Table
	asks  *filter.Filter // nil where it does not ask for last writes
}

// factsMsg are the last writes of some keys.
type factsMsg struct {
	host.Ask
	by   asking
	text string
	of   map[string]fact
}

// filter is the filter, where it asks for last writes; nil where it does not.
func (x *facts) filter() *filter.Filter {
	text, table := x.by.typed(), x.f.v.Opened.Kinds
	if x.parsed.kinds == table && x.parsed.text == text {
		return x.parsed.asks
	}
	f, _ := filter.Parse(text, table)
	if w := f.Foreign("kind", "ns"); w == "" || w == "type" && f.OnlyGone() && f.Foreign("kind", "ns", "type") == "" {
		f = nil
	}
	x.parsed = parsed{text, table, f}
	return f
}

// most is how many keys' last writes are looked up.
func (x *facts) most() int {
	if !x.f.v.AtHand() {
		return maxFactsSpared
	}
	return maxFacts
}

// advice says what to do where more keys are found than are looked up.
func (x *facts) advice() string {
	if !x.f.v.AtHand() {
		return "the server is asked for each. Narrow them by text, kind: or ns:, or recall the past with A."
	}
	return "narrow them by text, kind: or ns:."
}

// wanted are keys whose last writes are to be looked up.
func (x *facts) wanted(limit int) (keys []string) {
	n := 0
	for key := range x.by.asked() {
		if n++; n > x.most() || len(keys) == limit {
			break
		}
		if _, ok := x.of[key]; !ok {
			keys = append(keys, key)
		}
	}
	return keys
}

// adopt forgets what was looked up for another filter, where that said what was written.
func (x *facts) adopt(f *filter.Filter) {
	text := ""
	if f.Needs()&filter.NeedsChange != 0 {
		text = f.String()
	}
	if x.text != text {
		x.text, x.of = text, nil
	}
}

// allJudged reports whether the writers are known as far as they will be.
func (x *facts) allJudged() bool { return x.f.v.Flow.PastJudged() || !x.f.v.AtHand() }

// settle chooses again where the writers are known by now, and looks some last writes up.
func (x *facts) settle() tea.Cmd {
	if !x.judged && x.allJudged() && x.filter() != nil {
		return tea.Batch(x.by.again(), x.look())
	}
	return x.look()
}

// look looks some last writes up, unless that is under way.
func (x *facts) look() tea.Cmd {
	f := x.filter()
	if f == nil || x.busy {
		return nil
	}
	x.adopt(f)
	limit := factsAtOnce
	if !x.f.v.AtHand() {
		limit = factsSpared
	}
	keys := x.wanted(limit)
	if len(keys) == 0 {
		return nil
	}
	x.busy, x.written = true, map[string]bool{}
	m := factsMsg{Ask: x.f.v.Ask(), by: x.by, text: x.text, of: make(map[string]fact, len(keys))}
	src, d, rev := x.f.v.Opened.Source, x.f.v.Describer(), x.f.v.State.Revision()
	return host.Job(x.f.v.Ctx, func(ctx context.Context) tea.Msg {
		versions, err := etcdsource.As[etcdsource.Versions](src)
		for _, key := range keys {
			known := fact{unknown: true}
			if err == nil {
				known = lastWrite(ctx, versions, d, f, key, rev)
			}
			if ctx.Err() != nil { // the rest comes next time
				break
			}
			m.of[key] = known
		}
		return m
	})
}

// lastWrite looks up the last write of a key up to a revision.
func lastWrite(ctx context.Context, versions etcdsource.Versions, d view.Describer, f *filter.Filter, key string, rev int64) fact {
	events, _, err := versions.Versions(ctx, []byte(key), rev, 2)
	if err != nil || len(events) == 0 {
		return fact{unknown: true}
	}
	e := &events[0]
	var before *etcdsource.Event
	if len(events) > 1 {
		before = &events[1]
	}
	c := change.Describe(d.Decoder, d.Kinds, d.Root, before, e, d.View)
	it := filter.Item{Root: d.Root, Key: e.Key, Type: e.Type, Rev: e.Mod, Change: &c, View: d.View}
	rows := []change.Change{c}
	if before != nil {
		rows = append(rows, change.Describe(d.Decoder, d.Kinds, d.Root, nil, before, d.View))
	}
	out := fact{id: timeline.ID{Rev: e.Mod, Sub: e.Sub}, typ: e.Type, described: f.Describes(&it), verdict: d.Writers(ctx, rows)[e.Mod]}
	if f.Untested(&it) {
		out.unread, out.described = true, filter.No
	}
	return out
}

func (x *facts) on(m factsMsg) tea.Cmd {
	x.busy = false
	if m.text != x.text {
		return nil
	}
	if x.of == nil {
		x.of = map[string]fact{}
	}
	for key, known := range m.of {
		if !x.written[key] {
			x.of[key] = known
		}
	}
	return x.by.again()
}

// passes says whether the last write of a key passes the filter.
func (x *facts) passes(f *filter.Filter, key string) filter.Answer {
	known, ok := x.of[key]
	switch {
	case !ok:
		return filter.NotYet
	case known.unknown:
		return filter.No
	}
	v, judged := known.verdict, x.allJudged()
	if seen, ok := x.f.v.Panes.Changes.Verdict(known.id); ok && seen.Confidence >= v.Confidence {
		v = seen
	}
	if v.Time.IsZero() {
		v.Time = x.f.v.Times.At(known.id.Rev)
	}
	it := filter.Item{Root: x.f.v.Opened.Root, Key: []byte(key), Type: known.typ, Rev: known.id.Rev, Described: known.described, Judged: judged, Newest: x.f.v.Panes.Changes.NewestTime()}
	if ref, ok := x.f.v.Opened.Kinds.Locate(it.Root, it.Key); ok {
		it.Ref = &ref
	}
	if judged || v.Writer != "" && !v.Time.IsZero() {
		it.Verdict = &v
	}
	return f.Match(&it)
}

// unread is how many of the keys that were found are left out only because their values could not be read; of is how many
// keys there are.
func (x *facts) unread(of int) int {
	h := hidden{text: x.by.typed(), of: of, known: len(x.of)}
	if x.filter() == nil || len(x.of) == 0 {
		return 0
	}
	if at := x.hidden; at.text == h.text && at.of == h.of && at.known == h.known {
		return at.n
	}
	for key := range x.by.asked() {
		if known, ok := x.of[key]; ok && known.unread {
			h.n++
		}
	}
	x.hidden = h
	return h.n
}

// hidden is a number of keys that are left out, and what it was counted for.
type hidden struct {
	text      string
	of, known int
	n         int
}

// choosing is the filter by whose last writes keys are chosen now, nil for none.
func (x *facts) choosing() *filter.Filter {
	f := x.filter()
	if f != nil {
		x.adopt(f)
		x.judged = x.allJudged()
	}
	return f
}

// pick chooses among the keys that were found those whose last writes pass, or are not known yet.
func (x *facts) pick(h *hits) *hits {
	f := x.choosing()
	if f == nil {
		return h
	}
	h.picked, h.pending, h.over = []int{}, 0, max(h.all()-x.most(), 0)
	for i := range min(h.all(), x.most()) {
		switch x.passes(f, h.at(i)) {
		case filter.Yes:
			h.picked = append(h.picked, i)
		case filter.NotYet:
			h.picked, h.pending = append(h.picked, i), h.pending+1
		}
	}
	return h
}

// pending reports whether it is not known yet whether a key passes.
func (x *facts) pending(key string) bool {
	f := x.filter()
	return f != nil && x.passes(f, key) == filter.NotYet
}

// forget drops what was written since, so that it is looked up again.
func (x *facts) forget(b etcdsource.Batch) {
	for i := range b.Events {
		delete(x.of, string(b.Events[i].Key))
		if x.busy {
			x.written[string(b.Events[i].Key)] = true
		}
	}
}
