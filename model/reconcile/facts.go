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
}

// look is what one version says of itself and of others.
type look struct {
	key           string
	name, service string // of the object, and of the Service that it is or is of, each behind its namespace
	status        Status
	assessed      bool // status is what Assess says
	backs         backs
	selector      string    // of a Service
	endpoints     endpoints // of an EndpointSlice or Endpoints
	restarts      int64     // of a pod's containers
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
	claimant      string // who owns it, as managedFields say; "" where nobody does
	claimed       Stamp
}

// Facts finds those of a change. Alone of all methods it may be called by several goroutines at once.
func (t *Tracker) Facts(c *change.Change) *Facts {
	f := &Facts{now: lookAt(c.Object)}
	if c.Type == etcdsource.Deleted {
		if c.Before != nil {
			owners, _ := c.Before.Field("metadata", "ownerReferences").([]any)
			f.owned = len(owners) > 0
		}
		return f
	}
	if c.Before != nil && isPod(c.Object) {
		f.before = restartsOf(c.Before)
	}
	f.disputes = t.disputes(c)
	return f
}

// lookAt looks at a version, nil for none.
func lookAt(o *decode.Object) (l look) {
	if o == nil {
		return l
	}
	l.key, l.name = string(o.Key), o.Namespace+"/"+o.Name
	l.status, l.assessed = Assess(o)
	if isPod(o) {
		l.restarts = restartsOf(o)
	}
	if o.Namespace == "" {
		return l
	}
	switch o.Group + "/" + o.Kind {
	case "/Service":
		l.backs, l.service, l.selector = isService, l.name, selectorOf(o)
	case "discovery.k8s.io/EndpointSlice":
		list, _ := o.Field("endpoints").([]any)
		l.backs, l.endpoints = isSlice, inSlice(list)
		if name, _ := o.Field("metadata", "labels", "kubernetes.io/service-name").(string); name != "" {
			l.service = o.Namespace + "/" + name
		}
	case "/Endpoints":
		sets, _ := o.Field("subsets").([]any)
		l.backs, l.service, l.endpoints = isEndpoints, l.name, inSubsets(sets)
	}
	return l
}

// selectorOf is the selector of a Service, "" for none.
func selectorOf(o *decode.Object) string {
	m, _ := o.Field("spec", "selector").(map[string]any)
	if o.Text("spec", "type") == "ExternalName" {
		return ""
	}
	var terms []string
	for k, v := range m {
		terms = append(terms, fmt.Sprintf("%s=%v", k, v))
	}
	slices.Sort(terms)
	return strings.Join(terms, ",")
}

func isPod(o *decode.Object) bool { return o != nil && o.Kind == "Pod" && o.Group == "" }

// disputes returns what a change did to the fields that could be fought about, of more than maxFields of the first.
func (t *Tracker) disputes(c *change.Change) (out []dispute) {
	if c.Type != etcdsource.Updated || c.Object == nil {
		return nil
	}
	var owners *fields.Finder
	for i := range c.Changes[:min(len(c.Changes), maxFields)] {
		x := &c.Changes[i]
		if c.Object.Secret && (x.Old == decode.Mask || x.New == decode.Mask) || !fought(c.Object.Kind, x.Path) {
			continue
		}
		d := dispute{Change: x, before: hash(x.Old), after: hash(x.New), value: decode.Mask}
		if !c.Object.Secret {
			d.value = strings.Clone(change.Value(x.New)) // not a part of the JSON of an object
		}
		if owners == nil {
			owners = fields.NewFinder(t.entries(c.Object))
		}
		d.claimant, d.claimed = claimant(owners, x.Path)
		out = append(out, d)
	}
	return out
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
