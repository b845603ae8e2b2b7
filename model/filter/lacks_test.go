package filter

import (
	"testing"

	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/model/attribution"
)

// TestLacks: what none of the items has is named, once it was looked for; what one of them has, or what was not looked for, is not.
func TestLacks(t *testing.T) {
	pods, _ := kinds.Builtin().Find("pods")
	item := func(ns, writer string) *Item {
		return &Item{Ref: &kinds.Ref{Resource: pods, Namespace: ns, Name: "x"}, Key: []byte("/registry/pods/" + ns + "/x"), Verdict: &attribution.Verdict{Writer: writer, Confidence: attribution.Certain}}
	}
	items := []*Item{item("a", "kubelet"), item("b", "kubectl")}
	for text, want := range map[string]string{
		"ns:c": "none is in namespace c", "ns:c,d": "none is in namespace c or d", "ns:a": "", "!ns:c": "", "kind:deploy": "none is of deployments.apps", "kind:po": "",
		"by:kubelett": "none is by kubelett", "by:kubelet": "", "ns:a by:kubectl": "none that passes the rest is by kubectl", "zz ns:c": "", "x ns:c": "none that passes the rest is in namespace c", "type:deleted": "",
	} {
		f, err := Parse(text, nil)
		if err != nil || f.Lacks() != "" {
			t.Fatalf("%s: %v, at first %q", text, err, f.Lacks())
		}
		for _, it := range items {
			f.Match(it)
		}
		if got := f.Lacks(); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
