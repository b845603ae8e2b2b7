package terminal

import (
	"io"
	"testing"
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
