package evidence

import (
	"strings"
	"time"
	"unique"
)

// Object is what is remembered of an object that lives, or that was deleted not long ago.
type Object struct {
	Key, Kind, Name string
	Version         int64 // of its newest version, as etcd counts
	Marked          int64 // revision that set its deletionTimestamp, 0 where none did
	Gone            int64 // revision of its tombstone, 0 while it lives
	Foreground      bool  // finalizer foregroundDeletion: it waits until its dependents are deleted
	Orphan          bool  // finalizer orphan: it waits until its dependents have lost their ownerReference
	Finished        bool  // a Job that is complete or has failed
	// Displaced: the newest entry that moved had a time before the bounds of its revision, as where writes are replayed or
	// restored after later ones. What a time says against a write does not count for such an object.
	Displaced    bool
	Replicas     int64 // spec.replicas of a ReplicaSet or ReplicationController
	KubeletWrote int64 // of a Pod: the revision of its kubelet's newest status
	disrupted    int64 // of a Pod: when it got the condition DisruptionTarget, in microseconds since 1970, 0 where it did not
	uses         uses
}

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
	byUID    map[string]*Object
	byKey    map[string]string // uid by key
	gone     []string          // uids of deleted objects, oldest first
	leases   map[string]int64  // etcd lease by key, of keys that are attached to one
	leaders  map[string]string // holder of the leader lease, by component
	uses     useCounts
}

// own returns a text that is kept longer than the version that it is from: texts are parts of the JSON of their version,
// all of which would stay in memory with them.
func own(s string) string { return unique.Make(s).Value() }

// within returns a name as a part of the key that it ends, which is kept anyway.
func within(key, name string) string {
	if strings.HasSuffix(key, name) {
		return key[len(key)-len(name):]
	}
	return strings.Clone(name)
}

// NewObjects returns the state of an empty cluster.
func NewObjects(complete bool) *Objects {
	return &Objects{Complete: complete, byUID: map[string]*Object{}, byKey: map[string]string{}, leases: map[string]int64{},
		leaders: map[string]string{}, uses: newUseCounts()}
}

// ByUID returns the object of a uid, alive or not; nil where it is not remembered.
func (w *Objects) ByUID(uid string) *Object { return w.byUID[uid] }

// Alive returns the object of a uid and whether it lives. found is false where neither is known; the object is nil where
// it is known not to exist.
func (w *Objects) Alive(uid string) (o *Object, alive, found bool) {
	if uid == "" {
		return nil, false, false
	}
	o = w.byUID[uid]
	if o == nil {
		return nil, false, w.Complete
	}
	return o, o.Gone == 0, true
}

// At returns the living object of a key, nil where there is none.
func (w *Objects) At(key string) *Object {
	if o := w.byUID[w.byKey[key]]; o != nil && o.Gone == 0 {
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
		o := w.byUID[w.gone[i]]
		if o == nil || o.Gone == 0 {
			continue
		}
		if o.Gone < since {
			return 0
		}
		if o.Key == key {
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
	had := w.byKey[string(c.Key)]
	if had != "" && had != v.UID {
		w.remove(string(c.Key), c.Mod) // replaced without a tombstone
		had = ""
	}
	o, uid := w.byUID[v.UID], ""
	if o == nil {
		key := string(c.Key)
		o, uid = &Object{Key: key, Kind: own(v.Kind), Name: within(key, v.Name)}, strings.Clone(v.UID)
		w.byUID[uid] = o
	}
	if o.Key != string(c.Key) {
		return // a copy under another key: the first one counts
	}
	if had == "" {
		if uid == "" {
			uid = strings.Clone(v.UID)
		}
		w.byKey[o.Key] = uid
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
	uid := w.byKey[key]
	if uid == "" {
		return
	}
	delete(w.byKey, key)
	o := w.byUID[uid]
	if o == nil {
		return
	}
	o.Gone = mod
	w.uses.replace(o, uses{})
	if w.gone = append(w.gone, uid); len(w.gone) > maxGone {
		if old := w.byUID[w.gone[0]]; old != nil && old.Gone != 0 {
			delete(w.byUID, w.gone[0])
		}
		w.gone = w.gone[1:]
	}
}
