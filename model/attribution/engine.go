package attribution

import (
	"time"

	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
	"github.com/etcdscope/etcdscope/model/attribution/requests"
	"github.com/etcdscope/etcdscope/model/attribution/rules"
	"github.com/etcdscope/etcdscope/model/change"
)

// Options say what an Engine is given.
type Options struct {
	// Root is where Kubernetes' keys begin, "/registry/" by default.
	Root string
	// Whole: the changes begin with everything that lives, as those of a file do, so an owner that was never seen does not
	// exist. Otherwise nothing is concluded from what was not seen.
	Whole bool
	// Ahead is how many later changes are waited for before one is attributed, 0: 512. What follows a change within moments
	// is evidence too.
	Ahead int
	// Clock has stamps already, nil: none. See Frame.
	Clock *clock.Clock
	// Audit is the audit log, nil: none.
	Audit *audit.Log
}

// Engine attributes a stream of changes. It is not safe for concurrent use.
type Engine struct {
	memory   *evidence.Memory
	requests *requests.Log
	ahead    int
	pending  []evidence.Change // that wait for what comes after them
	weight   int               // of the objects in pending
	held     int               // bytes of their values
	out      []Attributed
	last     time.Time // of the newest verdict
	recheck  recheck
}

const (
	defaultAhead = 512
	maxPending   = 64 << 20  // bytes of memory of pending changes: large objects wait for fewer changes
	maxHeld      = 64 << 20  // bytes of values of pending changes that are evidence only: of large ones only the metadata is parsed
	maxHeavy     = 192 << 20 // likewise, of memory
)

// New returns an engine that has seen nothing.
func New(o Options) *Engine {
	if o.Root == "" {
		o.Root = "/registry/"
	}
	if o.Ahead == 0 {
		o.Ahead = defaultAhead
	}
	if o.Clock == nil {
		o.Clock = clock.New()
	}
	return &Engine{memory: evidence.NewMemory(o.Root, o.Clock, o.Whole), requests: requests.New(o.Audit), ahead: o.Ahead}
}

// Clock is the engine's clock.
func (e *Engine) Clock() *clock.Clock { return e.memory.Clock }

// Audit takes the audit log that knows the changes which are added from now on.
func (e *Engine) Audit(l *audit.Log) { e.requests.Use(l) }

// Parsed is a change whose versions were parsed, as far as attributing needs it.
type Parsed = evidence.Change

// Parse parses the versions of a change for AddParsed or NoteParsed. Alone of all methods it may be called by several
// goroutines at once, for changes that share no object.
func (e *Engine) Parse(c change.Change) Parsed { return e.memory.Parse(c) }

// Add takes the next change. Changes come in the order of their revisions, all those of one revision or none.
func (e *Engine) Add(c change.Change) { e.AddParsed(new(e.Parse(c))) }

// Note takes the next change, which is evidence for others, but is not attributed itself. Its Changes may be left out.
func (e *Engine) Note(c change.Change) { e.NoteParsed(new(e.Parse(c))) }

// AddParsed is Add for a change that was parsed, which is copied.
func (e *Engine) AddParsed(c *Parsed) { e.add(c, false) }

// NoteParsed is Note for a change that was parsed, which is copied.
func (e *Engine) NoteParsed(c *Parsed) { e.add(c, true) }

func (e *Engine) add(parsed *Parsed, silent bool) {
	e.pending = append(e.pending, *parsed)
	c := &e.pending[len(e.pending)-1]
	e.memory.Note(c)
	c.Silent = silent
	if q := e.requests.Add(c); q != nil {
		e.memory.Clock.Add(requests.StampOf(c, q))
	}
	e.weight += weight(c)
	e.held += len(c.Value)
}

// Heavy reports whether what waits takes so much memory that Take should be called, though nothing of it is asked for.
func (e *Engine) Heavy() bool { return e.held > maxHeld || e.weight > maxHeavy }

// changeSize is about how many bytes a changed field takes, with its path.
const changeSize = 128

// weight is about how much memory a change takes, in bytes. The version before it is mostly one that is kept anyway.
func weight(c *evidence.Change) int {
	n := changeSize * len(c.Changes)
	if c.Object != nil {
		n += c.Object.Weight()
	}
	return n
}

// Lost says that changes were missed: which objects live is not known any more.
func (e *Engine) Lost() { e.memory.Lost() }

// Take returns the changes that have been attributed, in order. With all it does not wait for what may come after them.
// The result is valid until the next call.
func (e *Engine) Take(all bool) []Attributed {
	n := len(e.pending)
	if !all {
		switch {
		case n >= 2*e.ahead:
			n -= e.ahead
		case e.weight > maxPending:
			n = (n + 1) / 2
		default:
			return nil
		}
		n = e.whole(n)
	}
	if n == 0 {
		return nil
	}
	e.out = e.out[:0]
	e.requests.Place(e.memory, e.pending)
	for i := 0; i < n; {
		j := i + 1
		for j < n && e.pending[j].Mod == e.pending[i].Mod {
			j++
		}
		e.revision(e.pending[i:j], e.pending[j:])
		i = j
	}
	next := e.pending[n-1].Mod + 1
	for i := range n {
		e.weight -= weight(&e.pending[i])
		e.held -= len(e.pending[i].Value)
	}
	rest := copy(e.pending, e.pending[n:])
	clear(e.pending[rest:])
	e.pending = e.pending[:rest]
	e.memory.Clock.Drop(next)
	return e.out
}

// whole returns how many of about n changes can be taken without splitting a revision. The newest may not be complete yet.
func (e *Engine) whole(n int) int {
	newest := e.pending[len(e.pending)-1].Mod
	for n < len(e.pending) && e.pending[n].Mod == e.pending[n-1].Mod {
		n++
	}
	for n > 0 && e.pending[n-1].Mod == newest {
		n--
	}
	return n
}

// revision attributes the changes of one revision. after are those that are known to follow.
func (e *Engine) revision(all, after []evidence.Change) {
	e.memory.Relate(all, after)
	for i := range all {
		if c := &all[i]; !c.Silent {
			e.out = append(e.out, Attributed{Change: c.Change, Verdict: e.attribute(c)})
		}
	}
	for i := range all {
		e.memory.Settle(&all[i])
	}
}

// attribute returns what is known of one change. While the audit log is followed, it is not asked yet.
func (e *Engine) attribute(c *evidence.Change) Verdict {
	date, from := e.date(c)
	k := rules.NewCase(c, e.memory, date)
	f := rules.Judge(k)
	if e.requests.Follows() {
		e.last = later(e.last, date.Time)
		e.recheck.keep(judged{*c, f, date, from})
		return verdictOf(k, f, nil, from)
	}
	f, q := e.requests.Ask(k, f)
	if q != nil && !c.Dated() {
		k.Date, from = e.served(k.Date, q), clock.Request.String()
	}
	e.last = later(e.last, k.Date.Time)
	return verdictOf(k, f, q, from)
}

// date dates a change: by the source's own time, else by the clock. from says by what.
func (e *Engine) date(c *evidence.Change) (d clock.Date, from string) {
	if !c.Time.IsZero() {
		return e.received(c)
	}
	if d = e.memory.Clock.At(c.Mod); d.Time.IsZero() {
		return d, ""
	}
	return e.notBefore(d), d.From.String()
}

// received dates a change that the source itself dates. One that may have been received late is dated by the clock, where that says more:
// within the bounds that the receipt leaves.
func (e *Engine) received(c *evidence.Change) (clock.Date, string) {
	own := clock.Date{Time: c.Time, From: clock.Received, Lo: c.NotBefore, Hi: c.Time}
	if c.Dated() {
		return own, c.TimeFrom
	}
	d := e.memory.Clock.At(c.Mod)
	if d.Lo.After(own.Lo) && d.Lo.Before(own.Hi) {
		own.Lo = d.Lo
	}
	if d.From == clock.Received || d.From == clock.Bound || d.Time.Before(own.Lo) || d.Time.After(own.Hi) || d.Hi.IsZero() || !d.Hi.Before(own.Hi) {
		return own, c.TimeFrom
	}
	d.Lo = own.Lo
	return e.notBefore(d), d.From.String()
}

// served dates a change by the request that made it, or by those of which one did.
func (e *Engine) served(d clock.Date, q *audit.Request) clock.Date {
	lo, hi := q.From(), q.To()
	if q.ID == "" { // one of several: what else is known bounds it too
		if !d.Lo.IsZero() && d.Lo.Before(hi) {
			lo = later(lo, d.Lo)
		}
		if !d.Hi.IsZero() && d.Hi.After(lo) && d.Hi.Before(hi) {
			hi = d.Hi
		}
	}
	at := later(d.Time, lo)
	if d.Time.IsZero() || at.After(hi) {
		at = hi
	}
	return e.notBefore(clock.Date{Time: at, From: clock.Request, Lo: lo, Hi: hi})
}

// notBefore keeps a date from falling behind the newest verdict: later stamps do not change times that were returned.
func (e *Engine) notBefore(d clock.Date) clock.Date {
	if d.Time.Before(e.last) {
		d.Time = e.last
		if !d.Hi.IsZero() && d.Hi.Before(d.Time) {
			d.Hi = d.Time
		}
	}
	return d
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
