package rules

import (
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/fields"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// Managers are what clients call themselves: --field-manager=kubelet is enough. A component is believed to have written
// what only it writes, and what shows so beside the name; of anything else only the name is given, and no controller, node
// or lane.

// writer says what a component of Kubernetes writes.
type writer struct {
	what    string
	creates map[string]proof     // by kind
	changes map[string][]allowed // by kind
}

// proof is what an object shows beside the name of its manager. lacks completes "the kubelet does not ..." where it does not.
type proof struct {
	shown func(d *doubt) bool
	lacks string
}

// allowed are fields that a component changes, separated by blanks: with all that is below them, or that begins like those
// that end in *.
type allowed struct {
	fields string
	proof
}

// writes says what each component writes.
var writes = map[string]*writer{
	evidence.Kubelet: &kubelets, evidence.Scheduler: &schedulers, evidence.ControllerManager: &controllerManagers,
	evidence.APIServer: &apiServers, kubeProxy: &kubeProxies, cloudManager: &cloudManagers,
}

// doubtName takes back what a manager's name promises where nothing beside the name shows its component.
func doubtName(c *Case, f *Finding) {
	if c.Ref.Name == "" || c.Cur == nil || !f.Stored && f.Quoted == nil {
		return
	}
	w := writes[evidence.Component(f.Writer)]
	if like := likened(f.Writer); w == nil && like != "" {
		f.Grade, f.Borrowed = min(f.Grade, Likely), true
		f.Evidence += "; manager names are self-declared: " + like
	}
	if w == nil {
		return
	}
	d := doubt{Case: c, component: evidence.Component(f.Writer), entry: f.Quoted, kind: c.Cur.Kind}
	if c.Ref.Custom {
		d.kind = "custom " + d.kind
	}
	if why := d.unlike(w); why != "" {
		f.Controller, f.Grade, f.Borrowed = "", min(f.Grade, Likely), true
		f.Evidence += "; manager names are self-declared: " + w.what + " does not " + why
	}
}

// likened says how a name is like one of Kubernetes' own that none of its managers has, "" where it is not: the client of a
// controller has the name of its program, and the names of programs have one spelling.
func likened(name string) string {
	plain := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(name)), "system:")
	switch {
	case IsController(plain):
		return "the " + plain + " calls itself kube-controller-manager"
	case plain != name && writes[evidence.Component(plain)] != nil:
		return evidence.Component(plain) + " does not call itself so"
	}
	return ""
}

// doubt asks whether a component made a change of an object that is still there.
type doubt struct {
	*Case
	component string
	entry     *evidence.Entry // that names the component; nil where it is not known
	kind      string          // "custom Pod" for a custom resource
}

// unlike says what the component does not do; "" where the change is one that only it makes.
func (d *doubt) unlike(w *writer) string {
	if d.Created() {
		return d.unlikeCreated(w)
	}
	paths := d.claimed()
	if d.Prev == nil && d.entry != nil && d.unlikeCreated(w) == "" { // its entry may hold what it was created with
		return ""
	}
	list := w.changes[d.kind]
	if d.component == evidence.ControllerManager {
		list = append(list[:len(list):len(list)], anyObject...)
	}
	if len(paths) == 0 && len(w.changes[d.kind]) == 0 || len(list) == 0 {
		return "change a " + d.Cur.Kind
	}
	for _, p := range paths {
		if why := d.unlikeChanged(p, list); why != "" {
			return why
		}
	}
	return ""
}

func (d *doubt) unlikeCreated(w *writer) string {
	p, ok := w.creates[d.kind]
	switch {
	case !ok:
		return "create a " + d.Cur.Kind
	case !p.shown(d):
		return p.lacks
	}
	return ""
}

func (d *doubt) unlikeChanged(path string, list []allowed) string {
	lacks := "change " + path + " of a " + d.Cur.Kind
	for i := range list {
		a := &list[i]
		if !within(path, a.fields) {
			continue
		}
		if a.shown == nil || a.shown(d) {
			return ""
		}
		if a.lacks != "" {
			lacks = a.lacks
		}
	}
	return lacks
}

// within reports whether a path is one of those that allowed holds.
func within(path, list string) bool {
	for p := range strings.FieldsSeq(list) {
		if begin, ok := strings.CutSuffix(p, "*"); ok && strings.HasPrefix(path, begin) || evidence.Within(path, []string{p}) {
			return true
		}
	}
	return false
}

// claimed returns the fields that the component is said to have changed: of those that have a new value the ones that its
// entries hold, since webhooks and the API server change others on the way. Where the version before is not known, or nothing
// changed, these are all fields of its entry.
func (d *doubt) claimed() (out []string) {
	if d.Prev != nil {
		for _, p := range d.Added {
			if d.owns(p) {
				out = append(out, fields.Path(p))
			}
		}
		for _, p := range d.Removed {
			out = append(out, fields.Path(p))
		}
	}
	if len(out) > 0 || d.entry == nil {
		return out
	}
	return d.Memory.Lowest(d.entry.Set())
}

// owns reports whether an entry of the component holds a field.
func (d *doubt) owns(p evidence.Path) bool {
	return slices.ContainsFunc(d.Cur.Entries, func(e evidence.Entry) bool {
		return evidence.Component(e.Manager) == d.component && e.Set().Match(p) != fields.None
	})
}
