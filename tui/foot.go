package tui

import (
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// statusLine paints the prompt, else a passing line, else what is read from and how much was asked.
func (m *Model) statusLine(b []byte, t *view.View) []byte {
	r := pane.Paint(b, m.style.Theme, m.lay.W, "")
	r.Gap(1)
	switch {
	case m.prompt.ask != nil:
		r.Text(text.Accent, m.prompt.ask.Sign)
		w := r.Free()
		m.prompt.input.SetWidth(w - 1)
		r.Inside(w, func(b []byte) []byte {
			s := ansi.Truncate(m.prompt.input.View(), w, "")
			return append(append(append(b, s...), "\x1b[m"...), strings.Repeat(" ", w-ansi.StringWidth(s))...)
		})
	case m.tab().working(m.style.Now) != "":
		r.Text(text.Accent, m.tab().working(m.style.Now))
	case m.said != "":
		r.Text(m.toast.role, m.said)
	case t.State != nil:
		if s, gone := t.Times.Margin(); s != "" {
			r.Text(map[bool]text.Role{true: text.Warning, false: text.Muted}[gone], m.style.Theme.Glyphs.Warn+" "+s)
			break
		}
		if t.Panes.Story != nil && m.lay.StoryH == 0 {
			r.Text(text.Accent, t.Panes.Story.Line())
			break
		}
		said(&r, readingFrom(t, m.style.Now, m.cost(t)))
	}
	return r.End()
}

// said paints what is read from, cut in the middle where it is too long, and what fits of the rest.
func said(r *pane.Painter, parts []string) {
	for i, s := range parts {
		w := widget.Width(s)
		switch {
		case i == 0 && w > r.Free():
			s = clean.Middle(s, max(r.Free(), 1))
		case i > 0 && w+3 > r.Free():
			return
		case i > 0:
			r.Gap(3)
		}
		r.Text(text.Muted, s)
	}
}

// readingFrom says where the screen's content comes from, and what that has cost, the most important first.
func readingFrom(t *view.View, now time.Time, cost string) []string {
	info, s := &t.State.Info, t.State.Status
	switch s.State {
	case etcdsource.Retrying:
		return []string{"Not connected: " + clean.Text(s.Why) + ".", "What is on the screen stays."}
	case etcdsource.Stale:
		return []string{words.Upper(words.First(clean.Text(s.Why), "nothing heard")) + " for " + t.Lost(now) + ".", "What is on the screen stays."}
	case etcdsource.Ended:
		if info.Spare {
			return []string{"ctrl+r opens it again: " + clean.Text(s.Why) + ".", "What is on the screen stays."}
		}
	}
	if !info.Running {
		parts := []string{"file " + clean.Key([]byte(info.Target))}
		if info.Behind.Text != "" {
			parts = append(parts, clean.Text(info.Behind.Text))
		}
		if info.Integrity.Text != "" {
			parts = append(parts, clean.Text(info.Integrity.Text))
		}
		return parts
	}
	parts := []string{"reading from " + clean.Key([]byte(words.First(info.Member, info.Target)))}
	if _, why, full := info.Trouble(); full {
		parts = []string{t.Panes.Style.Theme.Glyphs.Warn + " " + clean.Text(why), parts[0]}
	}
	if cost != "" {
		parts = append(parts, cost)
	}
	if rc, err := etcdsource.As[etcdsource.Recalled](t.Opened.Source); err == nil {
		parts = append(parts, "past recalled from revision "+widget.Thousands(rc.Recalled().From)+" on")
	}
	if t.Opened.From != "" {
		parts = append(parts, "settings from "+clean.Text(t.Opened.From))
	}
	return parts
}

// spent is what reading from a source has cost, as it is shown. While only time passes the count is left as it is for a
// minute: the questions of the program itself do not make a quiet screen write.
type spent struct {
	of     int // number of the tab
	cost   string
	when   time.Time
	passes bool // only time has passed since the last frame
}

func (m *Model) cost(t *view.View) string {
	s := &m.spent
	if s.passes && s.of == t.ID && m.style.Now.Sub(s.when) < time.Minute {
		return s.cost
	}
	s.of, s.cost, s.when = t.ID, "", m.style.Now
	if rq, err := etcdsource.As[etcdsource.Requester](t.Opened.Source); err == nil {
		total := rq.Asked()
		s.cost = widget.Plural(total.Requests, "request") + ", " + widget.Plural(total.Writes, "write")
	}
	return s.cost
}

// keyLine paints what can be pressed now; help and quit always stay.
func (m *Model) keyLine(b []byte) []byte {
	th := m.style.Theme
	r := pane.Paint(b, th, m.lay.W, "")
	scopes := m.scopes()
	hints := keymap.KeyLine(scopes[0], scopes[1:]...)
	if m.view().State == nil {
		hints = keymap.Unopened()
	}
	width := func(h *keymap.Hint) int { return ansi.StringWidth(h.Key) + 1 + ansi.StringWidth(h.Label) + 2 }
	keep := 0
	for i := range hints {
		hints[i].Key = th.Glyphs.Key(hints[i].Key)
		if hints[i].Stays {
			keep += width(&hints[i])
		}
	}
	m.clicked.hints = m.clicked.hints[:0]
	full := false
	r.Gap(1)
	for i := range hints {
		h := &hints[i]
		if full = full || !h.Stays && r.Free()-width(h) < keep; full && !h.Stays {
			continue
		}
		from := m.lay.W - r.Free()
		r.Text(text.Accent, h.Key)
		middle := m.lay.W - r.Free()
		r.Gap(1)
		r.Text(text.Muted, h.Label)
		to := m.lay.W - r.Free()
		if len(h.Actions) == 2 { // "[ ] write": its first key is the first half
			middle = from + (middle-from)/2 + 1
			m.clicked.hints = append(m.clicked.hints, slot{from, middle, h.Actions[0]}, slot{middle, to, h.Actions[1]})
		} else {
			m.clicked.hints = append(m.clicked.hints, slot{from, to, h.Actions[0]})
		}
		r.Gap(2)
	}
	return r.End()
}

// waitingRow paints the screen of a source that is not open: connecting, or why it could not be opened.
func (m *Model) waitingRow(b []byte, t *view.View, y int) []byte {
	r := pane.Paint(b, m.style.Theme, m.lay.W, "")
	lines := m.waitingLines(t)
	top := max((m.lay.Foot-len(lines))/3, 1)
	if i := y - top; i >= 0 && i < len(lines) {
		r.Gap(min(6, m.lay.W/10))
		r.Text(lines[i].role, lines[i].text)
		for _, h := range lines[i].keys {
			r.Text(text.Accent, h.Key)
			r.Gap(1)
			if len(lines[i].keys) == 1 {
				r.Gap(7 - widget.Width(h.Key))
			}
			r.Text(text.Muted, h.Label)
			r.Gap(2)
		}
	}
	return r.End()
}

type styled struct {
	role text.Role
	text string
	keys []keymap.Hint // instead of the text
}
