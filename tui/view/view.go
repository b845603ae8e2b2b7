package view

import (
	"cmp"
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/keytree"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/object"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/sequence"
	"github.com/etcdscope/etcdscope/tui/story"
	"github.com/etcdscope/etcdscope/tui/table"
	"github.com/etcdscope/etcdscope/tui/timeline"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// View is one source, opened or about to be, and the panes that show it.
type View struct {
	ID      int
	Ctx     context.Context
	Cancel  context.CancelFunc
	Host    host.Host
	Opening Opening
	Opened  *learn.Opened // nil while connecting
	State   *session.State
	Nav     Nav
	Work    Work
	Panes   Panes
	Tree    Tree
	Reader  Reader
	Folder  Folder
	Flow    Flow
	Times   Times
}

// Nav is where the user has been, and what was marked on the way.
type Nav struct {
	v         *View
	Marks     Marks
	jumps     jumps
	Namespace string // the only one that is shown, "" for all
	first     string // where the cursor was first
	// Found is the command of etcdscope that finds what a search in values has found, with its arguments; nil where there is none.
	Found []string
	moved bool      // it was moved from there, or something was opened
	From  layout.ID // the pane that had the focus when the last action began
	// Led returns to the overview where a line of it has led here, and says whether that was a jump to a key; ok is false where none
	// has. Nil: there is no overview.
	Led func() (cmd tea.Cmd, jumped, ok bool)
}

// Work is what is under way that something else must not meet.
type Work struct {
	Saving    bool   // a snapshot is being saved
	Recalling bool   // the past is being recalled
	Silent    bool   // no member answered when they were asked last
	NoQuorum  bool   // the members had no quorum when they were asked last
	Members   string // "2/3 members" where some did not serve when they were asked last, and there is a quorum; "" elsewhere
	Serving   string // what is served as a Kubernetes API, for the header; "" for nothing
	Failed    bool   // something could not be read: it is read again when the connection is back
}

// Panes are the panes that show what is in the store.
type Panes struct {
	Style     *pane.Style
	Keys      *keytree.Pane
	Object    *object.Pane
	Table     *table.Pane // beside a folder, instead of object
	Home      pane.Pane   // beside the root of the tree, instead of the table; nil for none
	History   *timeline.Pane
	Changes   *timeline.Feed
	Sequence  *sequence.Pane
	Story     *story.Box // nil without a story
	selectedW int        // columns of the box under the tree
}

// Tree is what is being read of the tree.
type Tree struct {
	v         *View
	listings  int               // of the tree that is read again
	queued    []session.Listing // of these, those that are not begun
	reopen    map[string]bool   // folders to open once they are found
	Goal      string            // path that the cursor is on its way to
	GoalRev   int64             // the version to show when the cursor has come to its goal, 0 for the one at the screen's time
	counting  bool
	uncounted map[string]bool // folders whose count could not be had
}

// Reader is what is being read of the selected key.
type Reader struct {
	v           *View
	objectBusy  bool   // an object is being read
	objectOf    string // path and revision of the last object that was asked for
	objectRev   int64
	historyBusy bool // a history is being read
	followed    followed
	Course      Course // of the shown object
	drawing     host.Newest
	blamed      blamed
}

// Folder is what is being read of the selected folder.
type Folder struct {
	v       *View
	chosen  map[string][]string // the columns of its table, by the full names of resources
	resting string              // folder on which the cursor rests, and the one on which it has rested
	rested  string
	sums    sums
	listed  bool // the list of resources is shown beside the root
}

// Flow is what is written while the view is open, and who writes it.
type Flow struct {
	v          *View
	feed       *Feed
	Attributor *attribution.Stream
	audit      *learn.AuditLog // nil where no audit log is known
	Describing bool
	deciding   bool  // for the filter of the changes
	newest     int64 // the first of the newest changes, which are read before the others; 0 where they are not known
	pastTo     int64 // the newest change that was made before the view was opened, -1 while they are read
	Deleted    Deleted
	arrivals   arrivals
}

// New returns a view whose source is about to be opened.
func New(id int, parent context.Context, o Opening) *View {
	ctx, cancel := context.WithCancel(parent)
	t := &View{ID: id, Ctx: ctx, Cancel: cancel, Opening: o}
	t.Nav.v, t.Tree.v, t.Reader.v, t.Folder.v, t.Flow.v, t.Times.v, t.Flow.Deleted.v, t.Folder.sums.v = t, t, t, t, t, t, t, t
	return t
}

// Attach makes the panes of a source that has been opened.
func (t *View) Attach(o *learn.Opened, style *pane.Style, opts *host.Options) {
	t.Opened, t.Opening.Err, t.Panes.Style = o, nil, style
	t.Folder.chosen = chosenColumns(o, opts.Columns)
	t.State = session.New(o.Info, o.Root)
	t.State.Apart(o.Apart()...)
	t.Flow.audit, t.Flow.pastTo = learn.NewAuditLog(o), -1
	here := func(path string) bool { return t.Nav.Marks.Has(path, 0) }
	t.Panes.Keys = keytree.New(style, t.State, o.Found(), here)
	t.Panes.Object = object.New(style, opts.Reveal)
	t.Panes.Table, t.Panes.History = table.New(style, here), timeline.New(style, t.Nav.Marks.Has)
	t.Panes.Changes = timeline.NewFeed(style, t.State, o.Root, o.Kinds)
	t.Panes.Changes.Gone(t.Flow.Deleted.Gone)
	t.Panes.Changes.Came(t.Flow.arrivals.date)
	t.Panes.Table.Dated(t.Times.At)
	t.Panes.History.Sees(t.Panes.Changes.NewestTime, t.Panes.Object.View)
	t.Panes.Sequence = sequence.New(style)
	if st, err := etcdsource.As[etcdsource.Stepper](o.Source); err == nil {
		t.Panes.Story = story.New(style, st.Story())
		t.Panes.Story.Auto(opts.Autoplay)
		t.Panes.Object.Follow()
	}
}

// Start begins to read and to follow the source.
func (t *View) Start(opts *host.Options) tea.Cmd {
	t.remark()
	o := t.Opened
	t.Tree.Goal = cmp.Or(t.Opening.Target.Goal, o.Root)
	cmds := []tea.Cmd{travel(t, 0, t.Tree.expect)}
	if !o.Info.Running {
		t.State.Status.State = etcdsource.Ended
	} else {
		t.Flow.feed = StartFeed(t.Ctx, t.ID, o.Source, o.Info.Revision+1, t.Tree.drawnIn(), floodPace(opts.Environ))
		cmds = append(cmds, t.Flow.feed.Next(t.Ctx))
	}
	t.Flow.Attributor = t.Flow.newAttributor()
	cmds = append(cmds, t.Flow.attributeNext(), t.Flow.followAudit())
	switch {
	case o.Info.Past == etcdsource.PastWhole:
		cmds = append(cmds, readFeed(t.Ctx, t.ID, o.Source, o.Info.Revision, feedWindow))
	case !o.Info.Spare:
		cmds = append(cmds, readFeed(t.Ctx, t.ID, o.Source, o.Info.Revision, runningWindow))
	default:
		cmds = append(cmds, leaveOut(t.Ctx, t.ID, o.Info.Revision, t.Tree.drawnIn()))
	}
	return tea.Batch(cmds...)
}

// Ask marks a question, so that its answer is dropped once the view has moved on.
func (t *View) Ask() host.Ask { return host.Ask{Tab: t.ID, Gen: t.State.Gen} }

// Close ends what the view has begun and closes its source outside of Update.
func (t *View) Close() tea.Cmd {
	t.Cancel()
	o, below := t.Opened, t.Opening.Below
	if o == nil {
		return nil
	}
	return func() tea.Msg {
		_ = o.Source.Close()
		for _, b := range below {
			_ = b.Close()
		}
		return nil
	}
}

// Travel reads the tree again at a revision, 0 for now.
func (t *View) Travel(rev int64) tea.Cmd { return travel(t, rev, func() tea.Cmd { return nil }) }

// travel reads the tree again at a revision; expect may begin that in a way of its own.
func travel(t *View, rev int64, expect func() tea.Cmd) tea.Cmd {
	open := t.State.Travel(rev)
	if !t.Work.Failed { // else those that were open before are still to be found
		t.Tree.reopen = map[string]bool{}
	}
	t.Tree.uncounted, t.Tree.listings, t.Tree.queued, t.Tree.counting, t.Work.Failed = map[string]bool{}, 0, nil, false, false
	for _, p := range open {
		t.Tree.reopen[p] = true
	}
	t.Tree.reopen["/"] = true
	list := expect()
	if list == nil {
		list = t.Tree.list("")
	}
	return tea.Batch(list, t.reread(), t.Host.Publish(Travelled{}))
}

// reread reads the selected object and its history again.
func (t *View) reread() tea.Cmd {
	t.Reader.objectOf, t.Reader.historyBusy, t.Reader.objectBusy = "", false, false
	t.Panes.Table.Forget()
	t.Folder.resting = ""
	return t.Sync()
}

// Listing reports whether folders are being listed.
func (tr *Tree) Listing() bool { return tr.listings != 0 }

// Reading reports whether folders are being listed or counted.
func (tr *Tree) Reading() bool { return tr.listings != 0 || tr.counting }

func (tr *Tree) list(path string) tea.Cmd {
	tr.listings++
	l := tr.v.State.Tree.List(path, tr.v.State.Revision())
	return listChildren(tr.v.Ctx, tr.v.Ask(), tr.v.Opened.Source, l)
}

// onChildren folds a page in and reads on: the rest of it, folders that were open before, the way to the goal.
func (tr *Tree) onChildren(m childrenMsg) tea.Cmd {
	tr.v.State.Tree.Page(m.listing, m.kids)
	var cmds []tea.Cmd
	for i := range m.kids {
		if m.kids[i].Dir && tr.reopen[string(m.kids[i].Path)] {
			p := string(m.kids[i].Path)
			delete(tr.reopen, p)
			if n := tr.v.State.Tree.Find(p); n != nil && n.Load == session.NotLoaded {
				tr.v.State.Tree.SetOpen(n, true)
				cmds = append(cmds, tr.list(p))
			}
		}
	}
	if m.more != nil {
		return tea.Batch(append(cmds, pullChildren(m.Ask, m.listing, m.more))...)
	}
	why := ""
	if m.err != nil {
		why, tr.v.Work.Failed = m.err.Error(), true
	}
	tr.v.State.Tree.Done(m.listing, why)
	if tr.v.State.Then != nil {
		tr.v.State.Tree.Annotate(m.listing.Path, tr.v.State.Then)
	}
	cmds = append(cmds, tr.v.Host.Publish(FolderRead{m.listing.Path}))
	if tr.listings--; tr.listings == 0 {
		tr.v.State.Settle()
	}
	tr.v.Panes.Keys.Sync()
	if m.long {
		cmds = append(cmds, giveBack)
	}
	return tea.Batch(append(cmds, tr.listQueued(), tr.approach(), tr.count(), tr.v.Sync())...)
}

// count asks for the keys of one visible folder at a time. What is open is summed up, once all that is in it is counted.
func (tr *Tree) count() tea.Cmd {
	if tr.counting || tr.v.State.Shown != tr.v.State.Tree {
		return nil
	}
	for _, r := range slices.Backward(tr.v.State.Tree.Rows()) { // what is in a folder comes before it
		if tr.countable(r.Node) && tr.summable(r.Node) {
			tr.v.State.Tree.SumUp(r.Node)
		}
	}
	for _, r := range tr.v.State.Tree.Rows() {
		if tr.countable(r.Node) && !tr.summable(r.Node) {
			return tr.countNode(r.Node)
		}
	}
	folder := tr.v.Panes.Table.Folder()
	if tr.v.Nav.AtRoot() {
		folder = tr.v.Opened.Root
	}
	if n := tr.v.State.Tree.Find(folder); n != nil {
		for _, k := range n.Kids[:min(len(n.Kids), maxCounted)] {
			if tr.countable(k) && !tr.v.State.Tree.SumUp(k) {
				return tr.countNode(k)
			}
		}
	}
	return nil
}

func (tr *Tree) countNode(n *session.Node) tea.Cmd {
	tr.counting = true
	tr.v.State.Tree.Counting()
	return countKeys(tr.v.Ctx, tr.v.Ask(), tr.v.Opened.Source, n.Path, tr.v.State.Revision())
}

func (tr *Tree) onCounted(m countedMsg) tea.Cmd {
	tr.counting = false
	if m.keys < 0 {
		tr.uncounted[m.path] = true
	}
	tr.v.State.Tree.Counted(m.path, m.rev, m.keys)
	tr.v.Panes.Keys.Sync()
	if n := tr.v.Panes.Keys.Node(); n != nil && n.Path == tr.v.Panes.Table.Folder() {
		tr.v.Folder.showFolder(n)
	}
	return tr.count()
}

// shownAt is the revision at which a key is shown, 0 for the newest.
func (rd *Reader) shownAt(path string) int64 {
	t := rd.v
	if pin := t.Panes.Object.Pinned(); pin != 0 {
		return pin
	}
	if gone := t.Flow.Deleted.At(path); gone != 0 {
		return gone - 1 // its last value
	}
	return t.State.At
}

// Sync reads what the cursor is on, unless that is shown or being read.
func (t *View) Sync() tea.Cmd {
	path, n := t.Panes.Keys.Cursor(), t.Panes.Keys.Node()
	t.Nav.arrive(path)
	dir := n != nil && n.Dir || n == nil && strings.HasSuffix(path, "/")
	if n == nil && dir && t.Tree.unreadable(path) { // it may be read alone
		n = session.NewFolder(path)
	}
	t.Panes.Object.Select(path, dir)
	if !dir || n == nil {
		t.Panes.Table.Select("", "")
	}
	switch {
	case path == "":
		if t.Panes.Keys.Searching() {
			t.Reader.objectOf = ""
			t.Panes.Object.Card(text.Muted, "No key is selected.")
			t.Panes.History.Select("", "")
		}
		return nil
	case n == nil && dir:
		t.Panes.Object.Card(text.Warning, "This folder does not exist at revision "+widget.Thousands(t.State.Revision())+".")
		t.Panes.History.Select(path, "")
		return nil
	case dir:
		return t.Folder.sync(path, n)
	}
	if t.Panes.History.Key() != path {
		t.Panes.History.Select(path, "")
	}
	t.Flow.Deleted.selected(path, n == nil)
	t.Panes.Object.Gone(t.Flow.Deleted.At(path))
	rev := t.Reader.shownAt(path)
	if t.Reader.objectBusy || t.Reader.objectOf == path && t.Reader.objectRev == rev {
		return nil
	}
	t.Reader.objectBusy, t.Reader.objectOf, t.Reader.objectRev = true, path, rev
	return tea.Batch(readObject(t.Ctx, t.Ask(), t.Opened.Source, t.Opened.Decoder, path, rev), t.Reader.late(path))
}
