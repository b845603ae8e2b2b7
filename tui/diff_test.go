package tui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/timeline"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

var update = flag.Bool("update", false, "rewrite the golden screens")

// golden compares the screen, but for the key line, with the one that was kept.
func golden(t *testing.T, d *tuitest.Driver, name string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	got := strings.TrimRight(d.Text(), "\n")
	got = got[:strings.LastIndexByte(got, '\n')+1]
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the screen is\n%s\nkept is\n%s", got, want)
	}
}

func deployment(generation, replicas int, image string, ready string) []byte {
	return fmt.Appendf(nil, `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop","uid":"2b1f7f53","generation":%d,
"managedFields":[{"manager":"kubectl","operation":"Apply","time":"2026-11-22T10:00:0%dZ","fieldsV1":{"f:spec":{"f:replicas":{}}}}]},
"spec":{"replicas":%d,"revisionHistoryLimit":10,"selector":{"matchLabels":{"app":"web"}},"strategy":{"type":"RollingUpdate"},"template":{"metadata":{"labels":{"app":"web"}},
"spec":{"containers":[{"name":"web","image":%q,"imagePullPolicy":"IfNotPresent"}],"dnsPolicy":"ClusterFirst","restartPolicy":"Always"}}},
"status":{"conditions":[{"type":"Available","status":%q,"lastTransitionTime":"2026-11-22T10:0%d:00Z"}],"readyReplicas":%d}}`,
		generation, generation%10, replicas, image, ready, generation%10, replicas)
}

const web = "/registry/deployments/shop/web"

// rollout is a file in which a Deployment was changed four times.
func rollout() *tuitest.Memory {
	m := tuitest.NewMemory(etcdsource.KindFile, "rollout.db")
	m.Put("/registry/namespaces/shop", []byte(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop","uid":"u-ns"}}`))
	m.Put(web, deployment(1, 3, "registry.example/web:1.8.1", "True"))
	m.Put(web, deployment(2, 3, "registry.example/web:1.8.2", "False"))
	m.Put("/registry/configmaps/shop/flags", stored("ConfigMap", "flags", "one"))
	m.Put(web, deployment(3, 5, "registry.example/web:1.8.2", "True"))
	m.Put("/registry/configmaps/shop/flags", nil)
	m.Put("/registry/secrets/shop/db", stored("Secret", "db", "aHVudGVyMg=="))
	m.Put("/registry/secrets/shop/db", stored("Secret", "db", "c2VjcmV0Cg=="))
	return m
}

func rolled(t *testing.T, w, h int, key string) (*Model, *tuitest.Driver) {
	m := program(t, map[string]*tuitest.Memory{"": rollout()})
	d := drive(t, m, w, h)
	d.See("deployments")
	d.Command("key " + key)
	d.Settle("history", func() bool { return m.view().Panes.History.Key() == key && m.view().Panes.History.Known() })
	d.Settle("writers", func() bool {
		_, ok := m.view().Panes.Changes.Verdict(timeline.ID{Rev: 9})
		return ok
	})
	return m, d
}

func TestDiffOfNeighbours(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {200, 60}} {
		_, d := rolled(t, size[0], size[1], web)
		d.Press("tab tab [") // the timeline: one version back
		d.See("rev 4")
		d.Press("d")
		d.See("3 → 4")
		d.See("@@ spec.template.spec.containers[name=web] @@")
		golden(t, d, fmt.Sprintf("diff-%dx%d", size[0], size[1]))
		d.Press("n")
		d.See("hunk 2/")
		d.Press("]")
		d.See("4 → 6")
		d.See("replicas: 5")
		d.Press("[ [")
		d.See("2 → 3")
		d.See("all of it was created")
		d.Press("esc")
		d.See("Timeline")
	}
}

func TestDiffOfMarked(t *testing.T) {
	_, d := rolled(t, 80, 24, web)
	d.Press("2 space")
	d.Press("down down space")
	d.See("Two are marked")
	d.Press("d")
	d.See("3 → 6  (2 writes)")
	d.See("written at 4")
	d.Press("tab") // side by side, though it is narrow
	d.See("side by side")
	d.Press("tab i")
	d.See("noise shown")
	d.See(".spec.replicas  written at 6")
	d.Press("d")
	d.See("Timeline")
}

func TestDiffWith(t *testing.T) {
	_, d := rolled(t, 80, 24, web)
	d.Press("D r")
	d.Type("3")
	d.Press("enter")
	d.See("3 → 6")
	d.Press("esc D n")
	d.See("The same bytes on both sides")
}

func TestDiffMasksSecretsAndIsExported(t *testing.T) {
	m, d := rolled(t, 80, 24, "/registry/secrets/shop/db")
	var wrote, where string
	m.deps.Write = func(path string, data []byte) error { where, wrote = path, string(data); return nil }
	d.Press("d")
	d.See("masked (R)")
	d.See("hunk 1/1")
	d.Press("e enter")
	d.See("Written: Secret-shop-db-8-9.diff")
	if s := d.Text() + wrote; strings.Contains(s, "aHVudGVyMg") || strings.Contains(s, "c2VjcmV0Cg") {
		t.Errorf("masked, and yet it says\n%s", s)
	}
	if where != "Secret-shop-db-8-9.diff" || !strings.Contains(wrote, "\n-  field: \"***\"\n+  field: \"***\"\n") {
		t.Errorf("written into %s was\n%s", where, wrote)
	}
	d.Press("R")
	d.See("c2VjcmV0Cg==")
	d.See("REVEALED")
	d.Press("R")
	d.Gone("c2VjcmV0Cg==")
}

func TestDiffOfADeletion(t *testing.T) {
	_, d := rolled(t, 80, 24, "/registry/configmaps/shop/flags")
	d.See("gone at 7")
	d.Press("2 k d")
	d.See("it was deleted")
	d.See("field: one")
}
