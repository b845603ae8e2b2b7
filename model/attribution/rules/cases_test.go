package rules

import (
	"fmt"
	"strings"
)

// scene writes to a cluster, and returns the revision of the change that is judged.
type scene func(f *feed) int64

// ruleCases are for each rule a change that it decides, what it says of it, and one that it must leave alone; nil for
// the last rule of a list, which leaves nothing alone.
var ruleCases = []struct {
	rule    string
	decides scene
	said    string
	leaves  scene
}{
	{"apiServerKey", func(f *feed) int64 {
		return f.put("ranges/serviceips", object("RangeAllocation", "", "", "", `"range":"10.0.0.0/8"`))
	},
		"kube-apiserver certain", configMap("1")},
	{"etcdLeaseExpired", expired(7, 7), "etcd certain", expired(7, 8)},
	{"severalObjectsInRevision", func(f *feed) int64 {
		f.PutAt("configmaps/demo/a", data("a", "1"), 5, 0, 0)
		return f.PutAt("configmaps/demo/b", data("b", "1"), 5, 1, 0)
	}, "unknown", configMap("1")},
	{"objectUnderWrongKey", func(f *feed) int64 { return f.put("configmaps/demo/a", data("b", "1")) }, "unknown", configMap("1")},
	{"resourceVersionStored", func(f *feed) int64 {
		return f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", `"resourceVersion":"8"`, ""))
	}, "unknown", configMap("1")},
	{"deletedDespiteFinalizer", func(f *feed) int64 {
		return f.replace("configmaps/demo/c", object("ConfigMap", "demo", "c", `"finalizers":["x/y"]`, ""), "")
	}, "unknown", func(f *feed) int64 {
		return f.replace("configmaps/demo/c", object("ConfigMap", "demo", "c", `"finalizers":["x/y"],`+marked(9, 0), ""), "")
	}},
	{"unusualStoredForm", func(f *feed) int64 {
		protobufs(f, 20)
		rev := f.put("configmaps/demo/c", data("c", "1"))
		f.put("configmaps/demo/z", stored(f.t, "z", "x"))
		return rev
	}, "unknown", func(f *feed) int64 { protobufs(f, 20); return f.put("configmaps/demo/c", data("c", "1")) }},
	{"creationTimestampOff", func(f *feed) int64 {
		return between(f, func() int64 {
			return f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", `"creationTimestamp":"2026-01-01T10:02:00Z"`, ""))
		})
	}, "unknown", func(f *feed) int64 {
		return between(f, func() int64 { return f.put("configmaps/demo/c", data("c", "1")) })
	}},

	{"createdByReporter", func(f *feed) int64 {
		return f.put("events/demo/e", object("Event", "demo", "e", "", `"source":{"component":"job-controller"}`))
	}, "kube-controller-manager/job-controller likely", func(f *feed) int64 {
		return f.put("events/demo/e", object("Event", "demo", "e", "", `"source":{"component":"job-controller"}`, mf("x/Update 1", `"f:reason":{}`)))
	}},
	{"createdByManagers", configMap("1", mf("x/Update 1", dataSet)), "x certain", configMap("1")},
	{"createdWithoutManagedFields", func(f *feed) int64 {
		return f.put("serviceaccounts/demo/default", object("ServiceAccount", "demo", "default", "", ""))
	},
		"kube-controller-manager/service-account-controller certain", func(f *feed) int64 { return f.put("configmaps/demo/c", "hello") }},

	{"foreignKey", func(f *feed) int64 { return f.replace("x", "1", "2") }, "unknown", func(f *feed) int64 { return f.replace("x", "1", data("x", "1")) }},

	{"entryMoved", updateOf("1", "2", mf("x/Update 1", dataSet), mf("x/Update 9", dataSet)), "x certain", updateOf("1", "2", mf("x/Update 1", dataSet), mf("x/Update 1", dataSet))},
	{"podBoundByScheduler", func(f *feed) int64 {
		return f.replace("pods/demo/p", pod("", podSpec, runBy), pod("", onNode, runBy))
	}, "kube-scheduler likely", func(f *feed) int64 {
		return f.replace("pods/demo/p", pod("", onNode, runBy), pod("", strings.Replace(onNode, "n1", "n2", 1), runBy))
	}},
	{"severalEntriesMoved", func(f *feed) int64 {
		return f.replace("configmaps/demo/c", data("c", "1"), data("c", "2", mf("x/Update 9", dataSet), mf("y/Update 9", `"f:metadata":{}`)))
	}, "x likely", updateOf("1", "2", mf("x/Update 1", dataSet), mf("x/Update 9", dataSet))},
	{"podGraceEndedByKubelet", func(f *feed) int64 {
		f.put("pods/demo/p", pod("", onNode+running, runBy, ranBy))
		return f.replace("pods/demo/p", pod(marked(40, 30), onNode+stopped, runBy, ranBy), pod(marked(12, 0), onNode+stopped, runBy, ranBy))
	}, "kubelet likely", func(f *feed) int64 {
		return f.replace("pods/demo/p", pod(marked(40, 30), onNode+stopped, runBy, ranBy), pod(marked(20, 10), onNode+stopped, runBy, ranBy))
	}},
	{"deletionMarkedByClient", func(f *feed) int64 {
		return f.replace("configmaps/demo/c", data("c", "1"), object("ConfigMap", "demo", "c", marked(9, 0), `"data":{"a":"1"}`))
	}, "unknown", func(f *feed) int64 {
		return f.replace("configmaps/demo/c", object("ConfigMap", "demo", "c", marked(9, 0)+`,"finalizers":["x/y"]`, ""), object("ConfigMap", "demo", "c", marked(9, 0), ""))
	}},
	{"entryGainedField", func(f *feed) int64 {
		return f.replace("configmaps/demo/c", data("c", "1", mf("x/Update 1", `"f:data":{".":{}}`)), data("c", "2", mf("x/Update 1", dataSet)))
	}, "x certain", updateOf("1", "2", mf("x/Update 1", dataSet), mf("x/Update 1", dataSet))},
	{"nodeKeptByController", func(f *feed) int64 {
		return f.replace("minions/n1", node(""), node(`"podCIDR":"10.0.0.0/24","podCIDRs":["10.0.0.0/24"]`))
	},
		"kube-controller-manager/node-ipam-controller certain",
		func(f *feed) int64 {
			return f.replace("minions/n1", node(""), node(`"taints":[{"key":"mine","effect":"NoSchedule"}]`))
		}},
	{"dependentOrphaned", orphan(`"finalizers":["orphan"],` + marked(9, 0)), "kube-controller-manager/generic-garbage-collector certain", orphan(`"finalizers":["orphan"]`)},
	{"entryOfSameSecond", updateOf("1", "2", mf("x/Update 1", dataSet), mf("x/Update 1", dataSet)), "x certain", func(f *feed) int64 {
		f.put("configmaps/demo/c", data("c", "1", mf("x/Update 1", dataSet)))
		f.put("configmaps/demo/o", object("ConfigMap", "demo", "o", `"creationTimestamp":"`+second(30)+`"`, "", mf("x/Update 30", dataSet)))
		return f.put("configmaps/demo/c", data("c", "2", mf("x/Update 1", dataSet)))
	}},
	{"podDisrupted", disrupt("PreemptionByScheduler", runBy, runBy), "kube-scheduler certain", func(f *feed) int64 {
		return f.replace("pods/demo/p", pod("", onNode+target("PreemptionByScheduler")), pod("", onNode+target("DeletionByTaintManager")))
	}},
	{"finalizerRemovedByController", finalizers(`"kubernetes.io/pvc-protection","x/y"`, `"x/y"`), "kube-controller-manager/pvc-protection-controller certain", finalizers(`"x/y","kubernetes.io/pvc-protection"`, `"kubernetes.io/pvc-protection"`)},
	{"scaledBySubresource", scale(mf("kubectl/Update/scale", replicaSet)), "kubectl likely", scale(mf("kubectl/Update/scale 1", replicaSet))},
	{"certificateIssuedBySigner", issue("kubernetes.io/kubelet-serving"), "kube-controller-manager/certificate-controller likely", issue("example.com/ours")},
	{"valueChangedWithoutEntry", late(func(f *feed) int64 {
		return f.put("configmaps/demo/c", data("c", "2", mf("x/Update 1", dataSet)))
	}), "unknown", late(func(f *feed) int64 { return f.put("configmaps/demo/c", data("c", "2", mf("x/Update 30", dataSet))) })},
	{"statusOfOneWriter", quota("1", "2"), "kube-apiserver likely", quota("1", "1")},
	{"onlyOwnershipChanged", updateOf("1", `1`, mf("x/Update 1", dataSet)), "unknown", updateOf("1", "2", mf("x/Update 1", dataSet))},
	{"updateUnexplained", updateOf("1", "2"), "unknown", nil},

	{"podDeletedByKubelet", func(f *feed) int64 {
		f.put("pods/demo/p", pod(marked(40, 30), onNode+stopped, runBy, ranBy))
		return f.replace("pods/demo/p", pod(marked(12, 0), onNode+stopped, runBy, ranBy), "")
	}, "kubelet likely", func(f *feed) int64 {
		return f.replace("pods/demo/p", pod(marked(12, 0), onNode+stopped, runBy, ranBy), "") // marked and forced in one write
	}},
	{"lastFinalizerRemoved", lastFinalizer(`"kubernetes.io/pv-protection"`), "kube-controller-manager/pv-protection-controller certain",
		lastFinalizer(`"kubernetes.io/pv-protection","x/y"`)},
	{"deletedForReason", owned(true), "kube-controller-manager/generic-garbage-collector certain", owned(false)},
	{"deletedWithService", withService(true), "kube-apiserver certain", withService(false)},
	{"sliceDeletedByController", sliceGone("endpointslice-controller.k8s.io"), "kube-controller-manager/endpointslice-controller guess", sliceGone("somebody.example.com")},
	{"deletionUnexplained", func(f *feed) int64 { return f.replace("configmaps/demo/c", data("c", "1"), "") }, "unknown", nil},

	{"secondVersion", held("configmaps/demo/p", 2, heldData("", mf("x/Update 1", dataSet), mf("y/Update 20", dataSet))), "y certain",
		held("configmaps/demo/p", 3, heldData("", mf("x/Update 1", dataSet), mf("y/Update 20", dataSet)))},
	{"heldWhileMarked", held("configmaps/demo/p", 3, heldData(marked(40, 30), mf("x/Update 2", dataSet))), "unknown",
		held("configmaps/demo/p", 3, heldData(marked(40, 30), mf("x/Update 12", dataSet)))},
	{"heldBound", held("pods/demo/p", 2, pod("", onNode, runBy)), "kube-scheduler likely", held("pods/demo/p", 2, pod("", podSpec, runBy))},
	{"heldCounted", held("pods/demo/p", 5, pod(jobOwner, onNode+failed, runBy)), "kube-controller-manager/job-controller guess",
		held("pods/demo/p", 5, pod(jobOwner+`,"finalizers":["batch.kubernetes.io/job-tracking"]`, onNode+failed, runBy))},
	{"heldIssued", held("certificatesigningrequests/p", 3, csr("kubernetes.io/legacy-unknown", "eA==")), "kube-controller-manager/certificate-controller likely",
		held("certificatesigningrequests/p", 3, csr("kubernetes.io/legacy-unknown", ""))},
	{"heldRestored", held("configmaps/demo/p", 3, heldData("", mf("x/Update -50", dataSet))), "unknown", held("configmaps/demo/p", 3, heldData("", mf("x/Update 1", dataSet)))},
	{"heldOutside", heldBetween("configmaps/demo/p", heldData("", mf("x/Update -200", dataSet))), "unknown", heldBetween("configmaps/demo/p", heldData("", mf("x/Update 1", dataSet)))},
	{"heldStatusLast", held("pods/demo/p", 5, pod("", onNode+running, runBy, ranBy)), "kubelet likely",
		held("pods/demo/p", 5, pod("", onNode+running, mf("kubelet/Update/status 3", statusSet), mf("x/Update/status 3", statusSet)))},
	{"heldNewestEntry", held("configmaps/demo/p", 3, heldData("", mf("x/Update 2", dataSet), mf("y/Update 20", dataSet))), "y likely", nil},

	{"deletionReported", reported("replicaset-controller", 1), "kube-controller-manager/replicaset-controller certain", reported("my-controller", 1)},
	{"podDisruptedBefore", func(f *feed) int64 {
		return f.replace("pods/demo/p", pod("", onNode+target("DeletionByPodGC"), runBy), "")
	},
		"kube-controller-manager/pod-garbage-collector certain",
		func(f *feed) int64 {
			return f.replace("pods/demo/p", pod("", onNode+target("TerminationByKubelet"), runBy), "")
		}},
	{"ownersGone", owned(true), "kube-controller-manager/generic-garbage-collector certain", owned(false)},
	{"namespaceTerminating", inNamespace("Terminating"), "kube-controller-manager/namespace-controller likely", inNamespace("Active")},
	{"moreThanWanted", surplus(1, 2), "kube-controller-manager/replicaset-controller likely", surplus(2, 2)},
	{"jobOutlivedTTL", outlived(5, 10), "kube-controller-manager/ttl-after-finished-controller likely", outlived(30, 10)},
}

const (
	dataSet    = `"f:data":{"f:a":{}}`
	replicaSet = `"f:spec":{"f:replicas":{}}`
	running    = `,"status":{"phase":"Running","containerStatuses":[{"name":"web","state":{"running":{}}}]}`
	stopped    = `,"status":{"phase":"Running","containerStatuses":[{"name":"web","state":{"terminated":{}}}]}`
	failed     = `,"status":{"phase":"Failed"}`
	jobOwner   = `"ownerReferences":[{"apiVersion":"batch/v1","kind":"Job","name":"j","uid":"u","controller":true}]`
	setOwner   = `"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"rs","uid":"uid-replicaset-rs","controller":true,"blockOwnerDeletion":true}]`
)

var runBy, ranBy = mf("kubectl-run/Update 1", specSet), mf("kubelet/Update/status 3", statusSet)

// replace writes two versions of a key, and returns the revision of the second.
func (f *feed) replace(key, before, after string) int64 {
	f.put(key, before)
	return f.put(key, after)
}

func data(name, value string, entries ...string) string {
	return object("ConfigMap", "demo", name, "", `"data":{"a":"`+value+`"}`, entries...)
}

func heldData(meta string, entries ...string) string {
	return object("ConfigMap", "demo", "p", meta, `"data":{"a":"1"}`, entries...)
}

func pod(meta, rest string, entries ...string) string {
	return object("Pod", "demo", "p", meta, rest, entries...)
}

func node(spec string, entries ...string) string {
	return object("Node", "", "n1", "", `"spec":{`+spec+`}`, entries...)
}

func marked(at, grace int) string {
	return fmt.Sprintf(`"deletionTimestamp":%q,"deletionGracePeriodSeconds":%d`, second(at), grace)
}

func target(reason string) string {
	return `,"status":{"conditions":[{"type":"DisruptionTarget","status":"True","reason":"` + reason + `"}]}`
}

func csr(signer, certificate string, entries ...string) string {
	return object("CertificateSigningRequest", "", "p", "", `"spec":{"signerName":"`+signer+`"},"status":{"certificate":"`+certificate+`"}`, entries...)
}

func configMap(value string, entries ...string) scene {
	return func(f *feed) int64 { return f.put("configmaps/demo/c", data("c", value, entries...)) }
}

// updateOf changes a value; the last entry is that of the second version.
func updateOf(before, after string, entries ...string) scene {
	return func(f *feed) int64 {
		var own, then []string
		if len(entries) > 0 {
			own, then = entries[:1], entries[len(entries)-1:]
		}
		return f.replace("configmaps/demo/c", data("c", before, own...), data("c", after, then...))
	}
}

func held(key string, version int64, value string) scene {
	return func(f *feed) int64 { return f.Hold(key, value, version) }
}

// heldBetween is held for a third version that was written about second 0.
func heldBetween(key, value string) scene {
	return func(f *feed) int64 { return between(f, func() int64 { return f.Hold(key, value, 3) }) }
}

// expired deletes two Events in one revision, which were attached to these etcd leases.
func expired(first, second int64) scene {
	return func(f *feed) int64 {
		f.PutAt("events/demo/a", object("Event", "demo", "a", "", ""), 2, 0, first)
		f.PutAt("events/demo/b", object("Event", "demo", "b", "", ""), 3, 0, second)
		f.PutAt("events/demo/a", "", 9, 0, 0)
		return f.PutAt("events/demo/b", "", 9, 1, 0)
	}
}

// between writes between two renewals of a lease, which date it.
func between(f *feed, write func() int64) int64 {
	lease := func(at string) {
		f.put("leases/kube-system/kube-scheduler", object("Lease", "kube-system", "kube-scheduler", "", `"spec":{"renewTime":"2026-01-02T10:02:`+at+`Z"}`, mf("kube-scheduler/Update 1", `"f:spec":{}`)))
	}
	lease("00.5")
	lease("01.0")
	rev := write()
	f.put("configmaps/demo/after", object("ConfigMap", "demo", "after", `"creationTimestamp":"`+second(2)+`"`, "", mf("x/Update 2", dataSet)))
	return rev
}

// late writes in second 30, of an API server that gives an entry a new time with each write.
func late(write scene) scene {
	return func(f *feed) int64 {
		for i := range 5 {
			f.put("configmaps/demo/o", object("ConfigMap", "demo", "o", "", fmt.Sprintf(`"data":{"a":"%d"}`, i), mf(fmt.Sprintf("x/Update %d", i+1), dataSet)))
		}
		f.put("configmaps/demo/c", data("c", "1", mf("x/Update 1", dataSet)))
		f.put("pods/demo/p", pod("", podSpec, runBy))
		f.put("minions/n1", node("", mf("kubelet/Update 1", `"f:spec":{}`)))
		f.put("certificatesigningrequests/p", csr("kubernetes.io/kubelet-serving", "", mf("kubelet/Update 1", `"f:spec":{}`)))
		f.put("deployments/demo/d", deploymentStatus("a"))
		f.put("configmaps/demo/o", object("ConfigMap", "demo", "o", "", `"data":{"a":"x"}`, mf("x/Update 30", dataSet)))
		return write(f)
	}
}

func protobufs(f *feed, n int) {
	for i := range n {
		f.put(fmt.Sprint("configmaps/demo/", i), stored(f.t, fmt.Sprint(i), "x"))
	}
}

func orphan(meta string) scene {
	return func(f *feed) int64 {
		f.put("replicasets/demo/rs", object("ReplicaSet", "demo", "rs", meta, `"spec":{"replicas":1}`))
		owner := `"f:metadata":{"f:ownerReferences":{".":{},"k:{\"uid\":\"uid-replicaset-rs\"}":{}}}`
		return f.replace("pods/demo/p", pod(setOwner, podSpec, mf("kube-controller-manager/Update 1", owner)), pod("", podSpec, mf("kube-controller-manager/Update 1", "")))
	}
}

func disrupt(reason string, before, after string) scene {
	return func(f *feed) int64 {
		return f.replace("pods/demo/p", pod("", onNode, before), pod("", onNode+target(reason), after))
	}
}

func finalizers(before, after string) scene {
	claim := func(list string) string {
		return object("PersistentVolumeClaim", "demo", "data", `"finalizers":[`+list+`]`, "", mf("x/Update 40", `"f:spec":{}`))
	}
	return func(f *feed) int64 { return f.replace("persistentvolumeclaims/demo/data", claim(before), claim(after)) }
}

func scale(entry string) scene {
	deploy := func(n int, entries ...string) string {
		return object("Deployment", "demo", "d", "", fmt.Sprintf(`"spec":{"replicas":%d}`, n), entries...)
	}
	return func(f *feed) int64 { return f.replace("deployments/demo/d", deploy(1), deploy(2, entry)) }
}

func issue(signer string) scene {
	return func(f *feed) int64 {
		return f.replace("certificatesigningrequests/p", csr(signer, ""), csr(signer, "eA=="))
	}
}

func quota(before, after string) scene {
	of := func(used string) string {
		return object("ResourceQuota", "demo", "q", "", `"status":{"used":{"pods":"`+used+`"},"hard":{"pods":"9"},"x":"`+used+`"}`)
	}
	return func(f *feed) int64 {
		return f.replace("resourcequotas/demo/q", of(before), strings.Replace(of(after), `"x":"`+after, `"x":"other`, 1))
	}
}

func lastFinalizer(list string) scene {
	return func(f *feed) int64 {
		return f.replace("persistentvolumes/v", object("PersistentVolume", "", "v", `"finalizers":[`+list+`],`+marked(9, 0), ""), "")
	}
}

// owned deletes a pod whose owner was deleted before, or lives.
func owned(gone bool) scene {
	return func(f *feed) int64 {
		f.put("replicasets/demo/rs", object("ReplicaSet", "demo", "rs", "", `"spec":{"replicas":9}`))
		f.put("pods/demo/p", pod(setOwner, podSpec, runBy))
		if gone {
			f.put("replicasets/demo/rs", "")
		}
		return f.put("pods/demo/p", "")
	}
}

func withService(gone bool) scene {
	return func(f *feed) int64 {
		f.put("services/specs/demo/web", object("Service", "demo", "web", "", ""))
		f.put("services/endpoints/demo/web", object("Endpoints", "demo", "web", "", ""))
		if gone {
			f.put("services/specs/demo/web", "")
		}
		return f.put("services/endpoints/demo/web", "")
	}
}

func sliceGone(keeper string) scene {
	return func(f *feed) int64 {
		return f.replace("endpointslices/demo/web", object("EndpointSlice", "demo", "web", `"labels":{"endpointslice.kubernetes.io/managed-by":"`+keeper+`"}`, ""), "")
	}
}

func reported(by string, at int) scene {
	return func(f *feed) int64 {
		rev := f.replace("pods/demo/p", pod("", podSpec, mf(fmt.Sprint("kubectl-run/Update ", at), specSet)), "")
		tell(f, by, at)
		return rev
	}
}

func tell(f *feed, by string, at int) {
	f.put("events/demo/e", object("Event", "demo", "e", "", `"reason":"SuccessfulDelete","message":"Deleted pod: p","involvedObject":{"namespace":"demo"},"source":{"component":"`+by+`"},"lastTimestamp":"`+second(at)+`"`))
}

func inNamespace(phase string) scene {
	return func(f *feed) int64 {
		f.put("namespaces/demo", object("Namespace", "", "demo", "", `"status":{"phase":"`+phase+`"}`))
		return f.replace("configmaps/demo/c", data("c", "1"), "")
	}
}

// surplus deletes one of several pods of a ReplicaSet.
func surplus(wanted, had int) scene {
	return func(f *feed) int64 {
		f.put("replicasets/demo/rs", object("ReplicaSet", "demo", "rs", "", fmt.Sprintf(`"spec":{"replicas":%d}`, wanted)))
		f.put("pods/demo/p", pod(setOwner, podSpec, runBy))
		for i := range had - 1 {
			f.put(fmt.Sprint("pods/demo/p", i), object("Pod", "demo", fmt.Sprint("p", i), setOwner, podSpec, runBy))
		}
		return f.put("pods/demo/p", "")
	}
}

// outlived deletes, in second 10, a Job that finished and is kept for so many seconds.
func outlived(ttl, at int) scene {
	return func(f *feed) int64 {
		f.put("jobs/demo/j", object("Job", "demo", "j", "", fmt.Sprintf(`"spec":{"ttlSecondsAfterFinished":%d},"status":{"conditions":[{"type":"Complete","status":"True","lastTransitionTime":%q}]}`, ttl, second(4))))
		f.put("configmaps/demo/now", object("ConfigMap", "demo", "now", `"creationTimestamp":"`+second(at)+`"`, ""))
		return f.put("jobs/demo/j", "")
	}
}
