package decode

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode/diff"
)

// hush is what no output of a masked Secret may hold, in any of its forms.
const hush = "hunter2-swordfish"

// forms are the ways in which a secret value is known.
func forms(secret string) []string {
	out := []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("% x", secret)}
	for i := range 3 { // in base64 from any offset: the middle does not depend on what is around it
		b := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", i) + secret))
		out = append(out, b[4:len(b)-4])
	}
	return out
}

func leak(all, secret string) string {
	for _, f := range forms(secret) {
		if i := strings.Index(all, f); i >= 0 {
			return all[max(0, i-60):min(len(all), i+60)]
		}
	}
	return ""
}

// secretJSON is a Secret that holds the value wherever one has been seen, and where none should be.
func secretJSON(more string) string {
	b64 := base64.StdEncoding.EncodeToString([]byte(hush))
	return fmt.Sprintf(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"d","annotations":{`+
		`"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"stringData\":{\"p\":\"%[1]s\"},`+
		`\"metadata\":{\"annotations\":{\"other\":\"{\\\"data\\\":{\\\"p\\\":\\\"%[2]s\\\"}}\"}}}\n",`+
		`"backup.example.com/was":"{\"data\":{\"p\":\"%[2]s\"}}","broken":"{\"data\":{\"p\":\"%[1]s"}},`+
		`"data":{"p":"%[2]s","list":["%[1]s"]},"stringData":{"p":"%[1]s"},"metadatas":{"x":"%[1]s"},"typed":"%[1]s","spec":{"p":"%[1]s"}%[3]s}`, hush, b64, more)
}

// TestMaskedEverywhere looks for a Secret's value in everything that an object says.
func TestMaskedEverywhere(t *testing.T) {
	in := func(key, v string) value { return value{Key: key, Revision: 7, Value: []byte(v)} }
	whole := secretJSON("")
	for name, v := range map[string]value{
		"by kind":               in("/registry/things/d/s", whole),
		"by key":                in("/registry/secrets/d/s", strings.Replace(whole, `"kind":"Secret"`, `"kind":"Sacret"`, 1)),
		"another root":          in("/kubernetes.io/secrets/d/s", `"`+hush+`"`),
		"k3s's bootstrap data":  in("/bootstrap/abc", hush),
		"openshift's tokens":    in("/registry/oauth/accesstokens/t", `{"apiVersion":"v1","kind":"OAuthAccessToken","token":"`+hush+`"}`),
		"text":                  in("/registry/secrets/d/s", hush),
		"a JSON string":         in("/registry/secrets/d/s", `["`+hush+`"]`),
		"malformed JSON":        in("/registry/secrets/d/s", `{"data":{"p":"`+hush+`"`),
		"YAML":                  in("/registry/secrets/d/s", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {p: "+hush+"}\n"),
		"the kind comes last":   in("/registry/things/d/s", `{"metadata":{"generation":"many","name":7},"data":{"p":"`+hush+`"},"apiVersion":"v1","kind":"Secret"}`),
		"a kind beside it":      in("/registry/things/d/s", secretJSON(`,"KIND":"ConfigMap","Kind":"ConfigMap"`)),
		"binary":                in("/registry/secrets/d/s", "\x00\xff"+hush),
		"protobuf":              in("/registry/things/d/s", string(inEnvelope("v1", "Secret", protoMessage(1, protoMessage(1, "s"), 2, protoMessage(1, "p", 2, hush), 3, "Opaque")))),
		"protobuf, cut off":     in("/registry/things/d/s", string(inEnvelope("v1", "Secret", protoMessage(1, protoMessage(1, "s"), 2, protoMessage(1, "p", 2, hush), 3, "Opaque")))[:56]),
		"protobuf, not known":   in("/registry/secrets/d/s", string(inEnvelope("v1", "Sacret", protoMessage(1, protoMessage(1, "s"), 2, protoMessage(1, "p", 2, hush))))),
		"encrypted, no key":     in("/registry/secrets/d/s", "k8s:enc:aescbc:v1:key1:"+hush),
		"encrypted by who?":     in("/registry/secrets/d/s", "k8s:enc:nothing"+hush),
		"a name that is hidden": in("/registry/secrets/d/s", "k8s:enc:none:v1:"+hush),
	} {
		d := New(Options{})
		o := d.Object([]byte(v.Key), v.Value, v.Revision)
		if !o.Secret {
			t.Errorf("%s: it is not taken for a Secret", name)
		}
		if s := leak(everything(d, o, View{ManagedFields: true}), hush); s != "" && !strings.HasPrefix(name, "encrypted") {
			t.Errorf("%s: …%s…", name, s)
		}
		if _, err := o.Raw(View{}); !errors.Is(err, ErrMasked) {
			t.Errorf("%s: the stored bytes are given: %v", name, err)
		}
		if raw, err := o.Raw(View{Reveal: true}); err != nil || string(raw) != string(v.Value) {
			t.Errorf("%s: revealed, the stored bytes are %q, %v", name, raw, err)
		}
		if leak(everything(d, o, View{Reveal: true}), hush) == "" {
			t.Errorf("%s: revealed, the value is nowhere: the check checks nothing", name)
		}
	}
}

// TestMaskedDiff looks for values in the differences of two versions, whose paths are shown all the same.
func TestMaskedDiff(t *testing.T) {
	d := New(Options{})
	object := func(v string, rev int64) *Object { return d.Object([]byte("/registry/secrets/d/s"), []byte(v), rev) }
	empty := object(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"d"},"type":"Opaque"}`, 1)
	full := object(secretJSON(""), 2)
	other := object(strings.ReplaceAll(strings.ReplaceAll(secretJSON(""), hush, "else"), base64.StdEncoding.EncodeToString([]byte(hush)), "ZWxzZQ=="), 3)
	for name, pair := range map[string][2]*Object{"created": {nil, full}, "filled": {empty, full}, "changed": {full, other}, "emptied": {full, empty}, "deleted": {full, nil}} {
		changes := d.Diff(pair[0], pair[1], View{})
		var paths []string
		for _, c := range changes {
			paths = append(paths, c.Path)
		}
		if s := leak(string(mustJSON(t, changes)), hush); s != "" {
			t.Errorf("%s: …%s…", name, s)
		}
		if !strings.Contains(strings.Join(paths, " "), ".data") {
			t.Errorf("%s: no path names the data: %s", name, paths)
		}
		if leak(string(mustJSON(t, d.Diff(pair[0], pair[1], View{Reveal: true}))), hush) == "" {
			t.Errorf("%s: revealed, the value is nowhere", name)
		}
	}
}

// TestMaskedAnnotations: tools keep the whole object as it was applied in annotations, also packed; what only looks like
// text stays.
func TestMaskedAnnotations(t *testing.T) {
	js := `{"kind":"Secret","data":{"p":"` + hush + `"}}`
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	fmt.Fprint(z, js)
	z.Close()
	for want, list := range map[bool][]string{
		true: {js, " \n" + js, `{"object":` + js + `}`, `{"objects":[` + js + `]}`, "[" + js + "]", `{"object":` + string(mustJSON(t, js)) + `}`,
			base64.StdEncoding.EncodeToString([]byte(js)), base64.RawURLEncoding.EncodeToString([]byte(js)), base64.StdEncoding.EncodeToString(zipped.Bytes()),
			"apiVersion: v1\ndata:\n  p: " + hush, "- kind: Secret\n  stringData: {p: x}", `{"data":{"p":"` + hush},
		false: {"", "true", "3600", "[prod]", "a: b", "2026-01-02T03:04:05Z", `{"port":80}`, `{"name":"x","tags":["a","b"]}`, "sha256~abcdefghijklmnop",
			"dGhpcyBpcyBwbGFpbiB0ZXh0", "kube-system/bootstrap-token", "https://example.com/data: of it"},
	} {
		for _, s := range list {
			o := value{Key: "/registry/secrets/d/s", Value: mustJSON(t, map[string]any{"apiVersion": "v1", "kind": "Secret",
				"metadata": map[string]any{"name": "s", "annotations": map[string]string{"example.com/x": s}}})}.open()
			got, _ := o.Tree(View{})["metadata"].(map[string]any)["annotations"].(map[string]any)["example.com/x"].(string)
			if (got != s) != want || strings.Contains(got, hush) {
				t.Errorf("%q is shown as %q", s, got)
			}
		}
	}
}

// TestMaskedValuesInAnnotations: a text that holds a value of the Secret is masked, in whatever form it holds it; a text
// that only has letters in common stays.
func TestMaskedValuesInAnnotations(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString([]byte("top \"secret\" 1&2"))
	data := map[string]any{"p": b64, "pin": base64.StdEncoding.EncodeToString([]byte("4711")), "on": base64.StdEncoding.EncodeToString([]byte("true\n")),
		"login": base64.StdEncoding.EncodeToString([]byte(`{"auths":{"r.example.com":{"password":"swordfish"}}}`)),
		"lines": base64.StdEncoding.EncodeToString([]byte("-----BEGIN KEY-----\nMIIEowIBAAKCAQEA7\n-----END KEY-----\n")), "none": ""}
	for want, list := range map[bool][]string{
		true: {`kubectl create secret generic x --from-literal=p=top "secret" 1&2 --record`, "p=" + b64, "it is " + strings.TrimRight(b64, "="), `{"say":"top \"secret\" 1&2"}`,
			"https://u:top+%22secret%22+1%262@h", base64.StdEncoding.EncodeToString([]byte(`u:top "secret" 1&2`)), "pin=4711", "4711", "on: true", "swordfish", "MIIEowIBAAKCAQEA7",
			"kubectl create secret generic x --from-literal=p=an-older-value --record=true", "kubectl create secret docker-registry r --docker-password=older", "tool --token abc"},
		false: {"14711", "4711x", "trueish", "top", "kubectl annotate secret x team=a --record", "-----BEGIN KEY-----", "rotated 2026-01-02", ""},
	} {
		for _, s := range list {
			for _, path := range []string{"example.com/x", "kubernetes.io/change-cause"} {
				d := New(Options{})
				o := value{Key: "/registry/secrets/d/s", Value: mustJSON(t, map[string]any{"apiVersion": "v1", "kind": "Secret",
					"metadata": map[string]any{"name": "s", "annotations": map[string]string{path: s}}, "data": data})}.open()
				got, _ := o.Tree(View{})["metadata"].(map[string]any)["annotations"].(map[string]any)[path].(string)
				if (got != s) != want {
					t.Errorf("%q is shown as %q", s, got)
				}
				bare := d.Object([]byte("/registry/secrets/d/s"), []byte(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"}}`), 1)
				var leaves []diff.Leaf
				d.EachLeaf(o, View{}, func(l *diff.Leaf) { leaves = append(leaves, diff.Leaf{Path: l.Path, Value: l.Value}) })
				out := string(mustJSON(t, d.Diff(bare, o, View{}))) + string(mustJSON(t, d.Diff(o, bare, View{}))) + string(mustJSON(t, leaves))
				if quoted := string(mustJSON(t, s)); s != "" && strings.Contains(out, quoted) == want {
					t.Errorf("%q: differences and fields: %s", s, out)
				}
			}
		}
	}
}

func leaves(d *Decoder, o *Object, v View) (out string) {
	d.EachLeaf(o, v, func(l *diff.Leaf) { out += fmt.Sprintln(l.Path, l.Value) })
	return out
}

// TestMaskedLogins: the secrets of OpenShift's OAuth clients are masked, and the names of its tokens, which are tokens;
// what else they say is shown.
func TestMaskedLogins(t *testing.T) {
	client := func(group string) string {
		return `{"apiVersion":"` + group + `v1","kind":"OAuthClient","metadata":{"name":"console","annotations":{"was":"secret=` + hush + `"}},"secret":"` + hush + `","additionalSecrets":["` + hush + `"],"redirectURIs":["https://shown"],"new":"` + hush + `"}`
	}
	token := func(kind, name string) string {
		return `{"apiVersion":"oauth.openshift.io/v1","kind":"` + kind + `","metadata":{"name":"` + name + `","selfLink":"/apis/oauth.openshift.io/v1/x/` + name + `"},"clientName":"shown","userName":"alice","refreshToken":"` + hush + `","authorizeToken":"` + hush + `"}`
	}
	for name, v := range map[string]value{
		"a client":              {Key: "/openshift.io/oauth/clients/console", Value: []byte(client("oauth.openshift.io/"))},
		"a client of release 3": {Key: "/openshift.io/oauth/clients/console", Value: []byte(client(""))},
		"a client elsewhere":    {Key: "/backup/console", Value: []byte(client("oauth.openshift.io/"))},
		"a token":               {Key: "/openshift.io/oauth/accesstokens/" + hush, Value: []byte(token("OAuthAccessToken", hush))},
		"a hashed token":        {Key: "/openshift.io/oauth/accesstokens/sha256~" + hush, Value: []byte(token("OAuthAccessToken", "sha256~"+hush))},
		"a code":                {Key: "/k/oauth/authorizetokens/" + hush, Value: []byte(token("OAuthAuthorizeToken", hush))},
		"a token elsewhere":     {Key: "/backup/token", Value: []byte(token("OAuthAccessToken", hush))},
		"in protobuf": {Key: "/openshift.io/oauth/accesstokens/" + hush, Value: inEnvelope("oauth.openshift.io/v1", "OAuthAccessToken",
			protoMessage(1, protoMessage(1, hush), 2, "shown", 9, hush))},
		"text under its key": {Key: "/openshift.io/oauth/accesstokens/" + hush, Value: []byte("it is " + hush)},
	} {
		d := New(Options{})
		o := d.Object([]byte(v.Key), v.Value, 7)
		other := d.Object([]byte(v.Key), []byte(strings.ReplaceAll(string(v.Value), "alice", "bob")), 8)
		all := func(view View) string {
			out := everything(d, o, view)
			for _, pair := range [][2]*Object{{nil, o}, {o, nil}, {o, other}} {
				out += string(mustJSON(t, d.Diff(pair[0], pair[1], view)))
			}
			return out + leaves(d, o, view) + fmt.Sprint(o.Field("metadata", "name"), o.Text("secret"))
		}
		if s := leak(all(View{ManagedFields: true}), hush); s != "" || !o.Secret {
			t.Errorf("%s: …%s…", name, s)
		}
		if leak(all(View{Reveal: true}), hush) == "" {
			t.Errorf("%s: revealed, it is nowhere", name)
		}
		if !strings.Contains(name, "text") && !strings.Contains(name, "protobuf") && !strings.Contains(all(View{}), "shown") {
			t.Errorf("%s: what is no secret is not shown: %s", name, o.JSON(View{}))
		}
	}
	if TokenIn("/openshift.io/oauth/accesstokens/a") != "a" || TokenIn("/openshift.io/oauth/clients/a") != "" || TokenIn("/x") != "" {
		t.Error("TokenIn")
	}
	for key, want := range map[string]string{
		"/openshift.io/oauth/accesstokens/a": "/openshift.io/oauth/accesstokens/***", "oauth/authorizetokens/sha256~a": "oauth/authorizetokens/***",
		"/openshift.io/oauth/accesstokens/": "/openshift.io/oauth/accesstokens/", "/openshift.io/oauth/clients/a": "/openshift.io/oauth/clients/a",
	} {
		if got := KeyText([]byte(key)); got != want {
			t.Errorf("%s: got %s, want %s", key, got, want)
		}
	}
	for line, want := range map[string]string{
		"oauthaccesstokens/a  created": "oauthaccesstokens/***  created", "kubectl get oauthaccesstokens/longlonglong, of longlonglong": "kubectl get oauthaccesstokens/***, of ***",
		"get '/openshift.io/oauth/accesstokens/xyz'": "get '/openshift.io/oauth/accesstokens/***'", "oauthclients/a": "oauthclients/a",
	} {
		if got := HideTokens(line); got != want {
			t.Errorf("%s: got %s, want %s", line, got, want)
		}
	}
}

// TestNotMasked checks that what is no Secret is shown, also where it says so of itself.
func TestNotMasked(t *testing.T) {
	for _, v := range []value{
		{Key: "/registry/configmaps/d/s", Value: []byte(`{"apiVersion":"v1","kind":"ConfigMap","data":{"p":"` + hush + `"}}`)},
		{Key: "/registry/x.io/secrets2/d/s", Value: []byte(`{"apiVersion":"x.io/v1","kind":"Secret","data":{"p":"` + hush + `"}}`)},
	} {
		o := v.open()
		if o.Secret || !strings.Contains(string(o.JSON(View{})), hush) {
			t.Errorf("%s is masked", v.Key)
		}
	}
}
