package tui

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/view"
)

// Model is the program: the tabs, what is on the screen, and what is being typed.
type Model struct {
	ctx     context.Context
	deps    host.Deps
	opts    host.Options
	style   *pane.Style
	tabs    []*tab
	current int // the tab that is shown
	made    int // tabs made so far, for the numbers of their views
	screen  screen
	typing  typing
	pointer pointer
	toast   toast
	drawing drawing
}

const toastTime = 8 * time.Second

// toast is a passing line at the foot, which stays for toastTime.
type toast struct {
	said  string
	role  text.Role
	until time.Time
	ofKey bool // it says that a key does nothing, until the next one does something
}

// New returns the program. The context ends everything that it begins.
func New(ctx context.Context, deps host.Deps, opts host.Options, th *theme.Theme) *Model {
	m := &Model{ctx: ctx, deps: deps, opts: opts, style: &pane.Style{Theme: th, Now: time.Now()}, drawing: drawing{stale: true}}
	m.screen, m.typing, m.pointer = screen{m: m, focus: layout.Keys}, typing{m: m}, pointer{m: m, on: opts.Mouse}
	m.openTab(opts.Target)
	m.screen.arrange(80, 24)
	return m
}

func tick() tea.Cmd {
	return tea.Tick(time.Second, func(t time.Time) tea.Msg { return host.Tick{Now: t} })
}

// Init implements tea.Model.
func (m *Model) Init() tea.Cmd { return tea.Batch(tick(), m.view().Connect()) }

// tab is the one that is shown.
func (m *Model) tab() *tab { return m.tabs[m.current] }

func (m *Model) view() *view.View { return m.tab().v }

// newTab returns a view whose source is about to be opened.
func (m *Model) newTab(target host.Target) *tab {
	d := &tab{m: m, v: view.New(m.made, m.ctx, view.Opening{Target: target, Begun: m.style.Now})}
	d.v.Host, d.self = d, d
	m.made++
	return d
}

// openTab begins to open a target in a new tab.
func (m *Model) openTab(target host.Target) tea.Cmd {
	d := m.newTab(target)
	m.tabs = append(m.tabs, d)
	m.current = len(m.tabs) - 1
	d.from, m.screen.focus = m.screen.focus, layout.Keys
	m.screen.rearrange()
	return d.v.Connect()
}

// find returns the view with a number, nil when it was closed.
func (m *Model) find(id int) *tab {
	for _, d := range m.tabs {
		if d.v.ID == id {
			return d
		}
	}
	return nil
}

func (m *Model) onOpened(msg view.OpenedMsg) tea.Cmd {
	d := m.find(msg.Tab)
	if d == nil || d.v.State != nil {
		return msg.Drop()
	}
	if msg.Err != nil {
		again := d.v.Opening.Fail(msg.Err)
		switch {
		case d.v.Opening.Asks() != nil:
			d.v.AskUnpack()
		case len(m.tabs) > 1 && !again:
			m.say(text.Error, d.v.Opening.Failed())
			if d.from == layout.Snapshots && m.screen.focus == layout.Keys {
				m.screen.focus = layout.Snapshots
			}
			return m.closeTab(d)
		}
		return view.LookOffline(d.v)
	}
	cmd := d.attach(msg.Opened)
	if d.v.Panes.Story != nil {
		m.screen.focus = layout.Story
	}
	m.screen.rearrange()
	cmds := []tea.Cmd{cmd, d.v.Flow.DescribeSource()}
	for _, o := range m.tabs {
		cmds = append(cmds, o.Publish(host.ViewOpened{ID: d.v.ID}))
	}
	return tea.Batch(cmds...)
}

// closeTab closes a view with those that are in its tab, and shows the one that was shown, else the one whose tab it was in, else
// the one before it.
func (m *Model) closeTab(d *tab) tea.Cmd {
	shown, gone := m.tab(), append(d.mates(), d)
	if d.in != nil {
		gone = []*tab{d}
	}
	m.tabs = slices.DeleteFunc(m.tabs, func(o *tab) bool { return slices.Contains(gone, o) })
	at := slices.Index(m.tabs, shown)
	if at < 0 {
		at = slices.Index(m.tabs, d.first())
	}
	if left := firsts(m); at < 0 && len(left) > 0 {
		at = slices.Index(m.tabs, left[min(m.current, len(left)-1)])
	}
	m.current = max(at, 0)
	m.screen.rearrange()
	var cmds []tea.Cmd
	for _, o := range gone {
		cmds = append(cmds, o.close())
	}
	return tea.Batch(cmds...)
}

// say shows a passing line.
func (m *Model) say(role text.Role, s string) {
	m.toast = toast{said: s, role: role, until: m.style.Now.Add(toastTime)}
}
