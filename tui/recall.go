package tui

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// A live store's whole past is recalled like this:
//
//	A ─► Cost (a job) ─► costMsg ─► dialog ─► Recall ─► progressMsg … ─► recalledMsg ─► another tab in the place of this one

// past is what a tab has to do with the past of its store.
type past struct {
	recalling *recalling          // nil while nothing is recalled
	below     []etcdsource.Source // that the recalled source stands on, and that are closed after it
	contrast  contrast
}

// recalling is a recall that is under way.
type recalling struct {
	cancel      context.CancelFunc
	step        string
	done, total int64 // bytes, total -1 while not known
	begun       time.Time
}

// isRecalled reports whether a source has the past of a running store at hand.
func isRecalled(src etcdsource.Source) bool {
	_, err := etcdsource.As[etcdsource.Recalled](src)
	return err == nil
}

// costMsg is what a recall takes.
type costMsg struct {
	tab  int
	able etcdsource.Recaller
	cost etcdsource.Cost
	err  error
}

// askRecall asks what a recall takes, so that the user can be asked.
func (m *Model) askRecall(t *tab) tea.Cmd {
	switch {
	case t.recalling != nil:
		m.say(text.Muted, "The past is being recalled already; esc cancels.")
		return nil
	case t.snaps.Running():
		m.say(text.Warning, "A snapshot is being saved; recall when it is done.")
		return nil
	case !t.state.Info.Running:
		m.say(text.Muted, "A file has its whole past at hand.")
		return nil
	}
	able, err := etcdsource.As[etcdsource.Recaller](t.opened.Source)
	if err != nil {
		m.say(text.Warning, words.Upper(clean.Error(err))+".")
		return nil
	}
	m.say(text.Muted, "Asking what that takes …")
	id := t.id
	return host.Job(t.ctx, func(ctx context.Context) tea.Msg {
		cost, err := able.Cost(ctx)
		return costMsg{id, able, cost, err}
	})
}

// onRecall folds in what is said of a recall.
func (m *Model) onRecall(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case costMsg:
		return m.onCost(msg)
	case progressMsg:
		if t := m.find(msg.tab); t != nil {
			t.onProgress(&msg)
		}
		return msg.next
	case recalledMsg:
		return m.onRecalled(msg)
	case feedMsg:
		return m.onFeed(msg)
	}
	return nil
}

// onFeed puts the changes of the past in front of those that the watch has brought meanwhile.
func (m *Model) onFeed(msg feedMsg) tea.Cmd {
	t := m.find(msg.tab)
	if t == nil || t.state == nil {
		return nil
	}
	if msg.err != nil {
		m.say(text.Warning, "The changes before this revision cannot be read: "+clean.Error(msg.err))
	}
	t.state.Feed.Past(msg.lost, msg.events)
	t.witness.Past(msg.events, msg.lost.Empty() && t.state.Info.Past == etcdsource.PastWhole)
	t.changes.Sync()
	return m.settle(t)
}

func (m *Model) onCost(msg costMsg) tea.Cmd {
	t := m.find(msg.tab)
	switch {
	case t == nil || t.recalling != nil:
	case msg.err != nil:
		m.say(text.Error, words.Upper(clean.Error(msg.err))+".")
	default:
		m.say(text.Muted, "")
		m.dialogs.Push(dialog.NewConfirm("Recall the whole past?", words.Wrapped(costLines(&msg.cost), min(m.lay.W-12, 76)),
			func() tea.Cmd { return m.recall(t, msg.able, msg.cost.Refused != "") }))
	}
	return nil
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
	tab    int
	source etcdsource.Source
	known  *learn.Known
	err    error
}

// recall begins a recall.
func (m *Model) recall(t *tab, able etcdsource.Recaller, force bool) tea.Cmd {
	if t.recalling != nil || t.ctx.Err() != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(t.ctx)
	t.recalling = &recalling{cancel: cancel, step: "streaming", total: -1, begun: m.style.Now}
	id, known := t.id, *t.opened.Known
	report, next, end := progress(id)
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
			return recalledMsg{tab: id, err: err}
		}
		return recalledMsg{tab: id, source: src, known: &known}
	}
	return tea.Batch(run, next)
}

// onRecalled shows the recalled source in the place of the running one.
func (m *Model) onRecalled(msg recalledMsg) tea.Cmd {
	t := m.find(msg.tab)
	switch {
	case t == nil && msg.source != nil:
		return func() tea.Msg { _ = msg.source.Close(); return nil }
	case t == nil:
		return nil
	}
	t.recalling = nil
	switch {
	case errors.Is(msg.err, context.Canceled):
		m.say(text.Muted, "The recall was cancelled; nothing is left of it.")
		return nil
	case msg.err != nil:
		m.say(text.Error, words.Upper(clean.Error(msg.err))+".")
		return nil
	}
	return m.replace(t, msg)
}

// replace puts a tab of the recalled source in the place of the one that it was recalled from. The cursor stays.
func (m *Model) replace(t *tab, msg recalledMsg) tea.Cmd {
	n := newTab(m.made, m.ctx, opening{target: t.target, begun: m.style.Now})
	m.made++
	m.tabs[slices.Index(m.tabs, t)] = n
	t.cancel()
	old := t.opened.Source
	n.below = t.below
	closing := tea.Cmd(func() tea.Msg { _ = old.Close(); return nil })
	if !isRecalled(old) {
		n.below, closing = append(n.below, old), nil
	}
	cursor := t.keys.Cursor()
	cmd := n.attach(&learn.Opened{Known: msg.known, Source: msg.source, From: t.opened.From, Audit: t.opened.Audit, AuditFound: t.opened.AuditFound, Follow: t.opened.Follow}, m.style, &m.opts)
	if cursor != "" {
		n.goal = cursor
	}
	m.rearrange()
	if r, err := etcdsource.As[etcdsource.Recalled](msg.source); err == nil {
		p := r.Recalled()
		m.say(text.OK, fmt.Sprintf("Recalled: revisions %s to %s are here, and what is written from now on.", widget.Thousands(p.From), widget.Thousands(p.Snapshot)))
	}
	return tea.Batch(cmd, closing, m.describe(n))
}

// cancelRecall ends the recall that is under way; it reports whether there was one.
func (t *tab) cancelRecall() bool {
	if t.recalling == nil {
		return false
	}
	t.recalling.cancel()
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
