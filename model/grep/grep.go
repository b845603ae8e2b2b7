// Package grep searches in the values of a store, and in those that it had.
//
//	changes ─► sweep ─┬─► decrypt ─► Pattern.May ─► decode ─► lines of its fields ─┐
//	                  └─► …        (raw bytes)     (candidates only)               ├─► Match, in order
//	                                                                    Tally ◄────┘
//
// What always holds:
//   - What is found is what the View shows: the value of a Secret that is masked is never searched.
//   - A value is decoded only if its stored bytes may hold what is searched for; the result is as if all were decoded.
//   - In a history a line is found where it was written first, not again in each version that still has it.
package grep

import (
	"bytes"
	"cmp"
	"context"
	"hash/maphash"
	"io"
	"unicode/utf8"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/sweep"
)

// Match is a line in which the pattern was found.
type Match struct {
	Key      []byte // untrusted
	Revision int64
	Path     string // of the field, "" where the value has no fields; untrusted
	Field    string // the name of the field, or of the list that it is in, "" where Line begins with it; untrusted
	Line     string // the line that matches, cut around the match; untrusted
	From, To int    // the match, in Line
	Cut      bool   // there is more of the line before or behind
}

// Tally counts the values that were looked at, and what was not searched in them.
type Tally struct {
	Bytes      int64 // that were read
	Values     int64 // that were searched
	Decoded    int64 // of these, that were candidates
	Encrypted  int64 // values without the key to decrypt them
	Masked     int64 // Secrets, of which only the metadata was searched
	Compressed int64 // fields that are compressed, such as the releases of Helm
	Binary     int64 // fields that hold base64 of what is no text
}

// Add adds what another search has counted.
func (t *Tally) Add(o Tally) {
	t.Bytes += o.Bytes
	t.Values += o.Values
	t.Decoded += o.Decoded
	t.Encrypted += o.Encrypted
	t.Masked += o.Masked
	t.Compressed += o.Compressed
	t.Binary += o.Binary
}

// Search is one search. Wanted, where it is not nil, picks keys; it is called by several goroutines.
type Search struct {
	Source  etcdsource.Source
	Decoder *decode.Decoder
	View    decode.View
	Pattern *Pattern
	Wanted  func(key []byte) bool
	// Progress, where it is not nil, is called every now and then with what was looked at so far, from the goroutine of the
	// caller. Its error ends the search.
	Progress func(Tally) error
}

// found is what one batch holds.
type found struct {
	matches []Match
	keys    []version // of the events that were looked at, in their order; of a history only
	tally   Tally
}

// version is one change, and how many of the matches of its batch are its own.
type version struct {
	key     []byte
	matches int
}

// Now searches in the values of a span as they are at a revision, 0: now, and calls f for each match, in the order of keys.
// The first error of f ends the search.
func (s *Search) Now(ctx context.Context, span etcdsource.Span, rev int64, f func(*Match) error) (t Tally, err error) {
	err = etcdsource.BorrowPages(ctx, s.Source, span, rev, func(l *etcdsource.LentPages) error {
		t, err = s.pages(ctx, l, f)
		return err
	})
	return t, err
}

// pages searches in what is lent: of it only texts of their own are kept.
func (s *Search) pages(ctx context.Context, l *etcdsource.LentPages, f func(*Match) error) (t Tally, err error) {
	work := func(p etcdsource.Page) (out found, err error) {
		err = l.Guard(func() error {
			for i := range p.Entries {
				e := &p.Entries[i]
				s.value(ctx, e.Key, e.Value, e.Mod, &out)
			}
			return nil
		})
		return out, cmp.Or(err, ctx.Err())
	}
	err = sweep.Run(ctx, l.Next, work, func(out found) error {
		t.Add(out.tally)
		for i := range out.matches {
			if err := f(&out.matches[i]); err != nil {
				return err
			}
		}
		return s.progress(t)
	})
	return t, err
}

// History searches in all versions of a span that a source retains, up to a revision, and calls f for each line that the
// version before did not have, in the order of revisions. gap, where it is not nil, is called with what is lost.
func (s *Search) History(ctx context.Context, span etcdsource.Span, upTo int64, gap func(etcdsource.Window) error, f func(*Match) error) (t Tally, err error) {
	err = etcdsource.Borrow(ctx, s.Source, span, 1, func(l *etcdsource.Loan) error {
		t, err = s.history(ctx, l, upTo, gap, f)
		return err
	})
	return t, err
}

// history searches in what is lent: of it only texts of their own are kept.
func (s *Search) history(ctx context.Context, l *etcdsource.Loan, upTo int64, gap func(etcdsource.Window) error, f func(*Match) error) (t Tally, err error) {
	reached := false
	next := func(ctx context.Context) (etcdsource.Batch, error) {
		if reached {
			return etcdsource.Batch{}, io.EOF
		}
		b, err := l.Next(ctx)
		reached = err == nil && b.Revision >= upTo
		return b, err
	}
	type batch struct {
		found
		lost etcdsource.Window
	}
	work := func(b etcdsource.Batch) (out batch, err error) {
		out.lost = b.Lost
		err = l.Guard(func() error { s.events(ctx, b.Events, &out.found); return nil })
		return out, cmp.Or(err, ctx.Err())
	}
	had := lines{}
	err = sweep.Run(ctx, next, work, func(out batch) error {
		t.Add(out.tally)
		if !out.lost.Empty() && gap != nil {
			if err := gap(out.lost); err != nil {
				return err
			}
		}
		at := 0
		for _, v := range out.keys {
			if err := had.version(string(v.key), out.matches[at:at+v.matches], f); err != nil {
				return err
			}
			at += v.matches
		}
		return s.progress(t)
	})
	return t, err
}

// events searches in the versions of a batch.
func (s *Search) events(ctx context.Context, list []etcdsource.Event, out *found) {
	for i := range list {
		e, before := &list[i], len(out.matches)
		if s.Wanted == nil || s.Wanted(e.Key) {
			s.value(ctx, e.Key, e.Value, e.Mod, out)
			out.keys = append(out.keys, version{e.Key, len(out.matches) - before})
		}
	}
}

func (s *Search) progress(t Tally) error {
	if s.Progress == nil {
		return nil
	}
	return s.Progress(t)
}

// lines are the matches that the newest version of each key had, as far as it had any: the hashes of path and line.
type lines map[string]map[uint64]bool

var seed = maphash.MakeSeed()

// version calls f for the matches of a version that the one before did not have.
func (l lines) version(key string, matches []Match, f func(*Match) error) error {
	if len(matches) == 0 {
		delete(l, key)
		return nil
	}
	before, now := l[key], make(map[uint64]bool, len(matches))
	l[key] = now
	for i := range matches {
		m := &matches[i]
		line := maphash.String(seed, m.Path+"\x00"+m.Line)
		now[line] = true
		if before[line] {
			continue
		}
		if err := f(m); err != nil {
			return err
		}
	}
	return nil
}

// value searches in one value.
func (s *Search) value(ctx context.Context, key, value []byte, mod int64, out *found) {
	if len(value) == 0 || s.Wanted != nil && !s.Wanted(key) || ctx.Err() != nil {
		return
	}
	out.tally.Bytes += int64(len(value))
	plain, _, err := s.Decoder.Plain(key, value)
	if err != nil {
		out.tally.Encrypted++
		return
	}
	out.tally.Values++
	if !s.Pattern.May(plain) && !s.hasBase64(plain) {
		s.unsearched(key, plain, out)
		return
	}
	out.tally.Decoded++
	o := s.Decoder.Object(key, value, mod)
	s.masked(o.Secret, out)
	m := matcher{s: s, object: o, plain: plain, out: out}
	if o.IsTree(s.View) {
		s.Decoder.EachLeaf(o, s.View, m.leaf)
	} else if (!o.Secret || s.View.Reveal) && utf8.Valid(plain) {
		m.lines("", string(plain))
	}
}

// hasBase64 reports whether a value in JSON holds fields that are searched as what their base64 says.
func (s *Search) hasBase64(plain []byte) bool {
	return isJSON(plain) && (s.View.Reveal && quotedSecret.in(plain) || quotedBinary.in(plain))
}

var quotedSecret, quotedBinary = newFinder(`"Secret"`, false), newFinder(`"binaryData"`, false)

// unsearched counts what lies in a value that was not decoded and that no search of its bytes can find.
func (s *Search) unsearched(key, plain []byte, out *found) {
	secret := bytes.Contains(key, []byte("/secrets/"))
	s.masked(secret, out)
	if (secret && s.View.Reveal || bytes.Contains(key, []byte("/configmaps/"))) && isPacked(plain) {
		out.tally.Compressed++
	}
}

func (s *Search) masked(secret bool, out *found) {
	if secret && !s.View.Reveal {
		out.tally.Masked++
	}
}
