package view

import (
	"bytes"
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/dating"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/timeline"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Times is what a view knows of the times of its revisions.
type Times struct {
	v *View
	dating.Dates
	asked bool
}

// samples are how many revisions of a running store are dated beforehand, for the rate of writes.
const samples = 32

// Finder returns what reads the dates that the view lacks, outside of Update.
func (d *Times) Finder() *dating.Finder {
	return &dating.Finder{Dates: d.Dates, Opened: d.v.Opened, Spare: !d.v.AtHand(), Samples: samples, First: max(d.v.State.Info.Compacted, 1), Head: d.v.State.Head}
}

// At dates a revision as its row does, in the timeline or among the changes, where one of these knows its time; else by the clock of the
// control plane's leases. The zero time is: not known.
func (d *Times) At(rev int64) time.Time {
	panes := &d.v.Panes
	if v, ok := panes.Changes.Verdict(timeline.ID{Rev: rev}); ok && !v.Time.IsZero() && !v.NotBefore() {
		return v.Time
	}
	if v := panes.History.Verdict(rev); !v.Time.IsZero() && !v.NotBefore() {
		return v.Time
	}
	return d.Dates.At(rev)
}

// datedMsg is what was read of the times of a view's revisions.
type datedMsg struct {
	host.To
	dates dating.Dates
	err   error
}

// Date reads when the shown revision was made.
func (d *Times) Date() tea.Cmd { return d.dateTo(d.v.State.At) }

// dateTo reads when revisions up to one were made; 0 is none.
func (d *Times) dateTo(rev int64) tea.Cmd {
	f, to := d.Finder(), host.To{Tab: d.v.ID}
	if rev == 0 || d.asked && !f.Spare && (f.Undated || rev <= f.UpTo) {
		return nil
	}
	d.asked = true
	return host.Job(d.v.Ctx, func(ctx context.Context) tea.Msg {
		err := f.Read(ctx, rev)
		return datedMsg{to, f.Dates, err}
	})
}

// Learnt takes in what a finder has read.
func (d *Times) Learnt(read *dating.Dates) {
	d.Learn(read)
	d.asked = true
}

func (d *Times) onDated(msg datedMsg) {
	if msg.err == nil {
		d.Learnt(&msg.dates)
	}
}

// Margin says how far the shown revision is from the next compaction of a running store, and whether it is beyond.
func (d *Times) Margin() (s string, gone bool) {
	switch edge := d.Edge; {
	case d.v.State.At == 0 || edge == 0 || d.v.AtHand():
		return "", false
	case d.v.State.At < edge:
		return "the API server's next compaction, within minutes, keeps revisions from " + widget.Thousands(edge) + " on: not this one", true
	default:
		return "the next compaction keeps revisions from " + widget.Thousands(edge) + " on: " +
			widget.Thousands(d.v.State.At-edge) + " revisions of margin", false
	}
}

// watchCompaction follows the key by which the API servers agree on what to compact.
func (d *Times) watchCompaction(b etcdsource.Batch) {
	for i := range b.Events {
		if e := &b.Events[i]; bytes.Equal(e.Key, dating.CompactKey) {
			d.Edge = e.Mod
		}
	}
}
