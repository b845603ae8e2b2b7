package decode

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
)

// Apply returns the object as kubectl apply takes it and keeps it alive: without what the cluster filled in (uid,
// resourceVersion, generation, managedFields, status, timestamps, addresses, bindings). An owner whose uid present does not
// know is left out, for the garbage collector removes at once what belongs to a uid that is gone. The notes are safe text:
// they name each field that was left out but those of Always, and what the reader must know before applying. The tree is nil
// where there is no object.
func (o *Object) Apply(v View, present func(uid string) bool) (tree map[string]any, notes []string) {
	v.ManagedFields = false
	tree = o.Tree(v)
	if tree == nil || o.numbered || !o.IsKubernetes() || o.Kind == "RangeAllocation" {
		return nil, nil
	}
	o.dropUnknown(tree)
	s := &stripped{o: o, tree: tree, metadata: child(tree, "metadata"), spec: child(tree, "spec")}
	if names := o.UnknownNames(); names != "" {
		s.notes = append(s.notes, names+": not known to this build, and left out")
	}
	s.warn() // looks at what is left out
	delete(tree, "status")
	dropNull(tree, "creationTimestamp")
	for _, f := range alwaysMeta {
		delete(s.metadata, f)
	}
	s.finalizers()
	s.named("annotations", fillsEverywhere)
	s.named("annotations", annotations[o.Group+"/"+o.Kind])
	delete(child(s.metadata, "annotations"), lastApplied)
	if strip := strippers[o.Group+"/"+o.Kind]; strip != nil {
		strip(s)
	}
	dropEmpty(s.metadata, "annotations")
	dropEmpty(s.metadata, "labels")
	s.owners(present)
	if len(s.left) > 0 {
		s.notes = append([]string{"left out " + strings.Join(s.left, ", ")}, s.notes...)
	}
	return tree, s.notes
}

// Always says which fields Apply leaves out of every object.
const Always = "status and what the API server sets (uid, resourceVersion, generation, timestamps, managedFields, last-applied-configuration)"

var alwaysMeta = []string{"uid", "resourceVersion", "generation", "managedFields", "selfLink", "clusterName",
	"creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"}

// stripped is an object on its way to what kubectl apply takes.
type stripped struct {
	o                    *Object
	tree, metadata, spec map[string]any
	left                 []string // the fields that were left out, safe text
	notes                []string // what must be known before applying, safe text
}

// drop leaves a field out, and notes it by what it is called.
func (s *stripped) drop(m map[string]any, field, called string) {
	if _, ok := m[field]; ok {
		delete(m, field)
		s.leave("%s", called)
	}
}

// dropValue leaves a field out, and notes its value too.
func (s *stripped) dropValue(m map[string]any, field, called string) {
	if v, ok := m[field]; ok {
		delete(m, field)
		s.leave("%s %v", called, v)
	}
}

func (s *stripped) leave(format string, args ...any) {
	s.left = append(s.left, clean.Key(fmt.Appendf(nil, format, args...)))
}

func (s *stripped) note(format string, args ...any) {
	s.notes = append(s.notes, clean.Key(fmt.Appendf(nil, format, args...)))
}

// named leaves labels or annotations out.
func (s *stripped) named(field string, names []string) {
	m := child(s.metadata, field)
	for _, n := range names {
		s.drop(m, n, strings.TrimSuffix(field, "s")+" "+n)
	}
}

// finalizers removes the finalizers: the controller that needs one adds it again, and an object with one that nobody
// removes could not be deleted.
func (s *stripped) finalizers() {
	list, _ := s.metadata["finalizers"].([]any)
	for _, f := range list {
		s.leave("finalizer %v", f)
	}
	delete(s.metadata, "finalizers")
}

// warn notes what is not seen of the object once it is stripped.
func (s *stripped) warn() {
	if at, _ := s.metadata["deletionTimestamp"].(string); at != "" {
		s.note("it was being deleted (deletionTimestamp %s): applied, it is there again", at)
	}
	switch s.o.Group + "/" + s.o.Kind {
	case "batch/Job":
		if how := s.o.Ended(); how != "" {
			s.note("it has ended (%s): applied, it runs again", how)
		} else if s.spec["suspend"] != true {
			s.note("it had not ended: applied, it starts from the beginning")
		}
	case "/Pod":
		if how := s.o.Ended(); how != "" {
			s.note("it has ended (%s): applied, it runs again", how)
		}
	}
}

// Ended says how a Job or a Pod ended: "Complete", "Failed", "Succeeded"; "" where it has not, or is something else.
func (o *Object) Ended() string {
	switch o.Group + "/" + o.Kind {
	case "batch/Job":
		list, _ := o.Field("status", "conditions").([]any)
		for _, c := range list {
			m, _ := c.(map[string]any)
			if t, _ := m["type"].(string); m["status"] == "True" && (t == "Complete" || t == "Failed") {
				return t
			}
		}
	case "/Pod":
		if p := o.Text("status", "phase"); p == "Succeeded" || p == "Failed" {
			return p
		}
	}
	return ""
}

// owners leaves out the owners that are not present, and says so.
func (s *stripped) owners(present func(uid string) bool) {
	refs, _ := s.metadata["ownerReferences"].([]any)
	kept := slices.DeleteFunc(refs, func(r any) bool {
		m, _ := r.(map[string]any)
		uid, _ := m["uid"].(string)
		if present != nil && present(uid) {
			return false
		}
		s.note("the reference to its owner %s/%v is left out: the garbage collector removes what belongs to a uid that is gone",
			strings.ToLower(fmt.Sprint(cmp.Or(m["kind"], any("?")))), m["name"])
		return true
	})
	if len(kept) == 0 {
		delete(s.metadata, "ownerReferences")
	} else {
		s.metadata["ownerReferences"] = kept
	}
}

// child returns a field that is a map; a map that nobody holds where there is none.
func child(m map[string]any, name string) map[string]any {
	c, ok := m[name].(map[string]any)
	if !ok {
		return map[string]any{}
	}
	return c
}

// items are those of a list that are maps.
func items(m map[string]any, name string) (out []map[string]any) {
	list, _ := m[name].([]any)
	for _, i := range list {
		if c, ok := i.(map[string]any); ok {
			out = append(out, c)
		}
	}
	return out
}

func dropEmpty(m map[string]any, name string) {
	if c, ok := m[name].(map[string]any); ok && len(c) == 0 {
		delete(m, name)
	}
}

// dropNull leaves out a field wherever it is null: templates hold a creationTimestamp that never had a value.
func dropNull(v any, name string) {
	switch x := v.(type) {
	case map[string]any:
		if c, ok := x[name]; ok && c == nil {
			delete(x, name)
		}
		for _, c := range x {
			dropNull(c, name)
		}
	case []any:
		for _, c := range x {
			dropNull(c, name)
		}
	}
}
