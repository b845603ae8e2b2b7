package rules

import (
	"slices"
	"testing"
)

// TestOrder: each rule comes before those that it names, names are unique, and a reason is given. With -v it prints the
// order with its reasons.
func TestOrder(t *testing.T) {
	place := map[string]int{}
	list := map[string]*List{}
	n := 0
	for _, l := range lists() {
		for _, r := range l.Rules {
			if _, twice := place[r.Name]; twice || r.Name == "" || r.Judge == nil {
				t.Errorf("%s: rule %q is listed twice, or has no name or judge", l.Name, r.Name)
			}
			n++
			place[r.Name], list[r.Name] = n, l
		}
	}
	for _, l := range lists() {
		t.Logf("%s:", l.Name)
		for _, r := range l.Rules {
			t.Logf("  %s", r.Name)
			for _, b := range r.Before {
				t.Logf("    before %s: %s", b.Rule, b.Why)
				if list[b.Rule] != l || place[b.Rule] <= place[r.Name] || b.Why == "" {
					t.Errorf("%s must come before %s of the same list, with a reason", r.Name, b.Rule)
				}
			}
		}
	}
}

// TestLastRules: the last rule of a list answers whatever is left.
func TestLastRules(t *testing.T) {
	for _, c := range allCases(t) {
		l := listOf(c)
		last := l.Rules[len(l.Rules)-1]
		if f, ok := last.Judge(c); (!ok || f.Evidence == "") && (c.Cur == nil || c.Cur.IsKubernetes()) {
			t.Errorf("%s: the last rule %s has nothing to say", c.Key, last.Name)
		}
	}
}

// TestReasonsForTheOrder: for each pair of rules whose order is demanded there is a change of which both have something
// to say; else the order would not matter.
func TestReasonsForTheOrder(t *testing.T) {
	cases := allCases(t)
	for _, l := range lists() {
		for _, r := range l.Rules {
			for _, b := range r.Before {
				later := ruleOf(t, b.Rule)
				if !slices.ContainsFunc(cases, func(c *Case) bool { return bothJudge(l, r, later, c) }) {
					t.Errorf("no case shows why %s comes before %s", r.Name, b.Rule)
				}
			}
		}
	}
}

// bothJudge reports whether two rules of a list have something different to say of a change that the list is for.
func bothJudge(l *List, r, later *Rule, c *Case) bool {
	if l != &anyChange && l != &deletionReasons && listOf(c) != l || c.Latest() == nil {
		return false
	}
	f, ok := r.Judge(c)
	g, too := later.Judge(c)
	return ok && too && f.Evidence != g.Evidence
}

func ruleOf(t *testing.T, name string) *Rule {
	t.Helper()
	for _, l := range lists() {
		for _, r := range l.Rules {
			if r.Name == name {
				return r
			}
		}
	}
	t.Fatalf("no rule is called %s", name)
	return nil
}

// TestRules: each rule decides its case, and has nothing to say of one that looks like it.
func TestRules(t *testing.T) {
	tried := map[string]bool{}
	for _, x := range ruleCases {
		tried[x.rule] = true
		r := ruleOf(t, x.rule)
		t.Run(x.rule, func(t *testing.T) {
			t.Parallel()
			if f, ok := r.Judge(judged(t, x.decides)); !ok || brief(f) != x.said {
				t.Errorf("its case: %v %q, want %q: %s", ok, brief(f), x.said, f.Evidence)
			}
			if x.leaves == nil {
				return
			}
			if f, ok := r.Judge(judged(t, x.leaves)); ok {
				t.Errorf("the case that it must leave alone: %q: %s", brief(f), f.Evidence)
			}
		})
	}
	for _, l := range lists() {
		for i, r := range l.Rules {
			last := l != &anyChange && l != &deletionReasons && i == len(l.Rules)-1
			for _, x := range ruleCases {
				if x.rule == r.Name && x.leaves == nil && !last {
					t.Errorf("rule %s has no case that it must leave alone", r.Name)
				}
			}
			if !tried[r.Name] {
				t.Errorf("rule %s has no case", r.Name)
			}
		}
	}
}

// judged returns the case of the change that a scene is about.
func judged(t *testing.T, s scene) (out *Case) {
	t.Helper()
	f := newFeed(t)
	rev := s(f)
	last := 0
	for i := range f.changes {
		if f.changes[i].Mod == rev {
			last = i
		}
	}
	key, sub := string(f.changes[last].Key), f.changes[last].Sub
	f.until(rev, func(c *Case) {
		if string(c.Key) == key && c.Sub == sub {
			out = c
		}
	})
	return out
}

// allCases are the cases of all scenes.
func allCases(t *testing.T) (out []*Case) {
	t.Helper()
	for _, x := range ruleCases {
		for _, s := range []scene{x.decides, x.leaves} {
			if s != nil {
				out = append(out, judged(t, s))
			}
		}
	}
	for _, s := range overlaps {
		out = append(out, judged(t, s))
	}
	return out
}

// lists are all rules in the order in which they are tried: anyChange first, then the one list that a change belongs to.
// The reasons for a deletion are tried by rules of the other lists.
func lists() []*List {
	return []*List{&anyChange, &created, &updated, &deleted, &withoutPredecessor, &deletionReasons}
}
