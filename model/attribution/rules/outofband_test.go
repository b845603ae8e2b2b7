package rules

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
func stored(t *testing.T, name, value string) string {
	t.Helper()
	o := &corev1.ConfigMap{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, Data: map[string]string{"a": value},
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "demo", UID: types.UID("uid-configmap-" + name)}}
	var b bytes.Buffer
	if err := protobuf.NewSerializer(scheme.Scheme, scheme.Scheme).Encode(o, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestReplayedWrites: where an object's entries had another time than the revision already when they were new, as those of
// writes that are replayed after later ones, an old entry speaks against no write.
func TestReplayedWrites(t *testing.T) {
	cm := func(name, v string, at int) string {
		return object("ConfigMap", "demo", name, "", `"data":{"a":"`+v+`"}`, mf(fmt.Sprintf("x/Update %d", at), dataSet))
	}
	for _, c := range []struct {
		name string
		at   int // second of the entry that came before
		said string
	}{{"replayed", 2, "x likely"}, {"written then", 31, "unknown"}} {
		f := newFeed(t)
		for i := range 4 {
			f.put("configmaps/demo/o", cm("o", fmt.Sprint(i), i+1))
		}
		f.put("configmaps/demo/c", cm("c", "1", 1))
		f.put("configmaps/demo/o", cm("o", "x", 30))
		f.put("configmaps/demo/c", cm("c", "2", c.at))
		f.put("configmaps/demo/o", cm("o", "y", 60))
		rev := f.put("configmaps/demo/c", cm("c", "3", c.at))
		if got := f.findings()[rev]; brief(got) != c.said || (got.OutOfBand != "") != (c.said == "unknown") {
			t.Errorf("%s: %q: %s", c.name, brief(got), got.Evidence)
		}
	}
}

// TestPastTheAPIServer: what only a client of etcd can do is said, with the reason.
func TestPastTheAPIServer(t *testing.T) {
	entry := mf("x/Update 1", `"f:data":{"f:a":{}}`)
	cm := func(meta, v string, entries ...string) string {
		return object("ConfigMap", "demo", "c", meta, `"data":{"a":"`+v+`"}`, entries...)
	}
	for _, c := range []struct {
		name, why string
		write     func(f *feed) int64
	}{
		{"a field changed, no entry did", ".data.a changed, and no managedFields entry did", func(f *feed) int64 {
			for i := range 4 { // this API server moves the time of an entry with each write
				f.put("configmaps/demo/o", object("ConfigMap", "demo", "o", "", fmt.Sprintf(`"data":{"a":"%d"}`, i), mf(fmt.Sprintf("x/Update %d", i+1), `"f:data":{"f:a":{}}`)))
			}
			f.put("configmaps/demo/c", cm("", "1", entry))
			f.put("configmaps/demo/o", object("ConfigMap", "demo", "o", "", `"data":{"a":"x"}`, mf("x/Update 30", `"f:data":{"f:a":{}}`)))
			return f.put("configmaps/demo/c", cm("", "2", entry))
		}},
		{"a stored resourceVersion", "metadata.resourceVersion 812 is stored in the value", func(f *feed) int64 {
			return f.put("configmaps/demo/c", cm(`"resourceVersion":"812"`, "1", entry))
		}},
		{"finalizers were set", "deleted without a deletionTimestamp, though finalizer a.example.com/x was set", func(f *feed) int64 {
			f.put("configmaps/demo/c", cm(`"finalizers":["a.example.com/x"]`, "1", entry))
			return f.put("configmaps/demo/c", "")
		}},
		{"an older version was put back", "generation went back from 3 to 2", func(f *feed) int64 {
			f.put("configmaps/demo/c", cm(`"generation":3`, "1", entry))
			return f.put("configmaps/demo/c", cm(`"generation":2`, "2", mf("x/Update 2", `"f:data":{"f:a":{}}`)))
		}},
		{"a deletion was taken back", "deletionTimestamp was removed", func(f *feed) int64 {
			f.put("configmaps/demo/c", cm(`"deletionTimestamp":"`+second(3)+`","finalizers":["x/y"]`, "1", entry))
			return f.put("configmaps/demo/c", cm(`"finalizers":["x/y"]`, "1", entry))
		}},
		{"another creation", "creationTimestamp changed", func(f *feed) int64 {
			f.put("configmaps/demo/c", cm("", "1", entry))
			return f.put("configmaps/demo/c", cm(`"creationTimestamp":"`+second(9)+`"`, "1", entry))
		}},
		{"no namespace", "the key is in namespace demo, the object names none", func(f *feed) int64 {
			return f.put("configmaps/demo/c", object("ConfigMap", "", "c", "", ""))
		}},
		{"JSON between protobuf", "stored as json, while built-in kinds are stored as protobuf", func(f *feed) int64 {
			for i := range 20 {
				f.put(fmt.Sprint("configmaps/demo/", i), stored(f.t, fmt.Sprint(i), "x"))
			}
			rev := f.put("configmaps/demo/c", cm("", "1", entry))
			f.put("configmaps/demo/z", stored(f.t, "z", "x"))
			return rev
		}},
		{"many keys at once, on different leases", "2 API objects changed in one transaction", func(f *feed) int64 {
			f.PutAt("events/demo/a", object("Event", "demo", "a", "", ""), 2, 0, 7)
			f.PutAt("events/demo/b", object("Event", "demo", "b", "", ""), 3, 0, 8)
			f.PutAt("events/demo/a", "", 9, 0, 0)
			return f.PutAt("events/demo/b", "", 9, 1, 0)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFeed(t)
			rev := c.write(f)
			all := f.findings()
			f.want(all[rev], "unknown", "OUT OF BAND: "+c.why)
			for r, v := range all {
				if (v.OutOfBand != "") != (r == rev) {
					t.Errorf("revision %d: %q", r, v.OutOfBand)
				}
			}
		})
	}
}

// TestSettingsChange: an encoding or a provider that was changed for good is no alarm; one value of another form is.
func TestSettingsChange(t *testing.T) {
	f := newFeed(t)
	for i := range 20 {
		f.put(fmt.Sprint("configmaps/demo/", i), stored(t, fmt.Sprint(i), "x"))
	}
	for i := range 20 {
		f.put(fmt.Sprint("configmaps/demo/j", i), object("ConfigMap", "demo", fmt.Sprint("j", i), "", ""))
	}
	sealed := func(key string) string {
		return "k8s:enc:aescbc:v1:" + key + ":" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", 48)))
	}
	plain := int64(0)
	f.Unreadable = true
	for i, how := range []string{"a", "a", "a", "b", "b", "b", "", "b", "", ""} {
		key := fmt.Sprint("secrets/demo/", i)
		if how == "" {
			if rev := f.put(key, object("Secret", "demo", fmt.Sprint(i), "", "")); plain == 0 {
				plain = rev
			}
			continue
		}
		f.put(key, sealed(how))
	}
	for rev, v := range f.findings() {
		if (v.OutOfBand != "") != (rev == plain) {
			t.Errorf("revision %d: %q: %s", rev, v.OutOfBand, v.Evidence)
		}
	}
}
