package search

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
)

// A scope is one namespace: the keys are a list of all that is in it, and changes and searches leave the rest out.

// maxNamespaces bounds the namespaces that are offered.
const maxNamespaces = 5000

// spacesMsg is the namespaces there are.
type spacesMsg struct {
	host.Ask
	names []string
	err   error
}

// askScope asks for the namespace, that of the selected object first.
func (f *Feature) askScope() tea.Cmd {
	a, src, prefix, rev := f.v.Ask(), f.v.Opened.Source, f.v.Opened.Root+"namespaces/", f.v.State.At
	return host.Job(f.v.Ctx, func(ctx context.Context) tea.Msg {
		span := etcdsource.Prefix(prefix)
		span.Limit = maxNamespaces
		page, err := src.Range(ctx, span, etcdsource.At{Revision: rev})
		msg := spacesMsg{Ask: a, err: err}
		for i := range page.Entries {
			msg.names = append(msg.names, strings.TrimPrefix(string(page.Entries[i].Key), prefix))
		}
		return msg
	})
}

func (f *Feature) onSpaces(msg spacesMsg) tea.Cmd {
	if msg.err != nil {
		f.host.Say(text.Error, "The namespaces cannot be read: "+clean.Error(msg.err))
		return nil
	}
	if len(msg.names) == 0 {
		f.host.Say(text.Muted, "This store has no namespaces.")
		return nil
	}
	ref, _ := f.v.Opened.Kinds.Locate(f.v.Opened.Root, []byte(f.v.Nav.Here(f.host.Focus())))
	var entries []dialog.Entry
	if f.v.Nav.Namespace != "" {
		entries = append(entries, dialog.Entry{Name: "*", Aliases: []string{"all"}, Help: "all namespaces"})
	}
	slices.SortStableFunc(msg.names, func(a, b string) int {
		switch {
		case a == ref.Namespace && b != ref.Namespace:
			return -1
		case b == ref.Namespace && a != ref.Namespace:
			return 1
		}
		return strings.Compare(a, b)
	})
	for _, n := range msg.names {
		entries = append(entries, dialog.Entry{Name: clean.Key([]byte(n))})
	}
	f.host.Push(dialog.NewPalette("Namespace", entries, func(name string) tea.Cmd { return f.scopeTo(name) }))
	return nil
}

// scopeTo leaves out what is not in a namespace; "" and * take everything in again.
func (f *Feature) scopeTo(name string) tea.Cmd {
	if name == "*" || name == "all" {
		name = ""
	}
	f.v.Nav.Namespace = name
	f.v.Panes.Changes.Only(name)
	if name == "" {
		return f.find.leaveFilter()
	}
	f.host.FocusOn(layout.Keys)
	f.endGrep()
	f.find.find.on, f.find.find.text = true, ""
	return tea.Batch(f.find.showFound(), f.find.listKeys(), f.find.search())
}

// space carries out the command: without a name it takes everything in again, or lists the namespaces.
func (f *Feature) space(name string) tea.Cmd {
	if name != "" || f.v.Nav.Namespace != "" {
		return f.scopeTo(name)
	}
	f.host.FocusOn(layout.Object)
	return f.host.Jump(f.v.Opened.Root + "namespaces/")
}
