package story

import (
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/tui/sequence"
	"github.com/etcdscope/etcdscope/tui/timeline"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// show shows the steps of the story that were played in the box and in the sequence, at steps of them as done.
func (f *Feature) show(s etcdsource.Story, at int) {
	s = f.worded(s)
	f.v.Panes.Story.Set(s, at)
	rows := make([]sequence.Row, 0, s.Done)
	before := s.Start
	for i := range s.Steps[:min(s.Done, len(s.Steps))] {
		step := &s.Steps[i]
		r := sequence.Row{Path: string(step.Key), Lane: attribution.Lane(step.Lane), Actor: clean.Text(step.Writer),
			Key: clean.Key([]byte(strings.TrimPrefix(string(step.Key), f.v.Opened.Root))), Text: clean.Text(step.Title), Say: clean.Text(step.Say), Type: etcdsource.Updated}
		if step.Stored {
			r.Rev, r.Type = step.Revision, f.typeOf(step.Revision, before)
		} else {
			r.How, r.Text = sequence.Refused, r.Text+": nothing is stored"
		}
		before = step.Revision
		rows = append(rows, r)
	}
	f.v.Panes.Sequence.Show(clean.Text(s.Title), rows, "Each step of the story is drawn here: who asked, through the API server, into etcd.")
}

// worded fills in what the story's author has not said of the steps that were played: what is known of the write.
func (f *Feature) worded(s etcdsource.Story) etcdsource.Story {
	s.Steps = slices.Clone(s.Steps)
	for i := range s.Steps[:min(s.Done, len(s.Steps))] {
		p := &s.Steps[i]
		if !p.Stored || p.Say != "" && p.Title != "" && p.Writer != "" && p.Lane != "" {
			continue
		}
		said, ok := f.v.Panes.Changes.Telling(timeline.ID{Rev: p.Revision})
		if !ok { // it has not been seen yet
			said = attribution.Description{Type: etcdsource.Updated, Key: clean.Key([]byte(strings.TrimPrefix(string(p.Key), f.v.Opened.Root))), Revision: widget.Thousands(p.Revision)}
		}
		fill(&p.Say, said.Sentence())
		fill(&p.Title, said.Did())
		fill(&p.Writer, said.Actor())
		fill(&p.Writer, "a client")
		fill(&p.Lane, string(said.Lane))
		fill(&p.Lane, string(attribution.LaneOther))
	}
	return s
}

func fill(s *string, with string) {
	if *s == "" {
		*s = with
	}
}

// showAgain writes the story again, with what is known of its writes now.
func (f *Feature) showAgain() {
	if f.v.Panes.Story == nil {
		return
	}
	if st, err := etcdsource.As[etcdsource.Stepper](f.v.Opened.Source); err == nil {
		f.show(st.Story(), f.v.Panes.Story.At())
	}
}

// typeOf returns what a revision of the feed did; a step whose revision the feed has not seen yet wrote something.
func (f *Feature) typeOf(rev, after int64) etcdsource.Type {
	items := f.v.State.Feed.Items()
	for i := len(items) - 1; i >= 0 && items[i].Event.Mod > after; i-- {
		if items[i].Event.Mod == rev {
			return items[i].Event.Type
		}
	}
	return etcdsource.Updated
}
