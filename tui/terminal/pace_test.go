package terminal

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
)

// paced is a model that gets some messages, and looks at the ticker of its program.
type paced struct {
	of   *tea.Program
	left int
	had  bool // the program has a ticker
}

type quietMsg struct{}

func (m *paced) Init() tea.Cmd { return func() tea.Msg { return quietMsg{} } }

func (m *paced) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, ok := msg.(quietMsg); !ok {
		return m, nil
	}
	m.had = tickerOf(m.of) != nil
	if m.left--; m.left == 0 {
		return m, tea.Quit
	}
	return m, m.Init()
}

func (m *paced) View() tea.View { return tea.NewView(time.Duration(m.left).String()) }

// TestPace: Bubble Tea has the ticker that is slowed down, and goes on to draw and to answer at the lower rate and after it.
func TestPace(t *testing.T) {
	t.Parallel()
	pace := &Pace{Rate: 30, Quiet: func(msg tea.Msg) bool { _, ok := msg.(quietMsg); return ok }}
	m := &paced{left: 3 * idleAfter}
	p := tea.NewProgram(Catcher{Model: m, Died: new(Died), Pace: pace}, tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithWindowSize(20, 5), tea.WithoutSignalHandler())
	m.of = p
	pace.Of(p)
	if _, err := p.Run(); err != nil {
		t.Fatal(err)
	}
	if !m.had || pace.alone < idleAfter {
		t.Errorf("the program has a ticker: %t; %d quiet messages were counted", m.had, pace.alone)
	}
	pace.see(tea.KeyPressMsg{})
	if pace.alone != 0 {
		t.Errorf("a key leaves %d quiet messages", pace.alone)
	}
}

// TestPaceOfChanges: while nothing changes there are no looks; what a quiet message changes is looked at, also where another quiet
// message comes at once; a key is drawn soon, and the usual rate is set then.
func TestPaceOfChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &Pace{Rate: 30, Quiet: func(msg tea.Msg) bool { _, ok := msg.(quietMsg); return ok }}
		p.Of(tea.NewProgram(nil))
		is := func(what string, every time.Duration) {
			t.Helper()
			if p.every != every {
				t.Errorf("%s: a look each %s, want %s", what, p.every, every)
			}
		}
		quiet := func(view string) {
			p.see(quietMsg{})
			p.show(view)
		}
		quiet("a")
		quiet("a")
		is("changed just now", 0)
		time.Sleep(time.Second)
		quiet("a")
		is("unchanged for a second", idle)
		quiet("b")
		is("changed", later)
		quiet("b")
		is("not drawn yet", later)
		time.Sleep(time.Second)
		quiet("b")
		is("drawn", idle)
		p.see(tea.KeyPressMsg{})
		p.show("c")
		is("a key", 0)
		time.Sleep(3 * soon)
		quiet("c")
		is("after it", 0)
	})
}
