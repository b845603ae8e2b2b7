package tui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// rolling is a Deployment that wants three replicas and has some, written at a second.
func rolling(gen, observed, ready, second int) []byte {
	return fmt.Appendf(nil, `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop","uid":"u-web","generation":%d,
"managedFields":[{"manager":"kube-controller-manager","operation":"Update","subresource":"status","time":"2026-11-22T10:00:%02dZ","fieldsV1":{"f:status":{"f:readyReplicas":{},"f:observedGeneration":{}}}}]},
"spec":{"replicas":3},"status":{"observedGeneration":%d,"readyReplicas":%d,"updatedReplicas":%d}}`, gen, second, observed, ready, ready)
}

// rollingStore is a store in which a Deployment is rolled out, is fine, and gets stuck.
func rollingStore(kind etcdsource.Kind) *tuitest.Memory {
	m := tuitest.NewMemory(kind, "rolling")
	m.Put("/registry/namespaces/shop", []byte(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop","uid":"u-ns"}}`))
	m.Put(web, rolling(1, 1, 1, 1)) // 3
	m.Put(web, rolling(1, 1, 3, 13))
	m.Put(web, rolling(1, 1, 3, 14))
	m.Put("/registry/configmaps/shop/flags", []byte(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"flags","namespace":"shop","uid":"u-flags"}}`))
	m.Put(web, rolling(2, 1, 3, 20)) // 7
	m.Put(web, rolling(2, 2, 1, 25))
	return m
}

// TestConvergence shows beside an object that it has not converged, since when, and at other revisions what was so there.
func TestConvergence(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {200, 60}} {
		m := program(t, map[string]*tuitest.Memory{"": rollingStore(etcdsource.KindFile)})
		d := drive(t, m, size[0], size[1])
		open := func(key string) {
			d.Press(":")
			d.Type("key " + key)
			d.Press("enter")
		}
		d.See("deployments")
		open(web)
		d.See("not converged: 1 of 3 ready")
		d.See("since 7 ")
		d.Press("2 down") // the version at which it began
		d.See("not converged: generation 2")
		d.Press("down")
		d.Gone("not converged")
		d.See("converged in 12s")
		d.Press("down down")
		d.See("not converged: 1 of 3 ready")
		d.See("since 3 (10:00:01Z) to 4, 12s")
		d.Press("esc 1 T")
		d.Type("5")
		d.Press("enter")
		d.See("AS OF rev 5")
		d.Gone("not converged")
		if size[1] > 24 { // the box under the tree is too low for it
			d.See("converged in 12s")
		}
		d.Press("T")
		d.Type("7")
		d.Press("enter")
		d.See("not converged: generation 2")
		d.See("since 7 ")
		d.Press("6")
		d.See("❯▲ deployments/web -n shop")
		d.Press("0 esc 1")
		open("/registry/configmaps/shop/flags")
		d.See("ConfigMap shop/flags")
		d.Gone("not converged")
	}
}

// TestConvergenceLive: of a live store that was not recalled it is computed from what is known, and follows the watch.
func TestConvergenceLive(t *testing.T) {
	src := rollingStore(etcdsource.KindLive)
	m := program(t, map[string]*tuitest.Memory{"": src})
	d := drive(t, m, 120, 40)
	d.See("deployments")
	d.Press(":")
	d.Type("key " + web)
	d.Press("enter")
	d.See("not converged: 1 of 3 ready")
	d.Settle("history", func() bool { return m.view().Panes.History.Known() })
	d.See("since 7 (2026-11-22 10:00:20Z), ")
	src.Put(web, rolling(2, 2, 2, 30))
	d.See("not converged: 2 of 3 ready")
	d.See("since 7 (2026-11-22 10:00:20Z), ")
	src.Put(web, rolling(2, 2, 3, 50))
	d.Gone("not converged")
	d.See("converged in 30s")
	src.Put(web, rolling(3, 2, 3, 51))
	d.See("not converged: generation 3")
	d.See("since 11 ")
	if s := m.view().Panes.Object.Convergence(); strings.Contains(s.Foot, "before") || s.Key != "6" {
		t.Errorf("it is said %+v", s)
	}
}
