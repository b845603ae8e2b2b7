package filter

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
)

const root = "/registry/"

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// deployment is a version of a Deployment as it is stored.
func deployment(replicas int, image string) []byte {
	return fmt.Appendf(nil, `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop","annotations":{"a.b/c":"x"}},`+
		`"spec":{"replicas":%d,"template":{"spec":{"containers":[{"name":"web","image":"%s"}]}}}}`, replicas, image)
}

// changed is the change from one value of a key to another, nil for none, as an Item.
func changed(t testing.TB, key string, before, after []byte, v decode.View) *Item {
	t.Helper()
	dec := decode.New(decode.Options{})
	prev := &etcdsource.Event{Key: []byte(key), Value: before, Mod: 4, Create: 4, Version: 1, Type: etcdsource.Created}
	cur := &etcdsource.Event{Key: []byte(key), Value: after, Mod: 5, Create: 4, Version: 2, Type: etcdsource.Updated}
	switch {
	case before == nil:
		prev, cur.Type = nil, etcdsource.Created
	case after == nil:
		cur.Type = etcdsource.Deleted
	}
	c := change.Describe(dec, kinds.Builtin(), root, prev, cur, v)
	return &Item{Root: root, Key: cur.Key, Type: cur.Type, Rev: 5, Change: &c, View: v, Newest: noon,
		Verdict: &attribution.Verdict{Writer: "kube-controller-manager", Controller: "deployment-controller", Time: noon.Add(-5 * time.Minute)}}
}

const webKey = root + "deployments/shop/web"

// TestMatch asks the words of the language about one update of a Deployment.
func TestMatch(t *testing.T) {
	t.Parallel()
	it := changed(t, webKey, deployment(3, "web:1"), deployment(5, "web:1"), decode.View{})
	for s, want := range map[string]Answer{
		"": Yes, "   ": Yes, "deployments": Yes, "shop/web$": Yes, "^deployments/ web": Yes, "!pods": Yes, "pods": No, "!web": No, "WEB": No,
		`"shop/web"`: Yes, `!"shop/web"`: No, `"shop web"`: No,
		"by:deployment-controller": Yes, "by:deploy": Yes, "BY:Deploy": Yes, "by:kubelet": No, "by:kubelet,deploy": Yes, "!by:kubelet": Yes, "!by:kubelet,deploy": No,
		"by:unknown": No, `by:"not known"`: No, "writer:deploy": Yes, `by:"deployment-controller"`: Yes, "by:deploy by:kube": Yes, "by:deploy by:kubelet": No,
		"type:updated": Yes, "type:created,updated": Yes, "type:deleted": No, "!type:deleted": Yes,
		"aspect:spec": Yes, "aspect:status,metadata": No, "!aspect:status": Yes,
		"kind:deploy": Yes, "kind:Deployment": Yes, "kind:deployments.apps": Yes, "kind:pods,deploy": Yes, "kind:pods": No, "!kind:pods": Yes, "kind:widgets.example.com": No,
		"ns:shop": Yes, "ns:sho": No, "ns:sh*": Yes, "ns:default,shop": Yes, "namespace:shop": Yes, "!ns:shop": No,
		"since:5": Yes, "since:6": No, "until:5": Yes, "until:4": No, "since:4 until:5": Yes,
		"since:10m": Yes, "since:2m": No, "until:2m": Yes, "until:10m": No, "since:11:50": Yes, "until:11:50": No, "since:2026-11-30T11:55:00Z": Yes, "until:2026-11-30T11:55:00Z": Yes,
		"field:.spec.replicas": Yes, "field:spec.replicas": Yes, "field:.spec": Yes, "field:.spec.replicas=5": Yes, "field:.spec.replicas=3": Yes, "field:.spec.replicas=4": No,
		"field:.spec.template": No, "!field:.spec.template": Yes, "field:.spec.replicas.x": No, "field:.status,.spec": Yes,
		"is:noise": No, "!is:noise": Yes, "is:out-of-band": No, "!is:out-of-band web by:deploy type:updated": Yes,
		"system:node": No, "!system:node": Yes,
	} {
		f, err := Parse(s, nil)
		if err != nil {
			t.Errorf("%q: %v", s, err)
		}
		if got := f.Match(it); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
}

// TestGone: is:gone passes deletions of keys that are not there again, and nothing else.
func TestGone(t *testing.T) {
	t.Parallel()
	yes, no := func() bool { return true }, func() bool { return false }
	for _, c := range []struct {
		typ  etcdsource.Type
		gone func() bool
		want Answer
	}{{etcdsource.Deleted, yes, Yes}, {etcdsource.Deleted, no, No}, {etcdsource.Deleted, nil, Yes}, {etcdsource.Created, yes, No}, {etcdsource.Updated, nil, No}} {
		for s, want := range map[string]Answer{"is:gone": c.want, "!is:gone": Yes + No - c.want} {
			f, err := Parse(s, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := f.Match(&Item{Root: root, Key: []byte(webKey), Type: c.typ, Gone: c.gone}); got != want {
				t.Errorf("%s of %s: %d, want %d", s, c.typ, got, want)
			}
		}
	}
}

// TestFieldOfCreation: a creation and a deletion write every field that the object has.
func TestFieldOfCreation(t *testing.T) {
	t.Parallel()
	for _, it := range []*Item{changed(t, webKey, nil, deployment(3, "web:1"), decode.View{}), changed(t, webKey, deployment(3, "web:1"), nil, decode.View{})} {
		for s, want := range map[string]Answer{
			"field:.spec.replicas": Yes, "field:.spec.replicas=3": Yes, "field:.spec.replicas=4": No, "field:.status": No,
			"field:.spec.template.spec.containers.image": Yes, "field:.spec.template.spec.containers[*].image=web:1": Yes,
			"field:.spec.template.spec.containers[name=web].image": Yes, "field:.spec.template.spec.containers[name=db].image": No,
			"field:.spec.template.spec.containers[0].image": Yes, "field:.spec.template.spec.containers[1].image": No,
		} {
			f, err := Parse(s, nil)
			if got := f.Match(it); err != nil || got != want {
				t.Errorf("%s, %q: %d, %v, want %d", it.Type, s, got, err, want)
			}
		}
	}
	it := changed(t, webKey, deployment(3, "web:1"), deployment(3, "web:2"), decode.View{})
	for s, want := range map[string]Answer{"field:.spec.template.spec.containers.image": Yes, "field:.spec.template.spec.containers[name=web].image=web:2": Yes,
		"field:.spec.template.spec.containers[0].image": Yes, "field:.spec.template.spec.containers[0].image=web:1": Yes, "field:.spec.template.spec.containers[1].image": No,
		"field:.spec.template.spec.containers[0]": Yes, "!field:.spec.template.spec.containers[0].image": No, "field:.spec.template.spec.containers[0].image=web:3": No,
		"field:.spec.template.spec.containers[name=web]": Yes, "field:.spec.template.spec.containers[name=db]": No, "field:.spec.replicas": No} {
		f, _ := Parse(s, nil)
		if got := f.Match(it); got != want {
			t.Errorf("update, %q: %d, want %d", s, got, want)
		}
	}
}

// TestFieldByPosition: an item is found by its position on either side, and once the objects are dropped.
func TestFieldByPosition(t *testing.T) {
	t.Parallel()
	pod := func(items string) []byte {
		return []byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"shop"},"spec":{"containers":[` + items + `]}}`)
	}
	before, after := pod(`{"name":"a","image":"a:1"},{"name":"b","image":"b:1"}`), pod(`{"name":"new","image":"n:1"},{"name":"a","image":"a:1"},{"name":"b","image":"b:2"}`)
	for _, kept := range []bool{true, false} {
		it := changed(t, root+"pods/shop/web", before, after, decode.View{})
		if !kept {
			it.Change.Number(it.View)
			it.Change.Object, it.Change.Before = nil, nil
		}
		for s, want := range map[string]Answer{"field:.spec.containers[1].image=b:1": Yes, "field:.spec.containers[2].image=b:2": Yes, "field:.spec.containers[0]": Yes, "field:.spec.containers[0].image=n:1": Yes,
			"field:.spec.containers[0].image=b:2": No, "field:.spec.containers[3]": No, "field:.spec.containers[name=b].image": Yes, "field:spec.containers[1].image": Yes} {
			f, err := Parse(s, nil)
			if got := f.Match(it); err != nil || got != want {
				t.Errorf("%s (objects kept: %v): %d, %v, want %d", s, kept, got, err, want)
			}
		}
	}
}

// TestNotYet: what is not known is not guessed, and does not matter where another term decides.
func TestNotYet(t *testing.T) {
	t.Parallel()
	it := &Item{Root: root, Key: []byte(webKey), Type: etcdsource.Updated, Rev: 5}
	for s, want := range map[string]Answer{"web": Yes, "by:kubelet": NotYet, "!by:kubelet": NotYet, "by:kubelet type:deleted": No, "by:kubelet pods": No, "aspect:spec": NotYet,
		"field:.spec": NotYet, "since:10m": NotYet, "since:9": No, "is:noise": NotYet, "!is:noise": NotYet, "is:out-of-band": NotYet, "!aspect:spec": NotYet} {
		f, err := Parse(s, nil)
		if got := f.Match(it); err != nil || got != want {
			t.Errorf("%q: %d, %v, want %d", s, got, err, want)
		}
	}
	it.Judged, it.Newest, it.Change = true, noon, &change.Change{}
	for s, want := range map[string]Answer{"by:kubelet": No, "!by:kubelet": Yes, "since:10m": No, "is:out-of-band": No} {
		f, _ := Parse(s, nil)
		if got := f.Match(it); got != want {
			t.Errorf("judged, %q: %d, want %d", s, got, want)
		}
	}
	lease := &Item{Root: root, Key: []byte(root + "leases/kube-system/x"), Type: etcdsource.Updated}
	event := &Item{Root: root, Key: []byte(root + "events/shop/x"), Type: etcdsource.Created}
	f, _ := Parse("is:noise", nil)
	if f.Match(lease) != Yes || f.Match(event) != Yes {
		t.Error("a renewed lease or an Event is no noise")
	}
}

// TestMaskedSecret: without the View that reveals them, no predicate finds out a Secret's value.
func TestMaskedSecret(t *testing.T) {
	t.Parallel()
	secret := func(v string) []byte {
		return []byte(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"db","namespace":"shop"},"data":{"password":"` + v + `"}}`)
	}
	const key = root + "secrets/shop/db"
	words := []string{"field:.data.password=aHVudGVyMg==", "field:.data.password=hunter2", "!field:.data.password=aHVudGVyMg==", "field:.data", "field:.data.password"}
	versions := [][2][]byte{{nil, secret("aHVudGVyMg==")}, {secret("YQ=="), secret("aHVudGVyMg==")}, {secret("aHVudGVyMg=="), nil}}
	others := [][2][]byte{{nil, secret("b3RoZXI=")}, {secret("YQ=="), secret("b3RoZXI=")}, {secret("b3RoZXI="), nil}}
	for _, w := range words {
		f, err := Parse(w, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range versions {
			a := f.Match(changed(t, key, versions[i][0], versions[i][1], decode.View{}))
			b := f.Match(changed(t, key, others[i][0], others[i][1], decode.View{}))
			if a != b {
				t.Errorf("%q answers %d for one value and %d for another", w, a, b)
			}
		}
	}
	f, _ := Parse(words[0], nil)
	if f.Match(changed(t, key, versions[0][0], versions[0][1], decode.View{Reveal: true})) != Yes {
		t.Error("a revealed value is not found")
	}
}

// TestErrors: what cannot be understood is named, with what there is.
func TestErrors(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"colour:red": "there is no word colour:; there are by:, type:", "pods foo:bar": "no word foo:", "by:": "by: lacks its value", "!": "! negates nothing", "a !": "! negates nothing", "!! b": "as !by:kubelet", "web since:": "since: lacks its value", "type:changed": "created, updated, deleted",
		"aspect:x": "spec, status", "kind:nothing": "no kind nothing", "since:yesterday": "since:yesterday is no revision and no time", "since:-5": "no revision",
		"since:4,5": "takes one", "!is:noise,out-of-band": "give a term for each", "field:.": "is no path", "field:[": "is no path", "is:loud": "noise, out-of-band", `by:"a`: "a quote is not closed", "x:\x1b[31m": "no word x:", strings.Repeat("a", MaxText+1): "longer than",
	} {
		f, err := Parse(s, nil)
		if err == nil || !strings.Contains(err.Error(), want) || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%q: %v, want %q", s, err, want)
		}
		f.Match(&Item{Root: root, Key: []byte(webKey)})
	}
	if f, err := Parse("web by:", nil); err == nil || f.Empty() || f.Match(&Item{Root: root, Key: []byte(root + "pods/x")}) != No {
		t.Error("a term that is being typed leaves the others without effect")
	}
}

// TestEveryFlagHasAWord: the words with a flag are those of log.
func TestWords(t *testing.T) {
	t.Parallel()
	for i := range Words {
		w := &Words[i]
		f, err := Parse(w.Name+":"+w.Example, nil)
		if err != nil || !f.Has(w.Name) || f.Foreign(w.Name) != "" || f.Foreign() != w.Name {
			t.Errorf("%s:%s: %v", w.Name, w.Example, err)
		}
		for _, v := range w.Values {
			if _, err := Parse("!"+w.Name+":"+v, nil); err != nil {
				t.Errorf("%s:%s: %v", w.Name, v, err)
			}
		}
	}
}

func TestComplete(t *testing.T) {
	t.Parallel()
	k := &Known{Writers: []string{"kubelet", "kube-scheduler", "a b"}, Namespaces: []string{"kube-system", "shop"}, Fields: []string{".spec.replicas"}}
	for s, want := range map[string][]string{
		"": nil, "we": nil, "b": {"by:"}, "web !b": {"web !by:"}, "by:kubel": {"by:kubelet"}, "by:": {"by:kubelet", "by:kube-scheduler", `by:"a b"`, "by:unknown"}, "by:kubelet": nil,
		"type:c": {"type:created"}, "type:created,d": {"type:created,deleted"}, "ns:s": {"ns:shop"}, "x ns:k": {"x ns:kube-system"}, "field:.s": {"field:.spec.replicas", "field:.spec", "field:.status", "field:.status.conditions", "field:.status.phase"}, "kind:configm": {"kind:configmaps"},
		"a": {"aspect:"}, "is:": {"is:noise", "is:out-of-band", "is:gone"}, "nothing:": nil, `by:"a`: nil, "web ": nil,
	} {
		if got := Complete(s, k); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
	for s, first := range map[string]string{"kind:pods": "kind:pods", "kind:pod": "kind:pods", "!kind:Pods": "!kind:pods", "kind:role": "kind:roles", "kind:pods,ev": "kind:pods,events"} {
		if got := Complete(s, k); len(got) == 0 || got[0] != first {
			t.Errorf("%q is completed to %q, want %q first", s, got, first)
		}
	}
	if got := Complete("b", &Known{Words: []string{"kind"}}); got != nil {
		t.Errorf("%q is offered where it means nothing", got)
	}
	if Hint("web by:") == "" || Hint("web") != "" {
		t.Error("the hint is not that of the word")
	}
	for s, want := range map[string]string{"": "a text, by: kind:  ! negates", "web ": "a text, by: kind:  ! negates", "!": "a text, by: kind:  ! negates", "web": "", "by:": ""} {
		if got := (&Known{Words: []string{"kind", "by"}}).Hint(s); got != want {
			t.Errorf("%q: the hint is %q, want %q", s, got, want)
		}
	}
	if got := (&Known{Words: []string{}}).Hint(""); got != "a text" {
		t.Errorf("without words the hint is %q", got)
	}
	pods := &Known{There: func(r kinds.Resource) bool { return r.Plural == "pods" }}
	if got := Complete("kind:", pods); !slices.Equal(got, []string{"kind:pods"}) {
		t.Errorf("of a store with pods alone %q are offered", got)
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	table := kinds.Builtin()
	for s, want := range map[string]bool{"kind:deploy ns:shop web": true, "kind:po": false, "!kind:po": true, "!ns:shop": false, "web": true, "db": false, "by:nobody": true} {
		f, err := Parse(s, table)
		ref, _ := table.Locate(root, []byte(webKey))
		if got := f.Key(root, []byte(webKey), &ref); err != nil || got != want {
			t.Errorf("%q: %v, %v, want %v", s, got, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"by:kubelet,x !type:deleted pods", `field:.spec["a.b"][x=1]=2`, `"a b" c`, "since:15:04 until:9", "!", "!!", ":", "a:b:c,d", `!"`, "is:noise", "kind:pods.x", "^a$", `field:[`, "field:.=x", "\v", "a\u00a0by:kubelet", "a\u00a0b"} {
		f.Add(s)
	}
	it := changed(f, webKey, deployment(3, "web:1"), deployment(5, "web:1"), decode.View{})
	empty := &Item{Root: root, Key: []byte(webKey)}
	f.Fuzz(func(t *testing.T, s string) {
		x, err := Parse(s, nil)
		if err != nil && strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%q: the error is not safe: %q", s, err)
		}
		a, b := x.Match(it), x.Match(empty)
		if a == No && b == Yes && !x.Has("type") && !x.Has("kind") && !x.Has("ns") && !x.Has("since") && !x.Has("until") {
			t.Errorf("%q: %d where all is known, %d where nothing is", s, a, b)
		}
		if x.Empty() && a != Yes {
			t.Errorf("%q is empty, and answers %d", s, a)
		}
		x.Needs()
		head, _ := lastTerm(s)
		for _, c := range Complete(s, &Known{}) {
			if !strings.HasPrefix(strings.ToLower(c), strings.ToLower(head)) {
				t.Errorf("%q is completed to %q", s, c)
			}
		}
		if y, err2 := Parse(x.String(), nil); (err == nil) != (err2 == nil) || y.Match(it) != a {
			t.Errorf("%q is not the same as %q", s, x.String())
		}
	})
}
