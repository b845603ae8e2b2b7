// Package theme turns roles into colours, and shapes into glyphs. No other package names either.
//
//	environment, flags ─► Choose ─► Theme{SGR by role, Cursor, Glyphs} ─► painters
//
// What always holds:
//   - Every text colour has a contrast of at least 5.8 : 1 on its theme's background, and 4.5 : 1 on the cursor line and
//     on a match (a test computes it); contrast has 10 and 7. Lines are decoration and may have less.
//   - Colour never says anything alone: signs, words and glyphs say the same.
//   - The terminal's own background stays; only the cursor line and matches have one.
package theme

import (
	"fmt"
	"strconv"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/etcdscope/etcdscope/decode/text"
)

// Theme is how things look. It is read only.
type Theme struct {
	Name   string
	SGR    [text.Roles]string // escape sequence of each role, "" for the terminal's own colour
	Over   [text.Roles]string // the same on the cursor line
	Line   string             // of borders and rules
	Cursor string             // under the cursor line
	Glyphs Glyphs
	Anim   bool
}

// palette is a theme's colours as #RRGGBB; the empty string is the terminal's own.
type palette struct {
	background string // assumed, for the contrast test
	roles      [text.Roles]string
	line       string
	cursor     string // background
	match      string // background
}

var dark = palette{
	background: "#14171C",
	roles: [text.Roles]string{
		text.Plain: "#D7DAE0", text.Muted: "#8B93A1", text.Key: "#7FB4FF", text.String: "#A5D6A0", text.Number: "#F0B36A",
		text.Bool: "#D2A8FF", text.Punct: "#8B93A1", text.Comment: "#8B93A1", text.Added: "#8BE9B0", text.Removed: "#FF9E97",
		text.Changed: "#F2CC60", text.Warning: "#F2CC60", text.Error: "#FF8F87", text.OK: "#7EE0A3", text.Accent: "#6CB6FF",
		text.Masked: "#F2CC60", text.Travel: "#F2CC60",
	},
	line: "#4B5263", cursor: "#232833", match: "#3A3115",
}

var light = palette{
	background: "#FFFFFF",
	roles: [text.Roles]string{
		text.Plain: "#1F2328", text.Muted: "#59636E", text.Key: "#0A4FA3", text.String: "#116329", text.Number: "#8A4B00",
		text.Bool: "#6E2FB5", text.Punct: "#59636E", text.Comment: "#59636E", text.Added: "#0F5F2A", text.Removed: "#A81D16",
		text.Changed: "#7A5200", text.Warning: "#7A5200", text.Error: "#B3261E", text.OK: "#116329", text.Accent: "#0550AE",
		text.Masked: "#7A5200", text.Travel: "#7A5200",
	},
	line: "#B4BAC2", cursor: "#EEF2F8", match: "#FFF1B8",
}

// cvd is dark with the Okabe-Ito colours, which stay apart for eyes that confuse red and green.
var cvd = with(dark, map[text.Role]string{
	text.Accent: "#56B4E9", text.Key: "#56B4E9", text.String: "#4CC9A0", text.Number: "#E69F00", text.Bool: "#D79BC0",
	text.OK: "#56B4E9", text.Added: "#56B4E9", text.Error: "#E8743B", text.Removed: "#E8743B",
	text.Warning: "#F0E442", text.Changed: "#F0E442", text.Masked: "#F0E442", text.Travel: "#F0E442",
})

// contrast is for weak eyes and weak projectors.
var contrast = palette{
	background: "#000000",
	roles: [text.Roles]string{
		text.Plain: "#FFFFFF", text.Muted: "#C9CED8", text.Key: "#9CC9FF", text.String: "#B9F2B0", text.Number: "#FFC98A",
		text.Bool: "#E3C8FF", text.Punct: "#C9CED8", text.Comment: "#C9CED8", text.Added: "#9BF0B8", text.Removed: "#FFB9B3",
		text.Changed: "#FFE08A", text.Warning: "#FFE08A", text.Error: "#FFB9B3", text.OK: "#9BF0B8", text.Accent: "#8FCBFF",
		text.Masked: "#FFE08A", text.Travel: "#FFE08A",
	},
	line: "#7A8294", cursor: "#26304A", match: "#4A3D00",
}

func with(p palette, roles map[text.Role]string) palette {
	for r, c := range roles {
		p.roles[r] = c
	}
	return p
}

// console is the sixteen colours of the Linux console, by their numbers: nearest-colour mapping of the others would
// make blue of what is meant to be read.
var console = [text.Roles]int{
	text.Plain: -1, text.Muted: 7, text.Key: 14, text.String: 10, text.Number: 11, text.Bool: 13, text.Punct: 7,
	text.Comment: 7, text.Added: 10, text.Removed: 9, text.Changed: 11, text.Warning: 11, text.Error: 9, text.OK: 10,
	text.Accent: 14, text.Masked: 11, text.Travel: 11, text.Match: -1, text.AddedWord: -1, text.RemovedWord: -1,
}

// Names are the themes that Named knows.
func Names() []string { return []string{"dark", "light", "cvd", "contrast", "mono", "console"} }

// Named returns a theme by its name, with Unicode glyphs.
func Named(name string) (*Theme, error) {
	switch name {
	case "dark":
		return colours(name, dark), nil
	case "light":
		return colours(name, light), nil
	case "cvd":
		return colours(name, cvd), nil
	case "contrast":
		return colours(name, contrast), nil
	case "mono":
		return mono(), nil
	case "console":
		return sixteen(), nil
	}
	return nil, fmt.Errorf("unknown theme %q: there are %s", name, strings.Join(Names(), ", "))
}

func colours(name string, p palette) *Theme {
	t := &Theme{Name: name, Glyphs: Unicode, Anim: true, Line: sgr(ink(p.line)), Cursor: sgr(ground(p.cursor))}
	for i, c := range p.roles {
		t.SGR[i] = sgr(ink(c))
	}
	t.SGR[text.Match] = sgr(ground(p.match).Inherit(ink(p.roles[text.Warning])))
	t.SGR[text.AddedWord] = sgr(ink(p.roles[text.Added]).Reverse(true))
	t.SGR[text.RemovedWord] = sgr(ink(p.roles[text.Removed]).Reverse(true))
	t.Over = t.SGR
	return t
}

// mono has no colours: bold, underline and reverse only.
func mono() *Theme {
	plain := lipgloss.NewStyle()
	t := &Theme{Name: "mono", Glyphs: Unicode, Anim: true, Cursor: sgr(plain.Reverse(true))}
	for _, r := range []text.Role{text.Warning, text.Error, text.Travel, text.Accent, text.Masked, text.Key} {
		t.SGR[r] = sgr(plain.Bold(true))
	}
	for _, r := range []text.Role{text.Muted, text.Comment, text.Punct} {
		t.SGR[r] = sgr(plain.Faint(true))
	}
	for _, r := range []text.Role{text.Match, text.AddedWord, text.RemovedWord} {
		t.SGR[r] = sgr(plain.Reverse(true))
	}
	t.reversed()
	return t
}

func sixteen() *Theme {
	reverse := sgr(lipgloss.NewStyle().Reverse(true))
	t := &Theme{Name: "console", Glyphs: Console, Line: sgr(ink("8")), Cursor: reverse}
	for i, n := range console {
		if n >= 0 {
			t.SGR[i] = sgr(ink(strconv.Itoa(n)))
		}
	}
	t.SGR[text.Match], t.SGR[text.AddedWord], t.SGR[text.RemovedWord] = reverse, reverse, reverse
	t.reversed()
	return t
}

// reversed sets what roles look like on a cursor line that is drawn in reverse: a colour would be a patch of background there, so there
// is none, and what is reversed elsewhere is not.
func (t *Theme) reversed() {
	for _, r := range []text.Role{text.Match, text.AddedWord, text.RemovedWord} {
		t.Over[r] = "\x1b[27m"
	}
}

// Role returns the sequence of a role on a row whose base is "", or the cursor line's.
func (t *Theme) Role(r text.Role, base string) string {
	if base == "" {
		return t.SGR[r]
	}
	return t.Over[r]
}

func ink(colour string) lipgloss.Style { return lipgloss.NewStyle().Foreground(lipgloss.Color(colour)) }

func ground(colour string) lipgloss.Style {
	return lipgloss.NewStyle().Background(lipgloss.Color(colour))
}

// sgr returns the sequence that a style begins with: rows are painted with it as they are, which costs a frame a
// thirtieth of rendering each word with its style. The program's writer turns it into what the terminal can show.
func sgr(s lipgloss.Style) string {
	before, _, _ := strings.Cut(s.Render("x"), "x")
	return before
}
