package audit

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// Verb is what a request asks for.
type Verb uint8

// The verbs that write.
const (
	Create Verb = iota
	Update
	Patch
	Delete
	DeleteCollection
	verbs
)

var verbNames = [verbs]string{"create", "update", "patch", "delete", "deletecollection"}

// String is the verb as the log spells it.
func (v Verb) String() string { return verbNames[v] }

// Object names what a request was about.
type Object struct{ Group, Resource, Namespace, Name string }

// aliases are groups that serve objects which are stored under another one.
var aliases = map[[2]string]string{
	{"events.k8s.io", "events"}: "", {"extensions", "ingresses"}: "networking.k8s.io", {"extensions", "deployments"}: "apps",
	{"extensions", "daemonsets"}: "apps", {"extensions", "replicasets"}: "apps", {"extensions", "networkpolicies"}: "networking.k8s.io",
	{"extensions", "podsecuritypolicies"}: "policy",
}

// ObjectOf names an object by its group and the plural name of its resource, however the request spelled it.
func ObjectOf(group, resource, namespace, name string) Object {
	if to, ok := aliases[[2]string{group, resource}]; ok {
		group = to
	}
	if resource == "namespaces" && group == "" {
		namespace = ""
	}
	return Object{group, resource, namespace, name}
}

// Sender is who sent a request, and with what program.
type Sender struct {
	User    string // who was authenticated
	As      string // whom they acted as, "" for nobody else
	Agent   string // the User-Agent, "" where none was sent
	Manager string // the field manager that was asked for, "" where none was
}

// Program is the agent up to its first slash, as the API server names a field manager by it.
func (s *Sender) Program() string {
	name, _, _ := strings.Cut(s.Agent, "/")
	if name == "" {
		return "unknown"
	}
	return name
}

// Request is one that succeeded, and may have written.
type Request struct {
	Object      Object // without a Name where it was about a collection, or where the log does not tell it
	ID          string // auditID
	Verb        Verb
	Subresource string
	Sender      *Sender
	Made        bool  // it was answered with 201: something was created
	Revision    int64 // of the object in the answer, 0 where the log does not hold it
	Received    int64 // nanoseconds since 1970, by the API server's clock
	Answered    int64
	// Idle reports that the request cannot have written the Revision of its answer: a later one had been answered before it came.
	Idle bool
}

// When is the time at which the request was received.
func (r *Request) When() time.Time { return time.Unix(0, r.Received).UTC() }

// What is the verb with the resource: "create pods/binding".
func (r *Request) What() string {
	s := r.Verb.String() + " " + r.Object.Resource
	if r.Subresource != "" {
		s += "/" + r.Subresource
	}
	return s
}

// From is when the request was received.
func (r *Request) From() time.Time { return time.Unix(0, r.Received).UTC() }

// To is when the request was answered.
func (r *Request) To() time.Time { return time.Unix(0, r.Answered).UTC() }

// Writes reports whether a request of this kind that succeeds has written for sure: the others may have changed nothing.
func (r *Request) Writes() bool {
	return r.Made || r.Verb == Delete || r.Verb == Create
}

// event is what is read of an audit event.
type event struct {
	Kind             string   `json:"kind"`
	APIVersion       string   `json:"apiVersion"`
	Stage            string   `json:"stage"`
	ID               string   `json:"auditID"`
	URI              string   `json:"requestURI"`
	Verb             string   `json:"verb"`
	User             account  `json:"user"`
	ImpersonatedUser *account `json:"impersonatedUser"`
	UserAgent        string   `json:"userAgent"`
	ObjectRef        struct {
		Resource    string `json:"resource"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
		APIGroup    string `json:"apiGroup"`
		Subresource string `json:"subresource"`
	} `json:"objectRef"`
	ResponseStatus struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
	RequestObject  options   `json:"requestObject"`
	ResponseObject answer    `json:"responseObject"`
	Received       time.Time `json:"requestReceivedTimestamp"`
	Answered       time.Time `json:"stageTimestamp"`
	Items          []event   `json:"items"` // of a list
}

// answer is what is read of the object in a response.
type answer struct {
	Metadata struct {
		Name            string `json:"name"`
		ResourceVersion string `json:"resourceVersion"`
	} `json:"metadata"`
	Kind string `json:"kind"`
	Type string `json:"@type"` // in Google's logs
}

type account struct {
	Username string `json:"username"`
}

// options are those of a deletion, which are sent as the request's object.
type options struct {
	DryRun        []string `json:"dryRun"`
	DeleteOptions struct {
		DryRun []string `json:"dryRun"`
	} `json:"deleteOptions"`
}

// idle are subresources that store nothing, or nothing under the name of their object.
var idle = map[string]bool{"token": true, "exec": true, "attach": true, "portforward": true, "proxy": true, "log": true}

// succeeded reports whether an event is of the end of a request that can have written, and its verb.
func (e *event) succeeded() (Verb, bool) {
	verb := slices.Index(verbNames[:], e.Verb)
	ref := &e.ObjectRef
	if verb < 0 || e.Stage != "ResponseComplete" || e.ResponseStatus.Code/100 != 2 || ref.Resource == "" || idle[ref.Subresource] {
		return 0, false
	}
	return Verb(verb), !e.Answered.IsZero() && !e.Received.IsZero() && !e.Answered.Before(e.Received)
}

// isDryRun reports whether a request asked for nothing to be stored.
func (e *event) isDryRun(v Verb, query url.Values) bool {
	return len(query["dryRun"]) > 0 || len(e.RequestObject.DeleteOptions.DryRun) > 0 || (v == Delete || v == DeleteCollection) && len(e.RequestObject.DryRun) > 0
}

// request reads a request from an event; ok is false where it cannot have written.
func (e *event) request(l *Log) (o Object, r Request, ok bool) {
	verb, ok := e.succeeded()
	if !ok {
		return o, r, false
	}
	query := e.query()
	if e.isDryRun(verb, query) {
		return o, r, false
	}
	ref := &e.ObjectRef
	r = Request{ID: e.ID, Verb: verb, Subresource: l.text(ref.Subresource), Made: e.ResponseStatus.Code == 201 || verb == Create,
		Received: e.Received.UnixNano(), Answered: e.Answered.UnixNano()}
	o = ObjectOf(ref.APIGroup, ref.Resource, ref.Namespace, ref.Name)
	if o.Group == "" && o.Resource == "bindings" { // the binding of before there were subresources
		o.Resource, r.Subresource = "pods", "binding"
	}
	answer := &e.ResponseObject
	if o.Name == "" && r.Verb == Create { // a name that the API server made up
		o.Name = answer.Metadata.Name
	}
	if r.Verb == DeleteCollection {
		o.Name = ""
	} else if answer.Kind != "Status" {
		r.Revision = number(answer.Metadata.ResourceVersion)
	}
	manager := ""
	if m := query["fieldManager"]; len(m) > 0 {
		manager = m[0]
	}
	as := ""
	if e.ImpersonatedUser != nil {
		as = e.ImpersonatedUser.Username
	}
	r.Sender = l.sender(Sender{User: e.User.Username, As: as, Agent: e.UserAgent, Manager: manager})
	return o, r, true
}

// query are the options in the request's address.
func (e *event) query() url.Values {
	_, q, _ := strings.Cut(e.URI, "?")
	v, _ := url.ParseQuery(q) // what could be read of it
	return v
}

// number reads a resource version, 0 where it is none of etcd's.
func number(s string) (n int64) {
	if len(s) > 18 {
		return 0
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0
		}
		n = 10*n + int64(s[i]-'0')
	}
	return n
}
