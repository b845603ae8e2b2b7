package filter

import (
	"path"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
)

// needsChange reports whether the term asks what a change has written.
func (t *term) needsChange() bool {
	return t.word == "aspect" || t.word == "field" || t.word == "is" && slices.Contains(t.values, isNoise)
}

// signed says whether an item meets a term.
func (t *term) signed(it *Item) Answer {
	a := t.match(it)
	t.asked.note(a)
	switch {
	case !t.not || a == NotYet:
		return a
	case a == No:
		return Yes
	}
	return No
}

// names are the resources of kind:.
func (t *term) names() (out []string) {
	for i := range t.kinds {
		out = append(out, t.kinds[i].FullName())
	}
	return out
}

func answer(yes bool) Answer {
	if yes {
		return Yes
	}
	return No
}

// match says whether an item meets a term, its sign left aside.
func (t *term) match(it *Item) Answer {
	switch t.word {
	case "by":
		return t.writer(it)
	case "type":
		return answer(slices.Contains(t.values, it.Type.String()))
	case "aspect":
		if it.Change == nil {
			return NotYet
		}
		return answer(slices.Contains(t.values, it.Change.Aspect))
	case "kind":
		return answer(t.kind(it))
	case "ns":
		ref := it.ref()
		return answer(slices.ContainsFunc(t.values, func(v string) bool { return ref != nil && like(v, ref.Namespace) }))
	case "field":
		return t.field(it)
	case "is":
		return t.state(it)
	case "since", "until":
		return t.bound(it)
	}
	return Yes
}

// like reports whether a name is the one that is wanted, where * matches any characters.
func like(want, name string) bool {
	if want == name {
		return true
	}
	ok, err := path.Match(want, name)
	return ok && err == nil
}

func (t *term) writer(it *Item) Answer {
	v := it.Verdict
	switch {
	case v == nil && !it.Judged:
		return NotYet
	case v == nil: // judged, without a writer
		return No
	}
	return answer(slices.ContainsFunc(t.values, v.By))
}

// ref is what the item's key says, nil where it is no key of a resource.
func (it *Item) ref() *kinds.Ref {
	if it.Ref != nil || it.Change == nil {
		return it.Ref
	}
	return &it.Change.Ref
}

func (t *term) kind(it *Item) bool {
	ref := it.ref()
	if ref == nil || ref.Plural == "" {
		return false
	}
	for i := range t.kinds {
		if k := &t.kinds[i]; k.Prefix == ref.Prefix && k.Group == ref.Group && k.Plural == ref.Plural {
			return true
		}
	}
	return slices.Contains(t.values, strings.ToLower(ref.FullName()))
}

// state says whether a change is noise, was not made by an API server, or deleted a key for good.
func (t *term) state(it *Item) Answer {
	out := No
	for _, v := range t.values {
		a := No
		switch {
		case v == isNoise:
			a = noise(it)
		case v == isGone:
			a = answer(it.Type == etcdsource.Deleted && (it.Gone == nil || it.Gone()))
		case it.Verdict != nil:
			a = answer(it.Verdict.OutOfBand != "")
		case !it.Judged:
			a = NotYet
		}
		if a == Yes {
			return Yes
		}
		if a == NotYet {
			out = NotYet
		}
	}
	return out
}

// noise says whether a change says little by itself.
func noise(it *Item) Answer {
	if change.NoiseOf(it.Root, it.Key, it.Type) != change.NoNoise {
		return Yes
	}
	if it.Change == nil {
		return NotYet
	}
	return answer(it.Change.Aspect == change.AspectHeartbeat || it.Change.Aspect == change.AspectNone)
}

// bound says whether a change was made on the right side of a revision or a time. One that is not dated is on none.
func (t *term) bound(it *Item) Answer {
	since := t.word == "since"
	if t.rev != 0 {
		return answer(since && it.Rev >= t.rev || !since && it.Rev <= t.rev)
	}
	switch {
	case it.Verdict == nil && !it.Judged, it.Newest.IsZero() && t.moment.At.IsZero():
		return NotYet
	case it.Verdict == nil || it.Verdict.Time.IsZero():
		return No
	}
	at := t.moment.Before(it.Newest)
	return answer(since && !it.Verdict.Time.Before(at) || !since && !it.Verdict.Time.After(at))
}
