package tui

import (
	"fmt"
	"image/color"
	"math"
	"strings"
	"testing"
	"unicode"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// backgrounds are those of the terminals that a theme is made for.
var backgrounds = map[string]color.Color{"dark": color.RGBA{0x14, 0x17, 0x1C, 0xFF}, "cvd": color.RGBA{0x14, 0x17, 0x1C, 0xFF}, "light": color.White, "contrast": color.Black}

// contrastOf computes the contrast of two colours (WCAG 2.2).
func contrastOf(a, b color.Color) float64 {
	luminance := func(c color.Color) float64 {
		lin := func(v uint32) float64 {
			f := float64(v) / 0xFFFF
			if f <= 0.03928 {
				return f / 12.92
			}
			return math.Pow((f+0.055)/1.055, 2.4)
		}
		r, g, b, _ := c.RGBA()
		return 0.2126*lin(r) + 0.7152*lin(g) + 0.0722*lin(b)
	}
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// readable checks the contrast of every letter and digit on the screen.
func readable(t *testing.T, d *tuitest.Driver, w, h int, themed string) {
	t.Helper()
	s := d.Screen()
	letters := 0
	for y := range h {
		for x := range w {
			c := s.CellAt(x, y)
			if c == nil || !strings.ContainsFunc(c.Content, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
				continue
			}
			fg, bg := c.Style.Fg, c.Style.Bg
			if fg == nil && bg == nil { // what is typed has the terminal's own colours
				continue
			}
			letters++
			if bg == nil {
				bg = backgrounds[themed]
			}
			if fg == nil {
				t.Errorf("%s: %q at %d,%d has no colour of the theme, in %q", themed, c.Content, x, y, strings.Split(d.Text(), "\n")[y])
				return
			}
			if got := contrastOf(fg, bg); got < 4.5 {
				t.Errorf("%s: %q at %d,%d has contrast %.2f, in %q", themed, c.Content, x, y, got, strings.Split(d.Text(), "\n")[y])
				return
			}
		}
	}
	if letters < 150 {
		t.Errorf("there are %d letters on the screen:\n%s", letters, d.Text())
	}
}

// TestViewsAreReadable goes through the overview, what was deleted, tables with what the store says of their rows, a filter that is
// refused and a comparison, in every theme with colours of its own: each letter has the contrast of the theme, and rows are as wide as the
// screen, which the driver checks.
func TestViewsAreReadable(t *testing.T) {
	for themed := range backgrounds {
		for _, size := range [][2]int{{80, 24}, {160, 48}} {
			t.Run(fmt.Sprintf("%s-%dx%d", themed, size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				w, h := size[0], size[1]
				d := openedWith(t, managed(etcdsource.KindFile), w, h)
				d.Command("theme " + themed)
				look := func(see string) {
					t.Helper()
					d.See(see)
					readable(t, d, w, h, themed)
				}
				look("Overview")
				d.Press("7")
				look("Last changes")
				d.Press("esc")
				d.Press("g")
				d.Press("d")
				look("/is:gone")
				d.See("− configmaps/shop/omega")
				d.Press("esc")
				d.Press("esc")
				d.Command("configmaps")
				look("DATA")
				d.Press("s")
				look("by BYTES")
				d.Press("b")
				look("BYTES↓")
				d.Press("/")
				d.Type("by:kubelet wrong:1")
				d.Press("enter")
				look("there is no word wrong:")
				d.Press("esc")
				d.Press("1")
				d.Command("compare 3")
				look("1 created")
			})
		}
	}
}
