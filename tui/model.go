package tui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/story"
	"github.com/etcdscope/etcdscope/tui/theme"
)

// Model is the program: the opened sources, what is focused, and what lies over the panes.
type Model struct {
	ctx     context.Context
	deps    host.Deps
	opts    host.Options
	style   *pane.Style
	tabs    []*tab
	current int
	dialogs dialog.Stack
	keys    keymap.State
	prompt  prompt
	clicked click
	looks
	toast
	spent
}

// looks is what the screen looks like.
type looks struct {
	lay       layout.Layout
	focus     layout.ID
	zoom      bool
	mouse     bool
	stale     bool
	frame     string
	title     string
	buf       []byte
	made      int  // tabs made so far, for their numbers
	presses   int  // keys pressed so far
	which     bool // what can follow the pending key is shown
	thenShown bool // the list of differences is of then and now
}

// toast is a passing line at the foot.
type toast struct {
	said  string
	role  text.Role
	until time.Time
}

// toastTime is how long a passing line stays.
const toastTime = 8 * time.Second

// New returns the program. The context ends everything that it begins.
func New(ctx context.Context, deps host.Deps, opts host.Options, th *theme.Theme) *Model {
	m := &Model{ctx: ctx, deps: deps, opts: opts, style: &pane.Style{Theme: th, Now: time.Now()}}
	m.focus, m.mouse, m.stale, m.title = layout.Keys, opts.Mouse, true, "etcdscope"
	m.openTab(opts.Target)
	m.arrange(80, 24)
	return m
}

// tickMsg comes once a second: ages, rates and passing lines change.
type tickMsg time.Time

func tick() tea.Cmd {
	return tea.Tick(time.Second, func(t time.Time) tea.Msg { return tickMsg(t) })
}

// Init implements tea.Model.
func (m *Model) Init() tea.Cmd {
	return tea.Batch(tick(), m.connect(m.tab()))
}

func (m *Model) tab() *tab { return m.tabs[m.current] }

// openedMsg is a source that was opened, or why it was not.
type openedMsg struct {
	tab    int
	opened *learn.Opened
	err    error
}

// openTab begins to open a target in a new tab.
func (m *Model) openTab(target host.Target) tea.Cmd {
	t := newTab(m.made, m.ctx, opening{target: target, begun: m.style.Now})
	m.made++
	m.tabs = append(m.tabs, t)
	m.current = len(m.tabs) - 1
	m.focus = layout.Keys
	m.rearrange()
	return m.connect(t)
}

// find returns the tab with a number, nil when it was closed.
func (m *Model) find(id int) *tab {
	for _, t := range m.tabs {
		if t.id == id {
			return t
		}
	}
	return nil
}

// current answers whether an answer still matters, and for which tab.
func (m *Model) asked(a host.Ask) *tab {
	if t := m.find(a.Tab); t != nil && t.state != nil && t.state.Gen == a.Gen {
		return t
	}
	return nil
}

func (m *Model) onOpened(msg openedMsg) tea.Cmd {
	t := m.find(msg.tab)
	if t == nil {
		if msg.opened != nil {
			src := msg.opened.Source
			return func() tea.Msg { _ = src.Close(); return nil }
		}
		return nil
	}
	if msg.err != nil {
		t.err = msg.err
		if t.asks() != nil {
			m.askUnpack(t)
			return nil
		}
		if len(m.tabs) > 1 {
			m.say(text.Error, clean.Error(msg.err))
			return m.closeTab(t)
		}
		return nil
	}
	switch o := msg.opened; {
	case o.NoKeys != nil:
		m.say(text.Warning, clean.Error(o.NoKeys)+"; encrypted values stay as they are")
	case etcdsource.Limits(o.Source) != "":
		m.say(text.Warning, clean.Text(etcdsource.Limits(o.Source)))
	case o.Unread != nil:
		m.say(text.Warning, clean.Error(o.Unread))
	case m.opts.Hint != "":
		m.say(text.Warning, m.opts.Hint)
		m.opts.Hint = ""
	case o.AuditFound != "":
		m.say(text.Plain, "The audit log "+clean.Key([]byte(o.AuditFound))+" tells who wrote: this node's API server keeps it.")
	}
	cmd := t.attach(msg.opened, m.style, &m.opts)
	if t.story != nil {
		m.focus = layout.Story
	}
	m.rearrange()
	return tea.Batch(cmd, m.describe(t), m.awaited(t))
}

// closeTab closes a tab and shows the one before it.
func (m *Model) closeTab(t *tab) tea.Cmd {
	for i := range m.tabs {
		if m.tabs[i] == t {
			m.tabs = append(m.tabs[:i], m.tabs[i+1:]...)
			m.current = max(0, min(m.current, len(m.tabs)-1))
			break
		}
	}
	m.rearrange()
	return t.close()
}

// describedSourceMsg is what a source says of itself now.
type describedSourceMsg struct {
	tab  int
	info etcdsource.Info
	err  error
}

// describedOnceMsg is the same, asked out of turn.
type describedOnceMsg describedSourceMsg

// describeEvery is how often a source is asked about itself.
const describeEvery = 10 * time.Second

// describe asks the source about itself: the size of its database, the check of its sum.
func (m *Model) describe(t *tab) tea.Cmd {
	src, id, ctx := t.opened.Source, t.id, t.ctx
	wait := describeEvery
	if t.state.Info.Integrity.State == etcdsource.Checking {
		wait = time.Second
	} else if !t.state.Info.Running {
		return nil
	}
	return tea.Tick(wait, func(time.Time) tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, host.JobTimeout)
		defer cancel()
		info, err := src.Describe(ctx)
		return describedSourceMsg{id, info, err}
	})
}

// describeNow asks the source about itself out of turn.
func describeNow(t *tab) tea.Cmd {
	src, id := t.opened.Source, t.id
	return host.Job(t.ctx, func(ctx context.Context) tea.Msg {
		info, err := src.Describe(ctx)
		return describedOnceMsg{id, info, err}
	})
}

func (m *Model) onDescribedSource(msg describedSourceMsg) tea.Cmd {
	m.takeInfo(msg)
	if t := m.find(msg.tab); t != nil && t.state != nil {
		return m.describe(t)
	}
	return nil
}

func (m *Model) takeInfo(msg describedSourceMsg) {
	if t := m.find(msg.tab); t != nil && t.state != nil && msg.err == nil {
		t.state.Info = msg.info
	}
}

// say shows a passing line.
func (m *Model) say(role text.Role, s string) {
	m.toast = toast{s, role, m.style.Now.Add(toastTime)}
}

func (m *Model) arrange(w, h int) {
	m.lay.W, m.lay.H = w, h
	m.rearrange()
}

// rearrange divides the screen anew.
func (m *Model) rearrange() {
	if m.focus == layout.Story && len(m.tabs) > 0 && m.tab().story == nil {
		m.focus = layout.Keys
	}
	o := layout.Options{Focus: m.focus, Zoom: m.zoom}
	if len(m.tabs) > 0 && m.tab().story != nil {
		o.Story = story.Rows
	}
	o.Past = len(m.tabs) > 0 && m.tab().state != nil && m.tab().state.At != 0
	m.lay = layout.Arrange(m.lay.W, m.lay.H, o)
	if len(m.tabs) == 0 || m.tab().state == nil {
		return
	}
	t := m.tab()
	for _, p := range m.lay.Places {
		if p.ID == layout.Object {
			t.object.Resize(p.W, p.H-1)
			t.table.Resize(p.W, p.H-1)
			continue
		}
		t.pane(p.ID).Resize(p.W, p.H-1)
	}
	if t.story != nil {
		t.story.Resize(m.lay.W)
	}
	t.keys.Sync()
}
