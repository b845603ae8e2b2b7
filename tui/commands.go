package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/config"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/words"
)

// own is a command of the program itself, whatever is open.
type own struct {
	place int
	names []string // the first is its name, the others are aliases
	arg   string   // what must follow; in brackets where it may
	help  string
	run   func(*Model, string) tea.Cmd
}

// commands are those of the program; the features have more, and the names of resources are commands too.
var commands = []own{
	{90, []string{"open", "o"}, "FILE", "Open a snapshot beside what is open", func(m *Model, arg string) tea.Cmd { return m.openTab(host.Target{Path: arg}) }},
	{100, []string{"cluster"}, "NAME", "Open a cluster of the settings beside what is open", openCluster},
	{180, []string{"theme"}, "NAME", "Change the colours: dark, light, cvd, mono, console", setTheme},
	{190, []string{"refresh"}, "", "Read again what is shown; connect again", func(m *Model, _ string) tea.Cmd { return m.refresh() }},
	{200, []string{"help"}, "", "Show every key", func(m *Model, _ string) tea.Cmd { return m.typing.dialogs.Ask(dialog.NewHelp(m.typing.scopes()...)) }},
	{210, []string{"quit", "q", "q!", "exit"}, "", "Quit", func(m *Model, _ string) tea.Cmd { return m.quit() }},
}

// allCommands are the commands that can be typed now.
func allCommands(m *Model) (out []host.Command) {
	if m.view().State != nil {
		out = m.tab().features.Commands()
	}
	for _, c := range commands {
		out = append(out, host.Command{Place: c.place, Names: c.names, Arg: c.arg, Help: c.help, Run: func(arg string) tea.Cmd { return c.run(m, arg) }})
	}
	slices.SortStableFunc(out, func(a, b host.Command) int { return a.Place - b.Place })
	return out
}

// showPalette asks for a command, and offers those there are.
func showPalette(m *Model) {
	var entries []dialog.Entry
	for _, c := range allCommands(m) {
		entries = append(entries, dialog.Entry{Name: c.Names[0], Aliases: c.Names[1:], Arg: c.Arg, Help: c.Help})
	}
	for _, name := range m.opts.Clusters {
		name = clean.Key([]byte(name))
		entries = append(entries, dialog.Entry{Name: "cluster " + name, Aliases: []string{name}, Help: "Open the cluster beside what is open"})
	}
	if t := m.view(); t.State != nil {
		entries = append(entries, view.Types(t.Opened)...)
	}
	m.typing.dialogs.Push(dialog.NewPalette("Command", entries, func(line string) tea.Cmd { return command(m, line) }).Strict(words.InsteadOfKey))
}

// command carries out what was typed after a colon.
func command(m *Model, line string) tea.Cmd {
	d := m.tab()
	m.toast = toast{} // the message of the command before
	name, arg, _ := strings.Cut(strings.TrimSpace(line), " ")
	arg = strings.TrimSpace(arg)
	for _, c := range allCommands(m) {
		switch {
		case !slices.Contains(c.Names, name):
		case c.Arg == "" && arg != "":
			m.say(text.Warning, ":"+name+" takes nothing behind it; "+clean.Key([]byte(arg))+" is not understood.")
			return nil
		default:
			return c.Run(arg)
		}
	}
	if name == "" || d.v.State == nil {
		return nil
	}
	if cmd, ok := d.features.Update(host.ShowType{Line: line}); ok {
		return cmd
	}
	if do := words.InsteadOfKey(name); do != "" {
		m.say(text.Warning, "No command "+name+" here: "+do+".")
		return nil
	}
	m.say(text.Warning, "Unknown command "+clean.Key([]byte(name))+"; : alone lists them.")
	return nil
}

// openCluster opens a cluster that the settings name.
func openCluster(m *Model, name string) tea.Cmd {
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

// setTheme changes the colours.
func setTheme(m *Model, name string) tea.Cmd {
	th, err := theme.Named(name)
	if err != nil {
		m.say(text.Warning, words.Upper(err.Error())+".")
		return nil
	}
	th.Glyphs = m.style.Theme.Glyphs
	m.style.Theme = th
	m.say(text.OK, fmt.Sprintf("Theme %s.", name))
	return nil
}
