package evidence_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
	"github.com/etcdscope/etcdscope/model/attribution/evidence/evidencetest"
	"github.com/etcdscope/etcdscope/model/change"
)

// store is a cluster whose changes a memory reads; it settles them one revision later, or all by settle.
type store struct {
	*evidencetest.Cluster
	m       *evidence.Memory
	changes []evidence.Change
}

func newStore(t *testing.T, complete bool) *store {
	s := &store{m: evidence.NewMemory(evidencetest.Root, clock.New(), complete)}
	s.Cluster = evidencetest.New(t, func(c change.Change) {
		p := s.m.Parse(c)
		s.m.Note(&p)
		s.changes = append(s.changes, p)
	})
	return s
}

// settle makes all changes a part of the memory.
func (s *store) settle() {
	for i := range s.changes {
		s.m.Relate(s.changes[i:i+1], s.changes[i+1:])
		s.m.Settle(&s.changes[i])
	}
	s.changes = nil
}

const owner = `"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"rs","uid":"uid-replicaset-rs","controller":true,"blockOwnerDeletion":true}]`

func mark(at, grace int) string {
	return fmt.Sprintf(`"deletionTimestamp":%q,"deletionGracePeriodSeconds":%d`, second(at), grace)
}

// TestAlive: an object is alive between its creation and its tombstone; of one that was never seen nothing is known unless
// the memory is complete.
func TestAlive(t *testing.T) {
	t.Parallel()
	for _, complete := range []bool{true, false} {
		s := newStore(t, complete)
		if _, alive, found := s.m.Objects.Alive("uid-configmap-c"); alive || found != complete {
			t.Errorf("complete %v: never seen: alive %v, found %v", complete, alive, found)
		}
		s.Put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", ""))
		s.settle()
		if o, alive, found := s.m.Objects.Alive("uid-configmap-c"); !alive || !found || o.Key() != "/registry/configmaps/demo/c" || s.m.Objects.At(o.Key()) != o {
			t.Errorf("created: %+v %v %v", o, alive, found)
		}
		gone := s.Put("configmaps/demo/c", "")
		s.settle()
		if o, alive, found := s.m.Objects.Alive("uid-configmap-c"); alive || !found || o.Gone != gone || s.m.Objects.At(o.Key()) != nil {
			t.Errorf("deleted: %+v %v %v", o, alive, found)
		}
		if _, _, found := s.m.Objects.Alive(""); found {
			t.Error("an object without uid is known")
		}
	}
}

// TestReplacedWithoutTombstone: an object whose key holds another uid now is gone.
func TestReplacedWithoutTombstone(t *testing.T) {
	t.Parallel()
	s := newStore(t, true)
	s.Put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", ""))
	rev := s.Put("configmaps/demo/c", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"demo","uid":"other"}}`)
	s.settle()
	if o := s.m.Objects.ByUID("uid-configmap-c"); o.Gone != rev {
		t.Errorf("%+v, want it gone at %d", o, rev)
	}
	if s.m.Objects.InNamespace("demo") != 1 {
		t.Errorf("%d objects are in the namespace", s.m.Objects.InNamespace("demo"))
	}
}

// TestCopyUnderAnotherKey: the first key of a uid counts.
func TestCopyUnderAnotherKey(t *testing.T) {
	t.Parallel()
	s := newStore(t, true)
	s.Put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", ""))
	s.Put("configmaps/demo/d", object("ConfigMap", "demo", "c", mark(9, 0), ""))
	s.settle()
	if o := s.m.Objects.ByUID("uid-configmap-c"); o.Key() != "/registry/configmaps/demo/c" || o.Marked != 0 {
		t.Errorf("%+v", o)
	}
}

// TestMarked: the revision that marked an object first is kept; a namespace is also marked by its phase.
func TestMarked(t *testing.T) {
	t.Parallel()
	s := newStore(t, true)
	s.Put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", ""))
	rev := s.Put("configmaps/demo/c", object("ConfigMap", "demo", "c", mark(9, 0)+`,"finalizers":["foregroundDeletion","orphan"]`, ""))
	s.Put("configmaps/demo/c", object("ConfigMap", "demo", "c", mark(9, 0)+`,"finalizers":["orphan"]`, ""))
	ns := s.Put("namespaces/demo", object("Namespace", "", "demo", "", `"status":{"phase":"Terminating"}`))
	s.settle()
	if o := s.m.Objects.ByUID("uid-configmap-c"); o.Marked != rev || o.Foreground || !o.Orphan {
		t.Errorf("%+v, want it marked at %d", o, rev)
	}
	if o := s.m.Objects.ByUID("uid-namespace-demo"); o.Marked != ns {
		t.Errorf("%+v, want it marked at %d", o, ns)
	}
}

// TestUses: what a pod uses is counted while it lives: its owner until it is marked or has finished, a claim while it is on
// a node and has not finished.
func TestUses(t *testing.T) {
	t.Parallel()
	const volume = `"volumes":[{"name":"d","persistentVolumeClaim":{"claimName":"data"}}]`
	for _, c := range []struct {
		name, meta, rest       string
		pods, blocking, claims int
	}{
		{"not bound", owner, `"spec":{` + volume + `}`, 1, 1, 0},
		{"bound", owner, `"spec":{"nodeName":"n1",` + volume + `}`, 1, 1, 1},
		{"marked", owner + "," + mark(9, 30), `"spec":{"nodeName":"n1",` + volume + `}`, 0, 1, 1},
		{"finished", owner, `"spec":{"nodeName":"n1",` + volume + `},"status":{"phase":"Succeeded"}`, 0, 1, 0},
		{"without owner", "", `"spec":{"nodeName":"n1",` + volume + `}`, 0, 0, 1},
		{"that does not block", strings.Replace(owner, `,"blockOwnerDeletion":true`, "", 1), `"spec":{}`, 1, 0, 0},
	} {
		s := newStore(t, true)
		check := func(when string, n, pods, blocking, claims int) {
			t.Helper()
			s.settle()
			o := s.m.Objects
			if got := [4]int{o.InNamespace("demo"), o.PodsOf("uid-replicaset-rs"), o.Blocking("uid-replicaset-rs"), o.UsingClaim("demo", "data")}; got != [4]int{n, pods, blocking, claims} {
				t.Errorf("%s, %s: in the namespace, pods, blocking, claims: %v, want %v", c.name, when, got, [4]int{n, pods, blocking, claims})
			}
		}
		s.Put("pods/demo/p", object("Pod", "demo", "p", c.meta, c.rest))
		check("created", 1, c.pods, c.blocking, c.claims)
		s.Put("pods/demo/p", object("Pod", "demo", "p", c.meta, c.rest, mf("x/Update 1", "")))
		check("written again", 1, c.pods, c.blocking, c.claims)
		s.Put("pods/demo/p", "")
		check("deleted", 0, 0, 0, 0)
	}
}

// TestKinds: of some kinds more is remembered.
func TestKinds(t *testing.T) {
	t.Parallel()
	s := newStore(t, true)
	s.Put("replicasets/demo/rs", object("ReplicaSet", "demo", "rs", "", `"spec":{"replicas":3}`))
	s.Put("replicasets/demo/one", object("ReplicaSet", "demo", "one", "", `"spec":{}`))
	s.Put("jobs/demo/j", object("Job", "demo", "j", "", `"status":{"conditions":[{"type":"Complete","status":"True","lastTransitionTime":"`+second(4)+`"}]}`))
	s.Put("jobs/demo/k", object("Job", "demo", "k", "", ""))
	s.Put("leases/kube-system/kube-scheduler", object("Lease", "kube-system", "kube-scheduler", "", `"spec":{"holderIdentity":"cp_1"}`))
	s.Put("leases/demo/kube-controller-manager", object("Lease", "demo", "kube-controller-manager", "", `"spec":{"holderIdentity":"cp_2"}`))
	s.Put("events/demo/e", object("Event", "demo", "e", "", ""))
	s.settle()
	o := s.m.Objects
	if o.ByUID("uid-replicaset-rs").Replicas != 3 || o.ByUID("uid-replicaset-one").Replicas != 1 {
		t.Error("replicas: those of the spec, 1 by default")
	}
	if !o.ByUID("uid-job-j").Finished || o.ByUID("uid-job-k").Finished {
		t.Error("finished Jobs")
	}
	if o.Leader("kube-scheduler") != "cp_1" || o.Leader("kube-controller-manager") != "" {
		t.Error("leaders: by the leases of kube-system only")
	}
	if o.ByUID("uid-event-e") != nil {
		t.Error("an Event is remembered")
	}
}

// TestPodKept: the kubelet's newest status of a pod and the begin of its disruption are remembered.
func TestPodKept(t *testing.T) {
	t.Parallel()
	s := newStore(t, true)
	pod := func(meta, status string, entries ...string) int64 {
		return s.Put("pods/demo/p", object("Pod", "demo", "p", meta, `"spec":{"nodeName":"n1"},"status":{`+status+`}`, entries...))
	}
	set := `"f:status":{"f:phase":{}}`
	pod("", `"phase":"Pending"`)
	first := pod("", `"phase":"Running"`, mf("kubelet/Update/status 3", set))
	pod("", `"phase":"Running"`, mf("kubelet/Update/status 3", set), mf("kubectl/Update 4", ""))
	s.settle()
	o := s.m.Objects.ByUID("uid-pod-p")
	if o.KubeletWrote != first || !o.Disrupted().IsZero() {
		t.Errorf("%+v, want the kubelet to have written at %d", o, first)
	}
	pod(mark(40, 30), `"phase":"Running"`, mf("kubelet/Update/status 3", set))
	s.settle()
	if o.KubeletWrote != first {
		t.Errorf("a mark counts as the kubelet's: %+v", o)
	}
	then := pod(mark(40, 30), `"phase":"Failed","conditions":[{"type":"DisruptionTarget","status":"True","reason":"x"}]`, mf("kubelet/Update/status 3", set))
	s.settle()
	if o.KubeletWrote != then || o.Disrupted().IsZero() {
		t.Errorf("the phase of a marked pod is the kubelet's: %+v, want %d", o, then)
	}
}

func TestGoneSince(t *testing.T) {
	t.Parallel()
	s := newStore(t, true)
	for _, name := range []string{"a", "b"} {
		s.Put("configmaps/demo/"+name, object("ConfigMap", "demo", name, "", ""))
		s.Put("configmaps/demo/"+name, "") // 3, 5
	}
	s.settle()
	for _, c := range []struct {
		key         string
		since, want int64
	}{{"a", 1, 3}, {"a", 3, 3}, {"a", 4, 0}, {"b", 4, 5}, {"c", 1, 0}} {
		if got := s.m.Objects.GoneSince("/registry/configmaps/demo/"+c.key, c.since); got != c.want {
			t.Errorf("%s since %d: %d, want %d", c.key, c.since, got, c.want)
		}
	}
}

// TestLost: after a gap nothing is concluded from what was not seen; who leads is still known.
func TestLost(t *testing.T) {
	t.Parallel()
	s := newStore(t, true)
	s.Put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", ""))
	s.Put("leases/kube-system/kube-scheduler", object("Lease", "kube-system", "kube-scheduler", "", `"spec":{"holderIdentity":"cp_1"}`))
	s.settle()
	s.m.Lost()
	if _, alive, found := s.m.Objects.Alive("uid-configmap-c"); alive || found || s.m.Objects.Complete || s.m.Objects.InNamespace("demo") != 0 {
		t.Error("an object is known after a gap")
	}
	if s.m.Objects.Leader("kube-scheduler") != "cp_1" {
		t.Error("the leader is forgotten")
	}
}

func TestIsOwnKey(t *testing.T) {
	t.Parallel()
	m := newStore(t, true).m
	for key, want := range map[string]bool{"compact_rev_key": true, "/registry/masterleases/10.0.0.1": true, "/registry/peerserverleases/x": true, "/registry/ranges/serviceips": true,
		"/registry/pods/demo/p": false, "/other/masterleases/10.0.0.1": false, "/registry/compact_rev_key": false} {
		if got := m.IsOwnKey(key); got != want {
			t.Errorf("%s: %v", key, got)
		}
	}
}

// TestRelate: a revision's API objects are counted, and whether all its keys were deleted with one etcd lease.
func TestRelate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		leases  [2]int64
		gone    [2]bool
		expired bool
	}{
		{"one lease", [2]int64{7, 7}, [2]bool{true, true}, true},
		{"two leases", [2]int64{7, 8}, [2]bool{true, true}, false},
		{"one of them without", [2]int64{7, 0}, [2]bool{true, true}, false},
		{"one of them written", [2]int64{7, 7}, [2]bool{true, false}, false},
	} {
		s := newStore(t, true)
		for i, name := range []string{"a", "b"} {
			s.PutAt("events/demo/"+name, object("Event", "demo", name, "", ""), int64(2+i), 0, c.leases[i])
		}
		s.settle()
		for i, name := range []string{"a", "b"} {
			value := object("Event", "demo", name, "", `"reason":"x"`)
			if c.gone[i] {
				value = ""
			}
			s.PutAt("events/demo/"+name, value, 9, int64(i), c.leases[i])
		}
		s.m.Relate(s.changes, nil)
		for _, x := range s.changes {
			if x.Objects != 2 || x.Expired != c.expired {
				t.Errorf("%s: %d objects, expired %v", c.name, x.Objects, x.Expired)
			}
		}
	}
}

// TestChange: what rules ask of a change.
func TestChange(t *testing.T) {
	t.Parallel()
	s := newStore(t, true)
	s.Put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"1"}`, mf("x/Update 1", fieldA)))
	s.Put("configmaps/demo/c", object("ConfigMap", "demo", "c", `"labels":{"x":"y"}`, `"data":{"a":"2"}`, mf("x/Update 2", fieldA)))
	s.Put("configmaps/demo/c", "")
	created, updated, deleted := &s.changes[0], &s.changes[1], &s.changes[2]
	if !created.Created() || updated.Created() || deleted.Created() {
		t.Error("which change created the object")
	}
	if created.Latest() != created.Cur || deleted.Latest() != deleted.Prev || deleted.Cur != nil {
		t.Error("the latest version of a change")
	}
	if !updated.Changed(".data") || !updated.Changed(".data.a") || updated.Changed(".spec") {
		t.Error("which fields changed")
	}
	if updated.Only(".data") || !updated.Only(".data", ".metadata.labels") || deleted.Only(".x") {
		t.Error("whether only some fields changed")
	}
	if updated.EntriesUnchanged() || names(updated.Moved()) != "x" {
		t.Error("the entries that moved")
	}
}

// TestStamps: what dates a revision, and by which kind of stamp.
func TestStamps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		write func(s *store) int64
		from  clock.Kind
		at    time.Time
	}{
		{"a creation", func(s *store) int64 { return s.Put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", "")) }, clock.Create, at(1)},
		{"an entry", func(s *store) int64 {
			s.Put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"1"}`, mf("x/Update 1", fieldA)))
			return s.Put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"2"}`, mf("x/Update 5", fieldA)))
		}, clock.Second, at(5)},
		{"a deletion mark, less its grace period", func(s *store) int64 {
			s.Put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", ""))
			return s.Put("configmaps/demo/c", object("ConfigMap", "demo", "c", mark(40, 30), ""))
		}, clock.Delete, at(10)},
		{"a renewal", func(s *store) int64 {
			return s.Put("leases/kube-system/kube-scheduler", object("Lease", "kube-system", "kube-scheduler", "", `"spec":{"renewTime":"2026-01-02T10:02:01.250000Z"}`))
		}, clock.Lease, at(1.25)},
		{"the name of an Event", func(s *store) int64 {
			return s.Put("events/demo/e", object("Event", "demo", fmt.Sprintf("p.%x", at(1.5).UnixNano()), "", ""))
		}, clock.Event, at(1.5)},
		{"a name that ends in another number", func(s *store) int64 { return s.Put("events/demo/e", object("Event", "demo", "p.7f", "", "")) }, clock.Create, at(1)},
	} {
		s := newStore(t, true)
		rev := c.write(s)
		if d := s.m.Clock.At(rev); d.From != c.from || !d.Time.Equal(c.at) {
			t.Errorf("%s: %v by %v, want %v by %v", c.name, d.Time, d.From, c.at, c.from)
		}
	}
}

// TestTextsOfTheirOwn: what is remembered of an object keeps no version of it in memory, which has its texts as parts of
// its JSON.
func TestTextsOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := newStore(t, true)
	s.Put("pods/demo/p", object("Pod", "demo", "p", owner, ""))
	v := s.changes[0].Cur
	s.settle()
	o := s.m.Objects.ByUID(v.UID)
	if o == nil || o.Name() != v.Name || o.Kind() != v.Kind {
		t.Fatalf("%+v is remembered of %s %s", o, v.Kind, v.Name)
	}
	if unsafe.StringData(o.Name()) == unsafe.StringData(v.Name) || unsafe.StringData(o.Kind()) == unsafe.StringData(v.Kind) {
		t.Error("the texts are those of the version")
	}
}
