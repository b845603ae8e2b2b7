package export

import (
	"context"
	"errors"
	"path/filepath"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/verify"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/snapshots"
)

// verifier verifies backups, one at a time.
type verifier struct {
	f      *Feature
	stop   context.CancelFunc // of the one that runs
	newest bool               // the newest is verified as soon as the folder is listed
}

// act carries an action out, if it is about verifying.
func (v *verifier) act(a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.Verify:
		if v.f.host.Focus() != layout.Snapshots {
			return nil, false
		}
		path, ok := v.f.snaps.Current()
		if !ok {
			v.f.host.Say(text.Muted, "There is no backup under the cursor.")
			return nil, true
		}
		return v.begin(path), true
	case keymap.VerifyNewest:
		v.f.host.FocusOn(layout.Snapshots)
		v.newest = !v.f.snaps.Running()
		return v.f.listFiles(), true
	}
	return nil, false
}

// listed goes on when the folder is listed.
func (v *verifier) listed() tea.Cmd {
	if !v.newest {
		return nil
	}
	v.newest = false
	path, ok := v.f.snaps.Newest()
	if !ok {
		v.f.host.Say(text.Warning, "There is no backup to verify in "+clean.Key([]byte(v.f.snaps.Dir()))+"; :snapshots DIR lists another folder.")
		return nil
	}
	return v.begin(path)
}

// checkedMsg is how far a verification is: a check that has ended, or a step that has not.
type checkedMsg struct {
	host.To
	check *verify.Check
	step  snapshots.Step
	next  tea.Cmd
}

// Drop implements host.Dropper.
func (m checkedMsg) Drop() tea.Cmd { return m.next }

// verifiedMsg is what a verification has found, or why it was not done.
type verifiedMsg struct {
	host.To
	path   string
	report *verify.Report
	err    error
}

// begin verifies a backup. Its checks arrive through a channel, and how far it is where that has room.
func (v *verifier) begin(path string) tea.Cmd {
	f := v.f
	check := f.host.Deps().Verify
	switch {
	case check == nil:
		f.host.Say(text.Warning, "This build cannot verify backups.")
		return nil
	case f.snaps.Running():
		f.host.Say(text.Muted, "Something is being saved or verified already; esc cancels it.")
		return nil
	}
	f.snaps.Verify(path)
	ctx, cancel := context.WithCancel(f.v.Ctx)
	v.stop = cancel
	steps, to := make(chan checkedMsg, 64), host.To{Tab: f.v.ID}
	run := func() (msg tea.Msg) {
		defer cancel()
		defer close(steps)
		defer host.Recovered(&msg)
		each := func(c verify.Check) { steps <- checkedMsg{To: to, check: &c} }
		far := func(step string, done, total int64) {
			select {
			case steps <- checkedMsg{To: to, step: snapshots.Step{Name: step, Done: done, Total: total}}:
			default:
			}
		}
		r, err := check(ctx, path, each, far)
		return verifiedMsg{to, path, r, err}
	}
	return tea.Batch(run, host.HandOn(steps, func(m checkedMsg, next tea.Cmd) tea.Msg { m.next = next; return m }))
}

func (v *verifier) onChecked(m checkedMsg) tea.Cmd {
	if m.check != nil {
		v.f.snaps.Checked(*m.check)
	} else {
		v.f.snaps.Far(m.step)
	}
	return m.next
}

func (v *verifier) onVerified(m verifiedMsg) tea.Cmd {
	if errors.Is(m.err, context.Canceled) {
		v.f.snaps.Unverified()
		v.f.host.Say(text.Muted, "The verification was cancelled.")
		return nil
	}
	v.f.snaps.Verified(m.report, m.err)
	name := clean.Key([]byte(filepath.Base(m.path)))
	switch {
	case m.err != nil:
		v.f.host.Say(text.Error, name+" was not verified: "+clean.Error(m.err))
	case m.report.Verdict == etcdsource.BackupVerified:
		v.f.host.Say(text.OK, name+" is verified.")
	case m.report.Verdict == etcdsource.BackupDamaged:
		v.f.host.Say(text.Error, name+" is damaged.")
	default:
		v.f.host.Say(text.Warning, name+" is "+m.report.Verdict.String()+".")
	}
	return v.f.listFiles()
}

// listFolder lists another folder, or a bucket.
func (f *Feature) listFolder(dir string) tea.Cmd {
	f.host.FocusOn(layout.Snapshots)
	if dir != "" {
		if !etcdsource.IsBucket(dir) {
			dir = filepath.Clean(dir)
		}
		f.snaps.Go(dir)
	}
	return f.listFiles()
}
