package report

import (
	"fmt"
	"slices"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/view"
)

// TestRunningReport: a report that is continued in pieces, some of them too long to be looked at one by one, says of what
// has not converged what a report that was made at once says.
func TestRunningReport(t *testing.T) {
	src := disputed()
	known, err := learn.From(t.Context(), src, learn.Options{Custom: true})
	if err != nil {
		t.Fatal(err)
	}
	var events []etcdsource.Event
	add := func(key string, value []byte) {
		rev := src.Put(key, value)
		events = append(events, etcdsource.Event{Key: []byte(key), Value: value, Mod: rev, Create: 3, Version: rev, Type: etcdsource.Updated})
	}
	for i := range maxKept + 50 {
		add("/registry/configmaps/shop/flags", setBy(i))
		if i%400 == 0 {
			add(deploymentKey, rolledOut(i+3, i+2+i%3, 3-(i/400+1)%2, i%60))
		}
	}
	told := func(pieces int) (out []string) {
		s := &summer{d: view.Describer{Decoder: known.Decoder, Kinds: known.Kinds, Root: known.Root}, src: src, upTo: 10, head: 10, objects: objects{present: true}, out: make(chan reportMsg, 1), running: &runningReport{}}
		if _, _, err := s.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		for n := (len(events) + pieces - 1) / pieces; len(s.seen) < len(events); {
			s.seen = events[:min(len(s.seen)+n, len(events))] // those before are included already
			s.upTo = s.seen[len(s.seen)-1].Mod
			s.head = s.upTo
			c, _, err := s.run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			out = nil
			for i := range c.Waiting {
				out = append(out, fmt.Sprint(c.Waiting[i].Key, c.Waiting[i].Why))
			}
		}
		if (s.running.made.Load().Skipped > 0) != (pieces == 1) || s.running.made.Load().Writes+s.running.made.Load().Skipped != len(events) {
			t.Errorf("in %d pieces %d were skipped, %d looked at of %d", pieces, s.running.made.Load().Skipped, s.running.made.Load().Writes, len(events))
		}
		return out
	}
	if a, b := told(1), told(7); !slices.Equal(a, b) || len(a) != 1 {
		t.Errorf("at once %q, in pieces %q", a, b)
	}
}

const deploymentKey = "/registry/deployments/shop/web"

// disputed is a running store with a ConfigMap that two managers write, and a Deployment.
func disputed() *tuitest.Memory {
	m := tuitest.NewMemory(etcdsource.KindLive, "disputed")
	m.Put("/registry/namespaces/shop", []byte(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop","uid":"u-ns"}}`))
	m.Put(deploymentKey, rolledOut(1, 1, 3, 0))
	for i := range 6 {
		m.Put("/registry/configmaps/shop/flags", setBy(i))
	}
	m.Put(deploymentKey, rolledOut(2, 2, 2, 6))
	return m
}

// setBy is a ConfigMap as it was set by one of two managers.
func setBy(i int) []byte {
	return fmt.Appendf(nil, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"flags","namespace":"shop","uid":"u-flags","managedFields":[{"manager":%q,"operation":"Update","time":"2026-11-22T%02d:%02d:%02dZ",
"fieldsV1":{"f:data":{"f:field":{}}}}]},"data":{"field":"%d"}}`, []string{"flagger", "kubectl-edit"}[i%2], 10+i/3600, i/60%60, i%60, i%2)
}

// rolledOut is a Deployment of three replicas of which some are ready.
func rolledOut(gen, observed, ready, second int) []byte {
	return fmt.Appendf(nil, `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop","uid":"u-web","generation":%d,
"managedFields":[{"manager":"kube-controller-manager","operation":"Update","subresource":"status","time":"2026-11-22T10:00:%02dZ","fieldsV1":{"f:status":{"f:readyReplicas":{},"f:observedGeneration":{}}}}]},
"spec":{"replicas":3},"status":{"observedGeneration":%d,"readyReplicas":%d,"updatedReplicas":%d}}`, gen, second, observed, ready, ready)
}
