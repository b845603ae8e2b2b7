package evidence

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/decode"
)

// Version is one version of an object, parsed as far as rules need it.
type Version struct {
	*decode.Object
	Entries    []Entry   // of managedFields
	Deletion   time.Time // deletionTimestamp; zero where none is set
	Grace      int64     // deletionGracePeriodSeconds; -1 where none is set
	Finalizers []string
	Owners     []Owner
}

// marked is when the object was marked for deletion, or its grace period shortened; zero where it was not.
func (v *Version) marked() time.Time {
	if v.Deletion.IsZero() {
		return time.Time{}
	}
	return v.Deletion.Add(-time.Duration(max(v.Grace, 0)) * time.Second)
}

// Owner is one ownerReference.
type Owner struct {
	Kind, Name, UID string
	Controller      bool
	Blocks          bool // blockOwnerDeletion: the owner is not deleted in the foreground before this object
}

// NewVersion parses an object, nil for nil.
func NewVersion(p *Parser, o *decode.Object) *Version {
	if o == nil {
		return nil
	}
	v := &Version{Object: o, Grace: -1}
	if !o.IsKubernetes() {
		return v
	}
	v.Entries = p.entries(o)
	has := o.Marks()
	if has.Deletion {
		v.Deletion = ParseTime(o.Text("metadata", "deletionTimestamp"))
		if n, ok := o.Field("metadata", "deletionGracePeriodSeconds").(json.Number); ok {
			v.Grace, _ = n.Int64()
		}
	}
	if has.Finalizers {
		list := o.Part("metadata", "finalizers")
		for i := range list.Len() {
			if f := list.Item(i); f.IsText() {
				v.Finalizers = append(v.Finalizers, f.Text())
			}
		}
	}
	if has.Owners {
		v.owners(o.Part("metadata", "ownerReferences"))
	}
	return v
}

func (v *Version) owners(list decode.Part) {
	for i := range list.Len() {
		m := list.Item(i)
		controller, _ := m.At("controller").Bool()
		blocks, _ := m.At("blockOwnerDeletion").Bool()
		v.Owners = append(v.Owners, Owner{Kind: m.At("kind").Text(), Name: m.At("name").Text(), UID: m.At("uid").Text(), Controller: controller, Blocks: blocks})
	}
}

// ParseTime parses a timestamp as Kubernetes stores it; it is zero where the text is none.
func ParseTime(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// namesSubresource reports whether an entry names its subresource.
func (v *Version) namesSubresource() bool {
	if v == nil {
		return false
	}
	for i := range v.Entries {
		if v.Entries[i].Subresource != "" {
			return true
		}
	}
	return false
}

// Owner returns the owner that controls the object, else the first; the zero Owner where there is none.
func (v *Version) Owner() Owner {
	if v == nil || len(v.Owners) == 0 {
		return Owner{}
	}
	for _, o := range v.Owners {
		if o.Controller {
			return o
		}
	}
	return v.Owners[0]
}

// HasFinalizer reports whether a finalizer is set.
func (v *Version) HasFinalizer(name string) bool { return slices.Contains(v.Finalizers, name) }

// Number returns a field that holds a whole number, def where there is none.
func (v *Version) Number(def int64, path ...string) int64 {
	n, ok := v.Field(path...).(json.Number)
	if !ok {
		return def
	}
	i, err := n.Int64()
	if err != nil {
		return def
	}
	return i
}

// Condition returns the reason of a status condition that is True; ok is false where it is not.
func (v *Version) Condition(typ string) (reason string, ok bool) {
	list, _ := v.Field("status", "conditions").([]any)
	for _, x := range list {
		m, _ := x.(map[string]any)
		if m["type"] == typ && m["status"] == "True" {
			reason, _ = m["reason"].(string)
			return reason, true
		}
	}
	return "", false
}

// FinishTime is when a Job became complete or failed; zero while it runs.
func (v *Version) FinishTime() time.Time {
	list, _ := v.Field("status", "conditions").([]any)
	for _, x := range list {
		m, _ := x.(map[string]any)
		if (m["type"] == "Complete" || m["type"] == "Failed") && m["status"] == "True" {
			s, _ := m["lastTransitionTime"].(string)
			return ParseTime(s)
		}
	}
	return time.Time{}
}

// NodeName is the node whose kubelet writes the object, "" where the object names none.
func (v *Version) NodeName() string {
	switch v.Kind {
	case "Pod":
		return v.Text("spec", "nodeName")
	case "Node", "CSINode":
		return v.Name
	case "Lease":
		if v.Namespace == "kube-node-lease" {
			return v.Name
		}
	case "Event":
		return v.Text("source", "host")
	}
	return ""
}

// IsLeaderLease reports whether an object is the lease by which the instances of a component elect their leader.
func (v *Version) IsLeaderLease() bool {
	return v.Kind == "Lease" && v.Namespace == "kube-system" && (v.Name == ControllerManager || v.Name == Scheduler)
}

// Reporter is the component that an Event was reported by, "" where it names none.
func (v *Version) Reporter() string {
	if s := v.Text("source", "component"); s != "" {
		return s
	}
	return v.Text("reportingComponent")
}
