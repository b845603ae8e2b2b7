package etcdsource

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPrefixSpans(t *testing.T) {
	for _, c := range []struct{ prefix, from, to string }{
		{"", "\x00", "\x00"},
		{"/a/", "/a/", "/a0"},
		{"a\xff", "a\xff", "b"},
		{"\xff", "\xff", "\x00"},
		{"\xff\xff", "\xff\xff", "\x00"},
		{"\x00", "\x00", "\x01"},
	} {
		s := Prefix(c.prefix)
		if string(s.From) != c.from || string(s.To) != c.to || s.Single() {
			t.Errorf("%q: %q to %q", c.prefix, s.From, s.To)
		}
	}
}

// TestSpansContain compares with the words that define them.
func TestSpansContain(t *testing.T) {
	key := rapid.StringOfN(rapid.SampledFrom([]rune{'\x00', '/', 'a', 'b', 'ÿ'}), 1, 5, -1)
	rapid.Check(t, func(t *rapid.T) {
		k, p, q := key.Draw(t, "key"), key.Draw(t, "p"), key.Draw(t, "q")
		for _, c := range []struct {
			name string
			span Span
			want bool
		}{
			{"prefix", Prefix(p), strings.HasPrefix(k, p)},
			{"everything", Prefix(""), true},
			{"one key", Key([]byte(p)), k == p},
			{"range", Span{From: []byte(p), To: []byte(q)}, (k >= p && (k < q || q == "\x00"))},
			{"after", Prefix("").After([]byte(p)), k > p},
			{"prefix after", Prefix(p).After([]byte(p + q)), k > p+q && strings.HasPrefix(k, p)},
		} {
			if got := c.span.Contains([]byte(k)); got != c.want {
				t.Fatalf("%s: %q in %q to %q: %v", c.name, k, c.span.From, c.span.To, got)
			}
		}
	})
}

func TestAfterLeavesTheKeyAlone(t *testing.T) {
	k := append(make([]byte, 0, 8), "abc"...)
	s := Prefix("a").After(k)
	if string(s.From) != "abc\x00" || !bytes.Equal(k[:4:4][:3], []byte("abc")) || k[:4][3] != 0 {
		t.Errorf("%q", s.From)
	}
	s.From[0] = 'x'
	if string(k) != "abc" {
		t.Error("the span shares the key's bytes")
	}
}

func TestWindowsJoin(t *testing.T) {
	a, b := Window{3, 5, "x"}, Window{9, 9, "y"}
	for _, c := range []struct{ a, b, want Window }{
		{a, Window{}, a}, {Window{}, a, a}, {a, b, Window{3, 9, "y"}}, {b, a, Window{3, 9, "x"}}, {Window{}, Window{}, Window{}},
		{Window{From: 7, To: 6}, a, a},
	} {
		if got := c.a.Join(c.b); got != c.want {
			t.Errorf("%+v with %+v: %+v, want %+v", c.a, c.b, got, c.want)
		}
	}
}

// bare is a source without abilities.
type bare struct{ Source }

// walker has versions.
type walker struct{ bare }

func (walker) Versions(context.Context, []byte, int64, int) ([]Event, Edge, error) {
	return nil, Edge{}, nil
}

// wrapper wraps another source and lacks what it is given.
type wrapper struct {
	bare
	inner Source
	lacks string
}

func (w wrapper) Unwrap() Source { return w.inner }

func (w wrapper) Lacks(ability any) string {
	if _, ok := ability.(*Versions); ok {
		return w.lacks
	}
	return ""
}

func TestAsLooksThroughWrappersAndSaysWhy(t *testing.T) {
	for _, c := range []struct {
		name string
		src  Source
		want string // "" for an ability
	}{
		{"has it", walker{}, ""},
		{"wrapped twice", wrapper{inner: wrapper{inner: walker{}}}, ""},
		{"has it not", bare{}, "cannot read the history of one key: this kind of source has no such thing"},
		{"wrapped, has it not", wrapper{inner: bare{}}, "cannot read the history of one key: this kind of source has no such thing"},
		{"wrapper says no", wrapper{inner: walker{}, lacks: "kine keeps none"}, "cannot read the history of one key: kine keeps none"},
		{"inner says no", wrapper{inner: wrapper{inner: walker{}, lacks: "no root"}}, "cannot read the history of one key: no root"},
		{"no source", nil, "cannot read the history of one key: this kind of source has no such thing"},
	} {
		v, err := As[Versions](c.src)
		var missing *UnsupportedError
		if c.want == "" && (err != nil || v == nil) || c.want != "" && (!errors.As(err, &missing) || err.Error() != c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for ability, f := range map[string]func() error{
		"cannot save a snapshot":      func() error { _, err := As[Saver](bare{}); return err },
		"cannot step through a story": func() error { _, err := As[Stepper](bare{}); return err },
		"cannot list requests":        func() error { _, err := As[Requester](bare{}); return err },
		"cannot do that":              func() error { _, err := As[error](bare{}); return err },
	} {
		if err := f(); err == nil || !strings.HasPrefix(err.Error(), ability) {
			t.Errorf("%v, want %s", err, ability)
		}
	}
}

func TestErrorsSayWhatPeopleNeed(t *testing.T) {
	cause := errors.New("cause")
	for want, err := range map[string]error{
		"revision 3 was compacted; the oldest that can be read is 9": &CompactedError{3, 9},
		"revision 3 was compacted":                                   &CompactedError{Revision: 3},
		"revision 30 has not been written yet; the newest is 9":      &FutureError{30, 9},
		"revision 30 has not been written yet":                       &FutureError{Revision: 30},
		"open x: it is text; try y":                                  &Problem{Tried: "open x", Why: "it is text", Do: "try y"},
		"open x":                                                     &Problem{Tried: "open x", Err: cause},
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	}
	if !errors.Is(&Problem{Err: cause}, cause) {
		t.Error("a problem hides its cause")
	}
	for want, s := range map[string]interface{ String() string }{
		"created": Created, "updated": Updated, "deleted": Deleted, "unknown": Type(9), "connecting": Connecting, "live": Live, "retrying": Retrying, "stale": Stale, "ended": Ended,
	} {
		if s.String() != want {
			t.Errorf("%q, want %q", s, want)
		}
	}
}
