package diffview

import (
	"cmp"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/tui/pane"
)

// Who says who wrote a version of a key; ok is false where that is not known (yet).
type Who func(key []byte, rev int64) (v attribution.Verdict, ok bool)

// SignedBy has the hunks name their writers.
func (p *Pane) SignedBy(who Who) { p.who = who }

// maxWriters is how many writers the line above a hunk names.
const maxWriters = 2

// signed paints who wrote what is in a hunk, newest first, with the grade and, of a single write, its time; or why nobody
// can be named.
func (p *Pane) signed(r *pane.Painter, l *line) {
	if p.who == nil {
		return
	}
	by := "  by "
	var named []string
	why := "" // nobody is named
	for i := len(l.revs) - 1; i >= 0; i-- {
		v, ok := p.who(p.content.To.Key, l.revs[i])
		name := clean.Key([]byte(cmp.Or(v.Controller, v.Writer)))
		switch {
		case ok && name == "" && v.OutOfBand == "":
			why = cmp.Or(why, v.Evidence)
			continue
		case !ok || len(named) > 0 && named[len(named)-1] == name:
			continue
		case len(named) == maxWriters:
			r.Text(text.Muted, ", …")
			return
		}
		r.Text(text.Muted, by)
		p.writer(r, name, &v)
		if len(l.revs) == 1 && !v.Time.IsZero() {
			r.Gap(1)
			r.Text(text.Muted, v.Time.UTC().Format("2006-01-02T15:04:05Z"))
		}
		named, by = append(named, name), ", "
	}
	if len(named) == 0 && why != "" {
		r.Text(text.Muted, "  writer not known: "+why)
	}
}

func (p *Pane) writer(r *pane.Painter, name string, v *attribution.Verdict) {
	g := &p.style.Theme.Glyphs
	if v.OutOfBand != "" {
		r.Text(text.Error, g.Warn+" no API server")
		return
	}
	r.Text(text.Accent, name)
	r.Gap(1)
	r.Text(text.OK, pane.GradeSign(p.style.Theme, v.Confidence))
}
