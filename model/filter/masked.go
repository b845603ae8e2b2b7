package filter

import (
	"slices"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
)

// Masked reports whether an item is left out for a mask alone: the filter asks for the value of a field that the item has written and that
// is masked as it is shown, and everything else in the filter lets it pass. With Reveal it may pass.
func (f *Filter) Masked(it *Item) bool {
	c := it.Change
	if !f.Has("field") || it.View.Reveal || c == nil || !f.Text(it) {
		return false
	}
	masked := false
	for i := range f.terms {
		t := &f.terms[i]
		hidden := t.word == "field" && !t.not && slices.ContainsFunc(t.fields, func(x field) bool { return x.hidden(c.Object, it) || x.hidden(c.Before, it) })
		masked = masked || hidden
		if !hidden && t.signed(it) == No {
			return false
		}
	}
	return masked && f.Match(it) != Yes // one of several fields is enough
}

// hidden reports whether a value is wanted where an object has a mask.
func (f *field) hidden(o *decode.Object, it *Item) bool {
	mask := *f
	mask.value = decode.Mask
	return f.equal && f.value != decode.Mask && o != nil && o.Secret && mask.In(o.Tree(it.View))
}

// TestsSecrets reports whether the filter asks for a value where Secrets have theirs, and may let Secrets pass: such values are not tested
// as long as they are masked.
func (f *Filter) TestsSecrets() bool {
	secrets, ok := kinds.Builtin().OfKind("v1", "Secret")
	if !ok || !f.Has("field") {
		return false
	}
	for i := range f.terms {
		t := &f.terms[i]
		if t.word == "kind" && t.kind(&Item{Ref: &kinds.Ref{Resource: secrets}}) == t.not {
			return false
		}
	}
	return slices.ContainsFunc(f.terms, func(t term) bool {
		return t.word == "field" && !t.not && slices.ContainsFunc(t.fields, func(x field) bool {
			return x.equal && len(x.steps) > 1 && (x.steps[0].Field == "data" || x.steps[0].Field == "stringData")
		})
	})
}
