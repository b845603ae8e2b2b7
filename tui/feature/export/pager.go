package export

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/object"
	"github.com/etcdscope/etcdscope/tui/terminal"
)

// outsideMsg says that the program that showed a value has ended.
type outsideMsg struct {
	host.To
	err error
}

// drawnMsg is a value that was drawn up for the reader's own pager.
type drawnMsg struct {
	host.Ask
	cmd *terminal.Foreground
}

// viewOutside shows the value in the reader's own pager: a copy, as masked as it is on the screen. A large one takes a
// while to draw up.
func (f *Feature) viewOutside() tea.Cmd {
	o := f.v.Panes.Object.Object()
	if o == nil {
		f.host.Say(text.Muted, "Select an object first.")
		return nil
	}
	ext := map[object.Format]string{object.JSON: "json", object.YAML: "yaml"}[f.v.Panes.Object.Format()]
	if ext == "" {
		ext = "txt"
	}
	a, format, show, environ := f.v.Ask(), f.v.Panes.Object.Format(), f.v.Panes.Object.View(), f.host.Options().Environ
	ctx := f.v.Ctx
	return host.Job(ctx, func(context.Context) tea.Msg {
		var b bytes.Buffer
		for _, l := range object.Draw(o, format, show).Lines {
			b.WriteString(l.Text)
			b.WriteByte('\n')
		}
		return drawnMsg{a, outsideCommand(ctx, environ, "value."+ext, b.Bytes())}
	})
}

func (f *Feature) onDrawn(msg drawnMsg) tea.Cmd {
	to := host.To{Tab: f.v.ID}
	return tea.Exec(msg.cmd, func(err error) tea.Msg { return outsideMsg{to, err} })
}

// outsideCommand shows content in the reader's pager. Its file is there only while the pager runs, which ends with ctx.
func outsideCommand(ctx context.Context, environ []string, name string, content []byte) *terminal.Foreground {
	return &terminal.Foreground{Make: func() (*exec.Cmd, func(), error) { return outside(ctx, environ, name, content) }}
}

func (f *Feature) onOutside(msg outsideMsg) {
	if msg.err != nil {
		f.host.Say(text.Error, "The value was not shown: "+clean.Error(msg.err))
	}
}

// noCopy says why there is no file for the pager.
func noCopy(err error) error {
	return &etcdsource.Problem{Tried: "write a copy of it to " + os.TempDir(), Why: disk.Why(err), Do: disk.Do(err, disk.Temporary), Err: err}
}

// pagerEnd is how long a pager may take to end when the program ends; one that ignores that is killed.
const pagerEnd = 2 * time.Second

// Folder is the name of the folders in which values are shown to a pager, for disk.SweepPrivate.
const Folder = "value"

// outside writes content into a file that only its owner can read and nobody can write, and returns the command that
// shows it, and what removes the file.
func outside(ctx context.Context, environ []string, name string, content []byte) (*exec.Cmd, func(), error) {
	dir, err := disk.Private(Folder)
	if err != nil {
		return nil, nil, noCopy(err)
	}
	remove := func() { _ = dir.Remove() }
	path := filepath.Join(dir.Path, name)
	if err := os.WriteFile(path, content, 0o400); err != nil {
		remove()
		return nil, nil, noCopy(err)
	}
	pager := "less"
	for _, want := range []string{"EDITOR=", "PAGER="} {
		for _, e := range environ {
			if v, ok := strings.CutPrefix(e, want); ok && v != "" {
				pager = v
			}
		}
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", pager+` "$1"`, "sh", path) // the variables may hold options
	cmd.Env = append(environ[:len(environ):len(environ)], "LESSSECURE=1")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGHUP) }
	cmd.WaitDelay = pagerEnd
	return cmd, remove, nil
}
