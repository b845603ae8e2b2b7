package theme

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Glyphs are the shapes of a screen. Each is one column wide, except NotBefore and NotAfter.
type Glyphs struct {
	Pointer, Open, Closed   string
	Dot, Ring, Half         string
	Good, Bad, Warn         string
	Likely                  string // of a grade, below Good
	Diamond, Square, Pause  string
	Arrow, BackArrow        string // the heads of lines
	NotBefore, NotAfter     string // before a time that is a lower or an upper bound; both of one width
	Dotted                  string // a horizontal line that is not there
	Horizontal, Vertical    string
	TopLeft, TopRight       string
	BottomLeft, BottomRight string
	Thumb                   string
	joints                  [16]string // by arms: up 1, down 2, left 4, right 8
	Bars                    []string   // from the lowest to the full one, the blank left out
	Eighths                 []string   // from one eighth to the full block
	Empty                   string     // of a gauge
	Hatch                   string     // where there is nothing on this side, or no longer
	fit                     func(string) string
	key                     func(string) string
}

// Bound is the sign before a time that is only a bound, "" before others.
func (g *Glyphs) Bound(notBefore, notAfter bool) string {
	switch {
	case notBefore:
		return g.NotBefore
	case notAfter:
		return g.NotAfter
	}
	return ""
}

// Fit replaces what the set has no shape for in a painted screen, column by column; stored text may hold anything.
func (g *Glyphs) Fit(frame string) string {
	if g.fit == nil {
		return frame
	}
	return g.fit(frame)
}

// Key writes the names of keys in a text as the set can: "↵" or "enter".
func (g *Glyphs) Key(s string) string {
	if g.key == nil {
		return s
	}
	return g.key(s)
}

// keyWords spells the keys out whose signs most fonts of consoles lack.
var keyWords = strings.NewReplacer("↵", "enter", "→", "right", "←", "left", "↑", "up", "↓", "down").Replace

// consoleFit replaces what is ours and not in code page 437; other scripts are left to the console's font.
var consoleFit = strings.NewReplacer("→", "►", "←", "◄", "…", "»", "⋯", "»", "×", "x", "●", "■", "○", "°", "❯", ">", "▸", "►", "▾", "▼", "−", "-", "✓", "√", "✗", "x", "◆", "◄").Replace

var asciiSigns = map[rune]byte{
	'→': ']', '←': '<', '↑': '^', '↓': 'v', '…': '$', '⋯': '$', '×': 'x', '−': '-', '–': '-', '—': '-', '·': '.', '±': '&',
	'●': '*', '○': 'o', '❯': '>', '▸': ')', '▾': 'v', '✓': '=', '✗': 'x', '◆': '@', '▲': '!', '─': '-', '│': '|', '•': '*', '≥': '}',
}

// asciiPairs are the signs that take the blank before them, where there is one: a column of their own would move what follows.
var asciiPairs = map[rune]string{'→': "->", '≥': ">=", '±': "+-"}

// asciiFit leaves ASCII only; what has no likeness becomes a question mark in each of its columns.
func asciiFit(frame string) string {
	at := strings.IndexFunc(frame, func(r rune) bool { return r >= utf8.RuneSelf })
	if at < 0 {
		return frame
	}
	b := append(make([]byte, 0, len(frame)), frame[:at]...)
	for rest := frame[at:]; rest != ""; {
		if rest[0] < utf8.RuneSelf {
			b, rest = append(b, rest[0]), rest[1:]
			continue
		}
		c, w := ansi.FirstGraphemeCluster(rest, ansi.GraphemeWidth)
		r, n := utf8.DecodeRuneInString(c)
		if pair, blank := asciiPairs[r], blankBefore(b); pair != "" && blank >= 0 && n == len(c) {
			b[blank] = pair[0]
			b = append(b, pair[1])
		} else if sign, ok := asciiSigns[r]; ok && n == len(c) {
			b = append(b, sign)
		} else {
			b = append(b, strings.Repeat("?", w)...)
		}
		rest = rest[len(c):]
	}
	return string(b)
}

// blankBefore is where the blank is that ends b, whatever colours follow it, or −1.
func blankBefore(b []byte) int {
	for len(b) > 0 && b[len(b)-1] == 'm' {
		esc := bytes.LastIndexByte(b, '\x1b')
		if esc < 0 || esc+1 == len(b)-1 || b[esc+1] != '[' || len(bytes.Trim(b[esc+2:len(b)-1], "0123456789;:")) > 0 {
			return -1
		}
		b = b[:esc]
	}
	if len(b) == 0 || b[len(b)-1] != ' ' {
		return -1
	}
	return len(b) - 1
}

// Joint returns the line with these arms.
func (g *Glyphs) Joint(up, down, left, right bool) string {
	i := 0
	for bit, on := range []bool{up, down, left, right} {
		if on {
			i |= 1 << bit
		}
	}
	return g.joints[i]
}

// joints returns a table in the order of arms; the corners are square.
func joints(h, v, dr, dl, ur, ul, vr, vl, hd, hu, x string) [16]string {
	return [16]string{" ", v, v, v, h, ul, dl, vl, h, ur, dr, vr, h, hu, hd, x}
}

// Unicode is the full set.
var Unicode = Glyphs{
	Pointer: "❯", Open: "▾", Closed: "▸", Dot: "●", Ring: "○", Half: "◐", Good: "✓", Likely: "~", Bad: "✗", Warn: "▲",
	Diamond: "◆", Square: "■", Pause: "‖", Arrow: "→", BackArrow: "←", NotBefore: "≥", NotAfter: "≤", Dotted: "┄", Horizontal: "─", Vertical: "│",
	TopLeft: "╭", TopRight: "╮", BottomLeft: "╰", BottomRight: "╯", Thumb: "┃",
	joints:  joints("─", "│", "┌", "┐", "└", "┘", "├", "┤", "┬", "┴", "┼"),
	Bars:    []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
	Eighths: []string{"▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"},
	Empty:   "░", Hatch: "╱",
}

// Console is what the Linux console's own font has (code page 437).
var Console = Glyphs{
	Pointer: ">", Open: "▼", Closed: "►", Dot: "■", Ring: "°", Half: "▒", Good: "√", Likely: "~", Bad: "x", Warn: "▲",
	Diamond: "◄", Square: "■", Pause: "║", Arrow: "►", BackArrow: "◄", NotBefore: "≥", NotAfter: "≤", Dotted: "·", Horizontal: "─", Vertical: "│",
	TopLeft: "┌", TopRight: "┐", BottomLeft: "└", BottomRight: "┘", Thumb: "█",
	joints:  joints("─", "│", "┌", "┐", "└", "┘", "├", "┤", "┬", "┴", "┼"),
	Bars:    []string{"▄", "█"},
	Eighths: []string{"▌", "█"},
	Empty:   "░", Hatch: "░",
	fit: consoleFit, key: keyWords,
}

// ASCII needs no font at all.
var ASCII = Glyphs{
	Pointer: ">", Open: "v", Closed: ")", Dot: "*", Ring: "o", Half: "%", Good: "=", Likely: ":", Bad: "x", Warn: "!",
	Diamond: "@", Square: "#", Pause: "=", Arrow: ">", BackArrow: "<", NotBefore: ">=", NotAfter: "<=", Dotted: ".", Horizontal: "-", Vertical: "|",
	TopLeft: "+", TopRight: "+", BottomLeft: "+", BottomRight: "+", Thumb: "#",
	joints:  joints("-", "|", "+", "+", "+", "+", "+", "+", "+", "+", "+"),
	Bars:    []string{".", ":", "#"},
	Eighths: []string{"#"},
	Empty:   ".", Hatch: "/",
	fit: asciiFit, key: keyWords,
}
