package reconcile

import (
	"slices"

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
func (b *backends) seen(l *look) (service string, ok bool) {
	switch l.backs {
	case isService:
		return b.service(l)
	case isSlice, isEndpoints:
		return b.endpoints(l)
	}
	return "", false
}

func (b *backends) service(l *look) (string, bool) {
	s := b.at(l.service)
	if s == nil {
		return "", false
	}
	b.of[l.key] = l.service
	s.status = l.status
	s.status.own()
	s.selector = l.selector
	return l.service, true
}

func (b *backends) endpoints(l *look) (string, bool) {
	if l.service == "" || len(b.of) >= maxSlices && b.of[l.key] == "" {
		return "", false
	}
	s := b.at(l.service)
	if s == nil {
		return "", false
	}
	b.of[l.key] = l.service
	if l.backs == isEndpoints {
		n := l.endpoints
		s.legacy = &n
	} else {
		if s.slices == nil {
			s.slices = map[string]endpoints{}
		}
		s.slices[l.key] = l.endpoints
	}
	return l.service, true
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

func inSlice(list decode.Part) (n endpoints) {
	for i := range list.Len() {
		if ready, told := list.Item(i).At("conditions", "ready").Bool(); told && !ready {
			n.waiting++
		} else {
			n.ready++
		}
	}
	return n
}

func inSubsets(list decode.Part) (n endpoints) {
	for i := range list.Len() {
		m := list.Item(i)
		n.ready, n.waiting = n.ready+m.At("addresses").Len(), n.waiting+m.At("notReadyAddresses").Len()
	}
	return n
}
