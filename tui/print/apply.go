package print

import (
	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/model/rescue"
)

// printApplied prints objects as kubectl apply takes them, and returns how many had to be left out.
func (a *app) printApplied(s *store, objects []*decode.Object) (left int, err error) {
	kept, printed := 0, 0
	for _, o := range rescue.Apply(objects, s.view) {
		if _, known := s.locate(o.Key); o.Tree == nil || !known {
			left++
			a.warn("leave out %s: it is no object that could be applied", clean.Key(o.Key))
			continue
		}
		for _, n := range o.Notes {
			a.warn("%s: %s", s.name(o.Object), clean.Text(n))
		}
		if o.Owned {
			kept++
		}
		if err := a.applied(o.Tree, printed); err != nil {
			return left, err
		}
		printed++
	}
	if kept > 0 {
		a.warn("%s an owner that is printed too: applied, owners get new uids, and what names the old ones is collected and recreated by them", names(kept))
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
