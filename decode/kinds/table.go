package kinds

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// Resource is one kind of object, as the API and the store name it.
type Resource struct {
	Group      string // "" is the core group
	Version    string // the version that is stored by default
	Kind       string // "" where not known: a custom resource whose definition is gone
	Plural     string
	Singular   string
	Short      []string
	Namespaced bool
	Prefix     string // of its keys, below the root: "services/specs/"
	Root       string // its own root where that is not the cluster's first: "/openshift.io/"; else ""
	Custom     bool
	ListKind   string   // of a custom resource, "" for the usual one
	Categories []string // of a custom resource: names for several types, as "all"
	// Versions are the versions of a custom resource, with what its definition says about each.
	Versions []Version
}

// Version is one version of a custom resource.
type Version struct {
	Name    string
	Schema  map[string]any // its openAPIV3Schema, nil where there is none
	Columns []Column       // its additional printer columns
	// Unserved versions are stored, and no API server answers for them any more.
	Unserved bool
	Status   bool     // it has a subresource status
	Scale    *Scale   // its subresource scale, nil for none
	Fields   []string // paths by which field selectors may select: ".spec.color"
}

// Scale says where a custom resource keeps what its subresource scale shows, as paths: ".spec.replicas". Selector may be "".
type Scale struct{ Spec, Status, Selector string }

// Column is a column that a definition asks kubectl to print.
type Column struct {
	Name, Type, Path string // Path is kubectl's JSONPath without braces: ".spec.size"
	Priority         int    // above 0: only in wide output
}

// APIVersion returns the group and version as an object spells them: "v1", "apps/v1".
func (r Resource) APIVersion() string { return join(r.Group, r.Version) }

// FullName returns the plural name with its group: "pods", "widgets.shop.example.com".
func (r Resource) FullName() string {
	if r.Group == "" {
		return r.Plural
	}
	return r.Plural + "." + r.Group
}

func join(group, version string) string {
	if group == "" {
		return version
	}
	return group + "/" + version
}

// Ref is what a key says about the object that it holds.
type Ref struct {
	Resource
	Namespace string // "" for objects of the cluster
	Name      string
}

// Table is a set of resources. The zero Table knows none; Builtin knows those of Kubernetes.
type Table struct {
	list  []Resource
	first ofRoot           // of those that have no root of their own
	roots []ofRoot         // the others
	name  map[string][]int // any name in lower case → list, in the order of preference
}

// ofRoot are the resources of a root of their own.
type ofRoot struct {
	root   string
	prefix map[string]int // Prefix → list
}

func newTable(list []Resource) *Table {
	t := &Table{list: list, first: ofRoot{prefix: make(map[string]int, len(list))}, name: make(map[string][]int, 5*len(list))}
	for i := range list {
		t.prefixes(list[i].Root)[list[i].Prefix] = i
		for _, n := range list[i].names() {
			if is := t.name[n]; len(is) == 0 || is[len(is)-1] != i {
				t.name[n] = append(is, i)
			}
		}
	}
	return t
}

// prefixes returns the prefixes of the resources that have a root of their own, or of those that have none.
func (t *Table) prefixes(root string) map[string]int {
	if root == "" {
		return t.first.prefix
	}
	for i := range t.roots {
		if t.roots[i].root == root {
			return t.roots[i].prefix
		}
	}
	t.roots = append(t.roots, ofRoot{root, map[string]int{}})
	return t.roots[len(t.roots)-1].prefix
}

// below returns the resources among which a key or folder is, and what follows their root.
func (t *Table) below(root string, key []byte) (own *ofRoot, rest []byte, ok bool) {
	for i := range t.roots {
		if o := &t.roots[i]; len(key) >= len(o.root) && string(key[:len(o.root)]) == o.root {
			return o, key[len(o.root):], true
		}
	}
	if len(key) < len(root) || string(key[:len(root)]) != root {
		return nil, nil, false
	}
	return &t.first, key[len(root):], true
}

// Companions returns the roots, other than the first one, whose resources the table knows.
func (t *Table) Companions() (roots []string) {
	for i := range t.roots {
		roots = append(roots, t.roots[i].root)
	}
	return roots
}

// names returns all names of a resource, in lower case.
func (r Resource) names() []string {
	plain := append([]string{r.Plural, r.Singular, r.Kind}, r.Short...)
	groups := append([]string{r.Group}, cohabits[r.Plural]...)
	if r.Custom {
		groups = groups[:1]
	}
	versions := []string{r.Version}
	for _, v := range r.Versions {
		versions = append(versions, v.Name)
	}
	var out []string
	for _, p := range plain {
		if p == "" {
			continue
		}
		p = strings.ToLower(p)
		out = append(out, p)
		for _, g := range groups {
			out = append(out, strings.ToLower(p+"."+g))
			for _, v := range versions {
				out = append(out, strings.ToLower(p+"."+v+"."+g))
			}
		}
	}
	return out
}

// With returns the table with further resources, those of CustomResourceDefinitions. A resource replaces a custom one
// that has the same prefix; Kubernetes' own stay.
func (t *Table) With(custom ...Resource) *Table {
	list := slices.Clone(t.list)
	at := map[string]int{}
	for i := range list {
		if list[i].Root == "" {
			at[list[i].Prefix] = i
		}
	}
	for _, r := range custom {
		if i, ok := at[r.Prefix]; ok {
			if list[i].Custom {
				list[i] = r
			}
			continue
		}
		at[r.Prefix] = len(list)
		list = append(list, r)
	}
	return newTable(behind(list))
}

// All returns the resources, Kubernetes' own first. The slice must not be changed.
func (t *Table) All() []Resource { return t.list }

// Find returns the resource of a name as kubectl's users write it: kind, plural, singular or short name, with or
// without ".group" or ".version.group", in any case. Of several the core group's comes first, then Kubernetes' own.
func (t *Table) Find(name string) (Resource, bool) {
	is := t.name[strings.ToLower(name)]
	if len(is) == 0 {
		return Resource{}, false
	}
	for _, i := range is {
		if t.list[i].Group == "" {
			return t.list[i], true
		}
	}
	return t.list[is[0]], true
}

// OfKind returns the resource of an object's apiVersion and kind; the version need not be the stored one.
func (t *Table) OfKind(apiVersion, kind string) (Resource, bool) {
	group, _, ok := strings.Cut(apiVersion, "/")
	if !ok {
		group = ""
	}
	for _, i := range t.name[strings.ToLower(kind)] {
		r := t.list[i]
		if r.Kind == kind && (r.Group == group || (!r.Custom && slices.Contains(cohabits[r.Plural], group))) {
			return r, true
		}
	}
	return Resource{}, false
}

// Schema returns the openAPIV3Schema of a custom resource's version, nil where there is none.
func (t *Table) Schema(apiVersion, kind string) map[string]any {
	r, ok := t.OfKind(apiVersion, kind)
	if !ok || !r.Custom {
		return nil
	}
	version := apiVersion[strings.LastIndexByte(apiVersion, '/')+1:]
	for _, v := range r.Versions {
		if v.Name == version {
			return v.Schema
		}
	}
	return nil
}

// Locate says what the key below the root holds. A custom resource whose definition is not in the table is identified by the
// shape of its key; its Kind stays empty. Keys that hold no resource of the API (masterleases, ranges) are not located.
func (t *Table) Locate(root string, key []byte) (Ref, bool) {
	own, rest, ok := t.below(root, key)
	if !ok {
		return Ref{}, false
	}
	var ends [maxSegments]int // behind each of the first segments
	n := 0
	for at := 0; n < maxSegments; n++ {
		i := bytes.IndexByte(rest[at:], '/')
		if i < 0 {
			break
		}
		at += i + 1
		ends[n] = at
	}
	for i := n - 1; i >= 0; i-- {
		if at, ok := own.prefix[string(rest[:ends[i]])]; ok {
			return t.list[at].ref(string(rest[ends[i]:]))
		}
	}
	if n < 2 || bytes.IndexByte(rest[:ends[0]], '.') < 0 {
		return Ref{}, false
	}
	tail := string(rest[ends[1]:])
	r := Resource{
		Group: string(rest[:ends[0]-1]), Plural: string(rest[ends[0] : ends[1]-1]), Prefix: string(rest[:ends[1]]), Root: own.root,
		Custom: true, Namespaced: strings.Contains(tail, "/"),
	}
	return r.ref(tail)
}

// maxSegments is of how many segments the prefix of a resource can be: "authorization/cluster/policies/".
const maxSegments = 3

// Of returns the resource whose keys a folder holds: its own prefix, or that of one namespace in it.
func (t *Table) Of(root string, folder []byte) (Resource, bool) {
	own, b, ok := t.below(root, folder)
	if !ok {
		return Resource{}, false
	}
	rest := string(b)
	if i, ok := own.prefix[rest]; ok {
		return t.list[i], true
	}
	up := strings.LastIndexByte(strings.TrimSuffix(rest, "/"), '/') + 1
	if i, ok := own.prefix[rest[:up]]; ok && t.list[i].Namespaced {
		return t.list[i], true
	}
	return Resource{}, false
}

// ref reads what follows the prefix.
func (r Resource) ref(tail string) (Ref, bool) {
	ns, name, two := strings.Cut(tail, "/")
	if !r.Namespaced {
		return Ref{r, "", tail}, !two && tail != ""
	}
	return Ref{r, ns, name}, two && ns != "" && name != "" && !strings.Contains(name, "/")
}

// Key returns the key of an object; root ends in a slash. ns is ignored for objects of the cluster.
func (t *Table) Key(root string, r Resource, ns, name string) []byte {
	return []byte(t.Prefix(root, r, ns) + name)
}

// Prefix returns the prefix of the keys of a resource: of one namespace, or of all where ns is empty.
func (t *Table) Prefix(root string, r Resource, ns string) string {
	root = cmp.Or(r.Root, root)
	if r.Namespaced && ns != "" {
		return root + r.Prefix + ns + "/"
	}
	return root + r.Prefix
}

// Kubectl returns what kubectl's users write for the key: "pods/nginx -n demo"; "" for a key that is no object's.
func (t *Table) Kubectl(root string, key []byte) string {
	ref, ok := t.Locate(root, key)
	if !ok {
		return ""
	}
	name := ref.Plural
	if r, ok := t.Find(name); !ok || r.Prefix != ref.Prefix || r.Root != ref.Root {
		name = ref.FullName()
	}
	s := name + "/" + ref.Name
	if ref.Namespaced {
		s += " -n " + ref.Namespace
	}
	return s
}
