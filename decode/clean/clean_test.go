package clean

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
)

func TestLine(t *testing.T) {
	for _, c := range []struct {
		in, out string
		ok      bool
	}{
		{"", "", true},
		{"plain ASCII ~", "plain ASCII ~", true},
		{"größe 名前", "größe 名前", true},
		{"a\x1b[31mred", "a␛[31mred", false},
		{"a\u009b31mred", "a�31mred", false},
		{"a\x9b31m", "a�31m", false},
		{"over\rwrite", "over␍write", false},
		{"bell\a\x7f\x00", "bell␇␡␀", false},
		{"a\tb", "a   b", true},
		{"abc\tb", "abc b", true},
		{"pay\u202egnp.exe", "pay�gnp.exe", false},
		{"ze\u200bro", "ze�ro", false},
		{"soft\u00adhyphen", "soft�hyphen", false},
		{"bom\ufeff", "bom�", false},
		{"tag\U000e0041", "tag�", false},
		{"\xff\xc2", "��", false},
		{"line\u2028sep", "line�sep", false},
	} {
		out, w, ok := Line(c.in, 4)
		if out != c.out || ok != c.ok || w != ansi.StringWidth(c.out) {
			t.Errorf("Line(%q) = %q, %d, %v; want %q, %v", c.in, out, w, ok, c.out, c.ok)
		}
	}
}

func TestKeyAndEscape(t *testing.T) {
	for _, c := range []struct {
		in, key, esc string
		exact        bool
	}{
		{"/registry/pods/a", "/registry/pods/a", "/registry/pods/a", false},
		{"a\xffb", `a\xffb`, `a\xffb`, true},
		{"a\\\xffb", `a\\xffb`, `a\\\xffb`, true},
		{`a\xffb`, `a\xffb`, `a\xffb`, false},
		{"a\tb\n", "a␉b␊", "a\tb\n", false},
		{"\x1b]0;x\a", "␛]0;x␇", "\x1b]0;x\a", false},
	} {
		if got := Key([]byte(c.in)); got != c.key {
			t.Errorf("Key(%q) = %q, want %q", c.in, got, c.key)
		}
		if got, exact := Escape([]byte(c.in)); got != c.esc || exact != c.exact {
			t.Errorf("Escape(%q) = %q, %v; want %q, %v", c.in, got, exact, c.esc, c.exact)
		}
	}
}

func TestTextAndError(t *testing.T) {
	if got := Text("a\x1b\nb\r\n\nc"); got != "a␛\nb␍\n\nc" {
		t.Errorf("Text = %q", got)
	}
	if got := Error(errors.New("dial\n\x1b[2J: no\n")); got != "dial; ␛[2J: no" {
		t.Errorf("Error = %q", got)
	}
	if Error(nil) != "" {
		t.Error("Error(nil) is not empty")
	}
}

func TestCutters(t *testing.T) {
	for _, c := range []struct {
		in          string
		w           int
		middle, end string
	}{
		{"abcdefgh", 8, "abcdefgh", "abcdefgh"},
		{"abcdefgh", 5, "ab…gh", "abcd…"},
		{"abcdefgh", 1, "…", "…"},
		{"abcdefgh", 0, "", ""},
		{"名前名前名前", 5, "名…前", "名前…"},
	} {
		if got := Middle(c.in, c.w); got != c.middle {
			t.Errorf("Middle(%q, %d) = %q, want %q", c.in, c.w, got, c.middle)
		}
		if got := End(c.in, c.w); got != c.end {
			t.Errorf("End(%q, %d) = %q, want %q", c.in, c.w, got, c.end)
		}
	}
}

func FuzzLine(f *testing.F) {
	x := fuzztest.New(f)
	for _, s := range []string{
		"plain", "a\tb", "\x1b[31m", "\u009d52;c;aGk=\a", "\xff\xc2", "e\u0301" + strings.Repeat("\u0301", 40), "👩‍👩‍👧", "❤️", "नि", "क्षि",
		"\u202e\u2066", "a\u0903", "\u1100\u1161\u11a8", "🇩🇪🇫", "\U000e0041", "\u3164", "\ufdfd", "ก\u0e33", "x\u200dy", "0\u20e3", "\x1b]0;title",
	} {
		x.Add(s)
	}
	x.Fuzz(func(t *testing.T, s string) {
		out, w, _ := Line(s, 4)
		safe(t, s, out)
		if a, b := ansi.StringWidth(out), ansi.StringWidthWc(out); a != w || b != w {
			t.Fatalf("Line(%q) = %q: width %d, measured %d and %d", s, out, w, a, b)
		}
		safe(t, s, Key([]byte(s)))
		for _, n := range []int{0, 1, 2, 7} {
			if m := Middle(out, n); ansi.StringWidth(m) > n {
				t.Fatalf("Middle(%q, %d) = %q is too wide", out, n, m)
			}
			if e := End(out, n); ansi.StringWidth(e) > n {
				t.Fatalf("End(%q, %d) = %q is too wide", out, n, e)
			}
		}
		for _, l := range strings.Split(Text(s), "\n") {
			safe(t, s, l)
		}
	})
}

func safe(t *testing.T, in, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Fatalf("%q became %q: no UTF-8", in, out)
	}
	for _, r := range out {
		if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
			t.Fatalf("%q became %q: %U", in, out, r)
		}
	}
}

func BenchmarkLine(b *testing.B) {
	for name, s := range map[string]string{"ascii": strings.Repeat("image: nginx ", 4), "mixed": "größe 名前 \x1b[31m and more plain text"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Line(s, 4)
			}
		})
	}
}
