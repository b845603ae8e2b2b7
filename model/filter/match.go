package filter

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/find"
)

// Answer says whether an Item passes.
type Answer uint8

// The answers.
const (
	NotYet Answer = iota
	No
	Yes
)

// Needs is what of an Item a filter asks for beside its key, type and revision.
type Needs uint8

// The needs, one bit each.
const (
	NeedsWriter Needs = 1 << iota // Item.Verdict, for who and, unless Since and Until are revisions, for when
	NeedsChange                   // Item.Change
	NeedsNewest                   // Item.Newest: a duration, or a time of day
	NeedsLater                    // Item.Gone, which later changes alter
)

// Item is what a filter is asked about. What is not known yet is left out.
type Item struct {
	Root    string
	Ref     *kinds.Ref // what the key says; nil: that of Change, else it is no key of a resource
	Key     []byte
	Beside  string // what else text is looked for in: the cells of a row, in a word what was written
	Type    etcdsource.Type
	Rev     int64
	Change  *change.Change       // what was written, seen as it is shown; nil: not known yet
	Verdict *attribution.Verdict // who wrote it, and when; nil: not known yet
	View    decode.View          // as which Change is shown
	// Described is what Describes has said of the change, where Change is left out for it; NotYet: nothing.
	Described Answer
	// Judged says that Verdict, where it is nil, will not be known.
	Judged bool
	// Gone reports whether no later change of the key is known and the key is not there again; it is asked for deletions only.
	// nil: each deletion is the last one.
	Gone func() bool
	// Newest is when the newest revision was made, which durations and times of day count from.
	Newest time.Time
}

// String returns the filter as it was typed.
func (f *Filter) String() string {
	if f == nil {
		return ""
	}
	return f.text
}

// Empty reports whether everything passes.
func (f *Filter) Empty() bool { return f == nil || len(f.terms) == 0 && f.query.Empty() }

// Has reports whether a word is in the filter.
func (f *Filter) Has(word string) bool {
	return f != nil && slices.ContainsFunc(f.terms, func(t term) bool { return t.word == word })
}

// AsksNoise reports whether the filter asks for noise: is:noise is in it, without "!".
func (f *Filter) AsksNoise() bool {
	return f != nil && slices.ContainsFunc(f.terms, func(t term) bool { return t.word == "is" && !t.not && slices.Contains(t.values, isNoise) })
}

// Types reports whether changes of a type pass what the filter says of types.
func (f *Filter) Types(typ etcdsource.Type) bool {
	if f != nil {
		for i := range f.terms {
			if t := &f.terms[i]; t.word == "type" && t.signed(&Item{Type: typ}) != Yes {
				return false
			}
		}
	}
	return true
}

// OnlyGone reports whether nothing but deletions can pass, by what the filter says of types and is:gone.
func (f *Filter) OnlyGone() bool {
	if f == nil || !f.Types(etcdsource.Deleted) {
		return false
	}
	gone := slices.ContainsFunc(f.terms, func(t term) bool { return t.word == "is" && !t.not && slices.Equal(t.values, []string{isGone}) })
	return gone || f.Has("type") && !f.Types(etcdsource.Updated) && !f.Types(etcdsource.Created)
}

// Foreign returns the first word of the filter that is none of those that mean something in a place, "" for none.
func (f *Filter) Foreign(known ...string) string {
	if f != nil {
		for i := range f.terms {
			if !slices.Contains(known, f.terms[i].word) {
				return f.terms[i].word
			}
		}
	}
	return ""
}

// OnlyNamespace returns the one namespace that the filter lets through, where it says nothing else; "" where it does.
func (f *Filter) OnlyNamespace() string {
	if f == nil || len(f.terms) != 1 || !f.query.Empty() {
		return ""
	}
	if t := &f.terms[0]; t.word == "ns" && !t.not && len(t.values) == 1 && !strings.ContainsAny(t.values[0], `*?[\`) {
		return t.values[0]
	}
	return ""
}

// Needs returns what must be known of an Item.
func (f *Filter) Needs() (n Needs) {
	if f == nil {
		return 0
	}
	for i := range f.terms {
		t := &f.terms[i]
		if t.needsChange() {
			n |= NeedsChange
		}
		switch t.word {
		case "by":
			n |= NeedsWriter
		case "is":
			switch t.values[0] {
			case isOutOfBand:
				n |= NeedsWriter
			case isGone:
				n |= NeedsLater
			}
		case "since", "until":
			if t.rev == 0 {
				n |= NeedsWriter
				if t.moment.At.IsZero() {
					n |= NeedsNewest
				}
			}
		}
	}
	return n
}

// Match says whether an item passes. Terms that need less are asked first, so that NotYet is said only where it matters.
func (f *Filter) Match(it *Item) Answer {
	if f == nil {
		return Yes
	}
	if !f.Text(it) {
		return No
	}
	out := Yes
	for i := range f.terms {
		t := &f.terms[i]
		if it.Change == nil && it.Described != NotYet && t.needsChange() {
			if it.Described == No {
				return No
			}
			continue
		}
		switch t.signed(it) {
		case No:
			return No
		case NotYet:
			out = NotYet
		}
	}
	return out
}

// Untested reports whether the filter asks for fields of an item of whose value nothing could be read, and everything else in the
// filter lets it pass.
func (f *Filter) Untested(it *Item) bool {
	if !f.Has("field") || it.Change == nil || !it.Change.Unread() || !f.Text(it) {
		return false
	}
	for i := range f.terms {
		if t := &f.terms[i]; t.word != "field" && t.signed(it) == No {
			return false
		}
	}
	return true
}

// Describes says what those terms of the filter say of an item that need its Change.
func (f *Filter) Describes(it *Item) Answer {
	for i := range f.terms {
		if t := &f.terms[i]; t.needsChange() && t.signed(it) != Yes {
			return No
		}
	}
	return Yes
}

// Text says whether an item passes the terms that are text.
func (f *Filter) Text(it *Item) bool {
	return f == nil || f.query.Empty() || f.query.MeetsBeside(it.Root, it.Key, it.Beside)
}

// Query is what is looked for in a list of keys: the terms that are text, and kind: and ns:.
func (f *Filter) Query(table *kinds.Table) find.Query {
	q, name := f.query, ""
	for i := range f.terms {
		if t := &f.terms[i]; t.word == "kind" || t.word == "ns" {
			name += fmt.Sprintf("%s%v%q%v", t.word, t.not, t.values, t.names())
		}
	}
	if name == "" {
		return q
	}
	return q.And(&find.Also{Name: name, Pass: func(root string, key []byte) bool {
		it := Item{}
		if ref, ok := table.Locate(root, key); ok {
			it.Ref = &ref
		}
		return f.Place(&it)
	}})
}

// Key says whether a key passes what the filter says of keys: text, kind: and ns:.
func (f *Filter) Key(root string, key []byte, ref *kinds.Ref) bool {
	if f == nil {
		return true
	}
	it := Item{Root: root, Key: key, Ref: ref}
	if !f.query.Meets(root, key) {
		return false
	}
	return f.Place(&it)
}

// Place says whether an item passes kind: and ns:.
func (f *Filter) Place(it *Item) bool {
	for i := range f.terms {
		if t := &f.terms[i]; (t.word == "kind" || t.word == "ns") && (t.match(it) == Yes) == t.not {
			return false
		}
	}
	return true
}
