package travel

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/dating"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// The views of one tab are shown at the same time. Each etcd numbers its revisions by itself, so that the one that moves dates its
// revision, and the others look for theirs:
//
//	Host.Travel ─► view.Travelled ─► lead ─► a job dates the revision ─► ledMsg ─► Host.Lead(GoTo)
//	a time that is typed ─► both ─────────────────────────────────────────────────► Host.Lead(GoTo)
//	GoTo ─► follow ─► look ─► momentMsg ─► followed ─► Host.Travel, which leads no other view

// ledMsg is the time of the revision to which the other views are led.
type ledMsg struct {
	host.To
	lead  int
	rev   int64
	when  time.Time
	dates dating.Dates
	err   error
}

// together is how a view moves with the others of its tab.
type together struct {
	f     *Feature
	at    int64 // the revision to which the others were led, 0 for now
	leads int   // how often they were
}

// joined reports whether the tab shows several etcds.
func (t *together) joined() bool { return len(t.f.v.Opened.Apart()) > 0 || len(t.f.host.Mates()) > 0 }

// beside reports whether this view is not the first one of its tab.
func (t *together) beside() bool { return t.f.v.Opening.Target.Etcd != "" && len(t.f.host.Mates()) > 0 }

// lead takes the other views of the tab along, where this one has moved by itself.
func (t *together) lead() tea.Cmd {
	at := t.f.v.State.At
	if at == t.at {
		return nil
	}
	t.at = at
	t.leads++
	if len(t.f.host.Mates()) == 0 {
		return nil
	}
	if at == 0 {
		return t.f.host.Lead(host.GoTo{})
	}
	d, m := t.f.v.Times.Finder(), ledMsg{To: host.To{Tab: t.f.v.ID}, lead: t.leads, rev: at}
	return host.Job(t.f.v.Ctx, func(ctx context.Context) tea.Msg {
		if m.err = d.Read(ctx, at); m.err == nil && !d.Undated {
			m.when = d.At(at)
		}
		m.dates = d.Dates
		return m
	})
}

func (t *together) onLed(m ledMsg) tea.Cmd {
	if m.err == nil {
		t.f.v.Times.Learnt(&m.dates)
	}
	switch {
	case m.lead != t.leads:
		return nil
	case m.when.IsZero():
		for _, o := range t.f.host.Mates() {
			t.f.host.Say(text.Warning, "Nothing dates revision "+widget.Thousands(m.rev)+", and a revision of one etcd says nothing in another: "+called(&o)+" stays as it was.")
		}
		return nil
	}
	return t.f.host.Lead(host.GoTo{When: m.when})
}

// called names a view of the tab, as safe text.
func called(o *host.Opened) string {
	if o.Target.Etcd != "" {
		return "etcd " + clean.Key([]byte(o.Target.Etcd))
	}
	return "the main etcd"
}

// both moves this view to a revision, and the others to the time for which it was looked for.
func (t *together) both(rev int64, when time.Time) tea.Cmd {
	t.at = rev
	t.leads++
	cmd := t.f.host.Travel(rev)
	if t.f.v.State.At != rev { // refused
		t.at = t.f.v.State.At
		return cmd
	}
	return tea.Batch(cmd, t.f.host.Lead(host.GoTo{When: when}))
}

// follow goes where another view of the tab is.
func (t *together) follow(when time.Time) tea.Cmd {
	t.f.walk.from, t.f.walk.minutes = 0, 0
	t.leads++
	if when.IsZero() {
		t.f.walk.walks++
		return t.alone(0)
	}
	return t.f.look(func(*dating.Finder) time.Time { return when }, momentMsg{led: true}, t.f.v.State.Head)
}

// followed goes to the revision that was found, or says why this view does not go along.
func (t *together) followed(m *momentMsg) tea.Cmd {
	self := called(&host.Opened{Target: t.f.v.Opening.Target})
	first := max(t.f.v.State.Info.Compacted, 1)
	switch {
	case m.err != nil:
		t.f.host.Say(text.Warning, words.Upper(self)+" does not go along: "+clean.Error(m.err)+".")
	case t.f.v.Times.Undated:
		t.f.host.Say(text.Warning, words.Upper(self)+" does not go along: "+clean.Error(dating.ErrUndated)+".")
	case m.rev < first:
		t.f.host.Say(text.Warning, words.Upper(self)+" holds nothing from "+words.Stamp(m.when, time.Time{})+": it is shown as of its oldest revision, "+widget.Thousands(first)+".")
		return t.alone(first)
	default:
		return t.alone(m.rev)
	}
	return nil
}

// alone moves this view only.
func (t *together) alone(rev int64) tea.Cmd {
	t.at = rev
	cmd := t.f.host.Travel(rev)
	t.at = t.f.v.State.At
	return cmd
}

// welcome leads a view that was opened in the tab to the time that this one shows.
func (t *together) welcome(id int) tea.Cmd {
	if t.f.v.State.At == 0 || t.f.v.Opening.Target.Etcd != "" {
		return nil
	}
	for _, o := range t.f.host.Mates() {
		if o.ID == id {
			t.at = 0
			return t.lead()
		}
	}
	return nil
}
