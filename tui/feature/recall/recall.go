package recall

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// A live store's whole past is recalled like this:
//
//	A ─► Cost (a job) ─► costMsg ─► dialog ─► Recall ─► progressMsg … ─► recalledMsg ─► another tab in the place of this one

// Feature reads the whole past of a running store.
type Feature struct {
	host      host.Host
	v         *view.View
	recalling *recalling // nil while nothing is recalled
}

// New returns the feature for a view.
func New(h host.Host, v *view.View) host.Feature { return &Feature{host: h, v: v} }

// Act implements host.Feature.
func (f *Feature) Act(a keymap.Action) (tea.Cmd, bool) {
	if a != keymap.Recall {
		return nil, false
	}
	return f.askRecall(), true
}

// Update implements host.Feature.
func (f *Feature) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case costMsg:
		f.onCost(msg)
	case recalledMsg:
		return f.onRecalled(msg), true
	case view.ProgressMsg:
		if f.recalling != nil {
			f.recalling.step, f.recalling.done, f.recalling.total = msg.Step, msg.Done, msg.Total
		}
		return msg.Next, true
	case host.Interrupt:
		return nil, f.cancelRecall()
	default:
		return nil, false
	}
	return nil, true
}

// Back implements host.Feature: a recall is cancelled.
func (f *Feature) Back() (tea.Cmd, bool) { return nil, f.cancelRecall() }

// Close implements host.Feature.
func (f *Feature) Close() {}

// Working implements host.Working.
func (f *Feature) Working(now time.Time) string {
	if f.recalling == nil {
		return ""
	}
	return f.recalling.line(now)
}

// Commands implements host.Commands.
func (f *Feature) Commands() []host.Command {
	return []host.Command{{Place: 120, Names: []string{"recall"}, Help: "Read the whole past of the store, from a snapshot", Run: func(string) tea.Cmd { return f.askRecall() }}}
}

// recalling is a recall that is under way.
type recalling struct {
	cancel      context.CancelFunc
	step        string
	done, total int64 // bytes, total -1 while not known
	begun       time.Time
}

// costMsg is what a recall takes.
type costMsg struct {
	host.To
	able etcdsource.Recaller
	cost etcdsource.Cost
	err  error
}

// askRecall asks what a recall takes, so that the user can be asked.
func (f *Feature) askRecall() tea.Cmd {
	switch {
	case f.recalling != nil:
		f.host.Say(text.Muted, "The past is being recalled already; esc cancels.")
		return nil
	case f.v.Work.Saving:
		f.host.Say(text.Warning, "A snapshot is being saved; recall when it is done.")
		return nil
	case !f.v.State.Info.Running:
		f.host.Say(text.Muted, "A file has its whole past.")
		return nil
	}
	able, err := etcdsource.As[etcdsource.Recaller](f.v.Opened.Source)
	if err != nil {
		f.host.Say(text.Warning, words.Upper(clean.Error(err))+".")
		return nil
	}
	f.host.Say(text.Muted, "Asking what that takes …")
	to := host.To{Tab: f.v.ID}
	return host.Job(f.v.Ctx, func(ctx context.Context) tea.Msg {
		cost, err := able.Cost(ctx)
		return costMsg{to, able, cost, err}
	})
}

func (f *Feature) onCost(msg costMsg) {
	switch {
	case f.recalling != nil:
	case msg.err != nil:
		f.host.Say(text.Error, words.Upper(clean.Error(msg.err))+".")
	default:
		f.host.Say(text.Muted, "")
		f.host.Push(dialog.NewConfirm("Recall the whole past?", words.Wrapped(costLines(&msg.cost), min(f.host.Width()-12, 76)),
			func() tea.Cmd { return f.recall(msg.able, msg.cost.Refused != "") }))
	}
}

// costLines say what a recall takes.
func costLines(c *etcdsource.Cost) []string {
	role := ", a follower"
	if c.Leader {
		role = ", the leader (no follower was given)"
	}
	size, took := "of unknown size", ""
	if c.Bytes >= 0 {
		size = "of " + widget.Bytes(c.Bytes)
		took = fmt.Sprintf(", in about %d s", int64(math.Ceil(c.Time(0).Seconds())))
	}
	lines := []string{"A snapshot " + size + " is streamed from " + clean.Key([]byte(c.Member)) + role + took + "."}
	where := "It goes into a temporary file without a name in " + clean.Key([]byte(c.Folder)) + ", where " + widget.Bytes(c.Free) + " are free"
	if c.Remark != "" {
		where += " (" + c.Remark + ")"
	}
	lines = append(lines, where+"; nothing is left of it afterwards.", "",
		"Then the screen can be put back to any revision that etcd still has, deleted keys and their earlier lives are found, and all changes are listed.", "")
	if c.Refused != "" {
		return append(lines, "CAREFUL: "+clean.Text(c.Refused)+". Recall it all the same?")
	}
	return append(lines, "Go on?")
}

// recalledMsg is a recalled source, or why there is none.
type recalledMsg struct {
	host.To
	source etcdsource.Source
	known  *learn.Known
	err    error
}

// recall begins a recall.
func (f *Feature) recall(able etcdsource.Recaller, force bool) tea.Cmd {
	if f.recalling != nil || f.v.Ctx.Err() != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(f.v.Ctx)
	f.v.Work.Recalling = true
	f.recalling = &recalling{cancel: cancel, step: "streaming", total: -1, begun: f.v.Panes.Style.Now}
	id, known := f.v.ID, *f.v.Opened.Known
	report, next, end := view.Progress(id)
	run := func() (msg tea.Msg) {
		defer cancel()
		defer end()
		defer host.Recovered(&msg)
		src, err := able.Recall(ctx, etcdsource.RecallOptions{Force: force, Progress: report})
		if err == nil {
			if err = known.Past(ctx, src); err != nil {
				_ = src.Close()
			}
		}
		if err != nil {
			return recalledMsg{To: host.To{Tab: id}, err: err}
		}
		return recalledMsg{To: host.To{Tab: id}, source: src, known: &known}
	}
	return tea.Batch(run, next)
}

// Drop implements host.Dropper.
func (m recalledMsg) Drop() tea.Cmd {
	if m.source == nil {
		return nil
	}
	return func() tea.Msg { _ = m.source.Close(); return nil }
}

// onRecalled shows the recalled source in the place of the running one.
func (f *Feature) onRecalled(msg recalledMsg) tea.Cmd {
	f.recalling, f.v.Work.Recalling = nil, false
	switch {
	case errors.Is(msg.err, context.Canceled):
		f.host.Say(text.Muted, "The recall was cancelled; nothing is left of it.")
		return nil
	case msg.err != nil:
		f.host.Say(text.Error, words.Upper(clean.Error(msg.err))+".")
		return nil
	}
	o := f.v.Opened
	cmd := f.host.Replace(&learn.Opened{Known: msg.known, Source: msg.source, From: o.From, Audit: o.Audit, AuditFound: o.AuditFound, Follow: o.Follow})
	if r, err := etcdsource.As[etcdsource.Recalled](msg.source); err == nil {
		p := r.Recalled()
		f.host.Say(text.OK, fmt.Sprintf("Recalled: revisions %s to %s are here, and what is written from now on.", widget.Thousands(p.From), widget.Thousands(p.Snapshot)))
	}
	return cmd
}

// cancelRecall ends the recall that is under way; it reports whether there was one.
func (f *Feature) cancelRecall() bool {
	if f.recalling == nil {
		return false
	}
	f.recalling.cancel()
	return true
}

// line says how far the recall is.
func (r *recalling) line(now time.Time) string {
	s := "recalling the past: " + r.step + " " + widget.Bytes(r.done)
	if r.total > r.done {
		s += " of " + widget.Bytes(r.total)
		if took := now.Sub(r.begun); r.step == "streaming" && r.done > 0 && took >= 2*time.Second {
			s += fmt.Sprintf(", %d s to go", int64(math.Ceil(took.Seconds()*float64(r.total-r.done)/float64(r.done))))
		}
	}
	return s + "   esc cancels"
}
