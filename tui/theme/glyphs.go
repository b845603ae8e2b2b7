package theme

// Glyphs are the shapes of a screen. Each is one column wide.
type Glyphs struct {
	Pointer, Open, Closed   string
	Dot, Ring, Half         string
	Good, Bad, Warn         string
	Diamond, Square, Pause  string
	Arrow                   string
	Horizontal, Vertical    string
	TopLeft, TopRight       string
	BottomLeft, BottomRight string
	Thumb                   string
	joints                  [16]string // by arms: up 1, down 2, left 4, right 8
	Bars                    []string   // from the lowest to the full one, the blank left out
	Eighths                 []string   // from one eighth to the full block
	Empty                   string     // of a gauge
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
	Pointer: "❯", Open: "▾", Closed: "▸", Dot: "●", Ring: "○", Half: "◐", Good: "✓", Bad: "✗", Warn: "▲",
	Diamond: "◆", Square: "■", Pause: "‖", Arrow: "→", Horizontal: "─", Vertical: "│",
	TopLeft: "╭", TopRight: "╮", BottomLeft: "╰", BottomRight: "╯", Thumb: "┃",
	joints:  joints("─", "│", "┌", "┐", "└", "┘", "├", "┤", "┬", "┴", "┼"),
	Bars:    []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
	Eighths: []string{"▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"},
	Empty:   "░",
}

// Console is what the Linux console's own font has (code page 437).
var Console = Glyphs{
	Pointer: "►", Open: "▼", Closed: "►", Dot: "■", Ring: "°", Half: "▒", Good: "√", Bad: "x", Warn: "▲",
	Diamond: "◄", Square: "■", Pause: "║", Arrow: "►", Horizontal: "─", Vertical: "│",
	TopLeft: "┌", TopRight: "┐", BottomLeft: "└", BottomRight: "┘", Thumb: "█",
	joints:  joints("─", "│", "┌", "┐", "└", "┘", "├", "┤", "┬", "┴", "┼"),
	Bars:    []string{"▄", "█"},
	Eighths: []string{"▌", "█"},
	Empty:   "░",
}

// ASCII needs no font at all.
var ASCII = Glyphs{
	Pointer: ">", Open: "v", Closed: ">", Dot: "*", Ring: "o", Half: "~", Good: "+", Bad: "x", Warn: "!",
	Diamond: "@", Square: "#", Pause: "=", Arrow: ">", Horizontal: "-", Vertical: "|",
	TopLeft: "+", TopRight: "+", BottomLeft: "+", BottomRight: "+", Thumb: "#",
	joints:  joints("-", "|", "+", "+", "+", "+", "+", "+", "+", "+", "+"),
	Bars:    []string{".", ":", "#"},
	Eighths: []string{"#"},
	Empty:   ".",
}
