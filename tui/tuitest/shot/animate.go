package shot

import (
	"fmt"
	"strings"
	"time"
)

// Shown is a frame of an animation and how long it stays.
type Shown struct {
	Frame
	For time.Duration
}

// Animate draws frames of one size, one after the other, for ever; still is the one that is shown where nothing moves.
func Animate(frames []Shown, still int, title string) string {
	var b strings.Builder
	open(&b, frames[0].W, frames[0].H, title)
	names, total := define(&b, frames), time.Duration(0)
	for i := range frames {
		total += frames[i].For
	}
	b.WriteString("<style>\n.f{visibility:hidden}\n")
	fmt.Fprintf(&b, "#f%d{visibility:visible}\n@media (prefers-reduced-motion:no-preference){\n", still)
	at := time.Duration(0)
	for i, f := range frames {
		from, to := percent(at, total), percent(at+f.For, total)
		at += f.For
		steps := fmt.Sprintf("0%%{visibility:hidden}%s%%{visibility:visible}%s%%{visibility:hidden}", from, to)
		switch {
		case i == 0 && i == len(frames)-1:
			steps = "0%{visibility:visible}"
		case i == 0:
			steps = fmt.Sprintf("0%%{visibility:visible}%s%%{visibility:hidden}", to)
		case i == len(frames)-1:
			steps = fmt.Sprintf("0%%{visibility:hidden}%s%%{visibility:visible}", from)
		}
		fmt.Fprintf(&b, "@keyframes k%d{%s}\n#f%d{animation:k%d %.2fs step-end infinite}\n", i, steps, i, i, total.Seconds())
	}
	b.WriteString("}\n</style>\n")
	for i, f := range frames {
		hidden := ` visibility="hidden"`
		if i == still {
			hidden = ""
		}
		fmt.Fprintf(&b, "<g class=\"f\" id=\"f%d\"%s>\n", i, hidden)
		for y, r := range f.Rows {
			if r != "" {
				fmt.Fprintf(&b, `<use href="#%s" x="%s" y="%s"/>`, names[r], num(margin), num(margin+float64(y)*cellH))
			}
		}
		b.WriteString("\n</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// define stores every different row once, and returns their names.
func define(b *strings.Builder, frames []Shown) map[string]string {
	names := map[string]string{}
	b.WriteString("<defs>\n")
	for _, f := range frames {
		for _, r := range f.Rows {
			if _, ok := names[r]; r != "" && !ok {
				names[r] = fmt.Sprintf("r%d", len(names))
				fmt.Fprintf(b, "<g id=\"%s\">\n%s</g>\n", names[r], r)
			}
		}
	}
	b.WriteString("</defs>\n")
	return names
}

func percent(at, total time.Duration) string { return num(100 * float64(at) / float64(total)) }
