// Package roots opens another Kubernetes root of the same store: one etcd can hold several clusters, or one cluster and
// what is left of another.
package roots

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/view"
)

// Feature looks for the other roots, and opens the one that is chosen beside what is open.
type Feature struct {
	host   host.Host
	v      *view.View
	looked bool // beside the first keys of a running cluster
}

// New returns the feature for a view.
func New(h host.Host, v *view.View) host.Feature { return &Feature{host: h, v: v} }

// foundMsg is the roots beside the one that is shown, the one with the most evidence first.
type foundMsg struct {
	host.Ask
	others []string
	err    error
	asked  bool // by the user, who gets an answer in any case
}

// Act implements host.Feature.
func (f *Feature) Act(a keymap.Action) (tea.Cmd, bool) {
	if a != keymap.Roots {
		return nil, false
	}
	return f.look(true), true
}

// Update implements host.Feature.
func (f *Feature) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch m := msg.(type) {
	case view.FolderRead:
		if m.Path != "" || f.looked || !f.v.State.Info.Spare {
			return nil, false
		}
		f.looked = true
		return f.look(false), true
	case foundMsg:
		if m.asked {
			f.offer(m)
		} else {
			f.mention(m)
		}
		return nil, true
	}
	return nil, false
}

// Back implements host.Feature.
func (f *Feature) Back() (tea.Cmd, bool) { return nil, false }

// Close implements host.Feature.
func (f *Feature) Close() {}

// Commands implements host.Commands.
func (f *Feature) Commands() []host.Command {
	return []host.Command{{Place: 95, Names: []string{"roots"}, Help: "Open another Kubernetes root of this store", Run: func(string) tea.Cmd { return f.look(true) }}}
}

// look searches the store, with a bounded number of requests where it is live.
func (f *Feature) look(asked bool) tea.Cmd {
	a, o := f.v.Ask(), f.v.Opened
	return host.Job(f.v.Ctx, func(ctx context.Context) tea.Msg {
		others, err := o.Others(ctx, o.Source)
		return foundMsg{a, others, err, asked}
	})
}

// mention names roots that were found beside what a running cluster showed at once. What is shown stays.
func (f *Feature) mention(m foundMsg) {
	if m.err != nil || len(m.others) == 0 {
		return
	}
	if n := len(f.v.Opened.Roots); n > 1 { // named already
		return
	} else if n == 1 {
		o, known := *f.v.Opened, *f.v.Opened.Known
		known.Roots = append(slices.Clone(known.Roots), m.others...)
		o.Known = &known
		f.v.Opened = &o // the header names them
	}
	f.host.Say(text.Warning, "Another Kubernetes root was found: g k opens "+clean.Key([]byte(strings.Join(m.others, ", ")))+".")
}

// offer asks which root to open.
func (f *Feature) offer(m foundMsg) {
	o := f.v.Opened
	if m.err != nil {
		f.host.Say(text.Error, "The roots cannot be read: "+clean.Error(m.err))
		return
	}
	if len(m.others) == 0 && o.Rootless() {
		f.host.Say(text.Muted, "No Kubernetes root found: the keys are shown as they are.")
		return
	}
	if len(m.others) == 0 {
		f.host.Say(text.Muted, "There is no Kubernetes root beside "+clean.Key([]byte(o.Root))+".")
		return
	}
	paths := map[string]string{}
	var entries []dialog.Entry
	for _, r := range m.others {
		name := clean.Key([]byte(r))
		paths[name] = r
		entries = append(entries, dialog.Entry{Name: name, Help: "open it in a tab of its own"})
	}
	f.host.Push(dialog.NewPalette("Kubernetes root", entries, func(name string) tea.Cmd {
		root, ok := paths[name]
		if !ok {
			return nil
		}
		target := f.v.Opening.Target
		target.Prefix = root
		_, cmd := f.host.Open(target, false)
		return cmd
	}))
}
