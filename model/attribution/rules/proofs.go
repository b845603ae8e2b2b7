package rules

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// What an object shows beside the name of its manager.

// named is for objects of one namespace that have one of a few names.
func named(namespace, names, lacks string) proof {
	set := evidence.SetOf(names)
	return proof{func(d *doubt) bool { return d.Cur.Namespace == namespace && set[d.Cur.Name] }, lacks}
}

// controlled is for objects that an object of one of some kinds controls, which lives as far as that is known.
func controlled(kinds, lacks string) proof {
	set := evidence.SetOf(kinds)
	return proof{func(d *doubt) bool { return d.ownedBy(set) }, lacks}
}

func (d *doubt) ownedBy(kinds map[string]bool) bool {
	o := d.Cur.Owner()
	if !o.Controller || !kinds[o.Kind] {
		return false
	}
	t := d.Memory.Objects.ByUID(o.UID)
	return t == nil || t.Gone == 0 && t.Kind() == o.Kind
}

// eventsOf is for Events that one of some components reports.
func eventsOf(names string) proof {
	set := evidence.SetOf(names)
	return proof{func(d *doubt) bool { return set[d.Cur.Reporter()] || set[evidence.Component(d.Cur.Reporter())] }, "report Events of another source"}
}

// leads is for the lease by which the instances of a component elect their leader, and for the candidates.
func leads(name string) proof {
	return proof{func(d *doubt) bool {
		v := d.Cur
		switch {
		case v.Namespace != "kube-system":
			return false
		case v.Kind == "LeaseCandidate":
			return v.Text("spec", "leaseName") == name
		}
		return v.Name == name && (v.Text("spec", "holderIdentity") != "" || v.Number(0, "spec", "leaseDurationSeconds") == 1) // 1: given up
	}, "hold this lease"}
}

// exists reports whether an object is in the store; true where that is not known.
func (d *doubt) exists(key string) bool {
	return d.Kept || !d.Memory.Objects.Complete || d.Memory.Objects.At(d.Memory.Root+key) != nil
}

func (d *doubt) label(key string) string      { return d.Cur.Text("metadata", "labels", key) }
func (d *doubt) annotation(key string) string { return d.Cur.Text("metadata", "annotations", key) }

// ofService reports whether Endpoints or an EndpointSlice belong to a Service that there is.
func ofService(d *doubt) bool {
	v, name := d.Cur, d.Cur.Name
	if v.Kind == "EndpointSlice" {
		if sliceController(v) == "" || v.Owner().Kind != "Service" && v.Owner().Kind != "Endpoints" {
			return false
		}
		name = d.label("kubernetes.io/service-name")
	}
	return name != "" && d.exists("services/specs/"+v.Namespace+"/"+name)
}

// claimOfSet reports whether a volume claim is named like those of a StatefulSet that there is: TEMPLATE-NAME-ORDINAL.
func claimOfSet(d *doubt) bool {
	name, ok := cutOrdinal(d.Cur.Name)
	for i := 0; ok && i < len(name); i++ {
		if name[i] == '-' && i > 0 && name[i+1:] != "" && d.exists("statefulsets/"+d.Cur.Namespace+"/"+name[i+1:]) {
			return true
		}
	}
	return false
}

func cutOrdinal(name string) (rest string, ok bool) {
	i := strings.LastIndexByte(name, '-')
	if i < 0 || i == len(name)-1 || strings.Trim(name[i+1:], "0123456789") != "" {
		return "", false
	}
	return name[:i], true
}

// autoscaled reports whether a HorizontalPodAutoscaler targets the object.
func autoscaled(d *doubt) bool {
	return d.Memory.Objects.Autoscaled(d.Cur.Namespace, d.Cur.Kind, d.Cur.Name)
}

// conditions returns the types of the status conditions that changed.
func (d *doubt) conditions() (types []string) {
	if d.Prev == nil {
		for _, p := range d.claimed() {
			for _, s := range diff.Split(p) {
				if t := diff.Pairs(s.Item)["type"]; t != "" && !slices.Contains(types, t) {
					types = append(types, t)
				}
			}
		}
		return types
	}
	had, has := conditionsOf(d.Prev), conditionsOf(d.Cur)
	for t := range maps.Keys(has) {
		if !reflect.DeepEqual(had[t], has[t]) {
			types = append(types, t)
		}
	}
	for t := range maps.Keys(had) {
		if has[t] == nil {
			types = append(types, t)
		}
	}
	return types
}

// conditionsOf are the status conditions of an object, by type.
func conditionsOf(v *evidence.Version) map[string]map[string]any {
	out := map[string]map[string]any{}
	list, _ := v.Field("status", "conditions").([]any)
	for _, x := range list {
		if m, ok := x.(map[string]any); ok {
			t, _ := m["type"].(string)
			out[t] = m
		}
	}
	return out
}

// onlyConditions reports whether conditions of no other types changed.
func (d *doubt) onlyConditions(types ...string) bool {
	return !slices.ContainsFunc(d.conditions(), func(t string) bool { return !slices.Contains(types, t) })
}

// disruptedBy reports whether a pod has the condition DisruptionTarget, for one of some reasons.
func disruptedBy(v *evidence.Version, reasons ...string) bool {
	reason, ok := v.Condition("DisruptionTarget")
	return ok && slices.Contains(reasons, reason)
}

// ownFinalizers reports whether finalizers changed, and only those that Kubernetes' controllers keep.
func ownFinalizers(d *doubt) bool {
	if d.Prev == nil {
		return false
	}
	differ := append(missing(d.Prev.Finalizers, d.Cur.Finalizers), missing(d.Cur.Finalizers, d.Prev.Finalizers)...)
	return !slices.ContainsFunc(differ, func(f string) bool {
		return finalizerOwners[f] == "" && f != "networking.k8s.io/service-cidr-finalizer"
	})
}
