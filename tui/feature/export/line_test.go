package export

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/tui/table"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// TestLines: the first line that can be copied shows what is on the screen, from the same source at the same revision;
// kubectl's and etcdctl's are there only where they show the same.
func TestLines(t *testing.T) {
	t.Parallel()
	const key = "/registry/configmaps/d/it's"
	for _, c := range []struct {
		what string
		kind etcdsource.Kind
		at   int64
		form int // times that x was pressed
		want [3]string
	}{
		{"a file", etcdsource.KindFile, 0, 0, [3]string{"etcdscope get '/registry/configmaps/d/it'\\''s' -o yaml '--from=/a b/x.db'", "", ""}},
		{"a file in the past, as JSON", etcdsource.KindFile, 3, 1, [3]string{"etcdscope get '/registry/configmaps/d/it'\\''s' -o json --rev=3 '--from=/a b/x.db'", "", ""}},
		{"a cluster", etcdsource.KindLive, 0, 0, [3]string{"etcdscope get '/registry/configmaps/d/it'\\''s' -o yaml --rev=9 '--from=/a b/x.db'", "kubectl get ", "etcdctl --endpoints=https://10.0.0.5:2379 '--cacert=/a b/ca.crt' --cert=/c.crt --key=/c.key get -- "}},
		{"a cluster in the past", etcdsource.KindLive, 3, 0, [3]string{"etcdscope get '/registry/configmaps/d/it'\\''s' -o yaml --rev=3 '--from=/a b/x.db'", "", "etcdctl --endpoints=https://10.0.0.5:2379 '--cacert=/a b/ca.crt' --cert=/c.crt --key=/c.key get --rev=3 -- "}},
	} {
		h, v := hosttest.View(t, tuitest.NewMemory(c.kind, "it"))
		h.Choices.Source = func(string, string) []string { return []string{"--from=/a b/x.db"} }
		v.State.At, v.State.Head = c.at, 9
		v.State.Info.Target, v.State.Info.Access = "https://10.0.0.5:2379", etcdsource.Access{CACert: "/a b/ca.crt", Cert: "/c.crt", Key: "/c.key"}
		f := New(h, v).(*Feature)
		value := []byte(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}`)
		o := decode.New(decode.Options{}).Object([]byte(key), value, 2)
		v.Panes.Object.Show(o, etcdsource.Entry{Key: o.Key, Value: value, Mod: 2})
		for range c.form {
			v.Panes.Object.Do(keymap.Format)
		}
		line := copier{f: f}.command(key)
		words := strings.Fields(c.want[0])
		for _, w := range words {
			if !strings.Contains(line, w) {
				t.Errorf("%s: %q lacks %q", c.what, line, w)
			}
		}
		for i, got := range []string{copier{f: f}.kubectl(key), copier{f: f}.etcdctl(key)} {
			if want := c.want[i+1]; (want == "") != (got == "") || !strings.HasPrefix(got, want) {
				t.Errorf("%s: %q, want %q", c.what, got, want)
			}
		}
	}
}

// TestLineOfFilteredTable: the line names the rows that pass the filter, or their namespace; where it can do neither the menu says why.
func TestLineOfFilteredTable(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "it"))
	h.Choices.Source = func(string, string) []string { return []string{"--from=x.db"} }
	f := New(h, v).(*Feature)
	h.Scoped = keymap.Folder
	tab := v.Panes.Table
	tab.Chooses(func(r *table.Row) filter.Answer {
		switch x := tab.Filtered(); {
		case x == "by:me":
			return filter.NotYet
		case strings.Contains(r.Path, strings.TrimPrefix(x, "ns:")):
			return filter.Yes
		}
		return filter.No
	})
	for _, c := range []struct{ folder, filter, line, why string }{
		{"/registry/pods/", "web", "etcdscope get pods -n d web-1 web-2 --from=x.db", ""},
		{"/registry/pods/d/", "web-2", "etcdscope get pods -n d web-2 --from=x.db", ""},
		{"/registry/pods/", "ns:d", "etcdscope get pods -n d --from=x.db", ""},
		{"/registry/minions/", "node-a", "etcdscope get nodes node-a --from=x.db", ""},
		{"/registry/pods/", "other", "etcdscope get pods -A --from=x.db", "in several"},
		{"/registry/pods/", "by:me", "etcdscope get pods -A --from=x.db", "not all are known"},
		{"/registry/pods/", "zz", "etcdscope get pods -A --from=x.db", "no row"},
		{"/registry/pods/", "many", "etcdscope get pods -A --from=x.db", "more than 30"},
		{"/registry/pods/", "odd", "etcdscope get pods -A --from=x.db", "names that get does not take"},
	} {
		tab.Select(c.folder, "")
		var page table.Page
		paths := []string{"pods/d/web-1", "pods/d/web-2", "pods/d/other", "pods/e/other", "pods/d/-odd", "minions/node-a", "minions/node-b"}
		for i := range 31 {
			paths = append(paths, fmt.Sprintf("pods/d/many-%d", i))
		}
		for _, p := range paths {
			if p = "/registry/" + p; strings.HasPrefix(p, c.folder) {
				page.Rows = append(page.Rows, table.Row{Path: p, Cells: []string{p}})
			}
		}
		page.Heads = []string{"NAME"}
		tab.Set(page)
		tab.Filter(c.filter)
		v.Panes.Keys.Hold(c.folder)
		name, got := copier{f: f}.copyText("s")
		if got != c.line {
			t.Errorf("%s in %s: %q, want %q", c.filter, c.folder, got, c.line)
		}
		if (c.why != "") != strings.Contains(name, "without the filter: ") || !strings.Contains(name, c.why) {
			t.Errorf("%s in %s: it is called %q", c.filter, c.folder, name)
		}
		tab.Filter("")
	}
}

// TestLinesOfScreens: the command is that of the screen that has the focus, with its filter and scope; a key that is not on
// the screen cannot be copied there.
func TestLinesOfScreens(t *testing.T) {
	t.Parallel()
	const key = "/registry/pods/d/web"
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "it"))
	h.Choices.Source = func(string, string) []string { return []string{"--from=x.db"} }
	f := New(h, v).(*Feature)
	v.State.Head = 9
	v.Panes.Keys.Hold(key)
	value := []byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"}}`)
	v.Panes.Object.Show(decode.New(decode.Options{}).Object([]byte(key), value, 2), etcdsource.Entry{Key: []byte(key), Value: value, Mod: 2})
	if err := v.Panes.Changes.Filter("is:gone !kind:events"); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Panes.History.Filter("by:kubelet", v.Opened.Kinds); err != nil {
		t.Fatal(err)
	}
	for scope, want := range map[keymap.Scope]string{
		keymap.Overview:  "etcdscope overview --from=x.db",
		keymap.Report:    "etcdscope report --from=x.db",
		keymap.Space:     "etcdscope space --from=x.db",
		keymap.Snapshots: "etcdscope snapshot list " + f.snaps.Dir(),
		keymap.Changes:   "etcdscope log -A --filter 'is:gone !kind:events' --from=x.db",
		keymap.Timeline:  "etcdscope log " + key + " --filter by:kubelet --from=x.db",
		keymap.Sequence:  "etcdscope trace " + key + " --from=x.db",
		keymap.Value:     "etcdscope get " + key + " -o yaml --from=x.db",
	} {
		h.Scoped = scope
		c := copier{f: f}
		if _, got := c.copyText("s"); got != want {
			t.Errorf("%s: %q, want %q", scope, got, want)
		}
		_, k := c.copyText("k")
		_, write := c.value("j")
		shown := scope == keymap.Timeline || scope == keymap.Sequence || scope == keymap.Value
		if (k == key) != (shown) || (write != nil) != shown {
			t.Errorf("%s: the key is %q, the value there: %v", scope, k, write != nil)
		}
	}
	h.Scoped, v.Nav.Namespace, v.State.At = keymap.Changes, "d", 5
	if _, got := (copier{f: f}).copyText("s"); got != "etcdscope log -n d --filter 'is:gone !kind:events' --until=5 --from=x.db" {
		t.Errorf("of a namespace in the past: %q", got)
	}
	v.State.At = 0
	for folder, want := range map[string]string{
		"/registry/pods/d/":  "etcdscope get pods -n d -o wide --sort-by .metadata.creationTimestamp --from=x.db",
		"/registry/minions/": "etcdscope get nodes -o wide --sort-by .metadata.creationTimestamp --from=x.db",
		"/registry/x/":       "etcdscope ls /registry/x/ --from=x.db",
	} {
		h.Scoped = keymap.Folder
		v.Panes.Table.Select(folder, "")
		v.Panes.Table.Set(table.Page{Heads: []string{"NAME", "NODE", "INTERNAL-IP"}, Age: true, Keys: true, Rows: []table.Row{{Path: folder + "web", Cells: []string{"web", "", ""}}}})
		v.Panes.Table.SortBy(3)
		v.Panes.Table.SortBy(3)
		if _, got := (copier{f: f}).copyText("s"); got != want {
			t.Errorf("%s: %q, want %q", folder, got, want)
		}
		if _, k := (copier{f: f}).copyText("k"); k != folder+"web" {
			t.Errorf("%s: the key is %q", folder, k)
		}
		if strings.HasPrefix(folder, "/registry/pods/") {
			for col, head := range []string{4: "BYTES", 5: "REVISION", 6: "VERSIONS", 7: "MODIFIED"} {
				if head == "" {
					continue
				}
				v.Panes.Table.SortBy(col)
				name, got := copier{f: f}.copyText("s")
				if !strings.Contains(got, " --sort-by "+head+" --reverse ") || name != "the command that shows this" {
					t.Errorf("%s, the largest first: %q, %q", head, name, got)
				}
				v.Panes.Table.SortBy(col)
				if name, got = (copier{f: f}).copyText("s"); !strings.Contains(got, " --sort-by "+head+" --from") || name != "the command that shows this" {
					t.Errorf("%s: %q, %q", head, name, got)
				}
			}
			v.Panes.Table.SortBy(3)
			if name, got := (copier{f: f}).copyText("s"); !strings.Contains(got, "--sort-by .metadata.creationTimestamp --reverse") || name != "the command that shows this" {
				t.Errorf("the newest first: %q, %q", name, got)
			}
		}
		v.Panes.Table.SortBy(1)
		if _, got := (copier{f: f}).copyText("s"); strings.HasPrefix(folder, "/registry/pods/") && !strings.Contains(got, "--sort-by .spec.nodeName") {
			t.Errorf("%s by node: %q", folder, got)
		}
		v.Panes.Table.SortBy(2)
		if name, got := (copier{f: f}).copyText("s"); strings.Contains(got, "etcdscope get ") && (!strings.Contains(got, "--sort-by INTERNAL-IP ") || name != "the command that shows this") {
			t.Errorf("%s by another column: %q, %q", folder, name, got)
		}
	}
}

// TestLabelOf: what will be copied is seen on 80 columns, whatever else is said of it.
func TestLabelOf(t *testing.T) {
	t.Parallel()
	const line = "etcdscope get pods -A --sort-by BYTES --from=/backup/x.db"
	for name, want := range map[string]string{
		"the key": "the key   " + line,
		"the command that shows this without the filter": line + "   the command that shows this without the filter",
	} {
		if got, fits := labelOf("s", name, line, 120); got != want || !fits {
			t.Errorf("%q, want %q", got, want)
		}
		if got, fits := labelOf("s", name, line, 60); got != name || fits { // the line is shown whole above the choices
			t.Errorf("%q on few columns", got)
		}
	}
	if got, _ := labelOf("y", "the value as YAML", line, 20); got != "the value as YAML" {
		t.Errorf("a value is called %q", got)
	}
}
