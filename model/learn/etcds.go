package learn

import (
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/kinds"
)

// A node can have several etcds: a main one, and others that keep single resources alone, as a rule Events. Each numbers its
// revisions by itself: only a time means the same in two of them.

// Etcd is another etcd of the node: its name, and the resources that it keeps alone (events, coordination.k8s.io/leases),
// nil where that is not known.
type Etcd struct {
	Name      string
	Resources []string
}

// Folders are the prefixes of the keys that an etcd keeps alone, below a root.
func (e *Etcd) Folders(root string, t *kinds.Table) (out []string) {
	for _, r := range e.Resources {
		group, name, ok := strings.Cut(r, "/")
		if !ok {
			group, name = "", r
		}
		for _, k := range t.All() {
			if k.Plural == name && (k.Group == group || group == "") && k.Root == "" {
				out = append(out, root+k.Prefix)
				break
			}
		}
	}
	return out
}

// Apart are the folders that other etcds of the node keep alone.
func (o *Opened) Apart() (out []string) {
	for i := range o.Etcds {
		out = append(out, o.Etcds[i].Folders(o.Root, o.Kinds)...)
	}
	return out
}

// What names the resources that other etcds of the node keep alone.
func (o *Opened) What() string {
	var names []string
	for i := range o.Etcds {
		names = append(names, o.Etcds[i].Resources...)
	}
	return strings.Join(names, ", ")
}

// EtcdOf returns which other etcd of the node keeps a key, or all below a prefix; nil for the one that is open.
func (o *Opened) EtcdOf(key string) *Etcd {
	for i := range o.Etcds {
		e := &o.Etcds[i]
		if slices.ContainsFunc(e.Folders(o.Root, o.Kinds), func(folder string) bool {
			return strings.HasPrefix(key, folder) || key+"/" == folder
		}) {
			return e
		}
	}
	return nil
}

// Beside says that the node has other etcds, "" where it has none.
func (o *Opened) Beside() string {
	var names []string
	for i := range o.Etcds {
		names = append(names, o.Etcds[i].Name)
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return "this node has another etcd, " + names[0] + ", which keeps " + o.Etcds[0].what() + "; --etcd " + names[0] + " or :etcd " + names[0] + " opens it"
	}
	return "this node has other etcds, " + strings.Join(names, ", ") + ", which keep what is not in this one; --etcd NAME or :etcd NAME opens one of them"
}

// what says what an etcd keeps.
func (e *Etcd) what() string {
	if len(e.Resources) == 0 {
		return "what is not in this one"
	}
	return strings.Join(e.Resources, ", ") + " alone"
}
