package clean

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

const digits = "0123456789abcdef"

func hexByte(c byte) string { return string([]byte{'\\', 'x', digits[c>>4], digits[c&15]}) }

// Key makes a key or a name safe for the screen and for text output, on one line: bytes that are no UTF-8 show as \xNN,
// and tabs and line feeds as pictures. Different keys may look alike; Escape keeps them apart.
func Key(k []byte) string {
	s := string(k)
	if isPlain(s) {
		return s
	}
	p := painter{tab: 1, hex: true}
	p.all(s)
	out := p.b.String()
	if ansi.StringWidth(out) != p.width || ansi.StringWidthWc(out) != p.width {
		out, _ = asciiOnly(out)
	}
	return out
}

// Escape returns the key as JSON output names it: valid UTF-8 as it is; otherwise with \xNN in place of each byte that
// is no UTF-8 and each backslash doubled, and true: the exact form is needed beside it. The result is not safe to draw.
func Escape(k []byte) (string, bool) {
	if utf8.Valid(k) {
		return string(k), false
	}
	var b strings.Builder
	for len(k) > 0 {
		r, n := utf8.DecodeRune(k)
		switch {
		case r == utf8.RuneError && n <= 1:
			b.WriteString(hexByte(k[0]))
			n = 1
		case r == '\\':
			b.WriteString(`\\`)
		default:
			b.Write(k[:n])
		}
		k = k[n:]
	}
	return b.String(), true
}

// Text makes text of many lines safe. Line feeds are kept, tabs become blanks.
func Text(s string) string {
	if !strings.Contains(s, "\n") {
		out, _, _ := Line(s, 8)
		return out
	}
	var b strings.Builder
	b.Grow(len(s))
	for len(s) > 0 {
		line, rest, more := strings.Cut(s, "\n")
		out, _, _ := Line(line, 8)
		b.WriteString(out)
		if more {
			b.WriteByte('\n')
		}
		s = rest
	}
	return b.String()
}

// Error returns an error's text as one safe line, "" for nil. Errors can quote what is stored.
func Error(err error) string {
	if err == nil {
		return ""
	}
	out, _, _ := Line(strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; "), 1)
	return out
}

// End cuts safe text at its end so that it takes at most w columns; the last of them is … where something was cut.
func End(s string, w int) string {
	if fits(s, w) {
		return s
	}
	if w <= 0 {
		return ""
	}
	head, _ := prefix(s, w-1)
	return head + "…"
}

// Middle cuts safe text in its middle so that it takes at most w columns, with … where something was cut. The end,
// which distinguishes names, keeps the larger half.
func Middle(s string, w int) string {
	if fits(s, w) {
		return s
	}
	if w <= 1 {
		return End(s, w)
	}
	head, hw := prefix(s, (w-1)/2)
	left := w - 1 - hw
	tail, tw := s, ansi.StringWidth(s)
	for tw > left {
		c, cw := ansi.FirstGraphemeCluster(tail, ansi.GraphemeWidth)
		if c == "" {
			return End(s, w)
		}
		tail, tw = tail[len(c):], tw-cw
	}
	return head + "…" + tail
}

func fits(s string, w int) bool { return len(s) <= w || !isPlain(s) && ansi.StringWidth(s) <= w }

// prefix returns the longest beginning of s that takes at most w columns, and how many it takes.
func prefix(s string, w int) (string, int) {
	n, used := 0, 0
	for n < len(s) {
		if isPlain(s[n:min(n+2, len(s))]) { // nothing joins two of these
			if used == w {
				break
			}
			n, used = n+1, used+1
			continue
		}
		c, cw := ansi.FirstGraphemeCluster(s[n:], ansi.GraphemeWidth)
		if c == "" || used+cw > w {
			break
		}
		n, used = n+len(c), used+cw
	}
	return s[:n], used
}
