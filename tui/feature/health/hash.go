package health

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/hashcheck"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/words"
)

// The hashes of the members are compared like this:
//
//	v ─► cost (a job) ─► hashCostMsg ─► dialog ─► run ─► hashStepMsg … ─► hashedMsg ─► Pane: verdict, copies, keys
//	                                               esc, ctrl+c ─► cancelled

// comparing is a comparison that is under way.
type comparing struct {
	cancel context.CancelFunc // nil while only the cost is asked for
	step   string             // safe text
}

// hashCostMsg is what a comparison takes.
type hashCostMsg struct {
	host.To
	cost hashcheck.Expected
	err  error
}

// hashStepMsg is what a comparison does now.
type hashStepMsg struct {
	host.To
	step string
	next tea.Cmd
}

// Drop implements host.Dropper.
func (m hashStepMsg) Drop() tea.Cmd { return m.next }

// hashedMsg is what a comparison found.
type hashedMsg struct {
	host.To
	result *hashcheck.Result
	err    error
}

// checkHashes asks what a comparison takes, so that the user can be asked.
func (f *Feature) checkHashes() tea.Cmd {
	if f.comparing != nil {
		f.host.Say(text.Muted, "The hashes are being compared already; esc cancels.")
		return nil
	}
	src, err := etcdsource.As[etcdsource.Replicated](f.v.Opened.Source)
	if err != nil {
		f.host.Say(text.Warning, words.Upper(clean.Error(err))+".")
		return nil
	}
	f.comparing = &comparing{}
	f.host.Say(text.Muted, "Asking the members what that takes …")
	to := host.To{Tab: f.v.ID}
	return host.Job(f.v.Ctx, func(ctx context.Context) tea.Msg {
		list, err := src.Replicas(ctx)
		defer closeAll(list)
		if err != nil {
			return hashCostMsg{To: to, err: err}
		}
		return hashCostMsg{To: to, cost: hashcheck.New(ctx, list).Expect()}
	})
}

func closeAll(list []etcdsource.Replica) {
	for _, r := range list {
		_ = r.Close()
	}
}

// onHashCost asks whether to go on.
func (f *Feature) onHashCost(m hashCostMsg) {
	f.comparing = nil
	switch {
	case m.err != nil:
		f.host.Say(text.Error, words.Upper(clean.Error(m.err))+".")
	case m.cost.Once.Copies < 2:
		f.host.Say(text.Warning, "There are not two members whose data can be read: nothing to compare.")
	default:
		f.host.Say(text.Muted, "")
		lines := []string{words.Upper(words.HashCost(m.cost)) + ".", "",
			"It stops by itself where a small read of a member takes more than 5 times as long as before. esc cancels.", "", "Go on?"}
		f.host.Push(dialog.NewConfirm("Compare what the members hold?", words.Wrapped(lines, min(f.host.Width()-12, 76)), f.compare))
	}
}

// compare begins a comparison.
func (f *Feature) compare() tea.Cmd {
	src, err := etcdsource.As[etcdsource.Replicated](f.v.Opened.Source)
	if err != nil || f.comparing != nil || f.v.Ctx.Err() != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(f.v.Ctx)
	f.comparing = &comparing{cancel: cancel, step: "asking the members"}
	to := host.To{Tab: f.v.ID}
	steps := make(chan string, 64)
	dir, open := f.v.Opened.DataDir, f.host.Deps().Open
	run := func() (msg tea.Msg) {
		defer cancel()
		defer close(steps)
		defer host.Recovered(&msg)
		list, err := src.Replicas(ctx)
		defer closeAll(list)
		if err != nil {
			return hashedMsg{To: to, err: err}
		}
		own := ownLog{dir: dir, open: open}
		defer own.close()
		r, err := hashcheck.New(ctx, list).Run(ctx, hashcheck.Options{Logs: own.logs, Progress: func(step string) {
			select {
			case steps <- step:
			default: // the screen is behind
			}
		}})
		return hashedMsg{To: to, result: r, err: err}
	}
	return tea.Batch(run, host.HandOn(steps, func(step string, next tea.Cmd) tea.Msg { return hashStepMsg{to, clean.Text(step), next} }))
}

// ownLog opens the data directory of this node's member when its log is needed.
type ownLog struct {
	dir    string // "" for none
	open   func(context.Context, host.Target, host.Progress) (*learn.Opened, error)
	source etcdsource.Source
}

func (o *ownLog) logs(ctx context.Context) []etcdsource.LogReader {
	if o.dir == "" || o.open == nil {
		return nil
	}
	opened, err := o.open(ctx, host.Target{Path: o.dir}, nil)
	if err != nil {
		return nil // it may not be read, or lies elsewhere
	}
	o.source = opened.Source
	l, err := etcdsource.As[etcdsource.LogReader](opened.Source)
	if err != nil {
		return nil
	}
	return []etcdsource.LogReader{l}
}

func (o *ownLog) close() {
	if o.source != nil {
		_ = o.source.Close()
	}
}

// onHashed shows what was found.
func (f *Feature) onHashed(m hashedMsg) {
	f.comparing = nil
	switch {
	case errors.Is(m.err, context.Canceled):
		f.host.Say(text.Muted, "The comparison was cancelled.")
	case m.err != nil:
		f.host.Say(text.Error, words.Upper(clean.Error(m.err))+".")
	default:
		f.pane.ShowHash(m.result, f.v.Panes.Style.Now)
		f.next = time.Time{} // what is wrong, and what to do, is said at once
		f.host.Say(words.HashRole(m.result.Verdict), "Hash "+words.HashSentence(m.result)+".")
	}
}

// cancelHash ends the comparison that is under way; it reports whether there was one.
func (f *Feature) cancelHash() bool {
	if f.comparing == nil || f.comparing.cancel == nil {
		return false
	}
	f.comparing.cancel()
	return true
}
