package overview

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/model/overview"
	"github.com/etcdscope/etcdscope/model/reconcile"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/timeline"
)

// How long after the overview of a running store was gathered it is gathered again, where something was written since and it is looked
// at: reading is cheap where the past is at hand and short, and a load on others else.
const (
	renewSoon  = 3 * time.Second
	renewLater = time.Minute
)

func renewEvery(f *Feature) time.Duration {
	if f.spared() || long(f) {
		return renewLater
	}
	return renewSoon
}

// renewal is when the overview was gathered last.
type renewal struct {
	head int64 // the newest revision then
	next time.Time
	busy bool
}

// seen takes over the newest changes that were seen of a live store whose history was not read, and draws them where they are others.
func seen(f *Feature) {
	if f.found == nil || f.account != nil && len(f.account.Latest) > 0 || !f.spared() || f.v.State.At != 0 || !shown(f) {
		return
	}
	now := f.v.Panes.Changes.Newest(maxSeen)
	same := slices.EqualFunc(now, f.found.Latest, func(a, b reconcile.Latest) bool {
		return a.Key == b.Key && a.Revision == b.Revision && a.Summary == b.Summary && a.Verdict == b.Verdict
	})
	if !same {
		f.found.Latest = now
		f.draw()
	}
}

// dated is an account of a running store whose last changes are dated by when they came, where that says more.
func dated(f *Feature, a *overview.Account) *overview.Account {
	if !f.spared() {
		return a
	}
	x := *a
	x.Latest = slices.Clone(a.Latest)
	for i := range x.Latest {
		if v, ok := f.v.Panes.Changes.Verdict(timeline.ID{Rev: x.Latest[i].Revision}); ok && v.Received {
			x.Latest[i].Verdict = v
		}
	}
	return &x
}

// maxSeen is how many changes are shown that were seen.
const maxSeen = 32

// brief asks for an account of a running store that must be spared, once all that is shown first was read.
func brief(f *Feature) tea.Cmd {
	s := f.v.State
	if f.briefed == s.Gen || f.account != nil || f.stage < identified || !f.spared() || s.At != 0 || !shown(f) || f.v.Tree.Reading() || !f.v.Flow.PastJudged() && f.waited < maxWait {
		return nil
	}
	f.briefed = s.Gen
	return f.host.Ask(host.SumUp{Brief: true})
}

// renewedMsg is the overview of a running store once more.
type renewedMsg struct {
	host.Ask
	found *overview.Overview
	head  int64
	err   error
}

// renew gathers the overview of a running store again, and asks for what was written since in the account. What is shown stays until the
// new one is complete.
func renew(f *Feature, now time.Time) tea.Cmd {
	s, r := f.v.State, &f.renewal
	if f.stage < filled || !f.present || s.At != 0 || !s.Info.Running || !shown(f) {
		return nil
	}
	var account tea.Cmd
	if f.account != nil {
		account = f.host.Ask(host.SumUp{Again: true})
	}
	if r.next.IsZero() {
		r.next = now.Add(renewEvery(f))
	}
	if r.busy || s.Head == r.head || now.Before(r.next) || f.spared() && f.host.Focus() != screen {
		return account
	}
	r.busy = true
	a, o, head := f.v.Ask(), f.v.Opened, s.Head
	opt := overview.Options{Sizes: f.v.AtHand(), Undated: long(f)}
	return tea.Batch(account, host.Job(f.v.Ctx, func(ctx context.Context) tea.Msg {
		m := renewedMsg{Ask: a, head: head}
		if m.found, m.err = overview.Identify(ctx, o, opt); m.err == nil {
			m.err = m.found.Fill(ctx, o, opt)
		}
		return m
	}))
}

// onRenewed shows it; what could not be read is tried again later.
func onRenewed(f *Feature, m renewedMsg) tea.Cmd {
	if !f.renewal.busy {
		return nil // all is gathered again since
	}
	f.renewal = renewal{head: f.renewal.head, next: f.v.Panes.Style.Now.Add(renewEvery(f))}
	if m.err != nil || f.stage < filled {
		return nil
	}
	f.renewal.head = m.head
	m.found.Encryption = f.found.Encryption
	f.keep(m.found)
	f.found = m.found
	f.draw()
	return dateWindow(f)
}
