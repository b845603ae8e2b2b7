package evidence

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/change"
)

// TestLostForgetsVersions: after a gap no decoded object is kept, and versions are parsed from what comes.
func TestLostForgetsVersions(t *testing.T) {
	t.Parallel()
	m := NewMemory("/registry/", clock.New(), true, 2)
	read := func(key string) Change {
		c := change.Change{Object: decode.New(decode.Options{}).Object([]byte(key), []byte(`{"apiVersion":"v1","kind":"ConfigMap"}`), 1)}
		c.Key = []byte(key)
		return m.Read(c)
	}
	for i := range 5 {
		read(fmt.Sprint("/registry/configmaps/demo/", i))
	}
	if n := len(m.versions.newest); n != 2 || len(m.versions.queue) != 2 {
		t.Errorf("%d versions are kept, want 2", n)
	}
	m.Lost()
	if n := len(m.versions.newest); n != 0 || len(m.versions.queue) != 0 {
		t.Errorf("%d versions are kept after a gap", n)
	}
	if read("/registry/configmaps/demo/0"); len(m.versions.newest) != 1 {
		t.Error("no version is kept any more")
	}
}

// TestLargeVersions: objects that take much memory are not all kept, but the newest is, and what is counted is what is
// kept.
func TestLargeVersions(t *testing.T) {
	t.Parallel()
	m := NewMemory("/registry/", clock.New(), true, 4096)
	dec := decode.New(decode.Options{})
	value := []byte(`{"apiVersion":"v1","kind":"ConfigMap","x":"` + strings.Repeat("1", 2<<20) + `"}`)
	for i := range 14 {
		key := fmt.Appendf(nil, "/registry/configmaps/demo/%d", i%12)
		c := change.Change{Object: dec.Object(key, value, int64(i))}
		c.Key = key
		m.Read(c)
		if v := m.versions.newest[string(key)]; v == nil || v.Object != c.Object {
			t.Fatalf("the newest version of %s is not kept", key)
		}
		weight := 0
		for _, v := range m.versions.newest {
			weight += v.KeptWeight()
		}
		if weight != m.versions.weight || weight > maxWeight || len(m.versions.queue) != len(m.versions.newest) {
			t.Fatalf("%d bytes are kept, %d counted; %d keys, %d in the queue", weight, m.versions.weight, len(m.versions.newest), len(m.versions.queue))
		}
	}
	if n := len(m.versions.newest); n < 2 || n > 11 {
		t.Errorf("%d versions are kept", n)
	}
}

// TestBounds: what is remembered has a limit, and the newest is kept.
func TestBounds(t *testing.T) {
	t.Parallel()
	var r Reports
	for i := range maxReports + 10 {
		r.add(fmt.Sprint("Scheduled ", i), Report{Revision: int64(i)})
	}
	if _, old := r.Scheduled("9"); old || len(r.by) != maxReports {
		t.Errorf("%d reports are kept", len(r.by))
	}
	if x, ok := r.Scheduled(fmt.Sprint(maxReports + 9)); !ok || x.Revision != maxReports+9 {
		t.Errorf("the newest report is %+v", x)
	}
	w := NewObjects(true)
	for i := range maxGone + 10 {
		uid, key := fmt.Sprint("u", i), fmt.Sprint("k", i)
		w.byUID[uid], w.byKey[key] = &Object{Key: key}, uid
		w.remove(key, int64(i+1))
	}
	if len(w.byUID) != maxGone || len(w.gone) != maxGone || w.ByUID("u9") != nil || w.ByUID("u10") == nil {
		t.Errorf("%d deleted objects are kept", len(w.byUID))
	}
	var n Names
	v := &Version{Object: &decode.Object{}}
	for i := range maxNames + 10 {
		v.Entries = []Entry{{}}
		v.Entries[0].Manager, v.Entries[0].Operation, v.Entries[0].parser, v.Entries[0].stored = fmt.Sprint("m", i), "Update", &Parser{}, &decode.Managed{Fields: `{"f:spec":{"f:renewTime":{}}}`}
		n.add(Kubelet, v, renewTime)
	}
	if len(n.seen[Kubelet]) != maxNames {
		t.Errorf("%d names are kept", len(n.seen[Kubelet]))
	}
	p := Parser{}
	for i := range maxSets + 10 {
		p.set(&decode.Managed{Fields: fmt.Sprintf(`{"f:x%d":{}}`, i)})
	}
	if len(p.sets) > maxSets {
		t.Errorf("%d sets are kept", len(p.sets))
	}
}
