package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/tui/config"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/report"
	"github.com/etcdscope/etcdscope/tui/words"
)

// command is what can be typed after a colon.
type command struct {
	names []string // the first is its name, the others are aliases
	arg   string   // what must follow; in brackets where it may
	help  string
	open  bool // it needs an opened source
	run   func(*Model, *tab, string) tea.Cmd
}

// commands is every command there is; the names of resources are commands too.
var commands = []command{
	{[]string{"rev", "r"}, "N|AGO|TIME", "Show the whole store as it was: 4000, -500, 10m, 15:04", true, func(m *Model, t *tab, arg string) tea.Cmd { return m.gotoRevision(t, arg) }},
	{[]string{"now"}, "", "Return to now", true, func(m *Model, t *tab, _ string) tea.Cmd { return m.travel(t, 0) }},
	{[]string{"key", "k"}, "/KEY", "Go to a key or a folder", true, (*Model).toKey},
	{[]string{"ns", "namespace"}, "[NAME]", "Only one namespace in keys, changes and search; without a name all", true, (*Model).scopeTo},
	{[]string{"space", "namespaces-by-size", "biggest"}, "", "The namespaces, the biggest first: keys and bytes of each", true, func(m *Model, t *tab, _ string) tea.Cmd { return m.showSpaces(t) }},
	{[]string{"grep"}, "TEXT", "Look for a text in the values below the selected folder", true, (*Model).grep},
	{[]string{"compare", "diff"}, "[FILE|live|N [N]]", "Compare all keys: with a file, the cluster, a revision or time; two of them", true, (*Model).compareWith},
	{[]string{"save"}, "FILE", "Save a snapshot of the whole store", true, func(m *Model, t *tab, arg string) tea.Cmd { return m.save(t, arg) }},
	{[]string{"open", "o"}, "FILE", "Open a snapshot beside what is open", false, func(m *Model, _ *tab, arg string) tea.Cmd { return m.openTab(host.Target{Path: arg}) }},
	{[]string{"cluster"}, "NAME", "Open a cluster of the settings beside what is open", false, (*Model).openCluster},
	{[]string{"requests"}, "", "Every request that was sent, with its etcdctl line", true, func(m *Model, t *tab, _ string) tea.Cmd { return m.showRequests(t) }},
	{[]string{"recall"}, "", "Read the whole past of the store, from a snapshot", true, func(m *Model, t *tab, _ string) tea.Cmd { return m.askRecall(t) }},
	{[]string{"report", "waiting", "hot"}, "", "What is not as it should be, who fights whom, who writes most and what", true, (*Model).showReport},
	{[]string{"fights"}, "", "Who fights whom: two writers that undo each other", true, reportAt(report.Fights)},
	{[]string{"converged"}, "", "What became as it should be, and how long that took", true, reportAt(report.Converged)},
	{[]string{"writers"}, "", "Who writes most", true, reportAt(report.Writers)},
	{[]string{"clocks"}, "", "Whose clock is off", true, reportAt(report.Clocks)},
	{[]string{"theme"}, "NAME", "Change the colours: dark, light, cvd, mono, console", false, func(m *Model, _ *tab, arg string) tea.Cmd { return m.setTheme(arg) }},
	{[]string{"refresh"}, "", "Read again what is shown; connect again", false, func(m *Model, t *tab, _ string) tea.Cmd { return m.refresh(t) }},
	{[]string{"help"}, "", "Show every key", false, func(m *Model, _ *tab, _ string) tea.Cmd { m.showHelp(); return nil }},
	{[]string{"quit", "q"}, "", "Quit", false, func(m *Model, _ *tab, _ string) tea.Cmd { return m.quit() }},
}

// showPalette asks for a command, and offers those there are.
func (m *Model) showPalette(t *tab) {
	var entries []dialog.Entry
	for _, c := range commands {
		if !c.open || t.state != nil {
			entries = append(entries, dialog.Entry{Name: c.names[0], Aliases: c.names[1:], Arg: c.arg, Help: c.help})
		}
	}
	for _, name := range m.opts.Clusters {
		name = clean.Key([]byte(name))
		entries = append(entries, dialog.Entry{Name: "cluster " + name, Aliases: []string{name}, Help: "Open the cluster beside what is open"})
	}
	if t.state != nil {
		for _, r := range t.opened.Kinds.All() {
			e := dialog.Entry{Name: clean.Key([]byte(r.FullName())), Help: clean.Key([]byte(r.Kind)), Arg: "[NAMESPACE]"}
			if !r.Namespaced {
				e.Arg = ""
			}
			for _, s := range append([]string{r.Plural, r.Singular}, r.Short...) {
				if s = clean.Key([]byte(s)); s != "" && s != e.Name {
					e.Aliases = append(e.Aliases, s)
				}
			}
			entries = append(entries, e)
		}
	}
	m.dialogs.Push(dialog.NewPalette("Command", entries, m.command))
}

// command carries out what was typed after a colon.
func (m *Model) command(line string) tea.Cmd {
	t := m.tab()
	name, arg, _ := strings.Cut(strings.TrimSpace(line), " ")
	arg = strings.TrimSpace(arg)
	for _, c := range commands {
		for _, n := range c.names {
			if n == name && (!c.open || t.state != nil) {
				return c.run(m, t, arg)
			}
		}
	}
	switch {
	case name == "" || t.state == nil:
		return nil
	case strings.HasPrefix(name, "/"):
		return m.toKey(t, strings.TrimSpace(line))
	}
	if r, ok := t.opened.Kinds.Find(name); ok {
		m.setFocus(layout.Object)
		return m.jump(t, t.opened.Kinds.Prefix(t.opened.Root, r, arg))
	}
	m.say(text.Warning, "Unknown command "+clean.Key([]byte(name))+"; : alone lists them.")
	return nil
}

// toKey goes to a key that was typed; a pane that takes the whole screen is left for that.
func (m *Model) toKey(t *tab, key string) tea.Cmd {
	if m.focus.Whole() {
		m.setFocus(layout.Keys)
	}
	return m.jump(t, key)
}

// openCluster opens a cluster that the settings name.
func (m *Model) openCluster(_ *tab, name string) tea.Cmd {
	if slices.Contains(m.opts.Clusters, name) {
		return m.openTab(host.Target{Path: name})
	}
	said := "The settings name no cluster; clusters: in etcdscope's config.yaml does."
	if len(m.opts.Clusters) > 0 {
		said = strings.TrimSuffix("There is no cluster "+clean.Key([]byte(name))+"; "+clean.Text(config.Nearest(name, m.opts.Clusters))+".", "?.")
		if !strings.HasSuffix(said, ".") {
			said += "?"
		}
	}
	m.say(text.Warning, said)
	return nil
}

// gotoRevision travels to a revision that was typed.
func (m *Model) gotoRevision(t *tab, s string) tea.Cmd {
	before, back := strings.CutPrefix(s, "-")
	rev, err := words.ParseRevision(before)
	if w, ok := attribution.ReadMoment(before); ok && err != nil {
		return m.gotoMoment(t, w)
	}
	if back && err == nil {
		return m.far(t, -rev)
	}
	if err != nil {
		m.say(text.Warning, "Give a revision (4000, -500), how long ago (10m), or a time in UTC (15:04, 2026-11-22T10:14:07Z).")
		return nil
	}
	return m.travel(t, rev)
}
