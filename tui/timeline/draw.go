package timeline

import (
	"fmt"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Title implements pane.Pane.
func (p *Pane) Title() pane.Title {
	t := pane.Title{Left: "Timeline"}
	switch n := len(p.rows); {
	case n == 0 || !p.known && n > 1:
	case p.edge.Kind == etcdsource.EdgeMore:
		t.Right = widget.Thousands(int64(n)) + "+ revisions"
	default:
		t.Right = widget.Plural(n, "revision")
	}
	if !p.filter.Empty() {
		t.Right = widget.Thousands(int64(p.count())) + " of " + t.Right + notRead(p.unread)
	}
	if s := p.filter.String(); s != "" {
		t.Left += "  /" + clean.Key([]byte(s))
	}
	if n := p.lived; n > 1 && p.edge.Kind != etcdsource.EdgeMore {
		t.Right += fmt.Sprintf(", %d lives", n)
	}
	return t
}

// Row implements pane.Pane.
func (p *Pane) Row(b []byte, y int) []byte {
	if len(p.rows) == 0 {
		return p.emptyRow(b, y)
	}
	n := p.listRows()
	if y >= n {
		return p.detailRow(b, y-n)
	}
	i := p.list.Top() + y
	switch {
	case i < p.count():
		return p.changeRow(b, p.row(i), i == p.list.Cursor())
	case i == p.count():
		return p.edgeRow(b, i == p.list.Cursor())
	}
	r := pane.Paint(b, p.style.Theme, p.w, "")
	return r.End()
}

func (p *Pane) emptyRow(b []byte, y int) []byte {
	r := pane.Paint(b, p.style.Theme, p.w, "")
	line := p.hint
	switch {
	case p.key == "" && line == "":
		line = "The history of a key is shown here."
	case p.err != "":
		line = p.err
	case p.known && p.edge.Kind == etcdsource.EdgeNotSearched:
		line = "The key is not there now, and what was written before was not looked for: A recalls the past."
	case p.known:
		line = "No revision of this key is retained."
	}
	r.Gap(2)
	r.Text(text.Muted, widget.Sentence(line, p.w-3, y))
	return r.End()
}

// Sign draws how the type of a change looks, colour apart.
func Sign(p *pane.Painter, t etcdsource.Type) {
	role, sign := signOf(t)
	p.TextW(role, sign, 1)
}

func signOf(t etcdsource.Type) (text.Role, string) {
	switch t {
	case etcdsource.Created:
		return text.Added, "+"
	case etcdsource.Deleted:
		return text.Removed, "−"
	}
	return text.Changed, "~"
}

func (p *Pane) changeRow(b []byte, i int, selected bool) []byte {
	th, c := p.style.Theme, &p.rows[i]
	base := ""
	if selected {
		base = th.Cursor
	}
	r := pane.Paint(b, th, p.w, base)
	if selected {
		r.TextW(text.Accent, th.Glyphs.Pointer, 1)
	}
	if p.marked(p.key, c.Mod) {
		r.TextW(text.Accent, "*", 1)
	}
	r.To(p.w - 1)
	p.whenCells(&r, c)
	if p.signed {
		by := (*attribution.Verdict)(nil)
		if v, ok := p.who[c.Mod]; ok {
			by = &v
		}
		pane.WriterCell(&r, th, by, max(min(p.w/4, 22), 8))
	}
	Sign(&r, c.Type)
	r.Gap(1)
	if c.Aspect != "" && !p.signed && p.w >= 48 {
		r.Text(text.Muted, c.Aspect)
		r.Gap(1)
	}
	r.Text(text.Plain, p.summary(i))
	return r.End()
}

// whenCells draws when a version was written, and its revision and version where there is room for them, or nothing dates it.
func (p *Pane) whenCells(r *pane.Painter, c *change.Change) {
	v, rev := p.who[c.Mod], widget.Thousands(c.Mod)
	if p.dated {
		row := pane.Clock{Layout: "15:04:05", W: 8}
		if p.days {
			row = pane.Clock{Layout: "01-02 15:04", W: 11}
		}
		if p.w < versionedW {
			row.Undated = rev
		}
		row.Cell(r, &v)
	}
	if !p.dated || p.w >= versionedW {
		r.Gap(1 + max(len(widget.Thousands(p.Newest()))-len(rev), 0))
		r.TextW(text.Plain, rev, len(rev))
	}
	if p.w >= versionedW {
		n := fmt.Sprintf("v%d", c.Version)
		if c.Type == etcdsource.Deleted {
			n = ""
		}
		r.Gap(max(5-len(n), 1))
		r.TextW(text.Muted, n, len(n))
	}
	r.Gap(1)
}

// versionedW is the width from which rows have their revisions and versions beside their times.
const versionedW = 56

// edgeRow says what lies beyond the oldest row.
func (p *Pane) edgeRow(b []byte, selected bool) []byte {
	th, base := p.style.Theme, ""
	if selected {
		base = th.Cursor
	}
	r := pane.Paint(b, th, p.w, base)
	r.Gap(2)
	r.Text(text.Muted, p.edgeText())
	return r.End()
}

func (p *Pane) edgeText() string {
	if p.count() == 0 && p.edge.Kind != etcdsource.EdgeMore {
		return "No revision here matches: esc shows all."
	}
	switch p.edge.Kind {
	case etcdsource.EdgeMore:
		if p.asked || !p.known {
			return "reading older revisions…"
		}
		return "older revisions exist: go on down to read them"
	case etcdsource.EdgeCompacted:
		return p.compactedText()
	case etcdsource.EdgeNotSearched:
		return "created above; earlier lives were not searched (A recalls them)"
	}
	if n := len(p.shown); !p.filter.Empty() && n > 0 && p.shown[n-1] != len(p.rows)-1 {
		return "nothing before matches; esc shows all"
	}
	return "nothing before: created above"
}
