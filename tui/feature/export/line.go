package export

import (
	"fmt"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/object"
	"github.com/etcdscope/etcdscope/tui/table"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/words"
)

// The lines for a shell that show what the screen shows: of etcdscope from the same source at the same revision, masked; of
// kubectl and etcdctl where they can show it.

// shown is the revision at which a key is shown, 0 where that is now.
func (c copier) shown(key string) int64 {
	v := c.f.v
	switch pin := v.Panes.Object.Pinned(); {
	case c.inTable():
	case pin != 0:
		return pin
	case v.Flow.Deleted.At(key) != 0:
		return v.Flow.Deleted.At(key) - 1
	}
	return v.State.At
}

// command is the etcdscope line that shows what is on the screen, "" where there is none.
func (c copier) command(key string) string {
	switch {
	case c.own != nil:
		return c.own.Command
	case c.f.host.Scope() == keymap.Snapshots: // of a folder, whatever is open
		return view.ShellLine("etcdscope", "snapshot", "list", c.f.snaps.Dir())
	}
	args := c.asked(key)
	if args == nil {
		return ""
	}
	return view.Line(c.f.v, c.f.host.Options().Source, args...)
}

// asked is the command and its arguments, without the source.
func (c copier) asked(key string) []string {
	v, rev := c.f.v, c.shown(key)
	if rev == 0 && v.State.Info.Running { // what is now is another thing when the line is run
		rev = v.State.Head
	}
	at := func(args ...string) []string {
		if rev != 0 {
			args = append(args, fmt.Sprintf("--rev=%d", rev))
		}
		return args
	}
	switch scope := c.f.host.Scope(); {
	case scope == keymap.Report:
		return []string{"report"}
	case scope == keymap.Space:
		return []string{"space"}
	case scope == keymap.Kept:
		return nil
	case scope == keymap.Overview, v.Nav.AtRoot() && key == v.Opened.Root:
		return []string{"overview"}
	case c.f.host.Focus() == layout.Keys && v.Panes.Keys.Searching() && v.Nav.Found != nil:
		return at(slices.Clone(v.Nav.Found)...)
	case scope == keymap.Changes:
		return c.log(v.Panes.Changes.Filtered(), c.scope()...)
	case scope == keymap.Timeline && !strings.HasSuffix(key, "/"):
		return c.log(v.Panes.History.Filtered(), key)
	case scope == keymap.Sequence:
		return c.past("trace", key)
	case c.inTable():
		key = v.Panes.Table.Folder()
	}
	if strings.HasSuffix(key, "/") {
		return at(c.folder(key)...)
	}
	return at(c.form(key)...)
}

// form is the command that prints a value in the form that is on the screen.
func (c copier) form(key string) []string {
	v := c.f.v
	form := map[object.Format]string{object.JSON: "json", object.Hex: "hex", object.Fields: "fields"}[v.Panes.Object.Format()]
	switch {
	case form == "" && v.Panes.Object.Format() == object.Blame:
		return []string{"blame", key}
	case form == "":
		form = "yaml"
	}
	out := []string{"get", key, "-o", form}
	if v.Panes.Object.View().ManagedFields {
		out = append(out, "--show-managed-fields")
	}
	return out
}

// scope is the flag for the namespaces that are shown.
func (c copier) scope() []string {
	if ns := c.f.v.Nav.Namespace; ns != "" {
		return []string{"-n", ns}
	}
	return []string{"-A"}
}

// log is the command that lists the changes which pass a filter.
func (c copier) log(filter string, args ...string) []string {
	args = append([]string{"log"}, args...)
	if filter != "" {
		args = append(args, "--filter", filter)
	}
	if rev := c.f.v.State.Revision(); c.f.v.State.At != 0 || c.f.v.State.Info.Running {
		args = append(args, fmt.Sprintf("--until=%d", rev))
	}
	return c.past(args...)
}

// past is a command that reads the whole past: of a live store, which is to be spared, from a snapshot.
func (c copier) past(args ...string) []string {
	if c.f.v.State.Info.Running && c.f.v.State.Info.Spare {
		args = append(args, "--recall")
	}
	return args
}

// folder is the command that prints a folder: the table of a type, in the order on the screen where the command line has that.
func (c copier) folder(key string) []string {
	v := c.f.v
	r, ok := v.Opened.Kinds.Of(v.Opened.Root, []byte(key))
	if !ok {
		return []string{"ls", key}
	}
	all := v.Opened.Kinds.Prefix(v.Opened.Root, r, "")
	ns := strings.TrimSuffix(strings.TrimPrefix(key, all), "/")
	args, t := []string{"get", r.FullName()}, v.Panes.Table
	rows, why := c.filtered()
	switch {
	case !r.Namespaced && key != all:
		return []string{"ls", key}
	case t.Folder() == key && t.Filtered() != "" && why == "":
		args = append(args, rows...)
	case !r.Namespaced:
	case key != all:
		args = append(args, "-n", ns)
	default:
		args = append(args, c.scope()...)
	}
	if t.Folder() == key {
		wide := func(c columns.Column) bool { return c.Wide && slices.Contains(t.Heads(), c.Head) }
		if slices.ContainsFunc(columns.OfType(r, "", true), wide) {
			args = append(args, "-o", "wide")
		}
		if field := sortedBy(t); field != "" {
			args = append(args, "--sort-by", field)
			if reversed(t) {
				args = append(args, "--reverse")
			}
		}
	}
	return args
}

// maxNamed is how many rows of a filtered table a line names.
const maxNamed = 30

// filtered returns the arguments for the rows of a table that pass its filter: their namespace, or their names; why says in short why
// there are none.
func (c copier) filtered() (args []string, why string) {
	v := c.f.v
	t := v.Panes.Table
	if x, err := filter.Parse(t.Filtered(), v.Opened.Kinds); err == nil && x.OnlyNamespace() != "" {
		return []string{"-n", x.OnlyNamespace()}, ""
	}
	rows, ok := t.Shown(maxNamed)
	switch {
	case !ok:
		return nil, fmt.Sprintf("it leaves more than %d rows, or not all are known", maxNamed)
	case len(rows) == 0:
		return nil, "it leaves no row"
	}
	for _, row := range rows {
		ref, ok := v.Opened.Kinds.Locate(v.Opened.Root, []byte(row.Path))
		switch {
		case !ok || strings.HasPrefix(ref.Name, "-") || strings.ContainsAny(ref.Name, "/,"):
			return nil, "it leaves names that get does not take"
		case len(args) == 0 && ref.Namespaced:
			args = append(args, "-n", ref.Namespace)
		case ref.Namespaced && args[1] != ref.Namespace:
			return nil, "it leaves rows in several namespaces"
		}
		args = append(args, ref.Name)
	}
	return args, ""
}

// reversed reports whether a table is sorted the other way than --sort-by does it: upwards.
func reversed(t *table.Pane) bool { return t.Descending() == (t.Sorted() != "AGE") }

// sortedBy is what --sort-by takes for the order of a table, "" where it has none: it sorts by fields of the objects, by the columns of
// their table, and by what the store has of each.
func sortedBy(t *table.Pane) string {
	switch head := t.Sorted(); head {
	case "NAME":
		return ".metadata.name"
	case "NAMESPACE":
		return ".metadata.namespace"
	case "NODE":
		return ".spec.nodeName"
	case "AGE":
		return ".metadata.creationTimestamp" // the oldest first
	case "BYTES", "REVISION", "VERSIONS", "MODIFIED":
		return head
	default:
		if slices.Contains(t.Heads(), head) {
			return head
		}
	}
	return ""
}

// kubectl is the kubectl line that shows a key, "" where it would show something else: kubectl knows the present of a running
// cluster only.
func (c copier) kubectl(key string) string {
	v := c.f.v
	if !v.State.Info.Running || !v.State.Info.Spare || c.shown(key) != 0 {
		return ""
	}
	name := v.Opened.Kinds.Kubectl(v.Opened.Root, []byte(key))
	if name == "" {
		return ""
	}
	ref, _ := v.Opened.Kinds.Locate(v.Opened.Root, []byte(key))
	typ, _, _ := strings.Cut(name, "/")
	args := []string{"kubectl", "get", typ + "/" + ref.Name, "-o", "yaml"}
	if ref.Namespaced {
		args = append(args, "-n", ref.Namespace)
	}
	return view.ShellLine(args...)
}

// etcdctl is the etcdctl line that reads a key from a server that runs, with what decodes its value; "" for a file.
func (c copier) etcdctl(key string) string {
	v := c.f.v
	if !v.State.Info.Running || !v.State.Info.Spare || key == "" {
		return ""
	}
	info := &v.State.Info
	s := view.ShellLine(append([]string{"etcdctl"}, append(info.Access.Flags(info.Target), "get")...)...) + " "
	if rev := c.shown(key); rev != 0 {
		s += fmt.Sprintf("--rev=%d ", rev)
	}
	if strings.HasSuffix(key, "/") {
		return s + "--prefix --keys-only -- " + words.Quote(key)
	}
	if o := v.Panes.Object.Object(); !c.inTable() && o != nil && o.Encryption.Provider == "" && strings.Contains(o.Encoding, "protobuf") {
		return s + "--print-value-only -- " + words.Quote(key) + " | auger decode"
	}
	return s + "-- " + words.Quote(key)
}
