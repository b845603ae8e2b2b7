// Package shot makes pictures of screens: cells in, SVG out. The same cells always give the same bytes.
package shot

import (
	"fmt"
	"html"
	"image/color"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
)

// The size of a cell in the picture, in its own units.
const (
	cellW, cellH = 8.4, 18.0
	margin       = 12.0
	background   = "#14171C"
	foreground   = "#D7DAE0"
	fonts        = "ui-monospace, 'JetBrains Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace"
)

// Cells is anything that has cells.
type Cells interface{ CellAt(x, y int) *uv.Cell }

// SVG draws a screen of w columns and h rows.
func SVG(c Cells, w, h int, title string) string {
	var b strings.Builder
	width, height := float64(w)*cellW+2*margin, float64(h)*cellH+2*margin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.1f %.1f" font-family="%s" font-size="14">`+"\n", width, height, fonts)
	fmt.Fprintf(&b, "<title>%s</title>\n", html.EscapeString(title))
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", background)
	for y := range h {
		row(&b, c, w, y)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// run is a stretch of cells of one style.
type run struct {
	x, w int
	text strings.Builder
	uv.Style
}

func row(b *strings.Builder, c Cells, w, y int) {
	var cur *run
	flush := func() {
		if cur != nil {
			cur.write(b, y)
		}
		cur = nil
	}
	for x := 0; x < w; x++ {
		cell := c.CellAt(x, y)
		if cell == nil || cell.Width == 0 && cell.Content == "" {
			continue
		}
		if cur == nil || !same(cur.Style, cell.Style) {
			flush()
			cur = &run{x: x, Style: cell.Style}
		}
		s := cell.Content
		if s == "" {
			s = " "
		}
		cur.text.WriteString(s)
		cur.w += max(cell.Width, 1)
	}
	flush()
}

func same(a, b uv.Style) bool {
	return hex(a.Fg, "") == hex(b.Fg, "") && hex(a.Bg, "") == hex(b.Bg, "") && a.Attrs == b.Attrs
}

func (r *run) write(b *strings.Builder, y int) {
	fg, bg := hex(r.Fg, foreground), hex(r.Bg, "")
	if r.Attrs&uv.AttrReverse != 0 {
		fg, bg = first(bg, background), fg
	}
	px, py := margin+float64(r.x)*cellW, margin+float64(y)*cellH
	if bg != "" {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", px, py, float64(r.w)*cellW, cellH, bg)
	}
	s := r.text.String()
	if strings.TrimSpace(s) == "" {
		return
	}
	weight := ""
	if r.Attrs&uv.AttrBold != 0 {
		weight = ` font-weight="bold"`
	}
	if r.Attrs&uv.AttrFaint != 0 {
		weight += ` opacity="0.6"`
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" fill="%s"%s textLength="%.1f" xml:space="preserve">%s</text>`+"\n",
		px, py+13.5, fg, weight, float64(r.w)*cellW, html.EscapeString(s))
}

func hex(c color.Color, otherwise string) string {
	if c == nil {
		return otherwise
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02X%02X%02X", r>>8, g>>8, b>>8)
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
