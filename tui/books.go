package tui

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/reconcile"
	"github.com/etcdscope/etcdscope/tui/layout"
)

// The report of a running store is kept up with it while it is looked at: what was summed up once is kept, and only the
// changes that the watch brought since are added. The store is read again only where some of these were let go.
//
//	tick ─► keepUp ─► the feed's changes since ─► books ─► reportMsg
//
// It costs a part of one core at most: the next time is farther away the longer the last one took, and of more changes
// than maxKept only the last ones are looked at one by one, the others for how their objects stand.

const (
	reportEvery = 2 * time.Second  // between two times, at least
	reportShare = 4                // times as long as one took lie between two
	reportAnew  = 60 * time.Second // before a store is read again by itself
	maxKept     = 4000             // changes that are looked at one by one at a time
)

// books are what is known of a running store, up to a revision.
type books struct {
	upTo atomic.Int64 // what came up to here is in them

	mu      sync.Mutex // held by the job that works on what follows
	account *reconcile.Account
	memory  *change.Memory
	writes  int  // that were looked at
	left    bool // not every object was looked at
	skipped int  // writes that were not looked at one by one
}

// begin empties the books; to bounds what is counted, 0 is no bound.
func (b *books) begin(ctx context.Context, s *summer, to int64) {
	b.account = reconcile.NewAccount(attribution.Options{Root: s.d.root, Whole: s.whole, Audit: s.d.audit.log(ctx)}, reconcile.Window{To: to})
	b.memory = change.NewMemory(s.d.dec, s.d.table, s.d.root, decode.View{}, reportBounds)
}

// add takes the next change.
func (b *books) add(e *etcdsource.Event) {
	before := b.memory.Before(e)
	b.memory.Remember(e)
	b.account.Add(b.memory.Describe(before, e))
	b.writes++
}

// keep takes the changes that are not in the books yet.
func (b *books) keep(ctx context.Context, dec *decode.Decoder, events []etcdsource.Event) error {
	for len(events) > 0 && events[0].Mod <= b.upTo.Load() {
		events = events[1:]
	}
	last := newest(events, maxKept)
	if n := len(events) - len(last); n > 0 {
		b.skim(dec, events[:n])
	}
	for i := range last {
		e := &last[i]
		if i > 0 && e.Mod != last[i-1].Mod {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			b.upTo.Store(last[i-1].Mod)
		}
		b.add(e)
	}
	b.account.End()
	if n := len(last); n > 0 {
		b.upTo.Store(last[n-1].Mod)
	}
	return nil
}

// skim looks only at how objects stood after changes that are too many to be looked at one by one.
func (b *books) skim(dec *decode.Decoder, events []etcdsource.Event) {
	b.account.End()
	b.account.Lost()
	b.memory.Forget()
	b.skipped += len(events)
	last := make(map[string]*etcdsource.Event, len(events))
	for i := range events {
		last[string(events[i].Key)] = &events[i]
	}
	for key, e := range last {
		if e.Type == etcdsource.Deleted {
			b.account.Unsee(key)
		} else {
			b.account.See(dec.Object(e.Key, e.Value, e.Mod))
		}
	}
	b.upTo.Store(events[len(events)-1].Mod)
}

// since are the changes of the feed after a revision; ok is false where some are missing, or have lost their values.
func (t *tab) since(rev int64) (events []etcdsource.Event, ok bool) {
	items := t.state.Feed.Items()
	from := len(items)
	for ; from > 0; from-- {
		it := &items[from-1]
		if it.Gap.Empty() && it.Event.Mod <= rev || !it.Gap.Empty() && it.Gap.To <= rev {
			break
		}
		if !it.Gap.Empty() || it.ValueGone {
			return nil, false
		}
	}
	for i := from; i < len(items); i++ {
		events = append(events, items[i].Event)
	}
	return events, true
}

// keepUp adds to the report that is looked at what was written since.
func (m *Model) keepUp(t *tab) tea.Cmd {
	s := &t.summing
	if m.focus != layout.Report || t.state.At != 0 || !t.state.Info.Running || s.busy || s.gen != t.state.Gen ||
		s.head == t.state.Head || m.style.Now.Before(s.next) {
		return nil
	}
	if t.books != nil {
		if _, ok := t.since(t.books.upTo.Load()); !ok && m.style.Now.Sub(s.whole) < reportAnew {
			return nil
		}
	}
	return t.sumUpAgain()
}
