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
	number  int  // of the survey
	writers bool // it is by writer only
	done    bool
	next    tea.Cmd
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
		return f.run(f.counter(), false)
	case f.by == space.ByWriter && !f.writers && f.v.AtHand() && f.seen.survey != nil:
		f.writers = true
		return f.run(f.attributor(), true)
	}
	return nil
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
func (f *Feature) run(work func(context.Context, *job, space.Options) error, writers bool) tea.Cmd {
	ctx, cancel := context.WithCancel(f.v.Ctx)
	f.stop = cancel
	f.number++
	j := &job{out: make(chan surveyMsg, 1), msg: surveyMsg{Ask: f.v.Ask(), number: f.number, writers: writers, seen: seen{rows: map[space.By][]space.Row{}}}}
	o := space.Options{Source: f.v.Opened.Source, Known: f.v.Opened.Known, Revision: f.v.State.At, Samples: space.Samples, Seed: rand.Uint64(), Fields: true, Keys: maxKeys, KeyOrder: space.OrderSize, Progress: j.progress}
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
		rows[by] = s.Rows(by)
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

// attributor returns what counts by writer.
func (f *Feature) attributor() func(context.Context, *job, space.Options) error {
	d := f.v.Describer()
	return func(ctx context.Context, j *job, o space.Options) error {
		rows, err := space.Writers(ctx, o, d.Audit.Log(ctx))
		j.msg.rows = map[space.By][]space.Row{space.ByWriter: rows}
		return err
	}
}

// put hands over what is known; one that nobody has taken is replaced.
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
	if m.writers {
		f.seen.how, f.seen.err = m.how, m.err
		if m.done && f.seen.rows != nil {
			f.seen.rows[space.ByWriter] = m.rows[space.ByWriter]
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
	if m.done && f.by == space.ByWriter {
		return tea.Batch(m.next, f.begin())
	}
	return m.next
}
