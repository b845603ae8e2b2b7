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
	tabs    []*desk
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
	lay     layout.Layout
	focus   layout.ID
	zoom    bool
	mouse   bool
	stale   bool
	frame   string
	title   string
	buf     []byte
	made    int  // tabs made so far, for their numbers
	presses int  // keys pressed so far
	which   bool // what can follow the pending key is shown
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

func tick() tea.Cmd {
	return tea.Tick(time.Second, func(t time.Time) tea.Msg { return host.Tick{Now: t} })
}

// Init implements tea.Model.
func (m *Model) Init() tea.Cmd {
	return tea.Batch(tick(), m.connect(m.tab()))
}

// desk is the one that is shown.
func (m *Model) desk() *desk { return m.tabs[m.current] }

func (m *Model) tab() *tab { return m.desk().v }

// newDesk returns a view whose source is about to be opened.
func (m *Model) newDesk(target host.Target) *desk {
	d := &desk{m: m, v: newTab(m.made, m.ctx, opening{target: target, begun: m.style.Now})}
	d.v.host = d
	m.made++
	return d
}

// openTab begins to open a target in a new tab.
func (m *Model) openTab(target host.Target) tea.Cmd {
	d := m.newDesk(target)
	m.tabs = append(m.tabs, d)
	m.current = len(m.tabs) - 1
	m.focus = layout.Keys
	m.rearrange()
	return m.connect(d.v)
}

// find returns the view with a number, nil when it was closed.
func (m *Model) find(id int) *desk {
	for _, d := range m.tabs {
		if d.v.id == id {
			return d
		}
	}
	return nil
}

func (m *Model) onOpened(msg openedMsg) tea.Cmd {
	d := m.find(msg.Tab)
	if d == nil {
		return msg.Drop()
	}
	if msg.err != nil {
		d.v.err = msg.err
		switch {
		case d.v.asks() != nil:
			m.askUnpack(d.v)
		case len(m.tabs) > 1:
			m.say(text.Error, clean.Error(msg.err))
			return m.closeTab(d)
		}
		return nil
	}
	m.remark(msg.opened)
	cmd := d.attach(msg.opened)
	if d.v.story != nil {
		m.focus = layout.Story
	}
	m.rearrange()
	cmds := []tea.Cmd{cmd, d.v.describeSource()}
	for _, o := range m.tabs {
		cmds = append(cmds, o.Tell(host.ViewOpened{ID: d.v.id}))
	}
	return tea.Batch(cmds...)
}

// remark says what the user should know of a source that was opened.
func (m *Model) remark(o *learn.Opened) {
	switch {
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
}

// closeTab closes a tab and shows the one before it.
func (m *Model) closeTab(d *desk) tea.Cmd {
	for i := range m.tabs {
		if m.tabs[i] == d {
			m.tabs = append(m.tabs[:i], m.tabs[i+1:]...)
			m.current = max(0, min(m.current, len(m.tabs)-1))
			break
		}
	}
	m.rearrange()
	return d.close()
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
		m.desk().pane(p.ID).Resize(p.W, p.H-1)
	}
	if t.story != nil {
		t.story.Resize(m.lay.W)
	}
	t.keys.Sync()
}
