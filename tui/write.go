package tui

import (
	"errors"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/dialog"
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
			defer recovered(&answer)
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

// fileName makes a word that is a file's name everywhere.
func fileName(s string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r == '-' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, s), "-.")
}

var errNoRevision = errors.New("a revision is a whole number, as in the timeline")

// parseRevision reads a revision as people write it: 48112904, 48,112,904.
func parseRevision(s string) (int64, error) {
	rev, err := strconv.ParseInt(strings.NewReplacer(",", "", "_", "", " ", "").Replace(s), 10, 64)
	if err != nil || rev < 0 {
		return 0, errNoRevision
	}
	return rev, nil
}
