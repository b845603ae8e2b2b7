package tui

import (
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// nameOf is a key as people name it.
func (t *tab) nameOf(key string) string {
	if s := t.opened.Kinds.Kubectl(t.opened.Root, []byte(key)); s != "" {
		key = s
	}
	return clean.Key([]byte(key))
}

// isRecalled reports whether a source has the past of a running store at hand.
func isRecalled(src etcdsource.Source) bool {
	_, err := etcdsource.As[etcdsource.Recalled](src)
	return err == nil
}

// onFeed puts the changes of the past in front of those that the watch has brought meanwhile.
func (fl *flow) onFeed(msg feedMsg) {
	if msg.err != nil {
		fl.v.host.Say(text.Warning, "The changes before this revision cannot be read: "+clean.Error(msg.err))
	}
	fl.v.state.Feed.Past(msg.lost, msg.events)
	fl.witness.Past(msg.events, msg.lost.Empty() && fl.v.state.Info.Past == etcdsource.PastWhole)
	fl.v.changes.Sync()
}

// atHand reports whether all of the past can be read without a burden to anybody.
func (t *tab) atHand() bool {
	return !t.state.Info.Spare || t.state.Info.Past == etcdsource.PastWhole
}
