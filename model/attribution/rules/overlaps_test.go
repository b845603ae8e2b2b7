package rules

import "fmt"

// overlaps are changes of which two rules of a list have something to say: the order decides which is believed.
var overlaps = map[string]scene{
	"an own key whose lease expired with those of Events": func(f *feed) int64 {
		f.PutAt("masterleases/10.0.0.1", object("Endpoints", "", "", "", ""), 2, 0, 7)
		f.PutAt("events/demo/a", object("Event", "demo", "a", "", ""), 3, 0, 7)
		f.PutAt("events/demo/b", object("Event", "demo", "b", "", ""), 4, 0, 7)
		f.PutAt("events/demo/a", "", 9, 0, 0)
		f.PutAt("events/demo/b", "", 9, 1, 0)
		return f.PutAt("masterleases/10.0.0.1", "", 9, 2, 0)
	},
	"two objects under wrong keys in one transaction": func(f *feed) int64 {
		f.PutAt("configmaps/demo/a", data("x", "1"), 5, 0, 0)
		return f.PutAt("configmaps/demo/b", data("y", "1"), 5, 1, 0)
	},
	"two objects deleted in one transaction, one with a finalizer": func(f *feed) int64 {
		f.put("configmaps/demo/a", data("a", "1"))
		f.put("configmaps/demo/b", object("ConfigMap", "demo", "b", `"finalizers":["x/y"]`, ""))
		f.PutAt("configmaps/demo/a", "", 9, 0, 0)
		return f.PutAt("configmaps/demo/b", "", 9, 1, 0)
	},
	"printed, and put back under another key a day later": func(f *feed) int64 {
		return between(f, func() int64 {
			return f.put("configmaps/demo/a", object("ConfigMap", "demo", "b", `"resourceVersion":"8","creationTimestamp":"2026-01-01T10:02:00Z"`, ""))
		})
	},
	"printed, and put back as JSON a day later": func(f *feed) int64 {
		protobufs(f, 20)
		return between(f, func() int64 {
			rev := f.put("configmaps/demo/a", object("ConfigMap", "demo", "a", `"resourceVersion":"8","creationTimestamp":"2026-01-01T10:02:00Z"`, ""))
			f.put("configmaps/demo/z", stored(f.t, "z", "x"))
			return rev
		})
	},

	"a status that is older than the version that is held": heldBetween("pods/demo/p", pod("", onNode+running, mf("x/Update -300", specSet), mf("kubelet/Update/status -200", statusSet))),
	"one entry moved, another grew":                        entriesOf(`"f:metadata":{}`, `"f:metadata":{"f:labels":{}}`, mf("x/Update 9", dataSet)),
	"two entries moved, another grew":                      entriesOf(`"f:metadata":{}`, `"f:metadata":{"f:labels":{}}`, mf("x/Update 9", dataSet), mf("y/Update 9", dataSet)),
	"disrupted, with an entry that moved": func(f *feed) int64 {
		return f.replace("pods/demo/p", pod("", onNode, runBy), pod("", onNode+target("PreemptionByScheduler"), runBy, mf("kube-scheduler/Update/status 9", `"f:status":{}`)))
	},
	"disrupted, with two entries that moved": func(f *feed) int64 {
		return f.replace("pods/demo/p", pod("", onNode, runBy), pod("", onNode+target("PreemptionByScheduler"), mf("kubectl-run/Update 9", specSet), mf("kube-scheduler/Update/status 9", `"f:status":{}`)))
	},
	"disrupted, with an entry that grew":                 disrupt("PreemptionByScheduler", mf("x/Update/status 1", `"f:metadata":{}`), mf("x/Update/status 1", `"f:status":{"f:conditions":{}}`)),
	"disrupted, in the second of an entry":               disrupt("PreemptionByScheduler", mf("x/Update/status 1", `"f:status":{}`), mf("x/Update/status 1", `"f:status":{}`)),
	"a finalizer taken off, with an entry that moved":    claimOf(mf("x/Update 9", `"f:metadata":{}`)),
	"a finalizer taken off, with two entries that moved": claimOf(mf("x/Update 9", `"f:metadata":{}`), mf("y/Update 9", `"f:spec":{}`)),
	"a finalizer taken off, in the second of an entry": func(f *feed) int64 {
		own := mf("x/Update 1", `"f:metadata":{"f:finalizers":{".":{},"v:\"kubernetes.io/pvc-protection\"":{}}}`)
		claim := func(meta string) string { return object("PersistentVolumeClaim", "demo", "data", meta, "", own) }
		return f.replace("persistentvolumeclaims/demo/data", claim(`"finalizers":["kubernetes.io/pvc-protection"]`), claim(""))
	},
	"a quota, with an entry that moved":      quotaOf(mf("x/Update/status 1", `"f:status":{}`), mf("x/Update/status 9", `"f:status":{}`)),
	"a quota, with two entries that moved":   quotaOf("", mf("x/Update/status 9", `"f:status":{}`)+","+mf("y/Update/status 9", `"f:metadata":{}`)),
	"a quota, with an entry that grew":       quotaOf(mf("x/Update/status 1", `"f:metadata":{}`), mf("x/Update/status 1", `"f:status":{}`)),
	"a quota, in the second of an entry":     quotaOf(mf("x/Update/status 1", `"f:status":{}`), mf("x/Update/status 1", `"f:status":{}`)),
	"nothing but the time of an entry moved": updateOf("1", "1", mf("x/Update 1", dataSet), mf("x/Update 9", dataSet)),
	"a taint of the node's condition, with an entry that grew": func(f *feed) int64 {
		return f.replace("minions/n1", node("", mf("x/Update 1", `"f:metadata":{}`)),
			node(`"taints":[{"key":"node.kubernetes.io/unschedulable","effect":"NoSchedule"}]`, mf("x/Update 1", `"f:spec":{"f:taints":{}}`)))
	},
	"a pod network, in the second of the kubelet's entry": func(f *feed) int64 {
		own := mf("kubelet/Update 1", `"f:spec":{"f:podCIDR":{},"f:podCIDRs":{".":{},"v:\"10.0.0.0/24\"":{}}}`)
		return f.replace("minions/n1", node("", own), node(`"podCIDR":"10.0.0.0/24","podCIDRs":["10.0.0.0/24"]`, own))
	},

	"a binding, long after the pod's entry": late(func(f *feed) int64 { return f.put("pods/demo/p", pod("", onNode, runBy)) }),
	"a disruption, long after the pod's entry": late(func(f *feed) int64 {
		return f.put("pods/demo/p", pod("", podSpec+target("PreemptionByScheduler"), runBy))
	}),
	"a deletion in the foreground, long after the entry": late(func(f *feed) int64 {
		return f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", marked(31, 0)+`,"finalizers":["foregroundDeletion"]`, `"data":{"a":"1"}`, mf("x/Update 1", dataSet)))
	}),
	"a pod network, long after the node's entry": late(func(f *feed) int64 {
		return f.put("minions/n1", node(`"podCIDR":"10.0.0.0/24"`, mf("kubelet/Update 1", `"f:spec":{}`)))
	}),
	"a certificate, long after the request's entry": late(func(f *feed) int64 {
		return f.put("certificatesigningrequests/p", csr("kubernetes.io/kubelet-serving", "eA==", mf("kubelet/Update 1", `"f:spec":{}`)))
	}),
	"a status, long after its entry": late(func(f *feed) int64 { return f.put("deployments/demo/d", deploymentStatus("b")) }),

	"the grace period of a pod ended, whose owner is gone": func(f *feed) int64 {
		f.put("pods/demo/p", pod(marked(40, 30)+","+setOwner, onNode+stopped, runBy, ranBy))
		return f.replace("pods/demo/p", pod(marked(12, 0)+","+setOwner, onNode+stopped, runBy, ranBy), "")
	},
	"the last finalizer of an object whose owner is gone": func(f *feed) int64 {
		return f.replace("configmaps/demo/c", object("ConfigMap", "demo", "c", `"finalizers":["x/y"],`+setOwner+","+marked(9, 0), ""), "")
	},
	"Endpoints of a Service that is gone, in a namespace that is deleted": func(f *feed) int64 {
		f.put("namespaces/demo", object("Namespace", "", "demo", "", `"status":{"phase":"Terminating"}`))
		return withService(true)(f)
	},
	"an EndpointSlice whose Service is gone": func(f *feed) int64 {
		return f.replace("endpointslices/demo/web", object("EndpointSlice", "demo", "web", `"labels":{"endpointslice.kubernetes.io/managed-by":"endpointslice-controller.k8s.io"},`+setOwner, ""), "")
	},
	"everything is a reason to delete a pod": func(f *feed) int64 {
		f.put("namespaces/demo", object("Namespace", "", "demo", "", `"status":{"phase":"Terminating"}`))
		f.put("replicasets/demo/rs", object("ReplicaSet", "demo", "rs", `"finalizers":["foregroundDeletion"],`+marked(1, 0), `"spec":{"replicas":0}`))
		rev := f.replace("pods/demo/p", pod(setOwner, podSpec+target("DeletionByPodGC"), runBy), "")
		tell(f, "replicaset-controller", 1)
		return rev
	},
	"a Job outlived its TTL in a namespace that is deleted": func(f *feed) int64 {
		f.put("namespaces/demo", object("Namespace", "", "demo", "", `"status":{"phase":"Terminating"}`))
		return outlived(5, 10)(f)
	},

	"a second version that is marked":      held("configmaps/demo/p", 2, heldData(marked(50, 30), mf("x/Update 1", dataSet), mf("y/Update 20", dataSet))),
	"a second version that was issued":     held("certificatesigningrequests/p", 2, csr("kubernetes.io/x", "eA==", mf("x/Update 1", `"f:spec":{}`), mf("y/Update/status 20", `"f:status":{}`))),
	"a second version with a status":       held("pods/demo/p", 2, pod("", onNode+running, runBy, ranBy)),
	"a pod that was bound and marked":      held("pods/demo/p", 2, pod(marked(40, 30), onNode, runBy)),
	"a pod of a Job, failed and marked":    held("pods/demo/p", 5, pod(marked(40, 30)+","+jobOwner, onNode+failed, runBy, ranBy)),
	"a pod of a Job, failed":               held("pods/demo/p", 5, pod(jobOwner, onNode+failed, runBy, ranBy)),
	"a certificate, issued after a status": held("certificatesigningrequests/p", 3, csr("kubernetes.io/x", "eA==", mf("x/Update 1", `"f:spec":{}`), mf("y/Update/status 20", `"f:status":{}`))),
	"a restored object with a status":      held("configmaps/demo/p", 3, heldData("", mf("x/Update/status -50", `"f:status":{}`))),
}

// entriesOf changes a ConfigMap, whose entry z grows within its second, beside entries that move.
func entriesOf(before, after string, moved ...string) scene {
	return func(f *feed) int64 {
		return f.replace("configmaps/demo/c", data("c", "1", mf("x/Update 1", dataSet), mf("z/Update 1", before)), data("c", "2", append(moved, mf("z/Update 1", after))...))
	}
}

func claimOf(entries ...string) scene {
	claim := func(list string, entries ...string) string {
		return object("PersistentVolumeClaim", "demo", "data", `"finalizers":[`+list+`]`, "", entries...)
	}
	return func(f *feed) int64 {
		return f.replace("persistentvolumeclaims/demo/data", claim(`"kubernetes.io/pvc-protection","x/y"`), claim(`"x/y"`, entries...))
	}
}

func quotaOf(before, after string) scene {
	of := func(used int, entry string) string {
		return object("ResourceQuota", "demo", "q", "", fmt.Sprintf(`"status":{"used":{"pods":"%d"}}`, used), entry)
	}
	return func(f *feed) int64 { return f.replace("resourcequotas/demo/q", of(1, before), of(2, after)) }
}

// deploymentStatus is a Deployment whose status kube-controller-manager wrote in second 1.
func deploymentStatus(x string) string {
	return object("Deployment", "demo", "d", "", `"status":{"replicas":1,"x":"`+x+`"}`, mf("kube-controller-manager/Update/status 1", `"f:status":{"f:replicas":{},"f:x":{}}`))
}
