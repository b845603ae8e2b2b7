package theme

import (
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/text"
)

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	v, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil || len(hex) != 7 {
		t.Fatalf("%q is no colour", hex)
	}
	lin := func(c uint64) float64 {
		f := float64(c) / 255
		if f <= 0.03928 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(v>>16) + 0.7152*lin(v>>8&0xff) + 0.0722*lin(v&0xff)
}

func ratio(t *testing.T, one, other string) float64 {
	t.Helper()
	a, b := luminance(t, one), luminance(t, other)
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

// TestContrast computes the contrast of every role on its background, on the cursor line and on a match (WCAG 2.2).
func TestContrast(t *testing.T) {
	for name, p := range map[string]palette{"dark": dark, "light": light, "cvd": cvd, "contrast": contrast} {
		own, over := 5.8, 4.5
		if name == "contrast" {
			own, over = 10, 7
		}
		for r, c := range p.roles {
			if c == "" { // a match takes the colour of a warning
				continue
			}
			if got := math.Round(100*ratio(t, c, p.background)) / 100; got < own {
				t.Errorf("%s: role %d has contrast %.2f on %s", name, r, got, p.background)
			}
			if got := ratio(t, c, p.cursor); got < over {
				t.Errorf("%s: role %d has contrast %.2f on the cursor line", name, r, got)
			}
		}
		if got := ratio(t, p.roles[text.Warning], p.match); got < over {
			t.Errorf("%s: a match has contrast %.2f", name, got)
		}
	}
	vga := []string{"#000000", "#AA0000", "#00AA00", "#AA5500", "#0000AA", "#AA00AA", "#00AAAA", "#AAAAAA",
		"#555555", "#FF5555", "#55FF55", "#FFFF55", "#5555FF", "#FF55FF", "#55FFFF", "#FFFFFF"}
	for r, n := range console {
		if n < 0 { // the console's own
			n = 7
		}
		if got := ratio(t, vga[n], vga[0]); got < 5.8 {
			t.Errorf("console: role %d has contrast %.2f", r, got)
		}
	}
}

// TestMonoHasNoColour looks for anything but bold, faint, underline and reverse.
func TestMonoHasNoColour(t *testing.T) {
	th := mono()
	for r, s := range append(th.SGR[:], th.Cursor, th.Line) {
		for _, p := range strings.FieldsFunc(s, func(c rune) bool { return c < '0' || c > '9' }) {
			if !strings.Contains(" 0 1 2 4 7 ", " "+p+" ") {
				t.Errorf("role %d is drawn with %q", r, s)
			}
		}
	}
}

// TestGlyphsAreOneColumn holds the layout together.
func TestGlyphsAreOneColumn(t *testing.T) {
	for name, g := range map[string]Glyphs{"unicode": Unicode, "console": Console, "ascii": ASCII} {
		check := func(s string) {
			if ansi.StringWidth(s) != 1 || ansi.StringWidthWc(s) != 1 {
				t.Errorf("%s: %q is not one column wide", name, s)
			}
			if name == "ascii" && (len(s) != 1 || s[0] >= 0x7f) {
				t.Errorf("%q is not ASCII", s)
			}
		}
		v := reflect.ValueOf(g)
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; name == "NotBefore" || name == "NotAfter" {
				continue
			}
			switch f := v.Field(i); f.Kind() {
			case reflect.Func:
			case reflect.String:
				check(f.String())
			default:
				for j := range f.Len() {
					check(f.Index(j).String())
				}
			}
		}
		if g.Joint(true, true, true, true) == g.Vertical && name != "ascii" || g.Joint(true, true, false, false) != g.Vertical {
			t.Errorf("%s: joints are mixed up", name)
		}
	}
}

func TestLookAndChoose(t *testing.T) {
	for _, c := range []struct {
		env            []string
		refuse         bool
		theme, pointer string
	}{
		{[]string{"TERM=xterm-256color", "LANG=C.UTF-8"}, false, "dark", "❯"},
		{[]string{"TERM=xterm-256color"}, false, "dark", "❯"},
		{[]string{"TERM=xterm", "LANG=C"}, false, "dark", ">"},
		{[]string{"TERM=linux", "LANG=en_US.UTF-8"}, false, "console", ">"},
		{[]string{"TERM=xterm", "NO_COLOR=yes", "LC_ALL=de_DE.utf8"}, false, "mono", "❯"},
		{[]string{"TERM=xterm", "NO_COLOR=1", "FORCE_COLOR=1", "LC_ALL=de_DE.utf8"}, false, "dark", "❯"},
		{[]string{"TERM=dumb"}, true, "", ""},
		{nil, true, "", ""},
	} {
		look := Look(c.env, true)
		if (look.Refuse != "") != c.refuse {
			t.Errorf("%v: refused because %q", c.env, look.Refuse)
		}
		if c.refuse {
			continue
		}
		th, err := Choose(look, "", false)
		if err != nil || th.Name != c.theme || th.Glyphs.Pointer != c.pointer {
			t.Errorf("%v: theme %s with %s, want %s with %s", c.env, th.Name, th.Glyphs.Pointer, c.theme, c.pointer)
		}
	}
	if Look([]string{"TERM=xterm"}, false).Refuse == "" {
		t.Error("a pipe is taken for a terminal")
	}
	if _, err := Choose(Terminal{}, "pink", false); err == nil {
		t.Error("theme pink exists")
	}
	for _, n := range Names() {
		th, err := Named(n)
		if err != nil || n != "mono" && th.SGR[text.Error] == "" {
			t.Errorf("theme %s: %v", n, err)
		}
	}
}

// TestSignsDiffer: what stands at the begin of rows, and what was cut, are signs of their own in every set.
func TestSignsDiffer(t *testing.T) {
	t.Parallel()
	for name, g := range map[string]Glyphs{"unicode": Unicode, "console": Console, "ascii": ASCII} {
		seen := map[string]string{}
		for what, sign := range map[string]string{"cursor": g.Pointer, "closed": g.Closed, "open": g.Open, "created": "+", "deleted": "−", "updated": "~", "cut": "…", "marked": "*"} {
			sign = g.Fit(sign)
			if other, ok := seen[sign]; ok {
				t.Errorf("%s: %q is both %s and %s", name, sign, what, other)
			}
			seen[sign] = what
		}
	}
}

// TestSignsOfTexts: what is written before a time, between an old and a new value and before a margin is no other sign.
func TestSignsOfTexts(t *testing.T) {
	t.Parallel()
	for frame, want := range map[string]string{
		"replicas 3 → 5":                  "replicas 3-> 5",
		"3→5":                             "3]5",
		"│  ≥ \x1b[2mx±\x1b[m":            "| >= \x1b[2mx&\x1b[m",
		"live \x1b[2m\x1b[1m±5 MiB\x1b[m": "live+\x1b[2m\x1b[1m-5 MiB\x1b[m",
		"≥11:11:53 \x1b]8;;x m\x1b\\±1\x1b]8;;\x1b\\": "}11:11:53 \x1b]8;;x m\x1b\\&1\x1b]8;;\x1b\\",
	} {
		if got := ASCII.Fit(frame); got != want {
			t.Errorf("%q is drawn as %q, want %q", frame, got, want)
		}
	}
	rows := map[string]string{ASCII.Pointer: "cursor", "~": "updated", "+": "created", "-": "deleted", ASCII.Good: "certain", ASCII.Likely: "likely", ASCII.Closed: "closed"}
	for _, sign := range []string{"→", "≥", "±", " →", " ≥", " ±"} {
		got := ASCII.Fit(sign)
		if what, ok := rows[got]; ok {
			t.Errorf("%q is drawn as %q, which is %s", sign, got, what)
		}
		rows[got] = sign
	}
}

// TestFit keeps every column where it is, and leaves nothing that the set has no shape for.
func TestFit(t *testing.T) {
	const frame = "\x1b[1m↵ web…q9 → é 日本 👩‍👩‍👧 ●\x1b[m\n│ a−b"
	for name, g := range map[string]Glyphs{"unicode": Unicode, "console": Console, "ascii": ASCII} {
		got := g.Fit(frame)
		for i, row := range strings.Split(frame, "\n") {
			if a, b := ansi.StringWidth(strings.Split(got, "\n")[i]), ansi.StringWidth(row); a != b {
				t.Errorf("%s: row %d is %d columns wide, was %d: %q", name, i, a, b, got)
			}
		}
		if name == "ascii" && strings.IndexFunc(got, func(r rune) bool { return r > 0x7e }) >= 0 {
			t.Errorf("%q is not ASCII", got)
		}
		if name == "console" && strings.ContainsAny(got, "…→●−") {
			t.Errorf("the console has no font for %q", got)
		}
	}
	if k := ASCII.Key("↵"); k != "enter" {
		t.Errorf("the key is called %q", k)
	}
}

// TestReversedCursor: on a cursor line that is drawn in reverse a colour would be a patch, so roles have none there, and a match stays
// visible because it is not reversed.
func TestReversedCursor(t *testing.T) {
	for _, n := range Names() {
		th, err := Named(n)
		if err != nil {
			t.Fatal(err)
		}
		for r := range text.Roles {
			role := text.Role(r)
			got := th.Role(role, th.Cursor)
			switch reversed := strings.Contains(th.Cursor, "[7m"); {
			case !reversed && got != th.SGR[role]:
				t.Errorf("%s: role %d is %q on the cursor line, and %q elsewhere", n, r, got, th.SGR[role])
			case reversed && strings.Contains(th.SGR[role], "7m") && !strings.Contains(th.SGR[role], "[3") && !strings.Contains(th.SGR[role], "[9") && got != "\x1b[27m":
				t.Errorf("%s: role %d cannot be told apart on the cursor line: %q", n, r, got)
			case reversed && got != "" && got != "\x1b[27m":
				t.Errorf("%s: role %d is a patch on the cursor line: %q", n, r, got)
			}
			if th.Role(role, "") != th.SGR[role] {
				t.Errorf("%s: role %d is not itself beside the cursor line", n, r)
			}
		}
	}
}
