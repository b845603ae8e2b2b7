package travel

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/dating"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// walk is a way through time that waits for its answer.
type walk struct {
	from    int64 // the revision where it began, 0 for none
	minutes int
	walks   int // questions so far: only the last answer counts
}

// momentMsg is a revision that was found by its time.
type momentMsg struct {
	host.To
	walk   int
	dates  dating.Dates
	rev    int64
	when   time.Time // that was looked for
	minute int       // minutes that were to be gone; 0 where a time was given
	led    bool      // another view of the tab is there
	err    error
}

// gotoMoment travels to a time.
func (f *Feature) gotoMoment(w attribution.Moment) tea.Cmd {
	f.walk.from, f.walk.minutes = 0, 0
	if f.tab.beside() {
		return f.host.Lead(host.LookFor{Moment: w})
	}
	return f.look(func(f *dating.Finder) time.Time { return w.Before(f.At(f.Head)) }, momentMsg{}, f.v.State.Head)
}

// minute travels a minute back or forward; presses that come faster than the answers add up.
func (f *Feature) minute(dir int) tea.Cmd {
	d := &f.walk
	if f.v.Times.Undated {
		return f.far(int64(dir) * farStep)
	}
	if d.from == 0 {
		d.from, d.minutes = f.v.State.Revision(), 0
	}
	d.minutes += dir
	from, minutes := d.from, d.minutes
	if minutes == 0 {
		return nil
	}
	return f.look(func(f *dating.Finder) time.Time { return f.At(from).Add(time.Duration(minutes) * time.Minute) }, momentMsg{minute: minutes}, from)
}

// look finds the revision of a time, that is reported once the clock is known; rev must be dated for it.
func (f *Feature) look(when func(*dating.Finder) time.Time, m momentMsg, rev int64) tea.Cmd {
	f.walk.walks++
	d := f.v.Times.Finder()
	m.To, m.walk = host.To{Tab: f.v.ID}, f.walk.walks
	return host.Job(f.v.Ctx, func(ctx context.Context) tea.Msg {
		if m.err = d.Read(ctx, rev); m.err == nil && !d.Undated {
			m.when = when(d)
			m.rev, m.err = d.Before(ctx, m.when)
		}
		m.dates = d.Dates
		return m
	})
}

func (f *Feature) onMoment(msg momentMsg) tea.Cmd {
	if msg.err == nil {
		f.v.Times.Learnt(&msg.dates)
	}
	if msg.walk != f.walk.walks {
		return nil
	}
	from := f.walk.from
	f.walk.from = 0
	switch {
	case msg.led:
		return f.tab.followed(&msg)
	case msg.err != nil:
		f.host.Say(text.Warning, words.Upper(clean.Error(msg.err))+".")
	case f.v.Times.Undated && msg.minute != 0:
		return f.far(int64(msg.minute) * farStep)
	case f.v.Times.Undated:
		f.host.Say(text.Warning, words.Upper(clean.Error(dating.ErrUndated))+".")
	case msg.minute != 0:
		return f.walked(from, &msg)
	case msg.rev < max(f.v.State.Info.Compacted, 1):
		first := max(f.v.State.Info.Compacted, 1)
		f.host.Say(text.Warning, "Nothing from "+words.Stamp(msg.when, time.Time{})+" is held; the oldest revision, "+widget.Thousands(first)+", is of "+words.Stamp(f.v.Times.At(first), time.Time{})+".")
	default:
		return f.tab.both(msg.rev, msg.when)
	}
	return nil
}

// walked goes on to a revision some minutes away; at least to the next one, and not beyond what there is.
func (f *Feature) walked(from int64, msg *momentMsg) tea.Cmd {
	rev, first := msg.rev, max(f.v.State.Info.Compacted, 1)
	switch {
	case msg.minute > 0 && rev <= from:
		rev = from + 1
		if d := f.v.Times.At(rev).Sub(f.v.Times.At(from)); d > time.Minute {
			f.host.Say(text.Muted, "Nothing was written for "+words.Lasted(d)+".")
		}
	case msg.minute < 0:
		rev = min(rev, from-1)
	}
	if rev < first {
		f.host.Say(text.Muted, "This is the oldest revision that can be read.")
		rev = first
	}
	if rev >= f.v.State.Head {
		rev = 0
	}
	return f.host.Travel(rev)
}
