package tui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// backup is the shop as it was: one ConfigMap that is gone now, one with another value, a Secret with another one.
func backup() *tuitest.Memory {
	m := tuitest.NewMemory(etcdsource.KindFile, "old.db")
	m.Put("/registry/namespaces/shop", []byte(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop","uid":"u-ns"}}`))
	m.Put("/registry/configmaps/shop/flags", stored("ConfigMap", "flags", "then"))
	m.Put("/registry/configmaps/shop/lost", stored("ConfigMap", "lost", "precious"))
	m.Put("/registry/secrets/shop/db", stored("Secret", "db", "b2xkc2VjcmV0"))
	return m
}

// TestCompareTwoSources compares a file with a running store: listed, counted, opened, filtered.
func TestCompareTwoSources(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {200, 60}} {
		m := program(t, map[string]*tuitest.Memory{"": shop(), "old.db": backup()})
		d := drive(t, m, size[0], size[1])
		listed(d)
		d.Press("4")
		d.See("old.db")
		d.Press("c")
		d.See("old.db now → prod-eu now")
		d.See("+ 2 created  − 1 deleted  ~ 2 updated  of 6 keys")
		d.Settle("what changed", func() bool { return strings.Contains(d.Text(), "~data field=") })
		golden(t, d, fmt.Sprintf("compare-%dx%d", size[0], size[1]))
		d.Press("enter")
		d.See("field: then")
		d.See("field: two")
		d.See("in old.db")
		d.Press("]")
		d.See("These are of two sources")
		d.Press("esc h")
		d.See("by resource and namespace")
		d.See("configmaps                shop"[:10])
		d.Press("l")
		d.See("of configmaps shop")
		d.Gone("secrets")
		d.Press("esc /")
		d.Type("secr")
		d.Gone("flags")
		d.Press("enter enter")
		d.See("masked (R)")
		if s := d.Text(); strings.Contains(s, "b2xkc2VjcmV0") || strings.Contains(s, "aHVudGVyMg") {
			t.Errorf("the secret is shown:\n%s", s)
		}
		d.Press("esc esc esc")
		d.Gone("Differences")
	}
}

// TestCompareRevisions compares two states of one source, by number and by time.
func TestCompareRevisions(t *testing.T) {
	_, d := rolled(t, 120, 30, web)
	d.Press("c r")
	d.Type("6 3")
	d.Press("enter")
	d.See("rollout.db at 3 → rollout.db at 6")
	d.See("+ 1 created  − 0 deleted  ~ 1 updated")
	d.Press("x x") // deleted only, created only
	d.See("created only")
	d.See("flags")
	d.Gone("deployments")
	d.Command("compare 77")
	d.See("Revision 77 cannot be read")
	d.Command("compare nofile.db")
	d.See("it does not exist")

	d = drive(t, program(t, map[string]*tuitest.Memory{"": beating(etcdsource.KindFile)}), 120, 30)
	listed(d)
	d.Command("compare 2m 10:03:30")
	d.See("leased.db at 91 → leased.db at 99")
	d.See("i 1 noise folded")
	d.Gone("kube-controller-manager")
	d.Press("i")
	d.See("kube-controller-manager")
}

// TestCompareIsCancelled ends a comparison that waits for its source, and says so.
func TestCompareIsCancelled(t *testing.T) {
	src := shop()
	m := program(t, map[string]*tuitest.Memory{"": src})
	d := drive(t, m, 120, 30)
	listed(d)
	d.Press(":")
	d.Type("compare 3")
	release := src.Hold()
	d.Press("enter")
	d.See("comparing")
	d.Press("esc")
	d.See("ended early: cancelled")
	release()
	d.Press("esc")
	d.Gone("Differences")
}

func TestBringBack(t *testing.T) {
	m := program(t, map[string]*tuitest.Memory{"": shop(), "old.db": backup()})
	d := drive(t, m, 120, 40)
	var wrote, where string
	m.deps.Write = func(path string, data []byte) error { where, wrote = path, string(data); return nil }
	listed(d)
	d.Press("4")
	d.See("old.db")
	d.Press("c")
	d.See("− 1 deleted")
	d.Press("x")
	d.See("deleted only")
	d.Press("a")
	d.See("Bring back 1 object as YAML")
	d.See("ConfigMap shop/lost")
	d.See("kubectl apply -f FILE")
	d.Press("w enter")
	d.See("Written: configmaps-shop-lost.yaml")
	d.See("kubectl apply -f configmaps-shop-lost.yaml")
	if want := "apiVersion: v1\ndata:\n  field: precious\nkind: ConfigMap\nmetadata:\n  name: lost\n  namespace: shop\n"; wrote != want || where != "configmaps-shop-lost.yaml" {
		t.Errorf("%s holds\n%s", where, wrote)
	}
	d.Press("x a")
	d.See("Only what was deleted or updated can be brought back")
	d.Press("x x h G a") // the Secret, in its group
	d.See("Its values are masked")
	if strings.Contains(wrote, "b2xkc2VjcmV0") {
		t.Error("a masked Secret was written")
	}
}

// TestBringBackWhatIsGone takes a deleted object from a running screen, one of its versions, and a whole namespace.
func TestBringBackWhatIsGone(t *testing.T) {
	m, d := rolled(t, 120, 40, "/registry/configmaps/shop/flags")
	var wrote string
	m.deps.Write = func(_ string, data []byte) error { wrote = string(data); return nil }
	d.Press("a")
	d.See("it was deleted at revision 7; this is its last version")
	d.Press("w enter")
	d.See("Written: configmaps-shop-flags.yaml")
	if !strings.Contains(wrote, "  field: one\n") {
		t.Errorf("written was\n%s", wrote)
	}
	d.Command("key " + web)
	d.Settle("history", func() bool { return m.view().Panes.History.Key() == web && m.view().Panes.History.Known() })
	d.Press("2 G k k") // the first version of three, above the edge
	d.Settle("moved", func() bool {
		return m.view().Panes.History.Current() != nil && m.view().Panes.History.Current().Mod == 4
	})
	d.Press("a")
	d.See("Bring back 1 object")
	d.Press("w enter")
	d.See("Written: deployments-shop-web.yaml")
	if !strings.Contains(wrote, "registry.example/web:1.8.2") || strings.Contains(wrote, "replicas: 5") || strings.Contains(wrote, "managedFields") || strings.Contains(wrote, "status") || strings.Contains(wrote, "uid") {
		t.Errorf("written was\n%s", wrote)
	}
	d.Press("d")
	d.See("3 → 4")
	d.Press("[")
	d.See("absent at 2 → 3")
	d.Press("a")
	d.See("the older side can be brought back; there is none here")
	d.Press("]")
	d.See("3 → 4")
	d.Press("a")
	d.See("at 3:") // the older side
	d.Press("w enter")
	d.See("Written: deployments-shop-web.yaml")
	if !strings.Contains(wrote, "registry.example/web:1.8.1") {
		t.Errorf("of the older side of a diff was written\n%s", wrote)
	}
	d.Press("esc 1")
	d.Command("key /registry/namespaces/shop")
	d.See("Namespace shop")
	d.Press("a a")
	d.See("Bring back 2 objects as YAML")
	d.See("1 Secret left out")
	d.Press("c")
	d.See("kubectl apply -f - takes it")
}
