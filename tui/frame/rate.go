package frame

import (
	"math"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// strip is the rate of writes along the scale of time, kept while nothing of what it is made of changes.
type strip struct {
	of    scale
	clock *clock.Clock
	rates []float64 // writes a second, by column; 0 where it is not known
	most  float64   // what a full bar is
}

// along returns the strip of a scale.
func (p *strip) along(d *view.Times, s scale) *strip {
	if p.of == s && p.clock == d.Clock() {
		return p
	}
	*p = strip{of: s, clock: d.Clock(), rates: make([]float64, s.w)}
	for i := range p.rates {
		a := s.revision(s.x + i)
		b := max(s.revision(s.x+i+1), a+1)
		if b > s.last {
			a, b = max(s.last-(s.last-s.first)/int64(s.w), s.first), s.last
		}
		if took := d.At(b).Sub(d.At(a)); took > 0 { // else before the first stamp, or after the last one
			p.rates[i] = float64(b-a) / took.Seconds()
		}
	}
	sorted := slices.Sorted(slices.Values(p.rates))
	p.most = max(sorted[(len(sorted)-1)*49/50], 1e-9) // one burst does not flatten the rest
	return p
}

// rateRow paints the strip; where the selected key was written it is lit.
func (p *timeBar) rateRow(r *pane.Painter, t *view.View, s scale) {
	st, bars := p.f.strip.along(&t.Times, s), p.f.Scene.Style.Theme.Glyphs.Bars
	lit := make([]bool, s.w)
	for _, rev := range t.Panes.History.Revisions() {
		lit[s.column(rev)] = true
	}
	for i := 0; i < s.w; {
		from := i
		var b strings.Builder
		for ; i < s.w && lit[i] == lit[from]; i++ {
			switch {
			case st.rates[i] > 0: // by the root: quiet times do not vanish beside a burst
				b.WriteString(bars[min(int(math.Sqrt(st.rates[i]/st.most)*float64(len(bars))), len(bars)-1)])
			default:
				b.WriteByte(' ')
			}
		}
		r.TextW(map[bool]text.Role{true: text.Accent, false: text.Muted}[lit[from]], b.String(), i-from)
	}
	if st.rates[s.column(t.State.At)] == 0 {
		return
	}
	r.Gap(1)
	r.Text(text.Travel, widget.Rate(st.rates[s.column(t.State.At)])+" writes/s")
}
