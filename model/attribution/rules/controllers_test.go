package rules

import (
	"testing"

	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// deployOwner is the owner of a Deployment's ReplicaSet.
const deployOwner = `"ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"d","uid":"uid-deployment-d","controller":true}]`

// report writes an Event of a source about an object of a kind.
func report(source, kind string) scene {
	return func(f *feed) int64 {
		return f.put("events/demo/e", object("Event", "demo", "e", "", `"reason":"R","involvedObject":{"kind":"`+kind+`","name":"x"},"source":{"component":"`+source+`"}`,
			mf("kube-controller-manager/Update 1", `"f:reason":{}`)))
	}
}

// TestControllers: which controller inside kube-controller-manager made a change, by its kind, owner and fields.
func TestControllers(t *testing.T) {
	t.Parallel()
	by := func(at string) string { return mf("kube-controller-manager/Update "+at, `"f:metadata":{}`) }
	set := func(meta, rest string, at string) string {
		return object("ReplicaSet", "demo", "rs", meta, rest, by(at))
	}
	claim := func(meta, rest, at string) string {
		return object("PersistentVolumeClaim", "demo", "c", meta, rest, by(at))
	}
	dying := func(meta string) scene {
		return func(f *feed) int64 {
			f.put("replicasets/demo/rs", set(meta, `"spec":{"replicas":1}`, "1"))
			return f.replace("pods/demo/p", pod(setOwner, podSpec, by("1")), pod("", podSpec, by("9")))
		}
	}
	for _, c := range []struct {
		name  string
		write scene
		want  string
	}{
		{"the status of a ReplicaSet", func(f *feed) int64 {
			return f.replace("replicasets/demo/rs", set("", `"status":{"replicas":1}`, "1"), set("", `"status":{"replicas":2}`, "9"))
		}, "replicaset-controller"},
		{"the spec of a ReplicaSet", func(f *feed) int64 {
			return f.replace("replicasets/demo/rs", set("", `"spec":{"replicas":1}`, "1"), set("", `"spec":{"replicas":2}`, "9"))
		}, "deployment-controller"},
		{"an owner that is gone", func(f *feed) int64 {
			return f.replace("pods/demo/p", pod(setOwner, podSpec, by("1")), pod("", podSpec, by("9")))
		}, garbageCollector},
		{"an owner that orphans", dying(`"finalizers":["orphan"]`), garbageCollector},
		{"an owner that is marked", dying(marked(9, 0)), garbageCollector},
		{"an owner that lives: it is not named any more", dying(""), ""},
		{"the finalizer of a pod", func(f *feed) int64 {
			return f.replace("pods/demo/p", pod(jobOwner+`,"finalizers":["x"]`, podSpec, by("1")), pod(jobOwner, podSpec, by("9")))
		}, "job-controller"},
		{"a pod that is not ready", func(f *feed) int64 {
			return f.replace("pods/demo/p", pod("", onNode+running, by("1")), pod("", onNode+failed, by("9")))
		}, "node-lifecycle-controller"},
		{"a claim of a pod", func(f *feed) int64 {
			return f.put("persistentvolumeclaims/demo/c", claim(`"ownerReferences":[{"kind":"Pod","name":"p","uid":"u"}]`, "", "1"))
		}, "ephemeral-volume-controller"},
		{"a claim of a StatefulSet", func(f *feed) int64 { return f.put("persistentvolumeclaims/demo/c", claim("", "", "1")) }, "statefulset-controller"},
		{"a claim that grew", func(f *feed) int64 {
			return f.replace("persistentvolumeclaims/demo/c", claim("", `"status":{"capacity":{"storage":"1Gi"}}`, "1"), claim("", `"status":{"capacity":{"storage":"2Gi"}}`, "9"))
		}, "expand-controller"},
		{"a claim that was bound", func(f *feed) int64 {
			return f.replace("persistentvolumeclaims/demo/c", claim("", `"status":{"phase":"Pending"}`, "1"), claim("", `"status":{"phase":"Bound","capacity":{"storage":"1Gi"}}`, "9"))
		}, "persistent-volume-binder"},
		{"the certificate of a namespace", func(f *feed) int64 {
			return f.put("configmaps/demo/kube-root-ca.crt", object("ConfigMap", "demo", "kube-root-ca.crt", "", "", by("1")))
		}, "root-ca-cert-publisher"},
		{"a leader's lease", func(f *feed) int64 {
			return f.put("leases/kube-system/kube-controller-manager", object("Lease", "kube-system", "kube-controller-manager", "", "", by("1")))
		}, ""},
		{"the service account of each namespace", func(f *feed) int64 {
			return f.put("serviceaccounts/demo/default", object("ServiceAccount", "demo", "default", "", "", by("1")))
		}, "service-account-controller"},
		{"a service account that kube-controller-manager makes for itself", func(f *feed) int64 {
			return f.put("serviceaccounts/kube-system/job-controller", object("ServiceAccount", "kube-system", "job-controller", "", "", by("1")))
		}, ""},
		{"the tokens of a service account", func(f *feed) int64 {
			return f.replace("serviceaccounts/demo/default", object("ServiceAccount", "demo", "default", "", "", by("1")), object("ServiceAccount", "demo", "default", "", `"secrets":[{"name":"t"}]`, by("9")))
		}, "tokens-controller"},
		{"a held ReplicaSet of a Deployment", held("replicasets/demo/rs", 5, set(deployOwner, `"spec":{"replicas":1}`, "9")), "deployment-controller"},
		{"a held ReplicaSet that was orphaned", held("replicasets/demo/rs", 5, set("", `"spec":{"replicas":1}`, "9")), garbageCollector},
		{"a claim whose owner is gone", func(f *feed) int64 {
			return f.replace("persistentvolumeclaims/demo/c", claim(setOwner, "", "1"), claim("", "", "9"))
		}, garbageCollector},
		{"an orphaned ReplicaSet", func(f *feed) int64 {
			f.put("deployments/demo/d", object("Deployment", "demo", "d", `"finalizers":["orphan"],`+marked(9, 0), ""))
			return f.replace("replicasets/demo/rs", set(deployOwner, `"spec":{"replicas":1}`, "1"), set("", `"spec":{"replicas":1}`, "9"))
		}, garbageCollector},
		{"a ReplicaSet that its Deployment released", func(f *feed) int64 {
			f.put("deployments/demo/d", object("Deployment", "demo", "d", "", ""))
			return f.replace("replicasets/demo/rs", set(deployOwner, `"spec":{"replicas":1}`, "1"), set("", `"spec":{"replicas":1}`, "9"))
		}, "deployment-controller"},
		{"an Event about a PodDisruptionBudget", report("controllermanager", "PodDisruptionBudget"), "disruption-controller"},
		{"an Event of that source about something else", report("controllermanager", "Node"), ""},
		{"an Event about pod networks", report("cidrAllocator", "Node"), "node-ipam-controller"},
		{"an Event of a controller under its own name", report("job-controller", "Job"), "job-controller"},
		{"an Event of a stranger", report("my-operator", "Pod"), ""},
	} {
		if got := controllerOf(judged(t, c.write), evidence.ControllerManager); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestComponentOfOneName: under a name that only one component has, the writer is that component.
func TestComponentOfOneName(t *testing.T) {
	t.Parallel()
	c := judged(t, func(f *feed) int64 {
		f.put("leases/kube-system/kube-scheduler", object("Lease", "kube-system", "kube-scheduler", "", `"spec":{"renewTime":"2026-01-02T10:02:01Z"}`, mf("mine/Update 1", `"f:spec":{"f:renewTime":{}}`)))
		return f.put("configmaps/demo/c", data("c", "1", mf("mine/Update 1", dataSet)))
	})
	for writer, want := range map[string]string{"mine": evidence.Scheduler, "kubelet": evidence.Kubelet, "kubectl": "", evidence.Etcd: evidence.Etcd, "default-scheduler": evidence.Scheduler} {
		if got := c.ComponentOf(writer, ""); got != want {
			t.Errorf("%s is %q, want %q", writer, got, want)
		}
	}
}

// TestHeldAfterGrace: a pod whose grace period is 0 was written last by its kubelet or the pod garbage collector; without
// the version before, that is likely at most.
func TestHeldAfterGrace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		grace, said string
	}{{marked(12, 0), "kube-controller-manager/pod-garbage-collector likely"}, {marked(42, 30), "unknown"}} {
		f, ok := heldWhileMarked.Judge(judged(t, held("pods/demo/p", 5, pod(c.grace, onNode+target("DeletionByPodGC"), runBy))))
		if !ok || brief(f) != c.said {
			t.Errorf("%s: %v %q, want %q", c.grace, ok, brief(f), c.said)
		}
	}
}

// TestReportWithoutTime: an Event without a time counts if it was stored within some revisions of the deletion.
func TestReportWithoutTime(t *testing.T) {
	t.Parallel()
	for _, apart := range []int{5, 300} {
		c := judged(t, func(f *feed) int64 {
			rev := f.replace("pods/demo/p", pod("", podSpec, runBy), "")
			f.PutAt("events/demo/e", object("Event", "demo", "e", "", `"reason":"SuccessfulDelete","message":"Deleted pod: p","involvedObject":{"namespace":"demo"},"source":{"component":"job-controller"}`), rev+int64(apart), 0, 0)
			return rev
		})
		if _, ok := deletionReported.Judge(c); ok != (apart < 200) {
			t.Errorf("%d revisions apart: %v", apart, ok)
		}
	}
}
