package evidencetest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/model/attribution/audit"
)

// Request is an event of the audit log, as a test writes it.
type Request struct {
	Verb, Object string // "patch", "pods/web/status"; without a name "deletecollection", "pods"
	User, Agent  string
	From, To     float64 // seconds of the tests' minute
	Revision     int64   // in the answer, 0: the log does not hold it
	Manager      string
}

// NewRequest returns a request; revision and manager may be 0 and "".
func NewRequest(verb, object, user, agent string, from, to float64, revision int64, manager string) Request {
	return Request{Verb: verb, Object: object, User: user, Agent: agent, From: from, To: to, Revision: revision, Manager: manager}
}

// Kubectl is the user agent of kubectl.
const Kubectl = "kubectl/v1.36.3 (linux/amd64) kubernetes/$Format"

// AuditLog is an audit log that holds requests, read from the lines of one.
func AuditLog(t testing.TB, requests ...Request) *audit.Log {
	t.Helper()
	l, report, err := audit.Read(t.Context(), func(_ context.Context, _ time.Time, each func(string, io.Reader) error, _ func(string, error)) error {
		return each("log", strings.NewReader(AuditLines(requests...)))
	}, audit.Window{})
	if err != nil || report.Requests != len(requests) {
		t.Fatalf("%v: %+v", err, report)
	}
	return l
}

// AuditLines are the lines that an API server writes of requests; the n-th has the id "idN".
func AuditLines(requests ...Request) string {
	var b strings.Builder
	for i, r := range requests {
		p := append(strings.Split(r.Object, "/"), "", "")
		level, answer, code := "Metadata", "", 200
		if r.Revision != 0 {
			level, answer = "RequestResponse", fmt.Sprintf(`,"responseObject":{"kind":"X","metadata":{"name":%q,"resourceVersion":"%d"}}`, p[1], r.Revision)
		}
		if r.Verb == "create" {
			code = 201
		}
		fmt.Fprintf(&b, `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":%q,"auditID":"id%d","stage":"ResponseComplete","requestURI":"/x?fieldManager=%s","verb":%q,"user":{"username":%s},`+
			`"userAgent":%s,"objectRef":{"resource":%q,"namespace":"demo","name":%q,"subresource":%q},"responseStatus":{"code":%d}%s,"requestReceivedTimestamp":%q,"stageTimestamp":%q}`+"\n",
			level, i, r.Manager, r.Verb, quoted(r.User), quoted(r.Agent), p[0], p[1], p[2], code, answer, At(r.From).Format(time.RFC3339Nano), At(r.To).Format(time.RFC3339Nano))
	}
	return b.String()
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
