package evidence_test

import (
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
	"github.com/etcdscope/etcdscope/model/attribution/evidence/evidencetest"
)

var (
	mf     = evidencetest.Entry
	object = evidencetest.Object
	second = evidencetest.Second
	at     = evidencetest.At
)

// parse parses an object as a version.
func parse(t *testing.T, value string) *evidence.Version {
	t.Helper()
	o := decode.New(decode.Options{}).Object([]byte("/registry/x/demo/c"), []byte(value), 2)
	if o.Problem != "" {
		t.Fatal(o.Problem)
	}
	return evidence.NewVersion(&evidence.Parser{}, o)
}

func TestVersion(t *testing.T) {
	t.Parallel()
	v := parse(t, object("Pod", "demo", "p", `"deletionTimestamp":"`+second(40)+`","deletionGracePeriodSeconds":30,"finalizers":["a/b","c/d"],"ownerReferences":[
		{"kind":"Node","name":"n1","uid":"1"},{"kind":"ReplicaSet","name":"rs","uid":"2","controller":true,"blockOwnerDeletion":true}]`,
		`"status":{"conditions":[{"type":"A","status":"False","reason":"x"},{"type":"B","status":"True","reason":"y"}]},"spec":{"nodeName":"n1","n":7,"s":"x"}`, mf("kubelet/Update/status 3", "")))
	if !v.Deletion.Equal(at(40)) || v.Grace != 30 || len(v.Entries) != 1 || !v.Entries[0].Time.Equal(at(3)) {
		t.Errorf("marked %v, grace %d, entries %v", v.Deletion, v.Grace, v.Entries)
	}
	if !v.HasFinalizer("c/d") || v.HasFinalizer("c") {
		t.Errorf("finalizers %q", v.Finalizers)
	}
	if o := v.Owner(); o.Name != "rs" || !o.Controller || !o.Blocks || v.Owners[0].Blocks {
		t.Errorf("the owner that controls is %+v of %+v", o, v.Owners)
	}
	if r, ok := v.Condition("B"); !ok || r != "y" {
		t.Errorf("condition B: %q %v", r, ok)
	}
	for _, typ := range []string{"A", "C"} {
		if _, ok := v.Condition(typ); ok {
			t.Errorf("condition %s is true", typ)
		}
	}
	if v.Number(1, "spec", "n") != 7 || v.Number(1, "spec", "s") != 1 || v.Number(-1, "spec", "none") != -1 {
		t.Error("numbers")
	}
}

// TestVersionOfNothing: what is not stored is zero, and the grace period -1.
func TestVersionOfNothing(t *testing.T) {
	t.Parallel()
	if evidence.NewVersion(&evidence.Parser{}, nil) != nil {
		t.Error("a version of no object")
	}
	v := parse(t, object("ConfigMap", "demo", "c", "", ""))
	if !v.Deletion.IsZero() || v.Grace != -1 || v.Entries != nil || v.Finalizers != nil || v.Owner() != (evidence.Owner{}) {
		t.Errorf("%+v", v)
	}
	if v := parse(t, "hello"); v.Grace != -1 || v.IsKubernetes() {
		t.Errorf("%+v", v)
	}
	if (*evidence.Version)(nil).Owner() != (evidence.Owner{}) {
		t.Error("an owner of nothing")
	}
}

func TestOwnerWithoutController(t *testing.T) {
	t.Parallel()
	v := parse(t, object("Pod", "demo", "p", `"ownerReferences":[{"kind":"A","name":"a","uid":"1"},{"kind":"B","name":"b","uid":"2"}]`, ""))
	if o := v.Owner(); o.Name != "a" {
		t.Errorf("the first of owners of which none controls is %+v", o)
	}
}

func TestParseTime(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]time.Time{"": {}, "yesterday": {}, "2026-01-02T10:02:03Z": at(3), "2026-01-02T10:02:03.25Z": at(3.25), "2026-01-02T11:02:03+01:00": at(3)} {
		if got := evidence.ParseTime(s); !got.Equal(want) {
			t.Errorf("%q is %v, want %v", s, got, want)
		}
	}
}

func TestFinishTime(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]time.Time{
		`{"type":"Complete","status":"True","lastTransitionTime":"` + second(4) + `"}`:  at(4),
		`{"type":"Failed","status":"True","lastTransitionTime":"` + second(5) + `"}`:    at(5),
		`{"type":"Complete","status":"False","lastTransitionTime":"` + second(4) + `"}`: {},
		`{"type":"Suspended","status":"True","lastTransitionTime":"` + second(4) + `"}`: {},
	} {
		v := parse(t, object("Job", "demo", "j", "", `"status":{"conditions":[`+status+`]}`))
		if got := v.FinishTime(); !got.Equal(want) {
			t.Errorf("%s: %v, want %v", status, got, want)
		}
	}
}

// TestNodeName: the node whose kubelet writes an object is named by the object itself, or by nothing.
func TestNodeName(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		object("Pod", "demo", "p", "", `"spec":{"nodeName":"n1"}`):       "n1",
		object("Pod", "demo", "p", "", ""):                               "",
		object("Node", "", "n2", "", ""):                                 "n2",
		object("Lease", "kube-node-lease", "n3", "", ""):                 "n3",
		object("Lease", "kube-system", "n3", "", ""):                     "",
		object("Event", "demo", "e", "", `"source":{"host":"n4"}`):       "n4",
		object("ConfigMap", "demo", "c", "", `"spec":{"nodeName":"n1"}`): "",
	} {
		if got := parse(t, value).NodeName(); got != want {
			t.Errorf("%s: %q, want %q", value, got, want)
		}
	}
}

func TestIsLeaderLease(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{
		object("Lease", "kube-system", "kube-scheduler", "", ""):          true,
		object("Lease", "kube-system", "kube-controller-manager", "", ""): true,
		object("Lease", "kube-system", "my-operator", "", ""):             false,
		object("Lease", "demo", "kube-scheduler", "", ""):                 false,
		object("ConfigMap", "kube-system", "kube-scheduler", "", ""):      false,
	} {
		if got := parse(t, value).IsLeaderLease(); got != want {
			t.Errorf("%s: %v", value, got)
		}
	}
}

// TestReporter: core Events name a source, those of events.k8s.io a reporting component.
func TestReporter(t *testing.T) {
	t.Parallel()
	for rest, want := range map[string]string{
		`"source":{"component":"a"},"reportingComponent":"b"`: "a", `"reportingComponent":"b"`: "b", `"reason":"x"`: "",
	} {
		if got := parse(t, object("Event", "demo", "e", "", rest)).Reporter(); got != want {
			t.Errorf("%s: %q, want %q", rest, got, want)
		}
	}
}
