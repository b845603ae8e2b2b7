package attribution

import (
	"time"
)

// thing is what is remembered of an object that lives, or that is gone since not long ago.
type thing struct {
	key, kind, name, ns string
	seq                 int64 // its newest version, counted by etcd
	marked              int64 // revision of the deletion mark, 0 where there is none
	gone                int64 // revision of the tombstone, 0 while it lives
	foreground          bool  // it waits for its dependents to be deleted
	orphan              bool  // it waits for its dependents to be let go
	replicas            int64 // of a ReplicaSet: wanted pods
	node                string
	finished            bool      // of a Job: it is complete or has failed
	tended              int64     // of a Pod: the newest revision of its kubelet's status
	disrupted           time.Time // of a Pod: when it got the condition that says why it goes
	holds               holds
}

// holds is what waits for an object to go.
type holds struct {
	owners []string // uids of owners whose deletion it blocks
	claims []string // volume claims that it uses, with their namespaces
	ns     string
	member string // of a Pod that is neither marked nor done: the uid of its owner
}

// maxGone is how many objects that are gone are remembered.
const maxGone = 1 << 16

// world is the state of the cluster around the change that is being attributed.
type world struct {
	things  map[string]*thing // by uid
	byKey   map[string]string // uid by key
	gone    []string          // uids, oldest first
	leases  map[string]int64  // etcd lease by key, of keys that hang on one
	holders map[string]string // who holds the leader's lease of a component
	// How many living objects are in a namespace, block the deletion of an owner by its uid, use a volume claim, and how
	// many pods an owner has by its uid.
	within, blocking, claims, pods map[string]int
	// whole tells that everything that lives is known: what is not in things does not exist.
	whole bool
}

func newWorld(whole bool) *world {
	return &world{things: map[string]*thing{}, byKey: map[string]string{}, leases: map[string]int64{}, holders: map[string]string{}, whole: whole,
		within: map[string]int{}, blocking: map[string]int{}, claims: map[string]int{}, pods: map[string]int{}}
}

// alive tells of a uid: found is false where nothing can be said.
func (w *world) alive(uid string) (t *thing, living, found bool) {
	if uid == "" {
		return nil, false, false
	}
	t = w.things[uid]
	if t == nil {
		return nil, false, w.whole
	}
	return t, t.gone == 0, true
}

// at returns the living object of a key.
func (w *world) at(key string) *thing {
	if t := w.things[w.byKey[key]]; t != nil && t.gone == 0 {
		return t
	}
	return nil
}

// remembered tells whether objects of a kind are worth remembering: nothing depends on Events.
func remembered(kind string) bool { return kind != "Event" }

// put takes a new version into the world.
func (w *world) put(key string, v *version, mod, seq, lease int64) {
	if lease != 0 {
		w.leases[key] = lease
	} else {
		delete(w.leases, key)
	}
	if v == nil || !v.IsKubernetes() || v.UID == "" || !remembered(v.Kind) {
		return
	}
	if old := w.byKey[key]; old != "" && old != v.UID {
		w.bury(key, mod) // replaced without a tombstone: the old one is gone all the same
	}
	t := w.things[v.UID]
	if t == nil {
		t = &thing{key: key, kind: v.Kind, name: v.Name, ns: v.Namespace}
		w.things[v.UID] = t
	}
	if t.key != key {
		return // a copy under another key; the first one counts
	}
	w.byKey[key] = v.UID
	t.gone, t.seq = 0, seq
	if t.marked == 0 && !v.deletion.IsZero() {
		t.marked = mod
	}
	w.hold(t, holdsOf(v))
	t.foreground, t.orphan = v.hasFinalizer("foregroundDeletion"), v.hasFinalizer("orphan")
	switch v.Kind {
	case "ReplicaSet", "ReplicationController":
		t.replicas = v.number(1, "spec", "replicas")
	case "Pod":
		t.node = v.Text("spec", "nodeName")
	case "Job":
		t.finished = !finishTime(v).IsZero()
	case "Namespace":
		if t.marked == 0 && v.Text("status", "phase") == "Terminating" {
			t.marked = mod
		}
	case "Lease":
		w.lead(v)
	}
}

// hold exchanges what an object holds.
func (w *world) hold(t *thing, h holds) {
	for sign, x := range map[int]holds{-1: t.holds, 1: h} {
		for _, uid := range x.owners {
			add(w.blocking, uid, sign)
		}
		for _, c := range x.claims {
			add(w.claims, c, sign)
		}
		if x.ns != "" {
			add(w.within, x.ns, sign)
		}
		if x.member != "" {
			add(w.pods, x.member, sign)
		}
	}
	t.holds = h
}

// add counts, and forgets what has come to nothing.
func add(m map[string]int, k string, n int) {
	if m[k] += n; m[k] == 0 {
		delete(m, k)
	}
}

// holdsOf reads what waits for an object to go. A claim waits for pods only that are on a node and not done.
func holdsOf(v *version) (h holds) {
	h.ns = v.Namespace
	for i := range v.owners {
		if v.owners[i].blocks {
			h.owners = append(h.owners, v.owners[i].uid)
		}
	}
	if v.Kind != "Pod" {
		return h
	}
	switch v.Text("status", "phase") {
	case "Succeeded", "Failed":
		return h
	}
	if v.deletion.IsZero() {
		h.member = v.owner().uid
	}
	if v.Text("spec", "nodeName") == "" {
		return h
	}
	list, _ := v.Field("spec", "volumes").([]any)
	for _, x := range list {
		m, _ := x.(map[string]any)
		c, _ := m["persistentVolumeClaim"].(map[string]any)
		if name, _ := c["claimName"].(string); name != "" {
			h.claims = append(h.claims, v.Namespace+"/"+name)
		}
	}
	return h
}

// lead notes who leads.
func (w *world) lead(v *version) {
	if v.Namespace == "kube-system" && (v.Name == controlMgr || v.Name == scheduler || v.Name == "cloud-controller-manager") {
		if h := v.Text("spec", "holderIdentity"); h != "" {
			w.holders[v.Name] = h
		}
	}
}

// bury notes a tombstone.
func (w *world) bury(key string, mod int64) {
	delete(w.leases, key)
	uid := w.byKey[key]
	if uid == "" {
		return
	}
	delete(w.byKey, key)
	t := w.things[uid]
	if t == nil {
		return
	}
	t.gone = mod
	w.hold(t, holds{})
	if w.gone = append(w.gone, uid); len(w.gone) > maxGone {
		if old := w.things[w.gone[0]]; old != nil && old.gone != 0 {
			delete(w.things, w.gone[0])
		}
		w.gone = w.gone[1:]
	}
}

// note is what an Event says about an object.
type note struct {
	rev       int64
	at        time.Time // the Event's own time
	clock     string    // whose clock that is
	component string    // the reporting controller or component
	manager   string    // who stored the Event, by its managedFields; "" where none is stored
	reason    string
}

// maxNotes is how many notes are kept.
const maxNotes = 1 << 15

// notes are what Events said, by what they are about.
type notes struct {
	by    map[string]note
	order []string
}

func (n *notes) add(about string, x note) {
	if n.by == nil {
		n.by = map[string]note{}
	}
	if _, ok := n.by[about]; !ok {
		if n.order = append(n.order, about); len(n.order) > maxNotes {
			delete(n.by, n.order[0])
			n.order = n.order[1:]
		}
	}
	n.by[about] = x
}
