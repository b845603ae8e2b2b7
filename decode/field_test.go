package decode

import (
	"testing"
	"time"
)

const managedSecret = `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","annotations":{"a":"b"},"finalizers":["x/y"],
 "managedFields":[{"manager":"kubectl","operation":"Update","subresource":"status","time":"2026-01-02T03:04:05Z","apiVersion":"v1","fieldsV1":{"f:data":{"f:k":{}}}},7]},
 "data":{"k":"c2VjcmV0"},"n":9007199254740993}`

func TestFieldsOfASecret(t *testing.T) {
	o := New(Options{}).Object([]byte("/registry/secrets/d/s"), []byte(managedSecret), 7)
	if o.Text("metadata", "name") != "s" || len(o.Field("metadata", "finalizers").([]any)) != 1 {
		t.Error("metadata cannot be read")
	}
	for _, p := range [][]string{{"data"}, {"data", "k"}, {"metadata"}, {"metadata", "annotations"}, {"metadata", "annotations", "a"}, {"n"}, {}} {
		if o.Field(p...) != nil || o.Text(p...) != "" {
			t.Errorf("%v of a Secret comes out", p)
		}
	}
	m := o.Managed()
	if len(m) != 2 || m[0] != (Managed{Manager: "kubectl", Operation: "Update", Subresource: "status", APIVersion: "v1", Time: "2026-01-02T03:04:05Z", At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Fields: `{"f:data":{"f:k":{}}}`}) || m[1] != (Managed{}) {
		t.Errorf("managed: %+v", m)
	}
}

func TestFields(t *testing.T) {
	d := New(Options{})
	o := d.Object([]byte("k"), []byte(`{"apiVersion":"v1","kind":"X","n":9007199254740993,"l":["a"]}`), 1)
	if s, _ := o.Field("n").(interface{ String() string }); s == nil || s.String() != "9007199254740993" {
		t.Errorf("n: %v", o.Field("n"))
	}
	if o.Text("n") != "" || o.Text("kind") != "X" || o.Field("l", "a") != nil || o.Field("none") != nil || o.Managed() != nil {
		t.Error("fields are misread")
	}
	var none *Object
	if none.Field("a") != nil || none.Text("a") != "" || none.Managed() != nil || d.Object([]byte("k"), []byte("text"), 1).Text("a") != "" {
		t.Error("nothing has fields")
	}
}
