package compare

import "github.com/etcdscope/etcdscope/model/filter"

// NeedsPast returns the word of a filter that asks who wrote a difference, when, or whether it was deleted for good: what only the past of
// the newer side says. It is "" where the filter asks for the two states alone.
func NeedsPast(f *filter.Filter) string {
	for _, word := range []string{"by", "since", "until", "is"} {
		if f.Has(word) && (word != "is" || f.Needs()&(filter.NeedsWriter|filter.NeedsLater) != 0) {
			return word
		}
	}
	return ""
}

// WhyNoPast says why such a word cannot be answered; of names the newer side, safe text.
func WhyNoPast(word, of string) string {
	return word + ": asks for the write behind a difference, and the past of " + of + " is not read here"
}
