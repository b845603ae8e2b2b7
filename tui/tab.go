package tui

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/keytree"
	"github.com/etcdscope/etcdscope/tui/object"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/sequence"
	"github.com/etcdscope/etcdscope/tui/story"
	"github.com/etcdscope/etcdscope/tui/table"
	"github.com/etcdscope/etcdscope/tui/timeline"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// tab is one source, opened or about to be, and the panes that show it.
type tab struct {
	id     int
	ctx    context.Context
	cancel context.CancelFunc
	host   host.Host
	opening
	opened *learn.Opened // nil while connecting
	state  *session.State
	nav
	work
	panes
	tree
	reader
	folder
	flow
	dates
}

// nav is where the user has been, and what was marked on the way.
type nav struct {
	marks     marks
	jumps     jumps
	namespace string // the only one that is shown, "" for all
}

// work is what is under way that something else must not meet.
type work struct {
	saving    bool // a snapshot is being saved
	recalling bool // the past is being recalled
	failed    bool // something could not be read: it is read anew when the connection is back
}

// panes are the panes that show what is in the store.
type panes struct {
	style     *pane.Style
	keys      *keytree.Pane
	object    *object.Pane
	table     *table.Pane // beside a folder, instead of object
	history   *timeline.Pane
	changes   *timeline.Feed
	seq       *sequence.Pane
	story     *story.Box // nil without a story
	selectedW int        // columns of the box under the tree
}

// tree is what is being read of the tree.
type tree struct {
	v         *tab
	listings  int             // of the tree that is read anew
	reopen    map[string]bool // folders to open once they are found
	goal      string          // path that the cursor is on its way to
	goalRev   int64           // the version to show when the cursor has come to its goal, 0 for the one at the screen's time
	counting  bool
	uncounted map[string]bool // folders whose count could not be had
}

// reader is what is being read of the selected key.
type reader struct {
	v           *tab
	objectBusy  bool   // an object is being read
	objectOf    string // path and revision of the last object that was asked for
	objectRev   int64
	historyBusy bool   // a history is being read
	course      course // of the shown object
}

// folder is what is being read of the selected folder.
type folder struct {
	v       *tab
	chosen  map[string][]string // the columns of its table, by the full names of resources
	resting string              // folder on which the cursor rests, and the one on which it has rested
	rested  string
}

// flow is what is written while the tab is open, and who writes it.
type flow struct {
	v          *tab
	feed       *feed
	witness    *attribution.Stream
	audit      *learn.AuditLog // nil where no audit log is known
	describing bool
	gone       deleted
}

// newTab returns a tab whose source is about to be opened.
func newTab(id int, parent context.Context, o opening) *tab {
	ctx, cancel := context.WithCancel(parent)
	t := &tab{id: id, ctx: ctx, cancel: cancel, opening: o}
	t.tree.v, t.reader.v, t.folder.v, t.flow.v, t.dates.v, t.gone.v = t, t, t, t, t, t
	return t
}

// attach makes the panes of a source that has been opened.
func (t *tab) attach(o *learn.Opened, style *pane.Style, opts *host.Options) {
	t.opened, t.err, t.style = o, nil, style
	t.chosen = chosenColumns(o, opts.Columns)
	t.state = session.New(o.Info, o.Root)
	t.audit = learn.NewAuditLog(o)
	here := func(path string) bool { return t.marks.has(path, 0) }
	t.keys = keytree.New(style, t.state, o.Root, here)
	t.object = object.New(style, opts.Reveal)
	t.table = table.New(style, here)
	t.history = timeline.New(style, t.marks.has)
	t.changes = timeline.NewFeed(style, t.state, o.Root)
	t.seq = sequence.New(style)
	if st, err := etcdsource.As[etcdsource.Stepper](o.Source); err == nil {
		t.story = story.New(style, st.Story())
		t.story.Auto(opts.Autoplay)
		t.object.Follow()
	}
}

// start begins to read and to follow the source.
func (t *tab) start(opts *host.Options) tea.Cmd {
	o := t.opened
	cmds := []tea.Cmd{t.travel(0)}
	if !o.Info.Running {
		t.state.Status.State = etcdsource.Ended
	} else {
		t.feed = startFeed(t.ctx, t.id, o.Source, o.Info.Revision+1, floodPace(opts.Environ))
		cmds = append(cmds, t.feed.next(t.ctx))
	}
	t.witness = t.newWitness(t.atHand())
	cmds = append(cmds, t.attributeNext(), t.followAudit())
	switch {
	case o.Info.Past == etcdsource.PastWhole:
		cmds = append(cmds, readFeed(t.ctx, t.id, o.Source, o.Info.Revision, feedWindow))
	case !o.Info.Spare:
		cmds = append(cmds, readFeed(t.ctx, t.id, o.Source, o.Info.Revision, runningWindow))
	}
	t.goal = o.Root
	return tea.Batch(cmds...)
}

func (t *tab) ask() host.Ask { return host.Ask{Tab: t.id, Gen: t.state.Gen} }

// close ends what the tab has begun and closes its source outside of Update.
func (t *tab) close() tea.Cmd {
	t.cancel()
	o, below := t.opened, t.below
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

// travel reads the tree anew at a revision, 0 for now.
func (t *tab) travel(rev int64) tea.Cmd {
	open := t.state.Travel(rev)
	if !t.failed { // else those that were open before are still to be found
		t.reopen = map[string]bool{}
	}
	t.uncounted, t.listings, t.counting, t.failed = map[string]bool{}, 0, false, false
	for _, p := range open {
		t.reopen[p] = true
	}
	t.reopen["/"] = true
	return tea.Batch(t.list(""), t.reread(), t.host.Tell(Travelled{}))
}

// reread reads the selected object and its history again.
func (t *tab) reread() tea.Cmd {
	t.objectOf, t.historyBusy, t.objectBusy = "", false, false
	t.table.Forget()
	t.resting = ""
	return t.sync()
}

func (tr *tree) list(path string) tea.Cmd {
	tr.listings++
	l := tr.v.state.Tree.List(path, tr.v.state.Revision())
	return listChildren(tr.v.ctx, tr.v.ask(), tr.v.opened.Source, l)
}

// onChildren folds a page in and reads on: the rest of it, folders that were open before, the way to the goal.
func (tr *tree) onChildren(m childrenMsg) tea.Cmd {
	tr.v.state.Tree.Page(m.listing, m.kids)
	var cmds []tea.Cmd
	for i := range m.kids {
		if m.kids[i].Dir && tr.reopen[string(m.kids[i].Path)] {
			p := string(m.kids[i].Path)
			delete(tr.reopen, p)
			if n := tr.v.state.Tree.Find(p); n != nil && n.Load == session.NotLoaded {
				tr.v.state.Tree.SetOpen(n, true)
				cmds = append(cmds, tr.list(p))
			}
		}
	}
	if m.more != nil {
		return tea.Batch(append(cmds, pullChildren(m.Ask, m.listing, m.more))...)
	}
	why := ""
	if m.err != nil {
		why, tr.v.failed = m.err.Error(), true
	}
	tr.v.state.Tree.Done(m.listing, why)
	if tr.v.state.Then != nil {
		tr.v.state.Tree.Annotate(m.listing.Path, tr.v.state.Then)
		cmds = append(cmds, tr.v.host.Tell(FolderRead{m.listing.Path}))
	}
	if tr.listings--; tr.listings == 0 {
		tr.v.state.Settle()
	}
	tr.v.keys.Sync()
	if m.long {
		cmds = append(cmds, giveBack)
	}
	return tea.Batch(append(cmds, tr.approach(), tr.count(), tr.v.sync())...)
}

// reveal moves the cursor to a path, reading the folders above it as needed.
func (tr *tree) reveal(path string) tea.Cmd {
	if tr.v.keys.Searching() {
		if path == tr.v.keys.Cursor() {
			return tr.v.sync()
		}
		tr.v.host.Tell(LeaveSearch{})
	}
	tr.goal, tr.goalRev = path, 0
	return tea.Batch(tr.approach(), tr.v.sync())
}

// approach goes one step towards the goal.
func (tr *tree) approach() tea.Cmd {
	if tr.goal == "" || tr.v.state.Shown != tr.v.state.Tree {
		return nil
	}
	tree := tr.v.state.Tree
	for n := tree.Root(); ; {
		if n.Path == tr.goal && n.Parent != nil {
			break
		}
		if n.Load == session.Loading {
			return nil
		}
		if n.Load == session.NotLoaded {
			return tr.list(n.Path)
		}
		tree.SetOpen(n, true)
		next := tree.Toward(n, tr.goal)
		if next == nil {
			break
		}
		n = next
	}
	var fill tea.Cmd
	if n := tree.Find(tr.goal); n != nil && n.Dir {
		tree.SetOpen(n, true)
		if n.Load == session.NotLoaded {
			fill = tr.list(n.Path) // the cursor need not wait for it
		}
	}
	tr.v.keys.Sync()
	if tr.v.keys.Go(tr.goal); tr.v.keys.Cursor() != tr.goal && (!strings.HasSuffix(tr.goal, "/") || tr.unreadable(tr.goal)) {
		tr.v.keys.Hold(tr.goal)
	}
	if tr.goalRev != 0 && tr.v.keys.Cursor() == tr.goal {
		tr.v.object.Select(tr.goal, false)
		tr.v.object.Pin(tr.goalRev)
	}
	tr.goal, tr.goalRev = "", 0
	return tea.Batch(fill, tr.v.sync())
}

// unreadable reports whether a folder above a path could not be read: a role can hold a part of the store only.
func (tr *tree) unreadable(path string) bool {
	for n := tr.v.state.Tree.Root(); n != nil; n = tr.v.state.Tree.Toward(n, path) {
		if n.Load == session.Failed {
			return true
		}
	}
	return false
}

// count asks for the keys of one visible folder at a time.
func (tr *tree) count() tea.Cmd {
	if tr.counting || tr.v.state.Shown != tr.v.state.Tree {
		return nil
	}
	for _, r := range tr.v.state.Tree.Rows() {
		if tr.countable(r.Node) {
			return tr.countNode(r.Node)
		}
	}
	if n := tr.v.state.Tree.Find(tr.v.table.Folder()); n != nil {
		for _, k := range n.Kids[:min(len(n.Kids), maxCounted)] {
			if tr.countable(k) {
				return tr.countNode(k)
			}
		}
	}
	return nil
}

// maxCounted bounds the rows of a folder's table that are counted though the tree does not show them.
const maxCounted = 200

func (tr *tree) countable(n *session.Node) bool { return n.Dir && n.Keys < 0 && !tr.uncounted[n.Path] }

func (tr *tree) countNode(n *session.Node) tea.Cmd {
	tr.counting = true
	tr.v.state.Tree.Counting()
	return countKeys(tr.v.ctx, tr.v.ask(), tr.v.opened.Source, n.Path, tr.v.state.Revision())
}

func (tr *tree) onCounted(m countedMsg) tea.Cmd {
	tr.counting = false
	if m.keys < 0 {
		tr.uncounted[m.path] = true
	}
	tr.v.state.Tree.Counted(m.path, m.rev, m.keys)
	tr.v.keys.Sync()
	if n := tr.v.keys.Node(); n != nil && n.Path == tr.v.table.Folder() {
		tr.v.showFolder(n)
	}
	return tr.count()
}

// sync reads what the cursor is on, unless that is shown or being read.
func (t *tab) sync() tea.Cmd {
	path := t.keys.Cursor()
	n := t.keys.Node()
	dir := n != nil && n.Dir || n == nil && strings.HasSuffix(path, "/")
	if n == nil && dir && t.unreadable(path) { // it may be read alone
		n = session.NewFolder(path)
	}
	t.object.Select(path, dir)
	if !dir || n == nil {
		t.table.Select("", "")
	}
	switch {
	case path == "":
		return nil
	case n == nil && dir:
		t.object.Card(text.Warning, "This folder does not exist at revision "+widget.Thousands(t.state.Revision())+".")
		t.history.Select(path, "")
		return nil
	case dir:
		t.objectOf = ""
		if !t.showFolder(n) {
			t.object.Card(text.Plain, t.folderCard(n)...)
		}
		t.history.Select(path, "The history of a key is shown here.")
		return t.count()
	}
	if t.history.Key() != path {
		t.history.Select(path, "")
	}
	rev := t.state.At
	if pin := t.object.Pinned(); pin != 0 {
		rev = pin
	} else if gone := t.gone.grave(path); gone != 0 {
		rev = gone - 1 // its last value
		t.object.Gone(gone)
	}
	if t.objectBusy || t.objectOf == path && t.objectRev == rev {
		return nil
	}
	t.objectBusy, t.objectOf, t.objectRev = true, path, rev
	return tea.Batch(readObject(t.ctx, t.ask(), t.opened.Source, t.opened.Decoder, path, rev), t.late(path))
}
