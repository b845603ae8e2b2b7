package rescue

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/etcdscope/etcdscope/decode"
)

// Rules say what is taken beside what an administrator would apply.
type Rules struct {
	Owned bool // also what controllers make again: what belongs to their objects, Endpoints, Leases
	Jobs  bool // also Jobs and Pods that have ended: applied, they run again
}

// Reason is why an object is left out.
type Reason int

// The reasons, in the order in which they are said.
const (
	Record    Reason = iota // an Event
	Recreated               // its owner is among the objects, and is of a built-in controller that makes it again
	Generated               // a controller makes it of other objects, without being its owner
	Renewed                 // a Lease, which its holder writes again
	Mirrored                // the mirror of a static pod
	HasEnded                // a Job or a Pod that has ended
	OfEnded                 // it belongs to one
	Masked                  // a Secret
)

var reasons = map[Reason]string{
	Record: "they only record what happened", Recreated: "their owners make them again", Generated: "a controller makes them of other objects",
	Renewed: "their holders write them again", Mirrored: "the kubelet makes them from files on its node", HasEnded: "they have ended and would run again",
	OfEnded: "they belong to Jobs that have ended", Masked: "their values are masked",
}

// String is the reason as a part of a sentence about several objects.
func (r Reason) String() string { return reasons[r] }

// Takes is the flag that takes an object in that is left out for the reason, without its dashes; "" where none does.
func (r Reason) Takes() string {
	switch r {
	case Recreated, Generated, Renewed:
		return "owned"
	case HasEnded, OfEnded:
		return "jobs"
	case Masked:
		return "reveal"
	}
	return ""
}

// Omission is an object that is left out.
type Omission struct {
	*decode.Object
	Reason Reason
}

// Omissions are objects of one kind that are left out for one reason.
type Omissions struct {
	Reason Reason
	Of     []*decode.Object
}

// Group brings together what is left out, by reason and kind.
func Group(left []Omission) (out []Omissions) {
	at := map[string]int{}
	for i := range left {
		o := &left[i]
		id := fmt.Sprint(o.Reason, " ", kindOf(o.Object))
		j, ok := at[id]
		if !ok {
			j = len(out)
			at[id] = j
			out = append(out, Omissions{Reason: o.Reason})
		}
		out[j].Of = append(out[j].Of, o.Object)
	}
	slices.SortStableFunc(out, func(a, b Omissions) int { return cmp.Compare(a.Reason, b.Reason) })
	return out
}

// made are the kinds of objects that a built-in controller makes for an object of its kind, and makes again. What somebody
// else attached to one, say a ConfigMap to a Deployment, comes back from nowhere.
var made = map[string][]string{
	"apps/Deployment":                    {"apps/ReplicaSet"},
	"apps/ReplicaSet":                    {"/Pod"},
	"/ReplicationController":             {"/Pod"},
	"apps/StatefulSet":                   {"/Pod", "apps/ControllerRevision", "/PersistentVolumeClaim"},
	"apps/DaemonSet":                     {"/Pod", "apps/ControllerRevision"},
	"batch/Job":                          {"/Pod"},
	"batch/CronJob":                      {"batch/Job"},
	"/Service":                           {"discovery.k8s.io/EndpointSlice", "/Endpoints"},
	"/Endpoints":                         {"discovery.k8s.io/EndpointSlice"},
	"/Pod":                               {"/PersistentVolumeClaim", "resource.k8s.io/ResourceClaim"},
	"/Node":                              {"/Pod", "coordination.k8s.io/Lease", "storage.k8s.io/CSINode"},
	"apps.openshift.io/DeploymentConfig": {"/ReplicationController"},
	"build.openshift.io/BuildConfig":     {"build.openshift.io/Build"},
	"build.openshift.io/Build":           {"/Pod"},
	"storage.k8s.io/StorageClass":        {"storage.k8s.io/CSIStorageCapacity"},
}

// Makes reports whether the owner's controller makes the object again. Only then may the object name it when both are applied:
// the owner gets another uid, and what names the old one is removed.
func Makes(owner, o *decode.Object) bool {
	return slices.Contains(made[kindOf(owner)], kindOf(o))
}

func kindOf(o *decode.Object) string { return o.Group + "/" + o.Kind }

// leaving sorts out objects.
type leaving struct {
	Rules
	picked map[string]bool           // keys that were asked for one by one
	byUID  map[string]*decode.Object // the objects
	names  map[string]*decode.Object // Services, by namespace and name
}

// Leave sorts objects into those that an administrator would apply and those that are left out. An object whose key was
// picked is never left out.
func Leave(objects []*decode.Object, picked map[string]bool, r Rules) (kept []*decode.Object, left []Omission) {
	l := leaving{Rules: r, picked: picked, byUID: map[string]*decode.Object{}, names: map[string]*decode.Object{}}
	for _, o := range objects {
		if o.UID != "" {
			l.byUID[o.UID] = o
		}
		if kindOf(o) == "/Service" {
			l.names[o.Namespace+"/"+o.Name] = o
		}
	}
	for _, o := range objects {
		if reason, out := l.out(o); out && !picked[string(o.Key)] {
			left = append(left, Omission{o, reason})
		} else {
			kept = append(kept, o)
		}
	}
	return kept, left
}

func (l *leaving) out(o *decode.Object) (Reason, bool) {
	if !o.IsKubernetes() {
		return 0, false
	}
	kind := kindOf(o)
	switch {
	case kind == "/Event" || kind == "events.k8s.io/Event":
		return Record, true
	case kind == "/Pod" && o.Field("metadata", "annotations", "kubernetes.io/config.mirror") != nil:
		return Mirrored, true
	}
	owner := l.maker(o)
	switch {
	case owner != nil && l.ended(owner):
		return OfEnded, true
	case owner != nil && !l.Owned:
		return Recreated, true
	case l.ended(o):
		return HasEnded, true
	case l.Owned:
		return 0, false
	case kind == "coordination.k8s.io/Lease":
		return Renewed, true
	case l.generated(kind, o):
		return Generated, true
	}
	return 0, false
}

// maker returns the owner among the objects whose controller makes the object again, nil where there is none.
func (l *leaving) maker(o *decode.Object) *decode.Object {
	for _, uid := range Owners(o) {
		if owner := l.byUID[uid]; owner != nil && Makes(owner, o) {
			return owner
		}
	}
	return nil
}

// ended reports whether an object is left out because it has ended. A Pod that failed may be wanted still.
func (l *leaving) ended(o *decode.Object) bool {
	if l.Jobs || l.picked[string(o.Key)] {
		return false
	}
	how := o.Ended()
	return how != "" && (o.Kind == "Job" || how == "Succeeded")
}

// generated reports whether a controller makes an object of others without being its owner.
func (l *leaving) generated(kind string, o *decode.Object) bool {
	switch kind {
	case "/Endpoints":
		if o.Field("metadata", "labels", "endpoints.kubernetes.io/managed-by") == "endpoint-controller" {
			return true
		}
		service := l.names[o.Namespace+"/"+o.Name]
		return service != nil && service.Field("spec", "selector") != nil
	case "discovery.k8s.io/EndpointSlice":
		by, _ := o.Field("metadata", "labels", "endpointslice.kubernetes.io/managed-by").(string)
		return by == "endpointslice-controller.k8s.io" || by == "endpointslicemirroring-controller.k8s.io"
	case "/ConfigMap":
		return o.Name == "kube-root-ca.crt" || o.Name == "openshift-service-ca.crt"
	}
	return false
}
