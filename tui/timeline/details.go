package timeline

import (
	"fmt"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// detailRow shows what the change under the cursor changed.
func (p *Pane) detailRow(b []byte, y int) []byte {
	th := p.style.Theme
	r := pane.Paint(b, th, p.w, "")
	c := p.Current()
	if c == nil {
		return r.End()
	}
	if y == 0 {
		r.Rule(th.Line, 1)
		r.Text(text.Muted, " Change at "+widget.Thousands(c.Mod)+" ")
		r.Rule(th.Line, r.Free())
		return r.End()
	}
	lines := p.details(c)
	if y-1 < len(lines) {
		l := lines[y-1]
		r.Gap(l.Indent)
		r.Text(l.Role, l.Text)
	}
	return r.End()
}

// Line is a line on a change.
type Line struct {
	Indent int // columns
	Role   text.Role
	Text   string // safe
}

// details are why who wrote it is known, and the changed fields.
func (p *Pane) details(c *change.Change) []Line {
	out := p.evidence(c.Mod)
	return append(out, Fields(c, p.w, p.h-p.listRows()-1-len(out), ": d shows them")...)
}

// Fields lists the fields that a change changed, each with its old and its new value below it, in at most so many columns and
// lines; hint says where all of them are.
func Fields(c *change.Change, w, room int, hint string) (out []Line) {
	if len(c.Changes) == 0 {
		return []Line{{2, text.Muted, unchanged(c)}}
	}
	for i := range c.Changes {
		if len(out) > room {
			break
		}
		ch := &c.Changes[i]
		out = append(out, Line{2, text.Key, widget.PathEnd(clean.Key([]byte(ch.Path)), max(w-2, 1))})
		if ch.Op != "add" {
			out = append(out, Line{4, text.Removed, "− " + change.Value(ch.Old)})
		}
		if ch.Op != "remove" {
			out = append(out, Line{4, text.Added, "+ " + change.Value(ch.New)})
		}
	}
	if len(out) > room && room > 1 {
		out = append(out[:room-1], Line{2, text.Muted, fmt.Sprintf("%d fields in all", len(c.Changes)) + hint})
	}
	return out
}

// unchanged says why a change lists no fields.
func unchanged(c *change.Change) string {
	switch {
	case c.Type == etcdsource.Created:
		return "all of its fields are new"
	case c.Type == etcdsource.Deleted:
		return "the version before it was its last"
	case c.Before == nil, c.Aspect == "":
		return c.Summary
	default:
		return "no field that is shown changed"
	}
}
