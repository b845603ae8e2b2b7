package reconcile

import (
	"fmt"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestPresentLooksAtWhatHolds: where only the present is read, an object of a type that is not waited for is looked at too where its
// namespace, which is being deleted, says that it is left; others of the type are not.
func TestPresentLooksAtWhatHolds(t *testing.T) {
	held := func(ns string) sourcetest.Op {
		return sourcetest.Put("/registry/configmaps/"+ns+"/held", fmt.Sprintf(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"held","namespace":%q,"uid":"u-%s","deletionTimestamp":"2026-01-02T03:04:05Z","finalizers":["x.io/hold"]}}`, ns, ns))
	}
	namespace := func(name, status string) sourcetest.Op {
		return sourcetest.Put("/registry/namespaces/"+name, fmt.Sprintf(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":%q,"uid":"u-%s","deletionTimestamp":"2026-01-02T03:04:05Z"},"spec":{"finalizers":["kubernetes"]},`+
			`"status":{"phase":"Terminating","conditions":[{"type":"NamespaceContentRemaining","status":%q,"message":"Some resources are remaining: events. has 3 resource instances, configmaps. has 1 resource instances, widgets.x.io has 1 resource instances, configmaps. has 1 resource instances"}]}}`, name, name, status))
	}
	r, _ := reportOf(t, []sourcetest.Op{namespace("a", "True"), namespace("b", "False"), held("a"), held("b")}, Window{})
	if err := r.Present(t.Context(), 0, PresentOptions{}); err != nil || fmt.Sprint(r.waitingKeys()) != "[/a /b a/held]" || r.Looked != 3 {
		t.Errorf("%q of %d objects, %v", r.waitingKeys(), r.Looked, err)
	}
	r, _ = reportOf(t, []sourcetest.Op{namespace("a", "True"), held("a")}, Window{})
	if err := r.Present(t.Context(), 0, PresentOptions{Bytes: 600}); err != nil || !r.Cut || r.Looked != 1 {
		t.Errorf("of 600 bytes %d objects are looked at, cut %t, %v", r.Looked, r.Cut, err)
	}
}
