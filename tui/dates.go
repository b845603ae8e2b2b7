package tui

import (
	"bytes"
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/dating"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// dates is what a tab knows of the times of its revisions.
type dates struct {
	v *tab
	dating.Dates
	asked bool
	walk
	strip
}

// walk is a way through time that waits for its answer.
type walk struct {
	from    int64 // the revision where it began, 0 for none
	minutes int
	walks   int // questions so far: only the last answer counts
}

// samples are how many revisions of a running store are dated beforehand, for the rate of writes.
const samples = 32

// finder returns what reads the dates that the tab lacks, outside of Update.
func (d *dates) finder() *dating.Finder {
	return &dating.Finder{Dates: d.Dates, Opened: d.v.opened, Spare: !d.v.atHand(), Samples: samples, First: max(d.v.state.Info.Compacted, 1), Head: d.v.state.Head}
}

// datedMsg is what was read of the times of a tab's revisions.
type datedMsg struct {
	tab   int
	dates dating.Dates
	err   error
}

// date reads when the shown revision was made.
func (d *dates) date() tea.Cmd { return d.dateTo(d.v.state.At) }

// dateTo reads when revisions up to one were made; 0 is none.
func (d *dates) dateTo(rev int64) tea.Cmd {
	f, id := d.finder(), d.v.id
	if rev == 0 || d.asked && !f.Spare && (f.Undated || rev <= f.UpTo) {
		return nil
	}
	d.asked = true
	return host.Job(d.v.ctx, func(ctx context.Context) tea.Msg {
		err := f.Read(ctx, rev)
		return datedMsg{id, f.Dates, err}
	})
}

// learnt takes in what a finder has read.
func (d *dates) learnt(read *dating.Dates) {
	d.Learn(read)
	d.asked = true
}

func (m *Model) onDated(msg datedMsg) {
	if t := m.find(msg.tab); t != nil && t.state != nil && msg.err == nil {
		t.learnt(&msg.dates)
	}
}

// momentMsg is a revision that was found by its time.
type momentMsg struct {
	tab    int
	walk   int
	dates  dating.Dates
	rev    int64
	when   time.Time // that was looked for
	minute int       // minutes that were to be gone; 0 where a time was given
	err    error
}

// gotoMoment travels to a time.
func (m *Model) gotoMoment(t *tab, w attribution.Moment) tea.Cmd {
	t.dates.from, t.dates.minutes = 0, 0
	return t.look(func(f *dating.Finder) time.Time { return w.Before(f.At(f.Head)) }, 0, t.state.Head)
}

// minute travels a minute back or forward; presses that come faster than the answers add up.
func (m *Model) minute(t *tab, dir int) tea.Cmd {
	d := &t.dates
	if d.Undated {
		return m.far(t, int64(dir)*farStep)
	}
	if d.from == 0 {
		d.from, d.minutes = t.state.Revision(), 0
	}
	d.minutes += dir
	from, minutes := d.from, d.minutes
	if minutes == 0 {
		return nil
	}
	return t.look(func(f *dating.Finder) time.Time { return f.At(from).Add(time.Duration(minutes) * time.Minute) }, minutes, from)
}

// look finds the revision of a time, that is told once the clock is known; rev must be dated for it.
func (t *tab) look(when func(*dating.Finder) time.Time, minutes int, rev int64) tea.Cmd {
	t.dates.walks++
	f, m := t.finder(), momentMsg{tab: t.id, walk: t.dates.walks, minute: minutes}
	return host.Job(t.ctx, func(ctx context.Context) tea.Msg {
		if m.err = f.Read(ctx, rev); m.err == nil && !f.Undated {
			m.when = when(f)
			m.rev, m.err = f.Before(ctx, m.when)
		}
		m.dates = f.Dates
		return m
	})
}

func (m *Model) onMoment(msg momentMsg) tea.Cmd {
	t := m.find(msg.tab)
	if t == nil || t.state == nil {
		return nil
	}
	if msg.err == nil {
		t.learnt(&msg.dates)
	}
	if msg.walk != t.dates.walks {
		return nil
	}
	from := t.dates.from
	t.dates.from = 0
	switch {
	case msg.err != nil:
		m.say(text.Warning, words.Upper(clean.Error(msg.err))+".")
	case t.dates.Undated && msg.minute != 0:
		return m.far(t, int64(msg.minute)*farStep)
	case t.dates.Undated:
		m.say(text.Warning, words.Upper(clean.Error(dating.ErrUndated))+".")
	case msg.minute != 0:
		return m.walked(t, from, &msg)
	case msg.rev < max(t.state.Info.Compacted, 1):
		first := max(t.state.Info.Compacted, 1)
		m.say(text.Warning, "Nothing from "+words.Stamp(msg.when, time.Time{})+" is held; the oldest revision, "+widget.Thousands(first)+", is of "+words.Stamp(t.dates.At(first), time.Time{})+".")
	default:
		return m.travel(t, msg.rev)
	}
	return nil
}

// walked goes on to a revision some minutes away; at least to the next one, and not beyond what there is.
func (m *Model) walked(t *tab, from int64, msg *momentMsg) tea.Cmd {
	rev, first := msg.rev, max(t.state.Info.Compacted, 1)
	switch {
	case msg.minute > 0 && rev <= from:
		rev = from + 1
		if d := t.dates.At(rev).Sub(t.dates.At(from)); d > time.Minute {
			m.say(text.Muted, "Nothing was written for "+words.Lasted(d)+".")
		}
	case msg.minute < 0:
		rev = min(rev, from-1)
	}
	if rev < first {
		m.say(text.Muted, "This is the oldest revision that can be read.")
		rev = first
	}
	if rev >= t.state.Head {
		rev = 0
	}
	return m.travel(t, rev)
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
