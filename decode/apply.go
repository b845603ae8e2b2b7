package decode

import (
	"fmt"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
)

// Apply returns the object as kubectl apply takes it and keeps it alive: without what the cluster filled in (uid,
// resourceVersion, generation, managedFields, status, timestamps, addresses, bindings). An owner whose uid present does not
// know is left out, for the garbage collector removes at once what belongs to a uid that is gone. The notes are safe text
// and say what was left out that the reader may miss. The tree is nil where there is no object.
func (o *Object) Apply(v View, present func(uid string) bool) (tree map[string]any, notes []string) {
	v.ManagedFields = false
	tree = o.Tree(v)
	if tree == nil || !o.IsKubernetes() || o.Kind == "RangeAllocation" {
		return nil, nil
	}
	o.dropUnknown(tree)
	if names := o.UnknownNames(); names != "" {
		notes = append(notes, names+": not known to this build, and left out")
	}
	delete(tree, "status")
	dropNull(tree, "creationTimestamp")
	md := child(tree, "metadata")
	for _, f := range []string{"uid", "resourceVersion", "generation", "managedFields", "selfLink",
		"creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "finalizers"} {
		delete(md, f)
	}
	a := child(md, "annotations")
	for _, f := range filled[o.Group+"/"+o.Kind] {
		delete(a, f)
	}
	delete(a, lastApplied)
	dropEmpty(md, "annotations")
	notes = append(notes, o.dropOwners(md, present)...)
	spec := child(tree, "spec")
	if c, _ := spec["ephemeralContainers"].([]any); len(c) > 0 && o.Kind == "Pod" {
		notes = append(notes, "its ephemeral containers are left out: they can only be added to a pod that runs")
	}
	if strip := strippers[o.Group+"/"+o.Kind]; strip != nil {
		strip(tree, spec)
	}
	return tree, notes
}

// filled are the annotations that controllers write and act on, by group and kind.
var filled = map[string][]string{
	"apps/Deployment": {"deployment.kubernetes.io/revision"},
	"/PersistentVolumeClaim": {"pv.kubernetes.io/bind-completed", "pv.kubernetes.io/bound-by-controller",
		"volume.kubernetes.io/selected-node"},
	"/PersistentVolume": {"pv.kubernetes.io/bound-by-controller"},
	"/Secret":           {"kubernetes.io/service-account.uid"}, // of a token; a dead uid has it removed
}

// strippers leave out what the cluster fills into the spec, by group and kind.
var strippers = map[string]func(tree, spec map[string]any){
	"/Pod": func(_, spec map[string]any) {
		delete(spec, "nodeName")
		delete(spec, "ephemeralContainers")
	},
	"/Service": stripService,
	"/PersistentVolumeClaim": func(_, spec map[string]any) {
		delete(spec, "volumeName")
	},
	"/PersistentVolume": func(_, spec map[string]any) {
		ref := child(spec, "claimRef")
		delete(ref, "uid")
		delete(ref, "resourceVersion")
	},
	"/Namespace": func(_, spec map[string]any) { delete(spec, "finalizers") },
	"batch/Job":  stripJob,
	"apps/StatefulSet": func(_, spec map[string]any) {
		claims, _ := spec["volumeClaimTemplates"].([]any)
		for _, c := range claims {
			if m, ok := c.(map[string]any); ok {
				delete(m, "status")
			}
		}
	},
	"certificates.k8s.io/CertificateSigningRequest": func(_, spec map[string]any) {
		for _, f := range []string{"username", "uid", "groups", "extra"} { // who asks is identified by the request itself
			delete(spec, f)
		}
	},
	"apiextensions.k8s.io/CustomResourceDefinition": definitionV1,
}

func stripService(_, spec map[string]any) {
	if spec["clusterIP"] != "None" { // a headless service asks for it
		delete(spec, "clusterIP")
		delete(spec, "clusterIPs")
	}
	delete(spec, "healthCheckNodePort")
	ports, _ := spec["ports"].([]any)
	for _, p := range ports {
		if m, ok := p.(map[string]any); ok {
			delete(m, "nodePort")
		}
	}
}

// jobLabels are what the Job controller names a Job's pods by; apply refuses them when a new uid is given.
var jobLabels = []string{"controller-uid", "batch.kubernetes.io/controller-uid", "job-name", "batch.kubernetes.io/job-name"}

func stripJob(tree, spec map[string]any) {
	if spec["manualSelector"] != true {
		delete(spec, "selector")
	}
	for _, md := range []map[string]any{child(tree, "metadata"), child(child(spec, "template"), "metadata")} {
		for _, l := range jobLabels {
			delete(child(md, "labels"), l)
		}
		dropEmpty(md, "labels")
	}
}

// dropOwners leaves out the owners that are not present, and says so.
func (o *Object) dropOwners(md map[string]any, present func(uid string) bool) (notes []string) {
	refs, _ := md["ownerReferences"].([]any)
	kept := slices.DeleteFunc(refs, func(r any) bool {
		m, _ := r.(map[string]any)
		uid, _ := m["uid"].(string)
		if present != nil && present(uid) {
			return false
		}
		notes = append(notes, fmt.Sprintf("its owner %s is not among the objects, so the reference is left out: the garbage collector removes what belongs to a uid that is gone",
			clean.Key(fmt.Appendf(nil, "%s/%v", strings.ToLower(fmt.Sprint(m["kind"])), m["name"]))))
		return true
	})
	if len(kept) == 0 {
		delete(md, "ownerReferences")
	} else {
		md["ownerReferences"] = kept
	}
	return notes
}

// child returns a field that is a map; a map that nobody holds where there is none.
func child(m map[string]any, name string) map[string]any {
	c, ok := m[name].(map[string]any)
	if !ok {
		return map[string]any{}
	}
	return c
}

func dropEmpty(m map[string]any, name string) {
	if c, ok := m[name].(map[string]any); ok && len(c) == 0 {
		delete(m, name)
	}
}

// dropNull leaves out a field wherever it is null: templates hold a creationTimestamp that never had a value.
func dropNull(v any, name string) {
	switch x := v.(type) {
	case map[string]any:
		if c, ok := x[name]; ok && c == nil {
			delete(x, name)
		}
		for _, c := range x {
			dropNull(c, name)
		}
	case []any:
		for _, c := range x {
			dropNull(c, name)
		}
	}
}
