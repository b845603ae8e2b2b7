package tui

import (
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/view"
)

// screen is how the screen is divided, and what of it has the focus.
type screen struct {
	m     *Model
	lay   layout.Layout
	focus layout.ID
	zoom  bool // only the focused pane is shown
}

func (s *screen) setFocus(id layout.ID) {
	s.m.tab().Publish(host.FocusMoved{From: s.focus, To: id})
	if id.Whole() && id != s.focus && s.m.toast.role == text.Muted { // it was said of the screen before
		s.m.toast = toast{}
	}
	s.focus = id
	s.rearrange()
}

// cycle moves the focus to the next pane that is on the screen.
func (s *screen) cycle(dir int) {
	order := s.lay.Order()
	if s.zoom || s.lay.W < layout.SingleW || s.lay.H < layout.SingleH || s.focus.Whole() {
		order = []layout.ID{layout.Keys, layout.Object, layout.Timeline, layout.Changes}
	}
	if s.lay.StoryH > 0 {
		order = append(order, layout.Story)
	}
	at := 0
	for i, id := range order {
		if id == s.focus {
			at = i + dir
		}
	}
	s.focus = order[(at+len(order))%len(order)]
	s.rearrange()
}

func (s *screen) arrange(w, h int) {
	s.lay.W, s.lay.H = w, h
	s.rearrange()
}

// rearrange divides the screen again.
func (s *screen) rearrange() {
	if s.focus == layout.Story && len(s.m.tabs) > 0 && s.m.view().Panes.Story == nil {
		s.focus = layout.Keys
	}
	o := layout.Options{Focus: s.focus, Zoom: s.zoom}
	if len(s.m.tabs) > 0 {
		o = view.Divide(s.m.view(), s.focus, s.zoom, &s.lay)
	}
	s.lay = layout.Arrange(s.lay.W, s.lay.H, o)
	if len(s.m.tabs) == 0 || s.m.view().State == nil {
		return
	}
	t := s.m.view()
	for _, p := range s.lay.Places {
		if p.ID == layout.Object {
			t.Panes.ResizeValue(p.W, p.H-1)
		} else {
			s.m.tab().Pane(p.ID).Resize(p.W, p.H-1)
		}
	}
	t.Panes.Arranged(s.lay.W)
}
