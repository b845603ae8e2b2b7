package print

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/regular"
	"github.com/etcdscope/etcdscope/tui/config"
)

// selection is which objects get prints, and in which order, by kubectl's flags. All of it looks at objects as they are shown:
// what is masked can be neither selected nor sorted by.
type selection struct {
	labelText string
	fieldText string
	sortBy    string
	reverse   bool
	labels    labels.Selector
	fields    fields.Selector
	seen      int // objects that were looked at
	left      int // of these, those that are left out
	unread    int // of those left out, those of which nothing could be read
	tested    tested
	columnsOf func(*decode.Object) ([]columns.Column, kinds.Ref) // of the table of an object's type
}

func (s *selection) define(c *cobra.Command) {
	f := c.Flags()
	f.StringVarP(&s.labelText, "selector", "l", "", "only objects with these labels: app=web,tier!=db, env in (a,b), !canary")
	f.StringVar(&s.fieldText, "field-selector", "", "only objects with these fields, whichever: status.phase=Running,spec.nodeName!=node-a,spec.containers[0].image=web:2")
	f.StringVar(&s.sortBy, "sort-by", "", "in the order of a field, .metadata.creationTimestamp, of a column of the table, STATUS, or of "+strings.Join(storedOrders, ", "))
	f.BoolVar(&s.reverse, "reverse", false, "with --sort-by: the largest or the newest first")
}

// read parses the flags.
func (s *selection) read() (err error) {
	if s.reverse && s.sortBy == "" {
		return usage("read --reverse: nothing is sorted; give --sort-by too")
	}
	if i := slices.Index(storedOrders, strings.ToUpper(s.sortBy)); i >= 0 {
		s.sortBy = storedOrders[i]
	}
	if s.labels, err = labels.Parse(s.labelText); err != nil {
		return usage("read --selector %s: %s", clean.Key([]byte(s.labelText)), clean.Error(err))
	}
	if s.fields, err = fields.ParseSelector(s.fieldText); err != nil {
		return usage("read --field-selector %s: %s", clean.Key([]byte(s.fieldText)), clean.Error(err))
	}
	for _, r := range s.fields.Requirements() {
		if strings.Contains(r.Field, "[*]") || strings.Contains(r.Field, "[?") || strings.Contains(r.Field, "[:") {
			return usage("read --field-selector %s: %s may be several values; name one item by its number, as [0], or print them by -o jsonpath=", clean.Key([]byte(s.fieldText)), clean.Key([]byte(r.Field)))
		}
	}
	return nil
}

// narrow reports whether it may leave objects out.
func (s *selection) narrow() bool { return s.labelText != "" || s.fieldText != "" }

// matches reports whether an object is selected, and counts it. One of which nothing could be read has no labels and fields to be
// tested, and is not selected.
func (s *selection) matches(o *decode.Object, v decode.View) bool {
	s.seen++
	ok := s.selects(o, v)
	if !ok {
		s.left++
	}
	if !ok && o.Unread() {
		s.unread++
	}
	return ok
}

func (s *selection) selects(o *decode.Object, v decode.View) bool {
	if !s.narrow() {
		return true
	}
	if o.Unread() {
		return false
	}
	tree := o.Tree(v)
	return s.labels.Matches(labels.Set(labelsOf(tree))) && (s.fieldText == "" || s.selectsFields(o, tree, v))
}

// flagNames are the flags that select, for a sentence.
func (s *selection) flagNames() string {
	switch {
	case s.fieldText == "":
		return "--selector"
	case s.labelText == "":
		return "--field-selector"
	}
	return "--selector and --field-selector"
}

// untested says how many objects could not be read, "" for none.
func (s *selection) untested() string {
	if s.unread == 0 {
		return ""
	}
	return notTested(fmt.Sprintf("%d of %s", s.unread, count(s.seen, "object")), s.unread, s.flagNames())
}

// notTested says that n values, some of what was looked at, could not be read, so that a flag left them out without a test.
func notTested(some string, n int, flag string) string {
	are := "are"
	if n == 1 {
		are = "is"
	}
	return some + " could not be read, and " + are + " not tested by " + flag + "; etcdscope report says why"
}

// noneSelected is the error where selectors leave everything out.
func (s *selection) noneSelected(what string, rev int64) error {
	if s.unread > 0 {
		return no("%s: none of the %d that could be read is selected%s; leave %s out to see all", what, s.left-s.unread, at(rev), s.flagNames())
	}
	if absent := s.absentFields(); len(absent) > 0 {
		return no("%s: none is selected, for no object has a field %s%s; give a field, as .metadata.name", what, strings.Join(absent, " or "), at(rev))
	}
	return no("%s: none of %s is selected%s; leave %s out to see them", what, count(s.left, "object"), at(rev), s.flagNames())
}

func labelsOf(tree map[string]any) map[string]string {
	md, _ := tree["metadata"].(map[string]any)
	m, _ := md["labels"].(map[string]any)
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[k], _ = v.(string)
	}
	return out
}

// picked is an object that was read and is printed later.
type picked struct {
	object *decode.Object
	group  string // of its type
	entry  etcdsource.Entry
}

// storedOrders are what --sort-by takes beside fields, and the columns of --show-stored: what the store has of each object.
var storedOrders = []string{"BYTES", "REVISION", "VERSIONS", "MODIFIED"}

// byStored reports whether objects are sorted by what the store has of each.
func (s *selection) byStored() bool { return slices.Contains(storedOrders, s.sortBy) }

// sorted brings objects into the order of --sort-by, type by type, the types in the order in which they came.
func (s *selection) sorted(list []picked, v decode.View) ([]picked, error) {
	if s.sortBy == "" {
		return list, nil
	}
	var out []picked
	for len(list) > 0 {
		var group, rest []picked
		for _, p := range list {
			if p.group == list[0].group {
				group = append(group, p)
			} else {
				rest = append(rest, p)
			}
		}
		group, err := s.ordered(group, v)
		if err != nil {
			return nil, err
		}
		out, list = append(out, group...), rest
	}
	return out, nil
}

// ordered brings objects of one type into the order of --sort-by.
func (s *selection) ordered(list []picked, v decode.View) ([]picked, error) {
	if s.byStored() {
		of := func(p picked) int64 { return p.entry.Mod } // what was written later has the larger revision
		switch s.sortBy {
		case "BYTES":
			of = func(p picked) int64 { return p.entry.Bytes }
		case "VERSIONS":
			of = func(p picked) int64 { return p.entry.Version }
		}
		slices.SortStableFunc(list, func(a, b picked) int {
			if s.reverse {
				a, b = b, a
			}
			return cmp.Compare(of(a), of(b))
		})
		return list, nil
	}
	if s.byColumn(list) {
		return list, nil
	}
	trees := make([]map[string]any, len(list))
	for i := range list {
		trees[i] = list[i].object.Tree(v)
	}
	order, err := columns.SortBy(s.sortBy, trees)
	if err != nil {
		return nil, usage("sort by %s: %s; give a field, as .metadata.name, a column, as NAME, or %s", clean.Key([]byte(s.sortBy)), clean.Error(err), strings.Join(storedOrders, ", "))
	}
	out := make([]picked, len(list))
	for i, j := range order {
		out[i] = list[j]
	}
	if s.reverse {
		slices.Reverse(out)
	}
	return out, nil
}

// templates are the forms of -o that take a template.
var templates = strings.Join(columns.TemplateFormats, " ")

// maxTemplate is how long a template in a file may be, in bytes.
const maxTemplate = 1 << 20

// templateFrom reads what -o says, nil where it names no template.
func templateFrom(format string, lenient bool) (*columns.Template, error) {
	name, source, ok := strings.Cut(format, "=")
	if !slices.Contains(columns.TemplateFormats, name) {
		return nil, nil
	}
	if !ok || source == "" {
		return nil, usage("print as %s: it lacks the template; write -o %s=…", name, name)
	}
	if strings.HasSuffix(name, "-file") {
		b, err := regular.Read(source, maxTemplate)
		if err != nil {
			return nil, usage("read the template: %s; give the path of a file of at most 1 MiB", clean.Error(err))
		}
		source = string(b)
	}
	t, err := columns.NewTemplate(name, source, lenient)
	if err != nil {
		return nil, usage("print as %s: %s", name, clean.Error(err))
	}
	return t, nil
}

// expand replaces categories among the types, as all, by the types that belong to them: Kubernetes' own, and those that the store defines.
func (s *store) expand(ctx context.Context, args []string) ([]string, error) {
	if len(args) != 1 || strings.Contains(args[0], "/") {
		return args, nil
	}
	types := strings.Split(args[0], ",")
	for i, typ := range types {
		if _, ok := s.Kinds.Find(typ); ok {
			continue
		}
		if !s.Whole {
			if err := s.Custom(ctx, s.Source, 0); err != nil {
				return nil, err
			}
		}
		if list := s.Kinds.OfCategory(typ); len(list) > 0 {
			types[i] = strings.Join(list, ",")
		}
	}
	return []string{strings.Join(types, ",")}, nil
}

// noSuchType says of an argument that names no object which of its types is not known; "" where all are, or where a key was named.
func (s *store) noSuchType(arg string) string {
	types, _, _ := strings.Cut(arg, "/")
	for _, typ := range strings.Split(types, ",") {
		if _, ok := s.Kinds.Find(typ); ok || typ == "" || len(s.Kinds.OfCategory(typ)) > 0 {
			continue
		}
		var plural, singular []string
		for _, r := range s.Kinds.All() {
			plural, singular = append(plural, r.Plural), append(singular, r.Singular)
		}
		meant := "; "
		if near, ok := config.Near(typ, append(plural, singular...)); ok && len(typ) > 3 { // anything is near a short name
			meant = "; did you mean " + clean.Key([]byte(near)) + "? "
		}
		return "there is no type or key " + clean.Key([]byte(typ)) + meant + "etcdscope api-resources lists the types"
	}
	return ""
}

// named says what was asked for.
func named(args []string, where place) string {
	switch {
	case len(args) > 0:
		return clean.Key([]byte(strings.Join(args, " ")))
	case where.ns != "":
		return what(nil, where.ns)
	}
	return "everything"
}

// tableFlags are the flags of kubectl's tables.
type tableFlags struct {
	noHeaders  bool
	showLabels bool
	showStored bool
	columns    []string // labels that are columns
}

func (f *tableFlags) define(c *cobra.Command) {
	c.Flags().BoolVar(&f.noHeaders, "no-headers", false, "without the heads of the columns")
	c.Flags().BoolVar(&f.showLabels, "show-labels", false, "with all labels as the last column")
	c.Flags().BoolVar(&f.showStored, "show-stored", false, "with what the store has of each as the last columns: "+strings.Join(storedOrders, ", ")+"; so it is when they are sorted by one of these")
	c.Flags().StringSliceVarP(&f.columns, "label-columns", "L", nil, "with these labels as columns")
}

// heads are the heads of the columns of labels.
func (f *tableFlags) heads() (out []string) {
	for _, l := range f.columns {
		out = append(out, strings.ToUpper(l[strings.LastIndexByte(l, '/')+1:]))
	}
	if f.showLabels {
		out = append(out, "LABELS")
	}
	return out
}

// cells are the cells of an object in these.
func (f *tableFlags) cells(tree map[string]any) (out []string) {
	if len(f.columns) == 0 && !f.showLabels {
		return nil
	}
	set := labelsOf(tree)
	for _, l := range f.columns {
		out = append(out, set[l])
	}
	if f.showLabels {
		out = append(out, labels.FormatLabels(set))
	}
	return out
}
