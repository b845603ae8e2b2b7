package export

import (
	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// writtenMsg is a file that was written, or why it was not.
type writtenMsg struct {
	host.To
	path  string
	bytes int
	then  string // what to do with it
	err   error
}

// askWrite asks for a path and writes data into a new file there; then says what can be done with it, if anything.
func (f *Feature) askWrite(w host.WriteFile) {
	write, to := f.host.Deps().Write, host.To{Tab: f.v.ID}
	f.host.Push(dialog.NewPrompt(w.Title, w.Path, w.Facts, func(path string) tea.Cmd {
		return func() (answer tea.Msg) {
			defer host.Recovered(&answer)
			msg := writtenMsg{To: to, path: path, bytes: len(w.Data), err: write(path, w.Data)}
			if w.Then != nil {
				msg.then = "   " + w.Then(path)
			}
			return msg
		}
	}))
}

func (f *Feature) onWritten(msg writtenMsg) {
	if msg.err != nil {
		f.host.Say(text.Error, "Nothing was written: "+clean.Error(msg.err))
		return
	}
	f.host.Say(text.OK, "Written: "+clean.Key([]byte(msg.path))+" ("+widget.Bytes(int64(msg.bytes))+")"+msg.then)
}
