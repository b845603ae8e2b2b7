package clean

import (
	"bytes"
	"encoding/json"
	"testing"
	"testing/quick"
	"unicode/utf8"
)

// TestUnescape: each key that Escape had to write otherwise is read back; what no escape can be is left as it is.
func TestUnescape(t *testing.T) {
	t.Parallel()
	back := func(k []byte) bool {
		s, odd := Escape(k)
		got, changed := Unescape([]byte(s))
		return !odd || changed && bytes.Equal(got, k)
	}
	if err := quick.Check(back, nil); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		in, out string
		changed bool
	}{
		{`a\xffb`, "a\xffb", true},
		{`\x00\X`, "\x00\\X", true},
		{`a\\\x1bb`, "a\\\x1bb", true},
		{`a\b`, `a\b`, false},
		{`a\xf`, `a\xf`, false}, // too short
		{`a\xzz`, `a\xzz`, false},
		{`a\x f`, `a\x f`, false},
		{`a\x+f`, `a\x+f`, false},
		{"", "", false},
	} {
		if got, changed := Unescape([]byte(c.in)); string(got) != c.out || changed != c.changed {
			t.Errorf("%q is %q, %v; want %q, %v", c.in, got, changed, c.out, c.changed)
		}
	}
}

// TestJSON: a document keeps its meaning, is UTF-8, and holds no character that a terminal may not be given.
func TestJSON(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "plain", "größe 名前 😀", "a\u009b31m", "del\u007f", "pay\u202egnp", "tag\U000e0041", "bom\ufeff", "line\u2028", "\x1b[2J"} {
		doc, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		got := JSON(doc)
		var back string
		if err := json.Unmarshal(got, &back); err != nil || back != s {
			t.Errorf("%q is %s, which is %q, %v", s, got, back, err)
		}
		for _, r := range string(got) {
			if Bad(r) {
				t.Errorf("%q: %s holds %U", s, got, r)
			}
		}
	}
	if got := JSON([]byte("\"a\xffb\"")); string(got) != `"a\ufffdb"` || !utf8.Valid(got) {
		t.Errorf("a byte that is no UTF-8 is %s", got)
	}
	plain := []byte(`{"a":1}`)
	if got := JSON(plain); &got[0] != &plain[0] {
		t.Error("a plain document is copied")
	}
}
