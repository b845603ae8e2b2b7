package filter

import (
	"testing"

	"github.com/etcdscope/etcdscope/decode"
)

// TestMasked: a Secret is left out for its mask alone where a value is wanted there, all else passes, and it is not revealed.
func TestMasked(t *testing.T) {
	t.Parallel()
	object := func(kind string) []byte {
		return []byte(`{"apiVersion":"v1","kind":"` + kind + `","metadata":{"name":"db","namespace":"shop","labels":{"app":"a"}},"data":{"password":"aHVudGVyMg=="}}`)
	}
	secret := changed(t, root+"secrets/shop/db", nil, object("Secret"), decode.View{})
	for text, want := range map[string]bool{
		"field:.data.password=x": true, "field:data.password=x": true, "field:.data.password": false, "field:.data.user=x": false, "field:.metadata.labels.app=b": false, "field:.data.password=x type:deleted": false,
		"field:.data.password=x ns:shop db": true, "field:.data.password=x web": false, "!field:.data.password=x": false, "field:.data.password=x field:.metadata.labels.app=a": true, "field:.data.password=x field:.metadata.labels.app=b": false, "by:kubelet": false,
		"field:.data.password=x,.metadata.labels.app=a": false, "field:.data.password=x,.metadata.labels.app=b": true, // one of the fields is enough
	} {
		f, err := Parse(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Masked(secret); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
	f, _ := Parse("field:.data.password=x", nil)
	if f.Masked(changed(t, root+"secrets/shop/db", nil, object("Secret"), decode.View{Reveal: true})) || f.Masked(changed(t, root+"configmaps/shop/db", nil, object("ConfigMap"), decode.View{})) {
		t.Error("a revealed Secret or a ConfigMap is called masked")
	}
	if !f.Masked(changed(t, root+"secrets/shop/db", object("Secret"), nil, decode.View{})) {
		t.Error("a deleted Secret is not called masked")
	}
}

// TestTestsSecrets: a filter that asks for a value of data, and is not of other kinds.
func TestTestsSecrets(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"field:data.password=x": true, "field:.stringData.a=x ns:shop": true, "kind:secrets field:data.a=x": true, "kind:cm field:data.a=x": false, "!kind:secret field:data.a=x": false, "field:.spec.replicas=3": false, "field:.data": false, "!field:data.a=x": false, "by:kubelet": false, "": false,
	} {
		f, err := Parse(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.TestsSecrets(); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}
