package attribution

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/change"
)

// request is an event of the audit log, as a test writes it.
type request struct {
	verb, object string // "patch pods/web/status"; without a name "deletecollection pods"
	user, agent  string
	from, to     float64 // seconds of the tests' minute
	rev          int64   // in the answer, 0: the log does not hold it
	manager      string
}

// logOf is an audit log that holds requests, read from its real form.
func logOf(t *testing.T, requests ...request) *audit.Log {
	t.Helper()
	l, report, err := audit.Read(t.Context(), func(_ context.Context, _ time.Time, each func(string, io.Reader) error, _ func(string, error)) error {
		return each("log", strings.NewReader(linesOf(requests...)))
	}, audit.Window{})
	if err != nil || report.Requests != len(requests) {
		t.Fatalf("%v: %+v", err, report)
	}
	return l
}

// linesOf are the lines that an API server writes of requests.
func linesOf(requests ...request) string {
	var b strings.Builder
	for i, r := range requests {
		p := append(strings.Split(r.object, "/"), "", "")
		level, answer, code := "Metadata", "", 200
		if r.rev != 0 {
			level, answer = "RequestResponse", fmt.Sprintf(`,"responseObject":{"kind":"X","metadata":{"name":%q,"resourceVersion":"%d"}}`, p[1], r.rev)
		}
		if r.verb == "create" {
			code = 201
		}
		fmt.Fprintf(&b, `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":%q,"auditID":"id%d","stage":"ResponseComplete","requestURI":"/x?fieldManager=%s","verb":%q,"user":{"username":%s},`+
			`"userAgent":%s,"objectRef":{"resource":%q,"namespace":"demo","name":%q,"subresource":%q},"responseStatus":{"code":%d}%s,"requestReceivedTimestamp":%q,"stageTimestamp":%q}`+"\n",
			level, i, r.manager, r.verb, quoted(r.user), quoted(r.agent), p[0], p[1], p[2], code, answer, at(r.from).Format(time.RFC3339Nano), at(r.to).Format(time.RFC3339Nano))
	}
	return b.String()
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

const agent = "kubectl/v1.36.3 (linux/amd64) kubernetes/$Format"

// TestAudited: what the audit log adds to, and takes from, what etcd tells. The revision of the last version is 4.
func TestAudited(t *testing.T) {
	own := mf("x/Update 1", `"f:data":{"f:a":{},"f:b":{}}`)
	cm := func(data string, entries ...string) string {
		return object("ConfigMap", "demo", "c", "", `"data":{`+data+`}`, entries...)
	}
	both, less := cm(`"a":"1","b":"1"`, own), cm(`"a":"1"`, own)
	held := func(mark string) string {
		return object("ConfigMap", "demo", "c", `"finalizers":["x/y"]`+mark, "", own)
	}
	moved := cm(`"a":"2","b":"1"`, mf("x/Update 5", `"f:data":{"f:a":{},"f:b":{}}`))
	for _, c := range []struct {
		name           string
		versions       []string
		requests       []request
		said, evidence string
	}{
		{"a removal, by its answer", []string{both, less}, []request{{"patch", "configmaps/c", "alice", agent, 5.1, 5.2, 4, "kubectl-edit"}},
			"kubectl certain client", "audit log: patch configmaps by alice with kubectl/v1.36.3 (id0), its answer carries this revision"},
		{"a removal, by its time", []string{both, less}, []request{{"patch", "configmaps/c", "alice", agent, 5.1, 5.2, 0, ""}},
			"kubectl likely client", "the only request that fits object and time"},
		{"a deletion, by its time", []string{both, ""}, []request{{"delete", "configmaps/c", "alice", agent, 5.1, 5.2, 0, ""}},
			"kubectl certain client", "audit log: delete configmaps by alice with kubectl/v1.36.3 (id0), the only request"},
		{"a deletion, two that fit", []string{both, ""}, []request{{"delete", "configmaps/c", "alice", agent, 5.1, 5.2, 0, ""}, {"delete", "configmaps/c", "bob", "bot/1", 5.15, 5.25, 0, ""}},
			"unknown other", "deleted by a client"},
		{"a deletion at another time", []string{both, ""}, []request{{"delete", "configmaps/c", "alice", agent, 50, 51, 0, ""}},
			"unknown other", "deleted by a client"},
		{"a deletion of another object", []string{both, ""}, []request{{"delete", "configmaps/other", "alice", agent, 5.1, 5.2, 0, ""}},
			"unknown other", "deleted by a client"},
		{"a collection", []string{both, ""}, []request{{"deletecollection", "configmaps", "alice", agent, 5.1, 5.2, 0, ""}},
			"kubectl likely client", "audit log: deletecollection configmaps by alice"},
		{"a deletion does not take a finalizer off", []string{held(`,"deletionTimestamp":"2026-01-02T10:02:03Z"`), ""}, []request{{"delete", "configmaps/c", "alice", agent, 5.1, 5.2, 0, ""}},
			"unknown other", "the last finalizer was x/y"},
		{"a patch takes the last finalizer off", []string{held(`,"deletionTimestamp":"2026-01-02T10:02:03Z"`), ""}, []request{{"patch", "configmaps/c", "alice", "shop-operator/v1", 5.1, 5.2, 2, ""}},
			"shop-operator likely client", "patch configmaps by alice"},
		{"the stored manager stays, and the person comes", []string{both, moved}, []request{{"patch", "configmaps/c", "bob", agent, 5.1, 5.2, 4, "x"}},
			"x certain client", "by bob with kubectl/v1.36.3 (id0), its answer carries this revision; managedFields: x/Update 10:02:05"},
		{"a request that changed nothing", []string{both, moved}, []request{{"patch", "configmaps/c", "bob", "bot/2", 5.4, 5.5, 4, ""}},
			"x certain client", "managedFields: x/Update 10:02:05"},
		{"a request of another kind", []string{both, less}, []request{{"create", "configmaps/c", "alice", agent, 5.1, 5.2, 0, ""}},
			"unknown other", "only removals"},
		{"a client that sent no name", []string{both, ""}, []request{{"delete", "configmaps/c", "bob", "", 5.1, 5.2, 0, ""}},
			"unknown certain client", "by bob with a client without a name"},
		{"a controller", []string{both, ""}, []request{{"delete", "configmaps/c", "system:serviceaccount:kube-system:generic-garbage-collector",
			"kube-controller-manager/v1.36.3 (linux/amd64) kubernetes/$Format/system:serviceaccount:kube-system:generic-garbage-collector", 5.1, 5.2, 0, ""}},
			"kube-controller-manager/generic-garbage-collector certain controllers", "audit log: delete configmaps"},
		{"escapes", []string{both, ""}, []request{{"delete", "configmaps/c", "a\x1b[31m\nb", "x\x07/1", 5.1, 5.2, 4, ""}},
			"x␇ certain client", `by a␛[31m␊b with`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFeed(t)
			f.e = New(Options{Whole: true, Audit: logOf(t, c.requests...)})
			f.put("configmaps/demo/c", c.versions[0]) // 2
			f.put("configmaps/demo/before", object("ConfigMap", "demo", "before", `"creationTimestamp":"`+second(4)+`"`, "", mf("x/Update 4", `"f:data":{}`)))
			f.put("configmaps/demo/c", c.versions[1]) // 4
			f.put("configmaps/demo/after", object("ConfigMap", "demo", "after", `"creationTimestamp":"`+second(6)+`"`, "", mf("x/Update 6", `"f:data":{}`)))
			v := f.verdicts()[4]
			f.want(v, c.said, c.evidence)
			if named := strings.HasPrefix(v.Evidence, "audit log: "); named != (v.User != "") {
				t.Errorf("user %q, evidence %s", v.User, v.Evidence)
			}
		})
	}
}

// TestOrder: two changes and two requests that fit both of them are told apart by their order.
func TestOrder(t *testing.T) {
	f := newFeed(t)
	cm := func(data string) string { return object("ConfigMap", "demo", "c", "", `"data":{`+data+`}`) }
	f.e = New(Options{Whole: true, Audit: logOf(t,
		request{"patch", "configmaps/c", "alice", agent, 5.1, 5.2, 0, ""}, request{"patch", "configmaps/c", "bob", "bot/2", 5.3, 5.4, 0, ""})})
	f.put("configmaps/demo/c", cm(`"a":"1","b":"1","c":"1"`))
	f.put("configmaps/demo/before", object("ConfigMap", "demo", "before", `"creationTimestamp":"`+second(4)+`"`, ""))
	f.put("configmaps/demo/c", cm(`"a":"1","b":"1"`))
	f.put("configmaps/demo/c", cm(`"a":"1"`))
	f.put("configmaps/demo/after", object("ConfigMap", "demo", "after", `"creationTimestamp":"`+second(6)+`"`, ""))
	v := f.verdicts()
	f.want(v[4], "kubectl likely client", "by the order of 2 requests and as many changes")
	f.want(v[5], "bot likely client", "by the order of 2 requests and as many changes")
	if a := v[5]; a.User != "bob" || a.UserAgent != "bot/2" || !a.By("bob") || a.By("alice") {
		t.Errorf("%+v", a)
	}
}

// TestEviction: one request tells who disrupts a pod, and marks it.
func TestEviction(t *testing.T) {
	pod := func(meta, conditions string) string {
		return object("Pod", "demo", "p", meta, onNode+`,"status":{"phase":"Running","conditions":[`+conditions+`]}`, mf("kubectl-run/Update 1", specSet))
	}
	const target = `{"type":"DisruptionTarget","status":"True","reason":"EvictionByEvictionAPI"}`
	f := newFeed(t)
	f.e = New(Options{Whole: true, Audit: logOf(t, request{"create", "pods/p/eviction", "alice", agent, 5.1, 5.2, 0, ""})})
	f.put("pods/demo/p", pod("", ""))
	f.put("configmaps/demo/before", object("ConfigMap", "demo", "before", `"creationTimestamp":"`+second(4)+`"`, ""))
	f.put("pods/demo/p", pod("", target))
	f.put("pods/demo/p", pod(`"deletionTimestamp":"2026-01-02T10:02:35Z","deletionGracePeriodSeconds":30`, target))
	f.put("configmaps/demo/after", object("ConfigMap", "demo", "after", `"creationTimestamp":"`+second(6)+`"`, ""))
	v := f.verdicts()
	for _, rev := range []int64{4, 5} {
		f.want(v[rev], "kubectl certain client", "audit log: create pods/eviction by alice")
	}
}

// TestKept: of a version whose predecessor is gone, the answer's revision tells who wrote it; time alone does not, for
// the request may have made one that is gone.
func TestKept(t *testing.T) {
	for _, c := range []struct {
		rev            int64
		said, evidence string
	}{
		{7, "kubectl certain client", "its answer carries this revision"},
		{0, "unknown other", "several managers have the newest time"},
	} {
		f := newFeed(t)
		f.e = New(Options{Whole: true, Audit: logOf(t, request{"patch", "configmaps/c", "alice", agent, 5.1, 5.2, c.rev, ""})})
		value := object("ConfigMap", "demo", "c", "", `"data":{"a":"1"}`, mf("kubectl/Update 5", `"f:data":{}`), mf("y/Update 5", `"f:data":{"f:a":{}}`))
		ev := &etcdsource.Event{Key: []byte(root + "configmaps/demo/c"), Value: []byte(value), Create: 2, Mod: 7, Version: 3, Type: etcdsource.Updated, Kept: true}
		f.e.Add(change.Between(f.dec, kinds.Builtin(), root, nil, f.dec.Object(ev.Key, ev.Value, ev.Mod), ev, decode.View{}))
		f.want(f.verdicts()[7], c.said, c.evidence)
	}
}
