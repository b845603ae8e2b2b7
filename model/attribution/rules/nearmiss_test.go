package rules

import (
	"encoding/json"
	"strings"
	"testing"
)

// nearMisses are changes at the edge of a rule: what the rules say of each, in short, and words of the evidence.
var nearMisses = []struct {
	name  string
	write scene
	said  string
	text  string
}{
	// An object without a uid.
	{"the uid went away", func(f *feed) int64 {
		return f.replace("configmaps/demo/c", data("c", "1"), object("ConfigMap", "demo", "c", `"uid":""`, `"data":{"a":"1"}`))
	}, "unknown", "the object has no uid any more"},
	{"there never was a uid", func(f *feed) int64 {
		return f.replace("configmaps/demo/c", object("ConfigMap", "demo", "c", `"uid":""`, `"data":{"a":"1"}`), object("ConfigMap", "demo", "c", `"uid":""`, `"data":{"a":"2"}`))
	}, "unknown", Nameless},

	// The stored encoding: protobuf does not become JSON again.
	{"protobuf became JSON", func(f *feed) int64 {
		return f.replace("configmaps/demo/c", stored(f.t, "c", "1"), data("c", "1"))
	}, "unknown", "stored as json; the version before was protobuf"},
	{"protobuf stayed protobuf", func(f *feed) int64 {
		return f.replace("configmaps/demo/c", stored(f.t, "c", "1"), stored(f.t, "c", "2"))
	}, "unknown", Nameless},
	{"an encrypted value that cannot be read says nothing", func(f *feed) int64 {
		f.Unreadable = true
		return f.put("secrets/demo/s", "k8s:enc:aescbc:v1:one:0123456789abcdef0123456789abcdef")
	}, "unknown", "cannot be read"},

	// The API server's own keys.
	{"an own key is deleted without an etcd lease", func(f *feed) int64 { return f.replace("masterleases/10.0.0.1", "x", "") }, "kube-apiserver certain", "own keys"},
	{"an own key is deleted when its etcd lease has expired", func(f *feed) int64 {
		f.PutAt("masterleases/10.0.0.1", "x", 2, 0, 0x77)
		return f.put("masterleases/10.0.0.1", "")
	}, "etcd likely", "etcd lease 77"},
	{"an own key is renewed on its etcd lease", func(f *feed) int64 {
		f.PutAt("masterleases/10.0.0.1", "x", 2, 0, 0x77)
		return f.PutAt("masterleases/10.0.0.1", "y", 3, 0, 0x77)
	}, "kube-apiserver certain", "own keys"},

	// The last finalizer that is none of Kubernetes' own.
	{"a finalizer that an operator had set", lastFinalizerOf(mf("operator/Update 2", finalizerSet)), "operator guess", "which operator/Update 10:02:02 had set"},
	{"a finalizer that a person had set", lastFinalizerOf(mf("kubectl-create/Update 2", finalizerSet), mf("operator/Update/status 2", statusSet)), "unknown", "a client of its owner"},
	{"a finalizer that two managers own", lastFinalizerOf(mf("operator/Update 2", finalizerSet), mf("other/Apply 3", finalizerSet)), "unknown", "a client of its owner"},
	{"a finalizer beside one that the manager owns", lastFinalizerOf(mf("operator/Update 2", `"f:metadata":{"f:finalizers":{".":{},"v:\"x/z\"":{}}}`)), "unknown", "a client of its owner"},
	// Fields of a status that went.
	{"removed by who alone writes the status", statusWent(mf("operator/Update/status 2", statusSet)), "operator likely", "nobody else writes this status"},
	{"removed from a status that two write", statusWent(mf("operator/Update/status 2", statusSet), mf("kubectl/Update/status 3", `"f:status":{"f:other":{}}`)), "unknown", "only removals"},
	{"removed from a status that is written past the subresource too", statusWent(mf("operator/Update/status 2", statusSet), mf("x/Update 3", statusSet)), "unknown", "only removals"},
	// ServiceAccounts that kube-controller-manager makes for itself.
	{"the ServiceAccount of a controller", account("kube-system", "job-controller"), "kube-controller-manager certain", "the ServiceAccount of a controller"},
	{"a ServiceAccount of that name elsewhere", account("demo", "job-controller"), "unknown", Nameless},
	{"a ServiceAccount named like that of a controller", account("kube-system", "new-controller"), "kube-controller-manager guess", "named like those"},
	{"a ServiceAccount named like that of a controller, elsewhere", account("demo", "new-controller"), "unknown", Nameless},

	// A Job that is kept for some time after it finished in second 4.
	{"a Job is deleted two seconds early", outlived(8, 10), "unknown", Nameless},
	{"a Job is deleted one second early", outlived(7, 10), "kube-controller-manager/ttl-after-finished-controller likely", "kept for 7 s"},
	{"a Job is deleted ten seconds late", outlived(0, 14), "kube-controller-manager/ttl-after-finished-controller likely", "kept for 0 s"},
	{"a Job is deleted twelve seconds late", outlived(0, 16), "unknown", Nameless},
	{"a Job that has not finished", jobGone(`"spec":{"ttlSecondsAfterFinished":0}`), "unknown", Nameless},
	{"a Job that does not say how long it is kept", jobGone(`"spec":{},"status":{"conditions":[{"type":"Complete","status":"True","lastTransitionTime":"` + second(4) + `"}]}`), "unknown", Nameless},

	{"a Job of another group", func(f *feed) int64 {
		f.put("jobs/demo/j", strings.Replace(object("Job", "demo", "j", "", `"spec":{"ttlSecondsAfterFinished":5},"status":{"conditions":[{"type":"Complete","status":"True","lastTransitionTime":"`+second(4)+`"}]}`), "batch/v1", "x.io/v1", 1))
		f.put("configmaps/demo/now", object("ConfigMap", "demo", "now", `"creationTimestamp":"`+second(10)+`"`, ""))
		return f.put("jobs/demo/j", "")
	}, "unknown", Nameless},

	// The tombstone of a pod.
	{"the tombstone of a pod that was never seen", func(f *feed) int64 { return f.put("pods/demo/p", "") }, "unknown", ""},
	{"the tombstone of a pod without a uid", func(f *feed) int64 {
		return f.replace("pods/demo/p", object("Pod", "demo", "p", `"uid":"",`+marked(12, 0), onNode+stopped, runBy, ranBy), "")
	}, "unknown", ""},
	{"the tombstone of a pod whose grace period runs", func(f *feed) int64 {
		f.put("pods/demo/p", pod("", onNode+stopped, runBy, ranBy))
		return f.replace("pods/demo/p", pod(marked(40, 30), onNode+stopped, runBy, ranBy), "")
	}, "unknown", ""},

	// Fields of a pod's status that went.
	{"the kubelet alone owned what went", statusGone(`"status":{"phase":"Running"}`, mf("kubelet/Update/status 3", `"f:status":{"f:phase":{},"f:reason":{}}`)), "kubelet likely", "all of which the kubelet of"},
	{"another manager owned what went", statusGone(`"status":{"phase":"Running"}`, mf("x/Update/status 3", `"f:status":{"f:phase":{},"f:reason":{}}`)), "unknown", Nameless},
	{"another manager owned it too", statusGone(`"status":{"phase":"Running"}`, mf("x/Update/status 3", `"f:status":{"f:reason":{}}`), mf("kubelet/Update/status 3", `"f:status":{"f:phase":{},"f:reason":{}}`)), "unknown", Nameless},
	{"the kubelet owned a part of what went", statusGone(`"status":{}`, mf("kubelet/Update/status 3", `"f:status":{"f:reason":{}}`)), "unknown", Nameless},

	// Who bound a pod.
	{"an Event of the default scheduler", bound("", event("default-scheduler")), "kube-scheduler certain", "Event Scheduled by default-scheduler"},
	{"an Event of another scheduler", bound("mine", event("mine")), "mine guess", "which may write under another name"},
	{"an Event under a name of its own", bound("mine", event("mine", mf("my-binary/Update 2", `"f:reason":{}`))), "my-binary certain", "Event Scheduled by mine"},
	{"an Event that two managers wrote", bound("mine", event("mine", mf("a/Update 2", `"f:reason":{}`), mf("b/Update 2", `"f:note":{}`))), "mine guess", "which may write under another name"},
	{"no Event, and the default scheduler", bound("default-scheduler", ""), "kube-scheduler likely", "default-scheduler"},
	{"no Event, and another scheduler", bound("mine", ""), "mine guess", "spec.schedulerName is mine"},

	// Endpoints, and other kinds that one component keeps.
	{"Endpoints of their only manager", endpoints("v1", kcm), "kube-controller-manager/endpoint-controller likely", "their only manager"},
	{"Endpoints of two managers", endpoints("v1", kcm, mf("x/Update 1", `"f:metadata":{"f:labels":{}}`)), "unknown", Nameless},
	{"Endpoints of nobody", endpoints("v1"), "unknown", Nameless},
	{"Endpoints of another group", endpoints("x.io/v1", kcm), "unknown", ""},

	// The finalizer of a namespace.
	{"an empty namespace lost its finalizer", namespace(marked(9, 0), ""), "kube-controller-manager/namespace-controller certain", "the namespace was empty"},
	{"with another field", namespace(marked(9, 0), `"labels":{"a":"b"},`), "unknown", Nameless},
	{"a namespace that is not deleted", namespace("", ""), "unknown", Nameless},

	// An owner that orphans its dependents.
	{"a dependent of an owner that orphans", orphaned(`"finalizers":["orphan"],`+marked(9, 0), `"data":{"a":"1"}`), "kube-controller-manager/generic-garbage-collector certain", "orphans its dependents"},
	{"its owner is not deleted", orphaned(`"finalizers":["orphan"]`, `"data":{"a":"1"}`), "unknown", Nameless},
	{"its owner deletes it", orphaned(`"finalizers":["foregroundDeletion"],`+marked(9, 0), `"data":{"a":"1"}`), "unknown", Nameless},
	{"another field of it changed", orphaned(`"finalizers":["orphan"],`+marked(9, 0), `"data":{"a":"2"}`), "unknown", Nameless},

	// Keys of others than Kubernetes.
	{"a foreign key is made", func(f *feed) int64 { return f.put("x", "1") }, "unknown", "nothing is stored about who wrote this: it is no Kubernetes object"},
	{"changed", func(f *feed) int64 { return f.replace("x", "1", "2") }, "unknown", "nothing is stored about who wrote this: it is no Kubernetes object"},
	{"met first when it is changed", func(f *feed) int64 { return f.Hold("x", "2", 4) }, "unknown", "nothing is stored about who wrote this: it is no Kubernetes object"},
	{"deleted", func(f *feed) int64 { return f.replace("x", "1", "") }, "unknown", "nothing is stored about who deleted this: it was no Kubernetes object"},
	{"met first when it is deleted", func(f *feed) int64 { return f.put("x", "") }, "unknown", "nothing is stored about who deleted this: it was no Kubernetes object"},

	// An object without its predecessor.
	{"the second version, whose owner is gone", func(f *feed) int64 {
		return f.Hold("pods/demo/p", pod(setOwner+","+marked(40, 30), podSpec, runBy), 2)
	}, "kube-controller-manager/generic-garbage-collector likely", "the second version, marked for deletion"},
	{"the third version, whose owner is gone", func(f *feed) int64 {
		return f.Hold("pods/demo/p", pod(setOwner+","+marked(40, 30), podSpec, runBy), 3)
	}, "unknown", "the version before is gone"},
}

const finalizerSet = `"f:metadata":{"f:finalizers":{".":{},"v:\"x/y\"":{}}}`

// lastFinalizerOf deletes an object that waits for one finalizer.
func lastFinalizerOf(entries ...string) scene {
	return func(f *feed) int64 {
		return f.replace("configmaps/demo/c", object("ConfigMap", "demo", "c", `"finalizers":["x/y"],`+marked(9, 0), "", entries...), "")
	}
}

// statusWent removes a field of a status, long after its entries.
func statusWent(entries ...string) scene {
	return late(func(f *feed) int64 {
		return f.replace("services/specs/demo/s", object("Service", "demo", "s", "", `"status":{"phase":"x","other":"y"}`, entries...), object("Service", "demo", "s", "", `"status":{"other":"y"}`, entries...))
	})
}

func account(ns, name string) scene {
	return func(f *feed) int64 {
		return f.put("serviceaccounts/"+ns+"/"+name, object("ServiceAccount", ns, name, "", ""))
	}
}

// jobGone deletes a Job in second 10.
func jobGone(rest string) scene {
	return func(f *feed) int64 {
		f.put("jobs/demo/j", object("Job", "demo", "j", "", rest))
		f.put("configmaps/demo/now", object("ConfigMap", "demo", "now", `"creationTimestamp":"`+second(10)+`"`, ""))
		return f.put("jobs/demo/j", "")
	}
}

// statusGone removes fields of a pod's status, in a later second than that of its entries; reason always goes.
func statusGone(status string, entries ...string) scene {
	return func(f *feed) int64 {
		f.put("pods/demo/p", pod("", onNode+`,"status":{"phase":"Running","reason":"x"}`, entries...))
		f.put("configmaps/demo/now", object("ConfigMap", "demo", "now", `"creationTimestamp":"`+second(30)+`"`, ""))
		return f.put("pods/demo/p", pod("", onNode+","+status, entries...))
	}
}

// event is an Event which reports that the pod was scheduled.
func event(by string, entries ...string) string {
	return object("Event", "demo", "e", "", `"reason":"Scheduled","involvedObject":{"kind":"Pod","namespace":"demo","name":"p","uid":"uid-pod-p"},"source":{"component":"`+by+`"},"lastTimestamp":"`+second(2)+`"`, entries...)
}

// bound binds a pod that asks for a scheduler, and then writes an Event, if there is one.
func bound(scheduler, event string) scene {
	asks := func(spec string) string { return strings.Replace(spec, `"default-scheduler"`, `"`+scheduler+`"`, 1) }
	return func(f *feed) int64 {
		rev := f.replace("pods/demo/p", pod("", asks(podSpec), runBy), pod("", asks(onNode), runBy))
		if event != "" {
			f.put("events/demo/e", event)
		}
		return rev
	}
}

// kcm is an entry of kube-controller-manager that owns nothing which changes.
var kcm = mf("kube-controller-manager/Update 1", `"f:metadata":{"f:labels":{}}`)

func endpoints(version string, entries ...string) scene {
	of := func(ip string) string {
		v := object("Endpoints", "demo", "web", "", `"subsets":[{"addresses":[{"ip":"`+ip+`"}]}]`, entries...)
		return strings.Replace(v, `"apiVersion":"v1","kind":"Endpoints"`, `"apiVersion":"`+version+`","kind":"Endpoints"`, 1)
	}
	return func(f *feed) int64 { return f.replace("services/endpoints/demo/web", of("10.0.0.1"), of("10.0.0.2")) }
}

// namespace removes the finalizer of a namespace; more is what else is in its metadata then.
func namespace(meta, more string) scene {
	return func(f *feed) int64 {
		before := object("Namespace", "", "gone", meta, `"spec":{"finalizers":["kubernetes"]}`)
		after := strings.Replace(object("Namespace", "", "gone", meta, `"spec":{}`), `"metadata":{`, `"metadata":{`+more, 1)
		return f.replace("namespaces/gone", before, after)
	}
}

// orphaned removes the reference to an owner.
func orphaned(owner, rest string) scene {
	return func(f *feed) int64 {
		f.put("replicasets/demo/rs", object("ReplicaSet", "demo", "rs", owner, `"spec":{"replicas":9}`))
		return f.replace("configmaps/demo/c", object("ConfigMap", "demo", "c", setOwner, `"data":{"a":"1"}`), object("ConfigMap", "demo", "c", "", rest))
	}
}

// TestNearMisses: each rule ends where it should.
func TestNearMisses(t *testing.T) {
	t.Parallel()
	for _, c := range nearMisses {
		t.Run(c.name, func(t *testing.T) {
			f := newFeed(t)
			rev := c.write(f)
			f.want(f.findings()[rev], c.said, c.text)
		})
	}
}

// TestCompareQuantities: by what they are worth, whatever the unit; 0 where that cannot be known.
func TestCompareQuantities(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b any
		want int
	}{
		{"9", "10", 1}, {"10", "9", -1}, {"1", "1", 0}, {"1", "1000m", 0}, {"500m", "1", 1}, {"1Gi", "1024Mi", 0}, {"1G", "1Gi", 1}, {"2Ki", "2k", -1},
		{"1.5", "1500m", 0}, {"1.5Gi", "1Gi", -1}, {"1Ti", "1Pi", 1}, {"0", "1", 1}, {json.Number("2"), "3", 1}, {json.Number("2"), json.Number("1"), -1},
		{"x", "1", 0}, {"1", "x", 0}, {"", "1", 0}, {"k", "1", 0}, {"1Zi", "2", 0}, {"1", "2Zi", 0}, {nil, "1", 0}, {true, "1", 0}, {"1 ", "2", 0},
	} {
		if got := compareQuantities(c.a, c.b); got != c.want {
			t.Errorf("%v to %v: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
