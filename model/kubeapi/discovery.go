package kubeapi

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The verbs that are answered.
var verbs = metav1.Verbs{"get", "list", "watch"}

// reviews are the resources that are asked by being created, by their groups: the only ones that the store does not hold.
var reviews = map[string][]metav1.APIResource{
	"authorization.k8s.io": {
		{Name: "selfsubjectaccessreviews", SingularName: "selfsubjectaccessreview", Kind: "SelfSubjectAccessReview", Verbs: metav1.Verbs{"create"}},
		{Name: "selfsubjectrulesreviews", SingularName: "selfsubjectrulesreview", Kind: "SelfSubjectRulesReview", Verbs: metav1.Verbs{"create"}},
	},
	"authentication.k8s.io": {{Name: "selfsubjectreviews", SingularName: "selfsubjectreview", Kind: "SelfSubjectReview", Verbs: metav1.Verbs{"create"}}},
}

// apiGroups are the groups that are served under /api or /apis, the reviews with them.
func (c *catalog) apiGroups(core bool) (out []*group) {
	for _, g := range c.groups {
		if (g.name == "") == core {
			out = append(out, g)
		}
	}
	if core {
		return out
	}
	for _, name := range []string{"authentication.k8s.io", "authorization.k8s.io"} {
		if c.byGroup[name] == nil {
			out = append(out, &group{name: name, versions: []string{"v1"}})
		}
	}
	return out
}

// list are the resources of a version of a group with their subresources.
func (g *group) list(version string) []metav1.APIResource {
	out := []metav1.APIResource{}
	for _, s := range g.served[version] {
		one := metav1.APIResource{Name: s.Plural, SingularName: s.Singular, Namespaced: s.Namespaced, Kind: s.Kind, Verbs: verbs, ShortNames: s.Short, Categories: s.categories()}
		out = append(out, one)
		if s.hasStatus(version) {
			out = append(out, metav1.APIResource{Name: s.Plural + "/status", Namespaced: s.Namespaced, Kind: s.Kind, Verbs: metav1.Verbs{"get"}})
		}
		if s.scale(version) != nil {
			out = append(out, metav1.APIResource{Name: s.Plural + "/scale", Namespaced: s.Namespaced, Group: "autoscaling", Version: "v1", Kind: "Scale", Verbs: metav1.Verbs{"get"}})
		}
	}
	if version == "v1" {
		out = append(out, reviews[g.name]...)
	}
	return out
}

// discovery answers /api and /apis, in one document for all groups where the client takes that.
func (c *catalog) discovery(core bool, accept string) (*Answer, error) {
	f, err := forms(accept, "APIGroupDiscoveryList")
	if err != nil {
		return nil, err
	}
	if f.as != "" {
		v := "v2"
		if f.group == "v2beta1" {
			v = f.group
		}
		a := valueAnswer(200, c.aggregated(core, v))
		a.Type = jsonType + ";g=apidiscovery.k8s.io;v=" + v + ";as=APIGroupDiscoveryList"
		return a, nil
	}
	if core {
		return valueAnswer(200, metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"}, ServerAddressByClientCIDRs: []metav1.ServerAddressByClientCIDR{}}).in(f), nil
	}
	out := metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}, Groups: []metav1.APIGroup{}}
	for _, g := range c.apiGroups(false) {
		out.Groups = append(out.Groups, g.api())
	}
	return valueAnswer(200, out).in(f), nil
}

// api is a group as the API lists it.
func (g *group) api() metav1.APIGroup {
	out := metav1.APIGroup{Name: g.name}
	for _, v := range g.versions {
		out.Versions = append(out.Versions, metav1.GroupVersionForDiscovery{GroupVersion: g.name + "/" + v, Version: v})
	}
	out.PreferredVersion = out.Versions[0]
	return out
}

// oneGroup answers /apis/GROUP.
func (c *catalog) oneGroup(name, accept string) (*Answer, error) {
	f, err := forms(accept)
	if err != nil {
		return nil, err
	}
	for _, g := range c.apiGroups(false) {
		if g.name == name {
			out := g.api()
			out.TypeMeta = metav1.TypeMeta{Kind: "APIGroup", APIVersion: "v1"}
			return valueAnswer(200, out).in(f), nil
		}
	}
	return nil, notServed("group " + name)
}

// resources answers /api/v1 and /apis/GROUP/VERSION.
func (c *catalog) resources(name, version, accept string) (*Answer, error) {
	f, err := forms(accept)
	if err != nil {
		return nil, err
	}
	for _, g := range c.apiGroups(name == "") {
		if g.name == name && slices.Contains(g.versions, version) {
			gv := version
			if name != "" {
				gv = name + "/" + version
			}
			return valueAnswer(200, metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: gv, APIResources: g.list(version)}).in(f), nil
		}
	}
	return nil, notServed("version " + version + " of group " + name)
}

// The documents of aggregated discovery (apidiscovery.k8s.io), as far as they are filled here.
type (
	discoveryList struct {
		metav1.TypeMeta `json:",inline"`
		Metadata        struct{}         `json:"metadata"`
		Items           []discoveryGroup `json:"items"`
	}
	discoveryGroup struct {
		Metadata struct {
			Name string `json:"name,omitempty"`
		} `json:"metadata"`
		Versions []discoveryVersion `json:"versions"`
	}
	discoveryVersion struct {
		Version   string              `json:"version"`
		Resources []discoveryResource `json:"resources"`
		Freshness string              `json:"freshness"`
	}
	discoveryResource struct {
		Resource     string                  `json:"resource"`
		ResponseKind metav1.GroupVersionKind `json:"responseKind"`
		Scope        string                  `json:"scope"`
		Singular     string                  `json:"singularResource"`
		Verbs        []string                `json:"verbs"`
		ShortNames   []string                `json:"shortNames,omitempty"`
		Categories   []string                `json:"categories,omitempty"`
		Subresources []discoverySub          `json:"subresources,omitempty"`
	}
	discoverySub struct {
		Subresource  string                  `json:"subresource"`
		ResponseKind metav1.GroupVersionKind `json:"responseKind"`
		Verbs        []string                `json:"verbs"`
	}
)

// aggregated is the document for all groups.
func (c *catalog) aggregated(core bool, version string) any {
	out := discoveryList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupDiscoveryList", APIVersion: "apidiscovery.k8s.io/" + version}, Items: []discoveryGroup{}}
	for _, g := range c.apiGroups(core) {
		one := discoveryGroup{}
		one.Metadata.Name = g.name
		for _, v := range g.versions {
			one.Versions = append(one.Versions, discoveryVersion{Version: v, Freshness: "Current", Resources: g.aggregated(v)})
		}
		out.Items = append(out.Items, one)
	}
	return out
}

// aggregated are the resources of a version, each with its subresources.
func (g *group) aggregated(version string) []discoveryResource {
	out := []discoveryResource{}
	for _, r := range g.list(version) {
		kind := metav1.GroupVersionKind{Group: g.name, Version: version, Kind: r.Kind}
		if parent, sub, ok := cutSubresource(r.Name); ok {
			if r.Group != "" {
				kind.Group, kind.Version = r.Group, r.Version
			}
			last := &out[len(out)-1]
			if last.Resource == parent {
				last.Subresources = append(last.Subresources, discoverySub{Subresource: sub, ResponseKind: kind, Verbs: r.Verbs})
			}
			continue
		}
		scope := "Cluster"
		if r.Namespaced {
			scope = "Namespaced"
		}
		out = append(out, discoveryResource{Resource: r.Name, ResponseKind: kind, Scope: scope, Singular: r.SingularName, Verbs: r.Verbs, ShortNames: r.ShortNames, Categories: r.Categories})
	}
	return out
}
