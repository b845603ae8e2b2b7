package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/view"
)

func pod(name, phase string) []byte {
	return fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,"namespace":"shop","creationTimestamp":"2026-01-02T03:04:05Z"},"spec":{"nodeName":"node-1","containers":[{"name":"a"}]},"status":{"phase":%q}}`, name, phase)
}

const widgets = `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"widgets.example.com"},"spec":{"group":"example.com",
"names":{"plural":"widgets","singular":"widget","kind":"Widget"},"scope":"Namespaced","versions":[{"name":"v1","served":true,"storage":true,
"additionalPrinterColumns":[{"name":"Size","type":"integer","jsonPath":".spec.size"}]}]}}`

// withPods is the shop with two pods and a custom resource.
func withPods() *tuitest.Memory {
	src := shop()
	src.Put("/registry/pods/shop/web-1", pod("web-1", "Running"))
	src.Put("/registry/pods/shop/web-2", pod("web-2", "Pending"))
	src.Put("/registry/apiextensions.k8s.io/customresourcedefinitions/widgets.example.com", []byte(widgets))
	src.Put("/registry/example.com/widgets/shop/big", []byte(`{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"big","namespace":"shop"},"spec":{"size":42}}`))
	return src
}

func openedWith(t testing.TB, src *tuitest.Memory, w, h int) *tuitest.Driver {
	d := drive(t, program(t, map[string]*tuitest.Memory{"": src, "old.db": shop()}), w, h)
	listed(d)
	return d
}

func TestFolderIsATable(t *testing.T) {
	src := withPods()
	d := openedWith(t, src, 160, 40)
	d.Command("pods")
	d.See("NAMESPACE  NAME   READY  STATUS")
	d.See("web-2  0/1    Pending")
	src.Put("/registry/pods/shop/web-2", pod("web-2", "Failed"))
	d.See("web-2  0/1    Failed")
	src.Put("/registry/pods/shop/web-1", nil)
	d.See("1 in all")
	src.Put("/registry/pods/shop/web-3", pod("web-3", "Running"))
	d.See("web-3  0/1    Running")

	d.Command("key /registry/example.com/widgets/shop/")
	d.See("widgets.example.com in shop")
	d.See("SIZE")
	if got := d.Row("big "); !strings.HasPrefix(got, "big 42 <unknown>") {
		t.Errorf("the widget's row is %q", got)
	}

	d.Command("key /registry/secrets/shop/")
	d.See("secrets in shop")
	if s := d.Text(); strings.Contains(s, "hunter2") || strings.Contains(s, "aHVudGVy") {
		t.Errorf("the table shows a secret:\n%s", s)
	}
}

// TestTableLeadsToObjects goes from a folder's table to an object and back, and marks on the way.
func TestTableLeadsToObjects(t *testing.T) {
	d := openedWith(t, withPods(), 160, 40)
	d.Command("pods")
	d.See("shop       web-2")
	d.Press("1 tab space j")
	d.See("* shop       web-1")
	d.Press("enter")
	d.See("Pod shop/web-2")
	d.Press("esc")
	d.Command("configmaps")
	d.See("configmaps ")
	d.See("DATA")
	d.Press("1 tab s")
	d.See("by DATA")
	d.Press("3")
	d.See("by DATA")
	d.Press("left j j")
	d.Send(tea.WindowSizeMsg{Width: 50, Height: 14})
}

// TestTableAtAnotherTime reads the table at the revision that is shown.
func TestTableAtAnotherTime(t *testing.T) {
	src := withPods()
	d := openedWith(t, src, 160, 40)
	src.Put("/registry/pods/shop/web-1", pod("web-1", "Succeeded"))
	d.Command("pods")
	d.See("web-1  0/1    Succeeded")
	d.Press("[")
	d.See("AS OF")
	d.See("web-1  0/1    Running")
	d.Press("0")
	d.See("Succeeded")
}

// TestFoldersKeepTheirRows writes below a folder of folders while the tree is read again: what is written is no row of it.
func TestFoldersKeepTheirRows(t *testing.T) {
	d := openedWith(t, withPods(), 160, 40)
	d.Command("key /registry/example.com/")
	d.See("NAME")
	tab := d.Model().(*Model).view()
	tab.State.Travel(0) // the tree is empty until it is read; what is on the screen is the one before
	tab.Sync()
	key := []byte("/registry/example.com/widgets/shop/web-9")
	if !tab.Panes.Table.Holds(string(key)) {
		t.Fatalf("the table is of %q", tab.Panes.Table.Folder())
	}
	if cmd := tab.Folder.TouchTable(etcdsource.Batch{Events: []etcdsource.Event{{Key: key, Value: pod("web-9", "Running"), Mod: 99}}}); cmd != nil {
		t.Errorf("a table of folders takes %+v", cmd())
	}
}

// TestFolderOfTooManyKeys shows the folder of a type that a server should not be asked for as a whole: its namespaces,
// with the numbers of their keys, and why.
func TestFolderOfTooManyKeys(t *testing.T) {
	src := shop()
	events := make([]etcdsource.Event, view.TooManyForServer+1)
	for i := range events {
		rev := int64(100 + i)
		events[i] = etcdsource.Event{Key: fmt.Appendf(nil, "/registry/pods/ns-%d/p-%05d", i%7/3, i), Value: []byte("x"), Mod: rev, Create: rev, Version: 1, Type: etcdsource.Created}
	}
	src.Load(events)
	d := openedWith(t, src, 160, 40)
	d.Command("pods")
	d.See("pods by namespace")
	d.See("50,001 keys are too many to ask a server for at once")
	for _, want := range []string{"ns-0/ 21,429", "ns-1/ 21,429", "ns-2/ 7143"} {
		d.Settle(want, func() bool { return strings.Contains(d.Row(want[:5]), want) })
	}
	d.Press("2 1 Z") // a key that means something elsewhere, and one that means nothing here
	d.Press("Z 4 N")
	d.See("N does nothing in snapshots; ? shows where it does.")
}

func TestNoNamespaces(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindLive, "plain")
	src.Put("/app/config", []byte("x"))
	d := drive(t, program(t, map[string]*tuitest.Memory{"": src}), 120, 40)
	d.See("▸ app")
	d.Press("N")
	d.See("This store has no namespaces.")
	d.Command("ns nowhere")
	d.See("No key is in namespace nowhere.")
}
