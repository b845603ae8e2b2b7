package export

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/snapshots"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/words"
)

// Feature takes things out of the program: to the clipboard, into a pager, a file, a snapshot.
type Feature struct {
	host     host.Host
	v        *view.View
	snaps    *snapshots.Pane
	rescuer  rescuer
	verifier verifier
	stopSave context.CancelFunc // of the snapshot that is being saved
	listed   time.Time          // when the folder was listed, or is to have been
}

// New returns the feature for a view.
func New(h host.Host, v *view.View) host.Feature {
	why := ""
	if _, err := etcdsource.As[etcdsource.Saver](v.Opened.Source); err != nil {
		why = strings.TrimPrefix(clean.Error(err), "cannot save a snapshot: ")
	}
	f := &Feature{host: h, v: v, snaps: snapshots.New(v.Panes.Style, h.Options().Folder(v.Opened), why)}
	f.rescuer.f, f.verifier.f = f, f
	return f
}

// Screens implements host.Screens.
func (f *Feature) Screens() []host.Screen {
	return []host.Screen{{ID: layout.Snapshots, Pane: f.snaps, Scope: keymap.Snapshots}}
}

// Act implements host.Feature.
func (f *Feature) Act(a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.Pane4:
		f.host.FocusOn(layout.Snapshots)
		return f.listFiles(), true
	case keymap.ListThen:
		return f.compareCurrent()
	case keymap.Restore:
		path, ok := f.snaps.Current()
		if !ok {
			f.host.Say(text.Muted, "There is no backup under the cursor.")
			return nil, true
		}
		if lines := f.snaps.Chain(); lines != nil {
			f.host.Push(dialog.NewList(func() string { return "A delta snapshot" }, func() []string { return lines }).FromTop())
			return nil, true
		}
		return f.host.Ask(host.PlanRestore{Path: path}), true
	case keymap.BackupHistory:
		n, bytes := f.snaps.Listed()
		return f.host.Ask(host.BackupHistory{Dir: f.snaps.Dir(), Cluster: f.snaps.Cluster(), Backups: n, Bytes: bytes}), true
	case keymap.Copy:
		copier{f: f}.showCopyMenu()
		return nil, true
	case keymap.CopyValue:
		return copier{f: f}.copy("y"), true
	case keymap.Outside:
		return f.viewOutside(), true
	case keymap.Snapshot:
		return f.askSave(), true
	case keymap.Rescue:
		return f.rescuer.rescue(), true
	}
	return f.verifier.act(a)
}

// compareCurrent compares with the snapshot under the cursor.
func (f *Feature) compareCurrent() (tea.Cmd, bool) {
	if f.host.Focus() != layout.Snapshots {
		return nil, false
	}
	path, ok := f.snaps.Current()
	if !ok {
		f.host.Say(text.Muted, "There is no snapshot under the cursor.")
		return nil, true
	}
	return f.host.Ask(host.CompareFile{Path: path}), true
}

// Update implements host.Feature.
func (f *Feature) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case saveStepMsg:
		f.snaps.Report(msg.step)
		return msg.next, true
	case savedMsg:
		return f.onSaved(msg), true
	case partsMsg:
		return f.onParts(msg), true
	case partsRemovedMsg:
		return f.onPartsRemoved(msg), true
	case filesMsg:
		return f.onFiles(msg), true
	case host.Tick:
		return f.onTick(msg.Now), false
	case checkedMsg:
		return f.verifier.onChecked(msg), true
	case verifiedMsg:
		return f.verifier.onVerified(msg), true
	case writtenMsg:
		f.onWritten(msg)
	case rescuedMsg:
		f.rescuer.onRescued(msg)
	case drawnMsg:
		return f.onDrawn(msg), true
	case copiedMsg:
		if msg.err != nil {
			f.host.Say(text.Error, words.Upper(msg.name)+" cannot be read: "+clean.Error(msg.err)+".")
			return nil, true
		}
		return copier{f: f, own: msg.own}.copied(msg.name, msg.text), true
	case outsideMsg:
		f.onOutside(msg)
	case view.Rescue:
		return f.rescuer.onRescue(msg), true
	case host.ShowScreen:
		if msg.Name != "snapshots" {
			return nil, false
		}
		return f.Act(keymap.Pane4)
	case host.WriteFile:
		f.askWrite(msg)
	case host.CopyMenu:
		copier{f, msg.Own}.showCopyMenu()
	default:
		return nil, false
	}
	return nil, true
}

func (f *Feature) onSaved(msg savedMsg) tea.Cmd {
	f.v.Work.Saving = false
	f.snaps.End(msg.result, msg.err)
	if msg.err != nil {
		f.host.Say(text.Error, "The snapshot was not saved: "+clean.Error(msg.err))
	} else {
		f.host.Say(text.OK, "Snapshot saved and verified: "+clean.Key([]byte(msg.result.Path)))
	}
	return f.listFiles()
}

func (f *Feature) onFiles(msg filesMsg) tea.Cmd {
	if msg.dir != f.snaps.Dir() {
		return nil // another folder is shown by now
	}
	f.snaps.Opened(f.v.Opening.Target.Path, f.v.State.Info.Integrity)
	f.snaps.Files(msg.files, msg.err)
	f.snaps.Schedules(msg.schedules, msg.unknown)
	return f.verifier.listed()
}

// relist is how long a list is good in which a run of a schedule was due.
const relist = 15 * time.Second

// onTick lists the folder again where it is shown and a schedule should have run since.
func (f *Feature) onTick(now time.Time) tea.Cmd {
	if f.host.Focus() != layout.Snapshots || f.snaps.Running() || now.Sub(f.listed) < relist || !f.snaps.Due(now) {
		return nil
	}
	return f.listFiles()
}

// Back implements host.Feature: the snapshot that is being saved, or the backup that is being verified, is given up.
func (f *Feature) Back() (tea.Cmd, bool) {
	if f.host.Focus() != layout.Snapshots || !f.snaps.Running() {
		return nil, false
	}
	if f.v.Work.Saving {
		f.stopSave()
	} else {
		f.verifier.stop()
	}
	return nil, true
}

// Close implements host.Feature.
func (f *Feature) Close() {}

// Commands implements host.Commands.
func (f *Feature) Commands() []host.Command {
	return []host.Command{
		{Place: 80, Names: []string{"save"}, Arg: "FILE", Help: "Save a snapshot of the whole store", Run: f.save},
		{Place: 85, Names: []string{"snapshots", "backups"}, Arg: "[DIR]", Help: "List the backups in a folder or a bucket (s3://…): format, age, verdict", Run: f.listFolder},
	}
}
