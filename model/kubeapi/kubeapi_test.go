package kubeapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
	"github.com/etcdscope/etcdscope/model/learn"
)

const widgetCRD = `{"apiVersion":"apiextensions.k8s.io/v1beta1","kind":"CustomResourceDefinition","metadata":{"name":"widgets.shop.example.com"},
"spec":{"group":"shop.example.com","scope":"Namespaced","names":{"plural":"widgets","singular":"widget","kind":"Widget","shortNames":["wd"],"categories":["shop"]},
"version":"v1alpha1","preserveUnknownFields":false,"versions":[{"name":"v1alpha1","served":true,"storage":false,"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{"color":{"type":"string"}}}}}}},
{"name":"v1","served":true,"storage":true,"selectableFields":[{"jsonPath":".spec.color"}],"subresources":{"status":{},"scale":{"specReplicasPath":".spec.size","statusReplicasPath":".status.size"}},
"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{"color":{"type":"string"},"size":{"type":"integer"}}}}}},
"additionalPrinterColumns":[{"name":"Color","type":"string","JSONPath":".spec.color"},{"name":"byNode","type":"integer","priority":2,"JSONPath":".spec.size"}]}]}}`

func pod(name, node, phase string) string {
	return fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,"namespace":"demo","uid":"u-%s","creationTimestamp":"2026-01-02T03:04:05Z","labels":{"app":%q}},"spec":{"nodeName":%q,"containers":[{"name":"c"}]},"status":{"phase":%q}}`, name, name, name[:1], node, phase)
}

// ops is a small cluster; the first write is revision 2.
func ops() []sourcetest.Op {
	put := sourcetest.Put
	return []sourcetest.Op{
		put("/registry/namespaces/demo", `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"demo"},"status":{"phase":"Active"}}`),                             // 2
		put("/registry/pods/demo/a1", pod("a1", "n1", "Pending")),                                                                                                     // 3
		put("/registry/pods/demo/a2", pod("a2", "n2", "Running")),                                                                                                     // 4
		put("/registry/pods/demo/b1", pod("b1", "n1", "Running")),                                                                                                     // 5
		put("/registry/pods/demo/a1", pod("a1", "n1", "Running")),                                                                                                     // 6
		put("/registry/secrets/demo/s", `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"demo"},"type":"Opaque","data":{"p":"aHVudGVyMg=="}}`), // 7
		sourcetest.Delete("/registry/pods/demo/a2"),                                                                                                                   // 8
		put("/registry/apiextensions.k8s.io/customresourcedefinitions/widgets.shop.example.com", widgetCRD),                                                           // 9
		put("/registry/shop.example.com/widgets/demo/w", `{"apiVersion":"shop.example.com/v1","kind":"Widget","metadata":{"name":"w","namespace":"demo"},"spec":{"color":"red","size":3},"status":{"size":2}}`),                                                                                                                            // 10
		put("/registry/events/demo/e", `{"apiVersion":"v1","kind":"Event","metadata":{"name":"e","namespace":"demo"},"involvedObject":{"kind":"Pod","name":"a1"},"message":"m","reason":"R","source":{"component":"kubelet"},"firstTimestamp":null,"lastTimestamp":null,"eventTime":null,"reportingComponent":"","reportingInstance":""}`), // 11
		put("/registry/deployments/demo/d", `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"demo"},"spec":{"replicas":2,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{},"spec":{"containers":null}},"strategy":{}},"status":{"replicas":1}}`),                                              // 12
		put("/registry/configmaps/demo/broken", "k8s\x00\x0a\xff\xff"), // 13
	}
}

// api answers for a file with these writes.
func api(t *testing.T, ops []sourcetest.Op, compact int64) *API {
	t.Helper()
	src, err := snapfile.Open(t.Context(), sourcetest.WriteSpec(t, sourcetest.Spec{Ops: ops, Compact: compact}), snapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	known, err := learn.From(t.Context(), src, learn.Options{Prefix: "/registry"})
	if err != nil {
		t.Fatal(err)
	}
	return &API{Known: known, Source: src}
}

// ask asks for a path with a query.
func ask(t *testing.T, a *API, path, accept string) (int, string) {
	t.Helper()
	path, query, _ := strings.Cut(path, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	answer := a.Serve(ctx, &Request{Method: "GET", Path: path, Query: q, Accept: accept})
	var b buffer
	if err := answer.Body(ctx, &b); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return answer.Code, string(b)
}

// names are the names of the objects in a list, and its metadata.
func names(t *testing.T, body string) (string, map[string]any) {
	t.Helper()
	var list struct {
		Items    []struct{ Metadata struct{ Name string } }
		Metadata map[string]any
	}
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	var out []string
	for _, it := range list.Items {
		out = append(out, it.Metadata.Name)
	}
	return strings.Join(out, " "), list.Metadata
}

// TestLists: selectors, revisions and positions, as Kubernetes' API concepts describe them.
func TestLists(t *testing.T) {
	t.Parallel()
	a := api(t, ops(), 0)
	for path, want := range map[string]string{
		"/api/v1/pods": "a1 b1 @13", "/api/v1/namespaces/demo/pods": "a1 b1 @13", "/api/v1/namespaces/other/pods": " @13",
		"/at/4/api/v1/pods": "a1 a2 @4", "/at/7/api/v1/namespaces/demo/pods": "a1 a2 b1 @7",
		"/api/v1/pods?labelSelector=app%3Db": "b1 @13", "/api/v1/pods?labelSelector=app+in+(a)": "a1 @13", "/api/v1/pods?labelSelector=!app": " @13",
		"/api/v1/pods?fieldSelector=spec.nodeName%3Dn1": "a1 b1 @13", "/at/5/api/v1/pods?fieldSelector=status.phase%3DPending": "a1 @5",
		"/api/v1/pods?fieldSelector=metadata.name%3Da1": "a1 @13", "/api/v1/pods?fieldSelector=metadata.name%3Da1,metadata.namespace%3Ddemo": "a1 @13",
		"/api/v1/pods?fieldSelector=spec.nodeName!%3Dn1": " @13", "/api/v1/pods?resourceVersion=4&resourceVersionMatch=Exact": "a1 a2 @4",
		"/api/v1/pods?resourceVersion=4": "a1 b1 @13", "/api/v1/pods?resourceVersion=0": "a1 b1 @13", "/api/v1/pods?resourceVersion=4&resourceVersionMatch=NotOlderThan": "a1 b1 @13",
		"/api/v1/pods?resourceVersion=4&limit=10": "a1 a2 @4", "/apis/shop.example.com/v1/widgets?fieldSelector=spec.color%3Dred": "w @13",
		"/api/v1/events?fieldSelector=involvedObject.name%3Da1,source%3Dkubelet": "e @13", "/apis/events.k8s.io/v1/events?fieldSelector=regarding.kind%3DPod": "e @13",
		"/api/v1/secrets?fieldSelector=type%3DOpaque": "s @13", "/api/v1/namespaces?fieldSelector=status.phase%3DActive": "demo @13", "/api/v1/configmaps": "broken @13",
		"/apis/apiextensions.k8s.io/v1/customresourcedefinitions": "widgets.shop.example.com @13", "/at/8/apis/apiextensions.k8s.io/v1/customresourcedefinitions": " @8",
	} {
		code, body := ask(t, a, path, "")
		got, md := names(t, body)
		if rev, _ := md["resourceVersion"].(string); code != 200 || got+" @"+rev != want {
			t.Errorf("%s: %d %q @%s, want %q", path, code, got, rev, want)
		}
	}
}

// TestRefused: what cannot be answered, with the code and a part of the reason.
func TestRefused(t *testing.T) {
	t.Parallel()
	a := api(t, ops(), 5)
	a.Resolve = func(_ context.Context, moment string) (int64, error) {
		if moment == "x" {
			return 0, errors.New("it is no moment")
		}
		return 13, nil
	}
	for path, want := range map[string]string{
		"/": "404 NotFound", "/api/v2": "404 ", "/apis/no.such/v1/things": "404 ", "/api/v1/things": "404 ", "/openapi/v3": "404 NotFound read-only: writes are refused", "/openapi/v2": "404 NotFound read-only: writes are refused", "/api/v1/namespaces/demo\x00/pods": "400 BadRequest control character", "/api/v1/namespaces/demo/pods/a1\n": "400 ", "/metrics": "404 ",
		"/api/v1/namespaces/demo/pods/none": "404 NotFound pods \\\"none\\\" not found", "/api/v1/namespaces/demo/pods/a1/log": "404 NotFound logs of containers",
		"/api/v1/namespaces/demo/pods/a1/exec": "404 ", "/apis/metrics.k8s.io/v1beta1/pods": "404 ", "/api/v1/pods/a1": "404 without a namespace",
		"/api/v1//pods": "404 ", "/api/v1/namespaces/demo/pods/../../x": "404 ", "/api/v1/namespaces/demo/namespaces": "404 ",
		"/api/v1/pods?fieldSelector=spec.containers%3Dx": "400 BadRequest field label not supported: spec.containers", "/api/v1/pods?labelSelector=a%3D%3D%3Db": "400 ",
		"/api/v1/pods?limit=-1": "400 ", "/api/v1/pods?limit=x": "400 ", "/api/v1/pods?resourceVersion=x": "422 Invalid",
		"/api/v1/pods?resourceVersionMatch=Exact": "422 Invalid forbidden unless resourceVersion is provided", "/api/v1/pods?resourceVersion=0&resourceVersionMatch=Exact": "422 ",
		"/api/v1/pods?resourceVersion=6&resourceVersionMatch=Near": "422 Unsupported value", "/api/v1/pods?sendInitialEvents=true": "422 forbidden for list",
		"/api/v1/pods?watch=1&sendInitialEvents=true": "422 requires setting resourceVersionMatch to NotOlderThan", "/api/v1/pods?watch=1&resourceVersion=6&resourceVersionMatch=Exact": "422 ",
		"/api/v1/pods?resourceVersion=99": "504 Timeout Too large resource version: 99, current: 13", "/at/7/api/v1/pods?resourceVersion=9&resourceVersionMatch=Exact": "504 ",
		"/api/v1/pods?resourceVersion=3&resourceVersionMatch=Exact": "410 Expired", "/at/3/api/v1/pods": "410 Expired", "/at/99/api/v1/pods": "504 ", "/at/x/api/v1/pods": "400 ", "/at/0/api/v1/pods": "400 a number above 0", "/at/-1/api/v1/pods": "400 a number above 0",
		"/api/v1/pods?continue=x": "400 continue key is not valid", "/api/v1/pods?continue=" + token{Revision: 7, Start: "../secrets/"}.String(): "400 continue key is not valid",
		"/api/v1/pods?continue=" + token{Revision: 7, Start: "zz"}.String() + "&resourceVersion=7": "400 specifying resource version is not allowed",
		"/api/v1/pods?continue=" + token{Revision: 3, Start: "demo/b"}.String():                    "410 Expired inconsistent list", "/replay/api/v1/pods": "404 --replay",
		"/apis/shop.example.com/v1alpha1/namespaces/demo/widgets/w": "406 NotAcceptable is stored as shop.example.com/v1", "/apis/shop.example.com/v1alpha1/widgets": "406 stored as shop.example.com/v1",
	} {
		code, body := ask(t, a, path, "application/json")
		words := strings.SplitN(want, " ", 3)
		var s struct{ Kind, Status, Reason, Message string }
		if json.Unmarshal([]byte(body), &s) != nil || s.Kind != "Status" || s.Status != "Failure" || s.Message == "" {
			t.Errorf("%s: no Status: %s", path, body)
		}
		if fmt.Sprint(code) != words[0] || !strings.Contains(body, strings.Join(words[1:], " ")) && (len(words) < 3 || !strings.Contains(body, words[1]) || !strings.Contains(body, words[2])) {
			t.Errorf("%s: %d %s, want %s", path, code, body, want)
		}
	}
	for accept, want := range map[string]int{"application/vnd.kubernetes.protobuf": 406, "text/html": 406, "application/vnd.kubernetes.protobuf,application/json": 200, "*/*": 200,
		"application/json;as=Nothing": 406, "application/cbor": 406, "application/yaml": 200} {
		if code, body := ask(t, a, "/api/v1/pods", accept); code != want {
			t.Errorf("%s: %d %s", accept, code, body)
		}
	}
	for _, path := range []string{"/openapi/v2", "/openapi/v3", "/at/7/openapi/v3"} {
		if got := a.Serve(t.Context(), &Request{Method: "GET", Path: path}); got.Code != 404 || !strings.HasPrefix(got.Header["Warning"], `299 - "the store has no schemas: `) {
			t.Errorf("%s: %d %v", path, got.Code, got.Header)
		}
	}
	for _, r := range []Request{{Method: "DELETE", Path: "/api/v1/namespaces/demo/pods/a1"}, {Method: "PATCH", Path: "/api/v1/pods"}, {Method: "POST", Path: "/api/v1/namespaces/demo/pods/a1/exec"}} {
		if got := a.Serve(t.Context(), &r); got.Code != 405 || got.Header["Allow"] == "" {
			t.Errorf("%s: %d", r.Method, got.Code)
		}
	}
}

// TestPages: a list in pages is the list, at one revision, whatever is asked for between them.
func TestPages(t *testing.T) {
	t.Parallel()
	a := api(t, ops(), 0)
	for _, accept := range []string{"", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"} {
		var got []string
		cont := ""
		for range 5 {
			_, body := ask(t, a, "/at/7/api/v1/pods?limit=1&continue="+url.QueryEscape(cont), accept)
			n, md := names(t, body)
			got = append(got, n)
			if md["resourceVersion"] != "7" {
				t.Errorf("a page is of revision %v", md["resourceVersion"])
			}
			if cont, _ = md["continue"].(string); cont == "" {
				break
			}
		}
		if !slices.Equal(got, []string{"a1", "a2", "b1"}) {
			t.Errorf("%s: pages %q", accept, got)
		}
	}
	if _, body := ask(t, a, "/at/7/api/v1/pods?limit=1&labelSelector=app%3Db", ""); strings.Contains(body, "continue") || !strings.Contains(body, `"b1"`) {
		t.Errorf("the last page of a selection: %s", body)
	}
}

// TestForms: tables, metadata, YAML, subresources, versions, masks, and what cannot be read.
func TestForms(t *testing.T) {
	t.Parallel()
	a := api(t, ops(), 0)
	const table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
	for _, c := range []struct{ path, accept, has, not string }{
		{"/api/v1/pods", table, `"cells":["a1","0/1","Running","0",`, `"spec"`},
		{"/api/v1/pods?includeObject=Object", table, `"object":{"apiVersion":"v1","kind":"Pod"`, ""},
		{"/api/v1/pods?includeObject=None", table, `]}]`, `"object"`},
		{"/api/v1/namespaces/demo/pods/a1", table, `"kind":"Table"`, ""},
		{"/apis/shop.example.com/v1/widgets", table, `"name":"Color"`, ""},
		{"/apis/shop.example.com/v1/widgets", table, `"name":"byNode","type":"integer","format":"","description":"","priority":2`, ""},
		{"/apis/shop.example.com/v1/widgets", table, `"cells":["w","red",3,`, ""},
		{"/apis/apps/v1/deployments", table, `"cells":["d","0/2",0,0,`, ""},
		{"/apis/apps/v1/deployments", table, `"name":"Up-to-date"`, ""},
		{"/apis/shop.example.com/v1alpha1/widgets", table, `"cells":["w","red"`, "406"},
		{"/api/v1/pods", table, `"name":"Nominated Node","type":"string","format":"","description":"","priority":1`, ""},
		{"/api/v1/configmaps", table, `"cells":["broken","<unknown>"`, ""},
		{"/api/v1/configmaps", "", `"etcdscope.io/unreadable":"`, ""},
		{"/api/v1/namespaces/demo/secrets/s", "", `"data":{"p":"Kioq"}`, "aHVudGVyMg"},
		{"/api/v1/secrets", "application/yaml", "p: Kioq", "aHVudGVyMg"},
		{"/api/v1/pods", "application/yaml", "- apiVersion: v1\n  kind: Pod\n", ""},
		{"/api/v1/namespaces/none/pods", "application/yaml", "items: []\n", ""},
		{"/api/v1/namespaces/demo/pods/a1", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1", `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{`, `"spec"`},
		{"/apis/apps/v1/namespaces/demo/deployments/d/scale", "", `"spec":{"replicas":2},"status":{"replicas":1,"selector":"a=b"}`, ""},
		{"/apis/apps/v1/namespaces/demo/deployments/d/scale", table, `"name":"Available","type":"integer"`, "Up-to-date"},
		{"/apis/apps/v1/namespaces/demo/deployments/d/scale", table, `"cells":["d",2,1,"\u003cunknown\u003e"]`, ""},
		{"/apis/apps/v1/namespaces/demo/deployments/d/status", "", `"kind":"Deployment"`, ""},
		{"/apis/apps/v1/namespaces/demo/deployments/d", "", `"kind":"Deployment"`, ""},
		{"/apis/shop.example.com/v1/namespaces/demo/widgets/w/scale", "", `"spec":{"replicas":3},"status":{"replicas":2}`, ""},
		{"/apis/events.k8s.io/v1/namespaces/demo/events/e", "", `"note":"m"`, "involvedObject"},
		{"/api/v1/namespaces/demo/events/e", "", `"involvedObject":{`, "regarding"},
		{"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.shop.example.com", "", `"jsonPath":".spec.color"`, "JSONPath"},
		{"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.shop.example.com", "", `"apiVersion":"apiextensions.k8s.io/v1"`, "preserveUnknownFields"},
	} {
		code, body := ask(t, a, c.path, c.accept)
		if code != 200 || !strings.Contains(body, c.has) || c.not != "" && strings.Contains(body, c.not) {
			t.Errorf("%s as %s: %d\n%s\nwant %s, not %s", c.path, c.accept, code, body, c.has, c.not)
		}
	}
	a.Reveal = true
	if _, body := ask(t, a, "/api/v1/secrets", ""); !strings.Contains(body, "aHVudGVyMg==") {
		t.Errorf("revealed: %s", body)
	}
}

// TestDiscovery: the kinds of a position, in each form in which clients ask for them.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	a := api(t, ops(), 0)
	const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
	for _, c := range []struct{ path, accept, has, not string }{
		{"/version", "", `"major":"1"`, ""},
		{"/healthz", "", "ok", ""}, {"/readyz/ping", "", "ok", ""},
		{"/api", "", `"versions":["v1"]`, ""},
		{"/apis", "", `{"groupVersion":"shop.example.com/v1","version":"v1"},{"groupVersion":"shop.example.com/v1alpha1"`, ""},
		{"/at/8/apis", "", `"apps/v1"`, "shop.example.com"},
		{"/apis", aggregated, `"resource":"widgets","responseKind":{"group":"shop.example.com","version":"v1","kind":"Widget"},"scope":"Namespaced","singularResource":"widget","verbs":["get","list","watch"],"shortNames":["wd"],"categories":["shop"]`, ""},
		{"/apis", aggregated, `"subresource":"scale"`, "podsecuritypolicies"},
		{"/api", aggregated, `"categories":["all"]`, ""},
		{"/api/v1", "", `"name":"pods/status"`, "deployments"},
		{"/apis/apps", "", `"kind":"APIGroup"`, ""},
		{"/apis/apps/v1", "", `"name":"deployments/scale"`, ""},
		{"/apis/authorization.k8s.io/v1", "", "selfsubjectaccessreviews", ""},
	} {
		code, body := ask(t, a, c.path, c.accept)
		if code != 200 || !strings.Contains(body, c.has) || c.not != "" && strings.Contains(body, c.not) {
			t.Errorf("%s as %s: %d\n%s\nwant %s, not %s", c.path, c.accept, code, body, c.has, c.not)
		}
	}
}

// TestReviews: reading is allowed, all else is not.
func TestReviews(t *testing.T) {
	t.Parallel()
	a := api(t, ops(), 0)
	for spec, want := range map[string]bool{
		`"resourceAttributes":{"verb":"get","resource":"pods"}`: true, `"resourceAttributes":{"verb":"watch","resource":"*"}`: true,
		`"resourceAttributes":{"verb":"delete","resource":"pods"}`: false, `"resourceAttributes":{"verb":"*","resource":"pods"}`: false,
		`"resourceAttributes":{"verb":"get","resource":"pods","subresource":"log"}`: false, `"resourceAttributes":{"verb":"list","resource":"none"}`: false,
		`"nonResourceAttributes":{"verb":"get","path":"/healthz"}`: true,
	} {
		answer := a.Serve(t.Context(), &Request{Method: "POST", Path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", Body: []byte(`{"spec":{` + spec + `}}`)})
		var b buffer
		if err := answer.Body(t.Context(), &b); err != nil || answer.Code != 201 {
			t.Fatalf("%s: %d, %v", spec, answer.Code, err)
		}
		if got := strings.Contains(string(b), `"allowed":true`); got != want {
			t.Errorf("%s: %s", spec, b)
		}
	}
	raw, err := (&authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "list", Resource: "pods"}}}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	packed, err := (&runtime.Unknown{TypeMeta: runtime.TypeMeta{APIVersion: "authorization.k8s.io/v1", Kind: "SelfSubjectAccessReview"}, Raw: raw}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{"k8s\x00" + string(packed): `"allowed":true`, "k8s\x00\xff": "no review", "[": "no review", "": "no review"} {
		var b buffer
		answer := a.Serve(t.Context(), &Request{Method: "POST", Path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", Body: []byte(body)})
		if err := answer.Body(t.Context(), &b); err != nil || !strings.Contains(string(b), want) {
			t.Errorf("%q: %s", body, b)
		}
	}
	for path, has := range map[string]string{"authorization.k8s.io/v1/selfsubjectrulesreviews": `"resourceRules"`, "authentication.k8s.io/v1/selfsubjectreviews": `"username":"etcdscope"`} {
		var b buffer
		answer := a.Serve(t.Context(), &Request{Method: "POST", Path: "/apis/" + path, Body: []byte("{}")})
		if err := answer.Body(t.Context(), &b); err != nil || !strings.Contains(string(b), has) {
			t.Errorf("%s: %s", path, b)
		}
	}
}

// reading counts the entries that are read of a source.
type reading struct {
	etcdsource.Source
	entries int
}

func (r *reading) Range(ctx context.Context, s etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	p, err := r.Source.Range(ctx, s, at)
	r.entries += len(p.Entries)
	return p, err
}

// firstOf notes how many entries were read when the first byte was written.
type firstOf struct {
	r     *reading
	first int
}

func (f *firstOf) Write(p []byte) (int, error) {
	if f.first == 0 {
		f.first = f.r.entries
	}
	return len(p), nil
}

func (f *firstOf) Flush() error { return nil }

// TestFirstByte: a list begins once a few objects are read, however many there are.
func TestFirstByte(t *testing.T) {
	t.Parallel()
	var all []sourcetest.Op
	for i := range 2000 {
		all = append(all, sourcetest.Put(fmt.Sprintf("/registry/pods/demo/a%04d", i), pod(fmt.Sprintf("a%04d", i), "n1", "Running")))
	}
	a := api(t, all, 0)
	ask(t, a, "/api/v1/nodes", "") // the types are read
	for _, accept := range []string{"", "application/yaml", "application/json;as=Table;v=v1;g=meta.k8s.io"} {
		r := &reading{Source: a.Source}
		one := &API{Known: a.Known, Source: r, catalogs: a.catalogs}
		answer := one.Serve(t.Context(), &Request{Method: "GET", Path: "/api/v1/pods", Accept: accept})
		f := &firstOf{r: r}
		if err := answer.Body(t.Context(), f); err != nil || f.first == 0 || f.first > firstPage+10 || r.entries < 2000 {
			t.Errorf("%s: %d of %d objects are read before the first byte: %v", accept, f.first, r.entries, err)
		}
	}
}
