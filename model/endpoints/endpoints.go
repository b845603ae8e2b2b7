// Package endpoints reads which addresses a Service leads to: that is in other objects, which controllers write.
//
//	Service web ─► EndpointSlices with the label kubernetes.io/service-name=web ─┬─► List
//	               where there are none: Endpoints web ──────────────────────────┘
//
// What always holds:
//   - Slices are looked for by the names that Kubernetes gives them, web and web-…; only where none of these is of the Service, among
//     those of its namespace. What is read is bounded, and List.More says where there is more.
//   - All is of one revision. Texts are untrusted.
package endpoints

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
)

// Bounds on what is read: values of slices, and endpoints that are kept.
const (
	maxSlices = 500
	MaxListed = 1000
)

// maxBase is how much of web- the API server keeps of the name of a slice before the five letters that it adds, in bytes.
const maxBase = 58

// Endpoint is one address. Its texts are untrusted.
type Endpoint struct {
	Address     string
	Ready       bool   // true where that is not said, as kube-proxy takes it
	Terminating bool   // its pod is being deleted
	Node        string // "" where it is not known
	Kind, Name  string // of what has the address, mostly a Pod; "" where it is not known
}

// List is what a Service leads to, what is not ready first.
type List struct {
	All     []Endpoint
	Ports   []string // "http 8080/TCP", each once, in the order of their names
	Objects int      // EndpointSlices, or Endpoints, that are of the Service
	More    bool     // there are more than were read
	// Apart names the etcd of the node that keeps them, where that is another one than the Service's; they are not read then.
	Apart string
}

// Ready is how many of the endpoints are ready.
func (l *List) Ready() (n int) {
	for i := range l.All {
		if l.All[i].Ready {
			n++
		}
	}
	return n
}

// Of reports whether an object is a Service that other objects hold the addresses of: one that is not of type ExternalName.
func Of(o *decode.Object) bool {
	return o != nil && o.Kind == "Service" && o.APIVersion == "v1" && o.Name != "" && o.Text("spec", "type") != "ExternalName"
}

// Folders are the prefixes of the keys that hold endpoints of the Services in a namespace.
func Folders(o *learn.Opened, ns string) (out []string) {
	for _, r := range resources(o) {
		out = append(out, o.Kinds.Prefix(o.Root, r, ns))
	}
	return out
}

// resources are EndpointSlices, then Endpoints.
func resources(o *learn.Opened) (out []kinds.Resource) {
	for _, of := range [][2]string{{"discovery.k8s.io/v1", "EndpointSlice"}, {"v1", "Endpoints"}} {
		if r, ok := o.Kinds.OfKind(of[0], of[1]); ok {
			out = append(out, r)
		}
	}
	return out
}

// errEnough ends a reading that has read enough.
var errEnough = errors.New("enough was read")

// Read reads the endpoints of a Service, as of a revision, 0 for now.
func Read(ctx context.Context, o *learn.Opened, ns, service string, rev int64) (l List, err error) {
	folders := Folders(o, ns)
	if len(folders) < 2 {
		return l, errors.New("read the endpoints: EndpointSlices and Endpoints have no keys here")
	}
	if e := o.EtcdOf(folders[0]); e != nil {
		return List{Apart: e.Name}, nil
	}
	in, base := folders[0], service+"-"
	for _, span := range []etcdsource.Span{etcdsource.Key([]byte(in + service)), etcdsource.Prefix(in + base[:min(len(base), maxBase)]), etcdsource.Prefix(in)} {
		if l.Objects > 0 {
			break
		}
		if err = l.slices(ctx, o, span, service, rev); err != nil {
			return l, fmt.Errorf("read the EndpointSlices of %s: %w", service, err)
		}
	}
	if l.Objects == 0 && o.EtcdOf(folders[1]) == nil {
		e, ok, err := etcdsource.Get(ctx, o.Source, []byte(folders[1]+service), rev)
		if err != nil {
			return l, fmt.Errorf("read the Endpoints %s: %w", service, err)
		}
		if ok {
			l.legacy(o.Decoder.Object(e.Key, e.Value, e.Mod))
		}
	}
	slices.SortStableFunc(l.All, func(a, b Endpoint) int {
		if a.Ready != b.Ready {
			return map[bool]int{false: -1, true: 1}[a.Ready]
		}
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Address, b.Address))
	})
	slices.Sort(l.Ports)
	return l, nil
}

// slices takes the slices of a Service among the keys of a span.
func (l *List) slices(ctx context.Context, o *learn.Opened, span etcdsource.Span, service string, rev int64) error {
	span.Values = true
	read := 0
	err := etcdsource.Each(ctx, o.Source, span, rev, func(e etcdsource.Entry) error {
		if read++; read > maxSlices {
			l.More = true
			return errEnough
		}
		s := o.Decoder.Object(e.Key, e.Value, e.Mod)
		if s.Kind != "EndpointSlice" || s.Text("metadata", "labels", "kubernetes.io/service-name") != service {
			return nil
		}
		l.Objects++
		l.ports(s.Field("ports"))
		list, _ := s.Field("endpoints").([]any)
		for _, item := range list {
			l.slice(item)
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// slice takes an endpoint of a slice: each of its addresses.
func (l *List) slice(item any) {
	m, _ := item.(map[string]any)
	conditions, _ := m["conditions"].(map[string]any)
	ready, said := conditions["ready"].(bool)
	terminating, _ := conditions["terminating"].(bool)
	node, _ := m["nodeName"].(string)
	addresses, _ := m["addresses"].([]any)
	for _, a := range addresses {
		address, _ := a.(string)
		l.add(Endpoint{Address: address, Ready: ready || !said, Terminating: terminating, Node: node}, m)
	}
}

// legacy takes an Endpoints object.
func (l *List) legacy(o *decode.Object) {
	l.Objects++
	subsets, _ := o.Field("subsets").([]any)
	for _, s := range subsets {
		m, _ := s.(map[string]any)
		l.ports(m["ports"])
		for field, ready := range map[string]bool{"addresses": true, "notReadyAddresses": false} {
			list, _ := m[field].([]any)
			for _, item := range list {
				a, _ := item.(map[string]any)
				address, _ := a["ip"].(string)
				node, _ := a["nodeName"].(string)
				l.add(Endpoint{Address: address, Ready: ready, Node: node}, a)
			}
		}
	}
}

// add keeps an endpoint, with what has the address.
func (l *List) add(e Endpoint, m map[string]any) {
	if len(l.All) >= MaxListed {
		l.More = true
		return
	}
	ref, _ := m["targetRef"].(map[string]any)
	e.Kind, _ = ref["kind"].(string)
	e.Name, _ = ref["name"].(string)
	l.All = append(l.All, e)
}

// ports takes ports that are not known yet.
func (l *List) ports(field any) {
	list, _ := field.([]any)
	for _, item := range list {
		m, _ := item.(map[string]any)
		protocol, _ := m["protocol"].(string)
		name, _ := m["name"].(string)
		s := strings.TrimSpace(fmt.Sprintf("%s %v/%s", name, cmp.Or(m["port"], any("any port")), cmp.Or(protocol, "TCP")))
		if !slices.Contains(l.Ports, s) && len(l.Ports) < 32 {
			l.Ports = append(l.Ports, s)
		}
	}
}
