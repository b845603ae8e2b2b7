package decode

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// TestClaims: the claims of a Pod are the same in protobuf and in JSON.
func TestClaims(t *testing.T) {
	claim := func(name string) corev1.Volume {
		return corev1.Volume{Name: "v" + name, VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: name}}}
	}
	pod := &corev1.Pod{Spec: corev1.PodSpec{Volumes: []corev1.Volume{claim("a"), {Name: "empty", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}, claim(""), claim("b")}}}
	pod.Name, pod.UID = "p", "u"
	raw, err := pod.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	d := New(Options{})
	o := d.Object([]byte("/registry/pods/a/p"), inEnvelope("v1", "Pod", raw), 1)
	for _, x := range []*Object{o, d.Object(o.Key, o.JSON(View{}), 1)} {
		if got := x.Claims(); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("%s: %q", x.Encoding, got)
		}
	}
	if d.Object(o.Key, []byte(`{"apiVersion":"v1","kind":"ConfigMap"}`), 1).Claims() != nil {
		t.Error("a ConfigMap has claims")
	}
}
