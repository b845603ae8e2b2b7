package kinds

import (
	"strings"
	"sync"
)

// DefaultRoot is where the API server keeps its keys unless its flag says otherwise.
const DefaultRoot = "/registry/"

// UsualRoots are where API servers keep their keys nearly always: as they come, and those of OpenShift.
func UsualRoots() []string { return []string{DefaultRoot, "/kubernetes.io/"} }

// CleanRoot returns a root given by hand (--prefix) as keys spell it: with one slash at each end.
func CleanRoot(s string) string {
	s = strings.Trim(s, "/")
	if s == "" {
		return "/"
	}
	return "/" + s + "/"
}

// Shape is one way to read a key as that of an object: below this root it would be this one.
type Shape struct {
	Root string
	Ref  Ref
}

// besides are keys of API servers that hold no resource of the API, and the kinds that are stored in them.
var besides = map[string]string{"masterleases/": "Endpoints", "peerserverleases/": "Endpoints", "ranges/": "RangeAllocation"}

var shapes = sync.OnceValue(func() *Table { return newTable(append(resources(builtin), resources(openshift)...)) })

// Shapes returns all ways to read a key as that of an object, the shortest root first. Whether it is one the value says.
func Shapes(key []byte) (out []Shape) {
	for i := range key {
		if key[i] != '/' {
			continue
		}
		root := string(key[:i+1])
		ref, ok := shapes().Locate(root, key)
		if !ok {
			for dir, kind := range besides {
				if name, is := strings.CutPrefix(string(key[i+1:]), dir); is && name != "" {
					ref, ok = Ref{Resource{Version: "v1", Kind: kind, Prefix: dir}, "", name}, true
				}
			}
		}
		if ok {
			out = append(out, Shape{root, ref})
		}
	}
	return out
}

// Known reports whether Kubernetes or OpenShift keep objects in a folder of this name below a root.
func Known(folder string) bool {
	_, ok := knownFolders()[strings.TrimSuffix(folder, "/")]
	return ok
}

// Always returns the folders below a root that practically every cluster has, in key order: its API server makes them when it
// starts, or its first node does.
func Always() []string {
	return strings.Fields(`apiregistration.k8s.io/ clusterrolebindings/ clusterroles/ configmaps/ controllerrevisions/ csinodes/
daemonsets/ deployments/ endpointslices/ events/ flowschemas/ leases/ masterleases/ minions/ namespaces/ pods/ priorityclasses/
prioritylevelconfigurations/ ranges/ replicasets/ rolebindings/ roles/ secrets/ serviceaccounts/ services/`)
}

var knownFolders = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for dir := range besides {
		out[strings.TrimSuffix(dir, "/")] = true
	}
	for _, r := range shapes().list {
		first, _, _ := strings.Cut(r.Prefix, "/")
		out[first] = true
	}
	return out
})
