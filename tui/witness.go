package tui

import (
	"context"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/timeline"
)

// Who made the changes of the feed is found beside it, never in its way:
//
//	feedMsg (the past), batchMsg ─► offer ─► witness (some changes at a time) ─► witnessedMsg ─► timeline.Feed, Pane
//
// Changes that come faster than they can be looked at are left out, the oldest first: they stay without a writer, and
// nothing is concluded from what was not seen.

const (
	witnessWait   = 1024                  // changes that may wait
	witnessPast   = 20_000                // changes before the tab was opened that are looked at, the newest
	witnessSlice  = 25 * time.Millisecond // of work at a time
	witnessPause  = 75 * time.Millisecond // between two of these while the store is written
	witnessSpared = 10                    // times as long, and as little work, while more is written than can be looked at
	witnessBytes  = 16 << 20              // of values that are remembered
	witnessBounds = 512                   // decoded objects, likewise
)

// witness attributes changes. What is offered is guarded by mu; all else belongs to the command that is under way.
type witness struct {
	tab   int
	mu    sync.Mutex
	wait  []etcdsource.Event
	lost  bool // some were left out before wait
	held  bool // the past has not arrived yet
	most  int  // that may wait
	whole bool // the changes begin with everything that lives
	ready chan struct{}
	hearing

	memory *change.Memory
	engine *attribution.Engine
	audit  *learn.AuditLog
	live   int64 // revisions after this one came while the program ran
	root   string
}

// hearing is what is known of an audit log that is followed.
type hearing struct {
	tail *audit.Tail // gathers what is appended to it; nil where none is followed
	came []came      // what the engine has not been told of
	asks time.Time   // when what came last may be asked about again; zero where there is nothing
}

// came is when everything up to a revision had come.
type came struct {
	rev int64
	at  time.Time
}

// witnessed is a change that was attributed.
type witnessed struct {
	timeline.ID
	attribution.Verdict
	what string // it did
}

// witnessedMsg is who made some changes, in their order.
type witnessedMsg struct {
	tab  int
	rows []witnessed
	late []witnessed // what was told before, and is known better now
	upTo int64       // everything up to here was looked at or left out
	live int64
}

// newWitness returns a witness of a source; held tells that the changes before now are still being read.
func (fl *flow) newWitness(held bool) *witness {
	d := describer{fl.v.opened.Decoder, fl.v.opened.Kinds, fl.v.opened.Root, decode.View{}, fl.audit}
	w := &witness{tab: fl.v.id, audit: fl.audit, held: held, most: witnessPast + witnessWait, root: d.root, ready: make(chan struct{}, 1), live: fl.v.state.Info.Revision,
		memory: change.NewMemory(d.dec, d.table, d.root, d.view, change.MemoryBounds{Bytes: witnessBytes, Objects: witnessBounds})}
	if fl.v.opened.Follow != nil && fl.v.state.Info.Running {
		w.tail = audit.NewTail()
	}
	w.engine = w.newEngine(false)
	return w
}

func (w *witness) newEngine(whole bool) *attribution.Engine {
	e := attribution.New(attribution.Options{Root: w.root, Memo: witnessBounds, Whole: whole})
	if w.tail != nil {
		e.Follow()
	}
	return e
}

// listen follows the audit log until the tab is closed.
func (w *witness) listen(ctx context.Context, follow audit.Follow) tea.Cmd {
	if w.tail == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer host.Recovered(&msg)
		_ = follow(ctx, w.tail.Put)
		return nil
	}
}

// past takes the changes before the tab was opened; whole tells that they begin with everything that lives.
func (w *witness) past(events []etcdsource.Event, whole bool) {
	from := max(len(events)-witnessPast, 0)
	for i := len(events) - 1; i >= from; i-- {
		if e := &events[i]; e.Value == nil && e.Type != etcdsource.Deleted { // let go: what comes after it can be told
			from = i + 1
		}
	}
	from = len(events) - len(newest(events, len(events)-from))
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.whole = whole && from == 0; w.whole {
		w.engine = w.newEngine(true)
	}
	w.wait = append(append([]etcdsource.Event(nil), events[from:]...), w.wait...)
	w.held = false
	w.signal()
}

// offer takes changes. It never waits.
func (w *witness) offer(b *etcdsource.Batch) {
	if len(b.Events) == 0 && b.Lost.Empty() {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !b.Lost.Empty() {
		w.wait, w.lost = w.wait[:0], true
	}
	events := b.Events
	if len(w.wait)+len(events) > w.most {
		w.wait, w.lost = w.wait[:0], true
		events = newest(events, witnessWait)
	}
	w.wait = append(w.wait, events...)
	if n := len(events); n > 0 && w.tail != nil && len(w.came) < witnessWait {
		w.came = append(w.came, came{events[n-1].Mod, time.Now()})
	}
	w.signal()
}

// newest returns about the n newest changes, without splitting a revision.
func newest(events []etcdsource.Event, n int) []etcdsource.Event {
	from := max(len(events)-n, 0)
	for from > 0 && from < len(events) && events[from].Mod == events[from-1].Mod {
		from++
	}
	return events[from:]
}

func (w *witness) signal() {
	select {
	case w.ready <- struct{}{}:
	default:
	}
}

// take returns what waits, once there is something: nothing where the audit log is to be asked again.
func (w *witness) take(ctx context.Context) (events []etcdsource.Event, lost bool) {
	var heard <-chan struct{}
	if w.tail != nil {
		heard = w.tail.Ready()
	}
	for {
		w.mu.Lock()
		if len(w.wait) > 0 && !w.held {
			events, lost = w.wait, w.lost
			w.wait, w.lost = nil, false
			w.mu.Unlock()
			return events, lost
		}
		var again <-chan time.Time
		if !w.asks.IsZero() {
			again = time.After(time.Until(w.asks))
		}
		w.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, false
		case <-w.ready:
		case <-heard:
			return nil, false
		case <-again:
			return nil, false
		}
	}
}

// auditWait is how long the lines of an audit log that is followed are waited for before something is concluded from them.
const auditWait = time.Second

// again asks the audit log about what was attributed without it.
func (w *witness) again(m *witnessedMsg) {
	if w.tail == nil {
		return
	}
	now := time.Now()
	w.mu.Lock()
	for _, c := range w.came {
		w.engine.Arrived(c.rev, c.at)
		w.asks = c.at.Add(auditWait + time.Millisecond)
	}
	w.came = w.came[:0]
	if !w.asks.After(now) {
		w.asks = time.Time{}
	}
	w.mu.Unlock()
	w.engine.Heard(w.tail.Take())
	for _, a := range w.engine.Again(now.Add(-auditWait)) {
		m.late = append(m.late, witnessed{timeline.ID{Rev: a.Mod, Sub: a.Sub}, a.Verdict, a.Summary})
	}
}

// back puts what was not looked at before what came meanwhile.
func (w *witness) back(events []etcdsource.Event) {
	if len(events) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lost { // there is a gap between them
		return
	}
	w.wait = append(events, w.wait...)
	w.signal()
}

// next looks at what waits for a while. One at a time is under way.
func (w *witness) next(ctx context.Context) tea.Cmd {
	return func() (msg tea.Msg) {
		defer host.Recovered(&msg)
		events, lost := w.take(ctx)
		if ctx.Err() != nil {
			return nil
		}
		m := witnessedMsg{tab: w.tab, live: w.live}
		if lost {
			m.take(w.engine, true)
			w.memory.Forget()
			w.engine.Lost()
		}
		n, work, pause := 0, witnessSlice, time.Duration(0)
		if lost {
			work, pause = witnessSlice/witnessSpared, witnessPause*witnessSpared
		}
		if w.audit != nil && w.tail == nil {
			w.engine.Audit(w.audit.Ended(ctx))
		}
		for end := time.Now().Add(work); n < len(events); n++ {
			e := &events[n]
			if n > 0 && e.Mod != events[n-1].Mod && time.Now().After(end) {
				break
			}
			before := w.memory.Before(e)
			w.memory.Remember(e)
			w.engine.Add(w.memory.Describe(before, e))
		}
		m.take(w.engine, n == len(events))
		w.again(&m)
		w.back(events[n:])
		if m.upTo > w.live {
			pause = max(pause, witnessPause)
			w.pastDone()
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		return m
	}
}

// take adds what the engine has attributed.
func (m *witnessedMsg) take(e *attribution.Engine, all bool) {
	for _, a := range e.Take(all) {
		m.rows = append(m.rows, witnessed{timeline.ID{Rev: a.Mod, Sub: a.Sub}, a.Verdict, a.Summary})
		m.upTo = a.Mod
	}
}

// pastDone lets less wait from now on.
func (w *witness) pastDone() {
	w.mu.Lock()
	w.most = witnessWait
	w.mu.Unlock()
}

// isWhole reports whether what is seen begins with everything that lives.
func (w *witness) isWhole() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.whole
}

// overrule tells the timeline what the neighbours of its changes say of their writers, where that is more than the
// versions of the one key say.
func (rd *reader) overrule() {
	rows := rd.v.history.Changes()
	if rd.v.witness == nil || len(rows) > maxOverruled {
		return
	}
	whole, who := rd.v.witness.isWhole(), map[int64]attribution.Verdict{}
	for i := range rows {
		if v, ok := rd.v.changes.Verdict(timeline.ID{Rev: rows[i].Mod, Sub: rows[i].Sub}); ok && (whole || betters(&v, rd.v.history.Verdict(rows[i].Mod))) {
			who[rows[i].Mod] = v
		}
	}
	rd.v.history.Attribute(who)
}

// betters reports whether a verdict says more than another one.
func betters(v *attribution.Verdict, than attribution.Verdict) bool {
	return v.Confidence > than.Confidence || v.Confidence == than.Confidence && v.User != "" && than.User == ""
}

// maxOverruled bounds the rows of a timeline that are compared with what the neighbours say.
const maxOverruled = 5000

// onWitnessed tells the panes who made changes.
func (m *Model) onWitnessed(msg witnessedMsg) tea.Cmd {
	t := m.find(msg.tab)
	if t == nil || t.state == nil || t.witness == nil {
		return nil
	}
	for i := range msg.rows {
		r := &msg.rows[i]
		if r.Rev > msg.live {
			t.changes.Wrote(&r.Verdict, m.style.Now)
			t.changes.Described(r.ID, r.what)
		}
		t.changes.Attribute(r.ID, r.Verdict)
	}
	for i := range msg.late {
		t.changes.Attribute(msg.late[i].ID, msg.late[i].Verdict)
	}
	t.changes.Judged(msg.upTo)
	t.overrule()
	if len(msg.rows)+len(msg.late) > 0 {
		t.retell()
	}
	return t.witness.next(t.ctx)
}
