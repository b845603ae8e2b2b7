package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/view"
)

// A tab can have several sources: the etcd of the cluster, and those of the node that keep a part of its keys alone. Each is a view,
// one of them is on the screen, and all are shown at the same time of the past.
//
//	tab 1 ─┬─ first view: /registry/…          tab 2 ── first view
//	       └─ its mate:   /registry/events/…

// group is a view's place among those of its tab.
type group struct {
	self *tab
	in   *tab // the first view of the tab, nil for that one
}

// first is the view with which the tab was opened.
func (g *group) first() *tab {
	if g.in != nil {
		return g.in
	}
	return g.self
}

// firsts are the first views of the tabs.
func firsts(m *Model) []*tab {
	return slices.DeleteFunc(slices.Clone(m.tabs), func(d *tab) bool { return d.in != nil })
}

// numbered is the number of a first view among those of the tabs, from 1 on, and how many there are.
func numbered(m *Model, first *tab) (number, tabs int) {
	for _, d := range m.tabs {
		if d.in == nil {
			tabs++
		}
		if d == first {
			number = tabs
		}
	}
	return number, tabs
}

// mates are the other views of the tab.
func (g *group) mates() []*tab {
	return slices.DeleteFunc(slices.Clone(g.self.m.tabs), func(o *tab) bool { return o == g.self || o.first() != g.first() })
}

// strange reports whether a path is of another etcd than that of a view that is not the first of its tab.
func (g *group) strange(path string) bool {
	e := g.first().v.Opened.EtcdOf(path)
	return g.in != nil && (e == nil || e.Name != g.self.v.Opening.Target.Etcd)
}

// show shows a view.
func (s *screen) show(d *tab) tea.Cmd {
	s.m.current = max(slices.Index(s.m.tabs, d), 0)
	s.rearrange()
	return d.Settle()
}

// next shows the next tab.
func (s *screen) next() tea.Cmd {
	list := firsts(s.m)
	return s.show(list[(slices.Index(list, s.m.tab().first())+1)%len(list)])
}

// Join implements host.Host.
func (g *group) Join(t host.Target, show bool) (cmd tea.Cmd) {
	var n *tab
	m := g.self.m
	for _, o := range g.mates() {
		if o.v.Opening.Target.Etcd == t.Etcd {
			n = o
		}
	}
	switch {
	case n == nil:
		n = m.newTab(t)
		n.in, n.from = g.first(), layout.Keys
		m.tabs = append(m.tabs, n)
		cmd = n.v.Connect()
	case n.v.State == nil:
		n.v.Opening.Target.Goal = t.Goal
	case show:
		cmd = n.Jump(t.Goal)
	}
	if show {
		cmd = tea.Batch(cmd, m.screen.show(n))
	}
	return cmd
}

// openedOf is a view as others see it, in the tab of a number.
func openedOf(v *view.View, place int) host.Opened {
	return host.Opened{Opened: v.Opened, ID: v.ID, Place: place, Target: v.Opening.Target, Name: clean.Key([]byte(v.State.Info.Name)),
		Past: v.AtHand(), Live: v.State.Info.Running, At: v.State.At, Head: v.State.Head, Finder: v.Times.Finder}
}

// Mates implements host.Host.
func (g *group) Mates() (out []host.Opened) {
	place := slices.Index(firsts(g.self.m), g.first()) + 1
	for _, o := range g.mates() {
		if o.v.State != nil {
			out = append(out, openedOf(o.v, place))
		}
	}
	return out
}

// Lead implements host.Host.
func (g *group) Lead(request tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for _, o := range g.mates() {
		if o.v.State != nil {
			cmds = append(cmds, o.Ask(request))
		}
	}
	return tea.Batch(cmds...)
}
