package kubeapi

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
)

// catalog is what kinds of objects a store has at one revision, by the groups and versions under which they are served.
type catalog struct {
	known    *learn.Known // kinds and decoder of that revision
	groups   []*group     // sorted by name
	byGroup  map[string]*group
	resource map[string]*served // by group/plural
}

// group is one API group; the versions are in the order of preference.
type group struct {
	name     string
	versions []string
	served   map[string][]*served // by version, sorted by name
}

// served is a resource under one of its groups.
type served struct {
	kinds.Resource
	group    string   // under which it is asked for: Events have two
	versions []string // that are answered for, the preferred one first
}

// apiVersion is the group and version of an answer.
func (s *served) apiVersion(version string) string {
	if s.group == "" {
		return version
	}
	return s.group + "/" + version
}

// listKind is the kind of a list.
func (s *served) listKind() string { return cmp.Or(s.ListKind, s.Kind+"List") }

// groupResource returns the group and the resource as apimachinery names them.
func (s *served) groupResource() schema.GroupResource {
	return schema.GroupResource{Group: s.group, Resource: s.Plural}
}

// version returns what the definition of a custom resource says of a version, nil where there is none.
func (s *served) version(name string) *kinds.Version {
	for i := range s.Versions {
		if s.Versions[i].Name == name {
			return &s.Versions[i]
		}
	}
	return nil
}

// readCatalog makes the catalog of a revision; 0 is now.
func readCatalog(ctx context.Context, base *learn.Known, src etcdsource.Source, rev int64) (*catalog, error) {
	known := *base
	known.Kinds = kinds.Builtin()
	for _, root := range base.Kinds.Companions() {
		known.Kinds = known.Kinds.WithCompanion(root)
	}
	known.Decoder = decode.New(decode.Options{Keyring: known.Keyring, Kinds: known.Kinds, Root: known.Root})
	if err := known.Custom(ctx, src, rev); err != nil {
		return nil, err
	}
	c := &catalog{known: &known, byGroup: map[string]*group{}, resource: map[string]*served{}}
	for _, r := range known.Kinds.All() {
		stored, any := "", true
		if !r.Custom && !base.Info.Spare {
			var err error
			if stored, any, err = c.first(ctx, src, r, rev); err != nil {
				return nil, err
			}
		}
		if any || r.Custom || typed(r.Group, r.Version, r.Kind) {
			c.add(r, stored)
		}
	}
	for _, g := range c.byGroup {
		for _, list := range g.served {
			slices.SortFunc(list, func(a, b *served) int { return cmp.Compare(a.Plural, b.Plural) })
		}
		g.sort()
		c.groups = append(c.groups, g)
	}
	slices.SortFunc(c.groups, func(a, b *group) int { return cmp.Compare(a.name, b.name) })
	return c, nil
}

// sort brings the versions into the order of preference: first the one that is the preferred one of most resources.
func (g *group) sort() {
	preferred := map[string]int{}
	for v, list := range g.served {
		for _, s := range list {
			if s.versions[0] == v {
				preferred[v]++
			}
		}
	}
	slices.SortFunc(g.versions, func(a, b string) int {
		return cmp.Or(cmp.Compare(preferred[b], preferred[a]), version.CompareKubeAwareVersionStrings(b, a))
	})
}

// first says in which version the first object of a resource is stored, and whether there is one.
func (c *catalog) first(ctx context.Context, src etcdsource.Source, r kinds.Resource, rev int64) (apiVersion string, any bool, err error) {
	span := etcdsource.Prefix(c.known.Kinds.Prefix(c.known.Root, r, ""))
	span.Limit, span.Values = 1, true
	p, err := src.Range(ctx, span, etcdsource.At{Revision: rev})
	if err != nil || len(p.Entries) == 0 {
		return "", false, etcdsource.Seen(err)
	}
	e := &p.Entries[0]
	return c.known.Decoder.Outline(e.Key, e.Value, e.Mod).APIVersion, true, nil
}

// add serves a resource; stored is the version in which its objects are stored, "" where not known.
func (c *catalog) add(r kinds.Resource, stored string) {
	if r.Kind == "" {
		return
	}
	c.put(&served{Resource: r, group: r.Group, versions: versionsOf(r, stored)})
	if r.Kind == "Event" && r.Group == "" && !r.Custom {
		c.put(&served{Resource: r, group: "events.k8s.io", versions: []string{"v1"}})
	}
}

func (c *catalog) put(s *served) {
	g := c.byGroup[s.group]
	if g == nil {
		g = &group{name: s.group, served: map[string][]*served{}}
		c.byGroup[s.group] = g
	}
	c.resource[s.group+"/"+s.Plural] = s
	for _, v := range s.versions {
		if !slices.Contains(g.versions, v) {
			g.versions = append(g.versions, v)
		}
		g.served[v] = append(g.served[v], s)
	}
}

// versionsOf are the versions in which a resource is served: the stored one, and the others that are known of it.
func versionsOf(r kinds.Resource, stored string) (out []string) {
	add := func(v string) {
		if v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	if r.Custom {
		if v := slices.IndexFunc(r.Versions, func(v kinds.Version) bool { return v.Name == r.Version }); v < 0 || !r.Versions[v].Unserved {
			add(r.Version)
		}
		for _, v := range r.Versions {
			if !v.Unserved {
				add(v.Name)
			}
		}
		return out
	}
	if r.Kind == "CustomResourceDefinition" {
		add(r.Version) // whatever is stored can be served as it
	}
	if group, version, two := strings.Cut(stored, "/"); two && group == r.Group {
		add(version)
	}
	add(r.Version)
	for gv := range maps.Keys(scheme.Scheme.AllKnownTypes()) {
		if gv.Group == r.Group && gv.Kind == r.Kind && stable(gv.Version) {
			add(gv.Version)
		}
	}
	return out
}

// stable reports whether a version is no alpha or beta.
func stable(version string) bool {
	return !strings.Contains(version, "a") && !strings.Contains(version, "b") && version != "__internal"
}

// typed reports whether this build knows the type of a kind.
func typed(group, version, kind string) bool {
	return kind == "CustomResourceDefinition" || kind == "APIService" || scheme.Scheme.Recognizes(schema.GroupVersionKind{Group: group, Version: version, Kind: kind})
}

// hasStatus reports whether a resource has the subresource status in a version.
func (s *served) hasStatus(version string) bool {
	if s.Custom {
		v := s.version(version)
		return v != nil && v.Status
	}
	t, ok := scheme.Scheme.AllKnownTypes()[schema.GroupVersionKind{Group: s.Group, Version: version, Kind: s.Kind}]
	if !ok || t.Kind() != reflect.Struct {
		return s.Kind == "CustomResourceDefinition" || s.Kind == "APIService"
	}
	_, ok = t.FieldByName("Status")
	return ok
}

// scaled are Kubernetes' own resources with the subresource scale.
var scaled = []string{"deployments.apps", "replicasets.apps", "statefulsets.apps", "replicationcontrollers"}

// scale says where a resource keeps its replicas, nil where it has none.
func (s *served) scale(version string) *kinds.Scale {
	if s.Custom {
		if v := s.version(version); v != nil {
			return v.Scale
		}
		return nil
	}
	if !slices.Contains(scaled, s.FullName()) {
		return nil
	}
	return &kinds.Scale{Spec: ".spec.replicas", Status: ".status.replicas", Selector: ".spec.selector"}
}

// categories are the names for several types that a resource belongs to.
func (s *served) categories() []string { return s.InCategories() }
