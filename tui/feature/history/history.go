package history

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/object"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// Screen is the pane's place on the screen.
var Screen = layout.NewScreen()

// Back is how far back from the newest backup changes are looked for.
const Back = 30 * 24 * time.Hour

// unasked is how much is copied from a bucket without asking, in bytes.
const unasked = 256 << 20

// Feature shows the changes of the selected object that backups hold.
type Feature struct {
	host host.Host
	v    *view.View
	pane *Pane
	seq  int                // of the last job; what an older one says is dropped
	stop context.CancelFunc // of the job that runs; nil for none
}

// New returns the feature for a view.
func New(h host.Host, v *view.View) host.Feature {
	return &Feature{host: h, v: v, pane: newPane(v.Panes.Style)}
}

// Screens implements host.Screens.
func (f *Feature) Screens() []host.Screen {
	return []host.Screen{{ID: Screen, Pane: f.pane, Scope: keymap.Kept}}
}

// Act implements host.Feature.
func (f *Feature) Act(a keymap.Action) (tea.Cmd, bool) {
	if f.host.Focus() != Screen {
		return nil, false
	}
	switch a {
	case keymap.Open:
		f.showValue()
		return nil, true
	case keymap.OpenBeside:
		return f.openBackup(), true
	}
	return nil, false
}

// readMsg are the changes of a key that backups hold.
type readMsg struct {
	host.To
	seq  int
	list []etcdsource.BackupChange
	left []string // what is to be said of backups that do not count, or are not verified; safe text
	err  error
}

// progressMsg is how far the reading, or the copying from a bucket, is.
type progressMsg struct {
	host.To
	seq         int
	step        string
	done, total int64
	next        tea.Cmd
}

// Update implements host.Feature.
func (f *Feature) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case host.BackupHistory:
		return f.ask(msg), true
	case progressMsg:
		if msg.seq == f.seq && f.stop != nil {
			f.pane.progress(msg.step, msg.done, msg.total)
		}
		return msg.next, true
	case readMsg:
		f.onRead(msg)
		return nil, true
	case host.Settling:
		if f.pane.view != f.v.Describer().View { // values were revealed, or masked again
			f.describe()
		}
	}
	return nil, false
}

// ask reads the history of the selected object; it asks first where much is copied for that.
func (f *Feature) ask(m host.BackupHistory) tea.Cmd {
	key := f.v.Panes.Keys.Cursor()
	switch {
	case f.host.Deps().History == nil:
		f.host.Say(text.Warning, "This build cannot read the history in backups.")
	case key == "" || strings.HasSuffix(key, "/"):
		f.host.Say(text.Muted, "Select an object among the keys first: h shows its history in these backups.")
	case etcdsource.IsBucket(m.Dir) && m.Bytes > unasked:
		facts := []string{fmt.Sprintf("%s lie in a bucket, %s in all. Those of the last 30 days are copied, a few at a time, read, and removed.", widget.Plural(int64(m.Backups), "backup"), widget.Bytes(m.Bytes)), "", "Go on?"}
		f.host.Push(dialog.NewConfirm("Copy backups from the bucket?", facts, func() tea.Cmd { return f.read(m.Dir, m.Cluster, key) }))
	default:
		return f.read(m.Dir, m.Cluster, key)
	}
	return nil
}

// read reads it.
func (f *Feature) read(dir, cluster, key string) tea.Cmd {
	f.cancel()
	f.seq++
	ctx, stop := context.WithCancel(f.v.Ctx)
	f.stop = stop
	f.pane.begin(dir, f.v.NameOf(key))
	f.host.FocusOn(Screen)
	to, seq, history := host.To{Tab: f.v.ID}, f.seq, f.host.Deps().History
	steps := make(chan progressMsg, 1)
	run := func() (msg tea.Msg) {
		defer close(steps)
		defer host.Recovered(&msg)
		m := readMsg{To: to, seq: seq}
		m.list, m.err = history(ctx, dir, []byte(key), etcdsource.HistoryOptions{Back: Back, Cluster: cluster,
			Skipped: func(path, why string) {
				m.left = append(m.left, "left out: "+clean.Key([]byte(path))+": "+clean.Text(why))
			},
			Contradiction: func(older, newer string, revision int64) {
				m.left = append(m.left, words.Contradiction(older, newer, revision))
			},
			Unverified: func(n int) {
				m.left = append(m.left, fmt.Sprintf("%d not verified: of large backups only what is new in each was read", n))
			},
			Progress: func(step string, done, total int64) {
				select {
				case steps <- progressMsg{To: to, seq: seq, step: step, done: done, total: total}:
				default: // the screen has not shown the last one yet
				}
			}})
		return m
	}
	return tea.Batch(run, host.HandOn(steps, func(m progressMsg, next tea.Cmd) tea.Msg { m.next = next; return m }))
}

func (f *Feature) onRead(m readMsg) {
	if m.seq != f.seq {
		return
	}
	f.cancel()
	switch {
	case errors.Is(m.err, context.Canceled):
		f.pane.fail("It was given up.")
	case m.err != nil:
		f.pane.fail(clean.Error(m.err))
	default:
		f.pane.show(m.list, m.left)
		f.describe()
	}
}

// describe says of each change what it did, as masked as the screen is.
func (f *Feature) describe() {
	d := f.v.Describer()
	f.pane.view = d.View
	for i := range f.pane.rows {
		r := &f.pane.rows[i]
		r.said = change.Describe(d.Decoder, d.Kinds, d.Root, r.Before, &r.Event, d.View)
	}
}

// showValue shows the value that the version under the cursor has, of a deletion the last one before it that is known.
func (f *Feature) showValue() {
	r, held := f.pane.value()
	if r == nil {
		f.host.Say(text.Muted, "No backup holds a value of it.")
		return
	}
	d := f.v.Describer()
	o := d.Decoder.Object(r.Key, r.Value, r.Mod)
	title := f.pane.name + ", revision " + widget.Thousands(r.Mod)
	if !held {
		title += ", the last before it was deleted"
	}
	drawn := object.Draw(o, object.YAML, d.View)
	lines := make([]string, len(drawn.Lines))
	for i := range drawn.Lines {
		lines[i] = drawn.Lines[i].Text
	}
	f.host.Push(dialog.NewList(func() string { return title }, func() []string { return lines }).FromTop())
}

// openBackup opens the backup that holds the version under the cursor, at the object.
func (f *Feature) openBackup() tea.Cmd {
	r, _ := f.pane.value()
	if r == nil {
		f.host.Say(text.Muted, "No backup holds a value of it.")
		return nil
	}
	_, cmd := f.host.Open(host.Target{Path: r.Held, Goal: string(r.Key)}, false)
	return cmd
}

// Working implements host.Working.
func (f *Feature) Working(time.Time) string {
	if f.stop == nil || f.host.Focus() == Screen {
		return ""
	}
	return f.pane.doing
}

// Back implements host.Feature: reading is given up, then the screen is left.
func (f *Feature) Back() (tea.Cmd, bool) {
	if f.host.Focus() != Screen {
		return nil, false
	}
	if f.stop != nil {
		f.cancel()
		f.seq++
	}
	f.host.FocusOn(layout.Snapshots)
	return nil, true
}

// Close implements host.Feature.
func (f *Feature) Close() { f.cancel() }

func (f *Feature) cancel() {
	if f.stop != nil {
		f.stop()
		f.stop = nil
	}
}
