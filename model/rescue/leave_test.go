package rescue

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode"
)

// thing makes an object "apiVersion Kind name" whose uid is its name, with owners and more fields; its key is /kind/name.
func thing(what, owners, more string) *decode.Object {
	f := strings.Fields(what)
	var refs []string
	for o := range strings.FieldsSeq(owners) {
		kind, name, _ := strings.Cut(o, "/")
		refs = append(refs, fmt.Sprintf(`{"apiVersion":"a/v1","kind":%q,"name":%q,"uid":%q,"controller":true}`, kind, name, name))
	}
	js := fmt.Sprintf(`{"apiVersion":%q,"kind":%q,"metadata":{"namespace":"n","name":%q,"uid":%q,"ownerReferences":[%s]%s`, f[0], f[1], f[2], f[2], strings.Join(refs, ","), more)
	if !strings.Contains(more, "}}") {
		js += "}}"
	}
	return decode.New(decode.Options{}).Object([]byte("/"+strings.ToLower(f[1])+"/"+f[2]), []byte(js), 7)
}

const (
	ended   = `},"status":{"conditions":[{"type":"Complete","status":"True"}]}}`
	failed  = `},"status":{"conditions":[{"type":"Failed","status":"True"}]}}`
	success = `},"status":{"phase":"Succeeded"}}`
	lost    = `},"status":{"phase":"Failed"}}`
	selects = `},"spec":{"selector":{"a":"b"}}}`
)

func labelled(label string) string {
	name, value, _ := strings.Cut(label, "=")
	return fmt.Sprintf(`,"labels":{%q:%q}`, name, value)
}

// TestLeave: for each rule, what it leaves out and what it must not.
func TestLeave(t *testing.T) {
	t.Parallel()
	deployment := thing("apps/v1 Deployment d", "", "")
	for _, c := range []struct {
		name    string
		objects []*decode.Object
		rules   Rules
		picked  string
		left    string // names and why
	}{
		{"a Deployment and all below it", []*decode.Object{deployment, thing("apps/v1 ReplicaSet r", "Deployment/d", ""), thing("v1 Pod p", "ReplicaSet/r", "")}, Rules{}, "", "r Recreated p Recreated"},
		{"the same, owned", []*decode.Object{deployment, thing("apps/v1 ReplicaSet r", "Deployment/d", ""), thing("v1 Pod p", "ReplicaSet/r", "")}, Rules{Owned: true}, "", ""},
		{"an owner that is not there", []*decode.Object{thing("apps/v1 ReplicaSet r", "Deployment/d", ""), thing("v1 Pod p", "ReplicaSet/r", "")}, Rules{}, "", "p Recreated"},
		{"a pod that was picked", []*decode.Object{thing("apps/v1 ReplicaSet r", "", ""), thing("v1 Pod p", "ReplicaSet/r", "")}, Rules{}, "/pod/p", ""},
		{"what somebody attached to a Deployment", []*decode.Object{deployment, thing("v1 ConfigMap c", "Deployment/d", "")}, Rules{}, "", ""},
		{"what belongs to a custom resource", []*decode.Object{thing("x.io/v1 Widget w", "", ""), thing("v1 ConfigMap c", "Widget/w", ""), thing("apps/v1 Deployment d", "Widget/w", ""), thing("apps/v1 ReplicaSet r", "Deployment/d", "")}, Rules{}, "", "r Recreated"},
		{"a custom resource with the name of a built-in kind", []*decode.Object{thing("x.io/v1 Deployment d", "", ""), thing("apps/v1 ReplicaSet r", "Deployment/d", "")}, Rules{}, "", ""},
		{"a StatefulSet", []*decode.Object{thing("apps/v1 StatefulSet s", "", ""), thing("v1 Pod p", "StatefulSet/s", ""), thing("apps/v1 ControllerRevision c", "StatefulSet/s", ""), thing("v1 PersistentVolumeClaim v", "", "")}, Rules{}, "", "p Recreated c Recreated"},
		{"a DaemonSet", []*decode.Object{thing("apps/v1 DaemonSet s", "", ""), thing("v1 Pod p", "DaemonSet/s", ""), thing("apps/v1 ControllerRevision c", "DaemonSet/s", "")}, Rules{}, "", "p Recreated c Recreated"},
		{"a ReplicationController", []*decode.Object{thing("v1 ReplicationController s", "", ""), thing("v1 Pod p", "ReplicationController/s", "")}, Rules{}, "", "p Recreated"},
		{"a Service", []*decode.Object{thing("v1 Service s", "", selects), thing("discovery.k8s.io/v1 EndpointSlice e", "Service/s", ""), thing("v1 Endpoints s", "", "")}, Rules{}, "", "e Recreated s Generated"},
		{"a Service without a selector", []*decode.Object{thing("v1 Service s", "", ""), thing("v1 Endpoints s", "", ""), thing("discovery.k8s.io/v1 EndpointSlice mine", "", "")}, Rules{}, "", ""},
		{"mirrored slices", []*decode.Object{thing("v1 Endpoints s", "", ""), thing("discovery.k8s.io/v1 EndpointSlice e", "Endpoints/s", "")}, Rules{}, "", "e Recreated"},
		{"generated Endpoints of a Service that is gone", []*decode.Object{thing("v1 Endpoints s", "", labelled("endpoints.kubernetes.io/managed-by=endpoint-controller"))}, Rules{}, "", "s Generated"},
		{"Events", []*decode.Object{thing("v1 Event e", "", ""), thing("events.k8s.io/v1 Event f", "", "")}, Rules{Owned: true, Jobs: true}, "", "e Record f Record"},
		{"a custom resource called Event", []*decode.Object{thing("x.io/v1 Event e", "", "")}, Rules{}, "", ""},
		{"a Job that ended, with its pods", []*decode.Object{thing("batch/v1 Job j", "", ended), thing("v1 Pod p", "Job/j", success)}, Rules{}, "", "j HasEnded p OfEnded"},
		{"the same, owned", []*decode.Object{thing("batch/v1 Job j", "", failed), thing("v1 Pod p", "Job/j", lost)}, Rules{Owned: true}, "", "j HasEnded p OfEnded"},
		{"the same, Jobs too", []*decode.Object{thing("batch/v1 Job j", "", ended), thing("v1 Pod p", "Job/j", success)}, Rules{Jobs: true}, "", "p Recreated"},
		{"a Job that was picked", []*decode.Object{thing("batch/v1 Job j", "", ended), thing("v1 Pod p", "Job/j", success)}, Rules{}, "/job/j", "p Recreated"},
		{"a Job that runs", []*decode.Object{thing("batch/v1 Job j", "", ""), thing("v1 Pod p", "Job/j", "")}, Rules{}, "", "p Recreated"},
		{"a CronJob and its Jobs", []*decode.Object{thing("batch/v1 CronJob c", "", ""), thing("batch/v1 Job j", "CronJob/c", ended), thing("batch/v1 Job k", "CronJob/c", ""), thing("v1 Pod p", "Job/k", "")}, Rules{Jobs: true}, "", "j Recreated k Recreated p Recreated"},
		{"Pods that ended", []*decode.Object{thing("v1 Pod p", "", success), thing("v1 Pod evicted", "", lost)}, Rules{}, "", "p HasEnded"},
		{"a volume and a claim of a Pod", []*decode.Object{thing("v1 Pod p", "", ""), thing("v1 PersistentVolumeClaim v", "Pod/p", ""), thing("resource.k8s.io/v1 ResourceClaim r", "Pod/p", "")}, Rules{}, "", "v Recreated r Recreated"},
		{"a static pod", []*decode.Object{thing("v1 Pod p", "Node/n", `,"annotations":{"kubernetes.io/config.mirror":"1"}`)}, Rules{Owned: true}, "", "p Mirrored"},
		{"a Lease and the certificates of the cluster", []*decode.Object{thing("coordination.k8s.io/v1 Lease l", "", ""), thing("v1 ConfigMap kube-root-ca.crt", "", ""), thing("v1 ConfigMap c", "", "")}, Rules{}, "", "l Renewed kube-root-ca.crt Generated"},
	} {
		_, left := Leave(c.objects, map[string]bool{c.picked: true}, c.rules)
		var got []string
		for _, l := range left {
			got = append(got, l.Name, map[Reason]string{Record: "Record", Recreated: "Recreated", Generated: "Generated", Renewed: "Renewed", Mirrored: "Mirrored", HasEnded: "HasEnded", OfEnded: "OfEnded"}[l.Reason])
		}
		if strings.Join(got, " ") != c.left {
			t.Errorf("%s: left out %q, want %q", c.name, got, c.left)
		}
		for _, g := range Group(left) {
			if g.Reason.String() == "" || len(g.Of) == 0 {
				t.Errorf("%s: %+v", c.name, g)
			}
		}
	}
}

// TestApplyOwners: who is owned by what makes it again may name it; what somebody else's controller made stays, without the
// reference.
func TestApplyOwners(t *testing.T) {
	t.Parallel()
	objects := []*decode.Object{thing("x.io/v1 Widget w", "", ""), thing("v1 ConfigMap c", "Widget/w", ""), thing("apps/v1 ReplicaSet r", "", ""), thing("v1 Pod p", "ReplicaSet/r", "")}
	var owned, said []string
	applied := Apply(objects, decode.View{}, Makes)
	for _, a := range applied {
		if a.Owned {
			owned = append(owned, a.Name)
		}
	}
	for _, n := range Notes(applied) {
		said = append(said, n.Of[0].Name+": "+n.Text)
	}
	if !slices.Equal(owned, []string{"p"}) || len(said) != 1 || !strings.HasPrefix(said[0], "c: the reference to its owner widget/w is left out") {
		t.Errorf("%q name an owner; said %q", owned, said)
	}
}
