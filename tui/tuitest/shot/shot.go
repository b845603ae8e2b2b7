// Package shot makes pictures of screens: cells in, SVG out. The same cells always give the same bytes.
//
//	cells ─► Take ─► Frame (rows as SVG) ─┬─► SVG      one picture
//	                                      └─► Animate  several, one after the other; equal rows are stored once
//
// What always holds:
//   - Lines and blocks are drawn as shapes, so that they join whatever font the reader has.
//   - A stretch of text is as wide as its columns, whatever the font's own width is.
//   - An animation does not move for readers who asked for less motion, and where styles are not understood.
package shot

import (
	"fmt"
	"html"
	"image/color"
	"strings"
	"unicode/utf8"

	uv "github.com/charmbracelet/ultraviolet"
)

// The size of a cell in the picture, in its own units.
const (
	cellW, cellH = 8.4, 18.0
	margin       = 14.0
	background   = "#14171C"
	foreground   = "#D7DAE0"
	fonts        = "ui-monospace, 'JetBrains Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace"
)

// Cells is anything that has cells.
type Cells interface{ CellAt(x, y int) *uv.Cell }

// Frame is a screen as it was at one moment.
type Frame struct {
	W, H int
	Rows []string // SVG of each row, its top left corner at 0, 0
}

// Take takes a picture of a screen of w columns and h rows.
func Take(c Cells, w, h int) Frame {
	f := Frame{W: w, H: h}
	for y := range h {
		f.Rows = append(f.Rows, row(c, w, y))
	}
	return f
}

// SVG draws a frame.
func (f *Frame) SVG(title string) string {
	var b strings.Builder
	open(&b, f.W, f.H, title)
	for y, r := range f.Rows {
		if r != "" {
			fmt.Fprintf(&b, "<g transform=\"translate(%s %s)\">\n%s</g>\n", num(margin), num(margin+float64(y)*cellH), r)
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func open(b *strings.Builder, w, h int, title string) {
	width, height := float64(w)*cellW+2*margin, float64(h)*cellH+2*margin
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" font-family="%s" font-size="14">`+"\n", num(width), num(height), fonts)
	fmt.Fprintf(b, "<title>%s</title>\n", html.EscapeString(title))
	fmt.Fprintf(b, `<rect x="0.5" y="0.5" width="%s" height="%s" rx="8" fill="%s" stroke="#2B303B"/>`+"\n", num(width-1), num(height-1), background)
}

// num writes a coordinate without digits that nobody sees.
func num(f float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", f), "0"), ".")
}

// run is a stretch of cells of one style and one kind of characters.
type run struct {
	x, w int
	kind kind
	text strings.Builder
	uv.Style
}

// kind is how characters are drawn.
type kind uint8

const (
	letters kind = iota
	signs        // text of another font: a stretch of its own, so that it moves nothing else
	shapes       // lines and blocks
)

func kindOf(s string) kind {
	r, _ := utf8.DecodeRuneInString(s)
	switch {
	case isShape(r):
		return shapes
	case r >= utf8.RuneSelf:
		return signs
	}
	return letters
}

func row(c Cells, w, y int) string {
	var grounds, text strings.Builder
	var cur *run
	flush := func() {
		if cur != nil {
			cur.write(&grounds, &text)
		}
		cur = nil
	}
	for x := 0; x < w; x++ {
		cell := c.CellAt(x, y)
		if cell == nil || cell.Width == 0 && cell.Content == "" {
			continue
		}
		s := cell.Content
		if s == "" {
			s = " "
		}
		if k := kindOf(s); cur == nil || cur.kind != k || !same(cur.Style, cell.Style) {
			flush()
			cur = &run{x: x, kind: k, Style: cell.Style}
		}
		cur.text.WriteString(s)
		cur.w += max(cell.Width, 1)
	}
	flush()
	return grounds.String() + text.String()
}

func same(a, b uv.Style) bool {
	return hex(a.Fg, "") == hex(b.Fg, "") && hex(a.Bg, "") == hex(b.Bg, "") && a.Attrs == b.Attrs
}

func (r *run) write(grounds, b *strings.Builder) {
	fg, bg := hex(r.Fg, foreground), hex(r.Bg, "")
	if r.Attrs&uv.AttrReverse != 0 {
		fg, bg = first(bg, background), fg
	}
	px := float64(r.x) * cellW
	if bg != "" {
		fmt.Fprintf(grounds, `<rect x="%s" width="%s" height="%s" fill="%s"/>`+"\n", num(px), num(float64(r.w)*cellW), num(cellH), bg)
	}
	s := r.text.String()
	if r.kind == shapes {
		drawShapes(b, px, s, fg)
		return
	}
	inner := strings.TrimRight(s, " ")
	w := r.w - (len(s) - len(inner))
	lead := len(inner) - len(strings.TrimLeft(inner, " "))
	if inner = inner[lead:]; inner == "" {
		return
	}
	px, w = px+float64(lead)*cellW, w-lead
	style := ""
	if r.Attrs&uv.AttrBold != 0 {
		style = ` font-weight="bold"`
	}
	if r.Attrs&uv.AttrFaint != 0 {
		style += ` opacity="0.6"`
	}
	fmt.Fprintf(b, `<text x="%s" y="13.5" fill="%s"%s textLength="%s" xml:space="preserve">%s</text>`+"\n",
		num(px), fg, style, num(float64(w)*cellW), html.EscapeString(inner))
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
