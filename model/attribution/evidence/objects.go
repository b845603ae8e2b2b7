package evidence

import (
	"time"
	"unique"
	"unsafe"
)

// Object is what is remembered of an object that lives, or that was deleted not long ago.
type Object struct {
	Version    int64 // of its newest version, as etcd counts
	Marked     int64 // revision that set its deletionTimestamp, 0 where none did
	Gone       int64 // revision of its tombstone, 0 while it lives
	Foreground bool  // finalizer foregroundDeletion: it waits until its dependents are deleted
	Orphan     bool  // finalizer orphan: it waits until its dependents have lost their ownerReference
	Finished   bool  // a Job that is complete or has failed
	// Displaced: the newest entry that moved had a time before the bounds of its revision, as where writes are replayed or
	// restored after later ones. What a time says against a write does not count for such an object.
	Displaced    bool
	Replicas     int64 // spec.replicas of a ReplicaSet or ReplicationController
	KubeletWrote int64 // of a Pod: the revision of its kubelet's newest status
	disrupted    int64 // of a Pod: when it got the condition DisruptionTarget, in microseconds since 1970, 0 where it did not
	uses         uses
	kind         unique.Handle[string]
	number, turn uint32 // in the store, and how many objects had that number before
	// text is its uid and its key, and its name where the key does not end with that.
	text            string
	uidLen, nameLen uint32
	apart           bool // the name is behind the key
}

func (o *Object) uid() string { return o.text[:o.uidLen] }

// Key is its key, untrusted.
func (o *Object) Key() string {
	if o.apart {
		return o.text[o.uidLen : len(o.text)-int(o.nameLen)]
	}
	return o.text[o.uidLen:]
}

// Name is its name, untrusted.
func (o *Object) Name() string { return o.text[len(o.text)-int(o.nameLen):] }

// Kind is its kind, untrusted.
func (o *Object) Kind() string { return o.kind.Value() }

// Disrupted is when a Pod got the condition DisruptionTarget, to the microsecond, zero where it did not or that is not known.
func (o *Object) Disrupted() time.Time {
	if o.disrupted == 0 {
		return time.Time{}
	}
	return time.UnixMicro(o.disrupted)
}

// maxGone is how many deleted objects are remembered.
const maxGone = 1 << 16

// Objects is the state of the cluster before the change that is being attributed.
type Objects struct {
	// Complete: every object that lives is known; one that is not known does not exist.
	Complete bool
	store    store
	gone     []tombstone       // deleted objects, oldest first
	leases   map[string]int64  // etcd lease by key, of keys that are attached to one
	leaders  map[string]string // holder of the leader lease, by component
	uses     useCounts
}

// tombstone is an object that was deleted, as long as its number was not given to another one.
type tombstone struct{ number, turn uint32 }

// own returns a text that is kept longer than the version that it is from: texts are parts of the JSON of their version,
// all of which would stay in memory with them.
func own(s string) string { return unique.Make(s).Value() }

// NewObjects returns the state of an empty cluster.
func NewObjects(complete bool) *Objects {
	return &Objects{Complete: complete, store: newStore(), leases: map[string]int64{},
		leaders: map[string]string{}, uses: newUseCounts()}
}

// ByUID returns the object of a uid, alive or not; nil where it is not remembered.
func (w *Objects) ByUID(uid string) *Object { return w.store.byUID(uid) }

// Alive returns the object of a uid and whether it lives. found is false where neither is known; the object is nil where
// it is known not to exist.
func (w *Objects) Alive(uid string) (o *Object, alive, found bool) {
	if uid == "" {
		return nil, false, false
	}
	o = w.ByUID(uid)
	if o == nil {
		return nil, false, w.Complete
	}
	return o, o.Gone == 0, true
}

// At returns the living object of a key, nil where there is none.
func (w *Objects) At(key string) *Object {
	if o := w.store.byKey(key); o != nil && o.Gone == 0 {
		return o
	}
	return nil
}

// dead returns an object that was deleted, nil where it is not remembered or lives again.
func (w *Objects) dead(t tombstone) *Object {
	if o := w.store.at(t.number); o.turn == t.turn && o.Gone != 0 {
		return o
	}
	return nil
}

// EtcdLease returns the etcd lease that a key is attached to, 0 for none.
func (w *Objects) EtcdLease(key string) int64 { return w.leases[key] }

// Leader returns the holder of a component's leader lease, "" where it is not known.
func (w *Objects) Leader(component string) string { return w.leaders[component] }

// GoneSince returns the newest revision, not before since, at which an object of a key was deleted; 0 where none was.
func (w *Objects) GoneSince(key string, since int64) int64 {
	for i := len(w.gone) - 1; i >= 0; i-- {
		o := w.dead(w.gone[i])
		if o == nil {
			continue
		}
		if o.Gone < since {
			return 0
		}
		if o.Key() == key {
			return o.Gone
		}
	}
	return 0
}

// put takes a new version of a key.
func (w *Objects) put(c *Change) {
	v := c.Cur
	if had := w.leases[string(c.Key)]; had != c.Lease {
		if w.leases[string(c.Key)] = c.Lease; c.Lease == 0 {
			delete(w.leases, string(c.Key))
		}
	}
	if v == nil || !v.IsKubernetes() || v.UID == "" || v.Kind == "Event" { // nothing depends on Events
		return
	}
	key := unsafe.String(unsafe.SliceData(c.Key), len(c.Key)) // not kept
	had := w.store.byKey(key)
	if had != nil && had.uid() != v.UID {
		w.remove(key, c.Mod) // replaced without a tombstone
		had = nil
	}
	o := had
	if o == nil {
		if o = w.store.byUID(v.UID); o == nil {
			o = w.store.add(v.UID, key, v.Name)
			o.kind = unique.Make(v.Kind)
		}
		if o.Key() != key {
			return // a copy under another key: the first one counts
		}
		w.store.insert(&w.store.keys, o, (*Object).Key)
	}
	o.Gone, o.Version = 0, c.Version
	if o.Marked == 0 && !v.Deletion.IsZero() {
		o.Marked = c.Mod
	}
	w.uses.replace(o, usesOf(v))
	o.Foreground, o.Orphan = v.HasFinalizer("foregroundDeletion"), v.HasFinalizer("orphan")
	w.putKind(o, v, c.Mod)
}

// putKind takes what only objects of some kinds have.
func (w *Objects) putKind(o *Object, v *Version, mod int64) {
	switch v.Kind {
	case "ReplicaSet", "ReplicationController":
		o.Replicas = v.Number(1, "spec", "replicas")
	case "Job":
		o.Finished = !v.FinishTime().IsZero()
	case "Namespace":
		if o.Marked == 0 && v.Text("status", "phase") == "Terminating" {
			o.Marked = mod
		}
	case "Lease":
		w.lead(v)
	}
}

// lead takes who leads.
func (w *Objects) lead(v *Version) {
	if v.Namespace == "kube-system" && (v.Name == ControllerManager || v.Name == Scheduler || v.Name == "cloud-controller-manager") {
		if h := v.Text("spec", "holderIdentity"); h != "" {
			w.leaders[own(v.Name)] = own(h)
		}
	}
}

// remove takes a tombstone.
func (w *Objects) remove(key string, mod int64) {
	delete(w.leases, key)
	o := w.store.byKey(key)
	if o == nil {
		return
	}
	w.store.remove(&w.store.keys, o, (*Object).Key)
	o.Gone = mod
	w.uses.replace(o, uses{})
	if w.gone = append(w.gone, tombstone{o.number, o.turn}); len(w.gone) > maxGone {
		if old := w.dead(w.gone[0]); old != nil {
			w.store.drop(old)
		}
		w.gone = w.gone[1:]
	}
}
