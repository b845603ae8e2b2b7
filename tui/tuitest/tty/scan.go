package tty

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Report is what a stream of bytes did to its terminal.
type Report struct {
	Modes map[string]bool // each mode that was named, "?1049": on or off at the end
	Kinds map[string]int  // sequences by kind: "CSI ?h", "OSC 2", "ESC 7"
	Runes map[rune]int    // characters outside of ASCII
	Text  string          // what was written besides sequences
	Kitty int             // keyboard modes pushed and not popped
	Keys  string          // what modifyOtherKeys was last set to, "" for the terminal's own
	Style string          // the last SGR parameters, "" for none
	// Styles counts the SGR parameters that were sent.
	Styles map[string]int
}

// Scan reads a stream of bytes.
func Scan(raw []byte) Report {
	r := Report{Modes: map[string]bool{}, Kinds: map[string]int{}, Runes: map[rune]int{}, Styles: map[string]int{}}
	var text strings.Builder
	var state byte
	p := ansi.NewParser()
	for len(raw) > 0 {
		seq, _, n, next := ansi.DecodeSequence(raw, state, p)
		if n == 0 {
			break
		}
		r.take(&text, seq)
		state, raw = next, raw[n:]
	}
	r.Text = text.String()
	return r
}

func (r *Report) take(text *strings.Builder, seq []byte) {
	s := string(seq)
	switch {
	case len(s) > 2 && strings.HasPrefix(s, "\x1b["):
		r.csi(s[2:len(s)-1], s[len(s)-1])
	case strings.HasPrefix(s, "\x1b]"):
		number, _, _ := strings.Cut(strings.TrimRight(s[2:], "\a\x1b\\"), ";")
		r.Kinds["OSC "+number]++
	case len(s) > 1 && s[0] == 0x1b:
		r.Kinds["ESC "+s[1:2]]++
	case len(s) == 1 && s[0] < 0x20:
		if s == "\n" {
			text.WriteByte('\n')
		}
	default:
		text.WriteString(s)
		for _, c := range s {
			if c >= utf8.RuneSelf {
				r.Runes[c]++
			}
		}
	}
}

// csi takes a control sequence: its parameters with what marks them as private, and its last byte.
func (r *Report) csi(params string, final byte) {
	mark := ""
	if params != "" && strings.ContainsRune("<=>?", rune(params[0])) {
		mark, params = params[:1], params[1:]
	}
	inter := ""
	if i := strings.IndexFunc(params, func(c rune) bool { return c < '0' }); i >= 0 {
		params, inter = params[:i], params[i:]
	}
	r.Kinds[fmt.Sprintf("CSI %s%s%c", mark, inter, final)]++
	switch mark + inter + string(final) {
	case "h", "l", "?h", "?l":
		for _, m := range strings.Split(params, ";") {
			r.Modes[mark+m] = final == 'h'
		}
	case ">u":
		r.Kitty++
	case "<u":
		r.Kitty--
	case ">m":
		r.Keys = strings.TrimPrefix(params, "4")
	case "m":
		r.Style = strings.Trim(params, "0")
		r.Styles[params]++
	}
}

// Leftovers returns what a program should have undone before its end, in words; none is a clean terminal.
func (r *Report) Leftovers() []string {
	var out []string
	for mode, what := range map[string]string{
		"?1049": "the alternate screen", "?1000": "the mouse", "?1002": "the mouse", "?1003": "the mouse", "?1006": "the mouse's coordinates",
		"?2004": "bracketed paste", "?1004": "focus reports", "?2026": "synchronized output", "?2027": "grapheme clusters",
	} {
		if r.Modes[mode] {
			out = append(out, what+" is on")
		}
	}
	if on, named := r.Modes["?25"]; named && !on {
		out = append(out, "the cursor is hidden")
	}
	if on, named := r.Modes["?7"]; named && !on {
		out = append(out, "lines do not wrap")
	}
	if r.Kitty > 0 {
		out = append(out, "keyboard modes are on")
	}
	if r.Keys != "" {
		out = append(out, "modified keys are on")
	}
	if r.Style != "" {
		out = append(out, "the style is "+r.Style)
	}
	sort.Strings(out)
	return out
}
