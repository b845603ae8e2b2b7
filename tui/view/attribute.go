package view

import (
	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/timeline"
)

// Who made the changes of the feed is found beside it, never in its way:
//
//	feedMsg (the past), batchMsg ─► attribution.Stream ─► attributedMsg ─► timeline.Feed, Pane

// attributedMsg is who made some changes.
type attributedMsg struct {
	host.To
	attribution.Findings
}

// newAttributor returns what attributes the changes of a source, once those before now were read.
func (fl *Flow) newAttributor() *attribution.Stream {
	o := attribution.StreamOptions{Decoder: fl.v.Opened.Decoder, Kinds: fl.v.Opened.Kinds, Root: fl.v.Opened.Root, Live: fl.v.State.Info.Revision, Held: true}
	if fl.v.Opened.Follow != nil && fl.v.State.Info.Running {
		o.Tail = audit.NewTail()
	}
	if fl.audit != nil {
		o.Audit = fl.audit.Ended
	}
	return attribution.NewStream(o)
}

// followAudit follows the audit log until the view is closed.
func (fl *Flow) followAudit() tea.Cmd {
	ctx, tail, follow := fl.v.Ctx, fl.Attributor.Tail, fl.v.Opened.Follow
	if tail == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer host.Recovered(&msg)
		_ = follow(ctx, tail.Put)
		return nil
	}
}

// attributeNext waits for changes and attributes them. One at a time is under way.
func (fl *Flow) attributeNext() tea.Cmd {
	ctx, id, stream := fl.v.Ctx, fl.v.ID, fl.Attributor
	return func() (msg tea.Msg) {
		defer host.Recovered(&msg)
		f, err := stream.Next(ctx)
		if err != nil {
			return nil
		}
		return attributedMsg{host.To{Tab: id}, f}
	}
}

// overrule gives the timeline what the neighbours of its changes say of their writers, where that is more than the
// versions of the one key say.
func (rd *Reader) overrule() {
	rows := rd.v.Panes.History.Changes()
	if rd.v.Flow.Attributor == nil || len(rows) > maxOverruled {
		return
	}
	whole, who := rd.v.Flow.Attributor.Whole(), map[int64]attribution.Verdict{}
	for i := range rows {
		if v, ok := rd.v.Panes.Changes.Verdict(timeline.ID{Rev: rows[i].Mod, Sub: rows[i].Sub}); ok {
			known := rd.v.Panes.History.Verdict(rows[i].Mod)
			if !v.Betters(known) && !(whole && v.Confidence >= known.Confidence) {
				continue
			}
			who[rows[i].Mod] = v
		}
	}
	rd.v.Panes.History.Attribute(who)
}

// maxOverruled bounds the rows of a timeline that are compared with what the neighbours say.
const maxOverruled = 5000

// onAttributed gives the panes who made changes.
func (fl *Flow) onAttributed(msg attributedMsg) tea.Cmd {
	t := fl.v
	for i := range msg.New {
		r := &msg.New[i]
		id := timeline.ID{Rev: r.Mod, Sub: r.Sub}
		if r.Mod > fl.Attributor.Live {
			t.Panes.Changes.Wrote(&r.Verdict, t.Panes.Style.Now)
			t.Panes.Changes.Described(id, r.Summary)
		}
		t.Panes.Changes.Attribute(id, fl.arrivals.date(r.Mod, r.Verdict))
	}
	for i := range msg.Better {
		r := &msg.Better[i]
		t.Panes.Changes.Attribute(timeline.ID{Rev: r.Mod, Sub: r.Sub}, fl.arrivals.date(r.Mod, r.Verdict))
	}
	t.Panes.Changes.SetJudged(msg.UpTo)
	t.Reader.overrule()
	var heard tea.Cmd
	if len(msg.New)+len(msg.Better) > 0 {
		heard = t.Host.Publish(Attributed{})
	}
	return tea.Batch(heard, fl.attributeNext())
}
