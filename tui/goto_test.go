package tui

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// relatives is the shop with a pod that is owned, on a node, beside a Secret that has the pod's image in it.
func relatives() *tuitest.Memory {
	src := withPods()
	src.Put("/registry/replicasets/shop/web", []byte(`{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"web","namespace":"shop"},"spec":{"replicas":1}}`))
	src.Put("/registry/minions/node-1", []byte(`{"apiVersion":"v1","kind":"Node","metadata":{"name":"node-1"}}`))
	src.Put("/registry/pods/shop/owned", []byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"owned","namespace":"shop","ownerReferences":[
		{"apiVersion":"v1","kind":"Node","name":"other"},{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web","controller":true}]},"spec":{"nodeName":"node-1","containers":[{"name":"a","image":"nginx:1.2"}]}}`))
	src.Put("/registry/secrets/shop/image", stored("Secret", "image", "nginx:1.2"))
	src.Put("/registry/namespaces/other", []byte(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"other"}}`))
	src.Put("/registry/configmaps/other/elsewhere", stored("ConfigMap", "elsewhere", "nginx:1.2"))
	return src
}

func TestGoto(t *testing.T) {
	d := openedWith(t, relatives(), 160, 44)
	d.Command("key /registry/pods/shop/owned")
	d.See("Pod shop/owned")
	d.Press("g o")
	d.See("ReplicaSet shop/web")
	d.Press("g o")
	d.See("This object has no owner.")
	d.Press("ctrl+o")
	d.See("Pod shop/owned")
	d.Press("g N")
	d.See("Node node-1")
	d.Press("g b")
	d.See("Pod shop/owned")
	d.Press("g f")
	d.See("Node node-1")
	d.Press("g n")
	d.See("This is in no namespace.")
	d.Press("g b g n")
	d.See("Namespace shop")
	d.Press("g l")
	d.See("has no lease")
}

// TestGotoFolder: a folder is found without the slash at its end too.
func TestGotoFolder(t *testing.T) {
	d := openedWith(t, relatives(), 160, 44)
	listed(d)
	d.Command("key /registry/configmaps/shop")
	d.See("configmaps in shop")
	d.Command("key /registry/configmaps/nothere")
	d.See("This key does not exist")
}

// leased is a source that knows leases.
type leased struct{ *tuitest.Memory }

func (leased) Lease(context.Context, int64) (etcdsource.Lease, error) {
	return etcdsource.Lease{ID: 77, TTL: time.Minute, Granted: time.Hour, Keys: [][]byte{[]byte("/registry/configmaps/shop/flags"), []byte("/registry/configmaps/shop/other")}}, nil
}

func (l leased) Range(ctx context.Context, s etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	p, err := l.Memory.Range(ctx, s, at)
	for i := range p.Entries {
		p.Entries[i].Lease = 77
	}
	return p, err
}

func TestLease(t *testing.T) {
	m := program(t, nil)
	m.deps.Open = func(ctx context.Context, _ host.Target, _ host.Progress) (*learn.Opened, error) {
		src := leased{shop()}
		known, err := learn.From(ctx, src, learn.Options{Custom: true})
		return &learn.Opened{Known: known, Source: src}, err
	}
	d := drive(t, m, 120, 40)
	listed(d)
	d.Command("key /registry/configmaps/shop/flags")
	d.See("field: two")
	d.Press("g l")
	d.See("Lease 4d: 1m0s left of 1h0m0s, 2 keys")
	d.Press("2")
	d.See("field: x")
}

// TestWhichKey waits for the second key: what can follow is shown, from the keymap.
func TestWhichKey(t *testing.T) {
	d := openedWith(t, withPods(), 120, 40)
	d.Press("g")
	if strings.Contains(d.Text(), "Go to the owner") {
		t.Error("the menu does not wait")
	}
	d.See("Go to the owner of the object")
	d.Press("n")
	d.Gone("Go to the owner of the object")
}

// TestEscTwice: two presses that a slow line delivers at once are read as alt+esc, and undo two layers.
func TestEscTwice(t *testing.T) {
	d := openedWith(t, withPods(), 120, 40)
	d.Press("/")
	d.Type("web")
	d.Press("enter :")
	d.See("Show the whole store as it was")
	d.Press("alt+esc")
	d.Gone("Show the whole store as it was")
	d.Gone("web")
}

func TestPalette(t *testing.T) {
	d := openedWith(t, withPods(), 120, 40)
	d.Press(":")
	d.See("Show the whole store as it was")
	d.Type("depl")
	d.See("deployments.apps")
	d.Gone("Return to now")
	d.Press("esc")
	d.Command("rev 8")
	d.See("AS OF rev 8")
	d.Command("now")
	d.Gone("AS OF")
	d.Press(":")
	d.Type("re")
	d.Press("enter") // what needs an argument waits for it
	d.See(":rev ")
	d.Type("8")
	d.Press("enter")
	d.See("AS OF rev 8")
	d.Command("nosuchthing")
	d.See("Unknown command")
	d.Command("po shop")
	d.See("pods in shop")
	d.Command("theme light")
	d.See("Theme light.")
}

// TestScope keeps one namespace in keys, changes and search.
func TestScope(t *testing.T) {
	src := relatives()
	d := openedWith(t, src, 160, 44)
	d.Command("key /registry/configmaps/other/elsewhere")
	d.See("ConfigMap shop/elsewhere")
	d.Press("1 N")
	d.See("Namespace ─")
	d.Press("enter")
	d.See("In other")
	d.See("1 of 15")
	src.Put("/registry/configmaps/shop/unseen", stored("ConfigMap", "unseen", "x"))
	src.Put("/registry/configmaps/other/seen", stored("ConfigMap", "seen", "x"))
	d.See("2 of 17")
	d.See("configmaps/other/seen")
	if strings.Contains(d.Text(), "unseen") {
		t.Errorf("another namespace is on the screen:\n%s", d.Text())
	}
	d.Press("/")
	d.Type("else")
	d.See("1 of 17")
	d.Press("esc")
	d.See("2 of 17")
	d.Press("esc")
	d.See("▸ secrets")
}

// TestGrepSaysWhereInFull: what was not found, and where, is read in full on a small screen too.
func TestGrepSaysWhereInFull(t *testing.T) {
	d := openedWith(t, relatives(), 80, 24)
	d.Command("key /registry/pods/shop/")
	d.See("❯    ▾ shop")
	d.Press("g /")
	d.Type("a-rather-long-text")
	d.Press("enter")
	for _, want := range []string{"No value below", "a-rather-long-text.", "Only this folder was", "searches everything."} {
		d.See(want)
	}
}

// TestGrep looks into values, but not into masked Secrets.
func TestGrep(t *testing.T) {
	d := openedWith(t, relatives(), 160, 44)
	d.Command("key /registry/")
	d.See("▸ secrets")
	d.Command("grep nginx:1.2")
	d.See("Not in 2 Secrets")
	d.See("2 hits in 12")
	d.See("2 Secrets not searched: R")
	d.See("2 Secrets were not searched")
	d.See("pods/shop/owned")
	d.See("image: nginx:1.2")
	d.Press("j")
	d.See("Pod shop/owned")
	d.See("1/1") // the match in the value
	d.Press("esc")
	d.See("▸ secrets")
	d.Press("R g /")
	d.See("in values below pods/shop/:")
	d.Type("NGINX")
	d.Press("enter")
	d.See("No value below pods/shop/ has")
	d.Press("esc")
	d.Command("key /registry/secrets/")
	d.See("❯  ▾ secrets")
	d.Command("grep nginx")
	d.See("1 hit in 2")
	d.See("Values, Secrets too")
	d.Press("esc")
	d.Press("g /")
	d.See("in values below secrets/shop/:")
	d.Type("replaced")
	d.Press("enter")
	d.See("No value below secrets/shop/ has")
	d.See("Only this folder was")
	d.Press("esc")
	d.Command("grep nginx")
	d.See("1 hit in 2")
	d.Press("R")
	d.See("0 hits in 0")
	d.See("Not in 2 Secrets")
	d.See("2 Secrets not searched: R")
	d.Press("R")
	d.See("1 hit in 2")
	d.See("Values, Secrets too")
}

// asked is a source that says what was asked of it.
type asked struct{ *tuitest.Memory }

func (a asked) Requests() ([]etcdsource.Request, etcdsource.RequestTotals) {
	return []etcdsource.Request{{Call: "Range", Etcdctl: "etcdctl get /registry/ --prefix --limit=500", Received: 2048, Took: time.Millisecond}}, a.Asked()
}

func (asked) Asked() etcdsource.RequestTotals {
	return etcdsource.RequestTotals{Requests: 31, Received: 2048}
}

func TestRequests(t *testing.T) {
	m := program(t, nil)
	m.deps.Open = func(ctx context.Context, _ host.Target, _ host.Progress) (*learn.Opened, error) {
		src := asked{shop()}
		known, err := learn.From(ctx, src, learn.Options{})
		return &learn.Opened{Known: known, Source: src}, err
	}
	d := drive(t, m, 120, 40)
	listed(d)
	d.Press("@")
	d.See("31 requests, 0 writes")
	d.See("etcdctl get /registry/ --prefix --limit=500")
	d.Press("@")
	d.Gone("31 requests, 0 writes   0 B")
}

// TestPaletteGuesses runs only what was named: a word with letters of many names is unknown, one of kubectl or k9s is replaced.
func TestPaletteGuesses(t *testing.T) {
	d := openedWith(t, withPods(), 120, 40)
	before := "pods"
	for word, said := range map[string]string{
		"logs": "etcd holds no output of containers", "exec": "etcd reaches no container", "top": "etcd holds no metrics", "edit": "kubectl edit does",
		"sort": "s sorts the table", "ctx": ":cluster NAME", "delete": "kubectl delete does", "dpm": "Unknown command dpm",
		"!": "Unknown command !", "all": ":resources lists", "call": "Unknown command call", "screendump": "y copies what is shown", "svc,po": ":TYPE lists one type",
	} {
		d.Command(word)
		d.See(said)
		d.See(before)
	}
	d.Press(":")
	d.Type("logs")
	d.See("etcd holds no output of containers") // before enter
	d.Press("esc")
	d.Command("configm")
	d.See("/registry/configmaps/")
	d.Command("ns")
	d.See("/registry/namespaces/")
	d.Command("by-size") // a part of a name
	d.Gone("Unknown command")
}

// TestTypeInEmptyNamespace: a namespace without objects of a type has an empty table, which says so; what was said before does not stay.
func TestTypeInEmptyNamespace(t *testing.T) {
	d := openedWith(t, relatives(), 160, 44)
	listed(d)
	d.Command("rs other")
	d.See("0 of 1")
	d.See("No replicasets in namespace other: esc shows all.")
	d.Gone("shop  web")
	d.Command("rs nope")
	d.See("There is no namespace nope.")
	d.See("No replicasets in namespace nope: esc shows all.")
	d.Command("log")
	d.See("No command log here")
	d.Command("rs")
	d.See("1 in all")
	d.Gone("No command log here")
	d.Press("6")
	d.See("─ Desired and observed")
	d.Press("b")
	d.See("b does nothing in report")
	d.Press("2")
	d.Gone("b does nothing in report")
}
