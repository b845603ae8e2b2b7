// Package story is the box of a story: what the next write is, who asks for it, and why.
//
//	╭─ A pod's life ──────────────────────────── step 3 of 9 ─╮
//	│ the scheduler binds the pod                             │
//	│ kube-scheduler → API server → etcd    revision 812      │
//	│ One true sentence on why.                               │
//	╰────────────────────────────────────────────── ●●●○○○○○ ─╯
//
// It is the only rounded box of the program. The story itself comes from the source; the box shows one of its steps,
// which need not be the last that was played: going back is time travel.
package story

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Rows is the height of the box.
const Rows = 8

// Box shows a story.
type Box struct {
	style *pane.Style
	story etcdsource.Story
	at    int // steps that are shown as done: 0 is the beginning
	auto  bool
	busy  bool
	w     int
	lines []string // the sentence, wrapped to width wrapped
	wrapW int
}

// New returns the box of a story.
func New(style *pane.Style, s etcdsource.Story) *Box {
	return &Box{style: style, story: s, at: s.Done}
}

// Resize sets the width.
func (b *Box) Resize(w int) { b.w, b.wrapW = w, 0 }

// Set shows the story after it has moved.
func (b *Box) Set(s etcdsource.Story, at int) { b.story, b.at, b.busy, b.wrapW = s, at, false, 0 }

// At returns how many steps are shown as done.
func (b *Box) At() int { return b.at }

// Begun reports whether a step has been played.
func (b *Box) Begun() bool { return b.at > 0 || b.story.Done > 0 }

// Busy reports that a step is being played.
func (b *Box) Busy(on bool) { b.busy = on }

// Waiting reports whether a step is being played.
func (b *Box) Waiting() bool { return b.busy }

// Auto reports whether the story plays by itself.
func (b *Box) Auto(on bool) { b.auto = on }

// Playing reports whether the story plays by itself.
func (b *Box) Playing() bool { return b.auto }

// Done reports whether the last step is shown.
func (b *Box) Done() bool { return b.at >= len(b.story.Steps) }

// Revision returns the revision after n steps.
func (b *Box) Revision(n int) int64 {
	if n <= 0 || n > len(b.story.Steps) {
		return b.story.Start
	}
	return b.story.Steps[n-1].Revision
}

// Step returns the step that is shown, nil at the beginning.
func (b *Box) Step() *etcdsource.Step {
	if b.at == 0 || b.at > len(b.story.Steps) {
		return nil
	}
	return &b.story.Steps[b.at-1]
}

// Line is the step in one line, for screens that have no room for the box.
func (b *Box) Line() string {
	s := fmt.Sprintf("step %d of %d: ", b.at, len(b.story.Steps))
	if at := b.Step(); at != nil {
		return s + at.Title
	}
	return s + b.story.Title
}

// Row appends row y of the box.
func (b *Box) Row(buf []byte, y int) []byte {
	th := b.style.Theme
	r := pane.Paint(buf, th, b.w, "")
	r.Gap(1)
	switch {
	case y == 0:
		right := fmt.Sprintf(" step %d of %d ", b.at, len(b.story.Steps))
		r.TextW(text.Accent, th.Glyphs.TopLeft, 1)
		r.Fill(text.Accent, th.Glyphs.Horizontal, 1)
		r.Text(text.Accent, " "+b.story.Title+" ")
		r.Fill(text.Accent, th.Glyphs.Horizontal, r.Free()-len(right)-3)
		r.Text(text.Muted, right)
		r.Fill(text.Accent, th.Glyphs.Horizontal, 1)
		r.TextW(text.Accent, th.Glyphs.TopRight, 1)
	case y == Rows-1:
		dots := b.dots()
		r.TextW(text.Accent, th.Glyphs.BottomLeft, 1)
		r.Fill(text.Accent, th.Glyphs.Horizontal, r.Free()-ansi.StringWidth(dots)-5)
		r.Text(text.Accent, " "+dots+" ")
		r.Fill(text.Accent, th.Glyphs.Horizontal, 1)
		r.TextW(text.Accent, th.Glyphs.BottomRight, 1)
	default:
		r.TextW(text.Accent, th.Glyphs.Vertical, 1)
		r.Gap(1)
		b.body(&r, y-1)
		r.To(2)
		r.TextW(text.Accent, th.Glyphs.Vertical, 1)
	}
	return r.End()
}

// dots are one mark a step, or a number where they are too many.
func (b *Box) dots() string {
	g, n := b.style.Theme.Glyphs, len(b.story.Steps)
	if n > 30 {
		return fmt.Sprintf("%d/%d", b.at, n)
	}
	return strings.Repeat(g.Dot, b.at) + strings.Repeat(g.Ring, n-b.at)
}

func (b *Box) body(r *pane.Painter, y int) {
	s := b.Step()
	switch {
	case y == 0 && s != nil:
		r.Text(text.Key, s.Title)
	case y == 0:
		r.Text(text.Key, "Before the first step")
	case y == 1 && s != nil:
		b.route(r, s)
	case y >= 1:
		b.sentence()
		if i := y - 2; s == nil {
			if y-1 < len(b.lines) {
				r.Text(text.Plain, b.lines[y-1])
			}
		} else if i < len(b.lines) {
			r.Text(text.Plain, b.lines[i])
		}
	}
}

// route says how the write went: from its writer through the API server into etcd.
func (b *Box) route(r *pane.Painter, s *etcdsource.Step) {
	const arrow = " → "
	r.Text(text.Accent, s.Writer)
	if s.Lane != "apiserver" {
		r.Text(text.Muted, arrow)
		r.Text(text.Plain, "kube-apiserver")
	}
	if s.Stored {
		r.Text(text.Muted, arrow)
		r.Text(text.Plain, "etcd")
		r.Text(text.Muted, "   revision "+widget.Thousands(s.Revision))
	} else {
		r.Text(text.Muted, "   ")
		r.Text(text.Warning, "nothing is stored, the revision stays "+widget.Thousands(s.Revision))
	}
}

func (b *Box) sentence() {
	if b.wrapW == b.w && b.lines != nil {
		return
	}
	say := b.story.Intro
	if s := b.Step(); s != nil {
		say = s.Say
	}
	b.wrapW, b.lines = b.w, widget.Wrap(say, max(b.w-6, 10))
	if b.Done() {
		b.lines = append(b.lines, "That was the whole story: b goes back, r starts again.")
	}
}
