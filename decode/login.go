package decode

import (
	"regexp"
	"slices"
	"strings"
	"unsafe"

	"github.com/etcdscope/etcdscope/decode/clean"
)

// OpenShift keeps logins: clients with their secrets, and tokens. The name of a token is the token itself, or its hash
// ("sha256~…") in newer releases; both are masked.

// login is a kind of OpenShift's logins.
type login struct {
	folder string          // of its keys, below any root
	public map[string]bool // fields that hold no secret
	token  bool            // its name is a secret
}

var logins = map[string]*login{
	"OAuthClient": {"/oauth/clients/", set("respondWithChallenges", "redirectURIs", "grantMethod", "scopeRestrictions",
		"accessTokenMaxAgeSeconds", "accessTokenInactivityTimeoutSeconds"), false},
	"OAuthAccessToken":    {"/oauth/accesstokens/", set("clientName", "expiresIn", "scopes", "userName", "userUID", "inactivityTimeoutSeconds"), true},
	"OAuthAuthorizeToken": {"/oauth/authorizetokens/", set("clientName", "expiresIn", "scopes", "userName", "userUID"), true},
}

func set(names ...string) map[string]bool {
	out := map[string]bool{"apiVersion": true, "kind": true, "metadata": true}
	for _, n := range names {
		out[n] = true
	}
	return out
}

// loginKind returns the kind of the login that a key holds, "" for none.
func loginKind(key string) string {
	if !strings.Contains(key, "/oauth/") {
		return ""
	}
	for kind, l := range logins {
		if strings.Contains(key, l.folder) {
			return kind
		}
	}
	return ""
}

// login returns what an object is of OpenShift's logins, nil for none of them.
func (o *Object) login() *login {
	if o.Kind != "" && (o.Group == "oauth.openshift.io" || o.Group == "") {
		if l := logins[o.Kind]; l != nil {
			return l
		}
	}
	return logins[loginKind(unsafe.String(unsafe.SliceData(o.Key), len(o.Key)))]
}

// Token reports whether the name of the object is a secret itself, and with it the end of its key.
func (o *Object) Token() bool {
	l := o.login()
	return l != nil && l.token
}

// TokenIn returns the part of a key that is a token, "" where none is: what follows the folder of OpenShift's tokens.
func TokenIn(key string) string {
	for _, l := range logins {
		if l.token {
			if _, name, ok := strings.Cut(key, l.folder); ok {
				return name
			}
		}
	}
	return ""
}

// KeyText returns a key, or what is left of it below a root, as safe text, with a mask in place of a token.
func KeyText(key []byte) string {
	if token := TokenIn("/" + string(key)); token != "" {
		return clean.Key(key[:len(key)-len(token)]) + Mask
	}
	return clean.Key(key)
}

// NameText returns the name that a key ends in as safe text, the mask where it is a token.
func NameText(key, name string) string {
	if TokenIn(key) != "" {
		return Mask
	}
	return clean.Key([]byte(name))
}

// tokenText finds the name of an OpenShift token, in a key or as kubectl names it: it is the token itself.
var tokenText = regexp.MustCompile(`oauth/?(?:access|authorize)tokens?(?:\.oauth\.openshift\.io)?/([^\s"'\\,;)]+)`)

// HideTokens returns a line with a mask in place of the tokens that it names, wherever else in the line they are too.
func HideTokens(line string) string {
	if !strings.Contains(line, "oauth") {
		return line
	}
	for _, m := range tokenText.FindAllStringSubmatch(line, -1) {
		if m[1] == Mask {
			continue
		}
		line = strings.ReplaceAll(line, "/"+m[1], "/"+Mask)
		line = strings.ReplaceAll(line, `"`+m[1]+`"`, `"`+Mask+`"`)
		if len(m[1]) > 8 {
			line = strings.ReplaceAll(line, m[1], Mask)
		}
	}
	return line
}

// tokens returns the secrets that are names, of all objects whose name is one.
func tokens(objects ...*Object) (out []string) {
	for _, o := range objects {
		if o == nil || !o.Token() {
			continue
		}
		for _, name := range []string{o.parsed().field("metadata").field("name").text(), TokenIn(string(o.Key))} {
			if name != "" && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// hushed returns the node with a mask in place of a token, wherever a text holds it.
func (n node) hushed(token string) node {
	n.str = maskToken(n.str, token)
	items := make([]node, len(n.items))
	for i := range n.items {
		items[i] = n.items[i].hushed(token)
	}
	n.items = items
	return n
}

// maskToken masks a token in a text; one that is too short to be one only where it is the whole text, or at the end of a path.
func maskToken(s, token string) string {
	switch {
	case len(token) >= minLong:
		return strings.ReplaceAll(s, token, Mask)
	case s == token:
		return Mask
	case strings.HasSuffix(s, "/"+token):
		return strings.TrimSuffix(s, token) + Mask
	}
	return s
}

// without returns a value with a mask in place of a token, wherever a text holds it.
func without(v any, token string) any {
	switch v := v.(type) {
	case string:
		return maskToken(v, token)
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = without(x, token)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = without(v[i], token)
		}
		return out
	}
	return v
}

// openField reports whether a path lies in a field that all of the objects may show, metadata left out.
func openField(path string, objects []*Object) bool {
	name := strings.TrimPrefix(path, ".")
	if i := strings.IndexAny(name, ".["); i >= 0 {
		name = name[:i]
	}
	if name == "metadata" {
		return false
	}
	is := false
	for _, o := range objects {
		if o == nil {
			continue
		}
		if l := o.login(); l == nil || !l.public[name] {
			return false
		}
		is = true
	}
	return is
}
