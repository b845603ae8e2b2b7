package snapshots

import (
	"cmp"
	"fmt"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// column is a column of the list, behind the name.
type column struct {
	title string
	width int
	from  int // the width of the pane from which on it is shown
	right bool
	cell  func(p *Pane, b *etcdsource.Backup) string
}

var columns = []column{
	{"FORMAT", 14, 60, false, func(_ *Pane, b *etcdsource.Backup) string { return b.Format }},
	{"CLUSTER", 18, 130, false, func(_ *Pane, b *etcdsource.Backup) string { return cluster(b) }},
	{"REVISION", 13, 105, true, func(_ *Pane, b *etcdsource.Backup) string { return number(b.Revision, 1) }},
	{"KEYS", 11, 118, true, func(_ *Pane, b *etcdsource.Backup) string { return number(b.Keys, 0) }},
	{"SIZE", 10, 72, true, func(_ *Pane, b *etcdsource.Backup) string { return widget.Bytes(b.Bytes) }},
	{"MADE", 16, 150, false, func(_ *Pane, b *etcdsource.Backup) string { return b.Time.Local().Format("2006-01-02 15:04") }},
	{"AGE", 6, 0, true, func(p *Pane, b *etcdsource.Backup) string { return widget.Age(p.now().Sub(b.Time)) }},
}

// verdictWidth is that of the last column.
const verdictWidth = 13

// cluster is the name of a cluster, or enough of its uid to tell it from others.
func cluster(b *etcdsource.Backup) string {
	return clean.Key([]byte(cmp.Or(b.Name, b.Cluster[:min(len(b.Cluster), 8)], b.Store[:min(len(b.Store), 8)])))
}

// number writes a number that is at least that where it is known.
func number(n, least int64) string {
	if n < least {
		return ""
	}
	return widget.Thousands(n)
}

// nameWidth is what the columns leave to the name.
func (p *Pane) nameWidth() int {
	w := p.w - 2 - verdictWidth - 2
	for _, c := range columns {
		if p.w >= c.from {
			w -= c.width + 2
		}
	}
	return max(w, 1)
}

func (p *Pane) heading(b []byte) []byte {
	r := pane.Paint(b, p.style.Theme, p.w, "")
	if len(p.files) == 0 {
		return r.End()
	}
	r.Gap(2)
	cell(&r, text.Muted, "NAME", p.nameWidth(), false)
	for _, c := range columns {
		if p.w >= c.from {
			r.Gap(2)
			cell(&r, text.Muted, c.title, c.width, c.right)
		}
	}
	r.Gap(2)
	r.Text(text.Muted, "VERDICT")
	return r.End()
}

func cell(r *pane.Painter, role text.Role, s string, w int, right bool) {
	s = clean.End(s, w)
	gap := w - widget.Width(s)
	if right {
		r.Gap(gap)
	}
	r.Text(role, s)
	if !right {
		r.Gap(gap)
	}
}

func (p *Pane) fileRow(b []byte, i int) []byte {
	th, f := p.style.Theme, &p.files[p.shown[i]]
	base := ""
	if i == p.list.Cursor() {
		base = th.Cursor
	}
	r := pane.Paint(b, th, p.w, base)
	if i == p.list.Cursor() {
		r.TextW(text.Accent, th.Glyphs.Pointer, 1)
	}
	r.To(p.w - 2)
	name := clean.Key([]byte(p.name(f.Path)))
	if f.Foreign {
		name = clean.Middle(name, max(p.w/3, 8))
		r.Text(text.Muted, name)
		r.Gap(2)
		r.Text(text.Muted, clean.End(clean.Text(f.Problem), max(r.Free(), 1)))
		return r.End()
	}
	w := p.nameWidth()
	name = clean.Middle(name, w)
	r.Text(text.String, name)
	r.Gap(w - widget.Width(name))
	for _, c := range columns {
		if p.w >= c.from {
			r.Gap(2)
			cell(&r, text.Plain, c.cell(p, f), c.width, c.right)
		}
	}
	r.Gap(2)
	role, glyph, word := verdict(f, th)
	r.Text(role, glyph+" "+word)
	return r.End()
}

// name is the path below the folder that is listed.
func (p *Pane) name(path string) string { return words.Below(p.dir, path) }

// verdict is how a verdict is drawn: in at most verdictWidth columns.
func verdict(b *etcdsource.Backup, th *theme.Theme) (role text.Role, glyph, word string) {
	switch b.Verdict {
	case etcdsource.BackupVerified:
		return text.OK, th.Glyphs.Good, "verified"
	case etcdsource.BackupDamaged:
		return text.Error, th.Glyphs.Bad, "damaged"
	case etcdsource.BackupReadable:
		return text.Warning, th.Glyphs.Ring, "readable"
	}
	if b.Problem != "" {
		return text.Warning, th.Glyphs.Warn, "unreadable"
	}
	return text.Muted, th.Glyphs.Ring, "unchecked"
}

func (p *Pane) emptyRow(b []byte, y int) []byte {
	r := pane.Paint(b, p.style.Theme, p.w, "")
	if y == 0 {
		r.Gap(2)
		switch {
		case p.err != "":
			r.Text(text.Error, p.err)
		case !p.read:
			r.Text(text.Muted, "Listing the "+p.place()+" …")
		case len(p.files) > 0:
			r.Text(text.Muted, p.Nothing("backup"))
		default:
			r.Text(text.Muted, "There are no backups in this "+p.place()+".")
		}
	}
	return r.End()
}

// Listed returns how many backups there are, and their bytes in all.
func (p *Pane) Listed() (n int, bytes int64) {
	for i := range p.files {
		if !p.files[i].Foreign {
			n++
			bytes += p.files[i].Bytes
		}
	}
	return n, bytes
}

// place is what is listed.
func (p *Pane) place() string {
	if etcdsource.IsBucket(p.dir) {
		return "bucket"
	}
	return "folder"
}

// counted says how many backups there are, and how many of them are good.
func (p *Pane) counted() string {
	n, good := 0, 0
	for i := range p.files {
		if !p.files[i].Foreign {
			n++
		}
		if p.files[i].Verdict == etcdsource.BackupVerified {
			good++
		}
	}
	switch {
	case n == 0:
		return ""
	case good == 0:
		return fmt.Sprintf(" %s, none verified ", widget.Plural(n, "backup"))
	}
	return fmt.Sprintf(" %s, %d verified ", widget.Plural(n, "backup"), good)
}
