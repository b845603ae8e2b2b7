package tui

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
	path  string
	bytes int
	then  string // what to do with it
	err   error
}

// askWrite asks for a path and writes data into a new file there; then says what can be done with it, if anything.
func (m *Model) askWrite(title, path string, facts []string, data []byte, then func(path string) string) {
	write := m.deps.Write
	m.dialogs.Push(dialog.NewPrompt(title, path, facts, func(path string) tea.Cmd {
		return func() (answer tea.Msg) {
			defer host.Recovered(&answer)
			msg := writtenMsg{path: path, bytes: len(data), err: write(path, data)}
			if then != nil {
				msg.then = "   " + then(path)
			}
			return msg
		}
	}))
}

func (m *Model) onWritten(msg writtenMsg) {
	if msg.err != nil {
		m.say(text.Error, "Nothing was written: "+clean.Error(msg.err))
		return
	}
	m.say(text.OK, "Written: "+clean.Key([]byte(msg.path))+" ("+widget.Bytes(int64(msg.bytes))+")"+msg.then)
}
