package decode

import (
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/etcdscope/etcdscope/decode/wire"
)

// more adds a field to the message that lies at a path of field numbers, to the n-th one where a number is negative.
func more(t *testing.T, b []byte, add []byte, path ...int) []byte {
	t.Helper()
	if len(path) == 0 {
		return append(b[:len(b):len(b)], add...)
	}
	var out []byte
	done := false
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeField(b)
		if n < 0 {
			t.Fatal("malformed")
		}
		if int(num) == path[0] && !done {
			_, _, tag := protowire.ConsumeTag(b)
			v, _ := protowire.ConsumeBytes(b[tag:n])
			out = protowire.AppendBytes(protowire.AppendTag(out, num, typ), more(t, v, add, path[1:]...))
			done = true
		} else {
			out = append(out, b[:n]...)
		}
		b = b[n:]
	}
	if !done {
		t.Fatalf("there is no field %d", path[0])
	}
	return out
}

func textField(number int, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(nil, protowire.Number(number), protowire.BytesType), s)
}

// grownPod is a pod that has one more field in a message of each sort.
func grownPod(t *testing.T, words ...string) (v []byte, added int) {
	t.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "d", Labels: map[string]string{"a": "b"}},
		Spec: corev1.PodSpec{
			Containers: []corev1.Container{{Name: "one", Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{"cpu": resource.MustParse("1")}},
				LivenessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Port: intstr.FromInt32(80)}}}}},
			Volumes: []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}},
		},
	}
	b, err := pod.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range [][]int{{}, {1}, {1, 11}, {2}, {2, 2}, {2, 1, 2}, {2, 2, 8, 1, 2}, {2, 2, 10, 1, 2}, {2, 2, 10, 1, 2, 2}, {1, 8}} {
		word := "x"
		if i < len(words) {
			word = words[i]
		}
		f := textField(201, word)
		b, added = more(t, b, f, path...), added+len(f)
	}
	return inEnvelope("v1", "Pod", b), added
}

// TestUnknownAtEveryDepth: what is not known is counted and shown where it belongs, also where JSON has no object for it.
func TestUnknownAtEveryDepth(t *testing.T) {
	t.Parallel()
	v, added := grownPod(t)
	o := New(Options{}).Object([]byte("/registry/pods/d/p"), v, 7)
	if o.Unknown != added || o.Problem != "" {
		t.Errorf("%d bytes, want %d; %s", o.Unknown, added, o.Problem)
	}
	yaml := PlainText(o.YAML(View{}))
	for _, want := range []string{
		"unknownFields:\n    \"201\": x\n    creationTimestamp.201: x\n    labels[a].201: x\n",
		"  - livenessProbe:\n      httpGet:\n        port: 80\n        unknownFields:\n          \"201\": x\n          port.201: x\n",
		"resources:\n      limits:\n        cpu: \"1\"\n      unknownFields:\n        limits[cpu].201: x\n",
		"    unknownFields:\n      volumeSource.201: x\n",
		"\nunknownFields:\n  \"201\": x\n",
	} {
		if !strings.Contains(yaml, want) {
			t.Errorf("the YAML lacks %q:\n%s", want, yaml)
		}
	}
	for _, want := range []string{"# +", "field 201 of metadata", "and 5 more"} {
		if !strings.Contains(strings.SplitN(yaml, "\n", 2)[0], want) {
			t.Errorf("the first line lacks %q: %.300s", want, yaml)
		}
	}
	if fields := PlainText(o.Fields(View{})); !strings.Contains(fields, `201: 1 bytes "x"`) || !strings.HasPrefix(fields, "# +") {
		t.Errorf("fields: %s", fields)
	}
	tree, notes := o.Apply(View{}, nil)
	if js := nodeOf(tree); strings.Contains(string(appendJSON(nil, js, appendQuoted)), UnknownFields) || !strings.Contains(strings.Join(notes, " "), "field 201 of spec") {
		t.Errorf("apply: %v", notes)
	}
}

// TestUnknownDiffers: a change of any one of them is a difference, and no other is.
func TestUnknownDiffers(t *testing.T) {
	t.Parallel()
	dec, want := New(Options{}), []string{`.unknownFields["201"]`, `.metadata.unknownFields["201"]`, `.metadata.unknownFields["labels[a].201"]`, `.spec.unknownFields["201"]`,
		`.spec.containers[name=one].unknownFields["201"]`, `.spec.volumes[name=v].unknownFields["volumeSource.201"]`}
	v, _ := grownPod(t)
	was := dec.Object([]byte("/registry/pods/d/p"), v, 7)
	for i, path := range want {
		words := make([]string, i+1)
		for j := range words {
			words[j] = "x"
		}
		words[i] = "y"
		v, _ := grownPod(t, words...)
		changes := dec.Diff(was, dec.Object([]byte("/registry/pods/d/p"), v, 8), View{})
		if len(changes) != 1 || changes[0].Path != path && changes[0].Path != strings.NewReplacer(`["201"]`, ".201").Replace(path) {
			t.Errorf("%s: %v", path, changes)
		}
	}
}

// TestUnknownOfSecret: what is not known of a Secret may be its value.
func TestUnknownOfSecret(t *testing.T) {
	t.Parallel()
	b, err := (&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "s"}, Data: map[string][]byte{"a": []byte("x")}}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	made := func(word string) *Object {
		raw := more(t, more(t, b, textField(201, word)), textField(201, word), 1)
		return New(Options{}).Object([]byte("/registry/secrets/d/s"), inEnvelope("v1", "Secret", raw), 7)
	}
	one, two := made("hunter2"), made("hunter3")
	for name, s := range map[string]string{"yaml": PlainText(one.YAML(View{})), "json": string(one.JSON(View{})), "fields": PlainText(one.Fields(View{}))} {
		if strings.Contains(s, "hunter") || !strings.Contains(s, Mask) {
			t.Errorf("%s: %s", name, s)
		}
	}
	for _, c := range New(Options{}).Diff(one, two, View{}) {
		if s := strings.TrimSpace(c.Path); strings.Contains(reflect.ValueOf(c).String(), "hunter") || c.Old != Mask || c.New != Mask {
			t.Errorf("%s: %v → %v", s, c.Old, c.New)
		}
	}
	if s := PlainText(one.YAML(View{Reveal: true})); strings.Count(s, "hunter2") != 2 {
		t.Errorf("revealed: %s", s)
	}
}

// TestUnknownIsNotHiddenByWhatIsNew: a version that lacks fields which are always written now is not shorter for it.
func TestUnknownIsNotHiddenByWhatIsNew(t *testing.T) {
	t.Parallel()
	raw := append(protoMessage(1, protoMessage(1, "d"), 2, []byte(nil)), textField(300, "new")...) // a Deployment with few of its fields
	o := New(Options{}).Object([]byte("/registry/deployments/x/d"), inEnvelope("apps/v1", "Deployment", raw), 7)
	if want := len(textField(300, "new")); o.Unknown != want || !strings.Contains(PlainText(o.YAML(View{})), "\"300\": new") {
		t.Errorf("%d bytes, want %d", o.Unknown, want)
	}
}

// TestNoMemoryForTheKnown: looking for what is not known allocates nothing where all is known.
func TestNoMemoryForTheKnown(t *testing.T) {
	v := stored(t, "deployment")
	e, err := readEnvelope(v.Value[len(protobufMagic):])
	if err != nil {
		t.Fatal(err)
	}
	typ := wire.TypeOf(reflect.TypeFor[appsv1.Deployment]())
	if n := testing.AllocsPerRun(100, func() { typ.UnknownBytes(e.raw) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
