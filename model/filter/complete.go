package filter

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/etcdscope/etcdscope/decode/kinds"
)

// Known is what there is to choose from where a filter is typed.
type Known struct {
	Words      []string // the words that mean something here, nil: all
	Kinds      *kinds.Table
	There      func(r kinds.Resource) bool // reports whether the store has objects of a resource; nil: not known
	Writers    []string                    // the busiest first
	Namespaces []string
	Fields     []string // paths
}

// maxOffered bounds what is offered at once.
const maxOffered = 64

// Complete returns what may follow: the whole text with its last term completed, the likeliest first. It offers nothing where a
// term is complete, or is text that begins no word.
func Complete(s string, k *Known) (out []string) {
	head, last := lastTerm(s)
	if strings.Count(s, `"`)%2 == 1 {
		return nil
	}
	sign := ""
	if rest, ok := strings.CutPrefix(last, "!"); ok {
		sign, last = "!", rest
	}
	name, value, colon := strings.Cut(last, ":")
	if !colon {
		if last == "" {
			return nil
		}
		for i := range Words {
			if w := &Words[i]; k.knows(w.Name) && strings.HasPrefix(w.Name, strings.ToLower(last)) {
				out = append(out, head+sign+w.Name+":")
			}
		}
		return out
	}
	w := wordOf(strings.ToLower(name))
	if w == nil || !k.knows(w.Name) {
		return nil
	}
	before := ""
	if i := strings.LastIndexByte(value, ','); i >= 0 {
		before, value = value[:i+1], value[i+1:]
	}
	values := k.values(w)
	for _, v := range values { // what is typed already comes before what begins like it
		if v != "" && strings.EqualFold(v, value) {
			out = append(out, head+sign+name+":"+before+Quote(v))
		}
	}
	for _, v := range values {
		if len(out) < maxOffered && len(v) > len(value) && strings.EqualFold(v[:len(value)], value) {
			out = append(out, head+sign+name+":"+before+Quote(v))
		}
	}
	if len(out) == 1 && out[0] == s {
		return nil
	}
	return out
}

// lastTerm cuts a text behind its last blank.
func lastTerm(s string) (head, last string) {
	last = s
	if i := strings.LastIndexFunc(s, unicode.IsSpace); i >= 0 {
		_, n := utf8.DecodeRuneInString(s[i:])
		last = s[i+n:]
	}
	return s[:len(s)-len(last)], last
}

// Hint says what a word takes, for the last term of a text; "" where there is nothing to say.
func Hint(s string) string {
	_, last := lastTerm(s)
	name, _, ok := strings.Cut(strings.TrimPrefix(last, "!"), ":")
	if !ok {
		return ""
	}
	if w := wordOf(strings.ToLower(name)); w != nil {
		return w.Help
	}
	return ""
}

// Hint says what can be typed where a term begins, "" elsewhere.
func (k *Known) Hint(s string) string {
	if _, last := lastTerm(s); strings.TrimPrefix(last, "!") != "" {
		return ""
	}
	var words []string
	for i := range Words {
		if w := &Words[i]; k.knows(w.Name) {
			words = append(words, w.Name+":")
		}
	}
	if len(words) == 0 {
		return "a text"
	}
	return "a text, " + strings.Join(words, " ") + "  ! negates"
}

const unknown = "unknown" // the value of by: for writers that are not known

// Writer is the value of by: for a writer's name, "" for those that are not known.
func Writer(name string) string {
	switch name {
	case "":
		return unknown
	case unknown: // what the API server calls a client that sent no name
		return unknown + "*"
	}
	return Quote(name)
}

// Quote puts quotes around what would be several values or terms.
func Quote(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		return `"` + s + `"`
	}
	return s
}

func (k *Known) knows(word string) bool { return k.Words == nil || slices.Contains(k.Words, word) }

// values are those that a word can take here.
func (k *Known) values(w *Word) []string {
	switch w.Name {
	case "by":
		out := slices.Clone(k.Writers)
		if i := slices.Index(out, unknown); i >= 0 {
			out[i] = unknown + "*"
		}
		return append(out, unknown)
	case "kind":
		return kindNames(k.Kinds, k.There)
	case "ns":
		return k.Namespaces
	case "field":
		return withUsual(k.Fields)
	case "since", "until":
		return []string{"2m", "10m", "1h"}
	}
	return w.Values
}

// usual are fields that are asked for most.
var usual = []string{".data", ".metadata.annotations", ".metadata.deletionTimestamp", ".metadata.finalizers", ".metadata.labels", ".metadata.ownerReferences", ".spec", ".spec.replicas", ".status", ".status.conditions", ".status.phase"}

// withUsual adds the usual fields to those that are known.
func withUsual(fields []string) []string {
	out := slices.Clone(fields)
	for _, u := range usual {
		if !slices.ContainsFunc(fields, func(f string) bool { return strings.TrimPrefix(f, ".") == u[1:] }) {
			out = append(out, u)
		}
	}
	return out
}

// kindNames are the names of resources, the shortest first: short names are typed, plurals are read. Those that are not there are left out.
func kindNames(t *kinds.Table, there func(kinds.Resource) bool) (out []string) {
	if t == nil {
		t = kinds.Builtin()
	}
	for _, r := range t.All() {
		if there != nil && !there(r) {
			continue
		}
		if r.Group == "" || !r.Custom {
			out = append(out, r.Plural)
		} else {
			out = append(out, r.FullName())
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) })
	return slices.Compact(out)
}
