package kubectl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	cli "k8s.io/cli-runtime/pkg/printers"
	"k8s.io/kubectl/pkg/cmd/get"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	kprinters "k8s.io/kubernetes/pkg/printers"
)

// flagged are objects of one kind, stored under their own names, with labels to choose by.
func flagged(t *testing.T, title string) (out []object) {
	t.Helper()
	r := rand.New(rand.NewSource(2))
	for _, o := range fixtures(t) {
		if o.title != title {
			continue
		}
		for len(out) < 12 {
			i := len(out)
			var tree map[string]any
			if err := json.Unmarshal(o.value, &tree); err != nil {
				t.Fatal(err)
			}
			if i > 0 {
				vary(r, tree, 0)
			}
			m := tree["metadata"].(map[string]any)
			for _, k := range []string{"deletionTimestamp", "deletionGracePeriodSeconds", "generateName", "managedFields", "selfLink", "annotations"} {
				delete(m, k)
			}
			ns, name, _ := strings.Cut(place(o, i), "/")
			if !o.kind.Namespaced {
				ns, name = "", ns
			}
			m["name"], m["namespace"] = name, ns
			if ns == "" {
				delete(m, "namespace")
			}
			m["labels"] = map[string]any{"app": []string{"web", "db", "cache"}[i%3], "n": fmt.Sprint(i)}
			if i%4 == 3 {
				delete(m, "labels")
			}
			if spec, ok := tree["spec"].(map[string]any); ok && spec["clusterIPs"] == nil {
				delete(spec, "clusterIP") // else the registry of services fills clusterIPs in on reading
			}
			b, err := json.Marshal(tree)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := serve(b, true); err == nil {
				out = append(out, object{o.kind, title, stored(t, b)})
			}
		}
	}
	if len(out) == 0 {
		t.Fatalf("there is no fixture %s", title)
	}
	return out
}

// stored is an object as the API server stores it.
func stored(t *testing.T, value []byte) []byte {
	t.Helper()
	obj, gvk, err := legacyscheme.Codecs.UniversalDecoder().Decode(value, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	proto := protobuf.NewSerializer(legacyscheme.Scheme, legacyscheme.Scheme)
	b, err := runtime.Encode(legacyscheme.Codecs.EncoderForVersion(proto, gvk.GroupVersion()), obj)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// answer is what the API server answers for stored objects: as they are served, and the table of their list.
func answer(t *testing.T, objects []object) (served []runtime.Object, table *metav1.Table) {
	t.Helper()
	table = &metav1.Table{}
	for i, o := range objects {
		obj, gvk, err := legacyscheme.Codecs.UniversalDecoder().Decode(o.value, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		list, err := listOf(obj)
		if err != nil {
			t.Fatal(err)
		}
		one, err := generator.GenerateTable(list, kprinters.GenerateOptions{Wide: true})
		if err != nil {
			t.Fatal(err)
		}
		b, err := runtime.Encode(legacyscheme.Codecs.LegacyCodec(gvk.GroupVersion()), obj)
		if err != nil {
			t.Fatal(err)
		}
		u := &unstructured.Unstructured{}
		if err := u.UnmarshalJSON(b); err != nil {
			t.Fatal(err)
		}
		u.SetResourceVersion(fmt.Sprint(3 + i))
		served = append(served, u)
		table.ColumnDefinitions = one.ColumnDefinitions
		one.Rows[0].Object = runtime.RawExtension{Object: u}
		table.Rows = append(table.Rows, one.Rows[0])
	}
	return served, table
}

// ours is what the program prints, without the columns that kubectl has not.
func ours(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(program(t), append([]string{"get"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	b, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v %s", args, err, stderr.String())
	}
	return string(b)
}

var blanks = regexp.MustCompile(`  +`)

// cells brings the lines of a table into a form that does not depend on the widths of its columns.
func cells(s string) string {
	var out []string
	for l := range strings.Lines(s) {
		out = append(out, blanks.ReplaceAllString(strings.TrimSpace(l), "  "))
	}
	return strings.Join(out, "\n")
}

// same compares two outputs, and names the first line that differs.
func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		a, b := "", ""
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			t.Errorf("%s: line %d of %d is\n%q, kubectl's of %d is\n%q", what, i+1, len(g), a, len(w), b)
			return
		}
	}
}

// listed is the list that kubectl gives to printers that take one.
func listed(objects []runtime.Object) *unstructured.UnstructuredList {
	l := &unstructured.UnstructuredList{Object: map[string]any{"apiVersion": "v1", "kind": "List", "metadata": map[string]any{"resourceVersion": ""}}}
	for _, o := range objects {
		l.Items = append(l.Items, *o.(*unstructured.Unstructured))
	}
	return l
}

// sortedBy is the order that kubectl brings objects into; ok is false where it refuses to.
func sortedBy(t *testing.T, objects []runtime.Object, field string) (out []runtime.Object, ok bool) {
	t.Helper()
	out = slices.Clone(objects)
	if field == "" || len(out) < 2 {
		return out, true
	}
	path, err := get.RelaxedJSONPathExpression(field)
	if err != nil {
		t.Fatal(err)
	}
	_, err = get.SortObjects(unstructured.UnstructuredJSONScheme, out, path)
	return out, err == nil
}

// TestFlags: kubectl's own code for its flags against ours, over the same objects.
func TestFlags(t *testing.T) {
	kindsOf := []struct {
		title   string
		sort    []string
		paths   []string
		columns string
	}{
		{"HEAD/core.v1.Pod.json", []string{"", ".metadata.name", "{.spec.nodeName}", ".metadata.labels.app", ".status.startTime", ".spec.priority", ".status.containerStatuses[0].restartCount"},
			[]string{"{.items[*].metadata.name}", `{range .items[*]}{.metadata.name}{"\t"}{.spec.containers[*].image}{"\n"}{end}`, "{.items[?(@.metadata.labels.app==\"web\")].metadata.name}",
				"{.items[0].spec}", "{.items[*].spec.nope}", "{.items[-1:].status.phase}", "{.items[*]['metadata.name','kind']}"},
			"NAME:.metadata.name,NODE:.spec.nodeName,IMAGES:.spec.containers[*].image,NOPE:.spec.nope,RV:.metadata.resourceVersion,LABELS:.metadata.labels"},
		{"HEAD/apps.v1.Deployment.json", []string{"", ".spec.replicas", ".metadata.creationTimestamp", ".status.observedGeneration"}, []string{"{.items[*].spec.replicas}", "{.items[*].spec.template.metadata.labels}"},
			"NAME:metadata.name,REPLICAS:{.spec.replicas},PAUSED:.spec.paused"},
		{"HEAD/core.v1.Service.json", []string{"", ".spec.type"}, []string{"{.items[*].spec.ports[*].port}"}, "NAME:.metadata.name,PORTS:.spec.ports[*].port"},
		{"HEAD/core.v1.Node.json", []string{"", ".metadata.labels.n"}, []string{"{.items[*].status.addresses[0].address}"}, "NAME:.metadata.name,TAINTS:.spec.taints[*].key"},
		{"HEAD/batch.v1.Job.json", []string{"", ".status.succeeded"}, []string{"{.items[*].status.conditions[*].type}"}, "NAME:.metadata.name,ACTIVE:.status.active"},
	}
	n := 0
	for _, k := range kindsOf {
		objects := flagged(t, k.title)
		db, r := store(t, objects), objects[0].kind
		served, table := answer(t, objects)
		args := func(more ...string) []string {
			a := append([]string{r.FullName(), "--from", db}, more...)
			if r.Namespaced {
				a = append(a, "-A")
			}
			return a
		}
		for _, selector := range []string{"", "app=web", "app!=web", "app in (web,db),n", "!app", "n notin (1,2,3)"} {
			sel, err := labels.Parse(selector)
			if err != nil {
				t.Fatal(err)
			}
			var chosen []runtime.Object
			for _, o := range served {
				if sel.Matches(labels.Set(o.(*unstructured.Unstructured).GetLabels())) {
					chosen = append(chosen, o)
				}
			}
			for _, field := range k.sort {
				if selector != "" && field != "" && field != k.sort[1] {
					continue
				}
				sorted, ok := sortedBy(t, chosen, field)
				if !ok {
					continue // kubectl refuses it
				}
				flags := []string{}
				if selector != "" {
					flags = append(flags, "-l", selector)
				}
				if field != "" {
					flags = append(flags, "--sort-by", field)
				}
				for _, p := range k.paths {
					printer, err := cli.NewJSONPathPrinter(p)
					if err != nil {
						t.Fatal(err)
					}
					printer.AllowMissingKeys(true)
					var want bytes.Buffer
					if err := printer.PrintObj(listed(sorted), &want); err != nil {
						continue // kubectl refuses it too
					}
					same(t, fmt.Sprintf("%s %v jsonpath=%s", r.Kind, flags, p), strings.TrimSuffix(ours(t, args(append(flags, "-o", "jsonpath="+p)...)...), "\n"), strings.TrimSuffix(want.String(), "\n"))
					n++
				}
				for _, headless := range []bool{false, true} {
					printer, err := get.NewCustomColumnsPrinterFromSpec(k.columns, unstructured.UnstructuredJSONScheme, headless)
					if err != nil {
						t.Fatal(err)
					}
					var want bytes.Buffer
					w := cli.GetNewTabWriter(&want)
					if err := printer.PrintObj(listed(sorted), w); err != nil {
						t.Fatal(err)
					}
					w.Flush()
					more := append(slices.Clone(flags), "-o", "custom-columns="+k.columns)
					if headless {
						more = append(more, "--no-headers")
					}
					same(t, fmt.Sprintf("%s %v", r.Kind, more), cells(ours(t, args(more...)...)), cells(want.String()))
					n++
				}
				n += tables(t, r.Kind, table, sorted, func(more ...string) string { return ours(t, args(append(slices.Clone(flags), more...)...)...) }, r.Namespaced, fmt.Sprint(flags))
			}
		}
	}
	t.Logf("%d outputs", n)
	if n < 300 {
		t.Errorf("only %d outputs were compared", n)
	}
}

// tables compares the tables of some objects, with the flags that add to them and take from them.
func tables(t *testing.T, kind string, all *metav1.Table, objects []runtime.Object, run func(...string) string, namespaced bool, about string) (n int) {
	t.Helper()
	table := &metav1.Table{ColumnDefinitions: all.ColumnDefinitions}
	for _, o := range objects {
		i := slices.IndexFunc(all.Rows, func(r metav1.TableRow) bool { return r.Object.Object == o })
		table.Rows = append(table.Rows, all.Rows[i])
	}
	if len(table.Rows) == 0 {
		return 0 // "No resources found" is said on stderr
	}
	for _, o := range []struct {
		flags []string
		cli.PrintOptions
	}{
		{nil, cli.PrintOptions{}}, {[]string{"--no-headers"}, cli.PrintOptions{NoHeaders: true}}, {[]string{"--show-labels"}, cli.PrintOptions{ShowLabels: true}},
		{[]string{"-L", "app,nope"}, cli.PrintOptions{ColumnLabels: []string{"app", "nope"}}}, {[]string{"-L", "n", "--show-labels", "--no-headers"}, cli.PrintOptions{ColumnLabels: []string{"n"}, ShowLabels: true, NoHeaders: true}},
	} {
		o.WithNamespace = namespaced
		var want bytes.Buffer
		if err := cli.NewTablePrinter(o.PrintOptions).PrintObj(table.DeepCopyObject(), &want); err != nil {
			t.Fatal(err)
		}
		same(t, fmt.Sprintf("%s %s %v", kind, about, o.flags), cells(run(o.flags...)), cells(want.String()))
		n++
	}
	return n
}
