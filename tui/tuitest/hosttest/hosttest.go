// Package hosttest has a host for the tests of one feature: no program, no panes on a screen.
//
//	View(t, source) ─► a view whose source is open
//	feature ─► Host: what it said, pushed, asked, opened; the test looks at the fields
//
// What always holds: a Host does nothing but remember, and answers nil commands.
package hosttest

import (
	"cmp"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/view"
)

// Host remembers what a feature asked of the program.
type Host struct {
	Said      []string        // passing lines
	Focused   layout.ID       // the pane that has the focus
	Shown     pane.Pane       // what Pane returns
	Scoped    keymap.Scope    // what Scope returns; "": everywhere
	Dialogs   []dialog.Dialog // that were pushed
	Prompts   []host.Prompt
	Travelled []int64
	Jumped    []string
	Carried   []pane.Intent
	Asked     []tea.Msg
	Published []tea.Msg
	Targets   []host.Target // that were opened
	Copied    []string      // to the clipboard
	Views     []host.Opened // what Opened returns
	Beside    []host.Opened // what Mates returns
	Led       []tea.Msg     // requests to these
	Uses      host.Deps
	Choices   host.Options
}

var _ host.Host = (*Host)(nil)

// Say implements host.Host.
func (h *Host) Say(_ text.Role, s string) { h.Said = append(h.Said, s) }

// Focus implements host.Host.
func (h *Host) Focus() layout.ID { return h.Focused }

// Pane implements host.Host.
func (h *Host) Pane(layout.ID) pane.Pane { return h.Shown }

// FocusOn implements host.Host.
func (h *Host) FocusOn(id layout.ID) { h.Focused = id }

// Scope implements host.Host.
func (h *Host) Scope() keymap.Scope { return cmp.Or(h.Scoped, keymap.Global) }

// Shows implements host.Host: every pane is on the screen.
func (h *Host) Shows(layout.ID) bool { return true }

// Width implements host.Host.
func (h *Host) Width() int { return 160 }

// Settle implements host.Host.
func (h *Host) Settle() tea.Cmd { return nil }

// Travel implements host.Host.
func (h *Host) Travel(rev int64) tea.Cmd { h.Travelled = append(h.Travelled, rev); return nil }

// Jump implements host.Host.
func (h *Host) Jump(path string) tea.Cmd { h.Jumped = append(h.Jumped, path); return nil }

// Carry implements host.Host.
func (h *Host) Carry(i pane.Intent) tea.Cmd { h.Carried = append(h.Carried, i); return nil }

// Push implements host.Host.
func (h *Host) Push(d dialog.Dialog) { h.Dialogs = append(h.Dialogs, d) }

// Prompt implements host.Host.
func (h *Host) Prompt(p host.Prompt) { h.Prompts = append(h.Prompts, p) }

// Ask implements host.Host.
func (h *Host) Ask(request tea.Msg) tea.Cmd { h.Asked = append(h.Asked, request); return nil }

// Publish implements host.Host.
func (h *Host) Publish(event tea.Msg) tea.Cmd { h.Published = append(h.Published, event); return nil }

// Open implements host.Host.
func (h *Host) Open(t host.Target, _ bool) (int, tea.Cmd) {
	h.Targets = append(h.Targets, t)
	return len(h.Targets), nil
}

// Join implements host.Host.
func (h *Host) Join(t host.Target, show bool) tea.Cmd {
	if show {
		h.Targets = append(h.Targets, t)
	}
	return nil
}

// Mates implements host.Host.
func (h *Host) Mates() []host.Opened { return h.Beside }

// Lead implements host.Host.
func (h *Host) Lead(request tea.Msg) tea.Cmd { h.Led = append(h.Led, request); return nil }

// Reopen implements host.Host.
func (h *Host) Reopen() tea.Cmd { return nil }

// Replace implements host.Host.
func (h *Host) Replace(*learn.Opened) tea.Cmd { return nil }

// Clipboard implements host.Host.
func (h *Host) Clipboard(s string) tea.Cmd { h.Copied = append(h.Copied, s); return nil }

// Opened implements host.Host.
func (h *Host) Opened() []host.Opened { return h.Views }

// Deps implements host.Host.
func (h *Host) Deps() *host.Deps { return &h.Uses }

// Options implements host.Host.
func (h *Host) Options() *host.Options { return &h.Choices }

// View is a view whose source is open, and the host of its features.
func View(t testing.TB, src etcdsource.Source) (*Host, *view.View) {
	t.Helper()
	known, err := learn.From(t.Context(), src, learn.Options{Lenient: true})
	if err != nil {
		t.Fatal(err)
	}
	th, err := theme.Choose(theme.Terminal{}, "mono", false)
	if err != nil {
		t.Fatal(err)
	}
	h := &Host{}
	v := view.New(1, t.Context(), view.Opening{})
	v.Attach(&learn.Opened{Known: known, Source: src}, &pane.Style{Theme: th}, &h.Choices)
	t.Cleanup(v.Cancel)
	return h, v
}

// Run runs a command and gives its answer to the feature; false where there was none.
func Run(f host.Feature, cmd tea.Cmd) bool {
	if cmd == nil {
		return false
	}
	msg := cmd()
	if msg == nil {
		return false
	}
	_, took := f.Update(msg)
	return took
}
