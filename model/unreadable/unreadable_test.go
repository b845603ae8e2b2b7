package unreadable

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
)

// TestOf: what an API server reads has no fault, whatever it is stored as; what it cannot read has, and says why.
func TestOf(t *testing.T) {
	t.Parallel()
	const cm = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"shop"},"data":{"a":"1"}}`
	for _, c := range []struct {
		key, value string
		want       Fault
		says       string
	}{
		{"configmaps/shop/c", cm, None, ""},
		{"configmaps/shop/c", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\n", None, ""},
		{"configmaps/shop/d", cm, Misplaced, "shop/c"},
		{"configmaps/else/c", cm, Misplaced, "shop/c"},
		{"secrets/shop/c", cm, Damaged, "the key is that of a Secret, the value is a ConfigMap"},
		{"configmaps/shop/c", strings.Replace(cm, `"1"`, `1`, 1), Damaged, "malformed ConfigMap"},
		{"configmaps/shop/c", cm[:30], Damaged, "malformed JSON"},
		{"configmaps/shop/c", "", Damaged, "empty"},
		{"configmaps/shop/c", "text", Damaged, "text"},
		{"configmaps/shop/c", `{"a":1}`, Damaged, "without apiVersion and kind"},
		{"configmaps/shop/c", "k8s\x00\xff", Damaged, "malformed protobuf"},
		{"configmaps/shop/c", "k8s:enc:aescbc:v1:one:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", Encrypted, "no key for it was given"},
		{"shop.example.com/widgets/shop/c", `{"apiVersion":"shop.example.com/v1","kind":"Widget","metadata":{"name":"c","namespace":"shop"}}`, None, ""},
		{"shop.example.com/widgets/shop/c", `{"apiVersion":"shop.example.com/v1"}`, Damaged, "without"},
		{"deployments/shop/c", "k8s\x00\x0a\x15\x0a\x07apps/v9\x12\x0aDeployment\x12\x0a\x0a\x08\x0a\x01c\x1a\x03shp", Foreign, "version not known to this build"},
		{"namespaces/shop", `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}`, None, ""},
	} {
		key := []byte("/registry/" + c.key)
		ref, ok := kinds.Builtin().Locate("/registry/", key)
		if !ok {
			t.Fatalf("%s is not located", key)
		}
		fault, why := Of(decode.New(decode.Options{}).Object(key, []byte(c.value), 7), ref)
		if fault != c.want || !strings.Contains(why, c.says) {
			t.Errorf("%s = %q: %s %q, want %s %q", key, c.value, fault, why, c.want, c.says)
		}
	}
}

// TestTracker: a value that was mended or deleted is no longer among those that cannot be read.
func TestTracker(t *testing.T) {
	t.Parallel()
	dec, tr := decode.New(decode.Options{}), Tracker{Kinds: kinds.Builtin(), Root: "/registry/"}
	see := func(key, value string) { tr.See(dec.Object([]byte(key), []byte(value), 7)) }
	for _, k := range []string{"b", "a", "mended", "gone"} {
		see("/registry/configmaps/shop/"+k, "x")
	}
	see("/registry/secrets/shop/a", "x")
	see("/registry/masterleases/192.0.2.1", "x")
	see("foreign", "x")
	see("/registry/configmaps/shop/mended", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"mended","namespace":"shop"}}`)
	tr.Gone([]byte("/registry/configmaps/shop/gone"))
	list, more := tr.List()
	var heads []string
	for _, g := range Groups(list) {
		heads = append(heads, Headline(g)+": "+g[0].Ref.Name)
	}
	if got := strings.Join(heads, "; "); got != "LIST of configmaps fails: 2 values cannot be read: a; LIST of secrets fails: 1 value cannot be read: a" || more != 0 {
		t.Errorf("%s, %d more", got, more)
	}
}
