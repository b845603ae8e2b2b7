package print

import (
	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
)

// printApplied prints objects as kubectl apply takes them, and returns how many had to be left out.
func (a *app) printApplied(s *store, objects []*decode.Object) (left int, err error) {
	uids := map[string]bool{}
	for _, o := range objects {
		uids[o.UID] = true
	}
	kept, printed := 0, 0
	for _, o := range objects {
		tree, notes := o.Apply(s.view, func(uid string) bool { return uids[uid] })
		if _, known := s.locate(o.Key); tree == nil || !known {
			left++
			a.warn("leave out %s: it is no object that could be applied", clean.Key(o.Key))
			continue
		}
		for _, n := range notes {
			a.warn("%s: %s", s.name(o), clean.Text(n))
		}
		if md, _ := tree["metadata"].(map[string]any); md["ownerReferences"] != nil {
			kept++
		}
		if err := a.applied(tree, printed); err != nil {
			return left, err
		}
		printed++
	}
	if kept > 0 {
		a.warn("%s an owner that is printed too: applied, owners get new uids, and what names the old ones is collected and made anew by them", names(kept))
	}
	return left, nil
}

func names(n int) string {
	if n == 1 {
		return "an object names"
	}
	return count(n, "object") + " name"
}

// applied prints one object, the i-th.
func (a *app) applied(tree map[string]any, i int) error {
	if a.flags.format == "json" {
		return a.out.json(tree)
	}
	if i > 0 {
		if err := a.out.line("---"); err != nil {
			return err
		}
	}
	return a.out.doc(decode.YAML(tree))
}
