package shot

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// arms are the lines of a box-drawing character from the middle of its cell: left, right, up, down.
var arms = map[rune]string{
	'─': "lr", '│': "ud", '┌': "rd", '┐': "ld", '└': "ru", '┘': "lu", '├': "rud", '┤': "lud", '┬': "lrd", '┴': "lru", '┼': "lrud",
	'╴': "l", '╶': "r", '╵': "u", '╷': "d", '╌': "lr", '┄': "lr", '┆': "ud", '╎': "ud",
}

// corners are the round ones: the sides that they join.
var corners = map[rune]string{'╭': "rd", '╮': "ld", '╰': "ru", '╯': "lu"}

// fills are blocks: x, y, width and height in eighths of a cell.
var fills = func() map[rune][4]float64 {
	m := map[rune][4]float64{'▐': {4, 0, 4, 8}, '▀': {0, 0, 8, 4}, '┃': {3.2, 0, 1.6, 8}}
	for i := range 8 {
		h := float64(i + 1)
		m['▁'+rune(i)] = [4]float64{0, 8 - h, 8, h}
		m['█'+rune(i)] = [4]float64{0, 0, 8 - float64(i), 8}
	}
	return m
}()

// shades are blocks that let the ground through.
var shades = map[rune]string{'░': "0.25", '▒': "0.5", '▓': "0.75"}

// dashed returns the lines that are drawn with gaps.
const dashed = "╌┄┆╎"

func isShape(r rune) bool {
	_, a := arms[r]
	_, c := corners[r]
	_, f := fills[r]
	_, s := shades[r]
	return a || c || f || s
}

// drawShapes draws a stretch of lines and blocks; level lines become one.
func drawShapes(b *strings.Builder, x float64, s, ink string) {
	var path strings.Builder
	for rest := s; rest != ""; {
		r, n := utf8.DecodeRuneInString(rest)
		count := len(rest[:len(rest)-len(strings.TrimLeft(rest, string(r)))]) / n
		w := float64(count) * cellW
		switch {
		case strings.ContainsRune(dashed, r):
			fmt.Fprintf(b, `<path d="%s" stroke="%s" stroke-dasharray="3 2" fill="none"/>`+"\n", line(x, w, arms[r]), ink)
		case arms[r] == "lr":
			fmt.Fprintf(&path, "M%s %sh%s", num(x), num(cellH/2), num(w))
		case shades[r] != "":
			fmt.Fprintf(b, `<rect x="%s" width="%s" height="%s" fill="%s" opacity="%s"/>`+"\n", num(x), num(w), num(cellH), ink, shades[r])
		default:
			for i := range count {
				at := x + float64(i)*cellW
				if f, ok := fills[r]; ok {
					fmt.Fprintf(b, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>`+"\n",
						num(at+f[0]*cellW/8), num(f[1]*cellH/8), num(f[2]*cellW/8), num(f[3]*cellH/8), ink)
				} else if sides := corners[r]; sides != "" {
					path.WriteString(corner(at, sides))
				} else {
					path.WriteString(line(at, cellW, arms[r]))
				}
			}
		}
		x, rest = x+w, rest[count*n:]
	}
	if path.Len() > 0 {
		fmt.Fprintf(b, `<path d="%s" stroke="%s" fill="none"/>`+"\n", path.String(), ink)
	}
}

func line(x, w float64, arms string) string {
	var b strings.Builder
	cx, cy := x+w/2, cellH/2
	for _, a := range arms {
		to := map[rune][2]float64{'l': {x, cy}, 'r': {x + w, cy}, 'u': {cx, 0}, 'd': {cx, cellH}}[a]
		fmt.Fprintf(&b, "M%s %sL%s %s", num(cx), num(cy), num(to[0]), num(to[1]))
	}
	return b.String()
}

// corner bends from the side on to the upper or lower edge.
func corner(x float64, sides string) string {
	cx, cy := x+cellW/2, cellH/2
	side := map[byte]float64{'l': x, 'r': x + cellW}[sides[0]]
	edge := map[byte]float64{'u': 0, 'd': cellH}[sides[1]]
	return fmt.Sprintf("M%s %sQ%s %s %s %sV%s", num(side), num(cy), num(cx), num(cy), num(cx), num(cy+(edge-cy)/2), num(edge))
}
