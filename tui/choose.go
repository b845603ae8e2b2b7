package tui

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// compareKey is the key that compares: a file of the snapshots with now, then with now, else what is chosen.
func (m *Model) compareKey(t *tab) tea.Cmd {
	switch {
	case m.focus == layout.Snapshots:
		path, ok := t.snaps.Current()
		if !ok {
			m.say(text.Muted, "There is no snapshot under the cursor.")
			return nil
		}
		return m.compareFile(t, path)
	case t.state.At != 0:
		m.listThen(t)
		return nil
	}
	m.askCompare(t)
	return nil
}

// askCompare asks what to compare the shown source with.
func (m *Model) askCompare(t *tab) {
	var items []dialog.Item
	for i, o := range m.tabs {
		if o != t && o.state != nil && i < 9 {
			items = append(items, dialog.Item{Key: fmt.Sprint(i + 1), Label: "the other open source " + clean.Key([]byte(o.state.Info.Name)) + ", at " + widget.Thousands(o.state.Revision())})
		}
	}
	if t.state.At != 0 {
		items = append(items, dialog.Item{Key: "t", Label: "then and now: everything at " + widget.Thousands(t.state.At) + ", and now"})
	}
	items = append(items, dialog.Item{Key: "r", Label: "another revision or time with now, or two of them"},
		dialog.Item{Key: "f", Label: "a snapshot file, to be typed"})
	if !t.state.Info.Running {
		items = append(items, dialog.Item{Key: "l", Label: "the running cluster"})
	}
	m.dialogs.Push(dialog.NewMenu("Compare with", items, func(key string) tea.Cmd {
		switch key {
		case "t":
			return m.confirmContrast(t, t.end(t.state.At), t.end(0))
		case "r":
			m.dialogs.Push(dialog.NewPrompt("Compare revisions", "", []string{"One is compared with now, two with each other: 4000, 4000 5000, 10m, 15:04 15:10"},
				func(s string) tea.Cmd { return m.compareWith(t, s) }))
		case "f":
			m.dialogs.Push(dialog.NewPrompt("Compare with a snapshot", t.snaps.Dir()+string(filepath.Separator), []string{"The file is opened beside what is open:"},
				func(s string) tea.Cmd { return m.compareFile(t, s) }))
		case "l":
			return m.compareFile(t, "live")
		default:
			for i, o := range m.tabs {
				if key == fmt.Sprint(i+1) {
					return m.contrastTabs(t, o)
				}
			}
		}
		return nil
	}))
}

// compareWith carries out the command: nothing, one or two revisions or times, live, or a file.
func (m *Model) compareWith(t *tab, arg string) tea.Cmd {
	words := strings.Fields(arg)
	if len(words) == 0 {
		m.askCompare(t)
		return nil
	}
	ends := make([]end, 0, 2)
	for _, w := range words {
		e, err := t.readEnd(w)
		if err != nil {
			break
		}
		ends = append(ends, e)
	}
	switch {
	case len(ends) < len(words) || len(words) > 2:
		return m.compareFile(t, strings.TrimSpace(arg))
	case len(ends) == 1:
		ends = append(ends, t.end(0))
	}
	for i := range ends {
		e := &ends[i]
		if c := t.state.Info.Compacted; !e.timed && e.rev != 0 && (e.rev < c || e.rev > t.state.Head) {
			m.say(text.Warning, "Revision "+widget.Thousands(e.rev)+" cannot be read; "+widget.Thousands(max(c, 1))+" to "+widget.Thousands(t.state.Head)+" can.")
			return nil
		}
	}
	if a, b := &ends[0], &ends[1]; !a.timed && !b.timed && b.rev != 0 && a.rev > b.rev {
		ends[0], ends[1] = ends[1], ends[0]
	}
	return m.confirmContrast(t, ends[0], ends[1])
}

// readEnd reads a revision or a moment of a tab.
func (t *tab) readEnd(s string) (e end, err error) {
	e = t.end(0)
	if s == "now" {
		return e, nil
	}
	if e.rev, err = words.ParseRevision(s); err == nil {
		return e, nil
	}
	if e.when, e.timed = attribution.ReadMoment(s); e.timed {
		return e, nil
	}
	return e, errors.New("this is no revision and no time")
}

// compareFile compares with a file, which is opened beside what is open unless it is open; live is the running cluster.
func (m *Model) compareFile(t *tab, path string) tea.Cmd {
	target := host.Target{Path: path}
	if path == "live" {
		target.Path = ""
	}
	for _, o := range m.tabs {
		if o.target == target && o.state != nil && o != t {
			return m.contrastTabs(t, o)
		}
	}
	at := m.current
	cmd := m.openTab(target)
	t.contrast.awaits = m.tabs[m.current].id
	m.current = at
	m.rearrange()
	m.say(text.Muted, "Opening "+m.targetName(m.find(t.contrast.awaits))+" to compare it …")
	return cmd
}

// awaited compares a tab that has just been opened with the one that waited for it.
func (m *Model) awaited(o *tab) tea.Cmd {
	for _, t := range m.tabs {
		if t.contrast.awaits == o.id && t != o && t.state != nil {
			t.contrast.awaits, m.said = 0, ""
			return m.contrastTabs(t, o)
		}
	}
	return nil
}

// contrastTabs compares two open sources as they are shown; what is older, or a file, comes first.
func (m *Model) contrastTabs(t, o *tab) tea.Cmd {
	from, to := o.end(o.state.At), t.end(t.state.At)
	if !t.state.Info.Running && (o.state.Info.Running || t.state.Head < o.state.Head) {
		from, to = to, from
	}
	return m.confirmContrast(t, from, to)
}
