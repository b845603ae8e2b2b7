package audit

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// entry is an entry of Google Cloud's audit logs: GKE describes the requests to its API servers in that form only.
type entry struct {
	Time  time.Time `json:"timestamp"`
	ID    string    `json:"insertId"`
	Proto struct {
		Service  string             `json:"serviceName"`
		Method   string             `json:"methodName"`   // io.k8s.core.v1.pods.binding.create
		Resource string             `json:"resourceName"` // core/v1/namespaces/demo/pods/web/binding
		Who      principal          `json:"authenticationInfo"`
		Client   caller             `json:"requestMetadata"`
		Status   struct{ Code int } `json:"status"`
		Request  options            `json:"request"`
		Answer   answer             `json:"response"`
	} `json:"protoPayload"`
	Operation struct {
		ID string `json:"id"`
	} `json:"operation"`
}

type principal struct {
	Email string `json:"principalEmail"`
}

type caller struct {
	Agent string `json:"callerSuppliedUserAgent"`
}

// servedWithin is how long a request is taken to have lasted of which only the beginning is known.
const servedWithin = time.Second

// cloud takes an entry of Google Cloud's audit logs; ok is false where it is none of a Kubernetes API server.
func (s *scanner) cloud(raw []byte) (ok bool) {
	var c entry
	var wrong *json.UnmarshalTypeError
	if err := json.Unmarshal(raw, &c); err != nil && !errors.As(err, &wrong) || c.Proto.Service != "k8s.io" || c.Proto.Method == "" || c.Time.IsZero() {
		return false
	}
	p := &c.Proto
	e := event{Kind: "Event", Stage: "ResponseComplete", ID: c.Operation.ID, User: account{p.Who.Email}, UserAgent: p.Client.Agent,
		Received: c.Time, Answered: c.Time.Add(servedWithin), RequestObject: p.Request, ResponseObject: p.Answer}
	e.Verb = p.Method[strings.LastIndexByte(p.Method, '.')+1:]
	if p.Status.Code == 0 {
		e.ResponseStatus.Code = 200
	}
	if strings.HasSuffix(p.Answer.Type, ".Status") {
		e.ResponseObject.Kind = "Status"
	}
	e.ObjectRef.APIGroup, e.ObjectRef.Namespace, e.ObjectRef.Resource, e.ObjectRef.Name, e.ObjectRef.Subresource = resourceName(p.Resource)
	s.Events++
	s.event(&e)
	return true
}

// resourceName reads core/v1/namespaces/NS/RESOURCE/NAME/SUBRESOURCE, whose parts from the namespace on may be missing.
func resourceName(path string) (group, ns, resource, name, sub string) {
	parts := strings.Split(path, "/")
	if len(parts) < 3 {
		return "", "", "", "", ""
	}
	if group = parts[0]; group == "core" {
		group = ""
	}
	parts = parts[2:]
	if len(parts) > 2 && parts[0] == "namespaces" && !namespaceParts[parts[2]] {
		ns, parts = parts[1], parts[2:]
	}
	at := func(i int) string {
		if i < len(parts) {
			return parts[i]
		}
		return ""
	}
	return group, ns, at(0), at(1), strings.Join(parts[min(len(parts), 2):], "/")
}

// namespaceParts are the subresources of a namespace.
var namespaceParts = map[string]bool{"status": true, "finalize": true}
