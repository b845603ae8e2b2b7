// Package sources opens what belongs to the source of a view and is not open yet: the keys that a KMS plugin has, and the
// other etcds of the node.
//
//	:kms ────────────────────► asks ─► the source again, with the plugin asked
//	:etcd NAME ──────────────► the node's other etcd, in a tab beside
//	what an etcd of its own keeps ► that etcd in the same tab, opened with it; its folder shows it, esc goes back
package sources

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/words"
)

// Feature has the two commands.
type Feature struct {
	host host.Host
	v    *view.View
}

// New returns the feature for a view.
func New(h host.Host, v *view.View) host.Feature { return &Feature{host: h, v: v} }

// Act implements host.Feature.
func (f *Feature) Act(keymap.Action) (tea.Cmd, bool) { return nil, false }

// Update implements host.Feature.
func (f *Feature) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch m := msg.(type) {
	case pane.OpenApart:
		return f.join(m.Path, true), true
	case host.ViewOpened:
		var cmds []tea.Cmd
		if m.ID == f.v.ID {
			for _, folder := range f.v.Opened.Apart() {
				cmds = append(cmds, f.join(folder, false))
			}
		}
		return tea.Batch(cmds...), true
	}
	return nil, false
}

// join opens the etcd of the node that keeps a path in this tab, with the cursor there.
func (f *Feature) join(path string, show bool) tea.Cmd {
	e := f.v.Opened.EtcdOf(path)
	if e == nil {
		return nil
	}
	target := f.v.Opening.Target
	target.Etcd, target.Goal = e.Name, path
	if !f.v.Opened.Rootless() {
		target.Prefix = strings.TrimSuffix(f.v.Opened.Root, "/")
	}
	return f.host.Join(target, show)
}

// Back implements host.Feature.
func (f *Feature) Back() (tea.Cmd, bool) { return nil, false }

// Close implements host.Feature.
func (f *Feature) Close() {}

// Commands implements host.Commands.
func (f *Feature) Commands() []host.Command {
	return []host.Command{
		{Place: 96, Names: []string{"kms"}, Help: "Ask the KMS plugin for the keys of encrypted values, or say how often it was asked", Run: func(string) tea.Cmd { return f.kms() }},
		{Place: 97, Names: []string{"etcd"}, Arg: "NAME", Help: "Open another etcd of this node; what keeps a folder of these keys is in the same tab", Run: f.etcd},
	}
}

// kms asks whether the plugins may be asked, and says how often they were.
func (f *Feature) kms() tea.Cmd {
	o := f.v.Opened
	if o.Asked != nil {
		said := o.Asked()
		if said == "" {
			said = "The KMS plugin may be asked, and was not needed yet"
		}
		f.host.Say(text.Plain, clean.Text(words.Upper(said))+".")
		return nil
	}
	plugins := o.Keyring.Plugins()
	if len(plugins) == 0 || o.KeysFound != "" {
		f.host.Say(text.Warning, "No encryption configuration of this node names a KMS plugin; --encryption-config gives one.")
		return nil
	}
	lines := []string{"The keys of the values are encrypted by a plugin, which decrypts them:"}
	for _, p := range plugins {
		lines = append(lines, "  "+clean.Key([]byte(p.Name))+" (KMS "+clean.Key([]byte(p.Version))+") at "+clean.Key([]byte(p.Endpoint)))
	}
	lines = append(lines, "It is asked once for each key, at most 5 times a second, and may write that into its audit log. Keys stay in memory.", "", "Ask it?")
	f.host.Push(dialog.NewConfirm("Ask the KMS plugin?", words.Wrapped(lines, min(f.host.Width()-12, 76)), func() tea.Cmd {
		f.v.Opening.Target.KMS, f.v.Opening.Target.Goal = true, f.v.Panes.Keys.Cursor()
		return f.host.Reopen()
	}))
	return nil
}

// etcd opens another etcd of the node.
func (f *Feature) etcd(name string) tea.Cmd {
	if name == "" {
		said := "No other etcd was found on this node."
		if b := f.v.Opened.Beside(); b != "" {
			said = words.Upper(clean.Text(b)) + "."
		}
		f.host.Say(text.Plain, said)
		return nil
	}
	for i := range f.v.Opened.Etcds {
		e := &f.v.Opened.Etcds[i]
		if folders := e.Folders(f.v.Opened.Root, f.v.Opened.Kinds); e.Name == name && len(folders) > 0 {
			return f.join(folders[0], true)
		}
	}
	_, cmd := f.host.Open(host.Target{Etcd: name}, false)
	return cmd
}
