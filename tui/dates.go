package tui

import (
	"bytes"
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/dating"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// dates is what a tab knows of the times of its revisions.
type dates struct {
	v *tab
	dating.Dates
	asked bool
	strip
}

// samples are how many revisions of a running store are dated beforehand, for the rate of writes.
const samples = 32

// finder returns what reads the dates that the tab lacks, outside of Update.
func (d *dates) finder() *dating.Finder {
	return &dating.Finder{Dates: d.Dates, Opened: d.v.opened, Spare: !d.v.atHand(), Samples: samples, First: max(d.v.state.Info.Compacted, 1), Head: d.v.state.Head}
}

// datedMsg is what was read of the times of a tab's revisions.
type datedMsg struct {
	host.To
	dates dating.Dates
	err   error
}

// date reads when the shown revision was made.
func (d *dates) date() tea.Cmd { return d.dateTo(d.v.state.At) }

// dateTo reads when revisions up to one were made; 0 is none.
func (d *dates) dateTo(rev int64) tea.Cmd {
	f, to := d.finder(), host.To{Tab: d.v.id}
	if rev == 0 || d.asked && !f.Spare && (f.Undated || rev <= f.UpTo) {
		return nil
	}
	d.asked = true
	return host.Job(d.v.ctx, func(ctx context.Context) tea.Msg {
		err := f.Read(ctx, rev)
		return datedMsg{to, f.Dates, err}
	})
}

// learnt takes in what a finder has read.
func (d *dates) learnt(read *dating.Dates) {
	d.Learn(read)
	d.asked = true
}

func (d *dates) onDated(msg datedMsg) {
	if msg.err == nil {
		d.learnt(&msg.dates)
	}
}

// margin says how far the shown revision is from the next compaction of a running store, and whether it is beyond.
func (d *dates) margin() (s string, gone bool) {
	switch edge := d.Edge; {
	case d.v.state.At == 0 || edge == 0 || d.v.atHand():
		return "", false
	case d.v.state.At < edge:
		return "the API server's next compaction, within minutes, keeps revisions from " + widget.Thousands(edge) + " on: not this one", true
	default:
		return "the next compaction keeps revisions from " + widget.Thousands(edge) + " on: " +
			widget.Thousands(d.v.state.At-edge) + " revisions of margin", false
	}
}

// watchCompaction follows the key by which the API servers agree on what to compact.
func (d *dates) watchCompaction(b etcdsource.Batch) {
	for i := range b.Events {
		if e := &b.Events[i]; bytes.Equal(e.Key, dating.CompactKey) {
			d.Edge = e.Mod
		}
	}
}
