package rules

import (
	"fmt"
	"testing"
)

// TestEntries: the rules that read managedFields, from the strongest to the weakest.
func TestEntries(t *testing.T) {
	made := mf("kubectl-run/Update 1", specSet)
	cm := func(data string, entries ...string) string {
		return object("ConfigMap", "demo", "c", "", `"data":{`+data+`}`, entries...)
	}
	for _, c := range []struct {
		name, key      string
		versions       []string
		said, evidence string
	}{
		{"created by one manager", "pods/demo/p", []string{object("Pod", "demo", "p", "", podSpec, made)},
			"kubectl-run certain", "managedFields know one manager: kubectl-run/Update 10:02:01"},
		{"entry moved", "pods/demo/p", []string{object("Pod", "demo", "p", "", onNode, made),
			object("Pod", "demo", "p", "", onNode+`,"status":{"phase":"Running"}`, made, mf("kubelet/Update/status 2", statusSet))},
			"kubelet certain", "kubelet/Update/status 10:02:02 covers 1 of 1 changed paths"},
		{"set grew within the second", "configmaps/demo/c", []string{cm(`"a":"1"`, mf("x/Update 1", `"f:data":{"f:a":{}}`), mf("y/Update 1", `"f:data":{".":{}}`)),
			cm(`"a":"1","b":"1"`, mf("x/Update 1", `"f:data":{"f:a":{}}`), mf("y/Update 1", `"f:data":{".":{},"f:b":{}}`))},
			"y certain", "gained a field within its second"},
		{"same second, exact before above", "configmaps/demo/c", []string{cm(`"a":"1"`, mf("x/Update 1", `"f:data":{"f:a":{}}`), mf("y/Update 1", `"f:data":{}`)),
			cm(`"a":"2"`, mf("x/Update 1", `"f:data":{"f:a":{}}`), mf("y/Update 1", `"f:data":{}`))},
			"x certain", "in the second of this revision"},
		{"an older second is no evidence", "configmaps/demo/c", []string{cm(`"a":"1"`, mf("x/Update 1", `"f:data":{"f:a":{}}`)),
			object("ConfigMap", "demo", "other", `"creationTimestamp":"2026-01-02T10:02:30Z"`, "", mf("x/Update 30", `"f:data":{}`)),
			cm(`"a":"2"`, mf("x/Update 1", `"f:data":{"f:a":{}}`))},
			"unknown", "no managedFields entry accounts for this change"},
		{"the name unknown is a name", "configmaps/demo/c", []string{cm(`"a":"1"`, mf("unknown/Update 1", `"f:data":{"f:a":{}}`))},
			"unknown certain", "a client that sent none"},
		{"removals within the second are hardly its owner's", "configmaps/demo/c", []string{cm(`"a":"1"`, mf("x/Update 1", `"f:data":{"f:a":{}}`)),
			object("ConfigMap", "demo", "c", "", "", mf("x/Update 1", ""))},
			"x guess", "owned 1 of 1 removed paths, in the second of this revision"},
		{"but those of a part of Kubernetes are", "configmaps/demo/c", []string{cm(`"a":"1"`, mf("kube-controller-manager/Update 1", `"f:data":{"f:a":{}}`)),
			object("ConfigMap", "demo", "c", "", "", mf("kube-controller-manager/Update 1", ""))},
			"kube-controller-manager likely", "owned 1 of 1 removed paths, in the second of this revision"},
		{"status that went, of an API server that stores no subresources", "pods/demo/p", []string{
			object("Pod", "demo", "p", "", onNode+`,"status":{"phase":"Running"}`, made, mf("kubelet/Update 2", statusSet)),
			object("ConfigMap", "demo", "other", `"creationTimestamp":"2026-01-02T10:02:30Z"`, "", mf("x/Update 30", `"f:data":{}`)),
			object("Pod", "demo", "p", "", onNode, made)},
			"kubelet likely", "only fields of the status were removed"},
		{"only removals", "configmaps/demo/c", []string{object("ConfigMap", "demo", "c", `"annotations":{"x":"y"}`, "", mf("x/Update 1", `"f:metadata":{"f:annotations":{"f:x":{}}}`)),
			object("ConfigMap", "demo", "other", `"creationTimestamp":"2026-01-02T10:02:30Z"`, "", mf("x/Update 30", `"f:data":{}`)),
			object("ConfigMap", "demo", "c", "", "")},
			"unknown", "only removals, which leave no entry"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFeed(t)
			var rev int64
			for i, v := range c.versions {
				key := c.key
				if i == 1 && len(c.versions) == 3 {
					key = "configmaps/demo/other"
				}
				rev = f.put(key, v)
			}
			f.want(f.findings()[rev], c.said, c.evidence)
		})
	}
}

// TestPodsLife: a pod is bound, runs, is deleted and goes, without entries for most of it.
func TestPodsLife(t *testing.T) {
	f := newFeed(t)
	made := mf("kubectl-run/Update 1", specSet)
	ran := mf("kubelet/Update/status 3", statusSet)
	pod := func(meta, rest string, entries ...string) int64 {
		return f.put("pods/demo/p", object("Pod", "demo", "p", meta, rest, entries...))
	}
	pod("", podSpec, made)
	bound := pod("", onNode, made)
	f.put("events/demo/p.1", object("Event", "demo", "p.18ea5961df806c5f", "", `"reason":"Scheduled","involvedObject":{"uid":"uid-pod-p"},"source":{"component":"default-scheduler"}`,
		mf("kube-scheduler/Update 2", `"f:reason":{}`)))
	pod("", onNode+`,"status":{"phase":"Running"}`, made, ran)
	marked := pod(`"deletionTimestamp":"`+second(40)+`","deletionGracePeriodSeconds":30`, onNode+`,"status":{"phase":"Running"}`, made, ran)
	over := mf("kubelet/Update/status 12", statusSet)
	pod(`"deletionTimestamp":"`+second(40)+`","deletionGracePeriodSeconds":30`, onNode+`,"status":{"phase":"Failed"}`, made, over)
	ended := pod(`"deletionTimestamp":"`+second(12)+`","deletionGracePeriodSeconds":0`, onNode+`,"status":{"phase":"Failed"}`, made, over)
	gone := f.put("pods/demo/p", "")
	v := f.findings()
	f.want(v[bound], "kube-scheduler certain", "spec.nodeName was set (binding); Event Scheduled by default-scheduler")
	f.want(v[marked], "unknown", "a client; its name is not stored")
	f.want(v[ended], "kubelet certain", "the kubelet of n1")
	f.want(v[gone], "kubelet certain", "grace period had become 0")
}

// TestOwnersAndNamespaces: what goes because something else went.
func TestOwnersAndNamespaces(t *testing.T) {
	f := newFeed(t)
	own := func(kind, name string) string {
		return `"ownerReferences":[{"apiVersion":"apps/v1","kind":"` + kind + `","name":"` + name + `","uid":"uid-` + map[string]string{"ReplicaSet": "replicaset"}[kind] + `-` + name + `","controller":true}]`
	}
	f.put("namespaces/demo", object("Namespace", "", "demo", "", `"status":{"phase":"Active"}`))
	f.put("replicasets/demo/rs", object("ReplicaSet", "demo", "rs", "", `"spec":{"replicas":1}`, mf("kube-controller-manager/Update 1", `"f:spec":{"f:replicas":{}}`)))
	kcm := mf("kube-controller-manager/Update 1", specSet)
	pod := f.put("pods/demo/a", object("Pod", "demo", "a", own("ReplicaSet", "rs"), podSpec, kcm))
	f.put("pods/demo/b", object("Pod", "demo", "b", own("ReplicaSet", "rs"), podSpec, kcm))
	many := f.put("pods/demo/b", "")
	f.put("replicasets/demo/rs", "")
	gc := f.put("pods/demo/a", "")
	f.put("secrets/demo/s", object("Secret", "demo", "s", "", `"data":{"a":"eA=="}`, mf("kubectl-create/Update 1", `"f:data":{".":{},"f:a":{}}`)))
	f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"x"}`, mf("kubectl-create/Update 1", `"f:data":{".":{},"f:a":{}}`)))
	somebody := f.put("configmaps/demo/c", "")
	f.put("namespaces/demo", object("Namespace", "", "demo", `"deletionTimestamp":"`+second(9)+`"`, `"status":{"phase":"Terminating"}`))
	ns := f.put("secrets/demo/s", "")
	v := f.findings()
	f.want(v[pod], "kube-controller-manager/replicaset-controller certain", "one manager")
	f.want(v[many], "kube-controller-manager/replicaset-controller likely", "ReplicaSet rs wants 1 pod and had 2")
	f.want(v[gc], "kube-controller-manager/generic-garbage-collector certain", "its owner ReplicaSet rs (uid uid) is gone")
	f.want(v[somebody], "unknown", "a client; its name is not stored")
	f.want(v[ns], "kube-controller-manager/namespace-controller likely", "its namespace demo is being deleted")
}

// TestOutOfBand: what no API server writes is said loudly, and names nobody.
func TestOutOfBand(t *testing.T) {
	for _, c := range []struct {
		name, why string
		write     func(f *feed) int64
	}{
		{"two objects at once", "2 API objects changed in one transaction", func(f *feed) int64 {
			f.PutAt("configmaps/demo/a", object("ConfigMap", "demo", "a", "", ""), 5, 0, 0)
			return f.PutAt("configmaps/demo/b", object("ConfigMap", "demo", "b", "", ""), 5, 1, 0)
		}},
		{"another name", "the key names a, the object calls itself b", func(f *feed) int64 {
			return f.put("configmaps/demo/a", object("ConfigMap", "demo", "b", "", ""))
		}},
		{"another kind", "the key is that of a ConfigMap, the object is a Secret", func(f *feed) int64 {
			return f.put("configmaps/demo/a", object("Secret", "demo", "a", "", ""))
		}},
		{"no object", "the key is that of a ConfigMap, the value is none", func(f *feed) int64 { return f.put("configmaps/demo/a", "hello") }},
		{"another uid", "the uid changed", func(f *feed) int64 {
			f.put("configmaps/demo/a", object("ConfigMap", "demo", "a", "", ""))
			return f.put("configmaps/demo/a", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"demo","uid":"other"}}`)
		}},
		{"no uid", "the object has no uid; an API server gives one", func(f *feed) int64 {
			return f.put("configmaps/demo/a", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"demo"}}`)
		}},
		{"restored", "says that it was created 24h", func(f *feed) int64 {
			f.put("configmaps/demo/x", object("ConfigMap", "demo", "x", "", "", mf("x/Update 1", `"f:data":{}`)))
			rev := f.put("configmaps/demo/a", object("ConfigMap", "demo", "a", `"creationTimestamp":"2026-01-01T10:01:00Z"`, ""))
			f.put("configmaps/demo/y", object("ConfigMap", "demo", "y", "", "", mf("x/Update 2", `"f:data":{}`)))
			return rev
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFeed(t)
			for _, at := range []string{"00.5", "01.0", "01.5"} {
				f.put("leases/kube-system/kube-scheduler", object("Lease", "kube-system", "kube-scheduler", "", `"spec":{"renewTime":"2026-01-02T10:02:`+at+`Z"}`))
			}
			rev := c.write(f)
			v := f.findings()[rev]
			f.want(v, "unknown", "OUT OF BAND: ")
			f.want(v, "unknown", c.why)
			if v.OutOfBand == "" {
				t.Error("not flagged")
			}
		})
	}
}

// TestLeaseRanOut: keys that are attached to an etcd lease go together, and etcd deletes them.
func TestLeaseRanOut(t *testing.T) {
	f := newFeed(t)
	f.PutAt("events/demo/a", object("Event", "demo", "a", "", `"reason":"x"`), 2, 0, 77)
	f.PutAt("events/demo/b", object("Event", "demo", "b", "", `"reason":"x"`), 3, 0, 77)
	f.PutAt("events/demo/a", "", 9, 0, 0)
	rev := f.PutAt("events/demo/b", "", 9, 1, 0)
	f.want(f.findings()[rev], "etcd certain", "etcd lease 4d expired: 2 keys were deleted in one revision")
}

// TestSameSecond: a change without an entry that moved is the write of an entry's second where the revision was made about then.
// Components of Kubernetes write twice a second, others hardly ever; who only creates does not write again.
func TestSameSecond(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		manager        string
		next           int // second of the next write
		said, evidence string
	}{
		{"kubectl-edit", 10, "kubectl-edit certain", "in the second of this revision"},
		{"kubectl-edit", 11, "kubectl-edit certain", "in the second of this revision"},
		{"kubectl-edit", 12, "kubectl-edit likely", "; the revision was made between 2026-01-02T10:02:10Z and 2026-01-02T10:02:13Z"},
		{"kubectl-edit", 20, "unknown", "no managedFields entry moved: kubectl-edit/Update 10:02:10 can have written again in that second only, and the revision was made between 2026-01-02T10:02:10Z and 2026-01-02T10:02:21Z"},
		{"kubectl-create", 10, "unknown", "no managedFields entry accounts for this change"},
		{"kube-controller-manager", 12, "kube-controller-manager/endpoint-controller certain", "in the second of this revision"},
		{"kube-controller-manager", 20, "kube-controller-manager/endpoint-controller likely", "; the revision was made between"},
	} {
		f := newFeed(t)
		own := mf(c.manager+"/Update 10", `"f:subsets":{},"f:data":{"f:a":{}}`)
		value := func(n int) string {
			if c.manager == "kube-controller-manager" {
				f.put("services/specs/demo/p", object("Service", "demo", "p", `"creationTimestamp":"`+second(9)+`"`, ""))
				return object("Endpoints", "demo", "p", `"creationTimestamp":"`+second(10)+`"`, fmt.Sprintf(`"subsets":[{"addresses":[{"ip":"10.0.0.%d"}]}]`, n), own)
			}
			return object("ConfigMap", "demo", "p", `"creationTimestamp":"`+second(10)+`"`, fmt.Sprintf(`"data":{"a":"%d"}`, n), own)
		}
		key := map[bool]string{true: "services/endpoints/demo/p", false: "configmaps/demo/p"}[c.manager == "kube-controller-manager"]
		rev := f.replace(key, value(1), value(2))
		f.put("configmaps/demo/next", object("ConfigMap", "demo", "next", `"creationTimestamp":"`+second(c.next)+`"`, ""))
		f.want(f.findings()[rev], c.said, c.evidence)
	}
}
