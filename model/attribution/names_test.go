package attribution

import (
	"testing"

	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// oneProgram plays the beginnings of a cluster whose parts are all one program.
func oneProgram(t *testing.T, name string) *feed {
	f := newFeed(t)
	f.put("services/specs/default/kubernetes", object("Service", "default", "kubernetes", "", `"spec":{"type":"ClusterIP"}`,
		mf(name+"/Update 1", `"f:spec":{"f:type":{}}`)))
	f.put("configmaps/demo/kube-root-ca.crt", object("ConfigMap", "demo", "kube-root-ca.crt", "", `"data":{"ca.crt":"x"}`,
		mf(name+"/Update 1", `"f:data":{".":{},"f:ca.crt":{}}`)))
	return f
}

// TestOneProgram: where all parts of Kubernetes are one program, rules name it by the name that it has, and say which
// part it was.
func TestOneProgram(t *testing.T) {
	f := oneProgram(t, "k3s")
	f.put("pods/demo/p", object("Pod", "demo", "p", "", podSpec, mf("kubectl-run/Update 1", specSet)))
	bound := f.put("pods/demo/p", object("Pod", "demo", "p", "", onNode, mf("kubectl-run/Update 1", specSet)))
	status := f.put("pods/demo/p", object("Pod", "demo", "p", "", onNode+`,"status":{"phase":"Running"}`,
		mf("kubectl-run/Update 1", specSet), mf("k3s/Update/status 2", statusSet)))
	own := f.put("ranges/serviceips", object("RangeAllocation", "", "", "", `"range":"10.0.0.0/8"`))
	all := f.verdicts()
	f.want(all[bound], "k3s likely scheduler", "kube-scheduler is called k3s here")
	f.want(all[status], "k3s certain kubelet", "k3s/Update/status")
	f.want(all[own], "kube-apiserver certain apiserver", "one of the API server's own keys")
}

// TestNameIsLearnedAhead: what was written before the name shows is named by it too; a compacted store begins so.
func TestNameIsLearnedAhead(t *testing.T) {
	f := newFeed(t)
	early := f.put("serviceaccounts/demo/default", object("ServiceAccount", "demo", "default", "", ""))
	f.put("configmaps/demo/kube-root-ca.crt", object("ConfigMap", "demo", "kube-root-ca.crt", "", `"data":{"ca.crt":"x"}`,
		mf("hyperkube/Update 1", `"f:data":{".":{},"f:ca.crt":{}}`)))
	f.want(f.verdicts()[early], "hyperkube/service-account-controller certain controllers", "is made for each namespace")
}

// TestNameOfAPart: one lease that somebody wrote by hand does not name a part, renewals do.
func TestNameOfAPart(t *testing.T) {
	lease := func(name string, at string) string {
		return object("Lease", "kube-node-lease", "n1", "", `"spec":{"renewTime":"2026-01-02T10:02:`+at+`.000000Z"}`,
			mf(name+"/Update "+at, `"f:spec":{"f:renewTime":{}}`))
	}
	f := newFeed(t)
	for _, l := range [][2]string{{"kubelet", "01"}, {"kubelet", "02"}, {"kubectl-edit", "03"}} {
		f.put("leases/kube-node-lease/n1", lease(l[0], l[1]))
	}
	f.verdicts()
	if got := f.e.memory.Names.Of(evidence.Kubelet); got != evidence.Kubelet {
		t.Errorf("kubelets are called %q", got)
	}
	for _, s := range []string{"04", "05", "06"} {
		f.put("leases/kube-node-lease/n1", lease("hyperkube", s))
	}
	f.verdicts()
	if got := f.e.memory.Names.Of(evidence.Kubelet); got != "hyperkube" {
		t.Errorf("kubelets are called %q", got)
	}
}
