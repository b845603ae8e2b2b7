package decode

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode/clean"
)

// has reports whether a tree has a field; numbers are positions in lists.
func has(tree any, path ...any) bool {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, ok := tree.(map[string]any)
			if !ok {
				return false
			}
			if tree, ok = m[p]; !ok {
				return false
			}
		case int:
			l, ok := tree.([]any)
			if !ok || p >= len(l) {
				return false
			}
			tree = l[p]
		}
	}
	return true
}

// applied checks that the paths without a minus are there and those with one are not.
func applied(t *testing.T, name string, paths ...string) (map[string]any, []string) {
	t.Helper()
	o := stored(t, name).open()
	before := o.Tree(View{})
	tree, notes := o.Apply(View{}, nil)
	always := []string{"apiVersion", "kind", "metadata.name", "-status", "-metadata.uid", "-metadata.resourceVersion", "-metadata.generation", "-metadata.managedFields",
		"-metadata.creationTimestamp", "-metadata.finalizers", "-metadata.deletionTimestamp", "-metadata.annotations.kubectl~kubernetes~io/last-applied-configuration"}
	for _, p := range append(always, paths...) {
		gone := strings.HasPrefix(p, "-")
		var steps []any
		for s := range strings.SplitSeq(strings.TrimPrefix(p, "-"), ".") {
			if s == "0" {
				steps = append(steps, 0)
			} else {
				steps = append(steps, strings.ReplaceAll(s, "~", "."))
			}
		}
		if has(tree, steps...) == gone {
			t.Errorf("%s: %s, got %v", name, p, tree)
		}
		if gone && slices.Contains(paths, p) && !has(before, steps...) {
			t.Errorf("%s: %s is not in the object either: the check checks nothing", name, p)
		}
	}
	return tree, notes
}

// TestApply checks what is left out of real objects, by kind, and that the rest stays.
func TestApply(t *testing.T) {
	applied(t, "pod", "metadata.namespace", "spec.containers.0.image", "-spec.nodeName")
	applied(t, "deployment", "metadata.labels", "spec.replicas", "spec.template.spec.containers.0.image")
	applied(t, "service", "spec.ports.0.port", "spec.selector", "-spec.clusterIP", "-spec.clusterIPs")
	applied(t, "claim", "spec.accessModes", "spec.resources")
	applied(t, "job", "spec.template.spec.containers.0.image", "spec.completions", "-spec.selector", "-spec.template.metadata.labels.batch~kubernetes~io/controller-uid",
		"-spec.template.metadata.labels.job-name")
	applied(t, "crd", "spec.names.kind")
	applied(t, "widget", "spec.weight", "metadata.labels.fam")
	tree, _ := applied(t, "secret", "data.token-id", "-metadata.annotations")
	if leak(fmt.Sprint(tree), "0123456789abcdef") != "" {
		t.Error("a masked Secret's value is applied")
	}
}

// made returns what is applied of an object of one kind.
func made(t *testing.T, apiVersion, kind, body string) (map[string]any, []string) {
	t.Helper()
	js := fmt.Sprintf(`{"apiVersion":%q,"kind":%q,%s}`, apiVersion, kind, body)
	return New(Options{}).Object([]byte("/registry/x/y"), []byte(js), 7).Apply(View{}, func(uid string) bool { return uid == "here" })
}

// TestApplyByKind checks what is left out of kinds by their rules.
func TestApplyByKind(t *testing.T) {
	for _, c := range []struct{ apiVersion, kind, in, out string }{
		{"v1", "Service", `"spec":{"clusterIP":"None","clusterIPs":["None"],"ports":[{"port":80,"nodePort":30080}]}`, `map[clusterIP:None clusterIPs:[None] ports:[map[port:80]]]`},
		{"v1", "Service", `"spec":{"clusterIP":"10.0.0.1","clusterIPs":["10.0.0.1"],"healthCheckNodePort":31000,"type":"LoadBalancer"}`, `map[type:LoadBalancer]`},
		{"v1", "PersistentVolumeClaim", `"spec":{"volumeName":"pv-0","accessModes":["ReadWriteOnce"]}`, `map[accessModes:[ReadWriteOnce]]`},
		{"v1", "PersistentVolume", `"spec":{"claimRef":{"name":"c","uid":"u","resourceVersion":"5"}}`, `map[claimRef:map[name:c]]`},
		{"v1", "Namespace", `"spec":{"finalizers":["kubernetes"]}`, `<nil>`},
		{"batch/v1", "Job", `"spec":{"manualSelector":true,"selector":{"matchLabels":{"a":"b"}}}`, `map[manualSelector:true selector:map[matchLabels:map[a:b]]]`},
		{"x.io/v1", "Service", `"spec":{"clusterIP":"10.0.0.1"}`, `map[clusterIP:10.0.0.1]`},
		{"v1", "Pod", `"spec":7`, `7`},
	} {
		tree, _ := made(t, c.apiVersion, c.kind, `"metadata":{"name":"n"},`+c.in)
		if got := fmt.Sprint(tree["spec"]); got != c.out {
			t.Errorf("%s %s: %s, want %s", c.kind, c.in, got, c.out)
		}
	}
}

// TestApplyOwners leaves out owners that are not there, and says so in safe text.
func TestApplyOwners(t *testing.T) {
	tree, notes := made(t, "v1", "Pod", `"metadata":{"ownerReferences":[{"kind":"Re\u001b[31mplicaSet","name":"gone\u001b]0;x\u0007","uid":"away"},{"kind":"ReplicaSet","name":"stays","uid":"here"}]}`)
	if got := fmt.Sprint(tree["metadata"]); got != "map[ownerReferences:[map[kind:ReplicaSet name:stays uid:here]]]" {
		t.Errorf("metadata %s", got)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "gone") {
		t.Fatalf("notes %q", notes)
	}
	for _, r := range notes[0] {
		if clean.Bad(r) {
			t.Errorf("the note holds %U: %q", r, notes[0])
		}
	}
	if tree, notes = made(t, "v1", "Pod", `"metadata":{"ownerReferences":[{"kind":"A","name":"b","uid":"away"},7]}`); has(tree, "metadata", "ownerReferences") || len(notes) != 2 {
		t.Errorf("%v, notes %q", tree, notes)
	}
}

// TestApplyNothing gives nothing for what is no object.
func TestApplyNothing(t *testing.T) {
	for _, v := range []string{"", "text", `[1]`, `{"a":1}`, "\x00\xff"} {
		if tree, notes := New(Options{}).Object([]byte("k"), []byte(v), 7).Apply(View{}, nil); tree != nil || notes != nil {
			t.Errorf("%q: %v %v", v, tree, notes)
		}
	}
}
