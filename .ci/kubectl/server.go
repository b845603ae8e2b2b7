// Package kubectl holds the tables of the built program against those of the API server of Kubernetes 1.37: its own printers,
// over its own fixtures and over variations of them. It is a module of its own, for it needs all of k8s.io/kubernetes.
package kubectl

import (
	"fmt"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	_ "k8s.io/kubernetes/pkg/apis/apiserverinternal/install"
	_ "k8s.io/kubernetes/pkg/apis/flowcontrol/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/node/install"
	_ "k8s.io/kubernetes/pkg/apis/storagemigration/install"
	"k8s.io/kubernetes/pkg/printers"
	"k8s.io/kubernetes/pkg/printers/internalversion"
)

var generator = printers.NewTableGenerator().With(internalversion.AddHandlers)

// table is what the API server answers for one stored object, and kubectl prints.
type table struct{ heads, cells []string }

// serve reads a stored value and prints it. wide leaves nothing out.
func serve(value []byte, wide bool) (t table, err error) {
	got, err := generate(value)
	if err == nil {
		t.add(got, wide)
	}
	return t, err
}

// generate makes the Table of a stored value, as the registry of its resource does it: with the printers, or with the time of
// its creation where there is none.
func generate(value []byte) (t *metav1.Table, err error) {
	defer func() {
		if r := recover(); r != nil { // what no API server stores
			err = fmt.Errorf("%v", r)
		}
	}()
	obj, _, err := legacyscheme.Codecs.UniversalDecoder().Decode(value, nil, nil)
	if err != nil {
		return nil, err
	}
	list, err := listOf(obj)
	if err != nil {
		return nil, err
	}
	t, err = generator.GenerateTable(list, printers.GenerateOptions{Wide: true})
	if err != nil && strings.Contains(err.Error(), "no table handler") {
		m, err := meta.Accessor(obj)
		if err != nil {
			return nil, err
		}
		return &metav1.Table{
			ColumnDefinitions: []metav1.TableColumnDefinition{{Name: "Name", Type: "string", Format: "name"}, {Name: "Created At", Type: "date"}},
			Rows:              []metav1.TableRow{{Cells: []any{m.GetName(), m.GetCreationTimestamp().UTC().Format("2006-01-02T15:04:05Z")}}},
		}, nil
	}
	return t, err
}

// listOf returns a list of one: kubectl asks for lists, and some kinds are printed in another way within one.
func listOf(obj runtime.Object) (runtime.Object, error) {
	gvks, _, err := legacyscheme.Scheme.ObjectKinds(obj)
	if err != nil {
		return nil, err
	}
	gvk := gvks[0]
	gvk.Kind += "List"
	list, err := legacyscheme.Scheme.New(gvk)
	if err != nil {
		return obj, nil
	}
	items := reflect.ValueOf(list).Elem().FieldByName("Items")
	items.Set(reflect.Append(items, reflect.ValueOf(obj).Elem()))
	return list, nil
}

// add writes the cells as kubectl does.
func (t *table) add(from *metav1.Table, wide bool) {
	for i, cell := range from.Rows[0].Cells {
		if i >= len(from.ColumnDefinitions) || from.ColumnDefinitions[i].Priority != 0 && !wide {
			continue
		}
		t.heads = append(t.heads, strings.ToUpper(from.ColumnDefinitions[i].Name))
		text := ""
		if cell != nil {
			text = fmt.Sprint(cell)
		}
		t.cells = append(t.cells, text)
	}
}
