package print

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/unreadable"
)

// table collects the rows of kubectl's columns, one group for each type of object.
type table struct {
	g      *getter
	groups map[string]*group
	order  []*group
	newest time.Time // of all times that the objects tell, for ages where the source has no clock
	texts  map[string]string
	dates  *clock.Clock // of revisions; nil where they are not shown, or not known
}

// group is the rows of one type.
type group struct {
	name    string // "deployment.apps", "" for keys that hold no object
	ref     kinds.Resource
	columns []columns.Column
	rows    []row
	spaces  bool // the objects have namespaces
	apart   bool // the rows begin with the namespace
	printed bool // its heads were
	widths  []int
	// byVersion are the columns of a custom resource that other stored versions have, by their apiVersion.
	byVersion map[string][]columns.Column
}

type row struct {
	ns, name string
	mark     string // behind the name
	event    string // what happened, where that is printed
	created  time.Time
	isClass  bool // it asks to be the default storage class
	cells    []columns.Cell
	labels   []string // columns of labels
	entry    etcdsource.Entry
}

func newTable(g *getter) *table {
	return &table{g: g, groups: map[string]*group{}, texts: map[string]string{}}
}

// maxTexts bounds the texts of cells that are shared, such as Running.
const maxTexts = 4096

// text returns a text of its own: that of a cell may be a part of a whole value.
func (t *table) text(s string) string {
	own, ok := t.texts[s]
	if !ok {
		own = strings.Clone(s)
		if len(t.texts) < maxTexts {
			t.texts[own] = own
		}
	}
	return own
}

func (t *table) add(o *decode.Object, e *etcdsource.Entry) {
	ref, ok := t.g.s.Kinds.Locate(t.g.s.Root, o.Key)
	gr := t.group(ref.Resource, ok, o)
	r := row{ns: ref.Namespace, name: ref.Name, created: o.Created, entry: *e}
	if !ok {
		r.name = string(o.Key)
	} else if o.Token() && !t.g.flags.reveal {
		r.name = decode.Mask
	}
	r.entry.Value = nil
	tree := unreadable.Table(o, ref)
	r.mark, r.isClass = columns.Mark(o.Group, o.Kind, tree), columns.IsDefaultClass(o.Group, o.Kind, tree)
	r.cells = columns.Row(gr.of(o, t.g.flags.format == "wide"), tree, o.Created)
	for i := range r.cells {
		c := &r.cells[i]
		c.Text, c.After = t.text(c.Text), t.text(c.After)
	}
	if t.g.watch.events {
		r.event = t.g.watch.event
	}
	if t.g.labelled() {
		r.labels = t.g.cells(o.Tree(t.g.s.view))
	}
	if o.Created.After(t.newest) {
		t.newest = o.Created
	}
	gr.spaces = gr.spaces || r.ns != ""
	gr.rows = append(gr.rows, r)
}

func (t *table) group(r kinds.Resource, ok bool, o *decode.Object) *group {
	id := r.Prefix
	if gr := t.groups[id]; gr != nil {
		return gr
	}
	gr := &group{ref: r}
	if ok {
		gr.name = strings.TrimSuffix(r.Singular+"."+r.Group, ".")
		gr.columns = columns.OfType(r, o.APIVersion, t.g.flags.format == "wide")
	}
	t.groups[id] = gr
	t.order = append(t.order, gr)
	return gr
}

// print writes the groups. With more than one, names carry their type, as kubectl prints them.
func (t *table) print(ctx context.Context) error {
	now := t.now(ctx)
	if t.g.showStored {
		t.dates, _ = t.g.s.frame(ctx) // without it MODIFIED is not known
	}
	for i, gr := range t.order {
		if len(gr.rows) == 0 {
			continue
		}
		if i > 0 && !gr.printed {
			if err := t.g.out.line(""); err != nil {
				return err
			}
		}
		if err := t.printGroup(gr, now); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) printGroup(gr *group, now time.Time) error {
	if !gr.printed {
		gr.apart = gr.spaces && (t.g.where.all || t.g.where.ns == "" && t.mixed(gr))
	}
	spaces := gr.apart
	lines := [][]string{gr.header(spaces, t.g.showStored, t.g.heads())}
	if t.g.watch.events {
		lines[0] = append([]string{"EVENT"}, lines[0]...)
		if !gr.printed {
			gr.widths = []int{len("MODIFIED")}
		}
	}
	gr.markDefault()
	for i := range gr.rows {
		r := &gr.rows[i]
		var line []string
		if r.event != "" {
			line = append(line, r.event)
		}
		if spaces {
			line = append(line, clean.Key([]byte(r.ns)))
		}
		name := clean.Key([]byte(r.name)) + r.mark
		if len(t.order) > 1 && gr.name != "" {
			name = clean.Key([]byte(gr.name)) + "/" + name
		}
		if gr.named() {
			line = append(line, name)
		}
		for _, c := range r.cells {
			s, _, _ := clean.Line(c.At(now), 1)
			line = append(line, s)
		}
		r.cells = nil // many rows are printed
		for _, l := range r.labels {
			s, _, _ := clean.Line(l, 1)
			line = append(line, s)
		}
		lines = append(lines, append(line, t.stored(gr, r, now)...))
	}
	headed := !t.g.noHeaders && !gr.printed
	if !headed {
		lines = lines[1:]
	}
	gr.printed, gr.rows = true, nil
	var err error
	gr.widths, err = t.g.out.aligned(lines, gr.widths, headed, func(int) bool { return false })
	return err
}

// stored are the cells of what the store has of a row's key, where that is shown.
func (t *table) stored(gr *group, r *row, now time.Time) []string {
	out := []string{fmt.Sprint(r.entry.Bytes), fmt.Sprint(r.entry.Mod)}
	switch {
	case gr.name == "":
		return out
	case t.g.showStored:
		var modified time.Time
		if t.dates != nil {
			modified = t.dates.At(r.entry.Mod).Time
		}
		return append(out, fmt.Sprint(r.entry.Version), columns.Age(modified, now))
	}
	return nil
}

// header is the line of heads; more are those of labels, stored asks for what the store has of each key.
func (gr *group) header(spaces, stored bool, more []string) (out []string) {
	if spaces {
		out = append(out, "NAMESPACE")
	}
	if gr.name == "" {
		return append(append(append(out, "KEY"), more...), "BYTES", "REVISION")
	}
	if gr.named() {
		out = append(out, "NAME")
	}
	for _, c := range gr.columns {
		out = append(out, clean.Key([]byte(c.Head)))
	}
	for _, h := range more {
		out = append(out, clean.Key([]byte(h)))
	}
	if stored {
		out = append(out, storedOrders...)
	}
	return out
}

// named reports whether the rows begin with a name.
func (gr *group) named() bool { return gr.name == "" || columns.HasName(gr.ref) }

// of are the columns that fill the row of an object: those of the group, as the object's own version has them.
func (gr *group) of(o *decode.Object, wide bool) []columns.Column {
	if !gr.ref.Custom || o.APIVersion == "" {
		return gr.columns
	}
	cols, ok := gr.byVersion[o.APIVersion]
	if !ok {
		if gr.byVersion == nil {
			gr.byVersion = map[string][]columns.Column{}
		}
		cols = columns.Matching(gr.columns, columns.Of(gr.ref, o.APIVersion, wide))
		gr.byVersion[o.APIVersion] = cols
	}
	return cols
}

// markDefault marks the storage class that is the default: of several that ask to be it the youngest, of these the first.
func (gr *group) markDefault() {
	var best *row
	for i := range gr.rows {
		if r := &gr.rows[i]; r.isClass && (best == nil || columns.Younger(r.created, r.name, best.created, best.name)) {
			best = r
		}
	}
	if best != nil {
		best.mark = " (default)"
	}
}

// mixed reports whether the rows are of several namespaces.
func (t *table) mixed(gr *group) bool {
	for i := range gr.rows {
		if gr.rows[i].ns != gr.rows[0].ns {
			return true
		}
	}
	return false
}

// now is the time that ages count from.
func (t *table) now(ctx context.Context) time.Time { return t.g.s.now(ctx, t.g.rev, t.newest) }

// columns writes lines of safe cells below each other. The first line is the header.
func (o *out) columns(lines [][]string) error { return o.rows(lines, true) }

// rows writes lines of safe cells below each other. The first line is the header if headed says so.
func (o *out) rows(lines [][]string, headed bool) error {
	_, err := o.aligned(lines, nil, headed, func(int) bool { return false })
	return err
}

// aligned is rows with some columns, by their numbers, at the right of their place. The columns are at least as wide as given;
// it returns how wide they are.
func (o *out) aligned(lines [][]string, widths []int, headed bool, right func(i int) bool) ([]int, error) {
	for _, l := range lines {
		for i, c := range l {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], ansi.StringWidth(c))
		}
	}
	for n, l := range lines {
		var b strings.Builder
		for i, c := range l {
			r := columns.Role(c)
			if n == 0 && headed {
				r = text.Muted
			}
			fill := widths[i] - ansi.StringWidth(c)
			if right(i) {
				b.WriteString(strings.Repeat(" ", fill))
				fill = 0
			}
			b.WriteString(o.paint(r, c))
			if i < len(l)-1 {
				b.WriteString(strings.Repeat(" ", fill+3))
			}
		}
		if err := o.line(b.String()); err != nil {
			return nil, err
		}
	}
	return widths, nil
}
