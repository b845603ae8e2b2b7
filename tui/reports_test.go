package tui

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// quarrel is a source in which two managers undo each other, and a Deployment never becomes ready.
func quarrel(kind etcdsource.Kind) *tuitest.Memory {
	m := tuitest.NewMemory(kind, "quarrel")
	m.Put("/registry/namespaces/shop", []byte(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop","uid":"u-ns"}}`))
	m.Put(web, deployment(1, 3, "registry.example/web:1", "True"))
	for i := range 6 {
		m.Put("/registry/configmaps/shop/flags", set(i))
	}
	m.Put(web, deployment(2, 3, "registry.example/web:2", "False"))
	return m
}

// set is a ConfigMap as it was set by one of two managers.
func set(i int) []byte {
	return fmt.Appendf(nil, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"flags","namespace":"shop","uid":"u-flags","managedFields":[{"manager":%q,"operation":"Update","time":"2026-11-22T10:01:%02dZ",
"fieldsV1":{"f:data":{"f:field":{}}}}]},"data":{"field":"%d"}}`, []string{"flagger", "kubectl-edit"}[i%2], i, i%2)
}

func TestReport(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {200, 60}} {
		m := program(t, map[string]*tuitest.Memory{"": quarrel(etcdsource.KindFile)})
		d := drive(t, m, size[0], size[1])
		listed(d)
		d.Press("6")
		d.See("Not converged 1")
		d.See("0 of 3 updated")
		d.See("revisions 2 to 10")
		d.Press("tab")
		d.See("kubectl-edit wants 1")
		d.See("4 times")
		d.Press("tab tab tab")
		d.See("named certain or likely")
		d.Press("enter")
		d.See("/by:")
		d.Press("6")
		d.Press("shift+tab shift+tab shift+tab enter")
		d.See("ConfigMap shop/flags")
		d.Press("esc T")
		d.Type("8")
		d.Press("enter")
		d.See("AS OF rev 8")
		d.Command("report")
		d.See("revisions 2 to 8")
		d.See("3 times")
		d.Press("0")
		d.See("revisions 2 to 10")
		d.Press("esc")
		d.See("─ Keys ")
	}
}

// TestReportOfALiveStore says what has not converged as it is, custom resources too, and the rest from what was
// seen; it keeps up by itself with what is written, and reads no object again for that.
func TestReportOfALiveStore(t *testing.T) {
	src := quarrel(etcdsource.KindLive)
	src.Put("/registry/apiextensions.k8s.io/customresourcedefinitions/widgets.shop.example.com", []byte(`{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
"metadata":{"name":"widgets.shop.example.com","uid":"u-crd"},"spec":{"group":"shop.example.com","scope":"Namespaced","names":{"kind":"Widget","plural":"widgets"},"versions":[{"name":"v1","served":true,"storage":true}]}}`))
	widget := func(observed int) []byte {
		return fmt.Appendf(nil, `{"apiVersion":"shop.example.com/v1","kind":"Widget","metadata":{"name":"w","namespace":"shop","uid":"u-w","generation":3},"status":{"observedGeneration":%d}}`, observed)
	}
	const w = "/registry/shop.example.com/widgets/shop/w"
	src.Put(w, widget(2)) // 12
	reads := 0
	counted := &watchful{src, &reads}
	m := program(t, map[string]*tuitest.Memory{"": src})
	m.deps.Open = func(ctx context.Context, _ host.Target, _ host.Progress) (*learn.Opened, error) {
		known, err := learn.From(ctx, counted, learn.Options{Custom: true})
		return &learn.Opened{Known: known, Source: counted}, err
	}
	d := drive(t, m, 160, 44)
	listed(d)
	d.Gone("Reading what this is")
	d.Press("6")
	d.See("Not converged 2")
	d.See("widgets/w -n shop")
	d.See("generation 3, its controller saw 2")
	d.See("now; writes since revision 12; A recalls all")
	d.See("0 writes seen since")
	before := reads
	for i := range 6 {
		src.Put("/registry/configmaps/shop/flags", set(i))
	}
	src.Put(w, widget(3))
	d.See("rev 19")
	passes(d, time.Minute)
	d.See("Fights 1") // by itself
	d.See("Not converged 1")
	d.See("Converged 1")
	d.See("7 writes seen since")
	src.Put(web, deployment(3, 3, "registry.example/web:3", "False"))
	src.Put(w, widget(1))
	d.See("rev 21")
	passes(d, 2*time.Minute)
	d.See("Not converged 2")
	if reads != before {
		t.Errorf("%d values were read again to keep up", reads-before)
	}
	d.Press("down")
	d.See("not converged since revision 21")
	if s := d.Text(); strings.Contains(s, "or longer: that is the oldest version that was seen") {
		t.Errorf("it was fine when it was seen first:\n%s", s)
	}
}

// passes lets time pass.
func passes(d *tuitest.Driver, by time.Duration) {
	ignore := d.Ignore
	d.Ignore = nil
	d.Send(host.Tick{Now: time.Now().Add(by)})
	d.Ignore = ignore
}

// watchful counts the reads of values below a folder, but for the leases by which the overview dates the window, once.
type watchful struct {
	*tuitest.Memory
	reads *int
}

func (w *watchful) Range(ctx context.Context, s etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	if s.Values && len(s.To) > 0 && bytes.HasSuffix(s.From, []byte("/")) && !bytes.Contains(s.From, []byte("/leases/")) {
		*w.reads++
	}
	return w.Memory.Range(ctx, s, at)
}

// TestReportTellsClocks: a node whose clock is ahead is named, as the command line names it.
func TestReportTellsClocks(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindFile, "clocks")
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	lease := func(ns, name string, at, seconds time.Time) {
		src.Put("/registry/leases/"+ns+"/"+name, fmt.Appendf(nil, `{"apiVersion":"coordination.k8s.io/v1","kind":"Lease",`+
			`"metadata":{"name":%q,"namespace":%q,"uid":"u-%s","creationTimestamp":%q,"managedFields":[{"manager":"kubelet","operation":"Update","apiVersion":"coordination.k8s.io/v1",`+
			`"time":%q,"fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:renewTime":{}}}}]},"spec":{"holderIdentity":"%s_1","renewTime":%q}}`,
			name, ns, name, start.Format(time.RFC3339), seconds.Format(time.RFC3339), name, at.Format("2006-01-02T15:04:05.000000Z07:00")))
	}
	for i := range 40 {
		now := start.Add(time.Duration(i) * 2300 * time.Millisecond)
		lease("kube-system", "kube-controller-manager", now, now)
		lease("kube-system", "kube-scheduler", now.Add(600*time.Millisecond), now.Add(600*time.Millisecond))
		lease("kube-node-lease", "node-a", now.Add(40*time.Second+1200*time.Millisecond), now.Add(1200*time.Millisecond))
	}
	d := drive(t, program(t, map[string]*tuitest.Memory{"": src}), 80, 24)
	d.See("leases")
	d.Press("6")
	d.See("Clocks 1")
	d.Press("shift+tab")
	d.See("40s ahead  node-a")
	d.Press(":")
	d.Type("writers")
	d.Press("enter")
	d.See("❯Writers")
	d.Press("esc :")
	d.Type("clocks")
	d.Press("enter")
	d.See("❯Clocks 1")
	d.See("Its own clock is 40s ahead of the one that dates revisions")
	d.Press(":")
	d.Type("key /registry/leases/kube-node-lease/node-a")
	d.Press("enter")
	d.See("Lease kube-node-lease/node-a")
}

// TestDeletedInReport: the report lists what was deleted and is not there again; enter shows the last value, and a brings it back.
func TestDeletedInReport(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {200, 60}} {
		src := quarrel(etcdsource.KindFile)
		for _, name := range []string{"web-1", "web-2"} {
			src.Put("/registry/pods/shop/"+name, pod(name, "Running"))
			src.Put("/registry/pods/shop/"+name, nil)
		}
		src.Put("/registry/pods/shop/web-2", pod("web-2", "Running"))
		d := drive(t, program(t, map[string]*tuitest.Memory{"": src}), size[0], size[1])
		listed(d)
		d.Press("6")
		d.See("Not converged")
		d.Press("tab tab tab")
		d.See("pods/web-1 -n shop")
		if s := d.Text(); strings.Contains(s, "pods/web-2") {
			t.Errorf("a pod that is there again is among what was deleted:\n%s", s)
		}
		d.Press("enter")
		d.See("gone at")
		d.See("kind: Pod")
		d.Press("a")
		d.See("Bring back 1 object as YAML")
	}
}
