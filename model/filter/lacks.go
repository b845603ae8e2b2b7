package filter

import (
	"strings"
	"sync/atomic"

	"github.com/etcdscope/etcdscope/decode/clean"
)

// asked is what a term has been asked so far. Goroutines may ask it at the same time.
type asked struct{ once, met atomic.Bool }

// note keeps an answer.
func (a *asked) note(x Answer) {
	if a == nil || x == NotYet || a.met.Load() {
		return
	}
	a.once.Store(true)
	if x == Yes { // what another goroutine has met stays
		a.met.Store(true)
	}
}

// Lacks says which namespace, kind or writer none of the items had which the filter was asked about: "none is in namespace a or b", as
// safe text; "" where it is another term that lets none pass.
func (f *Filter) Lacks() string {
	if f == nil {
		return ""
	}
	for i := range f.terms {
		t := &f.terms[i]
		if t.not || t.asked == nil || !t.asked.once.Load() || t.asked.met.Load() {
			continue
		}
		names := t.values
		what := map[string]string{"ns": "in namespace ", "kind": "of ", "by": "by "}[t.word]
		switch {
		case what == "":
			continue
		case t.word == "kind":
			names = t.names()
		}
		none := "none is "
		if i > 0 || !f.query.Empty() {
			none = "none that passes the rest is "
		}
		return none + what + clean.Key([]byte(strings.Join(names, " or ")))
	}
	return ""
}
