package travel

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/words"
)

// Feature moves a view through time.
type Feature struct {
	host host.Host
	v    *view.View
	walk walk
	tab  together
}

// New returns the feature for a view.
func New(h host.Host, v *view.View) host.Feature {
	f := &Feature{host: h, v: v}
	f.tab.f = f
	return f
}

// Walking reports whether the revision of a time is being looked for.
func (f *Feature) Walking() bool { return f.walk.from != 0 }

// Update implements host.Feature.
func (f *Feature) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch m := msg.(type) {
	case momentMsg:
		return f.onMoment(m), true
	case ledMsg:
		return f.tab.onLed(m), true
	case view.Travelled:
		return f.tab.lead(), true
	case host.GoTo:
		return f.tab.follow(m.When), true
	case host.LookFor:
		if !f.tab.beside() {
			return f.gotoMoment(m.Moment), true
		}
	case host.ViewOpened:
		if when := f.v.Opening.Target.When; m.ID == f.v.ID && !when.IsZero() {
			return f.gotoMoment(attribution.Moment{At: when}), true
		}
		return f.tab.welcome(m.ID), true
	}
	return nil, false
}

// Back implements host.Feature.
func (f *Feature) Back() (tea.Cmd, bool) { return nil, false }

// Close implements host.Feature.
func (f *Feature) Close() {}

// Commands implements host.Commands.
func (f *Feature) Commands() []host.Command {
	return []host.Command{
		{Place: 10, Names: []string{"rev", "r", "at"}, Arg: "N|AGO|TIME", Help: "Show the whole store as it was: 4000, -500, 10m, 15:04", Run: f.gotoRevision},
		{Place: 20, Names: []string{"now"}, Help: "Return to now", Run: func(string) tea.Cmd { return f.host.Travel(0) }},
	}
}

// Act implements host.Feature.
func (f *Feature) Act(a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.Older:
		return f.write(-1), true
	case keymap.Newer:
		return f.write(+1), true
	case keymap.TravelHere:
		return f.travelHere(), true
	case keymap.TravelTo, keymap.GotoRevision:
		sign := "go to revision, 10m ago, or time 15:04: "
		if f.tab.joined() {
			sign = "go to a time 15:04, or 10m ago: "
		}
		f.host.Prompt(host.Prompt{Sign: sign, Done: func(s string) tea.Cmd {
			if s = strings.TrimSpace(s); s == "" {
				return nil
			}
			return f.gotoRevision(s)
		}})
		return nil, true
	case keymap.TenOlder:
		return f.ten(-1), true
	case keymap.TenNewer:
		return f.ten(+1), true
	case keymap.FarOlder:
		return f.minute(-1), true
	case keymap.FarNewer:
		return f.minute(+1), true
	case keymap.Now:
		return f.host.Travel(0), true
	case keymap.Follow:
		f.v.Panes.Changes.Follow(f.v.Panes.Changes.Paused())
		if !f.v.Panes.Changes.Paused() && f.v.Panes.Object.Pinned() != 0 {
			return f.host.Carry(pane.Pin{Rev: 0}), true
		}
		return nil, true
	}
	return nil, false
}

// write goes one write back or forward: of the selected key where its history or its value has the focus, of the
// whole store elsewhere; at the end of a story that is its next step.
func (f *Feature) write(dir int) tea.Cmd {
	if f.steps() {
		return f.stepChanges(dir)
	}
	if s := f.host.Scope(); s == keymap.Value || s == keymap.Timeline {
		rev, ok := f.v.Panes.History.Step(dir)
		if !ok {
			return f.end(dir)
		}
		return f.host.Carry(pane.Pin{Rev: rev})
	}
	if f.v.Panes.Story != nil {
		return f.host.Ask(host.StepStory{Dir: dir})
	}
	rev := f.v.State.Revision() + int64(dir)
	if rev > f.v.State.Head {
		f.host.Say(text.Muted, "This is the newest revision.")
		return nil
	}
	return f.host.Travel(rev)
}

// end is the step from the oldest version that has a row, which reads older ones where there are any, and from the newest.
func (f *Feature) end(dir int) tea.Cmd {
	if dir > 0 {
		f.host.Say(text.Muted, "This is the newest version.")
		return nil
	}
	more := f.v.Panes.History.More()
	if more == nil {
		f.host.Say(text.Muted, "No older version of this key has been read.")
		return nil
	}
	f.host.Say(text.Muted, "Older versions are being read; [ again goes on to them.")
	return f.host.Carry(more)
}

// farStep is how many revisions < and > go where no dates are known.
const farStep = 100

// far goes many revisions back or forward, as far as there are any.
func (f *Feature) far(by int64) tea.Cmd {
	rev := max(f.v.State.Revision()+by, f.v.State.Info.Compacted, 1)
	if rev >= f.v.State.Head {
		rev = 0
	}
	return f.host.Travel(rev)
}

// travelHere moves the whole screen to the revision under the cursor.
func (f *Feature) travelHere() tea.Cmd {
	switch {
	case f.host.Focus() == layout.Changes && f.v.Panes.Changes.Current() != nil:
		return f.host.Travel(f.v.Panes.Changes.Current().Mod)
	case f.host.Focus() == layout.Sequence && f.v.Panes.Sequence.Current() != nil && f.v.Panes.Sequence.Current().Etcd != "":
		return f.gotoMoment(attribution.Moment{At: f.v.Panes.Sequence.Current().Time})
	case f.host.Focus() == layout.Sequence && f.v.Panes.Sequence.Current() != nil && f.v.Panes.Sequence.Current().Rev != 0:
		return f.host.Travel(f.v.Panes.Sequence.Current().Rev)
	case f.host.Focus() != layout.Report && f.v.Panes.History.Current() != nil:
		return f.host.Travel(f.v.Panes.History.Current().Mod)
	}
	f.host.Say(text.Muted, "Select a revision in the timeline or among the changes first.")
	return nil
}

// gotoRevision travels to a revision that was typed.
func (f *Feature) gotoRevision(s string) tea.Cmd {
	before, back := strings.CutPrefix(s, "-")
	rev, err := words.ParseRevision(before)
	if w, ok := attribution.ReadMoment(before); ok && err != nil {
		return f.gotoMoment(w)
	}
	if f.tab.joined() && err == nil {
		f.host.Say(text.Warning, "This tab shows two etcds, and a revision of one says nothing in the other: give a time (15:04, 10m, 2026-11-22T10:14:07Z), which moves both.")
		return nil
	}
	if back && err == nil {
		return f.far(-rev)
	}
	if err != nil {
		f.host.Say(text.Warning, "Give a revision (4000, -500), how long ago (10m), or a time in UTC (15:04, 2026-11-22T10:14:07Z).")
		return nil
	}
	return f.host.Travel(rev)
}

// ten goes ten writes back or forward, or as far as there are any: of what write goes one of, a story's steps apart.
func (f *Feature) ten(dir int) tea.Cmd {
	if f.steps() {
		var cmds []tea.Cmd
		for range 10 {
			cmds = append(cmds, f.stepChanges(dir))
		}
		return tea.Batch(cmds...)
	}
	if s := f.host.Scope(); s != keymap.Value && s != keymap.Timeline {
		return f.far(int64(10 * dir))
	}
	at := int64(0)
	for range 10 {
		rev, ok := f.v.Panes.History.Step(dir)
		if !ok {
			break
		}
		at = rev
	}
	if at == 0 {
		return f.write(dir) // which says why there is none
	}
	return f.host.Carry(pane.Pin{Rev: at})
}
