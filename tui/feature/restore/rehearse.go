package restore

import (
	"context"
	"errors"
	"path/filepath"
	"sync"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
)

// held is a restored store whose members serve until it is closed.
type held struct {
	release func() // nil for none
	tab     int    // the view that shows it, 0 while there is none
	open    bool   // its source is open
	compare bool   // with this view, as soon as it is
}

// askRehearsal asks how to rehearse.
func (f *Feature) askRehearsal() {
	switch {
	case f.pane.plan == nil:
		return
	case f.host.Deps().Rehearse == nil:
		f.host.Say(text.Warning, "This build cannot rehearse.")
		return
	case f.stop != nil:
		f.host.Say(text.Muted, "A rehearsal runs already; esc ends it.")
		return
	case len(f.pane.plan.Steps) == 0:
		f.host.Say(text.Warning, "A damaged file is not rehearsed.")
		return
	}
	facts := []string{"The file is restored in a scratch folder, by members that listen on unix sockets there only, and every key is compared. Then all of it is removed."}
	f.host.Push(dialog.NewOffer("Rehearse the restore", facts, []dialog.Item{
		{Key: "1", Label: "with one member"},
		{Key: "3", Label: "with three members"},
		{Key: "o", Label: "with one, and open the restored store beside what is open"},
		{Key: "c", Label: "with one, and compare the restored store with what is open here"},
	}, func(key string) tea.Cmd {
		members := 1
		if key == "3" {
			members = 3
		}
		return f.rehearse(members, key == "o" || key == "c", key == "c")
	}))
}

// readyMsg is a restored store that is served, and what was found.
type readyMsg struct {
	host.To
	seq     int
	socket  string
	found   etcdsource.Rehearsed
	release func()
	next    tea.Cmd
}

// Drop implements host.Dropper: nobody will look at it.
func (m readyMsg) Drop() tea.Cmd {
	m.release()
	return m.next
}

// rehearsedMsg is how a rehearsal ended.
type rehearsedMsg struct {
	host.To
	seq   int
	found etcdsource.Rehearsed
	err   error
}

// rehearse rehearses; keep serves the restored store until it is closed.
func (f *Feature) rehearse(members int, keep, compare bool) tea.Cmd {
	p, run := f.pane.plan, f.host.Deps().Rehearse
	if f.stop != nil || p == nil {
		return nil
	}
	f.held = held{compare: compare}
	f.pane.rehearsing()
	o := etcdsource.RehearseOptions{Members: members, Bump: p.Bump, Avoid: []string{p.DataDir}, MaxUnpack: f.v.Opening.Target.MaxUnpack}
	return f.begin(func(w *work) tea.Msg {
		o.Progress = w.report
		o.OnRemoved = func(path string) { w.report("removed " + path + ", left by a rehearsal that was killed") }
		if keep {
			o.Ready = func(ctx context.Context, sockets []string, r etcdsource.Rehearsed) error {
				gone := make(chan struct{})
				ready := readyMsg{To: w.To, seq: w.seq, socket: sockets[0], found: r, release: sync.OnceFunc(func() { close(gone) })}
				select {
				case w.msgs <- ready:
				case <-ctx.Done():
				}
				select {
				case <-gone:
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}
		r, err := run(w.ctx, p.File.Path, o)
		return rehearsedMsg{w.To, w.seq, r, err}
	})
}

// onReady opens the restored store.
func (f *Feature) onReady(m readyMsg) tea.Cmd {
	if m.seq != f.seq || f.stop == nil {
		m.release()
		return nil
	}
	p := f.pane.plan
	f.held.release = m.release
	f.pane.serves(&m.found)
	name := "rehearsal of " + clean.Key([]byte(filepath.Base(p.File.Path)))
	id, cmd := f.host.Open(host.Target{Rehearsed: host.Rehearsed{Socket: m.socket, Name: name, EncryptionConfig: p.Encryption}}, f.held.compare)
	f.held.tab = id
	return cmd
}

// onOpened compares with the restored store, once it is open.
func (f *Feature) onOpened(id int) tea.Cmd {
	if f.held.release == nil || id != f.held.tab {
		return nil
	}
	f.held.open = true
	if !f.held.compare {
		return nil
	}
	return f.host.Ask(host.CompareView{ID: id})
}

// look lets the restored store go when its tab was closed, and shows the plan again.
func (f *Feature) look() {
	if f.held.release == nil || !f.held.open {
		return
	}
	for _, o := range f.host.Opened() {
		if o.ID == f.held.tab {
			return
		}
	}
	f.release()
	f.host.FocusOn(Screen)
}

// release lets the restored store go: its members end, and the scratch folder is removed.
func (f *Feature) release() {
	f.held.release()
	f.held.release = nil
}

func (f *Feature) onRehearsed(m rehearsedMsg) {
	if m.seq != f.seq {
		return
	}
	f.stop, f.held.release = nil, nil
	switch {
	case errors.Is(m.err, context.Canceled):
		f.pane.unrehearsed()
		f.host.Say(text.Muted, "The rehearsal was given up; nothing is left of it.")
	case m.err != nil:
		f.pane.rehearsed(nil, clean.Error(m.err))
		f.host.Say(text.Error, "Not rehearsed: "+clean.Error(m.err))
	case !m.found.Equal:
		f.pane.rehearsed(&m.found, "")
		f.host.Say(text.Error, "The restored store is not equal to the file.")
	default:
		f.pane.rehearsed(&m.found, "")
		f.host.Say(text.OK, "Rehearsed: every key is equal to the file's.")
	}
}
