package compare

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// compareKey is the key that compares: a file of the snapshots with now, then with now, else what is chosen.
func (sd *stateDiff) compareKey() tea.Cmd {
	switch {
	case sd.f.v.State.At != 0:
		sd.listThen()
		return nil
	}
	sd.askCompare()
	return nil
}

// askCompare asks what to compare the shown source with.
func (sd *stateDiff) askCompare() {
	var items []dialog.Item
	open := sd.f.host.Opened()
	for i := range open {
		if o := &open[i]; o.ID != sd.f.v.ID && o.Place <= 9 {
			items = append(items, dialog.Item{Key: strconv.Itoa(o.Place), Label: "the other open source " + o.Name + ", at " + widget.Thousands(o.Revision())})
		}
	}
	if sd.f.v.State.At != 0 {
		items = append(items, dialog.Item{Key: "t", Label: "then and now: everything at " + widget.Thousands(sd.f.v.State.At) + ", and now"})
	}
	items = append(items, dialog.Item{Key: "m", Label: "5 minutes ago with now"}, dialog.Item{Key: "r", Label: "another revision or time with now, or two of them"},
		dialog.Item{Key: "f", Label: "a snapshot file, to be typed"})
	if !sd.f.v.State.Info.Running {
		items = append(items, dialog.Item{Key: "l", Label: "the running cluster"})
	}
	sd.f.host.Push(dialog.NewMenu("Compare with", items, func(key string) tea.Cmd {
		switch key {
		case "t":
			return sd.confirmContrast(sd.end(sd.f.v.State.At), sd.end(0))
		case "m":
			return sd.compareWith("5m")
		case "r":
			sd.f.host.Push(dialog.NewPrompt("Compare revisions", "", []string{"One is compared with now, two with each other: 4000, 4000 5000, 10m, 15:04 15:10"},
				func(s string) tea.Cmd { return sd.compareWith(s) }))
		case "f":
			sd.f.host.Push(dialog.NewPrompt("Compare with a snapshot", sd.f.host.Options().Folder(sd.f.v.Opened)+string(filepath.Separator), []string{"The file is opened beside what is open:"},
				func(s string) tea.Cmd { return sd.compareFile(s) }))
		case "l":
			return sd.compareFile("live")
		default:
			for _, o := range sd.f.host.Opened() {
				if key == strconv.Itoa(o.Place) {
					return sd.compareTabs(&o)
				}
			}
		}
		return nil
	}))
}

// compareWith carries out the command: nothing, one or two revisions or times, live, or a file.
func (sd *stateDiff) compareWith(arg string) tea.Cmd {
	words := strings.Fields(arg)
	if len(words) == 0 {
		sd.askCompare()
		return nil
	}
	ends := make([]end, 0, 2)
	for _, w := range words {
		e, err := sd.readEnd(w)
		if err != nil {
			break
		}
		ends = append(ends, e)
	}
	switch {
	case len(ends) < len(words) || len(words) > 2:
		return sd.compareFile(strings.TrimSpace(arg))
	case len(ends) == 1:
		ends = append(ends, sd.end(0))
	}
	for i := range ends {
		e := &ends[i]
		if c := sd.f.v.State.Info.Compacted; !e.timed && e.rev != 0 && (e.rev < c || e.rev > sd.f.v.State.Head) {
			sd.f.host.Say(text.Warning, "Revision "+widget.Thousands(e.rev)+" cannot be read; "+widget.Thousands(max(c, 1))+" to "+widget.Thousands(sd.f.v.State.Head)+" can.")
			return nil
		}
	}
	if a, b := &ends[0], &ends[1]; !a.timed && !b.timed && b.rev != 0 && a.rev > b.rev {
		ends[0], ends[1] = ends[1], ends[0]
	}
	return sd.confirmContrast(ends[0], ends[1])
}

// readEnd reads a revision or a moment of a tab.
func (sd *stateDiff) readEnd(s string) (e end, err error) {
	e = sd.end(0)
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
func (sd *stateDiff) compareFile(path string) tea.Cmd {
	target := host.Target{Path: path}
	if path == "live" {
		target.Path = ""
	}
	for _, o := range sd.f.host.Opened() {
		if o.Target == target && o.ID != sd.f.v.ID {
			return sd.compareTabs(&o)
		}
	}
	id, cmd := sd.f.host.Open(target, true)
	sd.listing.awaits = id
	sd.f.host.Say(text.Muted, "Opening "+clean.Key([]byte(target.String()))+" to compare it …")
	return cmd
}

// awaited compares with a view that has just been opened, where this one has waited for it.
func (sd *stateDiff) awaited(id int) tea.Cmd {
	if sd.listing.awaits != id {
		return nil
	}
	return sd.f.compareView(id)
}

// compareView compares with another open view.
func (f *Feature) compareView(id int) tea.Cmd {
	sd := &f.states
	for _, o := range sd.f.host.Opened() {
		if o.ID == id && id != sd.f.v.ID {
			sd.listing.awaits = 0
			sd.f.host.Say(text.Muted, "")
			return sd.compareTabs(&o)
		}
	}
	return nil
}

// compareTabs compares two open sources as they are shown; what is older, or a file, comes first.
func (sd *stateDiff) compareTabs(o *host.Opened) tea.Cmd {
	from, to := endOf(o, o.At), sd.end(sd.f.v.State.At)
	if !sd.f.v.State.Info.Running && (o.Live || sd.f.v.State.Head < o.Head) {
		from, to = to, from
	}
	return sd.confirmContrast(from, to)
}
