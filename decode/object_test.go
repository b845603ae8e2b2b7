package decode

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode/text"
)

// TestHead checks what is known of an object beside its content.
func TestHead(t *testing.T) {
	pod := stored(t, "pod")
	o := pod.open()
	if o.Kind != "Pod" || o.APIVersion != "v1" || o.Group != "" || o.Namespace != "demo" || o.Name != "nginx" || len(o.UID) != 36 || o.Generation != 2 || o.Unknown != 0 || o.Problem != "" || o.Encoding != "protobuf" {
		t.Errorf("%+v", o)
	}
	if want := time.Date(2026, 11, 22, 11, 6, 50, 0, time.UTC); o.Created.Truncate(time.Hour) != want.Truncate(time.Hour) {
		t.Errorf("created %v", o.Created)
	}
	w := stored(t, "widget").open()
	if w.Group != "shop.example.com" || w.Kind != "Widget" || w.Namespace != "demo" || w.Name != "alpha" || w.Generation != 3 || w.Created.IsZero() {
		t.Errorf("%+v", w)
	}
}

// TestOddHeads decodes objects whose heads are not as they should be: the rest of them counts all the same.
func TestOddHeads(t *testing.T) {
	for js, want := range map[string]string{
		`{"metadata":{"generation":"many","name":["x"],"namespace":7,"uid":null},"kind":"Widget","apiVersion":"a/v1"}`: "a a/v1 Widget /",
		`{"Kind":"A","APIVERSION":"v1","kind":"B","apiVersion":"b/v1","Metadata":{"name":"wrong"}}`:                    "b b/v1 B /",
		`{"kind":7,"apiVersion":"v1"}`:                 "   /",
		`{"kind":"A"}`:                                 "   /",
		`{"kind":"A","apiVersion":"v1","metadata":[]}`: " v1 A /",
		`{"kind":"A","apiVersion":"v1","metadata":{"name":"n","generation":1e300}}`:    " v1 A /n",
		`{"kind":"A","apiVersion":"v1","metadata":{"name":"n","namespace":"x\u0000"}}`: " v1 A x\x00/n",
	} {
		o := New(Options{}).Object([]byte("/registry/x/y"), []byte(js), 7)
		if got := o.Group + " " + o.APIVersion + " " + o.Kind + " " + o.Namespace + "/" + o.Name; got != want {
			t.Errorf("%s is %q, want %q", js, got, want)
		}
	}
}

// TestUnknownFields counts the bytes of what a newer API server has added.
func TestUnknownFields(t *testing.T) {
	o := newer(t).open()
	if o.Unknown != 4 {
		t.Errorf("%d unknown bytes, want 4", o.Unknown)
	}
	if first := o.YAML(View{}).Lines[0]; !strings.Contains(first.Text, "+4 bytes") || first.Spans[0].Role != text.Warning {
		t.Errorf("the YAML begins %+v", first)
	}
}

// TestCutOff cuts a pod at every byte: its document always says something true, and its name as soon as it is there.
func TestCutOff(t *testing.T) {
	v := stored(t, "pod")
	named := strings.Index(string(v.Value), "demo") + len("demo")
	for n := range len(v.Value) {
		o := New(Options{}).Object([]byte(v.Key), v.Value[:n], 7)
		if n > 4 && n < len(v.Value)-4 && o.Problem == "" { // the last four bytes say nothing
			t.Fatalf("%d of %d bytes: no problem is told", n, len(v.Value))
		}
		if n >= named && (o.Name != "nginx" || o.Namespace != "demo" || o.Kind != "Pod") {
			t.Fatalf("%d of %d bytes: it is %s %s/%s", n, len(v.Value), o.Kind, o.Namespace, o.Name)
		}
		if n%7 == 0 {
			for _, x := range documents(o, View{}) {
				if err := checkDoc(x.doc); err != nil || len(x.doc.Lines) == 0 {
					t.Fatalf("%d bytes, %s: %d lines, %v", n, x.name, len(x.doc.Lines), err)
				}
			}
		}
	}
}

// TestConcurrent reads one object from many goroutines; the race detector judges.
func TestConcurrent(t *testing.T) {
	d := New(Options{})
	v := stored(t, "secret")
	o := d.Object([]byte(v.Key), v.Value, 7)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() { everything(d, o, View{Reveal: i%2 == 0}) })
	}
	wg.Wait()
}

// TestTreeIsTheCallers changes a tree: the object stays as it is.
func TestTreeIsTheCallers(t *testing.T) {
	o := stored(t, "widget").open()
	before := string(o.JSON(View{}))
	tree := o.Tree(View{})
	tree["spec"].(map[string]any)["nested"] = nil
	delete(tree["metadata"].(map[string]any), "name")
	if after := string(o.JSON(View{})); after != before {
		t.Errorf("it became %s", after)
	}
}
