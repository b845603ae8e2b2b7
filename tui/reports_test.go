package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
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
		d.See("configmaps")
		d.Press("6")
		d.See("Not converged 1")
		d.See("0 of 3 updated")
		d.See("revisions 2 to 10")
		d.Press("tab")
		d.See("kubectl-edit wants 1")
		d.See("4 times")
		d.Press("tab tab")
		d.See("named certain or likely")
		d.Press("enter")
		d.See("/by:")
		d.Press("6")
		d.Press("shift+tab shift+tab enter")
		d.See("ConfigMap shop/flags")
		d.Press("esc T")
		d.Type("7")
		d.Press("enter")
		d.See("AS OF rev 7")
		d.Command("report")
		d.See("revisions 2 to 7")
		d.See("2 times")
		d.Press("0")
		d.See("revisions 2 to 10")
		d.Press("esc")
		d.See("─ Keys ")
	}
}

// TestReportOfALiveStore tells what is not as it should be as it stands, and the rest from what was seen.
func TestReportOfALiveStore(t *testing.T) {
	src := quarrel(etcdsource.KindLive)
	d := drive(t, program(t, map[string]*tuitest.Memory{"": src}), 160, 44)
	d.See("configmaps")
	d.Press("6")
	d.See("Not converged 1")
	d.See("as it stands")
	d.See("A recalls the past")
	for i := range 6 {
		src.Put("/registry/configmaps/shop/flags", set(i))
	}
	d.See("rev 16")
	d.Press("6")
	d.See("Fights 1")
	d.See("revisions 11 to 16")
	if s := d.Text(); strings.Contains(s, "Not converged 0") {
		t.Errorf("what waits is gone:\n%s", s)
	}
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
	d.See("Its own clock is 40s ahead of the one that dates revisions")
}
