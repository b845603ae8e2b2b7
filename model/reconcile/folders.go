package reconcile

import "github.com/etcdscope/etcdscope/decode/kinds"

// Folder is where, below the root, objects of one kind live.
type Folder struct {
	Prefix     string
	Namespaced bool
}

// waited are the folders of what people wait for, small ones first. ReplicaSets are left out: there are many, and what is
// amiss with them their Deployments tell.
var waited = []Folder{{"minions/", false}, {"namespaces/", false}, {"apiregistration.k8s.io/apiservices/", false},
	{"apiextensions.k8s.io/customresourcedefinitions/", false}, {"certificatesigningrequests/", false}, {"persistentvolumes/", false},
	{"deployments/", true}, {"statefulsets/", true}, {"daemonsets/", true}, {"controllers/", true}, {"persistentvolumeclaims/", true}, {"jobs/", true},
	{"poddisruptionbudgets/", true}, {"horizontalpodautoscalers/", true}, {"endpointslices/", true}, {"services/endpoints/", true}, {"services/specs/", true}, {"pods/", true}}

// Folders are where the objects live that are looked at where only the present can be read: those of the kinds that are
// waited for, and all custom resources, which may have a status.
func Folders(table *kinds.Table) []Folder {
	out := append([]Folder(nil), waited...)
	for _, r := range table.All() {
		if r.Custom {
			out = append(out, Folder{r.Prefix, r.Namespaced})
		}
	}
	return out
}
