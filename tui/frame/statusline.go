package frame

import (
	"slices"
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
func (f *Frame) statusLine(b []byte, t *view.View) []byte {
	r := pane.Paint(b, f.Scene.Style.Theme, f.Scene.Lay.W, "")
	r.Gap(1)
	switch {
	case f.Scene.Foot.Prompt != nil:
		f.prompt(&r)
	case f.Scene.Foot.Working != "":
		r.Text(text.Accent, f.Scene.Foot.Working)
	case f.Scene.Foot.Said != "":
		r.Text(f.Scene.Foot.Role, f.Scene.Foot.Said)
	case t.State != nil:
		if s, gone := t.Times.Margin(); s != "" {
			r.Text(map[bool]text.Role{true: text.Warning, false: text.Muted}[gone], f.Scene.Style.Theme.Glyphs.Warn+" "+s)
			break
		}
		if t.Panes.Story != nil && f.Scene.Lay.StoryH == 0 {
			r.Text(text.Accent, t.Panes.Story.Line())
			break
		}
		parts := f.cutOff(t)
		if parts == nil {
			parts = readingFrom(t, f.Scene.Style.Now, f.cost(t))
		}
		said(&r, parts)
	}
	return r.End()
}

// prompt paints what is typed, and behind it what tab makes of it, or what is not understood.
func (f *Frame) prompt(r *pane.Painter) {
	foot := &f.Scene.Foot
	r.Text(text.Accent, foot.Prompt.Sign)
	typed := foot.Input.Value()
	role, beside := text.Muted, ""
	switch p := foot.Prompt; {
	case p.Refused(typed) != "": // which is said above
	case len(foot.Offered) > 0:
		beside = offers(typed, foot.Offered)
	case p.Wrong != nil && p.Wrong(typed) != "":
		role, beside = text.Warning, p.Wrong(typed)
	case p.Hint != nil:
		beside = p.Hint(typed)
	}
	w := r.Free()
	if room := w - widget.Width(typed) - 4; beside != "" && room >= minBeside {
		beside = clean.End(beside, room)
		w = max(w-widget.Width(beside)-2, 1)
	} else {
		beside = ""
	}
	foot.Input.SetWidth(w - 1)
	foot.Input.SetCursor(foot.Input.Position()) // else it shows what had room in the width before
	r.Inside(w, func(b []byte) []byte {
		s := ansi.Truncate(foot.Input.View(), w, "")
		return append(append(append(b, s...), "\x1b[m"...), strings.Repeat(" ", max(w-ansi.StringWidth(s), 0))...)
	})
	if beside != "" {
		r.Gap(1)
		r.Text(role, beside)
	}
}

// minBeside is how many columns are worth using beside what is typed.
const minBeside = 12

// offers lists what the last term can become.
func offers(typed string, list []string) string {
	at := strings.LastIndexAny(typed, " \t") + 1
	s := "tab"
	for _, o := range list {
		s += "  " + clean.Key([]byte(o[min(at, len(o)):]))
	}
	return s
}

// maxLong is how many rows a passing line may take.
const maxLong = 4

// long are rows that cover those above the key line.
type long struct {
	lines []string
	end   int // the row behind the last one
	role  text.Role
}

// longLines breaks a passing line that is wider than the screen: it covers the rows above for as long as it is shown. Above a prompt it
// is why enter did not take what is typed. There are no lines where one row is enough.
func (f *Frame) longLines() (l long) {
	foot, w := &f.Scene.Foot, f.Scene.Lay.W-2
	said := foot.Said
	l.end, l.role = f.Scene.Lay.H-1, foot.Role
	switch {
	case f.Scene.Lay.TooSmall:
		return l
	case foot.Prompt != nil:
		if said = foot.Prompt.Refused(foot.Input.Value()); said == "" {
			return l
		}
		l.end, l.role = l.end-1, text.Warning
	case foot.Working != "" || widget.Width(said) <= w:
		return l
	}
	l.lines = widget.Wrap(said, w)
	if len(l.lines) > maxLong {
		l.lines = l.lines[:maxLong]
		l.lines[maxLong-1] = ansi.Truncate(l.lines[maxLong-1], w-1, "") + "…"
	}
	return l
}

// has reports whether one of the lines is in a row of the screen.
func (l *long) has(y int) bool { return y < l.end && y >= l.end-len(l.lines) }

func (f *Frame) longLine(b []byte, l *long, y int) []byte {
	r := pane.Paint(b, f.Scene.Style.Theme, f.Scene.Lay.W, "")
	r.Gap(1)
	r.Text(l.role, l.lines[y-l.end+len(l.lines)])
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

// cutOff says that no member answers, or that there is no quorum, and where to read what to do, unless that is on the screen; nil
// otherwise.
func (f *Frame) cutOff(t *view.View) []string {
	s, to := t.State.Status, " 8 shows what to do."
	if slices.Contains(f.Scene.Scopes, keymap.Health) {
		to = ""
	}
	switch {
	case silent(t):
		return []string{"No member answers." + to, "What is on the screen stays."}
	case cutOffFrom(t) && !s.NoQuorum:
		return []string{"No quorum, so no writes." + to, "What is on the screen stays."}
	case !s.NoQuorum:
		return nil
	}
	name, _, _ := strings.Cut(clean.Key([]byte(words.First(t.State.Info.Member, t.State.Info.Target))), " (")
	if s.State != etcdsource.Live {
		return []string{"No leader, so no writes." + to, "What is on the screen stays.", "Reads ask " + name + "."}
	}
	return []string{"No leader, so no writes." + to, "Read from " + name + "."}
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
	if t.Opened.From != "" && info.Spare {
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

func (f *Frame) cost(t *view.View) string {
	s := &f.spent
	if s.passes && s.of == t.ID && f.Scene.Style.Now.Sub(s.when) < time.Minute {
		return s.cost
	}
	s.of, s.cost, s.when = t.ID, "", f.Scene.Style.Now
	if rq, err := etcdsource.As[etcdsource.Requester](t.Opened.Source); err == nil {
		total := rq.Asked()
		s.cost = widget.Plural(total.Requests, "request") + ", " + widget.Plural(total.Writes, "write")
	}
	return s.cost
}
