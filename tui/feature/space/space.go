package space

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/space"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/view"
)

// Feature shows what fills the database.
type Feature struct {
	host   host.Host
	v      *view.View
	board  *board
	by     space.By
	seen   seen
	stop   context.CancelFunc // of the survey that is under way; nil for none
	begun  bool               // a survey is under way, or done
	number int                // of the last survey
	apart  map[space.By]bool  // likewise of the kinds of rows that are counted only where somebody looks at them
}

// seen is what is known by now.
type seen struct {
	survey *space.Survey // shared: nothing changes it any more
	rows   map[space.By][]space.Row
	how    string // how far the survey is, "" when it is done
	err    error
	span   time.Duration // of the history; 0 where that is not known
}

// New returns the feature for a view.
func New(h host.Host, v *view.View) host.Feature {
	return &Feature{host: h, v: v, by: space.ByResource, board: newBoard(v.Panes.Style)}
}

// Screens implements host.Screens.
func (f *Feature) Screens() []host.Screen {
	return []host.Screen{{ID: layout.Space, Pane: f.board, Scope: keymap.Space}}
}

// Act implements host.Feature.
func (f *Feature) Act(a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.Pane9:
		return f.show(f.by), true
	case keymap.ShowNamespaces:
		return f.show(space.ByNamespace), true
	}
	if f.host.Focus() != layout.Space {
		return nil, false
	}
	switch a {
	case keymap.Open:
		return f.open(), true
	case keymap.NextPane:
		return f.show(next(f.by, 1)), true
	case keymap.PrevPane:
		return f.show(next(f.by, -1)), true
	case keymap.Rescue:
		return f.rescue(), true
	case keymap.Sort:
		view.SortMenu(f.host, f.board.Pane)
		return f.host.Settle(), true
	}
	return nil, false
}

// next is the kind of rows so many further on.
func next(by space.By, step int) space.By {
	all := space.Kinds()
	for i, k := range all {
		if k == by {
			return all[(i+step+len(all))%len(all)]
		}
	}
	return by
}

// Update implements host.Feature.
func (f *Feature) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case surveyMsg:
		return f.onSurvey(msg), true
	case host.ShowScreen:
		if msg.Name != "space" {
			return nil, false
		}
		return f.show(f.by), true
	case host.Settling:
		return f.begin(), true
	case host.Refreshing:
		if f.host.Focus() == layout.Space {
			f.forget()
		}
	case view.Travelled:
		if f.v.State.Info.Spare {
			f.forget()
		}
	case host.FocusMoved:
		if msg.From == layout.Space && msg.To != layout.Space {
			f.leave()
		}
	default:
		return nil, false
	}
	return nil, true
}

// Back implements host.Feature.
func (f *Feature) Back() (tea.Cmd, bool) { return nil, false }

// Close implements host.Feature.
func (f *Feature) Close() {}

// Commands implements host.Commands.
func (f *Feature) Commands() []host.Command {
	to := func(by space.By) func(string) tea.Cmd { return func(string) tea.Cmd { return f.show(by) } }
	return []host.Command{
		{Place: 50, Names: []string{"space", "size"}, Help: "What fills the database: by resource, namespace, key, field, writer", Run: to(space.ByResource)},
		{Place: 51, Names: []string{"namespaces-by-size", "biggest"}, Help: "The namespaces, the biggest first: keys and bytes of each", Run: to(space.ByNamespace)},
	}
}

// show goes to the rows of a kind.
func (f *Feature) show(by space.By) tea.Cmd {
	if by != f.by {
		f.board.Sift(nil)
	}
	f.by = by
	f.host.FocusOn(layout.Space)
	f.fill(true)
	return f.host.Settle()
}

// leave ends a survey that is under way. One of a store that is written is made again at the next look.
func (f *Feature) leave() {
	if f.stop != nil || f.v.State.Info.Running {
		f.forget()
	}
}

// forget ends a survey; the next look begins again.
func (f *Feature) forget() {
	if f.stop != nil {
		f.stop()
	}
	f.stop, f.begun, f.apart, f.seen = nil, false, nil, seen{}
	f.board.Select("", "")
}

// open leads to what is in the row under the cursor.
func (f *Feature) open() tea.Cmd {
	at := f.board.Cursor()
	say := func(s string) tea.Cmd {
		f.host.Say(text.Muted, s)
		return nil
	}
	if at == "" { // there is no row yet
		return nil
	}
	switch f.by {
	case space.ByNamespace:
		if at == noName {
			return say("These keys are in no namespace: the tree shows them, 1 goes there.")
		}
		return f.host.Ask(host.ScopeTo{Namespace: at})
	case space.ByResource:
		path := f.folder(at)
		if path == "" {
			return say("These keys lie in several places: the tree shows them, 1 goes there.")
		}
		f.host.FocusOn(layout.Keys)
		return f.host.Jump(path)
	case space.ByKey:
		f.host.FocusOn(layout.Timeline)
		return f.host.Jump(at)
	case space.ByWriter:
		return say("3, then / and by:NAME, lists the changes of one writer.")
	}
	return say("A field is in many objects: by resource, → shows where most of it is.")
}

// rescue brings back the namespace under the cursor.
func (f *Feature) rescue() tea.Cmd {
	at := f.board.Cursor()
	namespaces, ok := f.v.Opened.Kinds.Find("namespaces")
	if f.by != space.ByNamespace || at == "" || at == noName || !ok {
		f.host.Say(text.Muted, "A namespace can be brought back: g s goes to them.")
		return nil
	}
	key := f.v.Opened.Kinds.Prefix(f.v.Opened.Root, namespaces, "") + at
	return f.host.Ask(view.Rescue{From: f.v.Opened, Rev: f.v.State.At, Of: clean.End(clean.Key([]byte(f.v.State.Info.Name)), 40), Name: "namespaces/" + at, Keys: []view.Mark{{Key: key}}})
}

// folder is where the keys of a resource are, "" where that is not one place.
func (f *Feature) folder(resource string) string {
	if r, ok := f.v.Opened.Kinds.Find(resource); ok && r.FullName() == resource {
		return f.v.Opened.Kinds.Prefix(f.v.Opened.Root, r, "")
	}
	switch {
	case resource == space.OtherKeys:
		return ""
	case resource[0] == '/':
		return resource
	case resource[len(resource)-1] == '/':
		return f.v.Opened.Root + resource
	}
	for _, r := range f.v.Opened.Kinds.All() {
		if r.FullName() == resource {
			return f.v.Opened.Kinds.Prefix(f.v.Opened.Root, r, "")
		}
	}
	return ""
}
