package view

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/words"
)

// Opening is how the source of a tab is opened.
type Opening struct {
	Target host.Target
	Begun  time.Time
	Err    error               // why it could not be opened
	Below  []etcdsource.Source // that the source stands on, and that are closed after it
	Far    string              // how far it is, "" where that is not known
}

// OpenedMsg is a source that was opened, or why it was not.
type OpenedMsg struct {
	host.To
	Opened *learn.Opened
	Err    error
}

// Drop implements host.Dropper.
func (m OpenedMsg) Drop() tea.Cmd {
	if m.Opened == nil {
		return nil
	}
	return func() tea.Msg { _ = m.Opened.Source.Close(); return nil }
}

// Connect begins to open the source of a view.
func (t *View) Connect(open func(context.Context, host.Target, host.Progress) (*learn.Opened, error)) tea.Cmd {
	id, ctx, target := t.ID, t.Ctx, t.Opening.Target
	t.Opening.Far, t.Opening.Err = "", nil
	report, next, end := Progress(id)
	return tea.Batch(next, func() (msg tea.Msg) {
		defer end()
		defer host.Recovered(&msg)
		o, err := open(ctx, target, report)
		return OpenedMsg{host.To{Tab: id}, o, err}
	})
}

// Partly reports whether a file that could not be opened can be, as far as it can be read.
func (o *Opening) Partly() bool {
	var p *etcdsource.Problem
	return o.Err != nil && words.AsProblem(o.Err, &p) && p.Partly && !o.Target.NoVerify
}

// Asks is what a packed file takes that is unpacked only when the user allows it, nil for nothing.
func (o *Opening) Asks() *etcdsource.UnpackError {
	var much *etcdsource.UnpackError
	if !errors.As(o.Err, &much) || much.Allow() <= o.Target.MaxUnpack {
		return nil
	}
	return much
}

// AllTheSame is the label of the key for that, "" where there is nothing.
func (o *Opening) AllTheSame() string {
	switch {
	case o.Asks() != nil:
		return "unpacks it all the same"
	case o.Partly():
		return "opens what is readable"
	}
	return ""
}
