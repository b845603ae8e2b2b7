package reconcile

import (
	"cmp"
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/fields"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
)

// Stamp is a time that may be unknown: zero.
type Stamp = time.Time

// Bounds of what a Tracker holds.
const (
	maxWaiting  = 20_000
	maxEpisodes = 2_000
	maxGone     = 2_000
	maxDuels    = 20_000
	maxHot      = 4_096
	maxFine     = 50_000
	maxFields   = 1_000 // that are compared of one change; one of more is no correction of a field
)

// Input is one change, and what is known about it beside what is stored.
type Input struct {
	*change.Change
	Writer       string    // who wrote it; "": not known
	Controller   string    // the one inside kube-controller-manager; "": not known
	Sure         bool      // the writer is certain or likely
	SelfDeclared bool      // the writer only calls itself so: see attribution.Verdict
	Attributed   bool      // an unknown writer stays unknown; else it is whoever claims the field in managedFields
	When         time.Time // zero where not known
	Until        time.Time // it was made by then; zero where When is exact or Open
	Open         bool      // it was not made before When, and nothing says how long after
	Late         bool      // it was made at When, or some time before
	Facts        *Facts    // nil where they are still to be found
}

// Episode is a time in which an object had not converged, from the change that made it so to the one that ended it.
type Episode struct {
	Status        // at its worst
	End     int64 // revision
	EndTime Stamp
}

// Took is how long the episode was, 0 where that is not known.
func (e *Episode) Took() time.Duration {
	if e.Since.Time.IsZero() || e.EndTime.Before(e.Since.Time) {
		return 0
	}
	return e.EndTime.Sub(e.Since.Time)
}

// Gone is an object that was deleted and did not come back.
type Gone struct {
	Key      string
	Last     int64 // revision of its last version
	Revision int64 // of the deletion
	Time     Stamp
	// NotBefore says that nothing is known of when it was deleted but that it was not before Time.
	NotBefore bool
	NotAfter  bool   // Time is when the deletion was received: it was made then, or some time before
	Writer    string // who deleted it: the controller where it is known, else the writer; "": not known
	Owned     bool   // it had an owner, which makes such objects and takes them away
	// Unrestorable says that the last version is no object that could be brought back: it could not be decoded, or is none.
	Unrestorable bool
}

// Tracker folds changes. Its zero value is not usable; it is not safe for concurrent use.
type Tracker struct {
	waiting  map[string]*Status
	worst    map[string]*Status // of each that waits, as it was at its worst; that of waiting where it is so now
	episodes []Episode
	gone     []Gone
	isGone   map[string]bool
	duels    map[string]*duel
	kept     int
	objects  hot
	fields   hot
	name     []byte // of a field, while it is counted
	dropped  int
	fine     map[string]struct{} // objects that had converged when they were seen
	asOf     Stamp               // the time for which Waiting is asked, where that is later than the newest change
	backends backends
	unbacked bool               // endpoints cannot be read: nothing is said of them
	series   map[string]*series // of restarts, by the key of the pod
	sets     fields.Sets
	signatures
}

// signatures are what is counted by writer.
type signatures struct {
	pens      map[by]*pen
	strangers int   // changes of writers there was no room for
	newest    int64 // second of the newest dated change
}

// New returns a Tracker that has seen nothing.
func New() *Tracker {
	return &Tracker{waiting: map[string]*Status{}, worst: map[string]*Status{}, isGone: map[string]bool{}, duels: map[string]*duel{}, objects: hot{}, fields: hot{}, fine: map[string]struct{}{},
		backends: backends{services: map[string]*backed{}, of: map[string]string{}}, series: map[string]*series{},
		signatures: signatures{pens: map[by]*pen{}}}
}

// Begin drops all that was counted, but for what has not converged: what comes from now on is counted again.
func (t *Tracker) Begin() {
	t.episodes, t.gone, t.isGone, t.duels, t.objects, t.fields, t.kept = nil, nil, map[string]bool{}, map[string]*duel{}, hot{}, hot{}, 0
	t.signatures = signatures{pens: map[by]*pen{}}
}

// Apply takes the next change.
func (t *Tracker) Apply(in Input) {
	key := string(in.Key)
	if in.Facts == nil {
		in.Facts = t.Facts(in.Change)
	}
	if in.Kept {
		t.kept++
	} else {
		t.objects.count(in.Key, maxHot)
	}
	t.signed(&in)
	if in.Type == etcdsource.Deleted {
		t.delete(key, in)
		return
	}
	if in.Type == etcdsource.Created {
		t.forget(key)
		if t.isGone[key] {
			delete(t.isGone, key)
			t.gone = slices.DeleteFunc(t.gone, func(g Gone) bool { return g.Key == key })
		}
	}
	t.compare(in)
	t.restarted(&in)
	_, fine := t.fine[key]
	t.see(&in.Facts.now, Since{Revision: in.Mod, Time: in.When, AtLeast: in.Type == etcdsource.Updated && in.Before == nil && !fine})
}

// See takes an object as it is, of whose past nothing is known but what was seen before.
func (t *Tracker) See(o *decode.Object) {
	if o == nil {
		return
	}
	key := string(o.Key)
	_, fine := t.fine[key]
	l := lookAt(o)
	t.see(&l, Since{Revision: o.Mod, AtLeast: !fine})
	switch s := t.waiting[key]; {
	case s == nil && len(t.fine) < maxFine:
		t.fine[key] = struct{}{}
	case s != nil && s.Since.Revision == o.Mod && s.Since.Time.IsZero():
		dated := *s // the one before may be kept as the worst
		dated.Since.Time = t.written(o)
		t.waiting[key] = &dated
	}
}

// written is the newest time at which an object says that it was written, zero where it does not say.
func (t *Tracker) written(o *decode.Object) (at Stamp) {
	for _, e := range t.entries(o) {
		if e.Time.After(at) {
			at = e.Time
		}
	}
	return at
}

// Unsee takes away an object that is not there any more, without counting that.
func (t *Tracker) Unsee(key string) {
	t.forget(key)
	delete(t.fine, key)
	t.leave(key, Since{AtLeast: true})
}

func (t *Tracker) see(l *look, since Since) {
	if service, ok := t.backends.seen(l); ok && !t.unbacked {
		if s, ok := t.backends.assess(service); ok {
			t.settle(s, since)
		}
		return
	}
	if !l.assessed {
		return
	}
	t.settle(t.series[l.status.Key].judge(l.status, l.restarts, since.Time), since)
}

// leave takes away what an object says of others, and of itself what was counted.
func (t *Tracker) leave(key string, since Since) {
	delete(t.series, key)
	if service, ok := t.backends.gone(key); ok {
		if s, ok := t.backends.assess(service); ok {
			t.settle(s, since)
		}
	}
}

// settle notes how an object is.
func (t *Tracker) settle(s Status, since Since) {
	was := t.waiting[s.Key]
	switch {
	case s.Weight == 0 && was == nil:
	case s.Weight == 0:
		t.converged(s.Key, since)
	case was == nil && len(t.waiting) >= maxWaiting:
		t.dropped++
	default:
		s.own()
		s.Since = since
		if was != nil {
			s.Since = was.Since
		}
		t.waiting[s.Key] = &s
		if worst, ok := t.worst[s.Key]; !ok || s.Weight > worst.Weight {
			t.worst[s.Key] = &s
		}
	}
}

func (t *Tracker) converged(key string, now Since) {
	if len(t.episodes) >= maxEpisodes {
		t.episodes = slices.Delete(t.episodes, 0, maxEpisodes/4)
	}
	t.episodes = append(t.episodes, Episode{Status: *t.worst[key], End: now.Revision, EndTime: now.Time})
	t.forget(key)
}

func (t *Tracker) forget(key string) {
	delete(t.waiting, key)
	delete(t.worst, key)
}

func (t *Tracker) delete(key string, in Input) {
	t.forget(key)
	t.leave(key, Since{Revision: in.Mod, Time: in.When})
	if in.Before == nil || in.Before.Kind == "Event" {
		return
	}
	if len(t.gone) >= maxGone {
		for _, g := range t.gone[:maxGone/4] {
			delete(t.isGone, g.Key)
		}
		t.gone = slices.Delete(t.gone, 0, maxGone/4)
	}
	t.isGone[key] = true
	t.gone = append(t.gone, Gone{Key: key, Last: in.Before.Mod, Revision: in.Mod, Time: in.When, NotBefore: in.Open, NotAfter: in.Late, Writer: cmp.Or(in.Controller, in.Writer), Owned: in.Facts.owned,
		Unrestorable: !in.Before.IsKubernetes() || in.Before.Problem != ""})
}

// Waiting returns what has not converged now, the worst first, of the same weight the longest.
func (t *Tracker) Waiting() []Status {
	out := make([]Status, 0, len(t.waiting))
	now := t.Newest()
	if t.asOf.After(now) {
		now = t.asOf
	}
	for _, s := range t.waiting {
		if !s.over(now) {
			out = append(out, *s)
		}
	}
	slices.SortFunc(out, func(a, b Status) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Since.Revision, b.Since.Revision), cmp.Compare(a.Key, b.Key))
	})
	return out
}

// Episodes returns what did not converge for a time and has converged since, the newest last.
func (t *Tracker) Episodes() []Episode { return slices.Clone(t.episodes) }

// Gone returns what was deleted and did not come back, Events left out, the newest last.
func (t *Tracker) Gone() []Gone { return slices.Clone(t.gone) }

// Kept is how many of the changes are versions from before a compaction, each kept as its key's newest then. They are part of
// no history: nothing else counts them but Wrote.Kept.
func (t *Tracker) Kept() int { return t.kept }

// Dropped is how many objects there was no room for.
func (t *Tracker) Dropped() int { return t.dropped }
