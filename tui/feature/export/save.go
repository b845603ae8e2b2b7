package export

import (
	"context"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/snapshots"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// askSave asks where a snapshot should go.
func (f *Feature) askSave() tea.Cmd {
	if f.v.Work.Recalling {
		f.host.Say(text.Warning, "The past is being recalled; save a snapshot when that is done.")
		return nil
	}
	if _, err := etcdsource.As[etcdsource.Saver](f.v.Opened.Source); err != nil {
		f.host.Say(text.Warning, words.Upper(clean.Error(err))+".")
		return nil
	}
	f.host.FocusOn(layout.Snapshots)
	name := strings.Map(func(r rune) rune {
		if r == '-' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, f.v.State.Info.Name)
	dir := f.snaps.Dir()
	if etcdsource.IsBucket(dir) {
		dir = "" // snapshot save uploads
	}
	f.askPath(filepath.Join(dir, name+"-"+f.v.Panes.Style.Now.UTC().Format("2006-01-02T15-04-05Z")+".db"))
	return f.listFiles()
}

// askPath asks where a snapshot should go, and says what is known about it.
func (f *Feature) askPath(path string) {
	info := &f.v.State.Info
	facts := []string{"The whole store as of now, streamed from " + clean.Key([]byte(words.First(info.Member, info.Target))) + "."}
	if info.DBSize > 0 {
		facts = append(facts, "About "+widget.Bytes(info.DBSize)+"; checked against its sha256 and readable by its owner only, for it holds every Secret.")
	}
	facts = append(facts, "An existing file is never overwritten.", "", "Save it as:")
	f.host.Push(dialog.NewPrompt("Save a snapshot", path, facts, func(path string) tea.Cmd { return f.beforeSave(path) }))
}

// saveStepMsg is how far the saving of a snapshot is.
type saveStepMsg struct {
	host.To
	step snapshots.Step
	next tea.Cmd
}

// Drop implements host.Dropper.
func (m saveStepMsg) Drop() tea.Cmd { return m.next }

// savedMsg is a snapshot that was saved, or why it was not.
type savedMsg struct {
	host.To
	result snapshots.Result
	err    error
}

// save streams a snapshot into a file. Its steps arrive through a channel of one: a report that was not taken yet
// is replaced by the newer one.
func (f *Feature) save(path string) tea.Cmd {
	if f.snaps.Running() || f.v.Work.Recalling {
		return nil
	}
	f.v.Work.Saving = true
	f.snaps.Begin(f.v.Panes.Style.Now)
	ctx, cancel := context.WithCancel(f.v.Ctx)
	f.stopSave = cancel
	steps := make(chan snapshots.Step, 64)
	save, src, to := f.host.Deps().Save, f.v.Opened.Source, host.To{Tab: f.v.ID}
	run := func() (msg tea.Msg) {
		defer cancel()
		defer close(steps)
		defer host.Recovered(&msg)
		r, err := save(ctx, src, path, func(s snapshots.Step) {
			select {
			case steps <- s:
			default:
				if s.Ended {
					steps <- s
				}
			}
		})
		return savedMsg{to, r, err}
	}
	var next tea.Cmd
	next = func() tea.Msg {
		s, ok := <-steps
		if !ok {
			return nil
		}
		return saveStepMsg{to, s, next}
	}
	return tea.Batch(run, next)
}

// filesMsg is what a folder of snapshots holds.
type filesMsg struct {
	host.To
	dir   string
	files []etcdsource.Backup
	err   error
	// schedules are those that keep backups there, or unknown is why that is not known.
	schedules []etcdsource.Schedule
	unknown   error
}

func (f *Feature) listFiles() tea.Cmd {
	f.listed = f.v.Panes.Style.Now
	deps, dir, to, ctx := f.host.Deps(), f.snaps.Dir(), host.To{Tab: f.v.ID}, f.v.Ctx
	return func() (msg tea.Msg) {
		defer host.Recovered(&msg)
		files, err := deps.List(ctx, dir)
		m := filesMsg{To: to, dir: dir, files: files, err: err}
		if deps.Schedules != nil && err == nil {
			m.schedules, m.unknown = deps.Schedules(ctx, dir)
		}
		return m
	}
}
