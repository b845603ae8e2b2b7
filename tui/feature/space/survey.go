package space

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/model/dating"
	"github.com/etcdscope/etcdscope/model/space"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// maxKeys is how many rows by key there are.
const maxKeys = 500

// surveyMsg is what is known by now.
type surveyMsg struct {
	host.Ask
	seen
	number int      // of the survey
	only   space.By // the only kind of rows that it counts; "" for the first survey
	done   bool
	next   tea.Cmd
}

// begin begins to count, unless that is under way or done, or nobody looks.
func (f *Feature) begin() tea.Cmd {
	if f.host.Focus() != layout.Space {
		return nil
	}
	switch {
	case f.stop != nil:
		return nil
	case !f.begun:
		f.begun = true
		return f.run(f.counter(), "")
	case f.apart[f.by] || !f.v.AtHand() || f.seen.survey == nil:
		return nil
	}
	work := f.counterOf(f.by)
	if work == nil {
		return nil
	}
	if f.apart == nil {
		f.apart = map[space.By]bool{}
	}
	f.apart[f.by] = true
	return f.run(work, f.by)
}

// job is a survey that is under way: it hands over how far it is.
type job struct {
	mu      sync.Mutex
	out     chan surveyMsg
	msg     surveyMsg
	when    time.Time // of the last message
	partial func(*surveyMsg)
}

// run runs a survey outside of Update.
func (f *Feature) run(work func(context.Context, *job, space.Options) error, only space.By) tea.Cmd {
	ctx, cancel := context.WithCancel(f.v.Ctx)
	f.stop = cancel
	f.number++
	j := &job{out: make(chan surveyMsg, 1), msg: surveyMsg{Ask: f.v.Ask(), number: f.number, only: only, seen: seen{rows: map[space.By][]space.Row{}}}}
	o := space.Options{Source: f.v.Opened.Source, Known: f.v.Opened.Known, Revision: f.v.State.At, Samples: space.Samples, Seed: rand.Uint64(), Progress: j.progress}
	if f.seen.survey != nil {
		j.msg.survey, j.msg.span = f.seen.survey, f.seen.span
	}
	run := func() (msg tea.Msg) {
		defer close(j.out)
		defer host.Recovered(&msg)
		j.msg.err = work(ctx, j, o)
		j.msg.done, j.msg.how = true, ""
		j.put()
		return nil
	}
	return tea.Batch(run, host.HandOn(j.out, func(m surveyMsg, next tea.Cmd) tea.Msg {
		m.next = next
		return m
	}))
}

// counter returns what counts the store. It takes with it what it needs of the view.
func (f *Feature) counter() func(context.Context, *job, space.Options) error {
	finder, atHand := f.v.Times.Finder(), f.v.AtHand()
	return func(ctx context.Context, j *job, o space.Options) error { return j.count(ctx, o, finder, atHand) }
}

// count counts the store.
func (j *job) count(ctx context.Context, o space.Options, finder *dating.Finder, atHand bool) (err error) {
	s := &space.Survey{}
	if atHand {
		if err = s.Measure(ctx, o); err == nil {
			j.msg.span = spanOf(ctx, finder, s)
		}
	} else {
		j.partial = func(m *surveyMsg) { // nothing is shared with what is still counted
			m.rows = map[space.By][]space.Row{space.ByNamespace: s.Rows(space.ByNamespace), space.ByResource: s.Rows(space.ByResource)}
		}
		err = s.Estimate(ctx, o)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.partial = nil
	rows := map[space.By][]space.Row{}
	for _, by := range space.Kinds() {
		if !atHand || by == space.ByResource || by == space.ByNamespace {
			rows[by] = s.Rows(by)
		}
	}
	if j.msg.rows = rows; err == nil {
		j.msg.survey = s
	}
	return err
}

// spanOf is how much time the history covers, 0 where that is not known.
func spanOf(ctx context.Context, finder *dating.Finder, s *space.Survey) time.Duration {
	if err := finder.Read(ctx, s.Storage.To); err != nil || !finder.Dated() {
		return 0
	}
	from, to := finder.At(s.Storage.From+1), finder.At(s.Storage.To)
	if from.IsZero() || to.Sub(from) < 10*time.Second {
		return 0
	}
	return to.Sub(from)
}

// counterOf returns what counts rows of one kind alone, which takes longer than to count the store; nil for those that the
// first survey has counted.
func (f *Feature) counterOf(by space.By) func(context.Context, *job, space.Options) error {
	var rows func(context.Context, space.Options) ([]space.Row, error)
	switch by {
	case space.ByKey:
		rows = func(ctx context.Context, o space.Options) ([]space.Row, error) {
			o.Keys, o.KeyOrder = maxKeys, space.OrderSize
			return space.Keys(ctx, o)
		}
	case space.ByField:
		rows = func(ctx context.Context, o space.Options) ([]space.Row, error) {
			o.Fields = true
			s := &space.Survey{}
			err := s.Measure(ctx, o)
			return s.Rows(by), err
		}
	case space.ByWriter:
		d := f.v.Describer()
		rows = func(ctx context.Context, o space.Options) ([]space.Row, error) {
			return space.Writers(ctx, o, d.Audit.Log(ctx))
		}
	case space.ByResource, space.ByNamespace:
		return nil
	}
	return func(ctx context.Context, j *job, o space.Options) error {
		list, err := rows(ctx, o)
		j.msg.rows = map[space.By][]space.Row{by: list}
		return err
	}
}

// put hands over what is known; one that was not taken yet is replaced.
func (j *job) put() {
	select {
	case <-j.out:
	default:
	}
	j.out <- j.msg // there is room: nobody else puts
}

func (j *job) progress(p space.Progress) {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := time.Now()
	if now.Sub(j.when) <= host.PublishEvery {
		return
	}
	if j.when, j.msg.how = now, counting(p); j.partial != nil {
		j.partial(&j.msg)
	}
	j.put()
}

// counting says how far a survey is.
func counting(p space.Progress) string {
	switch {
	case p.AllRecords > 0:
		return fmt.Sprintf("%s of %s records counted", widget.Count(p.Records), widget.Count(p.AllRecords))
	case p.AllValues > 0:
		return fmt.Sprintf("%d of about %d values read", p.Values, p.AllValues)
	case p.Kind != "":
		return fmt.Sprintf("%s: %d of %d namespaces counted", clean.Key([]byte(p.Kind)), p.Spaces, p.AllSpaces)
	}
	return fmt.Sprintf("%d of %d resources counted", p.Types, p.AllTypes)
}

// onSurvey shows what is known by now.
func (f *Feature) onSurvey(m surveyMsg) tea.Cmd {
	if f.stop == nil || m.number != f.number { // it was given up, or begun again
		return nil
	}
	top := f.board.AtTop()
	if m.only != "" {
		f.seen.how, f.seen.err = m.how, m.err
		if m.done && f.seen.rows != nil {
			f.seen.rows[m.only] = m.rows[m.only]
		}
	} else {
		f.seen = m.seen
	}
	if m.done {
		f.stop()
		f.stop = nil
	}
	f.fill(false)
	if top { // the biggest so far, not the one that was it before
		f.board.First()
	}
	if m.done { // what is looked at may not be counted yet
		return tea.Batch(m.next, f.begin())
	}
	return m.next
}
