package rescue

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

func TestSort(t *testing.T) {
	want := strings.Fields("v1/Namespace apiextensions.k8s.io/v1/CustomResourceDefinition v1/ServiceAccount v1/Secret v1/ConfigMap v1/PersistentVolumeClaim " +
		"rbac.authorization.k8s.io/v1/Role rbac.authorization.k8s.io/v1/RoleBinding v1/Service v1/Pod apps/v1/Deployment batch/v1/Job " +
		"networking.k8s.io/v1/Ingress serving.knative.dev/v1/Service shop/v1/Widget admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration")
	dec := decode.New(decode.Options{})
	for seed := range uint64(20) {
		var list []*decode.Object
		for _, w := range want {
			i := strings.LastIndexByte(w, '/')
			list = append(list, dec.Object([]byte("/k"), fmt.Appendf(nil, `{"apiVersion":%q,"kind":%q,"metadata":{"name":"x"}}`, w[:i], w[i+1:]), 1))
		}
		r := rand.New(rand.NewPCG(seed, 1))
		r.Shuffle(len(list), func(i, j int) { // of the same place the order stays
			if place(list[i]) != place(list[j]) {
				list[i], list[j] = list[j], list[i]
			}
		})
		Sort(list)
		var got []string
		for _, o := range list {
			got = append(got, o.APIVersion+"/"+o.Kind)
		}
		for i := range want { // the two custom resources have one place
			if want[i] != got[i] && i != 13 && i != 14 {
				t.Fatalf("%d: %s, want %s", i, got[i], want[i])
			}
		}
	}
}

// owns is an object and its owner, "" for none.
func owns(ns, name, owner string) sourcetest.Op {
	ref := ""
	if owner != "" {
		ref = fmt.Sprintf(`,"ownerReferences":[{"kind":"X","name":"x","uid":%q}]`, "uid-"+owner)
	}
	return sourcetest.Put("/registry/pods/"+ns+"/"+name, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,"namespace":%q,"uid":%q%s}}`, name, ns, "uid-"+name, ref))
}

func TestClosureAndLastSeen(t *testing.T) {
	ops := []sourcetest.Op{
		owns("a", "top", ""), owns("a", "mid", "top"), owns("a", "leaf", "mid"), owns("a", "stranger", "other"), owns("b", "far", "top"), // 2 to 6
		owns("a", "loop", "leaf"), owns("a", "mid", "loop"), // 7, 8: a circle
		sourcetest.Delete("/registry/pods/a/leaf"), owns("a", "leaf", ""), sourcetest.Delete("/registry/pods/a/leaf"), // 9 to 11
	}
	src, err := snapfile.Open(context.Background(), sourcetest.WriteSnapshot(t, ops), snapfile.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	dec, ctx := decode.New(decode.Options{}), context.Background()
	for _, c := range []struct {
		ns   string
		rev  int64
		want string
	}{
		{"a", 6, "mid leaf"}, {"", 6, "mid far leaf"}, {"a", 7, "mid leaf loop"}, {"a", 8, ""}, {"b", 0, "far"}, {"a", 3, "mid"},
	} {
		keys, err := Closure(ctx, src, dec, "/registry/", "uid-top", c.ns, c.rev)
		var got []string
		for _, k := range keys {
			got = append(got, k[strings.LastIndexByte(k, '/')+1:])
		}
		if d := cmp.Diff(c.want, strings.Join(got, " ")); d != "" || err != nil {
			t.Errorf("in %q at %d: %s %v", c.ns, c.rev, d, err)
		}
	}
	if keys, _ := Closure(ctx, src, dec, "/registry/", "uid-loop", "a", 8); fmt.Sprint(keys) != "[/registry/pods/a/mid /registry/pods/a/leaf]" {
		t.Errorf("a circle: %s", keys)
	}
	for key, want := range map[string]int64{"/registry/pods/a/leaf": 10, "/registry/pods/a/top": 0, "/none": 0} {
		e, err := LastSeen(ctx, src, []byte(key))
		if err != nil || (e == nil) != (want == 0) || e != nil && (e.Mod != want || e.Type == etcdsource.Deleted) {
			t.Errorf("%s: %+v, %v; want %d", key, e, err, want)
		}
	}
}
