package view

import (
	"sort"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// NameOf is a key as people name it.
func (t *View) NameOf(key string) string {
	if s := t.Opened.Kinds.Kubectl(t.Opened.Root, []byte(key)); s != "" {
		return decode.HideTokens(clean.Key([]byte(s)))
	}
	return decode.KeyText([]byte(key))
}

// IsRecalled reports whether a source has the past of a running store.
func IsRecalled(src etcdsource.Source) bool {
	_, err := etcdsource.As[etcdsource.Recalled](src)
	return err == nil
}

// onFeed puts the changes of the past in front of those that the watch has brought meanwhile.
func (fl *Flow) onFeed(msg FeedMsg) tea.Cmd {
	if msg.rest != nil {
		fl.newest = 0
		if len(msg.events) > 0 {
			fl.newest = msg.events[0].Mod
			fl.v.State.Feed.Past(etcdsource.Window{}, msg.events)
			fl.v.Panes.Changes.Sync()
		}
		return msg.rest
	}
	if fl.pastTo = 0; len(msg.events) > 0 {
		fl.pastTo = msg.events[len(msg.events)-1].Mod
	}
	if msg.err != nil {
		fl.v.Host.Say(text.Warning, "The changes before this revision cannot be read: "+clean.Error(msg.err))
	}
	older := msg.events
	if fl.newest != 0 { // those from there on are in the feed already
		older = older[:sort.Search(len(older), func(i int) bool { return older[i].Mod >= fl.newest })]
	}
	fl.v.State.Feed.Past(msg.lost, older)
	fl.Attributor.Past(msg.events, msg.lost.Empty() && fl.v.State.Info.Past == etcdsource.PastWhole)
	fl.v.Panes.Changes.Sync()
	return nil
}

// AtHand reports whether all of the past can be read without a load on the server.
func (t *View) AtHand() bool {
	return !t.State.Info.Spare || t.State.Info.Past == etcdsource.PastWhole
}

// PastJudged reports whether it is known who made the changes before the view was opened, as far as it can be known.
func (fl *Flow) PastJudged() bool { return fl.pastTo >= 0 && fl.v.Panes.Changes.Judged() >= fl.pastTo }
