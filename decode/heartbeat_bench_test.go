package decode

import (
	"bytes"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// lease returns a node's lease as it is renewed.
func lease(t testing.TB, renewed time.Time) []byte {
	holder, seconds := "node-1", int32(40)
	at, second := metav1.NewMicroTime(renewed), metav1.NewTime(renewed)
	l := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: "node-1", Namespace: "kube-node-lease", UID: "3d1e8f0c-7f0e-4a0b-9a51-0c6f7a3f5d11",
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: "node-1", UID: "77"}},
		ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kubelet", Operation: "Update", APIVersion: "coordination.k8s.io/v1", Time: &second, FieldsType: "FieldsV1",
			FieldsV1: metav1.NewFieldsV1(`{"f:metadata":{"f:ownerReferences":{".":{},"k:{\"uid\":\"77\"}":{}}},"f:spec":{"f:holderIdentity":{},"f:leaseDurationSeconds":{},"f:renewTime":{}}}`)}}},
		Spec: coordinationv1.LeaseSpec{HolderIdentity: &holder, LeaseDurationSeconds: &seconds, RenewTime: &at}}
	raw, err := l.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return inEnvelope("coordination.k8s.io/v1", "Lease", raw)
}

// TestTouchedAllocatesNothing: that a lease was renewed is seen without an allocation.
func TestTouchedAllocatesNothing(t *testing.T) {
	d, at := New(Options{}), time.Unix(1_800_000_000, 0)
	a, b := d.Object([]byte("/registry/leases/a/b"), lease(t, at), 1), d.Object([]byte("/registry/leases/a/b"), lease(t, at.Add(10*time.Second)), 2)
	n := 0
	renewed := func(way []string) bool {
		n++
		return len(way) == 2 && way[0] == "spec" && way[1] == "renewTime"
	}
	if !Touched(a, b, renewed) || n != 1 {
		t.Fatalf("%d fields", n)
	}
	if got := testing.AllocsPerRun(100, func() { Touched(a, b, renewed) }); got > 0 && !testing.Short() { // the race detector empties pools
		t.Errorf("%v allocations", got)
	}
}

// BenchmarkHeartbeat recognises that nothing but the time changed in a renewed lease. Target: 3 µs and no allocation.
func BenchmarkHeartbeat(b *testing.B) {
	d, at := New(Options{}), time.Unix(1_800_000_000, 0)
	x, y := d.Object([]byte("/registry/leases/a/b"), lease(b, at), 1), d.Object([]byte("/registry/leases/a/b"), lease(b, at.Add(10*time.Second)), 2)
	b.ReportAllocs()
	for b.Loop() {
		Touched(x, y, func(way []string) bool { return way[1] == "renewTime" })
	}
}

// BenchmarkRevision goes from the stored bytes of two versions of a pod of 3.7 kB to what changed in it. Target: 40 µs. Its floor
// is Unmarshal of both.
func BenchmarkRevision(b *testing.B) {
	v := stored(b, "pod-3700")
	e, err := readEnvelope(v.Value[len(protobufMagic):])
	if err != nil {
		b.Fatal(err)
	}
	pod := &corev1.Pod{}
	if err := pod.Unmarshal(e.raw); err != nil {
		b.Fatal(err)
	}
	pod.Status.Phase, pod.Status.PodIP = "Unknown", "10.1.2.3"
	raw, err := pod.Marshal()
	if err != nil {
		b.Fatal(err)
	}
	next := inEnvelope("v1", "Pod", raw)
	d := New(Options{})
	key := []byte(v.Key)
	if n := len(d.Diff(d.Object(key, v.Value, 7), d.Object(key, next, 8), View{})); n != 2 || bytes.Equal(next, v.Value) {
		b.Fatalf("%d changes", n)
	}
	inTurn(b, []string{"", "unmarshal"},
		func() { d.Diff(d.Object(key, v.Value, 7), d.Object(key, next, 8), View{}) },
		func() {
			for _, b := range [][]byte{v.Value, next} {
				e, _ := readEnvelope(b[len(protobufMagic):])
				_ = (&corev1.Pod{}).Unmarshal(e.raw)
			}
		})
}
