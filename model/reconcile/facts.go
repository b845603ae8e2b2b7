package reconcile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/fields"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
)

// Facts are what a change says by itself, whatever came before it. To find them takes most of the time, and several goroutines
// may do that at once for several changes.
type Facts struct {
	now      look
	before   int64 // how often the containers of a pod had restarted before
	owned    bool  // of a deletion: the last version had an owner
	disputes []dispute
	parts    bool // a manager says which subresource it writes: its name alone may not be all that a writer is called
}

// look is what one version says of itself and of others.
type look struct {
	status    Status
	assessed  bool // status is what Assess says
	backs     backs
	key       string    // where it backs something
	service   string    // the Service that it is or is of, behind its namespace
	selector  string    // of a Service
	endpoints endpoints // of an EndpointSlice or Endpoints
	restarts  int64     // of a pod's containers
}

// backs is what an object is to a Service.
type backs uint8

const (
	backsNone backs = iota
	isService
	isSlice
	isEndpoints
)

// dispute is a field that writers could fight about, and what a change did to it.
type dispute struct {
	*diff.Change
	before, after uint64 // the values, as hashes; 0 is no value
	value         string // the new one, safe
}

// Facts finds those of a change. Alone of all methods it may be called by several goroutines at once.
func (t *Tracker) Facts(c *change.Change) *Facts {
	f := &Facts{now: lookAt(c.Object)}
	if c.Type == etcdsource.Deleted {
		if c.Before != nil {
			f.owned = c.Before.Part("metadata", "ownerReferences").Len() > 0
		}
		return f
	}
	if c.Before != nil && isPod(c.Object) {
		f.before = restartsOf(c.Before)
	}
	if f.disputes = disputes(c); len(f.disputes) > 0 {
		f.parts = inParts(c.Object)
	}
	return f
}

// lookAt looks at a version, nil for none.
func lookAt(o *decode.Object) (l look) {
	if o == nil {
		return l
	}
	o.Read(func(r *decode.Reader) {
		t := &subject{o: r}
		if l.status, l.assessed = assess(o, t); isPod(o) {
			l.restarts = restartsIn(t)
		}
	})
	if o.Namespace == "" {
		return l
	}
	switch {
	case o.Kind == "Service" && o.Group == "":
		l.backs, l.service, l.selector = isService, o.Namespace+"/"+o.Name, selectorOf(o)
	case o.Kind == "EndpointSlice" && o.Group == "discovery.k8s.io":
		l.backs, l.endpoints = isSlice, inSlice(o.Part("endpoints"))
		if name := o.Text("metadata", "labels", "kubernetes.io/service-name"); name != "" {
			l.service = o.Namespace + "/" + name
		}
	case o.Kind == "Endpoints" && o.Group == "":
		l.backs, l.service, l.endpoints = isEndpoints, o.Namespace+"/"+o.Name, inSubsets(o.Part("subsets"))
	}
	if l.backs != backsNone {
		l.key = string(o.Key)
	}
	return l
}

// selectorOf is the selector of a Service, "" for none.
func selectorOf(o *decode.Object) string {
	if o.Text("spec", "type") == "ExternalName" {
		return ""
	}
	var terms []string
	o.Part("spec", "selector").Each(func(k string, v decode.Part) { terms = append(terms, fmt.Sprintf("%s=%v", k, v.Value())) })
	slices.Sort(terms)
	return strings.Join(terms, ",")
}

func isPod(o *decode.Object) bool { return o != nil && o.Kind == "Pod" && o.Group == "" }

// disputes returns what a change did to the fields that could be fought about, of more than maxFields of the first.
func disputes(c *change.Change) (out []dispute) {
	if c.Type != etcdsource.Updated || c.Object == nil {
		return nil
	}
	for i := range c.Changes[:min(len(c.Changes), maxFields)] {
		x := &c.Changes[i]
		if c.Object.Secret && (x.Old == decode.Mask || x.New == decode.Mask) || !fought(c.Object.Kind, x.Path) {
			continue
		}
		d := dispute{Change: x, before: hash(x.Old), after: hash(x.New), value: decode.Mask}
		if !c.Object.Secret {
			d.value = strings.Clone(change.Value(x.New)) // not a part of the JSON of an object
		}
		out = append(out, d)
	}
	return out
}

// inParts reports whether an entry of managedFields makes a claimant of more than a manager's name, or of a name that looks so.
func inParts(o *decode.Object) bool {
	for _, m := range o.Managed() {
		if m.Subresource != "" && m.Subresource != "status" || strings.Contains(m.Manager, " (") {
			return true
		}
	}
	return false
}

// entries are those of an object's managedFields, read without all else that it holds.
func (t *Tracker) entries(o *decode.Object) []fields.Entry {
	if !o.IsKubernetes() {
		return fields.Entries(o.Tree(decode.View{ManagedFields: true}))
	}
	stored := o.Managed()
	out := make([]fields.Entry, len(stored))
	for i := range stored {
		m := &stored[i]
		out[i] = fields.Entry{Manager: m.Manager, Operation: m.Operation, Subresource: m.Subresource, APIVersion: m.APIVersion, Time: m.At, Set: t.sets.Of(m.Fields, m.Owned)}
	}
	return out
}
