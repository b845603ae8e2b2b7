package evidence_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// entries parses entries as those of one object.
func entries(t *testing.T, list ...string) []evidence.Entry {
	t.Helper()
	return parse(t, object("ConfigMap", "demo", "c", "", "", list...)).Entries
}

// names are the managers of entries.
func names(list []*evidence.Entry) string {
	var out []string
	for _, e := range list {
		out = append(out, e.Manager)
	}
	return strings.Join(out, " ")
}

const fieldA, fieldAB, dataAll = `"f:data":{"f:a":{}}`, `"f:data":{"f:a":{},"f:b":{}}`, `"f:data":{}`

// TestCompareEntries: entries are the same by manager, operation, subresource and API version, wherever they are in the list.
func TestCompareEntries(t *testing.T) {
	t.Parallel()
	x := mf("x/Update 1", fieldA)
	for _, c := range []struct {
		name                 string
		before, after        []string
		moved, grew, dropped string
		unchanged            bool
	}{
		{name: "nothing", before: []string{x}, after: []string{x}, unchanged: true},
		{name: "another order", before: []string{x, mf("y/Update 1", "")}, after: []string{mf("y/Update 1", ""), x}, unchanged: true},
		{name: "a newer time", before: []string{x}, after: []string{mf("x/Update 2", fieldA)}, moved: "x"},
		{name: "an older time", before: []string{x}, after: []string{mf("x/Update 0", fieldA)}},
		{name: "a new manager", before: []string{x}, after: []string{x, mf("y/Update 1", fieldA)}, moved: "y"},
		{name: "a new operation", before: []string{x}, after: []string{x, mf("x/Apply 1", fieldA)}, moved: "x"},
		{name: "a new subresource", before: []string{x}, after: []string{x, mf("x/Update/status 1", fieldA)}, moved: "x"},
		{name: "one field more", before: []string{x}, after: []string{mf("x/Update 1", fieldAB)}, grew: "x"},
		{name: "one field less", before: []string{mf("x/Update 1", fieldAB)}, after: []string{x}},
		{name: "one field more, and a newer time", before: []string{x}, after: []string{mf("x/Update 2", fieldAB)}, moved: "x"},
		{name: "gone", before: []string{x, mf("y/Update 1", "")}, after: []string{x}, dropped: "y"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, after := entries(t, c.before...), entries(t, c.after...)
			if got := names(evidence.Moved(before, after)); got != c.moved {
				t.Errorf("moved: %q, want %q", got, c.moved)
			}
			if got := names(evidence.Grew(before, after)); got != c.grew {
				t.Errorf("grew: %q, want %q", got, c.grew)
			}
			if got := names(evidence.Dropped(before, after)); got != c.dropped {
				t.Errorf("dropped: %q, want %q", got, c.dropped)
			}
			if got := evidence.Unchanged(before, after); got != c.unchanged {
				t.Errorf("unchanged: %v", got)
			}
		})
	}
}

func TestNewest(t *testing.T) {
	t.Parallel()
	for want, list := range map[string][]string{
		"y": {mf("x/Update 1", ""), mf("y/Update 3", ""), mf("z/Update 2", "")},
		"x": {mf("x/Update 1", ""), mf("y/Update/scale", "")}, // an entry of the scale subresource has no time
		"":  {mf("y/Update/scale", "")},
	} {
		got := ""
		if e := evidence.Newest(entries(t, list...)); e != nil {
			got = e.Manager
		}
		if got != want {
			t.Errorf("the newest of %q is %q", list, got)
		}
	}
}

func TestEntryString(t *testing.T) {
	t.Parallel()
	for who, want := range map[string]string{"kubelet/Update/status 3": "kubelet/Update/status 10:02:03", "kubectl/Update/scale": "kubectl/Update/scale", "x/Apply 1": "x/Apply 10:02:01"} {
		if e := entries(t, mf(who, ""))[0]; e.String() != want {
			t.Errorf("%q, want %q", e.String(), want)
		}
	}
}

// TestOwnsNothing: a set that cannot be parsed owns nothing, and hurts nobody.
func TestOwnsNothing(t *testing.T) {
	t.Parallel()
	list := entries(t, mf("x/Update 1", `"bad":{}`), mf("y/Update 1", fieldA))
	if list[0].Owns("data") || !list[1].Owns("data") || list[1].Owns("spec") {
		t.Error("who owns data")
	}
}

func TestComponents(t *testing.T) {
	t.Parallel()
	for manager, want := range map[string]string{"kubelet": "kubelet", "default-scheduler": "kube-scheduler", "clusterrole-aggregation-controller": "kube-controller-manager",
		"apiserver": "kube-apiserver", "kubectl": "kubectl", "": ""} {
		if got := evidence.Component(manager); got != want {
			t.Errorf("%q is %q, want %q", manager, got, want)
		}
	}
	for list, want := range map[string]bool{"kubelet kubelet": true, "controller-manager kube-controller-manager": true, "a b": false, "a": true} {
		var all []string
		for i, m := range strings.Fields(list) {
			all = append(all, mf(fmt.Sprintf("%s/Update %d", m, i), ""))
		}
		var of []*evidence.Entry
		parsed := entries(t, all...)
		for i := range parsed {
			of = append(of, &parsed[i])
		}
		if got := evidence.SameComponent(of); got != want {
			t.Errorf("%s: %v", list, got)
		}
	}
}
