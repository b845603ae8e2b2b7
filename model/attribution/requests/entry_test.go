package requests

import (
	"strconv"
	"testing"
)

// TestProgramIsNotTheManager: the one request that fits names the program and the user, whatever name managedFields hold.
func TestProgramIsNotTheManager(t *testing.T) {
	cm := func(made, value string, entries ...string) string {
		return object("ConfigMap", "demo", "c", `"creationTimestamp":"`+made+`"`, `"data":{"a":"`+value+`"}`, entries...)
	}
	const set = `"f:data":{"f:a":{}}`
	old := cm(second(1), "1", mf("x/Update 1", set))
	patched := cm(second(1), "2", mf("x/Update 1", `"f:data":{}`), mf("kube-scheduler/Update 5", set))
	edited := cm(second(1), "2", mf("x/Update 1", `"f:data":{}`), mf("kubectl-edit/Update 5", set))
	for _, c := range []struct {
		name           string
		versions       []string
		requests       []request
		said, evidence string
	}{
		{"a creation", []string{"", cm(second(5), "1", mf("kubectl-create/Update 5", set))}, []request{req("create", "configmaps/c", "alice", "python-requests/2.0", 5.1, 5.2, 0, "")},
			"python-requests certain", "by alice with python-requests/2.0 (id0), the only request that fits object and time; field manager kubectl-create"},
		{"a creation without an agent", []string{"", cm(second(5), "1", mf("kubectl-create/Update 5", set))}, []request{req("create", "configmaps/c", "alice", "", 5.1, 5.2, 0, "")},
			"unknown certain", "by alice with a client without a name (id0), the only request that fits object and time; field manager kubectl-create"},
		{"an update", []string{old, edited}, []request{req("patch", "configmaps/c", "bot", "argocd/v2", 5.1, 5.2, 0, "")},
			"argocd certain", "the only request that fits object and time; field manager kubectl-edit"},
		{"an update, by its answer", []string{old, edited}, []request{req("patch", "configmaps/c", "bot", "argocd/v2", 5.1, 5.2, 4, "")},
			"argocd certain", "its answer carries this revision; field manager kubectl-edit"},
		{"the name of a component", []string{old, patched}, []request{req("patch", "configmaps/c", "mallory", agent, 5.1, 5.2, 0, "")},
			"kubectl certain", "by mallory with kubectl/v1.36.3 (id0), the only request that fits object and time; field manager kube-scheduler"},
		{"a request of another second", []string{old, edited}, []request{req("patch", "configmaps/c", "bot", "argocd/v2", 6.1, 6.2, 0, "")},
			"kubectl-edit certain", "managedFields: kubectl-edit/Update"},
		{"a request for another field manager", []string{old, edited}, []request{req("patch", "configmaps/c", "bot", "argocd/v2", 5.1, 5.2, 0, "argocd")},
			"kubectl-edit certain", "managedFields: kubectl-edit/Update"},
		{"a request beside that of the manager", []string{old, edited}, []request{req("patch", "configmaps/c", "bot", "argocd/v2", 5.1, 5.2, 0, ""), req("patch", "configmaps/c", "alice", agent, 5.3, 5.4, 0, "")},
			"kubectl certain", "by alice with kubectl/v1.36.3 (id1), the only request that fits object and time; field manager kubectl-edit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFeed(t, c.requests...)
			f.put("configmaps/demo/early", object("ConfigMap", "demo", "early", "", ""))
			if c.versions[0] != "" {
				f.put("configmaps/demo/c", c.versions[0])
			}
			for f.Revision < 3 {
				f.put("configmaps/demo/before", object("ConfigMap", "demo", "before", `"creationTimestamp":"`+second(4)+`"`, "", mf("x/Update 4", `"f:data":{}`)))
			}
			rev := f.put("configmaps/demo/c", c.versions[1])
			f.put("configmaps/demo/after", object("ConfigMap", "demo", "after", `"creationTimestamp":"`+second(6)+`"`, "", mf("x/Update 6", `"f:data":{}`)))
			f.want(f.answers()[rev], c.said, c.evidence)
		})
	}
}

// TestUnlogged: who changed a value while no entry moved is unknown where the log, which has the manager's other requests,
// has none that fits. Requests of one program that are not told apart name the program.
func TestUnlogged(t *testing.T) {
	cm := func(value, entry string) string {
		return object("ConfigMap", "demo", "c", `"creationTimestamp":"`+second(1)+`"`, `"data":{"a":"`+value+`"}`, entry)
	}
	const set = `"f:data":{"f:a":{}}`
	old, edited := mf("kubectl-edit/Update 1", set), mf("kubectl-edit/Update 5", set)
	make := req("create", "configmaps/c", "alice", agent, 1.1, 1.2, 0, "")
	soon, after := req("create", "configmaps/after", "alice", agent, 2.1, 2.2, 0, ""), req("create", "configmaps/after", "alice", agent, 60.1, 60.2, 0, "")
	patch := func(who string) request { return req("patch", "configmaps/c", who, agent, 5.1, 5.2, 0, "") }
	for _, c := range []struct {
		name           string
		next           int // second of the next write
		entry          string
		requests       []request
		said, evidence string
	}{
		{"no request", 2, old, []request{make, soon}, "unknown", "the audit log covers this time, and no request of it fits"},
		{"no request, and long nothing else", 60, old, []request{make, after}, "unknown", "kubectl-edit/Update 10:02:01 can have written again in that second only, and the revision was made between"},
		{"no request of the manager at all", 2, old, []request{soon}, "kubectl-edit certain", "in the second of this revision"},
		{"no request, and the log ends before", 2, old, []request{make}, "kubectl-edit certain", "in the second of this revision"},
		{"two of one program", 60, edited, []request{make, patch("p1"), patch("p2"), after}, "kubectl certain", "2 requests fit object and time, by p1 with kubectl, p2 with kubectl; field manager kubectl-edit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFeed(t, c.requests...)
			f.put("configmaps/demo/c", cm("1", old))
			rev := f.put("configmaps/demo/c", cm("2", c.entry))
			f.put("configmaps/demo/after", object("ConfigMap", "demo", "after", `"creationTimestamp":"`+second(c.next)+`"`, "", mf("kubectl/Update "+strconv.Itoa(c.next), `"f:data":{}`)))
			f.want(f.answers()[rev], c.said, c.evidence)
		})
	}
}
