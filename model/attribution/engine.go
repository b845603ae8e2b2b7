package attribution

import (
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/change"
)

// Options say what an Engine is fed with.
type Options struct {
	// Root is where Kubernetes' keys begin, "/registry/" by default.
	Root string
	// Whole tells that the changes begin with everything that lives, as those of a file do: then an owner that was never
	// seen does not exist. Otherwise nothing is concluded from what was not seen.
	Whole bool
	// Ahead is how many changes are waited for before one is attributed, 0: 512. What follows a change within moments
	// is evidence too.
	Ahead int
	// Memo is how many versions are kept as read, 0: 4096. Each holds its decoded object.
	Memo int
	// Clock knows stamps already, nil: none. See Frame.
	Clock *clock.Clock
	// Audit is what the audit log tells, nil: nothing.
	Audit *audit.Log
}

// Engine attributes a stream of changes. It is not safe for concurrent use.
type Engine struct {
	o      Options
	parser parser
	clock  *clock.Clock
	clocks hands
	notes  notes
	names  names
	trail  trail
	world  *world
	forms  forms
	versions
	pending []pending
	bytes   int // of the values in pending
	out     []Attributed
	last    time.Time // of the newest verdict
	waiting
}

// versions are those that were read.
type versions struct {
	memo  map[string]*version // the newest of a key
	queue []string            // keys of memo, oldest first
}

// pending is a change that waits for what comes after it.
type pending struct {
	change.Change
	prev, cur *version
	several   int    // changes of API objects in the same revision
	together  bool   // they all went, and all hung on one etcd lease
	form      string // why its stored form is strange, "" if it is not
	silent    bool   // no verdict is wanted
}

const (
	defaultAhead = 512
	maxPending   = 16 << 20 // bytes of values that wait: large ones wait for fewer changes
	defaultMemo  = 4096
)

// New returns an engine that has seen nothing.
func New(o Options) *Engine {
	if o.Root == "" {
		o.Root = "/registry/"
	}
	if o.Ahead == 0 {
		o.Ahead = defaultAhead
	}
	if o.Memo == 0 {
		o.Memo = defaultMemo
	}
	if o.Clock == nil {
		o.Clock = clock.New()
	}
	return &Engine{o: o, clock: o.Clock, world: newWorld(o.Whole), versions: versions{memo: map[string]*version{}}, trail: newTrail(o.Audit)}
}

// Clock is the engine's clock.
func (e *Engine) Clock() *clock.Clock { return e.clock }

// Audit takes what the audit log tells of the changes that are added from now on.
func (e *Engine) Audit(l *audit.Log) { e.trail.log = l }

// Add takes the next change. Changes come in the order of their revisions, all those of one revision or none.
func (e *Engine) Add(c change.Change) { e.add(c, false) }

// Note takes the next change, which is evidence for others, but is not attributed itself. Its Changes may be left out.
func (e *Engine) Note(c change.Change) { e.add(c, true) }

func (e *Engine) add(c change.Change, silent bool) {
	p := pending{Change: c, prev: e.read(c.Before), cur: e.read(c.Object), silent: silent}
	if p.cur != nil {
		e.keep(string(c.Key), p.cur)
	}
	e.names.note(p.cur, c.Version == 1)
	addStamps(e.clock, &e.clocks, &c, p.prev, p.cur)
	e.notes.addEvent(&e.clocks, p.cur, c.Mod)
	e.trail.add(&p, e.follows)
	e.pending = append(e.pending, p)
	e.bytes += len(c.Value)
}

// read reads a version, unless it was read already.
func (e *Engine) read(o *decode.Object) *version {
	if o == nil {
		return nil
	}
	if v := e.memo[string(o.Key)]; v != nil && v.Object == o {
		return v
	}
	return newVersion(&e.parser, o)
}

func (e *Engine) keep(key string, v *version) {
	if _, ok := e.memo[key]; !ok {
		if len(e.queue) >= e.o.Memo {
			delete(e.memo, e.queue[0])
			e.queue = e.queue[1:]
		}
		e.queue = append(e.queue, key)
	}
	e.memo[key] = v
}

// Lost tells that changes were missed: what lives and what was said is not known any more.
func (e *Engine) Lost() {
	holders := e.world.holders
	e.world = newWorld(false)
	e.world.holders = holders
	clear(e.memo)
	e.queue = nil
}

// Take returns the changes that have been attributed, in order. With all it does not wait for what may come after them.
// The result is valid until the next call.
func (e *Engine) Take(all bool) []Attributed {
	n := len(e.pending)
	if !all {
		switch {
		case n >= 2*e.o.Ahead:
			n -= e.o.Ahead
		case e.bytes > maxPending:
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
		e.bytes -= len(e.pending[i].Value)
	}
	rest := copy(e.pending, e.pending[n:])
	clear(e.pending[rest:])
	e.pending = e.pending[:rest]
	e.clock.Drop(next)
	return e.out
}

// whole returns how many of about n changes can be taken without splitting a revision. The newest may not be whole yet.
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
func (e *Engine) revision(all, after []pending) {
	several, together := 0, true
	for i := range all {
		if all[i].Ref.Name != "" {
			several++
		}
		l := e.world.leases[string(all[i].Key)]
		together = together && l != 0 && all[i].Type == etcdsource.Deleted && l == e.world.leases[string(all[0].Key)]
	}
	for i := range all {
		p := &all[i]
		if p.bumped() {
			e.forms.bumped++
		}
		if p.silent {
			continue
		}
		p.several, p.together, p.form = several, together, e.forms.strange(p, after)
		v := e.attribute(p)
		e.out = append(e.out, Attributed{Change: p.Change, Verdict: v})
	}
	for i := range all {
		e.settle(&all[i])
	}
}

// settle takes a change that was attributed into the state of the world.
func (e *Engine) settle(p *pending) {
	key := string(p.Key)
	if p.Type == etcdsource.Deleted {
		e.world.bury(key, p.Mod)
		return
	}
	if p.form == "" {
		e.forms.note(p)
	}
	e.world.put(key, p.cur, p.Mod, p.Version, p.Lease)
	if p.cur != nil && p.cur.Kind == "Pod" {
		e.settlePod(p)
	}
}

// settlePod notes when a pod's kubelet wrote last, and when the pod was disrupted.
func (e *Engine) settlePod(p *pending) {
	t := e.world.things[p.cur.UID]
	if t == nil {
		return
	}
	if p.prev != nil {
		for _, m := range append(moved(p.prev.entries, p.cur.entries), grew(p.prev.entries, p.cur.entries)...) {
			if e.names.is(m.Manager, kubelet) {
				t.tended = p.Mod
			}
		}
	}
	if t.tended != p.Mod && t.marked != 0 && p.Type == etcdsource.Updated && p.prev != nil && p.prev.Text("status", "phase") != p.cur.Text("status", "phase") {
		t.tended = p.Mod // the kubelet's alone; controllers that set it leave an entry
	}
	if _, ok := p.cur.condition("DisruptionTarget"); ok && t.disrupted.IsZero() {
		t.disrupted = e.clock.At(p.Mod).Time
	}
}

// attribute says what is known of one change.
func (e *Engine) attribute(p *pending) Verdict {
	c := &ctx{e: e, pending: p, date: e.clock.At(p.Mod)}
	c.when()
	f := c.judge()
	if e.follows {
		e.later(c, f)
		return c.verdict(f, nil)
	}
	return c.asked(f)
}

// asked is what was found, and what the audit log adds.
func (c *ctx) asked(was finding) Verdict {
	f, q := c.audited(was)
	if f.writer != was.writer {
		f.part = c.partOf(f.writer, f.controller)
	}
	return c.verdict(f, q)
}

// verdict is what was found, in the form in which it is told. q is the request that it was, nil where none is known.
func (c *ctx) verdict(f finding, q *audit.Request) Verdict {
	f.evidence += c.skew(&f)
	v := Verdict{Writer: f.writer, Controller: f.controller, Confidence: f.grade, Evidence: line(f.evidence), OutOfBand: line(f.outOfBand)}
	if v.Confidence == Unknown || v.Writer == "" {
		v.Writer, v.Controller, v.Confidence = "", "", Unknown
	}
	v.Writer, v.Controller = line(v.Writer), line(v.Controller)
	if q != nil && v.Writer != "" {
		v.User, v.As, v.UserAgent = line(q.Sender.User), line(q.Sender.As), line(q.Sender.Agent)
	}
	v.Lane = LaneClient
	if !f.borrowed {
		v.Instance, v.Lane = line(c.instance(&f)), laneOf(&v, f.part)
	}
	v.Time, v.TimeFrom, v.Lo, v.Hi = c.date.Time, c.timeFrom, c.date.Lo, c.date.Hi
	return v
}

// bumped reports whether a write gave one entry another time, and nothing else: it changed values only.
func (p *pending) bumped() bool {
	if p.prev == nil || p.cur == nil {
		return false
	}
	list := moved(p.prev.entries, p.cur.entries)
	if len(list) != 1 {
		return false
	}
	old := find(p.prev.entries, list[0])
	return old != nil && old.raw == list[0].raw
}

// bumps reports whether this API server gives an entry a new time with each write: those before Kubernetes 1.25 did so
// only where its fields changed.
func (e *Engine) bumps() bool { return e.forms.bumped >= 3 }

// ofStatus reports whether an entry is one of the status subresource; before Kubernetes 1.22 entries did not tell.
func (e *Engine) ofStatus(m *entry) bool {
	return m.Subresource == "status" || !e.parser.subresources
}

// when dates the change: by the source's own word, else by the clock.
func (c *ctx) when() {
	switch {
	case !c.Time.IsZero():
		c.timeFrom = c.TimeFrom
		c.date = clock.Date{Time: c.Time, Lo: c.Time, Hi: c.Time}
		return
	case c.date.Time.IsZero():
		return
	}
	c.timeFrom = c.date.From.String()
	if c.date.Time.Before(c.e.last) { // what was told already stays
		c.date.Time = c.e.last
		if !c.date.Hi.IsZero() && c.date.Hi.Before(c.date.Time) {
			c.date.Hi = c.date.Time
		}
	}
	c.e.last = c.date.Time
}

// ownKeys are the folders that the API server keeps for itself, below the root.
var ownKeys = []string{"masterleases/", "peerserverleases/", "ranges/"}

func (e *Engine) ownKey(key string) bool {
	if key == "compact_rev_key" {
		return true
	}
	rest, ok := strings.CutPrefix(key, e.o.Root)
	if !ok {
		return false
	}
	for _, k := range ownKeys {
		if strings.HasPrefix(rest, k) {
			return true
		}
	}
	return false
}
