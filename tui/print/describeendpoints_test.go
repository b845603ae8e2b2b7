package print

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestDescribeEndpoints: a Service has its addresses, with pod, node and state, as of the revision that is asked for.
func TestDescribeEndpoints(t *testing.T) {
	t.Parallel()
	slice := func(ready bool) string {
		return fmt.Sprintf(`{"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":"web-x","namespace":"shop","labels":{"kubernetes.io/service-name":"web"}},"ports":[{"port":80}],
"endpoints":[{"addresses":["10.0.0.1"],"conditions":{"ready":%t},"nodeName":"n1","targetRef":{"kind":"Pod","name":"web-1"}},{"addresses":["10.0.0.2\u001b"]}]}`, ready)
	}
	ops := []sourcetest.Op{
		sourcetest.Put("/registry/services/specs/shop/web", `{"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"shop"},"spec":{"selector":{"app":"web"}}}`),
		sourcetest.Put("/registry/services/specs/shop/ext", `{"apiVersion":"v1","kind":"Service","metadata":{"name":"ext","namespace":"shop"},"spec":{"type":"ExternalName"}}`),
		sourcetest.Put("/registry/endpointslices/shop/web-x", slice(false)), sourcetest.Put("/registry/endpointslices/shop/web-x", slice(true)),
	}
	for args, want := range map[string]string{
		"svc web":         "Endpoints: 10.0.0.2␛ 10.0.0.1 Pod/web-1 on n1 ports 80/TCP",
		"svc web --rev 4": "Endpoints: 10.0.0.1 Pod/web-1 on n1, not ready 10.0.0.2␛ ports 80/TCP",
		"svc web --rev 3": "Endpoints: <none>",
	} {
		out, stderr, code := run(t, file(ops, 0), append([]string{"describe", "-n", "shop"}, strings.Fields(args)...)...)
		if code != 0 || !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("%s: exit %d, %q\n%s", args, code, stderr, out)
		}
	}
	if out, _, code := run(t, file(ops, 0), "describe", "svc", "ext", "-n", "shop"); code != 0 || strings.Contains(out, "Endpoints") {
		t.Errorf("of an external name: exit %d\n%s", code, out)
	}
}
