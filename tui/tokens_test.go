package tui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestTokenNames: the name of an OpenShift token is the token: no screen shows it, whatever the cursor is on.
func TestTokenNames(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindFile, "ocp.db")
	putCluster(src, "/kubernetes.io/", 2)
	src.Put("/openshift.io/routes/web/front", []byte(`{"apiVersion":"route.openshift.io/v1","kind":"Route","metadata":{"name":"front","namespace":"web"}}`))
	for _, kind := range []string{"OAuthAccessToken", "OAuthAuthorizeToken"} {
		for _, scope := range []string{"a", "b"} { // two versions
			for i := range 2 {
				name := fmt.Sprintf("sha256~hushhush%d", i)
				key := "/openshift.io/oauth/" + strings.ToLower(strings.TrimPrefix(kind, "OAuth")) + "s/" + name
				src.Put(key, fmt.Appendf(nil, `{"apiVersion":"oauth.openshift.io/v1","kind":%q,"metadata":{"name":%q},"scopes":[%q]}`, kind, name, scope))
			}
		}
	}
	d := opensRoots(t, src)
	d.See("accesstokens/***")
	see := func(keys ...string) {
		t.Helper()
		for _, k := range keys {
			if d.Press(k); strings.Contains(d.Text(), "hush") {
				t.Fatalf("after %s:\n%s", k, d.Text())
			}
		}
	}
	see("3", "j", "j", "1")
	d.Fill("/", "accesstokens/")
	d.Press("enter")
	d.See("OAuthAccessToken ***")
	see("x", "x", "x", "x", "2", "d", "d", "esc", "1", "b", "b", "5", "6", "1", "y", "esc", "g p", "j", "j", "T")
	d.Press("esc")
	d.Press("1")
	d.Command("oauthaccesstokens")
	see("j", "j", "tab", "c", "1", "enter")
}
