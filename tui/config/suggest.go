package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/keymap"
)

// tags returns the names of a struct's settings.
func tags(of any) (out []string) {
	t := reflect.TypeOf(of)
	for i := range t.NumField() {
		out = append(out, t.Field(i).Tag.Get("yaml"))
	}
	return out
}

// meant says which of the names was meant, "" where none is near.
func meant(got string, names []string) string {
	if near, ok := Near(got, names); ok {
		return "; did you mean " + near + "?"
	}
	return ""
}

// Near returns the name that got is a misspelling of: at most two letters away.
func Near(got string, names []string) (string, bool) {
	if len(got) > 100 {
		return "", false
	}
	best, at := 3, ""
	for _, n := range names {
		if d := distance(strings.ToLower(got), strings.ToLower(n)); d < best {
			best, at = d, n
		}
	}
	return at, at != "" && best < len(at)
}

// maxNamed is how many names of clusters a sentence lists.
const maxNamed = 8

// Nearest says what may be meant by a name that no cluster has: the nearest one, else those that there are, at most
// eight of them.
func Nearest(got string, clusters []string) string {
	if near := meant(got, clusters); near != "" {
		return strings.TrimPrefix(near, "; ")
	}
	more := ""
	if n := len(clusters) - maxNamed; n > 0 {
		clusters, more = clusters[:maxNamed], fmt.Sprintf(" and %d more", n)
	}
	return "there are " + strings.Join(clusters, ", ") + more
}

// distance is the number of letters to add, take away or change that make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := last
			if a[i] != b[j] {
				d++
			}
			last, row[j+1] = row[j+1], min(d, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// line returns the number of the line that holds the last of the words, each looked for behind the one before; 0
// where they are not found so.
func line(file []byte, words ...string) int {
	n := 0
	for l := range strings.Lines(string(file)) {
		n++
		if i := strings.IndexByte(l, '#'); i >= 0 {
			l = l[:i]
		}
		for len(words) > 0 {
			_, rest, ok := strings.Cut(l, words[0])
			if !ok {
				break
			}
			if l, words = rest, words[1:]; len(words) == 0 {
				return n
			}
		}
	}
	return 0
}

// checkKeys holds the names of actions against the keymap.
func (c *Config) checkKeys(file []byte) error {
	var actions []string
	for _, b := range keymap.Table {
		actions = append(actions, string(b.Action))
	}
	for _, a := range sortedKeys(c.Keys) {
		if !slices.Contains(actions, a) {
			return fmt.Errorf("line %d: there is no action %q%s; etcdscope help keys lists them", line(file, "keys:", a+":"), a, meant(a, actions))
		}
	}
	return nil
}

// checkColumns holds the columns of the types that are known against what kubectl prints of them. Custom resources,
// which only a store knows, are named in full: widgets.example.com.
func (c *Config) checkColumns(file []byte) error {
	table := kinds.Builtin()
	for _, name := range sortedKeys(c.Columns) {
		r, ok := table.Find(name)
		if !ok && !strings.Contains(name, ".") {
			var names []string
			for _, r := range table.All() {
				names = append(append(names, r.FullName(), r.Plural), r.Short...)
			}
			return fmt.Errorf("line %d: columns: there is no resource %q%s", line(file, "columns:", name+":"), name, meant(name, names))
		}
		var heads []string
		for _, col := range columns.Of(r, "", true) {
			heads = append(heads, col.Head)
		}
		for _, spec := range c.Columns[name] {
			if head, path, two := strings.Cut(spec, "="); columns.IsPath(spec) || two && head != "" && columns.IsPath(path) {
				continue
			}
			if ok && !slices.ContainsFunc(heads, func(h string) bool { return strings.EqualFold(h, spec) }) {
				return fmt.Errorf("line %d: columns of %s: there is no column %q%s; there are %s, or a path as in NODE=.spec.nodeName", line(file, "columns:", name+":", spec),
					name, spec, meant(spec, heads), strings.Join(heads, ", "))
			}
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
