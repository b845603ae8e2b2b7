package print

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestNoSilentRoot: commands say when there is no Kubernetes in a store, name other roots, and advise -n only for what
// lives in a namespace.
func TestNoSilentRoot(t *testing.T) {
	app := []sourcetest.Op{sourcetest.Put("/app/pods/default/x", "v"), sourcetest.Put("/registry/pods/default/not-a-pod", "v")}
	deep := append([]sourcetest.Op{put("/k8s/prod-eu/namespaces/kube-system", "v1", "Namespace", "", ""), put("/k8s/prod-eu/configmaps/shop/c", "v1", "ConfigMap", "", ""),
		put("/old/configmaps/shop/c", "v1", "ConfigMap", "", "")}, app...)
	for _, c := range []struct {
		ops          []sourcetest.Op
		args         string
		out, errs, x string // x must not be in the output
		code         int
	}{
		{app, "get pods -A", "", "no Kubernetes root found", "not-a-pod", 1},
		{app, "get ns", "", "no Kubernetes root found", "-n NAMESPACE", 1},
		{app, "report", "", "no Kubernetes root found", "", 1},
		{app, "rescue -n shop", "", "no Kubernetes root found", "", 1},
		{app, "ls", "/app/", "", "roots", 0},
		{nil, "get pods -A", "", "the store is empty", "", 1},
		{nil, "ls", "", "it is empty", "", 1},
		{deep, "get ns", "kube-system", "", "", 0},
		{deep, "get cm -A", "shop", "", "/old/", 0},
		{deep, "get cm -A --prefix /old -o name", "configmap/c", "", "", 0},
		{deep, "get nodes", "", "nothing is there", "-n NAMESPACE", 1},
		{deep, "get deploy", "", "-n NAMESPACE", "", 1},
		{deep, "ls", "/k8s/", "2 Kubernetes roots; types and namespaces are looked for below /k8s/prod-eu/, add --prefix for another: /old/", "", 0},
	} {
		out, errs, code := run(t, file(c.ops, 0), strings.Fields(c.args+" --from x.db")...)
		if code != c.code || !strings.Contains(out, c.out) || !strings.Contains(errs, c.errs) || c.x != "" && strings.Contains(out+errs, c.x) {
			t.Errorf("%s: code %d\n%s%s", c.args, code, out, errs)
		}
	}
}

// TestFileForKey: a file where a key is meant is one to be opened.
func TestFileForKey(t *testing.T) {
	for _, args := range []string{"ls roots_test.go", "get roots_test.go", "log ./roots_test.go"} {
		if _, errs, code := run(t, file(nil, 0), strings.Fields(args)...); code != 2 || !strings.Contains(errs, "open it with --from ") {
			t.Errorf("%s: code %d, %s", args, code, errs)
		}
	}
}

// TestOpenShift: both roots are one cluster, and the names of tokens are shown with --reveal only, in every output.
func TestOpenShift(t *testing.T) {
	const token = "sha256~9f86d081884c7d65"
	ops := []sourcetest.Op{put("/kubernetes.io/namespaces/web", "v1", "Namespace", "", ""), put("/openshift.io/routes/web/front", "route.openshift.io/v1", "Route", "", ""),
		put("/openshift.io/oauth/clients/console", "oauth.openshift.io/v1", "OAuthClient", "", `,"secret":"`+token+`"`),
		put("/openshift.io/oauth/accesstokens/"+token, "oauth.openshift.io/v1", "OAuthAccessToken", "", `,"userName":"alice"`)}
	if out, errs, code := run(t, file(ops, 0), "rescue", "-n", "web", "--from", "x.db"); code != 0 || !strings.Contains(out, "kind: Route") {
		t.Errorf("rescue: code %d\n%s%s", code, out, errs)
	}
	for _, args := range []string{"get oauthaccesstokens", "get oauthaccesstokens -o name", "get oauthaccesstokens -o json", "get oauthaccesstokens -o yaml", "get oauthclients -o yaml",
		"get -A", "log", "log -o json --changes", "log -A --changes", "ls /openshift.io/oauth/accesstokens/", "ls /openshift.io/oauth/accesstokens/ -o json", "ls /openshift.io/oauth/accesstokens/ -o name",
		"get /openshift.io/oauth/accesstokens/" + token + " -o json", "trace /openshift.io/oauth/accesstokens/" + token, "blame /openshift.io/oauth/accesstokens/" + token, "report"} {
		out, errs, _ := run(t, file(ops, 0), strings.Fields(args+" --from x.db")...)
		if strings.Contains(out+errs, token) {
			t.Errorf("%s: the token is shown\n%s%s", args, out, errs)
		}
		if out, _, _ := run(t, file(ops, 0), strings.Fields(args+" --reveal --from x.db")...); !strings.Contains(out, token) && strings.HasPrefix(args, "ls") {
			t.Errorf("%s --reveal: the token is not shown\n%s", args, out)
		}
	}
}
