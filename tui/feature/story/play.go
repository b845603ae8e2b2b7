package story

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/view"
)

// Act implements host.Feature.
func (f *Feature) Act(a keymap.Action) (tea.Cmd, bool) {
	if f.v.Panes.Story == nil {
		return nil, false
	}
	switch a {
	case keymap.StoryNext:
		return f.stepNext(), true
	case keymap.StoryBack:
		return f.stepBack(), true
	case keymap.StoryAuto:
		f.v.Panes.Story.Auto(!f.v.Panes.Story.Playing())
		if f.v.Panes.Story.Playing() {
			return f.stepNext(), true
		}
		return nil, true
	case keymap.StoryReset:
		return f.host.Reopen(), true
	}
	return nil, false
}

// Feature plays the story of a source that has one.
type Feature struct {
	host host.Host
	v    *view.View
	last time.Time // when a step was played by itself
}

// New returns the feature for a view; the box of the story is the view's.
func New(h host.Host, v *view.View) host.Feature {
	f := &Feature{host: h, v: v, last: v.Opening.Begun}
	f.showAgain()
	return f
}

// Update implements host.Feature.
func (f *Feature) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case stepMsg:
		return f.onStep(msg), true
	case host.Tick:
		return f.autoplay(), true
	case host.StepStory:
		if msg.Dir > 0 {
			return f.stepNext(), true
		}
		return f.stepBack(), true
	case view.Attributed:
		f.showAgain()
		return nil, true
	}
	return nil, false
}

// Back implements host.Feature.
func (f *Feature) Back() (tea.Cmd, bool) { return nil, false }

// Close implements host.Feature.
func (f *Feature) Close() {}

// stepMsg is a step of a story that was played.
type stepMsg struct {
	host.Ask
	step etcdsource.Step
	err  error
}

// stepNext goes one step forward: through time as far as the story was played, then by playing on.
func (f *Feature) stepNext() tea.Cmd {
	st, err := etcdsource.As[etcdsource.Stepper](f.v.Opened.Source)
	if err != nil || f.v.Panes.Story.Waiting() {
		return nil
	}
	s := st.Story()
	switch at := f.v.Panes.Story.At() + 1; {
	case at > len(s.Steps):
		f.v.Panes.Story.Auto(false)
		f.host.Say(text.Muted, "That was the last step: b goes back, r starts the story again.")
		return nil
	case at < s.Done:
		f.show(s, at)
		f.v.Panes.Sequence.At(f.v.Panes.Story.Revision(at))
		return tea.Batch(f.host.Travel(s.Steps[at-1].Revision), f.toStep())
	case at == s.Done:
		f.show(s, at)
		f.v.Panes.Sequence.At(f.v.Panes.Story.Revision(at))
		return tea.Batch(f.host.Travel(0), f.toStep())
	}
	f.v.Panes.Story.Busy(true)
	a := f.v.Ask()
	return host.Job(f.v.Ctx, func(ctx context.Context) tea.Msg {
		step, err := st.Next(ctx)
		return stepMsg{a, step, err}
	})
}

func (f *Feature) onStep(msg stepMsg) tea.Cmd {
	f.v.Panes.Story.Busy(false)
	if msg.err != nil {
		f.v.Panes.Story.Auto(false)
		f.host.Say(text.Error, "The next step could not be played: "+clean.Error(msg.err))
		return nil
	}
	st, err := etcdsource.As[etcdsource.Stepper](f.v.Opened.Source)
	if err != nil {
		return nil
	}
	s := st.Story()
	f.v.State.Head = max(f.v.State.Head, msg.step.Revision)
	f.show(s, s.Done)
	return f.toStep()
}

// toStep moves the cursor to the key of the step that is shown.
func (f *Feature) toStep() tea.Cmd {
	if s := f.v.Panes.Story.Step(); s != nil && len(s.Key) > 0 {
		return f.v.Tree.Reveal(string(s.Key))
	}
	return nil
}

// stepBack shows the store as it was before the step that is shown.
func (f *Feature) stepBack() tea.Cmd {
	at := f.v.Panes.Story.At()
	if at == 0 {
		return nil
	}
	st, err := etcdsource.As[etcdsource.Stepper](f.v.Opened.Source)
	if err != nil {
		return nil
	}
	f.v.Panes.Story.Auto(false)
	f.show(st.Story(), at-1)
	f.v.Panes.Sequence.At(f.v.Panes.Story.Revision(at - 1))
	return tea.Batch(f.host.Travel(f.v.Panes.Story.Revision(at-1)), f.toStep())
}

// autoplayEvery is the pause between two steps of a story that plays by itself.
const autoplayEvery = 3 * time.Second

func (f *Feature) autoplay() tea.Cmd {
	if f.v.Panes.Story == nil || f.v.State == nil || !f.v.Panes.Story.Playing() || f.v.Panes.Story.Waiting() {
		return nil
	}
	every := autoplayEvery
	if f.host.Options().Speed > 0 {
		every = time.Duration(float64(every) / f.host.Options().Speed)
	}
	if f.v.Panes.Style.Now.Sub(f.last) < every {
		return nil
	}
	f.last = f.v.Panes.Style.Now
	return f.stepNext()
}
