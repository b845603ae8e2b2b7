package kinds

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

const crdJSON = `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"widgets.shop.example.com"},
"spec":{"group":"shop.example.com","scope":"Namespaced","names":{"plural":"widgets","singular":"widget","kind":"Widget","shortNames":["wd"]},
"versions":[{"name":"v1alpha1","served":true,"storage":false},{"name":"v1","served":true,"storage":true,
 "schema":{"openAPIV3Schema":{"type":"object"}},"additionalPrinterColumns":[{"name":"Size","type":"integer","jsonPath":".spec.size","priority":1}]}]}}`

func widgets(t *testing.T) Resource {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(crdJSON), &m); err != nil {
		t.Fatal(err)
	}
	r, ok := FromCRD(m)
	if !ok {
		t.Fatal("FromCRD: not a definition")
	}
	return r
}

func TestFromCRD(t *testing.T) {
	want := Resource{Group: "shop.example.com", Version: "v1", Kind: "Widget", Plural: "widgets", Singular: "widget", Short: []string{"wd"},
		Namespaced: true, Prefix: "shop.example.com/widgets/", Custom: true, Versions: []Version{{Name: "v1alpha1"},
			{Name: "v1", Schema: map[string]any{"type": "object"}, Columns: []Column{{"Size", "integer", ".spec.size", 1}}}}}
	if d := cmp.Diff(want, widgets(t)); d != "" {
		t.Error(d)
	}
	old := map[string]any{"kind": "CustomResourceDefinition", "spec": map[string]any{
		"group": "a.b", "version": "v1beta1", "scope": "Cluster", "names": map[string]any{"plural": "xs", "kind": "X"},
		"additionalPrinterColumns": []any{map[string]any{"name": "N", "type": "string", "JSONPath": ".spec.n"}},
	}}
	r, ok := FromCRD(old)
	if !ok || r.Namespaced || r.Version != "v1beta1" || len(r.Versions) != 1 || r.Versions[0].Columns[0].Path != ".spec.n" {
		t.Errorf("v1beta1: %+v, %v", r, ok)
	}
	for _, bad := range []map[string]any{nil, {"kind": "Pod"}, {"kind": "CustomResourceDefinition", "spec": "x"}} {
		if _, ok := FromCRD(bad); ok {
			t.Errorf("FromCRD(%v) is a definition", bad)
		}
	}
}

func TestFind(t *testing.T) {
	table := Builtin().With(widgets(t))
	for name, want := range map[string]string{
		"po": "pods", "pod": "pods", "Pods": "pods", "POD": "pods", "pods.v1.": "pods", "ing": "ingresses.networking.k8s.io",
		"deploy": "deployments.apps", "deployments.apps": "deployments.apps", "deployments.extensions": "deployments.apps",
		"deployment.v1.apps": "deployments.apps", "events": "events", "events.events.k8s.io": "events", "no": "nodes", "svc": "services",
		"cm": "configmaps", "crd": "customresourcedefinitions.apiextensions.k8s.io", "wd": "widgets.shop.example.com",
		"widgets.shop.example.com": "widgets.shop.example.com", "widgets.v1alpha1.shop.example.com": "widgets.shop.example.com",
		"Widget": "widgets.shop.example.com", "nothing": "", "": "", "pods.apps": "", "csr": "certificatesigningrequests.certificates.k8s.io",
		"psp": "podsecuritypolicies.policy", "leases": "leases.coordination.k8s.io",
	} {
		r, ok := table.Find(name)
		if ok != (want != "") || (ok && r.FullName() != want) {
			t.Errorf("Find(%q) = %q, %v; want %q", name, r.FullName(), ok, want)
		}
	}
}

func TestLocate(t *testing.T) {
	table := Builtin().With(widgets(t))
	for key, want := range map[string]string{
		"/registry/pods/demo/nginx":                                    "pods demo nginx",
		"/registry/services/specs/default/kubernetes":                  "services default kubernetes",
		"/registry/services/endpoints/default/kubernetes":              "endpoints default kubernetes",
		"/registry/minions/node-a":                                     "nodes  node-a",
		"/registry/ingress/demo/web":                                   "ingresses.networking.k8s.io demo web",
		"/registry/apiregistration.k8s.io/apiservices/v1.":             "apiservices.apiregistration.k8s.io  v1.",
		"/registry/shop.example.com/widgets/demo/w":                    "widgets.shop.example.com demo w",
		"/registry/other.example.com/things/demo/w":                    "things.other.example.com demo w",
		"/registry/other.example.com/things/w":                         "things.other.example.com  w",
		"/registry/clusterroles/system:node":                           "clusterroles.rbac.authorization.k8s.io  system:node",
		"/registry/masterleases/192.0.2.2":                             "",
		"/registry/ranges/servicenodeports":                            "",
		"/registry/pods/demo":                                          "",
		"/registry/pods/demo/":                                         "",
		"/registry/pods//x":                                            "",
		"/registry/pods/../../etc/passwd":                              "",
		"/registry/minions/":                                           "",
		"/registry/":                                                   "",
		"/registry":                                                    "",
		"pods/demo/nginx":                                              "",
		"/other/pods/demo/nginx":                                       "",
		"/registry/nodot/things/w":                                     "",
		"/registry/apiextensions.k8s.io/customresourcedefinitions/a.b": "customresourcedefinitions.apiextensions.k8s.io  a.b",
	} {
		ref, ok := table.Locate("/registry/", []byte(key))
		got := ""
		if ok {
			got = strings.Join([]string{ref.FullName(), ref.Namespace, ref.Name}, " ")
		}
		if got != want {
			t.Errorf("Locate(%q) = %q, want %q", key, got, want)
		}
		if ok && string(table.Key("/registry/", ref.Resource, ref.Namespace, ref.Name)) != key {
			t.Errorf("Key is not the inverse for %q", key)
		}
	}
	if _, ok := table.Locate("/kubernetes.io/", []byte("/kubernetes.io/pods/demo/nginx")); !ok {
		t.Error("another root is not located")
	}
}

func TestOf(t *testing.T) {
	for folder, want := range map[string]string{
		"/registry/pods/": "pods", "/registry/pods/demo/": "pods", "/registry/services/specs/x/": "services", "/registry/services/": "",
		"/registry/minions/": "nodes", "/registry/minions/a/": "", "/registry/": "", "/registry/masterleases/": "", "": "", "/x/pods/": "",
	} {
		if r, ok := Builtin().Of("/registry/", []byte(folder)); r.Plural != want || ok != (want != "") {
			t.Errorf("Of(%q) = %q, %v; want %q", folder, r.Plural, ok, want)
		}
	}
}

// TestCompanion: OpenShift's own API servers keep their objects below a second root of the same cluster.
func TestCompanion(t *testing.T) {
	const first, second = "/kubernetes.io/", "/openshift.io/"
	table := Builtin().WithCompanion(second).With(widgets(t))
	for key, want := range map[string]string{
		"/kubernetes.io/pods/web/a":                          "pods/a -n web",
		"/kubernetes.io/shop.example.com/widgets/demo/w":     "widgets/w -n demo",
		"/openshift.io/routes/web/front":                     "routes/front -n web",
		"/openshift.io/users/alice":                          "users/alice",
		"/openshift.io/useridentities/htpasswd:alice":        "identities/htpasswd:alice",
		"/openshift.io/oauth/clients/console":                "oauthclients/console",
		"/openshift.io/oauth/accesstokens/sha256~x":          "oauthaccesstokens/sha256~x",
		"/openshift.io/authorization/cluster/policies/p":     "clusterpolicies/p",
		"/openshift.io/authorization/local/policies/web/p":   "policies/p -n web",
		"/openshift.io/security.example.com/things/web/p":    "things.security.example.com/p -n web",
		"/openshift.io/pods/web/a":                           "",
		"/kubernetes.io/routes/web/front":                    "",
		"/openshift.io/":                                     "",
		"/openshift.io/oauth/x":                              "",
		"/registry/pods/web/a":                               "",
		"/kubernetes.io/security.openshift.io/sccs/anything": "sccs.security.openshift.io/anything",
	} {
		if got := table.Kubectl(first, []byte(key)); got != want {
			t.Errorf("Kubectl(%q) = %q, want %q", key, got, want)
		}
		if ref, ok := table.Locate(first, []byte(key)); ok && string(table.Key(first, ref.Resource, ref.Namespace, ref.Name)) != key {
			t.Errorf("Key is not the inverse for %q", key)
		}
	}
	for folder, want := range map[string]string{"/openshift.io/routes/": "routes", "/openshift.io/routes/web/": "routes", "/kubernetes.io/pods/web/": "pods", "/openshift.io/pods/": "", "/openshift.io/": "", "/openshift.io/users/a/": ""} {
		if r, _ := table.Of(first, []byte(folder)); r.Plural != want {
			t.Errorf("Of(%q) = %q, want %q", folder, r.Plural, want)
		}
	}
	for name, want := range map[string]string{"route": "routes.route.openshift.io", "dc": "deploymentconfigs.apps.openshift.io", "is": "imagestreams.image.openshift.io",
		"scc": "securitycontextconstraints.security.openshift.io", "identity": "identities.user.openshift.io", "bc": "buildconfigs.build.openshift.io", "po": "pods", "wd": "widgets.shop.example.com"} {
		if r, _ := table.Find(name); r.FullName() != want {
			t.Errorf("Find(%q) = %q, want %q", name, r.FullName(), want)
		}
	}
	if r, ok := table.OfKind("apps.openshift.io/v1", "DeploymentConfig"); !ok || table.Prefix(first, r, "web") != "/openshift.io/deploymentconfigs/web/" {
		t.Errorf("OfKind: %v %v", r, ok)
	}
	targets, err := table.Parse(nil, "web", false, first)
	has := func(p string) bool { return slices.ContainsFunc(targets, func(t Target) bool { return t.Prefix == p }) }
	if err != nil || !has("/kubernetes.io/pods/web/") || !has("/openshift.io/routes/web/") || has("/openshift.io/users/") {
		t.Errorf("all of a namespace: %v", err)
	}
	defined := widgets(t)
	defined.Group, defined.Plural, defined.Kind, defined.Prefix = "security.openshift.io", "securitycontextconstraints", "SecurityContextConstraints", "security.openshift.io/securitycontextconstraints/"
	if r, _ := table.With(defined).Find("securitycontextconstraints"); r.Root != "" {
		t.Errorf("a type that is defined in the cluster is not found first: %+v", r)
	}
	if got := CompanionOf("/a/kubernetes.io/") + CompanionOf(first) + CompanionOf("/"); got != "/a/openshift.io//openshift.io//openshift.io/" {
		t.Errorf("CompanionOf: %s", got)
	}
}

func TestKubectl(t *testing.T) {
	table := Builtin().With(widgets(t))
	for key, want := range map[string]string{
		"/registry/pods/demo/nginx":                 "pods/nginx -n demo",
		"/registry/minions/a":                       "nodes/a",
		"/registry/shop.example.com/widgets/demo/w": "widgets/w -n demo",
		"/registry/b.example.com/pods/demo/w":       "pods.b.example.com/w -n demo",
		"/registry/masterleases/x":                  "",
	} {
		if got := table.Kubectl("/registry/", []byte(key)); got != want {
			t.Errorf("Kubectl(%q) = %q, want %q", key, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	table := Builtin().With(widgets(t))
	for _, c := range []struct {
		args string
		ns   string
		all  bool
		want []string
	}{
		{"", "", false, []string{"prefix "}},
		{"/registry/pods/demo/nginx", "", false, []string{"key /registry/pods/demo/nginx"}},
		{"compact_rev_key", "", false, []string{"key compact_rev_key"}},
		{"/registry/pods/", "", false, []string{"key /registry/pods/ prefix /registry/pods/"}},
		{"pods/nginx", "demo", false, []string{"key /registry/pods/demo/nginx"}},
		{"pod nginx web", "demo", false, []string{"key /registry/pods/demo/nginx", "key /registry/pods/demo/web"}},
		{"po", "", true, []string{"prefix /registry/pods/"}},
		{"po", "", false, []string{"prefix /registry/pods/default/"}},
		{"deploy,svc", "x", false, []string{"prefix /registry/deployments/x/", "prefix /registry/services/specs/x/"}},
		{"deploy/web", "", false, []string{"key /registry/deployments/default/web"}},
		{"no/a", "x", false, []string{"key /registry/minions/a"}},
		{"crd widgets.shop.example.com", "", false, []string{"key /registry/apiextensions.k8s.io/customresourcedefinitions/widgets.shop.example.com"}},
		{"widgets.shop.example.com", "", true, []string{"prefix /registry/shop.example.com/widgets/"}},
		{"percent/%s%n%d", "", false, []string{"key percent/%s%n%d"}},
		{"pods nginx", "", true, []string{"error"}},
		{"pods a/b", "", false, []string{"error"}},
		{"po,svc a b", "", false, []string{"key /registry/pods/default/a", "key /registry/pods/default/b", "key /registry/services/specs/default/a", "key /registry/services/specs/default/b"}},
		{"no,po a", "", true, []string{"error"}},
	} {
		targets, err := table.Parse(strings.Fields(c.args), c.ns, c.all, "/registry/")
		var got []string
		for _, g := range targets {
			s := ""
			if g.Key != nil {
				s = "key " + string(g.Key)
			}
			if g.Key == nil || g.Prefix != "" {
				s += " prefix " + g.Prefix
			}
			got = append(got, strings.TrimPrefix(s, " "))
		}
		if err != nil {
			got = []string{"error"}
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("Parse(%q, %q, %v): %s", c.args, c.ns, c.all, d)
		}
	}
	targets, err := table.Parse(nil, "demo", false, "/registry/")
	if err != nil || len(targets) < 30 || !slices.ContainsFunc(targets, func(g Target) bool { return g.Prefix == "/registry/shop.example.com/widgets/demo/" }) {
		t.Errorf("a namespace alone: %d targets, %v", len(targets), err)
	}
}

// TestShapes: a key can be that of an object below more than one root, or of none.
func TestShapes(t *testing.T) {
	for key, want := range map[string]string{
		"/registry/pods/demo/nginx":            "/registry/ pods",
		"/k8s/prod-eu/pods/demo/nginx":         "/k8s/prod-eu/ pods",
		"/a/b/c/services/specs/demo/web":       "/a/b/c/ services",
		"registry/minions/a":                   "registry/ nodes",
		"/pods/demo/nginx":                     "/ pods",
		"/x/namespaces/pods/demo/nginx":        "/x/namespaces/ pods",
		"/secrets/pods/a":                      "/ secrets",
		"/openshift.io/oauth/clients/console":  "/ oauth, /openshift.io/ oauthclients",
		"/registry/masterleases/192.0.2.1":     "/registry/ ",
		"/registry/ranges/servicenodeports":    "/registry/ ",
		"/registry/example.com/widgets/demo/w": "/registry/ widgets",
		"/my.app/config/x":                     "/ config",
		"/registry/apiextensions.k8s.io/x/y":   "/registry/ x",
		"/calico/ipam/v2/host/a":               "",
		"compact_rev_key":                      "",
		"pods/demo/nginx":                      "",
		"/\xff\x00/pods/demo/nginx":            "/\xff\x00/ pods",
		"/registry/pods/default/not/a/pod":     "",
	} {
		var got []string
		for _, s := range Shapes([]byte(key)) {
			got = append(got, s.Root+" "+s.Ref.Plural)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("Shapes(%q) = %q, want %q", key, got, want)
		}
	}
	for folder, want := range map[string]bool{"pods/": true, "minions": true, "services/": true, "oauth/": true, "masterleases/": true, "nodes/": false, "": false} {
		if Known(folder) != want {
			t.Errorf("Known(%q) is %t", folder, !want)
		}
	}
	if CleanRoot("x/y") != "/x/y/" || CleanRoot("/") != "/" {
		t.Error("CleanRoot")
	}
}

// TestBuiltinAgainstScheme holds the table against the types that client-go registers.
func TestBuiltinAgainstScheme(t *testing.T) {
	gone := map[string]bool{}
	for _, k := range []string{"PodSecurityPolicy", "PodScheduling", "PodSchedulingContext", "ResourceClass", "ResourceClassParameters", "ClusterCIDR", "APIService", "CustomResourceDefinition"} {
		gone[k] = true
	}
	seen := map[string]bool{}
	for _, r := range Builtin().All() {
		if seen[r.Prefix] {
			t.Errorf("%s is there twice", r.Prefix)
		}
		seen[r.Prefix] = true
		gvk := schema.GroupVersionKind{Group: r.Group, Version: r.Version, Kind: r.Kind}
		if !gone[r.Kind] && !scheme.Scheme.Recognizes(gvk) {
			t.Errorf("client-go knows no %v", gvk)
		}
	}
	if len(seen) != 76 {
		t.Errorf("%d resources", len(seen))
	}
}
