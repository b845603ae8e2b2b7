package overview

import (
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/model/reconcile"
)

// TestPartialClaimsLess: where only a part was looked at, nothing is said of the rest.
func TestPartialClaimsLess(t *testing.T) {
	t.Parallel()
	w := View{Opened: &learn.Opened{Known: &learn.Known{Root: "/registry/", Kinds: kinds.Builtin()}}, Most: 5}
	for want, a := range map[string]*Account{
		"every object that was looked at has converged":                  {Partial: true},
		"every object has converged; what was written is not known":      {},
		"every object has converged":                                     {History: true},
		"2 objects have not converged":                                   {Partial: true, NotConverged: 2},
		"2 objects have not converged; 1 write went past the API server": {OutOfBand: 1, NotConverged: 2},
	} {
		v := &Overview{Account: a, Keys: 1}
		if got := v.Sentence(); got != want {
			t.Errorf("of %+v it says %q, want %q", a, got, want)
		}
		if whole := strings.Contains(strings.Join(v.wrong(), ""), "all converged"); whole != (a.NotConverged+a.OutOfBand == 0) {
			t.Errorf("of %+v it says in short %q", a, v.wrong())
		}
		if a.Partial && v.state(&w).Lines[0].Role == (&Overview{Account: &Account{History: true}, Keys: 1}).state(&w).Lines[0].Role {
			t.Errorf("%+v looks like the whole", a)
		}
	}
	r := reconcile.NewReport(reconcile.Store{Kinds: kinds.Builtin()}, attribution.Options{}, reconcile.Window{}, change.MemoryBounds{})
	before := &Account{NotConverged: 3, Partial: true}
	if x := before.SoFar(r); x == before || x.NotConverged != 3 || !x.Partial || x.History || before.Writers != nil {
		t.Errorf("so far it is %+v", x)
	}
	v := &Overview{Account: &Account{Writers: []reconcile.Wrote{{Writer: "kubelet", Count: 2}}}}
	if s := v.writers(&w); s.Title != "Who writes most in what was read" {
		t.Errorf("writers of a part are called %q", s.Title)
	}
}

// TestBoundsAmongChanges: a time that is only a bound has its sign, and the others are below its digits.
func TestBoundsAmongChanges(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 11, 8, 50, 0, time.UTC)
	latest := func(bounds ...bool) *Overview {
		a := &Account{}
		for _, b := range bounds {
			x := reconcile.Latest{Key: "/registry/pods/a/b", Revision: 7, Verdict: attribution.Verdict{Time: at}}
			if b {
				x.Verdict.TimeFrom = clock.Bound.String()
			}
			a.Latest = append(a.Latest, x)
		}
		return &Overview{Account: a}
	}
	w := View{Opened: &learn.Opened{Known: &learn.Known{Root: "/registry/", Kinds: kinds.Builtin()}}, Most: 5}
	for want, v := range map[string]*Overview{"11:08:50|11:08:50": latest(false, false), "≥11:08:50| 11:08:50": latest(true, false), "≥11:08:50": latest(true)} {
		var got []string
		for _, l := range v.changes(&w).Lines {
			got = append(got, l.Cells[1])
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
