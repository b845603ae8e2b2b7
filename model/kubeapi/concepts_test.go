package kubeapi

import (
	"net/url"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
	"github.com/etcdscope/etcdscope/model/learn"
)

// TestTokens: a list is gone on with by another run over the same store, at the revision of its first page, and not where that
// was compacted meanwhile, lies behind the context, or is of another list.
func TestTokens(t *testing.T) {
	t.Parallel()
	first, again := api(t, ops(), 0), api(t, ops(), 0)
	_, body := ask(t, first, "/at/7/api/v1/pods?limit=1", "")
	_, md := names(t, body)
	cont, _ := md["continue"].(string)
	if cont == "" {
		t.Fatalf("no token: %s", body)
	}
	token := "continue=" + url.QueryEscape(cont)
	for path, want := range map[string]string{
		"/at/7/api/v1/pods?" + token:                                 "a2 b1 @7",
		"/api/v1/pods?" + token:                                      "a2 b1 @7",
		"/api/v1/pods?limit=1&" + token:                              "a2 @7",
		"/api/v1/namespaces/demo/pods?" + token:                      "a2 b1 @7",
		"/api/v1/pods?labelSelector=app%3Db&" + token:                "b1 @7",
		"/api/v1/pods?resourceVersion=0&" + token:                    "a2 b1 @7",
		"/apis/shop.example.com/v1/widgets?" + token:                 " @7",
		"/api/v1/pods?fieldSelector=status.phase%3DRunning&" + token: "a2 b1 @7",
	} {
		code, body := ask(t, again, path, "")
		got, md := names(t, body)
		if rev, _ := md["resourceVersion"].(string); code != 200 && code != 404 || code == 200 && got+" @"+rev != want {
			t.Errorf("%s: %d %q @%s, want %q", path, code, got, rev, want)
		}
	}
	if code, body := ask(t, again, "/at/5/api/v1/pods?"+token, ""); code != 400 {
		t.Errorf("before the token's revision: %d %s", code, body)
	}
	if code, body := ask(t, api(t, ops(), 9), "/api/v1/pods?"+token, ""); code != 410 {
		t.Errorf("where it was compacted: %d %s", code, body)
	}
}

// TestSingle: the resourceVersion of a get is a least one: what is newer is served, what is not reached is refused.
func TestSingle(t *testing.T) {
	t.Parallel()
	a := api(t, ops(), 0)
	for path, want := range map[string]int{
		"/api/v1/namespaces/demo/pods/a1": 200, "/api/v1/namespaces/demo/pods/a1?resourceVersion=0": 200, "/api/v1/namespaces/demo/pods/a1?resourceVersion=3": 200,
		"/api/v1/namespaces/demo/pods/a1?resourceVersion=99": 504, "/api/v1/namespaces/demo/pods/a1?resourceVersion=x": 422, "/api/v1/namespaces/demo/pods/a2": 404, "/at/7/api/v1/namespaces/demo/pods/a2": 200,
		"/api/v1/namespaces/demo/pods/a1/status": 200, "/api/v1/namespaces/demo/pods/a1/ephemeralcontainers": 404, "/api/v1/namespaces/demo/configmaps/x/status": 404,
		"/apis/apps/v1/namespaces/demo/deployments/d/scale": 200,
	} {
		if code, body := ask(t, a, path, ""); code != want {
			t.Errorf("%s: %d, want %d: %s", path, code, want, body)
		}
	}
	if code, _ := ask(t, a, "/api/v1/namespaces/demo/pods/a1", "application/vnd.kubernetes.protobuf"); code != 406 {
		t.Errorf("protobuf alone: %d", code)
	}
}

// TestEmptyStore: a store without objects has the kinds that every API server has, and lists of them are empty.
func TestEmptyStore(t *testing.T) {
	t.Parallel()
	src, err := snapfile.Open(t.Context(), sourcetest.WriteSnapshot(t, []sourcetest.Op{sourcetest.Put("/registry/namespaces/demo", "{}"), sourcetest.Delete("/registry/namespaces/demo")}), snapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	known, err := learn.From(t.Context(), src, learn.Options{Prefix: "/registry"})
	if err != nil {
		t.Fatal(err)
	}
	a := &API{Known: known, Source: src}
	for _, path := range []string{"/api", "/apis", "/api/v1", "/version", "/api/v1/pods", "/api/v1/namespaces"} {
		if code, body := ask(t, a, path, ""); code != 200 {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
}
