package family

import (
	"cmp"
	"maps"
	"slices"
)

// Gone takes note that a key was deleted.
func (f *Family) Gone(key []byte) {
	for _, uid := range f.byKey[string(key)] {
		f.members[string(key)+"\x00"+uid].gone = true
	}
}

// byName adds what the object and what it owns name, and who names these.
//
//	Pod ─► claim ─► volume ─► class      autoscaler ─► target      Endpoints, IPAddress ─► Service
func (f *Family) byName(out map[string]Relation, add func(string, Relation) bool) {
	ours := map[string]bool{}
	for key, r := range out {
		ours[key] = r == Self || r == Owned
	}
	for _, m := range f.members {
		for _, named := range m.named {
			if r := names[m.kind].by; ours[named] && r != "" {
				f.each(m.key, func(uid string) { add(uid, r) })
			}
		}
	}
	todo := slices.DeleteFunc(slices.Collect(maps.Keys(out)), func(key string) bool { return !ours[key] && out[key] != Storage })
	for seen := map[string]bool{}; len(todo) > 0; todo = todo[1:] {
		if seen[todo[0]] {
			continue
		}
		seen[todo[0]] = true
		f.each(todo[0], func(uid string) {
			m := f.members[todo[0]+"\x00"+uid]
			for _, named := range m.named {
				f.each(named, func(uid string) { add(uid, names[m.kind].to) })
				if names[m.kind].to == Storage {
					todo = append(todo, named)
				}
			}
		})
	}
}

// Named returns the keys that the objects of a family, as Of returned it, name.
func (f *Family) Named(in map[string]Relation) (keys []string) {
	for key := range in {
		f.each(key, func(uid string) { keys = append(keys, f.members[key+"\x00"+uid].named...) })
	}
	return keys
}

// Leases returns the keys of the leases of the nodes that the Pods of a family are bound to.
func (f *Family) Leases(in map[string]Relation) (keys []string) {
	for key := range in {
		f.each(key, func(uid string) {
			if n := f.members[key+"\x00"+uid].node; n != "" {
				keys = append(keys, f.lease(n))
			}
		})
	}
	return keys
}

// lease is the key of the lease of a node.
func (f *Family) lease(node string) string { return f.root + "leases/kube-node-lease/" + node }

// each calls f for each uid that a key has had.
func (f *Family) each(key string, do func(uid string)) {
	for _, uid := range f.byKey[key] {
		do(uid)
	}
}

// names says what an object of a kind is to one that it names, "" for nothing, and what that is to it.
var names = map[string]struct{ by, to Relation }{
	"Pod":                     {User, Storage},
	"PersistentVolumeClaim":   {"", Storage}, // a class has too many of them
	"PersistentVolume":        {"", Storage},
	"VolumeAttachment":        {Storage, Storage},
	"HorizontalPodAutoscaler": {Autoscaler, Target},
	"Endpoints":               {Endpoints, Owner},
	"IPAddress":               {Address, Owner},
}

// Hold is an object because of which another one, or itself, cannot be deleted yet.
type Hold struct {
	Key, Kind  string
	Finalizers []string
}

// maxHolds bounds what is named of a namespace.
const maxHolds = 500

// Holds returns what an object that is being deleted waits for: its own finalizers, and of a Namespace what is left in it,
// what has finalizers first. It is empty where the object is gone, or is not being deleted.
func (f *Family) Holds(key string) (out []Hold) {
	for _, uid := range f.byKey[key] {
		m := f.members[key+"\x00"+uid]
		if m.gone || !m.deleting {
			continue
		}
		if len(m.finalizers) > 0 {
			out = append(out, Hold{m.key, m.kind, m.finalizers})
		}
		if m.kind == "Namespace" {
			out = append(out, f.left(m.key[len(f.root+"namespaces/"):])...)
		}
	}
	return out
}

// left are the objects of a namespace that are there.
func (f *Family) left(namespace string) (out []Hold) {
	for _, m := range f.members {
		if m.namespace == namespace && m.kind != "Namespace" && !m.gone && f.last(m) {
			out = append(out, Hold{m.key, m.kind, m.finalizers})
		}
	}
	slices.SortFunc(out, func(a, b Hold) int {
		return cmp.Or(cmp.Compare(min(len(b.Finalizers), 1), min(len(a.Finalizers), 1)), cmp.Compare(a.Key, b.Key))
	})
	return out[:min(len(out), maxHolds)]
}

// last reports whether a record is of the object that a key held last.
func (f *Family) last(m *member) bool {
	uids := f.byKey[m.key]
	return f.members[m.key+"\x00"+uids[len(uids)-1]] == m
}
