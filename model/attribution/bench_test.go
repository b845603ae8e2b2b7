package attribution

import (
	"fmt"
	"testing"

	"github.com/etcdscope/etcdscope/model/attribution/evidence/evidencetest"
	"github.com/etcdscope/etcdscope/model/change"
)

// BenchmarkEngine attributes the lives of 200 pods of ReplicaSets: 1,802 changes, decoded and compared before. Its floor is
// 20,000 changes/s on one busy core.
func BenchmarkEngine(b *testing.B) {
	list := lives(b, 200)
	b.ReportAllocs()
	for b.Loop() {
		e, n := New(Options{Whole: true}), 0
		for i := range list {
			e.Add(list[i])
			n += len(e.Take(false))
		}
		if n += len(e.Take(true)); n != len(list) {
			b.Fatalf("%d of %d changes were attributed", n, len(list))
		}
	}
	b.ReportMetric(float64(b.N*len(list))/b.Elapsed().Seconds(), "changes/s")
}

// lives are the changes of pods that are created, bound, run, are deleted and go, of their ReplicaSets, Events and leases.
func lives(b *testing.B, pods int) (out []change.Change) {
	c := evidencetest.New(b, func(ch change.Change) { out = append(out, ch) })
	put := func(key, value string) { c.Put(key, value) }
	controller := mf("kube-controller-manager/Update 1", specSet)
	put("namespaces/demo", object("Namespace", "", "demo", "", `"status":{"phase":"Active"}`))
	put("replicasets/demo/rs", object("ReplicaSet", "demo", "rs", "", `"spec":{"replicas":1}`, mf("kube-controller-manager/Update 1", `"f:spec":{"f:replicas":{}}`)))
	for i := range pods {
		name := fmt.Sprintf("p%d", i)
		own := `"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"rs","uid":"uid-replicaset-rs","controller":true}]`
		mark := func(at, grace int) string {
			return fmt.Sprintf(`%s,"deletionTimestamp":%q,"deletionGracePeriodSeconds":%d`, own, second(at), grace)
		}
		pod := func(meta, rest string, entries ...string) {
			put("pods/demo/"+name, object("Pod", "demo", name, meta, rest, entries...))
		}
		ran, over := mf("kubelet/Update/status 3", statusSet), mf("kubelet/Update/status 12", statusSet)
		pod(own, podSpec, controller)
		pod(own, onNode, controller)
		put("events/demo/"+name+".1", object("Event", "demo", name+".18ea5961df806c5f", "", `"reason":"Scheduled","involvedObject":{"uid":"uid-pod-`+name+`"},"source":{"component":"default-scheduler"}`,
			mf("kube-scheduler/Update 2", `"f:reason":{}`)))
		put("leases/kube-system/kube-scheduler", object("Lease", "kube-system", "kube-scheduler", "",
			fmt.Sprintf(`"spec":{"holderIdentity":"cp_1","renewTime":"2026-01-02T10:02:%02d.%06dZ"}`, i/10, 1000*(i%10))))
		pod(own, onNode+`,"status":{"phase":"Running"}`, controller, ran)
		pod(mark(40, 30), onNode+`,"status":{"phase":"Running"}`, controller, ran)
		pod(mark(40, 30), onNode+`,"status":{"phase":"Failed"}`, controller, over)
		pod(mark(12, 0), onNode+`,"status":{"phase":"Failed"}`, controller, over)
		put("pods/demo/"+name, "")
	}
	return out
}
