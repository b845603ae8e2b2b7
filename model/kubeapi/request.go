package kubeapi

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Request is what a client asks.
type Request struct {
	Method string
	Path   string // decoded
	Query  url.Values
	Accept string
	Body   []byte // of a review
}

// target is what the path of a request names.
type target struct {
	res         *served
	version     string
	namespace   string // "" for all, and for objects of the cluster
	name        string // "" for a list
	subresource string
	watch       bool // by the older form of the path
}

// apiVersion is that of the answer.
func (t *target) apiVersion() string { return t.res.apiVersion(t.version) }

// targetOf reads a path behind its group and version, as [watch/][namespaces/NS/]RESOURCE[/NAME[/SUBRESOURCE…]].
func (c *catalog) targetOf(group, version string, rest []string) (*target, error) {
	t := &target{version: version}
	if slices.ContainsFunc(rest, func(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }) {
		return nil, apierrors.NewBadRequest("a part of the path has a control character, which no name has")
	}
	if len(rest) > 1 && rest[0] == "watch" {
		t.watch, rest = true, rest[1:]
	}
	if len(rest) > 2 && rest[0] == "namespaces" && (group != "" || !ofNamespaces[rest[2]]) {
		t.namespace, rest = rest[1], rest[2:]
	}
	g := c.byGroup[group]
	if g == nil || g.served[version] == nil && c.resource[group+"/"+rest[0]] == nil {
		return nil, notServed("/apis/" + group + "/" + version)
	}
	t.res = c.resource[group+"/"+rest[0]]
	if t.res == nil {
		return nil, notServed(rest[0] + " of " + strings.TrimPrefix(group+"/"+version, "/"))
	}
	if t.namespace != "" && !t.res.Namespaced {
		return nil, notServed(rest[0] + " in a namespace")
	}
	if len(rest) > 1 {
		t.name = rest[1]
	}
	if len(rest) > 2 {
		t.subresource = strings.Join(rest[2:], "/")
	}
	if t.name != "" && t.res.Namespaced && t.namespace == "" {
		return nil, notServed(rest[0] + "/" + t.name + " without a namespace")
	}
	return t, nil
}

// ofNamespaces are the subresources of a namespace: they are no resource in it.
var ofNamespaces = map[string]bool{"status": true, "finalize": true}

// notServed is the error for a path that nothing is at.
func notServed(what string) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status: metav1.StatusFailure, Code: 404, Reason: metav1.StatusReasonNotFound, Details: &metav1.StatusDetails{},
		Message: "the server could not find the requested resource: the store has no " + what,
	}}
}

// noSchemas is the answer for /openapi. kubectl explain, apply, create and edit ask for schemas first, and print only that there
// are none for a type; a warning they print as it is.
func noSchemas() *Answer {
	a := Failed(notServed("schemas; it is read-only: writes are refused, and kubectl explain needs an API server"))
	a.Header["Warning"] = warning("the store has no schemas: kubectl explain needs an API server; nothing can be changed here")
	return a
}

// warning is the value of a header that clients print. The text is ASCII.
func warning(text string) string { return fmt.Sprintf("299 - %q", text) }

// refused are subresources that no store has, and why.
var refused = map[string]string{
	"log":                 "the logs of containers are on their nodes, not in etcd",
	"exec":                "this is what was stored, no running container",
	"attach":              "this is what was stored, no running container",
	"portforward":         "this is what was stored, no running container",
	"proxy":               "this is what was stored, nothing that runs",
	"eviction":            "nothing here can be changed",
	"binding":             "nothing here can be changed",
	"finalize":            "nothing here can be changed",
	"approval":            "nothing here can be changed",
	"ephemeralcontainers": "nothing here can be changed",
	"resize":              "nothing here can be changed",
	"token":               "tokens are not stored, and none is issued here",
}

// noSubresource is the error for a subresource that is not served.
func noSubresource(name string) error {
	first, _, _ := strings.Cut(name, "/")
	why := refused[first]
	if why == "" {
		why = "the resource has no such subresource in what is stored"
	}
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status: metav1.StatusFailure, Code: 404, Reason: metav1.StatusReasonNotFound, Details: &metav1.StatusDetails{},
		Message: fmt.Sprintf("%s is not served: %s", first, why),
	}}
}

// readOnly is the error for a request that would change something.
func readOnly(method string) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status: metav1.StatusFailure, Code: 405, Reason: metav1.StatusReasonMethodNotAllowed, Details: &metav1.StatusDetails{},
		Message: fmt.Sprintf("%s is not supported: etcdscope serves what is stored, and nothing in it can be changed", method),
	}}
}
