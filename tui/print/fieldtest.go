package print

import (
	"fmt"
	"slices"
	"strings"

	operators "k8s.io/apimachinery/pkg/selection"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/columns"
)

// tested is what --field-selector found of its fields.
type tested struct {
	found  map[string]bool // fields that an object has
	masked int             // objects that were left out, since a field of them is masked
	secret string          // the first such field
}

// selectsFields reports whether the fields of an object are selected. One with a masked value is not: it would be compared with
// the mask.
func (s *selection) selectsFields(o *decode.Object, tree map[string]any, v decode.View) bool {
	masked, ok := "", true
	for _, r := range s.fields.Requirements() {
		got := fieldOf(tree, r.Field)
		if got != "" {
			if s.tested.found == nil {
				s.tested.found = map[string]bool{}
			}
			s.tested.found[r.Field] = true
		}
		if o.Secret && !v.Reveal && got == decode.Mask {
			masked = r.Field
			continue
		}
		ok = ok && (got == r.Value) != (r.Operator == operators.NotEquals)
	}
	if ok && masked != "" {
		if s.tested.masked++; s.tested.secret == "" {
			s.tested.secret = masked
		}
	}
	return ok && masked == ""
}

// absentFields are the fields of --field-selector that no object has, in the order in which they were given. That a field is empty
// can be asked for.
func (s *selection) absentFields() (out []string) {
	if s.fieldText == "" || s.seen == s.unread {
		return nil
	}
	for _, r := range s.fields.Requirements() {
		path := "." + strings.TrimPrefix(clean.Key([]byte(r.Field)), ".")
		if r.Value != "" && !s.tested.found[r.Field] && !slices.Contains(out, path) {
			out = append(out, path)
		}
	}
	return out
}

// fieldNotes say what --field-selector could not test.
func (s *selection) fieldNotes() (out []string) {
	if n := s.tested.masked; n > 0 {
		out = append(out, fmt.Sprintf("%d of %s left out: --field-selector does not test %s, a secret value that is masked; add --reveal to test it",
			n, count(s.seen, "object"), clean.Key([]byte(s.tested.secret))))
	}
	if s.seen > s.left { // else the error says it
		for _, path := range s.absentFields() {
			out = append(out, fmt.Sprintf("no object has a field %s; --field-selector takes it as empty", path))
		}
	}
	return out
}

// fieldOf is a field of an object, "" where it has none.
func fieldOf(tree map[string]any, field string) string {
	return columns.FieldWithDots(tree, field)
}
