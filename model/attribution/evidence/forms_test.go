package evidence_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
)

// stored is a ConfigMap as an API server stores it.
func stored(t *testing.T, name string) string {
	t.Helper()
	o := &corev1.ConfigMap{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "demo", UID: types.UID("uid-" + name)}}
	var b bytes.Buffer
	if err := protobuf.NewSerializer(scheme.Scheme, scheme.Scheme).Encode(o, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// encrypted is a value that nobody can decrypt, by a provider's key.
func encrypted(key string) string {
	return "k8s:enc:aescbc:v1:" + key + ":" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", 48)))
}

// TestUnusualForms: a form is unusual between values of another form; a setting that was changed is not.
func TestUnusualForms(t *testing.T) {
	t.Parallel()
	const many = 20
	for _, c := range []struct {
		name  string
		forms string // p: protobuf, P: many of these, j: JSON, a, b: encrypted with a key, s: a Secret in plain text
		want  string // which of them are unusual
	}{
		{"JSON between protobuf", "P j p", "j"},
		{"JSON after few in protobuf", "p j p", ""},
		{"JSON, and nothing after it", "P j", ""},
		{"JSON from now on", "P j j p", "j"},
		{"a cluster that stores JSON", "j j j", ""},
		{"plain text between encrypted values", "a a a s a", "s"},
		{"plain text after few encrypted values", "a a s a", ""},
		{"encryption turned off", "a a a s s", ""},
		{"a key rotated", "a a a b b b", ""},
		{"plain text while the key is rotated", "a a b s b", ""},
	} {
		s := newStore(t, true)
		s.Unreadable = true
		n := 0
		for _, form := range strings.Fields(c.forms) {
			n++
			name := fmt.Sprint(n)
			switch form {
			case "P":
				for i := range many {
					s.Put(fmt.Sprint("configmaps/demo/x", i), stored(t, fmt.Sprint("x", i)))
				}
			case "p":
				s.Put("configmaps/demo/"+name, stored(t, name))
			case "j":
				s.Put("configmaps/demo/"+name, object("ConfigMap", "demo", name, "", ""))
			case "s":
				s.Put("secrets/demo/"+name, object("Secret", "demo", name, "", ""))
			default:
				s.Put("secrets/demo/"+name, encrypted(form))
			}
		}
		got := ""
		for i := range s.changes {
			x := &s.changes[i]
			s.m.Relate(s.changes[i:i+1], s.changes[i+1:])
			if x.Form != "" {
				got += map[bool]string{true: "s", false: "j"}[strings.Contains(string(x.Key), "secrets")]
			}
			s.m.Settle(x)
		}
		if got != c.want {
			t.Errorf("%s: unusual are %q, want %q", c.name, got, c.want)
		}
	}
}

// TestEachWriteIsTimed: an API server that gives an entry a new time with a write of values only does so with each.
func TestEachWriteIsTimed(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]bool{2: false, 3: false, 4: true} {
		s := newStore(t, true)
		for i := range n {
			s.Put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", fmt.Sprintf(`"data":{"a":"%d"}`, i), mf(fmt.Sprintf("x/Update %d", i), fieldA)))
		}
		s.settle()
		if got := s.m.Forms.EachWriteIsTimed(); got != want {
			t.Errorf("after %d versions: %v", n, got)
		}
	}
	s := newStore(t, true)
	for i := range 9 {
		set := map[bool]string{true: fieldA, false: fieldAB}[i%2 == 0]
		s.Put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", fmt.Sprintf(`"data":{"a":"%d"}`, i), mf(fmt.Sprintf("x/Update %d", i), set)))
	}
	s.settle()
	if s.m.Forms.EachWriteIsTimed() {
		t.Error("writes that changed the set are counted")
	}
}

// TestSubresources: before Kubernetes 1.22 entries did not name theirs, and any entry may be one of the status.
func TestSubresources(t *testing.T) {
	t.Parallel()
	s := newStore(t, true)
	s.Put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", "", mf("x/Update 1", fieldA)))
	e := &s.changes[0].Cur.Entries[0]
	if s.m.NamesSubresources() || !s.m.IsStatus(e) {
		t.Error("an entry of an old API server may be of the status")
	}
	s.Put("pods/demo/p", object("Pod", "demo", "p", "", "", mf("kubelet/Update/status 1", `"f:status":{}`)))
	if !s.m.NamesSubresources() || s.m.IsStatus(e) || !s.m.IsStatus(&s.changes[1].Cur.Entries[0]) {
		t.Error("only an entry that names the status is of it")
	}
}
