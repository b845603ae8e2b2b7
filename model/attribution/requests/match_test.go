package requests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
	"github.com/etcdscope/etcdscope/model/attribution/evidence/evidencetest"
	"github.com/etcdscope/etcdscope/model/attribution/rules"
	"github.com/etcdscope/etcdscope/model/change"
)

type request = evidencetest.Request

const agent = evidencetest.Kubectl

var (
	req    = evidencetest.NewRequest
	mf     = evidencetest.Entry
	object = evidencetest.Object
	second = evidencetest.Second
)

// feed writes to a cluster, judges what was written and asks an audit log.
type feed struct {
	*evidencetest.Cluster
	t       *testing.T
	memory  *evidence.Memory
	log     *Log
	changes []evidence.Change
}

func newFeed(t *testing.T, requests ...request) *feed {
	f := &feed{t: t, memory: evidence.NewMemory(evidencetest.Root, clock.New(), true), log: New(evidencetest.AuditLog(t, requests...))}
	f.Cluster = evidencetest.New(t, func(c change.Change) {
		p := f.memory.Parse(c)
		f.memory.Note(&p)
		f.changes = append(f.changes, p)
		f.log.Add(&f.changes[len(f.changes)-1])
	})
	return f
}

func (f *feed) put(key, value string) int64 {
	f.t.Helper()
	return f.Put(key, value)
}

// answer is what is known of a change in the end.
type answer struct {
	rules.Finding
	*audit.Request
}

// answers returns what is known of each change, by revision.
func (f *feed) answers() map[int64]answer {
	out := map[int64]answer{}
	for i := range f.changes {
		c := &f.changes[i]
		f.memory.Relate(f.changes[i:i+1], f.changes[i+1:])
		k := rules.NewCase(c, f.memory, f.memory.Clock.At(c.Mod))
		found, q := f.log.Ask(k, rules.Judge(k))
		out[c.Mod] = answer{found, q}
		f.memory.Settle(c)
	}
	return out
}

// want is an answer as a test writes it: "writer/controller grade", and words that its evidence holds.
func (f *feed) want(a answer, said, text string) {
	f.t.Helper()
	who := a.Writer
	if a.Controller != "" {
		who += "/" + a.Controller
	}
	if got := strings.TrimSpace(fmt.Sprintf("%s %s", who, a.Grade)); got != said || !strings.Contains(a.Evidence, text) {
		f.t.Errorf("got %q: %s\nwant %q: %s", got, a.Evidence, said, text)
	}
}

// TestAudited: what the audit log adds to, and takes from, what etcd says. The revision of the last version is 4.
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
		{"a removal, by its answer", []string{both, less}, []request{req("patch", "configmaps/c", "alice", agent, 5.1, 5.2, 4, "kubectl-edit")},
			"kubectl certain", "audit log: patch configmaps by alice with kubectl/v1.36.3 (id0), its answer carries this revision"},
		{"a removal, by its time", []string{both, less}, []request{req("patch", "configmaps/c", "alice", agent, 5.1, 5.2, 0, "")},
			"kubectl likely", "the only request that fits object and time"},
		{"a deletion, by its time", []string{both, ""}, []request{req("delete", "configmaps/c", "alice", agent, 5.1, 5.2, 0, "")},
			"kubectl certain", "audit log: delete configmaps by alice with kubectl/v1.36.3 (id0), the only request"},
		{"a deletion, two that fit", []string{both, ""}, []request{req("delete", "configmaps/c", "alice", agent, 5.1, 5.2, 0, ""), req("delete", "configmaps/c", "bob", "bot/1", 5.15, 5.25, 0, "")},
			"unknown", "audit log: 2 requests fit object and time, by alice with kubectl, bob with bot"},
		{"a deletion at another time", []string{both, ""}, []request{req("delete", "configmaps/c", "alice", agent, 50, 51, 0, "")},
			"unknown", "audit log: no request fits object and time"},
		{"a deletion of another object", []string{both, ""}, []request{req("delete", "configmaps/other", "alice", agent, 5.1, 5.2, 0, "")},
			"unknown", "deleted by a client"},
		{"a collection", []string{both, ""}, []request{req("deletecollection", "configmaps", "alice", agent, 5.1, 5.2, 0, "")},
			"kubectl likely", "audit log: deletecollection configmaps by alice"},
		{"a deletion does not take a finalizer off", []string{held(`,"deletionTimestamp":"2026-01-02T10:02:03Z"`), ""}, []request{req("delete", "configmaps/c", "alice", agent, 5.1, 5.2, 0, "")},
			"unknown", "the last finalizer was x/y"},
		{"a patch takes the last finalizer off", []string{held(`,"deletionTimestamp":"2026-01-02T10:02:03Z"`), ""}, []request{req("patch", "configmaps/c", "alice", "shop-operator/v1", 5.1, 5.2, 2, "")},
			"shop-operator likely", "patch configmaps by alice"},
		{"the program and the person come, and the stored manager is a remark", []string{both, moved}, []request{req("patch", "configmaps/c", "bob", agent, 5.1, 5.2, 4, "x")},
			"kubectl certain", "by bob with kubectl/v1.36.3 (id0), its answer carries this revision; field manager x; managedFields: x/Update 10:02:05"},
		{"a request that changed nothing", []string{both, moved}, []request{req("patch", "configmaps/c", "bob", "bot/2", 6.1, 6.2, 4, "")},
			"x certain", "managedFields: x/Update 10:02:05"},
		{"a request of another kind", []string{both, less}, []request{req("create", "configmaps/c", "alice", agent, 5.1, 5.2, 0, "")},
			"unknown", "only removals"},
		{"a client that sent no name", []string{both, ""}, []request{req("delete", "configmaps/c", "bob", "", 5.1, 5.2, 0, "")},
			"unknown certain", "by bob with a client without a name"},
		{"a controller", []string{both, ""}, []request{req("delete", "configmaps/c", "system:serviceaccount:kube-system:generic-garbage-collector",
			"kube-controller-manager/v1.36.3 (linux/amd64) kubernetes/$Format/system:serviceaccount:kube-system:generic-garbage-collector", 5.1, 5.2, 0, "")},
			"kube-controller-manager/generic-garbage-collector certain", "audit log: delete configmaps"},
		{"escapes", []string{both, ""}, []request{req("delete", "configmaps/c", "a\x1b[31m\nb", "x\x07/1", 5.1, 5.2, 4, "")},
			"x\a certain", "by a\x1b[31m\nb with"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFeed(t, c.requests...)
			f.put("configmaps/demo/c", c.versions[0]) // 2
			f.put("configmaps/demo/before", object("ConfigMap", "demo", "before", `"creationTimestamp":"`+second(4)+`"`, "", mf("x/Update 4", `"f:data":{}`)))
			f.put("configmaps/demo/c", c.versions[1]) // 4
			f.put("configmaps/demo/after", object("ConfigMap", "demo", "after", `"creationTimestamp":"`+second(6)+`"`, "", mf("x/Update 6", `"f:data":{}`)))
			v := f.answers()[4]
			f.want(v, c.said, c.evidence)
			if named := strings.HasPrefix(v.Evidence, "audit log: "); named != (v.Request != nil) {
				t.Errorf("request %v, evidence %s", v.Request, v.Evidence)
			}
		})
	}
}

// TestOrder: two changes and two requests that fit both of them are distinguished by their order.
func TestOrder(t *testing.T) {
	cm := func(data string) string { return object("ConfigMap", "demo", "c", "", `"data":{`+data+`}`) }
	f := newFeed(t, req("patch", "configmaps/c", "alice", agent, 5.1, 5.2, 0, ""), req("patch", "configmaps/c", "bob", "bot/2", 5.3, 5.4, 0, ""))
	f.put("configmaps/demo/c", cm(`"a":"1","b":"1","c":"1"`))
	f.put("configmaps/demo/before", object("ConfigMap", "demo", "before", `"creationTimestamp":"`+second(4)+`"`, ""))
	f.put("configmaps/demo/c", cm(`"a":"1","b":"1"`))
	f.put("configmaps/demo/c", cm(`"a":"1"`))
	f.put("configmaps/demo/after", object("ConfigMap", "demo", "after", `"creationTimestamp":"`+second(6)+`"`, ""))
	v := f.answers()
	f.want(v[4], "kubectl likely", "by the order of 2 requests and as many changes")
	f.want(v[5], "bot likely", "by the order of 2 requests and as many changes")
	if q := v[5].Request; q == nil || q.Sender.User != "bob" || q.Sender.Agent != "bot/2" {
		t.Errorf("%+v", q)
	}
}

// TestEviction: one request says who disrupts a pod, and marks it.
func TestEviction(t *testing.T) {
	pod := func(meta, conditions string) string {
		return object("Pod", "demo", "p", meta, evidencetest.BoundSpec+`,"status":{"phase":"Running","conditions":[`+conditions+`]}`, mf("kubectl-run/Update 1", evidencetest.SpecSet))
	}
	const target = `{"type":"DisruptionTarget","status":"True","reason":"EvictionByEvictionAPI"}`
	f := newFeed(t, req("create", "pods/p/eviction", "alice", agent, 5.1, 5.2, 0, ""))
	f.put("pods/demo/p", pod("", ""))
	f.put("configmaps/demo/before", object("ConfigMap", "demo", "before", `"creationTimestamp":"`+second(4)+`"`, ""))
	f.put("pods/demo/p", pod("", target))
	f.put("pods/demo/p", pod(`"deletionTimestamp":"2026-01-02T10:02:35Z","deletionGracePeriodSeconds":30`, target))
	f.put("configmaps/demo/after", object("ConfigMap", "demo", "after", `"creationTimestamp":"`+second(6)+`"`, ""))
	v := f.answers()
	for _, rev := range []int64{4, 5} {
		f.want(v[rev], "kubectl certain", "audit log: create pods/eviction by alice")
	}
}

// TestKept: of a version whose predecessor is gone, the answer's revision says who wrote it, or the number of requests since
// the object was created; the last request alone does where its entry is there.
func TestKept(t *testing.T) {
	entries := []string{mf("kubectl/Update 5", `"f:data":{}`), mf("y/Update 5", `"f:data":{"f:a":{}}`)}
	const created = `"creationTimestamp":"2026-01-02T10:02:01Z"`
	make, second := req("create", "configmaps/c", "carol", agent, 1.1, 1.2, 0, ""), req("patch", "configmaps/c", "bob", "bot/2", 3.1, 3.2, 0, "")
	last := req("patch", "configmaps/c", "alice", agent, 5.1, 5.2, 0, "")
	for _, c := range []struct {
		name           string
		requests       []request
		meta           string
		entries        []string
		said, evidence string
	}{
		{"its answer", []request{req("patch", "configmaps/c", "alice", agent, 5.1, 5.2, 5, "")}, "", entries, "kubectl certain", "its answer carries this revision"},
		{"as many requests as versions", []request{make, second, last}, "", entries, "kubectl certain", "the last of 3 requests since the object was created, and this is version 3"},
		{"the last request", []request{second, last}, "", entries, "kubectl likely", "the last request about the object"},
		{"a request from after the revision", []request{make, second, last, req("create", "configmaps/after", "alice", agent, 4.1, 4.2, 0, "")}, "", entries, "unknown", "several managers have the newest time"},
		{"as many, the last without an entry of its second", []request{make, last, req("patch", "configmaps/c", "mallory", "cli/1", 7.1, 7.2, 0, "")}, "", entries, "cli likely", "but it left no managedFields entry of its second"},
		{"a claimed name, and a later request that changed nothing", []request{make, second, last, req("patch", "configmaps/c", "mallory", "cli/1", 7.1, 7.2, 0, "")}, "", []string{mf("kube-scheduler/Update 5", `"f:data":{"f:a":{}}`)},
			"kubectl likely", "fits the newest managedFields entry, of 4 requests for 3 versions; field manager kube-scheduler"},
		{"more later requests than changed nothing", []request{make, last, req("patch", "configmaps/c", "mallory", "cli/1", 7.1, 7.2, 0, ""), req("patch", "configmaps/c", "mallory", "cli/1", 8.1, 8.2, 0, "")}, "",
			[]string{mf("kube-scheduler/Update 5", `"f:data":{"f:a":{}}`)}, "kube-scheduler likely", ""},
		{"more requests than versions", []request{make, second, second, last}, "", entries, "kubectl likely", "the last request about the object"},
		{"a request that left no entry, and may have changed nothing", []request{req("patch", "configmaps/c", "alice", "cli/1", 5.1, 5.2, 0, "")}, "", entries, "unknown", "several managers have the newest time"},
		{"an entry that is newer", []request{make, second, last}, "", append(entries[:2:2], mf("z/Update 9", `"f:data":{"f:b":{}}`)), "z likely", ""},
		{"marked since", []request{make, second, last}, `,"deletionTimestamp":"2026-01-02T10:02:20Z","deletionGracePeriodSeconds":0`, entries, "unknown", "marked for deletion"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFeed(t, c.requests...)
			f.put("configmaps/demo/before", object("ConfigMap", "demo", "before", `"creationTimestamp":"2026-01-02T10:02:01Z"`, ""))
			rev := f.Hold("configmaps/demo/c", object("ConfigMap", "demo", "c", created+c.meta, `"data":{"a":"1"}`, c.entries...), 3)
			if strings.Contains(c.name, "after the revision") {
				f.put("configmaps/demo/after", object("ConfigMap", "demo", "after", `"creationTimestamp":"2026-01-02T10:02:04Z"`, ""))
			}
			f.want(f.answers()[rev], c.said, c.evidence)
		})
	}
}

// TestClaimedNames: a component's name is believed of its own user only, as a field manager and as an agent.
func TestClaimedNames(t *testing.T) {
	cm := func(manager string) string {
		return object("ConfigMap", "demo", "c", "", `"data":{"a":"1"}`, mf(manager+"/Update 1", `"f:data":{"f:a":{}}`))
	}
	f := newFeed(t, req("create", "configmaps/c", "bob", agent, 1.1, 1.2, 2, "kube-scheduler"))
	rev := f.put("configmaps/demo/c", cm("kube-scheduler"))
	a := f.answers()[rev]
	if f.want(a, "kubectl certain", "; field manager kube-scheduler"); a.Component != "" || a.Controller != "" {
		t.Errorf("believed: %+v", a.Finding)
	}
	f = newFeed(t, req("create", "configmaps/c", "bob", "kube-scheduler/v1", 1.1, 1.2, 2, ""))
	rev = f.put("configmaps/demo/c", cm("kube-scheduler"))
	a = f.answers()[rev]
	if f.want(a, "kube-scheduler certain", "the agent is self-declared: bob is no user of the kube-scheduler"); !a.Borrowed || a.Component != "" {
		t.Errorf("believed: %+v", a.Finding)
	}
}

// TestOtherCluster: a request is not about an object that was created at another time than it was served, as where the log
// is another cluster's, also where its answer carries the revision or it is the only one of that name.
func TestOtherCluster(t *testing.T) {
	for _, c := range []struct {
		name     string
		from, to float64
		rev      int64
		said     string
	}{
		{"while it was created", 4.1, 4.2, 0, "kubectl certain"},
		{"a slow one", 2.1, 5.2, 0, "kubectl certain"},
		{"before it was created", 1.1, 1.2, 0, "kubectl-create certain"},
		{"after it was created", 6.1, 6.2, 0, "kubectl-create certain"},
		{"before, with the revision", 1.1, 1.2, 2, "kubectl-create certain"},
		{"after, with the revision", 6.1, 6.2, 2, "kubectl-create certain"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFeed(t, req("create", "configmaps/c", "zoe", agent, c.from, c.to, c.rev, ""))
			rev := f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", `"creationTimestamp":"`+second(4)+`"`, `"data":{"a":"1"}`, mf("kubectl-create/Update 4", `"f:data":{"f:a":{}}`)))
			f.want(f.answers()[rev], c.said, "")
		})
	}
}

// TestAnsweredBefore: a request that was answered before the time of the entry that moved did not make the change, also where its
// answer carries the revision, as in another cluster's log.
func TestAnsweredBefore(t *testing.T) {
	for at, said := range map[float64]string{5.1: "kubectl-edit certain", 9.1: "kubectl certain"} {
		f := newFeed(t, req("update", "configmaps/c", "zoe", agent, at, at+.1, 3, ""))
		cm := func(value, entry string) string {
			return object("ConfigMap", "demo", "c", `"creationTimestamp":"`+second(4)+`"`, `"data":{"a":"`+value+`"}`, mf(entry, `"f:data":{"f:a":{}}`))
		}
		f.put("configmaps/demo/c", cm("1", "kubectl-create/Update 4"))
		rev := f.put("configmaps/demo/c", cm("2", "kubectl-edit/Update 9"))
		f.want(f.answers()[rev], said, "")
	}
}
