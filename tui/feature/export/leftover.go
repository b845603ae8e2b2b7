package export

import (
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// partsMsg is what killed saves have left where a snapshot is about to be saved.
type partsMsg struct {
	host.To
	path  string
	parts []etcdsource.Part
}

// partsRemovedMsg says that what they left was removed, or why not.
type partsRemovedMsg struct {
	host.To
	path string
	err  error
}

// beforeSave looks for what killed saves have left, and then saves.
func (f *Feature) beforeSave(path string) tea.Cmd {
	if etcdsource.IsBucket(path) {
		f.host.Say(text.Warning, "The screen saves into files; etcdscope snapshot save "+clean.Key([]byte(path))+" makes, verifies and uploads one.")
		return nil
	}
	parts, to := f.host.Deps().Parts.Of, host.To{Tab: f.v.ID}
	if parts == nil {
		return f.save(path)
	}
	return func() (msg tea.Msg) {
		defer host.Recovered(&msg)
		return partsMsg{to, path, parts(path)}
	}
}

func (f *Feature) onParts(msg partsMsg) tea.Cmd {
	if len(msg.parts) == 0 {
		return f.save(msg.path)
	}
	title, them := "A save that was killed has left a file", "it"
	if len(msg.parts) > 1 {
		title, them = "Saves that were killed have left files", "them"
	}
	var facts []string
	for _, p := range msg.parts {
		facts = append(facts, clean.Key([]byte(p.Path))+"  "+widget.Bytes(p.Size)+"  "+p.Modified.Local().Format("2006-01-02 15:04:05"))
	}
	facts = append(facts, "No process writes there any more, and no snapshot can be made of "+them+".")
	items := []dialog.Item{{Key: "r", Label: "remove " + them + ", then save"}, {Key: "k", Label: "keep " + them + ", and save"}}
	f.host.Push(dialog.NewOffer(title, facts, items, func(key string) tea.Cmd {
		if key == "k" {
			return f.save(msg.path)
		}
		return f.removeParts(msg)
	}))
	return nil
}

func (f *Feature) removeParts(msg partsMsg) tea.Cmd {
	remove := f.host.Deps().Parts.Remove
	return func() (answer tea.Msg) {
		defer host.Recovered(&answer)
		var errs []error
		for _, p := range msg.parts {
			errs = append(errs, remove(p.Path))
		}
		return partsRemovedMsg{msg.To, msg.path, errors.Join(errs...)}
	}
}

func (f *Feature) onPartsRemoved(msg partsRemovedMsg) tea.Cmd {
	if msg.err != nil {
		f.host.Say(text.Error, "A file was left: "+strings.ReplaceAll(clean.Error(msg.err), "\n", "; "))
	}
	return f.save(msg.path)
}
