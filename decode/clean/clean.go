package clean

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// maxCluster is the longest grapheme cluster that is drawn, in bytes.
const maxCluster = 16

// stand is drawn in place of what cannot be drawn.
const stand = "�"

// Line makes one line of untrusted text safe to draw. Whatever could move the cursor, start a control sequence, reorder
// or hide text becomes a visible stand-in; so does a cluster whose width the two width methods disagree on. A tab
// becomes blanks up to the next multiple of tab columns (8 where tab is 0). width is in columns. ok is false if
// something was replaced: offer the hex view.
func Line(s string, tab int) (out string, width int, ok bool) {
	if isPlain(s) {
		return s, len(s), true
	}
	if tab <= 0 {
		tab = 8
	}
	p := painter{tab: tab}
	p.b.Grow(len(s) + len(s)/8)
	p.all(s)
	out = p.b.String()
	if ansi.StringWidth(out) != p.width || ansi.StringWidthWc(out) != p.width {
		out, width = asciiOnly(out) // neighbours fused into one cluster
		return out, width, false
	}
	return out, p.width, !p.replaced
}

// isPlain reports whether s is printable ASCII throughout.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// painter collects safe text and its width.
type painter struct {
	b        strings.Builder
	width    int
	tab      int
	replaced bool
	hex      bool // bytes that are no UTF-8 become \xNN, and tabs are not blanks
}

func (p *painter) put(s string, w int) {
	p.b.WriteString(s)
	p.width += w
}

func (p *painter) replace(s string, w int) {
	p.put(s, w)
	p.replaced = true
}

func (p *painter) all(s string) {
	for len(s) > 0 {
		s = s[p.one(s):]
	}
}

// one writes the first character of s and returns its length in bytes.
func (p *painter) one(s string) int {
	c := s[0]
	switch {
	case c == '\t' && !p.hex:
		n := p.tab - p.width%p.tab
		p.put(strings.Repeat(" ", n), n)
	case c < 0x20:
		p.replace(string(rune('␀')+rune(c)), 1)
	case c == 0x7f:
		p.replace("␡", 1)
	case c < 0x7f && (len(s) == 1 || s[1] < 0x80):
		p.b.WriteByte(c)
		p.width++
	default:
		return p.cluster(s)
	}
	return 1
}

// cluster writes the grapheme cluster that s begins with.
func (p *painter) cluster(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n <= 1 {
		if p.hex {
			h := hexByte(s[0])
			p.replace(h, len(h))
		} else {
			p.replace(stand, 1)
		}
		return 1
	}
	if Bad(r) {
		p.replace(stand, 1)
		return n
	}
	c, w := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
	if c == "" {
		c = s[:n]
	}
	if !drawable(c, w) {
		return p.stray(c, r, n)
	}
	p.put(c, w)
	return len(c)
}

// stray replaces a cluster that cannot be drawn. An ASCII letter that only wears marks keeps its letter, and bytes
// that are no UTF-8 are left to be shown one by one.
func (p *painter) stray(c string, r rune, n int) int {
	if i := invalidAt(c); i > 0 {
		c = c[:i]
		if w := ansi.StringWidth(c); drawable(c, w) {
			p.put(c, w)
			return len(c)
		}
	}
	if r < 0x7f && r >= 0x20 {
		p.put(string(r), 1)
		if len(c) > n {
			p.replace(stand, 1)
		}
		return len(c)
	}
	p.replace(stand, 1)
	return len(c)
}

func drawable(c string, w int) bool {
	return w > 0 && len(c) <= maxCluster && w == ansi.StringWidthWc(c) && utf8.ValidString(c) && !hasBad(c)
}

// Joins reports whether the first character of s is drawn as one with a blank before it, as a combining mark is.
func Joins(s string) bool {
	if s == "" || s[0] < utf8.RuneSelf {
		return false
	}
	c, _ := ansi.FirstGraphemeCluster(" "+s[:min(len(s), maxCluster)], ansi.GraphemeWidth)
	return len(c) > 1
}

func invalidAt(s string) int {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return -1
}

func hasBad(s string) bool {
	for _, r := range s {
		if Bad(r) {
			return true
		}
	}
	return false
}

// asciiOnly replaces every character beyond ASCII.
func asciiOnly(s string) (string, int) {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if r >= 0x20 && r <= 0x7e {
			out = append(out, byte(r))
		} else {
			out = append(out, '?')
		}
	}
	return string(out), len(out)
}

// Bad reports whether a character may never be drawn: controls, format and bidirectional characters, fillers and
// selectors that have no width, private use, and what is not graphic.
func Bad(r rune) bool {
	switch {
	case r < 0x20 || r == 0x7f:
		return true
	case r < 0x7f:
		return false
	case r < 0xa0 || r == 0xad || r == 0x34f || r == 0x61c || r == 0x115f || r == 0x1160:
		return true
	case r < 0x17b4:
		return !unicode.IsGraphic(r)
	}
	return badWide(r)
}

// badWide is Bad for characters from U+17B4 on.
func badWide(r rune) bool {
	switch {
	case r <= 0x17b5 || r == 0x180e || in(r, 0x200b, 0x200f) || in(r, 0x2028, 0x202e) || in(r, 0x2060, 0x206f):
		return true
	case r == 0x3164 || in(r, 0xfe00, 0xfe0f) || r == 0xfeff || r == 0xffa0 || in(r, 0xfff9, 0xfffb):
		return true
	case in(r, 0xe000, 0xf8ff) || r >= 0xe0000:
		return true
	}
	return !unicode.IsGraphic(r)
}

func in(r, from, to rune) bool { return from <= r && r <= to }
