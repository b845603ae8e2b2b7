package host

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/dating"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/model/overview"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
)

// Host is what a feature may ask of the program. It is the program as one view sees it.
type Host interface {
	// Say shows a passing line of safe text.
	Say(role text.Role, s string)
	// Focus is the pane that has the focus; FocusOn moves it.
	Focus() layout.ID
	FocusOn(id layout.ID)
	// Pane is the pane of an ID.
	Pane(id layout.ID) pane.Pane
	// Scope is the keymap's name for the pane that has the focus.
	Scope() keymap.Scope
	// Shows reports whether a pane is on the screen.
	Shows(id layout.ID) bool
	// Width is that of the screen, in columns.
	Width() int
	// Settle asks for what the screen shows and nobody has asked for yet.
	Settle() tea.Cmd
	// Travel shows the store as of a revision, 0 for now.
	Travel(rev int64) tea.Cmd
	// Jump moves the cursor to a path, and remembers where it came from.
	Jump(path string) tea.Cmd
	// Carry does what a pane asked for.
	Carry(i pane.Intent) tea.Cmd
	// Push opens a dialog over the panes.
	Push(d dialog.Dialog)
	// Prompt asks for a line at the foot of the screen.
	Prompt(p Prompt)
	// Ask gives a request to the features, and returns what the one that knows it does about it.
	Ask(request tea.Msg) tea.Cmd
	// Publish gives an event to every feature of the view.
	Publish(event tea.Msg) tea.Cmd
	// Open opens a target beside what is open. Where it stays behind, the view that asks is still shown. It returns the
	// number of the new view.
	Open(t Target, behind bool) (int, tea.Cmd)
	// Join opens another etcd of the node in the tab of the view, with its cursor at the target's Goal; one that is open there already
	// is used. Unless show is set, the view that asks is still shown.
	Join(t Target, show bool) tea.Cmd
	// Mates are the other views of the tab whose sources are open.
	Mates() []Opened
	// Lead gives a request to the other views of the tab.
	Lead(request tea.Msg) tea.Cmd
	// Reopen closes the view and opens its target again.
	Reopen() tea.Cmd
	// Replace shows another source of the same store in the place of the view's.
	Replace(o *learn.Opened) tea.Cmd
	// Clipboard sends text to the terminal's clipboard.
	Clipboard(s string) tea.Cmd
	// Opened are the views whose sources are open, in the order of the tabs: the first of each tab, and the one that asks.
	Opened() []Opened
	// Deps and Options are what main has given to the program.
	Deps() *Deps
	Options() *Options
}

// Opened is a view whose source is open.
type Opened struct {
	*learn.Opened
	ID     int
	Place  int // among the tabs, from 1 on
	Target Target
	Name   string // safe text
	Past   bool   // all of its past can be read without a load on the server
	Live   bool   // it is being written
	At     int64  // the revision that it shows, 0 for now
	Head   int64  // the newest revision
	Finder func() *dating.Finder
}

// Revision is the revision that the view shows.
func (o *Opened) Revision() int64 {
	if o.At != 0 {
		return o.At
	}
	return o.Head
}

// Prompt is a line that is typed at the foot of the screen. Each function may be nil.
type Prompt struct {
	Sign  string // before what is typed
	Value string // to begin with
	// Typed is called after each key, Done at enter, Cancel at esc.
	Typed, Done func(s string) tea.Cmd
	Cancel      func() tea.Cmd
	// Complete returns what the whole text may become, the likeliest first: tab takes one after the other.
	Complete func(s string) []string
	// Wrong says what of the text is not understood, "" for nothing; safe text. Enter takes no such text.
	Wrong func(s string) string
	// Hint says what may follow, where nothing is wrong; safe text.
	Hint func(s string) string
	// Move takes the arrow keys up and down.
	Move    func(a keymap.Action) tea.Cmd
	refused string // that enter did not take
}

// Type takes what was typed.
func (p *Prompt) Type(s string) tea.Cmd {
	if p.Typed == nil {
		return nil
	}
	return p.Typed(s)
}

// Refuses reports whether a text is wrong, so that the prompt stays at enter, and remembers it.
func (p *Prompt) Refuses(s string) bool {
	if p.Wrong == nil || p.Wrong(s) == "" {
		return false
	}
	p.refused = s
	return true
}

// Refused says why enter did not take a text, "" where it was not tried, or another one is typed by now.
func (p *Prompt) Refused(s string) string {
	if p.refused == "" || s != p.refused {
		return ""
	}
	return p.Wrong(s)
}

// Feature is one task of the user, in one view. Each function reports whether the feature took what it was given; what
// it leaves goes to the next one.
type Feature interface {
	// Act carries out an action of the keymap.
	Act(a keymap.Action) (tea.Cmd, bool)
	// Update takes a message: an answer to a job of its own, an event, a request of another feature, or an intent of its pane.
	Update(msg tea.Msg) (tea.Cmd, bool)
	// Back undoes one layer, at esc.
	Back() (tea.Cmd, bool)
	// Close ends what the feature has begun; the context of the view has ended by then.
	Close()
}

// Screen is a pane of a feature.
type Screen struct {
	ID    layout.ID
	Pane  pane.Pane
	Scope keymap.Scope // of its keys
}

// Screens is a Feature with panes of its own.
type Screens interface{ Screens() []Screen }

// Command is what can be typed after a colon.
type Command struct {
	Place int      // in the list of commands, the lowest first
	Names []string // the first is its name, the others are aliases
	Arg   string   // what must follow; in brackets where it may
	Help  string
	Run   func(arg string) tea.Cmd
}

// Commands is a Feature with commands.
type Commands interface{ Commands() []Command }

// Working is a Feature that can say at the foot of the screen how far its work is, "" while there is none.
type Working interface{ Working(now time.Time) string }

// The events, which every feature is given.
type (
	// Tick comes once a second, for the view that is shown.
	Tick struct{ Now time.Time }
	// Settling comes after everything that can have changed what is shown.
	Settling struct{}
	// FocusMoved says that another pane has the focus.
	FocusMoved struct{ From, To layout.ID }
	// Refreshing says that what is shown is read again because the user wants that.
	Refreshing struct{}
	// SummedUp says what the report of the state that is shown has found, or how far it is.
	SummedUp struct {
		Account  *overview.Account // nil while nothing is known; with a Progress it is of the objects as they are
		Progress string            // safe text, "" where it is complete or was given up
	}
	// Judged says what follows from what the members of the cluster have answered, each time that they were asked, and where the
	// stream of changes loses the quorum or has it back.
	Judged struct{ Report *health.Report }
	// ViewOpened says that the source of a view, of this one or of another one, is open.
	ViewOpened struct{ ID int }
)

// The requests of one feature to another, which Host.Ask delivers.
type (
	// AskMembers asks the members of the cluster how they are, when it is time again: who shows that says so once a second. The
	// answer is Judged.
	AskMembers struct{}
	// ShowType goes to the folder of a type, or to an object, as kubectl and k9s name them; or to a key that begins with a slash. No
	// feature takes a line that begins with neither.
	ShowType struct{ Line string }
	// ScopeTo limits keys, changes and searches to one namespace; "" takes all in again.
	ScopeTo struct{ Namespace string }
	// CompareFile compares with a snapshot, "live" for the running cluster.
	CompareFile struct{ Path string }
	// CompareView compares with another open view, by its number.
	CompareView struct{ ID int }
	// BackupHistory shows when the selected object has changed, as the backups in a folder or bucket know it. Backups and Bytes
	// are what is listed there; Cluster chooses one of several, "" for that of the newest.
	BackupHistory struct {
		Dir     string
		Cluster string
		Backups int
		Bytes   int64
	}
	// PlanRestore plans the restore of the snapshot at a path.
	PlanRestore struct{ Path string }
	// ShowScreen goes to a screen by its name: report, report/writers, space, snapshots, health.
	ShowScreen struct {
		Name   string
		Writer string // for report/writers: the ID of the one that the cursor goes to, "" for none
	}
	// SumUp asks for the report of the shown revision. The event SummedUp answers it, now and when the report is made. Early asks for what
	// is known soon of a long history; the rest waits until it is asked for without that. Again adds to a report of a running store that is
	// there what was written since, when it is time for that. Brief reads no more than a few MiB of a running store that must be spared.
	SumUp struct{ Early, Again, Brief bool }
	// StepStory goes one step of a story forward (Dir 1) or back (-1).
	StepStory struct{ Dir int }
	// CopyMenu asks what to copy of the key under the cursor; with Own, of what a feature shows instead.
	CopyMenu struct{ Own *Copied }
	// Interrupt is ctrl+c: it ends a long work, and the program where there is none.
	Interrupt struct{}
	// GoTo shows a view as it was at a time, zero for now, because another one of its tab is: revisions of two etcds have nothing
	// in common.
	GoTo struct{ When time.Time }
	// LookFor asks the first view of a tab to go to a moment, and to take the others along: how long ago counts from its newest
	// revision.
	LookFor struct{ Moment attribution.Moment }
	// WriteFile asks for a path and writes data into a new file there; then says what can be done with it, if anything.
	WriteFile struct {
		Title, Path string
		Facts       []string // said before it
		Data        []byte
		Then        func(path string) string
	}
)

// To is embedded by messages that a view is to be given whatever it shows by then; an Answer is dropped where the view
// has moved on.
type To struct{ Tab int }

// View is the number of the view.
func (t To) View() int { return t.Tab }

// For is such a message.
type For interface{ View() int }

// Dropper is a message that needs something done where nobody takes it: a source closed, a stream drained.
type Dropper interface{ Drop() tea.Cmd }

// Passing is a message that says only that time has passed: the screen is drawn again, but no user has done anything.
type Passing interface{ Passing() }

// Passing implements Passing.
func (Tick) Passing() {}

// Copied is what the copy menu offers of a screen of a feature; what is "" is left out.
type Copied struct {
	Command string        // the line of etcdscope that shows it
	Short   string        // what of the screen Command leaves out: "the filter"
	Key     string        // under the cursor
	Name    string        // of the text: "the diff as Markdown"
	Text    func() string // nil: there is none
}
