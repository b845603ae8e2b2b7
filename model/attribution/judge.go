package attribution

import (
	"fmt"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
)

// ctx is one change with all that its rules may ask.
type ctx struct {
	*pending
	e        *Engine
	date     clock.Date
	timeFrom string
	added    []path // changed fields that have a value now
	removed  []path
}

// finding is what a rule says.
type finding struct {
	writer, controller string
	grade              Confidence
	evidence           string
	outOfBand          string
	part               string // of Kubernetes, "" where the writer is none
	stored             bool   // managedFields hold the writer's name
	quoted             *entry // the entry that the evidence quotes, with its time
	borrowed           bool   // the name is that of a component which did not write this
}

// rule looks at a change; ok is false where it has nothing to say.
type rule func(c *ctx) (f finding, ok bool)

// The rules in the order in which they are asked: the first that knows an answer gives it.
var (
	always  = []rule{ownKey, leaseRanOut, severalObjects, notTheKeys, printed, leftBehind, strangeForm, notFromNow}
	creates = []rule{createdByEvent, createdByManagers, createdBare}
	updates = []rule{entryMoved, bound, entriesMoved, graceEnded, marked, entryGrew, nodeKeeping, orphaned, sameSecond, disrupted, finalizersOnly,
		scaled, signed, untouched, byKind, ownershipOnly, unexplained}
	deletes = []rule{deletedByKubelet, lastFinalizer, deletedFor, deletedWithService, deletedKeptByController, deletedBySomebody}
	alone   = []rule{aloneSecond, aloneMarked, aloneBound, aloneCounted, aloneSigned, aloneRestored, aloneStatus, aloneNewest}
)

func (c *ctx) judge() finding {
	c.added, c.removed = paths(c.Changes)
	rules := updates
	switch {
	case c.Type == etcdsource.Created:
		rules = creates
	case c.Type == etcdsource.Deleted:
		rules = deletes
	case c.prev == nil && c.cur != nil && c.Version == 1: // kept from before a compaction, never written again
		rules = creates
	case c.prev == nil || c.cur == nil || !c.prev.IsKubernetes() || !c.cur.IsKubernetes():
		rules = alone
	}
	for _, list := range [][]rule{always, rules} {
		for _, r := range list {
			if f, ok := r(c); ok {
				if f.controller == "" && c.keeps(f.writer) {
					f.controller = c.controllerOf(f.writer)
				}
				c.selfNamed(&f)
				c.rename(&f)
				return f
			}
		}
	}
	return finding{evidence: "nothing that is stored tells who wrote this"}
}

// unknown is the answer where a rule knows why nobody can be named.
func unknown(format string, args ...any) (finding, bool) {
	return finding{evidence: fmt.Sprintf(format, args...)}, true
}

// by names a writer.
func by(g Confidence, writer, controller, format string, args ...any) (finding, bool) {
	return finding{writer: writer, controller: controller, grade: g, evidence: fmt.Sprintf(format, args...)}, true
}

// nameless is what is said of clients that no rule can name.
const nameless = "a client; its name is not stored"

// evidenceWidth is the largest width of an evidence line, in columns.
const evidenceWidth = 240

func line(s string) string {
	if s == "" {
		return ""
	}
	if limit := 8 * evidenceWidth; len(s) > limit {
		s = s[:limit]
	}
	out, _, _ := clean.Line(s, 1)
	return clean.End(out, evidenceWidth)
}

// ownKey is for keys that are no API objects.
func ownKey(c *ctx) (finding, bool) {
	if !c.e.ownKey(string(c.Key)) {
		return finding{}, false
	}
	if c.Type == etcdsource.Deleted {
		if l := c.e.world.leases[string(c.Key)]; l != 0 {
			return by(Likely, etcd, "", "the key hung on etcd lease %x, which ran out: nobody deletes it otherwise", l)
		}
	}
	return by(Certain, apiserver, "", "one of the API server's own keys, no API object")
}

// leaseRanOut is for keys that etcd itself deletes: several at once hang on one lease.
func leaseRanOut(c *ctx) (finding, bool) {
	l := c.e.world.leases[string(c.Key)]
	if c.Type != etcdsource.Deleted || l == 0 {
		return finding{}, false
	}
	if c.several > 1 && c.together {
		return by(Certain, etcd, "", "etcd lease %x ran out: %d keys went in one revision", l, c.several)
	}
	if c.several > 1 || c.terminating() != nil || c.prev == nil || c.date.Time.IsZero() {
		return finding{}, false
	}
	if newest := newest(c.prev.entries); c.prev.Kind == "Event" && newest != nil && c.date.Lo.Sub(newest.Time) > 30*time.Minute {
		return by(Likely, etcd, "", "the key hung on etcd lease %x and was written %s before", l, c.date.Lo.Sub(newest.Time).Round(time.Minute))
	}
	return finding{}, false
}

// terminating returns the namespace of the object if it is being deleted.
func (c *ctx) terminating() *thing {
	ns := c.Ref.Namespace
	if ns == "" {
		return nil
	}
	if t := c.e.world.at(c.e.o.Root + "namespaces/" + ns); t != nil && t.marked != 0 {
		return t
	}
	return nil
}

// version is the version that tells most: the new one, else the one before.
func (c *ctx) version() *version {
	if c.cur != nil {
		return c.cur
	}
	return c.prev
}

// changed reports whether a field, or one below it, changed.
func (c *ctx) changed(path string) bool {
	for i := range c.Changes {
		if within(c.Changes[i].Path, []string{path}) {
			return true
		}
	}
	return false
}

// only reports whether nothing outside the given fields changed.
func (c *ctx) only(paths ...string) bool {
	for i := range c.Changes {
		if !within(c.Changes[i].Path, paths) {
			return false
		}
	}
	return len(c.Changes) > 0
}
