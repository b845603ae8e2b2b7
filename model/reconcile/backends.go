package reconcile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
)

// Bounds on the Services that are remembered; others are not reported.
const (
	maxServices = 20_000
	maxSlices   = 50_000
)

// backends follows which Services have endpoints: that is in other objects.
//
//	EndpointSlice ─► of which Service, how many are ready ─┐
//	Service ───────► its selector, what Assess says ───────┴─► "none of 3 endpoints is ready"
type backends struct {
	services map[string]*backed // by namespace and name
	of       map[string]string  // the Service that a Service, EndpointSlice or Endpoints is or is of, by key
}

// backed is a Service, or what is known of its endpoints while it is not there.
type backed struct {
	status   Status // what Assess says of it; without a key it is not there
	selector string // "" for none: nobody looks for its endpoints
	slices   map[string]endpoints
	legacy   *endpoints // of its Endpoints; slices count where there are any
}

// endpoints are numbers of endpoints.
type endpoints struct{ ready, waiting int }

// seen takes an object, and reports which Service is to be looked at again for it.
func (b *backends) seen(o *decode.Object) (service string, ok bool) {
	if o == nil || o.Namespace == "" {
		return "", false
	}
	switch o.Group + "/" + o.Kind {
	case "/Service":
		return b.service(o)
	case "discovery.k8s.io/EndpointSlice":
		name, _ := o.Field("metadata", "labels", "kubernetes.io/service-name").(string)
		list, _ := o.Field("endpoints").([]any)
		return b.endpoints(o, name, inSlice(list))
	case "/Endpoints":
		sets, _ := o.Field("subsets").([]any)
		return b.endpoints(o, o.Name, inSubsets(sets))
	}
	return "", false
}

func (b *backends) service(o *decode.Object) (string, bool) {
	name := o.Namespace + "/" + o.Name
	s := b.at(name)
	if s == nil {
		return "", false
	}
	b.of[string(o.Key)] = name
	s.status, _ = Assess(o)
	s.status.own()
	s.selector = ""
	if m, _ := o.Field("spec", "selector").(map[string]any); o.Text("spec", "type") != "ExternalName" {
		var terms []string
		for k, v := range m {
			terms = append(terms, fmt.Sprintf("%s=%v", k, v))
		}
		slices.Sort(terms)
		s.selector = strings.Join(terms, ",")
	}
	return name, true
}

func (b *backends) endpoints(o *decode.Object, service string, n endpoints) (string, bool) {
	name, key := o.Namespace+"/"+service, string(o.Key)
	if service == "" || len(b.of) >= maxSlices && b.of[key] == "" {
		return "", false
	}
	s := b.at(name)
	if s == nil {
		return "", false
	}
	b.of[key] = name
	if o.Kind == "Endpoints" {
		s.legacy = &n
	} else {
		if s.slices == nil {
			s.slices = map[string]endpoints{}
		}
		s.slices[key] = n
	}
	return name, true
}

// at returns what is known of a Service, nil where there is no room for it.
func (b *backends) at(name string) *backed {
	s := b.services[name]
	if s == nil && len(b.services) < maxServices {
		s = &backed{}
		b.services[name] = s
	}
	return s
}

// gone takes an object away, and reports which Service is to be looked at again for that.
func (b *backends) gone(key string) (service string, ok bool) {
	name := b.of[key]
	if name == "" {
		return "", false
	}
	delete(b.of, key)
	s := b.services[name]
	switch _, slice := s.slices[key]; {
	case s.status.Key == key:
		s.status = Status{}
	case slice:
		delete(s.slices, key)
	default:
		s.legacy = nil
	}
	if s.status.Key == "" && len(s.slices) == 0 && s.legacy == nil {
		delete(b.services, name)
	}
	return name, true
}

// assess is the status of a Service with what its endpoints say; ok is false where it is not there.
func (b *backends) assess(name string) (s Status, ok bool) {
	x := b.services[name]
	if x == nil || x.status.Key == "" {
		return s, false
	}
	s = x.status
	s.Why = slices.Clone(s.Why)
	if x.selector == "" {
		return s, true
	}
	n := endpoints{}
	for _, e := range x.slices {
		n.ready, n.waiting = n.ready+e.ready, n.waiting+e.waiting
	}
	if len(x.slices) == 0 && x.legacy != nil {
		n = *x.legacy
	}
	switch {
	case n.ready > 0:
	case n.waiting > 0:
		s.add(weightCut, "none of %d endpoints is ready", n.waiting)
	case len(x.slices) == 0 && x.legacy == nil:
		s.add(weightCut, "no endpoints: no EndpointSlice was made for it, selector %s", x.selector)
	default:
		s.add(weightCut, "no endpoints: no pod with an address matches its selector %s", x.selector)
	}
	return s, true
}

func inSlice(list []any) (n endpoints) {
	for _, e := range list {
		m, _ := e.(map[string]any)
		if ready, told := dig(m, "conditions", "ready").(bool); told && !ready {
			n.waiting++
		} else {
			n.ready++
		}
	}
	return n
}

func inSubsets(list []any) (n endpoints) {
	for _, e := range list {
		m, _ := e.(map[string]any)
		ready, _ := m["addresses"].([]any)
		waiting, _ := m["notReadyAddresses"].([]any)
		n.ready, n.waiting = n.ready+len(ready), n.waiting+len(waiting)
	}
	return n
}
