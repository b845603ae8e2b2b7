package rules

import (
	"fmt"
	"strings"
	"testing"
)

// TestBorrowedNames: whoever calls itself a part of Kubernetes is named as it is stored, but not believed.
func TestBorrowedNames(t *testing.T) {
	deploy := func(n int, entries ...string) string {
		return object("Deployment", "demo", "web", fmt.Sprintf(`"generation":%d`, n), fmt.Sprintf(`"spec":{"replicas":%d,"paused":%v}`, n, n > 1), entries...)
	}
	spec := `"f:spec":{"f:replicas":{},"f:paused":{}}`
	cm := func(v string, entries ...string) string {
		return object("ConfigMap", "demo", "c", "", `"data":{"a":"`+v+`"}`, entries...)
	}
	data := `"f:data":{"f:a":{}}`
	for _, c := range []struct {
		name, key      string
		versions       []string
		said, evidence string
	}{
		{"a kubelet that makes a ConfigMap", "configmaps/demo/c", []string{cm("1", mf("kubelet/Update 1", data))},
			"kubelet likely", "names are self-declared: the kubelet does not create a ConfigMap"},
		{"a scheduler that scales", "deployments/demo/web", []string{deploy(1, mf("kubectl-create/Update 1", spec)), deploy(2, mf("kube-scheduler/Update 2", spec))},
			"kube-scheduler likely", "the kube-scheduler does not change a Deployment"},
		{"a controller manager that makes a Deployment", "deployments/demo/web", []string{deploy(1, mf("kube-controller-manager/Update 1", spec))},
			"kube-controller-manager likely", "kube-controller-manager does not create a Deployment"},
		{"a controller manager that pauses", "deployments/demo/web", []string{deploy(1, mf("kubectl-create/Update 1", spec)), deploy(2, mf("kube-controller-manager/Update 2", spec))},
			"kube-controller-manager likely", "does not change .spec.paused of a Deployment"},
		{"a controller manager that makes a lonely pod", "pods/demo/p", []string{object("Pod", "demo", "p", "", podSpec, mf("kube-controller-manager/Update 1", specSet))},
			"kube-controller-manager likely", "does not create a Pod that no controller owns"},
		{"a controller's name, which no manager has", "deployments/demo/web", []string{deploy(1, mf("kubectl-create/Update 1", spec)), deploy(2, mf("deployment-controller/Update 2", spec))},
			"deployment-controller likely", "names are self-declared: the deployment-controller calls itself kube-controller-manager"},
		{"another spelling", "configmaps/demo/c", []string{cm("1", mf("Kube-Scheduler/Update 1", data))}, "Kube-Scheduler likely", "kube-scheduler does not call itself so"},
		{"the name of a user", "configmaps/demo/c", []string{cm("1", mf("system:kube-scheduler/Update 1", data))}, "system:kube-scheduler likely", "kube-scheduler does not call itself so"},
		{"a name that is only alike", "configmaps/demo/c", []string{cm("1", mf("my-scheduler/Update 1", data))}, "my-scheduler certain", "one manager"},
		{"a kubelet that makes a pod", "pods/demo/p", []string{object("Pod", "demo", "p", "", podSpec, mf("kubelet/Update 1", specSet))},
			"kubelet likely", "that mirrors no manifest"},
		{"a kubelet that mirrors", "pods/demo/p", []string{object("Pod", "demo", "p", `"annotations":{"kubernetes.io/config.mirror":"x"}`, podSpec, mf("kubelet/Update 1", specSet))},
			"kubelet certain", "one manager"},
		{"an API server that makes a ConfigMap", "configmaps/demo/c", []string{cm("1", mf("kube-apiserver/Update 1", data))},
			"kube-apiserver likely", "the kube-apiserver does not keep this ConfigMap"},
		{"an API server that makes a pod", "pods/demo/p", []string{object("Pod", "demo", "p", "", podSpec, mf("kube-apiserver/Update 1", specSet))},
			"kube-apiserver likely", "the kube-apiserver does not create a Pod"},
		{"a controller manager that keeps status", "deployments/demo/web", []string{deploy(1, mf("kubectl-create/Update 1", spec)),
			object("Deployment", "demo", "web", `"generation":1`, `"spec":{"replicas":1,"paused":false},"status":{"replicas":1}`, mf("kubectl-create/Update 1", spec), mf("kube-controller-manager/Update/status 2", `"f:status":{"f:replicas":{}}`))},
			"kube-controller-manager/deployment-controller certain", "covers 1 of 1"},
		{"a custom resource of the scheduler's", "shop.example.com/widgets/demo/w", []string{`{"apiVersion":"shop.example.com/v1","kind":"Widget","metadata":{"name":"w","namespace":"demo","uid":"u","managedFields":[` + mf("kube-scheduler/Update 1", spec) + `]},"spec":{"replicas":1}}`},
			"kube-scheduler likely", "does not create a Widget"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFeed(t)
			var rev int64
			for _, v := range c.versions {
				rev = f.put(c.key, v)
			}
			v := f.findings()[rev]
			f.want(v, c.said, c.evidence)
			if v.Borrowed != (v.Grade == Likely) || v.OutOfBand != "" {
				t.Errorf("%+v", v)
			}
		})
	}
}

// TestOthersDoThatToo: what people can do as well as Kubernetes is not certain, and where it shows, nobody is named.
func TestOthersDoThatToo(t *testing.T) {
	run := `"status":{"phase":"Running","containerStatuses":[{"name":"web","state":{"running":{}}}]}`
	done := `"status":{"phase":"Failed"}`
	made, ran := mf("kubectl-run/Update 1", specSet), mf("kubelet/Update/status 3", statusSet)
	mark := func(at, grace int) string {
		return fmt.Sprintf(`"deletionTimestamp":%q,"deletionGracePeriodSeconds":%d`, second(at), grace)
	}
	pod := func(f *feed, meta, rest string, entries ...string) int64 {
		return f.put("pods/demo/p", object("Pod", "demo", "p", meta, rest, entries...))
	}
	scheduled := func(f *feed, uid, by, manager string, at int) {
		var entries []string
		if manager != "" {
			entries = append(entries, mf(fmt.Sprintf("%s/Update %d", manager, at), `"f:reason":{}`))
		}
		f.put("events/demo/e"+uid, object("Event", "demo", "e"+uid, "", `"reason":"Scheduled","involvedObject":{"uid":"`+uid+`"},"source":{"component":"`+by+`"}`, entries...))
	}
	for _, c := range []struct {
		name           string
		write          func(f *feed) int64
		said, evidence string
	}{
		{"forced while containers run", func(f *feed) int64 {
			pod(f, "", onNode+","+run, made, ran)
			pod(f, mark(40, 30), onNode+","+run, made, ran)
			return pod(f, mark(12, 0), onNode+","+run, made, ran)
		}, "unknown", "forced by a client"},
		{"forced on a node that is gone, nothing ever ran", func(f *feed) int64 {
			pod(f, "", onNode+`,"status":{"phase":"Pending"}`, made, ran)
			pod(f, mark(40, 30), onNode+`,"status":{"phase":"Pending"}`, made, ran)
			return pod(f, mark(12, 0), onNode+`,"status":{"phase":"Pending"}`, made, ran)
		}, "kubelet likely", "had not written the pod's status since deletionTimestamp was set"},
		{"a node's pods are collected", func(f *feed) int64 {
			pod(f, "", onNode+","+run, made, ran)
			pod(f, mark(40, 30), onNode+","+run, made, ran)
			gc := mf("kube-controller-manager/Update/status 5", statusSet)
			pod(f, mark(40, 30), onNode+","+done, made, gc)
			return pod(f, mark(12, 0), onNode+","+done, made, gc)
		}, "kube-controller-manager/pod-garbage-collector likely", "its phase was set by kube-controller-manager"},
		{"a pod that the kubelet evicted is cleaned up", func(f *feed) int64 {
			pod(f, "", onNode+`,"status":{"phase":"Failed","conditions":[{"type":"DisruptionTarget","status":"True","reason":"TerminationByKubelet"}]}`, made, ran)
			return f.put("pods/demo/p", "")
		}, "unknown", "deleted by a client"},
		{"bound by another scheduler, whose Events tell its name", func(f *feed) int64 {
			pod(f, "", strings.Replace(podSpec, "default-", "my-", 1), made)
			rev := pod(f, "", strings.Replace(onNode, "default-", "my-", 1), made)
			scheduled(f, "uid-pod-p", "my-scheduler", "my-scheduler-binary", 2)
			return rev
		}, "my-scheduler-binary certain", "Event Scheduled by my-scheduler"},
		{"bound by another scheduler, whose Events tell only what it calls itself", func(f *feed) int64 {
			pod(f, "", strings.Replace(podSpec, "default-", "my-", 1), made)
			rev := pod(f, "", strings.Replace(onNode, "default-", "my-", 1), made)
			scheduled(f, "uid-pod-p", "my-scheduler", "", 2)
			return rev
		}, "my-scheduler guess", "may write under another name"},
		{"a claim whose finalizer is taken off while a pod uses it", func(f *feed) int64 {
			pod(f, "", strings.Replace(onNode, `"nodeName"`, `"volumes":[{"name":"d","persistentVolumeClaim":{"claimName":"data"}}],"nodeName"`, 1)+","+run, made, ran)
			f.put("persistentvolumeclaims/demo/data", object("PersistentVolumeClaim", "demo", "data", mark(2, 0)+`,"finalizers":["kubernetes.io/pvc-protection"]`, ""))
			return f.put("persistentvolumeclaims/demo/data", "")
		}, "unknown", "does not remove while 1 pod uses the claim"},
		{"a namespace's finalizer is taken off while something is in it", func(f *feed) int64 {
			pod(f, "", podSpec, made)
			f.put("namespaces/demo", object("Namespace", "", "demo", mark(2, 0), `"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Terminating"}`, made))
			return f.put("namespaces/demo", object("Namespace", "", "demo", mark(2, 0), `"spec":{},"status":{"phase":"Terminating"}`, made))
		}, "unknown", "while 1 object was in it"},
		{"an empty namespace loses its finalizer", func(f *feed) int64 {
			f.put("namespaces/demo", object("Namespace", "", "demo", mark(2, 0), `"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Terminating"}`, made))
			return f.put("namespaces/demo", object("Namespace", "", "demo", mark(2, 0), `"spec":{},"status":{"phase":"Terminating"}`, made))
		}, "kube-controller-manager/namespace-controller certain", "the namespace was empty"},
		{"scaled in the second of a server-side apply", func(f *feed) int64 {
			apply := mf("kubectl/Apply 1", `"f:spec":{"f:replicas":{}}`)
			f.put("deployments/demo/web", object("Deployment", "demo", "web", `"generation":1`, `"spec":{"replicas":1}`, apply))
			return f.put("deployments/demo/web", object("Deployment", "demo", "web", `"generation":2`, `"spec":{"replicas":4}`, apply))
		}, "unknown", "leaves no entry beside a server-side apply"},
		{"managedFields are reset", func(f *feed) int64 {
			f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"1"}`, mf("x/Update 1", `"f:data":{"f:a":{}}`)))
			return f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"2"}`))
		}, "unknown", "a client; its name is not stored"},
		{"nothing but an entry came", func(f *feed) int64 {
			e := mf("x/Update 1", `"f:data":{"f:a":{}}`)
			f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"1"}`, e))
			return f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"1"}`, e, mf("y/Update 2", `"f:data":{"f:a":{}}`)))
		}, "y likely", "nothing but managedFields changed"},
		{"an Event that anybody made describes a deletion", func(f *feed) int64 {
			pod(f, "", podSpec, made)
			rev := f.put("pods/demo/p", "")
			f.put("events/demo/e", object("Event", "demo", "e", "", `"reason":"SuccessfulDelete","message":"Deleted pod: p","involvedObject":{"namespace":"demo"},"source":{"component":"replicaset-controller"}`, mf("kubectl-create/Update 1", `"f:reason":{}`)))
			return rev
		}, "unknown", "deleted by a client"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFeed(t)
			rev := c.write(f)
			v := f.findings()[rev]
			f.want(v, c.said, c.evidence)
			if v.OutOfBand != "" {
				t.Errorf("out of band: %s", v.OutOfBand)
			}
		})
	}
}
