package print

import (
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/model/rescue"
)

// printApplied prints objects as kubectl apply takes them, and returns how many had to be left out. keep says which owners
// they still name.
func (a *app) printApplied(s *store, objects []*decode.Object, keep func(owner, o *decode.Object) bool) (left int, err error) {
	var print []rescue.Applied
	for _, o := range rescue.Apply(objects, s.view, keep) {
		if _, known := s.locate(o.Key); o.Tree == nil || !known {
			left++
			a.warn("leave out %s: it is no object that could be applied", clean.Key(o.Key))
			continue
		}
		print = append(print, o)
	}
	kept := 0
	for i := range print {
		if print[i].Owned {
			kept++
		}
		if err := a.applied(print[i].Tree, i); err != nil {
			return left, err
		}
	}
	for _, n := range rescue.Notes(print) {
		a.warn("%s: %s", s.names(n.Of), clean.Text(n.Text))
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

// names lists objects: "deployment.apps/api, deployment.apps/web".
func (s *store) names(objects []*decode.Object) string {
	out := make([]string, len(objects))
	for i, o := range objects {
		out[i] = s.name(o)
	}
	return strings.Join(out, ", ")
}

// omitted says on stderr which objects were left out, a line for each reason and kind.
func (r *rescuer) omitted() {
	for _, g := range rescue.Group(r.Left) {
		if g.Reason == rescue.Masked && len(r.Objects) == 0 {
			continue // that is the error
		}
		list, how := make([]string, len(g.Of)), ""
		for i, o := range g.Of {
			list[i] = r.short(o.Key)
		}
		if f := g.Reason.Takes(); f != "" {
			how = " (--" + f + " includes them)"
		}
		ref, _ := r.s.locate(g.Of[0].Key)
		kind := clean.Key([]byte(ref.FullName()))
		names := kind + " " + strings.Join(list, ", ")
		if g.Reason == rescue.Record {
			names = fmt.Sprintf("%s (%d)", kind, len(list))
		}
		r.warn("left out, as %s%s: %s", g.Reason, how, names)
	}
	for i := range r.Left {
		o := &r.Left[i]
		if volume := o.Text("spec", "volumeName"); volume != "" && o.Kind == "PersistentVolumeClaim" {
			r.warn("%s: its owner makes it again with an empty volume; to bind the old one, %s, where it still exists, apply the claim first: rescue prints it when it is named",
				r.s.name(o.Object), clean.Key([]byte(volume)))
		}
	}
}

// short is the name of an object, with its namespace where that is not the one asked for.
func (r *rescuer) short(key []byte) string {
	ref, _ := r.s.locate(key)
	if ref.Namespace != r.where.ns {
		return clean.Key([]byte(ref.Namespace + "/" + ref.Name))
	}
	return clean.Key([]byte(ref.Name))
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
