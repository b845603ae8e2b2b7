package requests

import (
	"testing"

	"github.com/etcdscope/etcdscope/model/attribution/audit"
)

// TestFits: which request can have had which effect.
func TestFits(t *testing.T) {
	t.Parallel()
	request := func(v audit.Verb, subresource string) *audit.Request {
		return &audit.Request{Verb: v, Subresource: subresource, Made: v == audit.Create}
	}
	apply := &audit.Request{Verb: audit.Patch, Made: true} // a server-side apply that created
	for _, c := range []struct {
		name     string
		q        *audit.Request
		effect   effect
		resource string
		want     bool
	}{
		{"a create creates", request(audit.Create, ""), created, "pods", true},
		{"a create does not update", request(audit.Create, ""), updated | specChanged, "pods", false},
		{"an apply creates", apply, created, "pods", true},
		{"an apply that created does not update", apply, updated | specChanged, "pods", false},
		{"an update does not create", request(audit.Update, ""), created, "pods", false},

		{"an update changes the spec", request(audit.Update, ""), updated | specChanged, "pods", true},
		{"an update does not change the status alone", request(audit.Update, ""), updated | statusChanged, "pods", false},
		{"of a custom resource it may", request(audit.Update, ""), updated | statusChanged, "widgets", true},
		{"an update that changes the spec may be answered with a status", request(audit.Update, ""), updated | specChanged | statusChanged, "pods", true},
		{"a status request changes the status", request(audit.Patch, "status"), updated | statusChanged, "pods", true},
		{"a status request may change labels", request(audit.Patch, "status"), updated | metaChanged, "pods", true},
		{"a status request does not change the spec", request(audit.Patch, "status"), updated | specChanged, "pods", false},
		{"a status request does not change the spec beside the status", request(audit.Patch, "status"), updated | specChanged | statusChanged, "widgets", false},
		{"a scale changes the replicas", request(audit.Update, "scale"), updated | specChanged | replicasChanged, "deployments", true},
		{"a scale changes nothing else", request(audit.Update, "scale"), updated | specChanged, "deployments", false},
		{"a scale does not change the status", request(audit.Update, "scale"), updated | specChanged | replicasChanged | statusChanged, "deployments", false},
		{"another subresource may change anything", request(audit.Update, "resize"), updated | specChanged, "pods", true},

		{"a binding binds", request(audit.Create, "binding"), updated | bound | specChanged, "pods", true},
		{"a binding does nothing else", request(audit.Create, "binding"), updated | specChanged, "pods", false},
		{"an update does not bind", request(audit.Update, ""), updated | bound | specChanged, "pods", false},
		{"an update of an approval sets conditions", request(audit.Update, "approval"), updated | statusChanged | condChanged, "certificatesigningrequests", true},
		{"a status request does not approve", request(audit.Update, "status"), updated | statusChanged | condChanged, "certificatesigningrequests", false},
		{"a status request issues", request(audit.Update, "status"), updated | statusChanged, "certificatesigningrequests", true},

		{"a delete deletes", request(audit.Delete, ""), deleted, "pods", true},
		{"a delete marks", request(audit.Delete, ""), updated | marked, "pods", true},
		{"a delete does not update", request(audit.Delete, ""), updated | specChanged, "pods", false},
		{"a delete does not remove a finalizer", request(audit.Delete, ""), deleted | wasMarked | wasHeld, "pods", false},
		{"a second delete shortens the grace period", request(audit.DeleteCollection, ""), updated | wasMarked | graceShortened, "pods", true},
		{"a second delete does not write the status", request(audit.Delete, ""), updated | wasMarked | statusChanged, "pods", false},
		{"an update removes the last finalizer, which deletes", request(audit.Update, ""), deleted | wasMarked | wasHeld, "pods", true},
		{"an update deletes nothing else", request(audit.Update, ""), deleted, "pods", false},
		{"a status request does not remove a finalizer", request(audit.Update, "status"), deleted | wasMarked | wasHeld, "pods", false},
		{"an update does not mark", request(audit.Update, ""), updated | marked, "pods", false},
		{"an eviction sets the condition", request(audit.Create, "eviction"), updated | disrupted | evicted | statusChanged, "pods", true},
		{"an eviction marks", request(audit.Create, "eviction"), updated | marked, "pods", true},
		{"an eviction does not remove a finalizer", request(audit.Create, "eviction"), deleted | wasHeld, "pods", false},
		{"a status request does not evict", request(audit.Update, "status"), updated | evicted | statusChanged, "pods", false},

		{"without the version before, an update may have been", request(audit.Update, ""), updated | unseen, "pods", true},
		{"without the version before, it was no creation", request(audit.Create, ""), updated | unseen, "pods", false},
		{"but may have been a binding", request(audit.Create, "binding"), updated | unseen, "pods", true},
	} {
		if got := fits(c.q, c.effect, c.resource); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestEffect: what a change did is read from its two versions.
func TestEffect(t *testing.T) {
	t.Parallel()
	mark := `"deletionTimestamp":"` + second(40) + `","deletionGracePeriodSeconds":30`
	pod := func(meta, rest string) string { return object("Pod", "demo", "p", meta, rest) }
	for _, c := range []struct {
		name          string
		before, after string
		want          effect
	}{
		{"created", "", pod("", `"spec":{}`), created},
		{"deleted", pod("", ""), "", deleted},
		{"deleted while marked and held", pod(mark+`,"finalizers":["x/y"]`, ""), "", deleted | wasMarked | wasHeld},
		{"marked", pod("", ""), pod(mark, ""), updated | marked | metaChanged},
		{"its grace period shortened", pod(mark, ""), pod(mark[:len(mark)-2]+"0", ""), updated | wasMarked | graceShortened | metaChanged},
		{"bound", pod("", `"spec":{"x":"y"}`), pod("", `"spec":{"x":"y","nodeName":"n1"}`), updated | bound | specChanged},
		{"evicted", pod("", `"status":{"conditions":[]}`), pod("", `"status":{"conditions":[{"type":"DisruptionTarget","status":"True","reason":"EvictionByEvictionAPI"}]}`),
			updated | disrupted | evicted | statusChanged | condChanged},
		{"preempted", pod("", `"status":{"conditions":[]}`), pod("", `"status":{"conditions":[{"type":"DisruptionTarget","status":"True","reason":"PreemptionByScheduler"}]}`),
			updated | disrupted | statusChanged | condChanged},
		{"scaled", object("ReplicaSet", "demo", "p", "", `"spec":{"replicas":1}`), object("ReplicaSet", "demo", "p", "", `"spec":{"replicas":2}`), updated | specChanged | replicasChanged},
		{"a status", pod("", `"status":{"phase":"a"}`), pod("", `"status":{"phase":"b"}`), updated | statusChanged},
		{"data counts as the spec", object("ConfigMap", "demo", "p", "", `"data":{"a":"1"}`), object("ConfigMap", "demo", "p", "", `"data":{"a":"2"}`), updated | specChanged},
	} {
		f := newFeed(t)
		if c.before != "" {
			f.put("pods/demo/p", c.before)
		}
		f.put("pods/demo/p", c.after)
		if got := effectOf(&f.changes[len(f.changes)-1]); got != c.want {
			t.Errorf("%s: %016b, want %016b", c.name, got, c.want)
		}
	}
}

// TestAnchors: revisions lie between those that are known to have been made while a request was served.
func TestAnchors(t *testing.T) {
	t.Parallel()
	l := New(nil)
	const s = int64(1e9)
	for _, a := range [][3]int64{{10, 100, 101}, {20, 90, 102}, {30, 200, 201}, {40, 150, 160}} { // the last one contradicts the one before
		l.anchor(a[0], &audit.Request{Received: a[1] * s, Answered: a[2] * s})
	}
	for rev, want := range map[int64][2]int64{5: {0, 101}, 10: {100, 101}, 15: {100, 102}, 20: {100, 102}, 25: {100, 201}, 30: {200, 201}, 50: {200, 0}} {
		lo, hi := l.bounds(rev)
		if lo != 0 {
			lo += blur
		}
		if hi != 0 {
			hi -= blur
		}
		if [2]int64{lo, hi} != [2]int64{want[0] * s, want[1] * s} {
			t.Errorf("revision %d: [%d, %d], want %v", rev, lo/s, hi/s, want)
		}
	}
}
