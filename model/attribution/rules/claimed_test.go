package rules

import (
	"cmp"
	"fmt"
	"testing"
)

// TestClaimedChanges: a component's name is certain only where the object shows that component beside the name.
func TestClaimedChanges(t *testing.T) {
	controller := `"ownerReferences":[{"kind":"Deployment","name":"web","uid":"d","controller":true}]`
	keys := map[string]string{"Deployment": "deployments", "ReplicaSet": "replicasets", "Job": "jobs", "ResourceQuota": "resourcequotas", "ClusterRole": "clusterroles",
		"Node": "minions", "Pod": "pods", "PersistentVolumeClaim": "persistentvolumeclaims", "Lease": "leases", "Secret": "secrets", "Service": "services/specs"}
	scaled := func(f *feed) {
		f.put("horizontalpodautoscalers/demo/h", object("HorizontalPodAutoscaler", "demo", "h", "", `"spec":{"scaleTargetRef":{"kind":"Deployment","name":"x"}}`))
	}
	for _, c := range []struct {
		manager, kind, ns, meta, was, is, set string
		before                                func(f *feed)
		believed                              bool
	}{
		{manager: "kube-controller-manager", kind: "Deployment", was: `"spec":{"replicas":1}`, is: `"spec":{"replicas":5}`, set: `"f:spec":{"f:replicas":{}}`},
		{manager: "kube-controller-manager", kind: "Deployment", was: `"spec":{"replicas":1}`, is: `"spec":{"replicas":5}`, set: `"f:spec":{"f:replicas":{}}`, before: scaled, believed: true},
		{manager: "kube-controller-manager", kind: "Deployment", was: `"status":{"replicas":1}`, is: `"status":{"replicas":5}`, set: `"f:status":{"f:replicas":{}}`, believed: true},
		{manager: "kube-controller-manager", kind: "ReplicaSet", was: `"spec":{"replicas":1}`, is: `"spec":{"replicas":5}`, set: `"f:spec":{"f:replicas":{}}`},
		{manager: "kube-controller-manager", kind: "ReplicaSet", meta: controller, was: `"spec":{"replicas":1}`, is: `"spec":{"replicas":5}`, set: `"f:spec":{"f:replicas":{}}`, believed: true},
		{manager: "kube-controller-manager", kind: "Job", was: `"spec":{"parallelism":1}`, is: `"spec":{"parallelism":5}`, set: `"f:spec":{"f:parallelism":{}}`},
		{manager: "kube-controller-manager", kind: "ResourceQuota", was: `"spec":{"hard":{"pods":"1"}}`, is: `"spec":{"hard":{"pods":"2"}}`, set: `"f:spec":{"f:hard":{"f:pods":{}}}`},
		{manager: "kube-controller-manager", kind: "ClusterRole", was: `"rules":[{"verbs":["get"]}]`, is: `"rules":[{"verbs":["*"]}]`, set: `"f:rules":{}`},
		{manager: "clusterrole-aggregation-controller", kind: "ClusterRole", was: `"aggregationRule":{"x":1},"rules":[{"verbs":["get"]}]`, is: `"aggregationRule":{"x":1},"rules":[{"verbs":["*"]}]`, set: `"f:rules":{}`, believed: true},
		{manager: "kube-controller-manager", kind: "Node", was: `"spec":{"podCIDR":"a"}`, is: `"spec":{"podCIDR":"a","unschedulable":true}`, set: `"f:spec":{"f:unschedulable":{}}`},
		{manager: "kubelet", kind: "Node", was: `"spec":{"podCIDR":"a"}`, is: `"spec":{"podCIDR":"a","unschedulable":true}`, set: `"f:spec":{"f:unschedulable":{}}`},
		{manager: "kubelet", kind: "Pod", was: `"status":{"phase":"Pending"}`, is: `"status":{"phase":"Running"}`, set: `"f:status":{"f:phase":{}}`},
		{manager: "kubelet", kind: "Pod", was: `"spec":{"nodeName":"n1"},"status":{"phase":"Pending"}`, is: `"spec":{"nodeName":"n1"},"status":{"phase":"Running"}`, set: `"f:status":{"f:phase":{}}`, believed: true},
		{manager: "kube-scheduler", kind: "Pod", was: `"status":{"phase":"Pending"}`, is: `"status":{"phase":"Failed"}`, set: `"f:status":{"f:phase":{}}`},
		{manager: "kube-scheduler", kind: "PersistentVolumeClaim", was: `"spec":{"storageClassName":"a"}`, is: `"spec":{"storageClassName":"b"}`, set: `"f:spec":{"f:storageClassName":{}}`},
		{manager: "kubelet", kind: "Lease", was: `"spec":{"holderIdentity":"a"}`, is: `"spec":{"holderIdentity":"b"}`, set: `"f:spec":{"f:holderIdentity":{}}`},
		{manager: "kubelet", kind: "Lease", ns: "kube-node-lease", was: `"spec":{"holderIdentity":"x","renewTime":"1"}`, is: `"spec":{"holderIdentity":"x","renewTime":"2"}`, set: `"f:spec":{"f:renewTime":{}}`, believed: true},
		{manager: "kube-apiserver", kind: "Secret", was: `"data":{"a":"MQ=="}`, is: `"data":{"a":"Mg=="}`, set: `"f:data":{"f:a":{}}`},
		{manager: "kube-proxy", kind: "Deployment", was: `"spec":{"replicas":1}`, is: `"spec":{"replicas":5}`, set: `"f:spec":{"f:replicas":{}}`},
		{manager: "cloud-controller-manager", kind: "Service", was: `"spec":{"type":"LoadBalancer"},"status":{"loadBalancer":{}}`, is: `"spec":{"type":"LoadBalancer"},"status":{"loadBalancer":{"x":1}}`, set: `"f:status":{"f:loadBalancer":{"f:x":{}}}`, believed: true},
	} {
		t.Run(fmt.Sprint(c.manager, c.kind, c.is, c.believed), func(t *testing.T) {
			f, ns := newFeed(t), cmp.Or(c.ns, "demo")
			key := keys[c.kind] + "/" + ns + "/x"
			if c.kind == "Node" || c.kind == "ClusterRole" {
				ns, key = "", keys[c.kind]+"/x"
			}
			if c.before != nil {
				c.before(f)
			}
			f.put(key, object(c.kind, ns, "x", c.meta, c.was, mf("kubectl-create/Update 1", `"f:x":{}`)))
			rev := f.put(key, object(c.kind, ns, "x", c.meta, c.is, mf("kubectl-create/Update 1", `"f:x":{}`), mf(c.manager+"/Update 9", c.set)))
			if got := f.findings()[rev]; got.Borrowed == c.believed || (got.Grade == Certain) != c.believed || got.Writer != c.manager {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestClaimedSecondVersion: where the version before is gone, a claimed name is marked as such too.
func TestClaimedSecondVersion(t *testing.T) {
	f := newFeed(t)
	rev := f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"1"}`, mf("kube-scheduler/Update 40", `"f:data":{"f:a":{}}`)))
	f.cases(func(c *Case) {
		c.Version = 2
		if got := Judge(c); c.Mod == rev && (got.Grade > Likely || !got.Borrowed || got.Writer != "kube-scheduler") {
			t.Errorf("%+v", got)
		}
	})
}

// TestClaimedFields: where the version before is gone each field of the entry counts, not the first one alone, and a map
// only by its members.
func TestClaimedFields(t *testing.T) {
	const ttl = `"f:metadata":{"f:annotations":{".":{},"f:node.alpha.kubernetes.io/ttl":{}}}`
	for set, believed := range map[string]bool{ttl: true, ttl + `,"f:spec":{"f:unschedulable":{}}`: false} {
		f := newFeed(t)
		rev := f.put("minions/n", object("Node", "", "n", `"annotations":{"node.alpha.kubernetes.io/ttl":"0"}`, `"spec":{"unschedulable":true}`, mf("kube-controller-manager/Update 40", set)))
		f.cases(func(c *Case) {
			c.Version = 2
			if got := Judge(c); c.Mod == rev && (got.Borrowed == believed || got.Writer != "kube-controller-manager") {
				t.Errorf("%s: %+v", set, got)
			}
		})
	}
}
