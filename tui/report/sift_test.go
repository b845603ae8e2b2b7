package report

import (
	"testing"

	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/tui/pane/panetest"
)

// TestSift: every list shows the rows that have the text, the cursor stays on its row, and no filter shows all again.
func TestSift(t *testing.T) {
	p := shown(t)
	p.Resize(100, 24)
	all := [sections]int{}
	for s := range sections {
		all[s] = len(p.rows[s])
	}
	key, _ := p.At()
	f, _ := filter.Parse("web", nil)
	p.Sift(f)
	for s := range sections {
		want := 0
		for i := range p.content.count(s) {
			if p.Passes(p.rowText(s, i)) {
				want++
			}
		}
		if len(p.rows[s]) != want || want == all[s] && s == Waiting {
			t.Errorf("%s: %d of %d rows, want %d", names[s], len(p.rows[s]), all[s], want)
		}
	}
	if now, _ := p.At(); now != key || p.Title().Left != "Desired and observed  /web  1 of 2" {
		t.Errorf("the cursor went from %s to %s; the title is %q", key, now, p.Title().Left)
	}
	p.Show(content())
	if len(p.rows[Waiting]) != 1 {
		t.Errorf("new content shows %d rows", len(p.rows[Waiting]))
	}
	p.Sift(nil)
	for s := range sections {
		if len(p.rows[s]) != all[s] {
			t.Errorf("%s: %d of %d rows without a filter", names[s], len(p.rows[s]), all[s])
		}
	}
	f, _ = filter.Parse("zzqq", nil)
	p.Sift(f)
	for s := range sections {
		p.To(s)
		panetest.EverySize(t, p)
	}
}
