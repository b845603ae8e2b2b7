package endpoints_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/endpoints"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

func store(t *testing.T, fill func(put func(key, value string))) *learn.Opened {
	t.Helper()
	m := tuitest.NewMemory(etcdsource.KindFile, "store")
	put := func(key, value string) { m.Put("/registry/"+key, []byte(value)) }
	put("namespaces/shop", `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}`)
	fill(put)
	known, err := learn.From(t.Context(), m, learn.Options{Lenient: true, Prefix: "/registry"})
	if err != nil {
		t.Fatal(err)
	}
	return &learn.Opened{Known: known, Source: m}
}

func slice(name, service, endpoints string) string {
	return fmt.Sprintf(`{"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":%q,"namespace":"shop","labels":{"kubernetes.io/service-name":%q}},
"ports":[{"name":"http","port":8080,"protocol":"TCP"},{"port":53,"protocol":"UDP"}],"endpoints":[%s]}`, name, service, endpoints)
}

func endpoint(address, conditions, node, pod string) string {
	return fmt.Sprintf(`{"addresses":[%q],"conditions":{%s},"nodeName":%q,"targetRef":{"kind":"Pod","name":%q}}`, address, conditions, node, pod)
}

func shown(l *endpoints.List) string {
	var out []string
	for _, e := range l.All {
		out = append(out, fmt.Sprintf("%s %t %t %s %s/%s", e.Address, e.Ready, e.Terminating, e.Node, e.Kind, e.Name))
	}
	return fmt.Sprintf("%d of %d ready in %d, %v more %t: %s", l.Ready(), len(l.All), l.Objects, l.Ports, l.More, strings.Join(out, "; "))
}

// TestRead: slices are those with the label, whatever they are called; what is not ready comes first; without a slice Endpoints count.
func TestRead(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("s", 60)
	o := store(t, func(put func(key, value string)) {
		put("endpointslices/shop/web-abcde", slice("web-abcde", "web", endpoint("10.0.0.1", `"ready":true`, "node-a", "web-1")+","+endpoint("10.0.0.2", `"ready":false,"terminating":true`, "node-b", "web-2")))
		put("endpointslices/shop/web-fghij", slice("web-fghij", "web", endpoint("fd00::1", ``, "node-a", "web-1")))
		put("endpointslices/shop/web-api-xyzzy", slice("web-api-xyzzy", "web-api", endpoint("10.0.0.9", `"ready":true`, "node-a", "api")))
		put("endpointslices/shop/mine", slice("mine", "by-hand", endpoint("192.0.2.1", `"ready":true`, "", "")))
		put("endpointslices/shop/"+long[:58]+"abcde", slice("x", long, endpoint("10.0.0.3", `"ready":true`, "", "l")))
		put("endpointslices/shop/web-zzzzz", `{"kind":`)
		put("services/endpoints/shop/old", `{"apiVersion":"v1","kind":"Endpoints","metadata":{"name":"old","namespace":"shop"},"subsets":[{"addresses":[{"ip":"10.0.1.1","nodeName":"n","targetRef":{"kind":"Pod","name":"p"}}],"notReadyAddresses":[{"ip":"10.0.1.2"}],"ports":[{"port":1}]}]}`)
	})
	for service, want := range map[string]string{
		"web":     "2 of 3 ready in 2, [53/UDP http 8080/TCP] more false: 10.0.0.2 false true node-b Pod/web-2; 10.0.0.1 true false node-a Pod/web-1; fd00::1 true false node-a Pod/web-1",
		"web-api": "1 of 1 ready in 1, [53/UDP http 8080/TCP] more false: 10.0.0.9 true false node-a Pod/api",
		"by-hand": "1 of 1 ready in 1, [53/UDP http 8080/TCP] more false: 192.0.2.1 true false  Pod/",
		long:      "1 of 1 ready in 1, [53/UDP http 8080/TCP] more false: 10.0.0.3 true false  Pod/l",
		"old":     "1 of 2 ready in 1, [1/TCP] more false: 10.0.1.2 false false  /; 10.0.1.1 true false n Pod/p",
		"none":    "0 of 0 ready in 0, [] more false: ",
	} {
		l, err := endpoints.Read(t.Context(), o, "shop", service, 0)
		if got := shown(&l); err != nil || got != want {
			t.Errorf("%s: %v\n%s, want\n%s", service, err, got, want)
		}
	}
	if l, err := endpoints.Read(t.Context(), o, "shop", "web", 3); err != nil || len(l.All) != 2 {
		t.Errorf("as of revision 3: %s, %v", shown(&l), err)
	}
}

// TestBounds: of a namespace with many slices only some are read, and endpoints that are listed are bounded.
func TestBounds(t *testing.T) {
	t.Parallel()
	o := store(t, func(put func(key, value string)) {
		for i := range 600 {
			put(fmt.Sprintf("endpointslices/shop/web-%05d", i), slice("x", "web", endpoint("10.0.0.1", ``, "", "")+","+endpoint("10.0.0.2", ``, "", "")+","+endpoint("10.0.0.3", ``, "", "")))
		}
	})
	l, err := endpoints.Read(t.Context(), o, "shop", "web", 0)
	if err != nil || !l.More || len(l.All) != endpoints.MaxListed || l.Objects != 500 {
		t.Errorf("%d endpoints of %d slices, more %t, %v", len(l.All), l.Objects, l.More, err)
	}
	if l, err = endpoints.Read(t.Context(), o, "shop", "other", 0); err != nil || !l.More || l.Objects != 0 {
		t.Errorf("of a Service that is not among the first slices: %d, more %t, %v", l.Objects, l.More, err)
	}
}
