package tui

import (
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/tui/sequence"
)

// tell shows the steps of the story that were played in the sequence.
func (t *tab) tell() {
	st, err := etcdsource.As[etcdsource.Stepper](t.opened.Source)
	if err != nil {
		return
	}
	s := st.Story()
	rows := make([]sequence.Row, 0, s.Done)
	before := s.Start
	for i := range s.Steps[:min(s.Done, len(s.Steps))] {
		step := &s.Steps[i]
		r := sequence.Row{Path: string(step.Key), Lane: attribution.Lane(step.Lane), Actor: clean.Text(step.Writer),
			Key: clean.Key([]byte(strings.TrimPrefix(string(step.Key), t.opened.Root))), Text: clean.Text(step.Title), Type: etcdsource.Updated}
		if step.Stored {
			r.Rev, r.Type = step.Revision, t.typeOf(step.Revision, before)
		} else {
			r.How, r.Text = sequence.Refused, r.Text+": nothing is stored"
		}
		before = step.Revision
		rows = append(rows, r)
	}
	t.seq.Show(clean.Text(s.Title), rows, "Each step of the story is drawn here: who asked, through the API server, into etcd.")
}

// typeOf returns what a revision of the feed did; a step whose revision the feed has not seen yet wrote something.
func (t *tab) typeOf(rev, after int64) etcdsource.Type {
	items := t.state.Feed.Items()
	for i := len(items) - 1; i >= 0 && items[i].Event.Mod > after; i-- {
		if items[i].Event.Mod == rev {
			return items[i].Event.Type
		}
	}
	return etcdsource.Updated
}
