package kubeapi

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
)

// Resources lists the types of objects that a store has at a revision, 0 for now: Kubernetes' own and those of its
// CustomResourceDefinitions. Each is in the version that its group prefers, else in the first that has it, as discovery's
// clients choose; Group and Version are set. A store that must be spared is not asked which types have objects.
func Resources(ctx context.Context, known *learn.Known, src etcdsource.Source, rev int64) (out []metav1.APIResource, err error) {
	c, err := readCatalog(ctx, known, src, rev)
	if err != nil {
		return nil, err
	}
	for _, g := range c.groups {
		listed := map[string]bool{}
		for _, version := range g.versions {
			for _, s := range g.served[version] {
				if listed[s.Plural] {
					continue
				}
				listed[s.Plural] = true
				out = append(out, metav1.APIResource{Name: s.Plural, SingularName: s.Singular, Namespaced: s.Namespaced, Group: g.name, Version: version,
					Kind: s.Kind, Verbs: verbs, ShortNames: s.Short, Categories: s.categories()})
			}
		}
	}
	return out, nil
}
