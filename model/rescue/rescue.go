// Package rescue finds the objects of a past state that are to be brought back, and the order in which they apply.
//
//	owner ─► everything that names it as owner, and so on ─► Closure ─┐
//	a namespace, keys ────────────────────────────────────────────────┴─► Sort ─► Namespace, CustomResourceDefinition, …
//
// What always holds:
//   - Sort puts first what others need to exist: namespaces, definitions, then the order in which Helm installs, custom
//     resources and what is not known last. It is stable: within a kind the order stays.
//   - A closure reads the store once and remembers only names and owners.
package rescue

import (
	"cmp"
	"context"
	"slices"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// order is that of an installation: what others refer to comes before them.
var order = []string{"Namespace", "CustomResourceDefinition", "PriorityClass", "NetworkPolicy", "ResourceQuota", "LimitRange", "PodDisruptionBudget",
	"ServiceAccount", "Secret", "ConfigMap", "StorageClass", "VolumeAttributesClass", "PersistentVolume", "PersistentVolumeClaim", "RuntimeClass", "CSIDriver", "DeviceClass",
	"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Service", "ResourceClaimTemplate", "ResourceClaim", "DaemonSet", "Pod",
	"ReplicationController", "ReplicaSet", "Deployment", "HorizontalPodAutoscaler", "StatefulSet", "Job", "CronJob",
	"IngressClass", "Ingress", "APIService", "", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy",
	"MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"}

var rank = func() map[string]int {
	m := map[string]int{}
	for i, k := range order {
		m[k] = i
	}
	return m
}()

// groups are those whose kinds order means; a custom resource may have the name of one.
var groups = map[string]bool{"": true, "apps": true, "batch": true, "autoscaling": true, "policy": true, "apiextensions.k8s.io": true,
	"networking.k8s.io": true, "rbac.authorization.k8s.io": true, "storage.k8s.io": true, "scheduling.k8s.io": true, "apiregistration.k8s.io": true,
	"admissionregistration.k8s.io": true, "resource.k8s.io": true, "node.k8s.io": true}

// Sort brings objects into an order that applies.
func Sort(objects []*decode.Object) {
	slices.SortStableFunc(objects, func(a, b *decode.Object) int { return cmp.Compare(place(a), place(b)) })
}

func place(o *decode.Object) int {
	if r, ok := rank[o.Kind]; ok && groups[o.Group] {
		return r
	}
	return rank[""] // behind the ordinary ones, before what may refuse them
}

// Owners returns the uids of an object's owners.
func Owners(o *decode.Object) (out []string) {
	md, _ := o.Tree(decode.View{Reveal: true})["metadata"].(map[string]any)
	refs, _ := md["ownerReferences"].([]any)
	for _, r := range refs {
		m, _ := r.(map[string]any)
		if uid, _ := m["uid"].(string); uid != "" {
			out = append(out, uid)
		}
	}
	return out
}

// owned is an object that has owners.
type owned struct {
	key string
	uid string
}

// Closure returns the keys, in their order, of all objects that belong to an owner, directly or through others, in one
// namespace or (where it is "") anywhere, as they were at a revision.
func Closure(ctx context.Context, src etcdsource.Source, dec *decode.Decoder, root, owner, namespace string, rev int64) (keys []string, err error) {
	below := map[string][]owned{} // by the uid of the owner
	span := etcdsource.Prefix(root)
	span.Values = true
	err = etcdsource.Each(ctx, src, span, rev, func(e etcdsource.Entry) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		o := dec.Object(e.Key, e.Value, e.Mod)
		if !o.IsKubernetes() || namespace != "" && o.Namespace != namespace {
			return nil
		}
		for _, uid := range Owners(o) {
			below[uid] = append(below[uid], owned{string(e.Key), o.UID})
		}
		return nil
	})
	seen := map[string]bool{owner: true}
	for todo := []string{owner}; len(todo) > 0; todo = todo[1:] {
		for _, o := range below[todo[0]] {
			if o.uid != "" && !seen[o.uid] {
				seen[o.uid] = true
				todo = append(todo, o.uid)
				keys = append(keys, o.key)
			}
		}
	}
	return keys, err
}

// LastSeen returns the newest version of a key that is gone, nil where none is held or the key is there now.
func LastSeen(ctx context.Context, src etcdsource.Source, key []byte) (*etcdsource.Event, error) {
	if _, ok, err := etcdsource.Get(ctx, src, key, 0); err != nil || ok {
		return nil, err
	}
	return Last(ctx, src, key, 0)
}

// Marked returns the revision at which a key, as it was at a revision (0: now) or last, was marked for deletion: its content
// began to go there. It is 0 where it was not marked, or that version is not held.
func Marked(ctx context.Context, src etcdsource.Source, dec *decode.Decoder, key []byte, rev int64) (marked int64, err error) {
	versions, err := etcdsource.As[etcdsource.Versions](src)
	if err != nil {
		return 0, nil
	}
	const page = 16
	for upTo := rev; ; upTo = marked - 1 {
		events, edge, err := versions.Versions(ctx, key, upTo, page)
		if err != nil {
			return 0, err
		}
		for i := range events {
			e := &events[i]
			switch {
			case e.Type == etcdsource.Deleted && marked == 0:
			case e.Type == etcdsource.Deleted || dec.Object(e.Key, e.Value, e.Mod).Text("metadata", "deletionTimestamp") == "":
				return marked, nil
			default:
				marked = e.Mod
			}
		}
		if edge.Kind != etcdsource.EdgeMore || marked == 0 {
			return 0, nil
		}
	}
}
