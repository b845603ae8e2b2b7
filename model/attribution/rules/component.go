package rules

import (
	"slices"

	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// keptAlone are the kinds of which all but the creation is one controller's, whatever other components share its name.
var keptAlone = evidence.SetOf("Event Deployment ReplicaSet DaemonSet StatefulSet ReplicationController Job CronJob EndpointSlice PodDisruptionBudget HorizontalPodAutoscaler")

// isControllerManager reports whether a writer is kube-controller-manager: under a name that other components have too,
// only what its controllers alone do shows that.
func (c *Case) isControllerManager(writer string) bool {
	if evidence.Component(writer) == evidence.ControllerManager {
		return true
	}
	v := c.Latest()
	return v != nil && c.is(writer, evidence.ControllerManager) && (keptAlone[v.Kind] || len(c.Memory.Names.Called(writer)) == 1)
}

// ComponentOf returns which component of Kubernetes a writer is, "" where it is none or is not known.
func (c *Case) ComponentOf(writer, controller string) string {
	if p := evidence.Component(writer); p == evidence.Etcd || slices.Contains(evidence.Components, p) {
		return p
	}
	v, may := c.Latest(), c.Memory.Names.Called(writer)
	switch {
	case len(may) == 0 || v == nil:
		return ""
	case len(may) == 1:
		return may[0]
	case controller != "":
		return evidence.ControllerManager
	case v.IsLeaderLease():
		return v.Name
	case v.Kind == "Event" && evidence.Component(v.Reporter()) == evidence.Scheduler:
		return evidence.Scheduler
	case v.NodeName() != "" && c.Only(".status", ".spec.renewTime"), v.Kind == "Event" && v.Reporter() == evidence.Kubelet, v.Kind == "CSINode":
		return evidence.Kubelet
	}
	return ""
}

// nameComponent notes which component of Kubernetes wrote, and gives a component that a rule concluded the name that it has
// in this cluster. What a component does in the course of another's request has no name in managedFields.
func (c *Case) nameComponent(f *Finding) {
	if f.Component != "" {
		return
	}
	f.Component = c.ComponentOf(f.Writer, f.Controller)
	if f.Stored || !slices.Contains(evidence.Components, f.Writer) || c.Memory.IsOwnKey(string(c.Key)) {
		return
	}
	if name := c.Memory.Names.Of(f.Writer); name != f.Writer {
		f.Evidence += "; " + f.Writer + " is called " + name + " here"
		f.Writer = name
	}
}
