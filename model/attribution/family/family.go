// Package family finds the objects that belong to one object's story: its owners and what they stand on.
//
//	versions of all objects ─► Family.Add ─► Of(key) ─► owner, owned, event, endpoints, node, lease
//
// What always holds:
//   - Relations are by uid, or by what an object names as Kubernetes resolves it: a node, a claim and its volume, the target of
//     an autoscaler, the Service that Endpoints have the name of.
//   - Relatives of all times count, also those that are gone: they are part of the story.
//   - A family is closed downwards from the object and upwards through its owners: siblings are not in it.
//   - Memory is one small record for each object that was seen; values are not kept.
//   - It does no I/O, and the order of the keys does not matter; versions of one key come in their order.
package family

import (
	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
)

// Relation is what an object is to the one whose family is asked for.
type Relation string

// The relations.
const (
	Self      Relation = "self"
	Owner     Relation = "owner"
	Owned     Relation = "owned"
	Event     Relation = "event"     // about one of the above
	Endpoints Relation = "endpoints" // of one of the above
	Node      Relation = "node"
	Lease     Relation = "lease" // of the node

	Storage    Relation = "storage" // a claim, its volume, that one's class or attachment
	Address    Relation = "address" // of a Service
	Target     Relation = "target"  // of an autoscaler
	Autoscaler Relation = "autoscaler"
	User       Relation = "user" // a Pod that mounts a claim
	Held       Relation = "held" // left in a namespace that is being deleted
)

// member is what is known of one object.
type member struct {
	key, kind string
	first     int64    // the revision of its first version
	owners    []string // uids
	about     []string // uids that an Event or an EndpointSlice is about
	node      string
	named     []string // keys

	namespace  string
	gone       bool
	deleting   bool
	finalizers []string // at last
}

// Family collects how objects belong together.
type Family struct {
	root    string
	members map[string]*member  // by key and uid
	byKey   map[string][]string // uids that a key has had
	byUID   map[string]*member
}

// New returns a family of nobody. root is where Kubernetes' keys begin.
func New(root string) *Family {
	if root == "" {
		root = kinds.DefaultRoot
	}
	return &Family{root: root, members: map[string]*member{}, byKey: map[string][]string{}, byUID: map[string]*member{}}
}

// Add takes what ties one version of an object, written at a revision, to others. The links stay the caller's.
func (f *Family) Add(key []byte, mod int64, l *decode.Links) {
	if len(l.UID) == 0 {
		return
	}
	m := f.byUID[string(l.UID)]
	if m == nil || m.key != string(key) {
		m = f.member(string(key), string(l.UID), mod)
	}
	if m.kind == "" {
		m.kind = string(l.Kind)
	}
	for _, uid := range l.Owners {
		m.owners = join(m.owners, uid)
	}
	for _, uid := range l.About {
		m.about = join(m.about, uid)
	}
	for _, key := range l.Named {
		m.named = join(m.named, []byte(key))
	}
	m.gone, m.deleting, m.finalizers = false, l.Deleting, m.finalizers[:0]
	for _, x := range l.Finalizers {
		m.finalizers = append(m.finalizers, string(x))
	}
	if m.namespace == "" {
		m.namespace = string(l.Namespace)
	}
	if len(l.Node) > 0 && m.node != string(l.Node) {
		m.node = string(l.Node)
	}
}

// member returns the record of what a key held under a uid, since a revision where it is new. Of several keys a uid is that of the one
// that had it first.
func (f *Family) member(key, uid string, mod int64) *member {
	m := f.members[key+"\x00"+uid]
	if m == nil {
		m = &member{key: key, first: mod}
		f.members[key+"\x00"+uid] = m
		f.byKey[key] = append(f.byKey[key], uid)
		if had := f.byUID[uid]; had == nil || mod < had.first {
			f.byUID[uid] = m
		}
	}
	return m
}

// maxJoined bounds how many other objects one is tied to: an EndpointSlice has at most 1,000 endpoints at a time.
const maxJoined = 4096

// join adds what the list does not have, as long as there is room.
func join(list []string, s []byte) []string {
	if len(list) >= maxJoined {
		return list
	}
	for _, x := range list {
		if x == string(s) {
			return list
		}
	}
	return append(list, string(s))
}

// Of returns the keys of an object's family, with what each is to it. It is empty for a key that was never seen.
func (f *Family) Of(key string) map[string]Relation {
	out := map[string]Relation{}
	uids := map[string]Relation{} // whom Events and EndpointSlices may be about
	var nodes []string
	add := func(uid string, r Relation) bool {
		m := f.byUID[uid]
		if m == nil || uids[uid] != "" {
			return false
		}
		uids[uid] = r
		if out[m.key] == "" {
			out[m.key] = r
		}
		if m.node != "" && r != Owner && r != User && r != Target {
			nodes = join(nodes, []byte(m.node))
		}
		return true
	}
	for _, uid := range f.byKey[key] {
		add(uid, Self)
		f.up(uid, add)
		f.down(add, uids)
	}
	f.byName(out, add)
	for _, h := range f.Holds(key) {
		for _, uid := range f.byKey[h.Key] {
			add(uid, Held)
		}
	}
	for _, m := range f.members {
		for _, uid := range m.about {
			if r := uids[uid]; r == "" || m.kind == "EndpointSlice" && r == Owner || out[m.key] != "" {
				continue
			}
			if out[m.key] = Event; m.kind == "EndpointSlice" {
				out[m.key] = Endpoints
			}
		}
	}
	for _, n := range nodes {
		f.place(out, f.root+"minions/"+n, Node)
		f.place(out, f.lease(n), Lease)
	}
	return out
}

// About reports whether the object with a uid is one of a family, as Of returned it, that an Event is about.
func (f *Family) About(in map[string]Relation, uid string) bool {
	m := f.byUID[uid]
	if uid == "" || m == nil {
		return false
	}
	switch in[m.key] {
	case "", Node, Lease, Event, Endpoints:
		return false
	}
	return true
}

func (f *Family) place(out map[string]Relation, key string, r Relation) {
	if len(f.byKey[key]) > 0 && out[key] == "" {
		out[key] = r
	}
}

// up adds the owners of an object, and theirs.
func (f *Family) up(uid string, add func(string, Relation) bool) {
	m := f.byUID[uid]
	if m == nil {
		return
	}
	for _, o := range m.owners {
		if add(o, Owner) {
			f.up(o, add)
		}
	}
}

// down adds what the object owns, and what that owns.
func (f *Family) down(add func(string, Relation) bool, in map[string]Relation) {
	for more := true; more; {
		more = false
		for _, uids := range f.byKey {
			for _, uid := range uids {
				if in[uid] == "" && f.ownedBy(f.byUID[uid], in) {
					more = add(uid, Owned) || more
				}
			}
		}
	}
}

func (f *Family) ownedBy(m *member, in map[string]Relation) bool {
	for _, o := range m.owners {
		if r := in[o]; r == Self || r == Owned {
			return true
		}
	}
	return false
}
