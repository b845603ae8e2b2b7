package columns

import (
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode/kinds"
)

// Column is a column of a table, beside NAME.
type Column struct {
	Head string
	Wide bool // kubectl prints it in wide output only
	Age  bool // it is the object's own age
	near bool // the screen shows it although it is wide

	value  func(t map[string]any) string
	moment func(t map[string]any) Cell // instead of value, of a time
}

// Cell is what a column shows of an object: a text, or one that holds a time as an age, which grows.
type Cell struct {
	Text  string // before the age
	Since time.Time
	After string // behind it
	until bool   // a time to come is "in 5m"
}

// At is the cell's text, with the age that it has at a time. It is not safe yet.
func (c Cell) At(now time.Time) string {
	if c.Since.IsZero() {
		return c.Text
	}
	if c.until && c.Since.After(now) {
		return "in " + span(c.Since.Sub(now))
	}
	return c.Text + Age(c.Since, now) + c.After
}

// Unknown is the cell text for a value that could not be decoded.
const Unknown = "<unknown>"

// Cell fills the column from a decoded object, nil where that could not be decoded.
func (c Column) Cell(t map[string]any) Cell {
	switch {
	case t == nil:
		return Cell{Text: Unknown}
	case c.moment != nil:
		return c.moment(t)
	case c.value == nil:
		return Cell{}
	}
	return Cell{Text: c.value(t)}
}

// Of returns the columns of a type behind NAME, as the API server has them: for Kubernetes' own types those of its printers,
// for custom resources those of their definition, which may be others in each version. wide adds those of wide output.
func Of(r kinds.Resource, apiVersion string, wide bool) (out []Column) {
	all := printers[r.Group+"/"+r.Kind]
	switch {
	case r.Custom:
		all = defined(r, apiVersion)
	case all == nil:
		all = []Column{{Head: "CREATED AT", value: createdAt}}
	}
	for _, c := range all {
		if c.Wide && !wide {
			continue
		}
		out = append(out, c)
	}
	return out
}

// OfType returns the columns of a table of a type. For custom resources they are those of the version that is stored, whatever
// version its objects have; apiVersion is used where the definition has no such version.
func OfType(r kinds.Resource, apiVersion string, wide bool) []Column {
	if r.Custom && slices.ContainsFunc(r.Versions, func(v kinds.Version) bool { return v.Name == r.Version }) {
		apiVersion = r.Version
	}
	return Of(r, apiVersion, wide)
}

// Matching returns the columns of a table as another version of the type fills them; those that it does not have stay.
func Matching(table, version []Column) []Column {
	out := slices.Clone(table)
	for i := range out {
		for _, c := range version {
			if c.Head == out[i].Head {
				out[i] = c
			}
		}
	}
	return out
}

// Row fills a row of columns from a decoded object, nil where that could not be decoded; its age is known by created even so.
func Row(cols []Column, t map[string]any, created time.Time) []Cell {
	out := make([]Cell, len(cols))
	for i, c := range cols {
		out[i] = c.Cell(t)
		if c.Age && t == nil && !created.IsZero() && len(cols) > 1 {
			out[i] = Cell{Since: created}
		}
	}
	return out
}

// OfScreen returns the columns that the screen shows beside NAME and AGE, and how many of them are behind AGE.
func OfScreen(r kinds.Resource, apiVersion string) (cols []Column, behind int) {
	aged := false
	for _, c := range OfType(r, apiVersion, true) {
		switch {
		case c.Age:
			aged = true
		case !c.Wide || c.near:
			cols = append(cols, c)
			if aged {
				behind++
			}
		}
	}
	return cols, behind
}

// HasName reports whether tables of a type begin with the name: those of events do not.
func HasName(r kinds.Resource) bool { return r.Kind != "Event" || r.Custom }

// defined are the columns of a custom resource in a version, those of its stored version where the objects' version is not
// known. The age is the last one where the definition has it nowhere.
func defined(r kinds.Resource, apiVersion string) (out []Column) {
	version := apiVersion[strings.LastIndexByte(apiVersion, '/')+1:]
	if version == "" {
		version = r.Version
	}
	for _, v := range r.Versions {
		if v.Name != version {
			continue
		}
		for _, c := range v.Columns {
			out = append(out, customColumn(c))
		}
	}
	if !slices.ContainsFunc(out, func(c Column) bool { return c.Age }) {
		out = append(out, age)
	}
	return out
}

func customColumn(c kinds.Column) Column {
	path := compile(c.Path)
	col := Column{Head: strings.ToUpper(c.Name), Wide: c.Priority > 0}
	if c.Type == "date" {
		col.Age = strings.EqualFold(c.Name, "age") && strings.Trim(c.Path, "{}") == ".metadata.creationTimestamp"
		col.moment = func(t map[string]any) Cell {
			s := path.first(t, "date")
			if s == "" {
				return Cell{Text: "<none>"}
			}
			return since(s)
		}
		return col
	}
	col.value = func(t map[string]any) string { return orNone(path.first(t, c.Type)) }
	return col
}

// since returns a cell with the age of a stored time.
func since(s string) Cell {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil || at.IsZero() {
		return Cell{Text: Unknown}
	}
	return Cell{Since: at}
}

// age is the object's own.
var age = Column{Head: "AGE", Age: true, moment: func(t map[string]any) Cell { return since(Field(t, ".metadata.creationTimestamp")) }}

func createdAt(t map[string]any) string { return Field(t, ".metadata.creationTimestamp") }

// col is a column with a value of its own.
func col(head string, value func(map[string]any) string) Column {
	return Column{Head: head, value: value}
}

// field is a column that holds one field, and none where there is none.
func field(head, path, none string) Column {
	return col(head, func(t map[string]any) string { return or(Field(t, path), none) })
}

// num is a column that holds a number, 0 where there is none.
func num(head, path string) Column { return count(head, path, "0") }

// count is one that has another default.
func count(head, path, fallback string) Column {
	return col(head, func(t map[string]any) string { return or(Field(t, path), fallback) })
}

// nonZero is a number that is another one where it is 0 or missing.
func nonZero(path, fallback string) func(map[string]any) string {
	return func(t map[string]any) string {
		if s := Field(t, path); s != "0" {
			return or(s, fallback)
		}
		return fallback
	}
}

// within is a column that holds a field of an object, and <none> where there is no such object.
func within(head, object, path string) Column {
	return col(head, func(t map[string]any) string {
		if !has(t, object) {
			return "<none>"
		}
		return Field(t, object+path)
	})
}

// length counts the items of lists and maps.
func length(head string, paths ...string) Column {
	return col(head, func(t map[string]any) string { return lengths(t, paths...) })
}

// wide marks columns as those of wide output.
func wide(cols ...Column) []Column {
	for i := range cols {
		cols[i].Wide = true
	}
	return cols
}

// with puts columns together.
func with(cols []Column, more ...[]Column) []Column {
	return append(slices.Clone(cols), slices.Concat(more...)...)
}

func or(s, none string) string {
	if s == "" {
		return none
	}
	return s
}

// list is a column that holds all values of a path, and none where there is none.
func list(head, path, none string) Column {
	e := compile(path)
	return col(head, func(t map[string]any) string { return or(e.all(t), none) })
}
