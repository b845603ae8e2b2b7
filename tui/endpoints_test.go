package tui

import (
	"fmt"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// served is a store with a Service, the slice that belongs to it, and its pods.
func served(kind etcdsource.Kind) *tuitest.Memory {
	src := tuitest.NewMemory(kind, "store")
	src.Put("/registry/namespaces/shop", []byte(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}`))
	src.Put("/registry/pods/shop/web-1", pod("web-1", "Running"))
	src.Put("/registry/pods/shop/web-2", pod("web-2", "Pending"))
	src.Put("/registry/services/specs/shop/web", []byte(`{"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"shop"},"spec":{"selector":{"app":"web"}}}`))
	src.Put("/registry/endpointslices/shop/web-abcde", slice(false))
	return src
}

func slice(ready bool) []byte {
	one := func(address, pod string, ready bool) string {
		return fmt.Sprintf(`{"addresses":[%q],"conditions":{"ready":%t},"nodeName":"node-a","targetRef":{"kind":"Pod","name":%q}}`, address, ready, pod)
	}
	return []byte(`{"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":"web-abcde","namespace":"shop","labels":{"kubernetes.io/service-name":"web"}},"ports":[{"port":8080}],"endpoints":[` +
		one("10.0.0.1", "web-1", true) + "," + one("10.0.0.2", "web-2", ready) + "]}")
}

// TestServiceShowsEndpoints: above a Service stand its addresses with pod and node, as of the revision that is shown; g e leads to a
// pod, and a slice that is written changes what is shown.
func TestServiceShowsEndpoints(t *testing.T) {
	t.Parallel()
	for _, kind := range []etcdsource.Kind{etcdsource.KindFile, etcdsource.KindLive} {
		for _, size := range [][2]int{{80, 24}, {160, 48}} {
			src := served(kind)
			d := drive(t, program(t, map[string]*tuitest.Memory{"": src}), size[0], size[1])
			d.See("▸ pods")
			d.Command("key /registry/services/specs/shop/web")
			d.See("endpoints  1 of 2 ready  8080/TCP   g e pods")
			d.See("10.0.0.2  web-2 on node-a, not ready")
			d.See("10.0.0.1  web-1 on node-a")
			d.Press("g e 2")
			d.See("Pod shop/web-1")
			d.Press("g b")
			d.See("endpoints  1 of 2 ready")
			if kind == etcdsource.KindLive {
				src.Put("/registry/endpointslices/shop/web-abcde", slice(true))
				d.See("endpoints  2 of 2 ready")
			}
			d.Fill("T", "5")
			d.See("no endpoints: it has no EndpointSlice")
			d.Press("g e")
			d.See("This Service has no endpoints.")
			d.Command("key /registry/pods/shop/web-2")
			d.See("Pod shop/web-2")
			d.Press("g e")
			d.See("A Service has endpoints: select one")
		}
	}
}
