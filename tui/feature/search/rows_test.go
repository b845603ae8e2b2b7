package search

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/table"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// TestTableFilter: / in a table filters its rows by key and cells, words by the last write of each; esc shows all again; 2 opens the row's
// object, not the folder.
func TestTableFilter(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindFile, "backup.db")
	for _, name := range []string{"web", "db"} {
		src.Put("/registry/configmaps/d/"+name, []byte(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"`+name+`","namespace":"d"}}`))
	}
	src.Put("/registry/configmaps/d/db", []byte(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"db","namespace":"d"},"data":{"a":"b"}}`))
	h, v := hosttest.View(t, src)
	f := New(h, v).(*Feature)
	pane := v.Panes.Table
	pane.Select("/registry/configmaps/d/", "configmaps in d")
	pane.Set(table.Page{Heads: []string{"NAME", "DATA"}, Age: true, Keys: true, Rows: []table.Row{
		{Path: "/registry/configmaps/d/db", Cells: []string{"db", "one"}}, {Path: "/registry/configmaps/d/web", Cells: []string{"web", "none"}}}})
	h.Focused, h.Scoped = layout.Object, keymap.Folder
	f.Act(keymap.Search)
	p := h.Prompts[0]
	shown := func() string {
		var out []string
		for row := range pane.All() {
			if pane.Filtered() == "" || f.rows.passes(row) == filter.Yes {
				out = append(out, row.Cells[0])
			}
		}
		return strings.Join(out, " ")
	}
	for text, want := range map[string]string{"": "db web", "we": "web", "one$": "", "none": "web", "db$": "db", "!web": "db", "kind:cm ns:d": "db web", "kind:pods": "", "type:deleted": "", "is:gone": ""} {
		p.Type(text)
		if got := shown(); got != want || h.Focused != layout.Object {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if p.Type("type:deleted"); !strings.Contains(f.rows.none(), "no deleted objects") {
		t.Errorf("under type:deleted it says %q", f.rows.none())
	}
	f.rows.facts.busy = true // what was typed begins no work of its own
	p.Type("type:updated")
	f.rows.facts.busy = false
	if got := shown(); got != "" {
		t.Errorf("before the last writes are known %q is shown", got)
	}
	for cmd := f.rows.facts.look(); cmd != nil && len(f.rows.facts.of) == 0; {
		hosttest.Run(f, cmd)
	}
	if got := shown(); got != "db" || pane.Cursor() != "/registry/configmaps/d/db" {
		t.Errorf("updated is %q, the cursor on %q", got, pane.Cursor())
	}
	if p.Refuses("type:updated") || !p.Refuses("what:ever") || !strings.Contains(p.Refused("what:ever"), "there is no word what:") || p.Refused("what:even") != "" {
		t.Error("what enter takes is not what is understood")
	}
	if _, took := f.Act(keymap.Pane2); !took || h.Focused != layout.Timeline || len(h.Jumped) != 1 || h.Jumped[0] != "/registry/configmaps/d/db" {
		t.Errorf("2 leads to %v, %v", h.Jumped, h.Focused)
	}
	h.Focused = layout.Object
	if _, took := f.Back(); !took || pane.Filtered() != "" || shown() != "db web" {
		t.Errorf("after esc the filter is %q", pane.Filtered())
	}
	if _, took := f.Back(); took {
		t.Error("esc is taken again")
	}
}

// TestTooManyRows: where a server would be asked for each row, those behind the first 500 are counted and named, not pending for ever.
func TestTooManyRows(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "backup.db"))
	f := New(h, v).(*Feature)
	pane := v.Panes.Table
	pane.Select("/registry/configmaps/d/", "configmaps in d")
	page := table.Page{Heads: []string{"NAME"}}
	for i := range maxFactsSpared + 100 {
		name := fmt.Sprintf("%s-%04d", []string{"a", "b"}[i%2], i)
		page.Rows = append(page.Rows, table.Row{Path: "/registry/configmaps/d/" + name, Cells: []string{name}})
	}
	pane.Set(page)
	for _, c := range []struct {
		filter string
		spare  bool
		left   int
	}{{"by:kubelet", true, 100}, {"by:kubelet a-", true, 0}, {"by:kubelet", false, 0}, {"a-", true, 0}} {
		v.State.Info.Spare, v.State.Info.Past = c.spare, etcdsource.PastByKey
		pane.Filter(c.filter)
		if n, advice := f.rows.left(); n != c.left || n > 0 && !strings.Contains(advice, "recall the past with A") {
			t.Errorf("%+v: %d rows, %q", c, n, advice)
		}
		v.State.Info.Past = etcdsource.PastWhole // recalled
		if n, _ := f.rows.left(); n != 0 {
			t.Errorf("%+v: %d rows are not looked at in what was recalled", c, n)
		}
	}
}
