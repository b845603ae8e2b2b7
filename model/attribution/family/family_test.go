package family

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/etcdscope/etcdscope/decode"
)

// TestOf: a pod's family are its owners, its Events, its slice, its node and the node's lease; not its siblings.
func TestOf(t *testing.T) {
	dec, f := decode.New(decode.Options{}), New("")
	add := func(key, kind, uid, owner, rest string) {
		owners := ""
		if owner != "" {
			owners = fmt.Sprintf(`,"ownerReferences":[{"kind":"X","name":"x","uid":%q}]`, owner)
		}
		var l decode.Links
		dec.Links([]byte("/registry/"+key), fmt.Appendf(nil, `{"apiVersion":"v1","kind":%q,"metadata":{"name":"n","uid":%q%s}%s}`, kind, uid, owners, rest), &l)
		f.Add([]byte("/registry/"+key), 1, &l)
	}
	on := func(n string) string { return `,"spec":{"nodeName":"` + n + `"}` }
	add("events/d/e1", "Event", "e1", "", `,"involvedObject":{"uid":"p1"}`)
	add("events/d/e2", "Event", "e2", "", `,"involvedObject":{"uid":"p2"}`)
	add("events/d/e3", "Event", "e3", "", `,"involvedObject":{"uid":"dep"}`)
	add("deployments/d/web", "Deployment", "dep", "", "")
	add("replicasets/d/web-1", "ReplicaSet", "rs", "dep", "")
	add("pods/d/web-1-a", "Pod", "p1", "rs", on("n1"))
	add("pods/d/web-1-b", "Pod", "p2", "rs", on("n2"))
	add("endpointslices/d/web", "EndpointSlice", "s", "svc", `,"endpoints":[{"targetRef":{"uid":"p1"}},{"targetRef":{"uid":"p2"}}]`)
	add("minions/n1", "Node", "node1", "", "")
	add("minions/n2", "Node", "node2", "", "")
	add("leases/kube-node-lease/n1", "Lease", "l1", "node1", "")
	add("configmaps/d/other", "ConfigMap", "cm", "", "")
	for key, want := range map[string]map[string]Relation{
		"pods/d/web-1-a": {"pods/d/web-1-a": Self, "replicasets/d/web-1": Owner, "deployments/d/web": Owner, "events/d/e1": Event, "events/d/e3": Event,
			"endpointslices/d/web": Endpoints, "minions/n1": Node, "leases/kube-node-lease/n1": Lease},
		"deployments/d/web": {"deployments/d/web": Self, "replicasets/d/web-1": Owned, "pods/d/web-1-a": Owned, "pods/d/web-1-b": Owned,
			"events/d/e1": Event, "events/d/e2": Event, "events/d/e3": Event, "endpointslices/d/web": Endpoints,
			"minions/n1": Node, "minions/n2": Node, "leases/kube-node-lease/n1": Lease},
		"configmaps/d/other": {"configmaps/d/other": Self},
		"pods/d/none":        {},
	} {
		got := map[string]Relation{}
		for k, r := range f.Of("/registry/" + key) {
			got[k[len("/registry/"):]] = r
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", key, d)
		}
	}
}
