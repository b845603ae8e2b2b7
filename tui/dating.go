package tui

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// When a revision was made is told by the leases of the control plane. Where the past is at hand they are read once, as a
// whole; a running store is asked for one of them, as it stood at a few revisions.

// dating is what a tab knows of the times of its revisions.
type dating struct {
	clock  *clock.Clock // built, and never changed after; nil while nothing is known
	stamps []clock.Stamp
	beats  *attribution.Beats
	upTo   int64 // newest revision when the clock was read
	asked  bool
	none   bool  // it was read, and dates nothing
	edge   int64 // revision that the API server's next compaction keeps; 0 while not known
	walk
	strip
}

// walk is a way through time that waits for its answer.
type walk struct {
	from    int64 // the revision where it began, 0 for none
	minutes int
	walks   int // questions so far: only the last answer counts
}

// at dates a revision; the zero time is: not known.
func (d *dating) at(rev int64) time.Time {
	if d.clock == nil {
		return time.Time{}
	}
	return d.clock.At(rev).Time
}

// finder finds times and revisions, outside of Update.
type finder struct {
	*learn.Opened
	dating
	live        bool
	first, head int64
}

func (t *tab) finder() *finder {
	return &finder{t.opened, t.dating, !t.atHand(), max(t.state.Info.Compacted, 1), t.state.Head}
}

// samples are how many revisions of a running store are dated beforehand, for the rate of writes.
const samples = 32

// compactKey is where the API servers agree on what to compact.
var compactKey = []byte("compact_rev_key")

// read reads what is needed to date a revision, unless that is known.
func (f *finder) read(ctx context.Context, rev int64) (err error) {
	switch {
	case f.live && f.none:
		return nil
	case f.live:
		return f.sample(ctx, rev)
	case f.asked && (rev <= f.upTo || !f.Info.Running):
		return nil
	}
	c, err := attribution.Frame(ctx, f.Source, f.Decoder, f.Root, false)
	if err != nil {
		return err
	}
	f.upTo, f.none = f.head, !c.Known()
	if !f.none {
		c.At(rev) // puts it together
		f.clock = c
	}
	return nil
}

// sample dates revisions of a running store: some of all that it holds, and the wanted one.
func (f *finder) sample(ctx context.Context, rev int64) (err error) {
	if f.beats == nil {
		if f.beats, err = attribution.FindBeats(ctx, f.Source, f.Decoder, f.Root); err != nil || f.beats == nil {
			f.none = err == nil
			return err
		}
		if e, ok, err := etcdsource.Get(ctx, f.Source, compactKey, 0); err == nil && ok {
			f.edge = e.Mod
		}
		if f.stamps, err = f.beats.Sample(ctx, f.first, f.head, samples); err != nil {
			return err
		}
	}
	s, ok, err := f.beats.Stamp(ctx, rev)
	if ok {
		f.add(s)
	}
	return err
}

// maxStamps bounds the stamps of a running store that are kept; half of them stay when there are more.
const maxStamps = 1024

// add takes stamps into a new clock.
func (f *finder) add(stamps ...clock.Stamp) {
	all := append(slices.Clone(f.stamps), stamps...)
	slices.SortFunc(all, func(a, b clock.Stamp) int { return cmp.Compare(a.Revision, b.Revision) })
	all = slices.CompactFunc(all, func(a, b clock.Stamp) bool { return a.Revision == b.Revision })
	for i := 1; len(all) > maxStamps && i < len(all); i++ {
		all = slices.Delete(all, i, i+1)
	}
	c := clock.New()
	for _, s := range all {
		c.Add(s)
	}
	c.At(f.head) // puts it together
	f.stamps, f.clock, f.none = all, c, false
}

// before returns the newest revision made at a time or before it, first-1 where there is none.
func (f *finder) before(ctx context.Context, t time.Time) (int64, error) {
	if !f.live {
		if f.clock.At(f.first).Time.After(t) {
			return f.first - 1, nil
		}
		return f.clock.Before(t, f.first, f.head), nil
	}
	rev, seen, err := f.beats.Before(ctx, t, f.first, f.head)
	if err == nil {
		f.add(seen...)
	}
	return rev, err
}

// datedMsg is what was read of the times of a tab's revisions.
type datedMsg struct {
	tab    int
	dating dating
	err    error
}

// date reads when the shown revision was made.
func (t *tab) date() tea.Cmd { return t.dateTo(t.state.At) }

// dateTo reads when revisions up to one were made; 0 is none.
func (t *tab) dateTo(rev int64) tea.Cmd {
	f, id := t.finder(), t.id
	if rev == 0 || f.asked && !f.live && (f.none || rev <= f.upTo) {
		return nil
	}
	t.dating.asked = true
	return job(t.ctx, func(ctx context.Context) tea.Msg {
		err := f.read(ctx, rev)
		return datedMsg{id, f.dating, err}
	})
}

// learnt takes in what a finder has read.
func (t *tab) learnt(d *dating) {
	t.dating.clock, t.dating.stamps, t.dating.beats, t.dating.upTo = d.clock, d.stamps, d.beats, d.upTo
	t.dating.none, t.dating.asked = d.none, true
	t.dating.edge = max(t.dating.edge, d.edge)
}

func (m *Model) onDated(msg datedMsg) {
	if t := m.find(msg.tab); t != nil && t.state != nil && msg.err == nil {
		t.learnt(&msg.dating)
	}
}

// momentMsg is a revision that was found by its time.
type momentMsg struct {
	tab    int
	walk   int
	dating dating
	rev    int64
	when   time.Time // that was looked for
	minute int       // minutes that were to be gone; 0 where a time was given
	err    error
}

// gotoMoment travels to a time.
func (m *Model) gotoMoment(t *tab, w attribution.Moment) tea.Cmd {
	t.dating.from, t.dating.minutes = 0, 0
	return t.look(func(f *finder) time.Time { return w.Before(f.at(f.head)) }, 0, t.state.Head)
}

// minute travels a minute back or forward; presses that come faster than the answers add up.
func (m *Model) minute(t *tab, dir int) tea.Cmd {
	d := &t.dating
	if d.none {
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
	return t.look(func(f *finder) time.Time { return f.at(from).Add(time.Duration(minutes) * time.Minute) }, minutes, from)
}

// look finds the revision of a time, that is told once the clock is known; rev must be dated for it.
func (t *tab) look(when func(*finder) time.Time, minutes int, rev int64) tea.Cmd {
	t.dating.walks++
	f, m := t.finder(), momentMsg{tab: t.id, walk: t.dating.walks, minute: minutes}
	return job(t.ctx, func(ctx context.Context) tea.Msg {
		if m.err = f.read(ctx, rev); m.err == nil && !f.none {
			m.when = when(f)
			m.rev, m.err = f.before(ctx, m.when)
		}
		m.dating = f.dating
		return m
	})
}

func (m *Model) onMoment(msg momentMsg) tea.Cmd {
	t := m.find(msg.tab)
	if t == nil || t.state == nil {
		return nil
	}
	if msg.err == nil {
		t.learnt(&msg.dating)
	}
	if msg.walk != t.dating.walks {
		return nil
	}
	from := t.dating.from
	t.dating.from = 0
	switch {
	case msg.err != nil:
		m.say(text.Warning, upper(clean.Error(msg.err))+".")
	case t.dating.none && msg.minute != 0:
		return m.far(t, int64(msg.minute)*farStep)
	case t.dating.none:
		m.say(text.Warning, "No lease of a control plane tells here when revisions were written; give a revision number.")
	case msg.minute != 0:
		return m.walked(t, from, &msg)
	case msg.rev < max(t.state.Info.Compacted, 1):
		first := max(t.state.Info.Compacted, 1)
		m.say(text.Warning, "Nothing from "+stamp(msg.when, time.Time{})+" is held; the oldest revision, "+widget.Thousands(first)+", is of "+stamp(t.dating.at(first), time.Time{})+".")
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
		if d := t.dating.at(rev).Sub(t.dating.at(from)); d > time.Minute {
			m.say(text.Muted, "Nothing was written for "+lasted(d)+".")
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

// stamp writes a time; without its day where that is the day of another one.
func stamp(t, day time.Time) string {
	t = t.UTC().Round(time.Second)
	if y, m, d := day.UTC().Date(); !day.IsZero() && t.Year() == y && t.Month() == m && t.Day() == d {
		return t.Format("15:04:05Z")
	}
	return t.Format("2006-01-02 15:04:05Z")
}

// lasted writes a duration to the second, as long as seconds matter.
func lasted(d time.Duration) string {
	d = max(d, 0).Round(time.Second)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return widget.Age(d)
}

// margin says how far the shown revision is from the next compaction of a running store, and whether it is beyond.
func (t *tab) margin() (s string, gone bool) {
	switch edge := t.dating.edge; {
	case t.state.At == 0 || edge == 0 || t.atHand():
		return "", false
	case t.state.At < edge:
		return "the API server's next compaction, within minutes, keeps revisions from " + widget.Thousands(edge) + " on: not this one", true
	default:
		return "the next compaction keeps revisions from " + widget.Thousands(edge) + " on: " +
			widget.Thousands(t.state.At-edge) + " revisions of margin", false
	}
}

// watchCompaction follows the key by which the API servers agree on what to compact.
func (t *tab) watchCompaction(b etcdsource.Batch) {
	for i := range b.Events {
		if e := &b.Events[i]; bytes.Equal(e.Key, compactKey) {
			t.dating.edge = e.Mod
		}
	}
}
