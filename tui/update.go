package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/words"
)

// Update implements tea.Model. It does no I/O: it folds a message in and returns what is to be asked next.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	stale := m.stale
	m.stale = true
	m.passes = m.passes && passing(msg)
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return m, m.onKey(msg)
	case tea.PasteMsg:
		return m, m.onPaste(msg)
	case tea.MouseMsg:
		return m, m.onMouse(msg)
	case tea.WindowSizeMsg:
		m.arrange(msg.Width, msg.Height)
	case tickMsg:
		return m, m.onTick(time.Time(msg))
	case batchMsg:
		m.stale = stale || !msg.more
		if t := m.find(msg.tab); t != nil {
			return m, tea.Batch(m.onBatch(t, msg.batch), m.settle(t))
		}
	case feedEndedMsg:
		m.onFeedEnded(msg)
	case openedMsg:
		return m, m.onOpened(msg)
	case describedSourceMsg:
		return m, m.onDescribedSource(msg)
	case describedOnceMsg:
		m.takeInfo(describedSourceMsg(msg))
	case host.FailedMsg:
		m.say(text.Error, clean.Error(msg.Err))
	case host.Answer:
		if t := m.asked(msg.Of()); t != nil {
			return m, tea.Batch(m.onAnswer(t, msg), m.settle(t))
		}
		if c, ok := msg.(childrenMsg); ok && c.more != nil {
			c.more.close()
		}
	default:
		return m, m.onOther(msg)
	}
	return m, nil
}

func (m *Model) onAnswer(t *tab, msg host.Answer) tea.Cmd {
	switch msg := msg.(type) {
	case childrenMsg:
		return t.onChildren(msg)
	case countedMsg:
		return t.onCounted(msg)
	case objectMsg:
		return t.onObject(msg)
	case docMsg:
		t.object.SetDoc(msg.object, msg.format, msg.view, msg.doc, msg.lines)
	case restMsg:
		return t.onRest(msg)
	case historyMsg:
		t.onHistory(msg)
	case followMsg:
		return t.onFollow(msg)
	case thenMsg:
		m.onThen(t, msg)
	case diffMsg:
		t.onDiff(msg)
	case familyMsg:
		t.onFamily(msg)
	case describedMsg:
		t.onDescribed(msg)
	case stepMsg:
		return m.onStep(t, msg)
	default:
		return m.onOtherAnswer(t, msg)
	}
	return nil
}

// settle asks for what the screen shows and nobody has asked for yet.
func (m *Model) settle(t *tab) tea.Cmd {
	if t.state == nil || t != m.tab() {
		return nil
	}
	cmds := []tea.Cmd{t.describeFeed(), t.fillTable(), m.fillSpaces(t), m.noteRows(t)}
	if m.focus == layout.Report {
		cmds = append(cmds, t.sumUp())
	}
	return tea.Batch(append(cmds, t.tellStanding(m.style.Now))...)
}

func (m *Model) onTick(now time.Time) tea.Cmd {
	m.style.Now = now
	if m.said != "" && now.After(m.until) {
		m.said = ""
	}
	t := m.tab()
	var report, standing tea.Cmd
	if t.state != nil {
		t.keys.Touch(nil, now)
		t.keys.Beat(now)
		t.changes.Beat(now)
		report, standing = m.keepUp(t), t.tellStanding(now)
	}
	return tea.Batch(tick(), m.autoplay(t), report, standing)
}

// onFeedEnded marks the source as gone: what is on the screen stays.
func (m *Model) onFeedEnded(msg feedEndedMsg) {
	t := m.find(msg.tab)
	if t == nil || t.ctx.Err() != nil || t.state == nil {
		return
	}
	t.state.End(clean.Text(words.Reason(msg.err)), m.style.Now)
}

// onBatch folds a batch of changes in. Where a connection is back, the source is asked about itself: it may be another
// member now.
func (m *Model) onBatch(t *tab, b etcdsource.Batch) tea.Cmd {
	lost := !t.state.Lost.IsZero()
	cmd := t.onBatch(b, m.style.Now)
	if lost && t.state.Lost.IsZero() && t.state.Info.Running {
		return tea.Batch(cmd, describeNow(t))
	}
	return cmd
}
