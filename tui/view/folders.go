package view

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/table"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// The table of a folder of folders says of each what its keys take together. Of a store that nobody else uses these sums are read when the
// table is shown, and again when something below was written; of a server only where they are asked for.
//
//	table shown ─► sums.read ─► readSums ─► sumsMsg ─► Tree.Summed ─► folders

// List shows the list of resources beside the root of the tree, in the place of the overview.
func (fo *Folder) List() tea.Cmd {
	fo.listed = true
	return fo.v.Tree.Reveal(fo.v.Opened.Root)
}

// Listed reports whether the list of resources is shown.
func (fo *Folder) Listed() bool {
	return fo.listed && fo.v.State != nil && fo.v.Panes.Table.Folder() == fo.v.Opened.Root
}

// Unlist shows the overview again.
func (fo *Folder) Unlist() tea.Cmd {
	fo.listed = false
	return fo.v.Sync()
}

// folders is the table of what is directly in a folder.
func (fo *Folder) folders(n *session.Node, namespaces bool) table.Page {
	p := table.Page{Heads: []string{"NAME", "KEYS", "KIND"}}
	if namespaces {
		p.Heads = []string{"NAMESPACE", "KEYS"}
	}
	rev, current := n.SumsRevision()
	p.Keys, p.Clock = fo.sums.shown(n), fo.sums.clock
	if rev != 0 && !current && fo.v.State.Info.Spare {
		p.Note = "Bytes and versions are those at revision " + widget.Thousands(rev) + "."
	}
	kindsBelow := map[string]string{}
	if !namespaces {
		kindsBelow = fo.kindsBelow(n.Path)
	}
	for _, k := range n.Kids {
		if k.Expected {
			continue
		}
		kind := kindsBelow[k.Path]
		if r, ok := fo.v.Opened.Kinds.Of(fo.v.Opened.Root, []byte(k.Path)); ok && !namespaces {
			kind = clean.Key([]byte(r.Kind))
		}
		keys := ""
		if k.Dir && k.Keys >= 0 {
			keys = widget.Thousands(k.Keys)
		}
		name := decode.NameText(k.Path, k.Name())
		if k.Dir {
			name += "/"
		}
		row := table.Row{Path: k.Path, Cells: []string{name, keys, kind}[:len(p.Heads)]}
		if s, ok := n.Sum(k); ok {
			row.Stored = table.Stored{Bytes: s.Bytes, Revision: s.Revision, Versions: s.Versions}
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

// kindsBelow names the kinds of the resources whose keys are deeper below the folders of a folder: those of an API group.
func (fo *Folder) kindsBelow(folder string) map[string]string {
	names, o := map[string][]string{}, fo.v.Opened
	for _, r := range o.Kinds.All() {
		rest, below := strings.CutPrefix(o.Kinds.Prefix(o.Root, r, ""), folder)
		if group, deeper, _ := strings.Cut(rest, "/"); below && deeper != "" {
			names[folder+group+"/"] = append(names[folder+group+"/"], clean.Key([]byte(r.Kind)))
		}
	}
	out := map[string]string{}
	for path, list := range names {
		slices.Sort(list)
		list = slices.Compact(list)
		if more := len(list) - maxKinds; more > 0 {
			list = append(list[:maxKinds], fmt.Sprintf("%d more", more))
		}
		out[path] = strings.Join(list, ", ")
	}
	return out
}

// maxKinds is how many kinds of a group are named.
const maxKinds = 3

// sums is what is being read of the sums of a folder.
type sums struct {
	v     *View
	gen   int // of what was asked for
	asked map[string]bool
	busy  bool
	err   string
	clock time.Time // that ages count from
	first string    // the heading to sort by when they are there
}

// sumsMsg are the sums of a folder.
type sumsMsg struct {
	host.Ask
	sums  *session.Summing
	path  string
	clock time.Time
	err   error
}

// fresh forgets what was asked for at another time of the screen.
func (s *sums) fresh() {
	if s.gen != s.v.State.Gen {
		s.gen, s.asked, s.busy, s.err = s.v.State.Gen, map[string]bool{}, false, ""
	}
}

// shown reports whether the columns of the sums are in the table of a folder.
func (s *sums) shown(n *session.Node) bool {
	s.fresh()
	return !s.v.State.Info.Spare || s.asked[n.Path]
}

// folder is the one whose folders the table shows, nil where it shows objects.
func (s *sums) folder() *session.Node {
	path := s.v.Panes.Table.Folder()
	n := s.v.State.Tree.Find(path)
	if path == "" || n == nil || n.Load != session.Loaded {
		return nil
	}
	if r, ok := s.v.Opened.Kinds.Of(s.v.Opened.Root, []byte(path)); ok && !(r.Namespaced && s.v.State.Info.Spare && n.Keys > TooManyForServer) {
		return nil
	}
	return n
}

// read reads the sums that the table lacks, nil where it lacks none.
func (s *sums) read() tea.Cmd {
	n := s.folder()
	if n == nil || s.busy || !s.shown(n) || s.err != "" {
		return nil
	}
	rev, current := n.SumsRevision()
	if current || rev != 0 && s.v.State.Info.Spare {
		return nil
	}
	s.busy = true
	cmd := readSums(s.v.Ctx, s.v.Ask(), s.v, n.Path)
	if !s.v.State.Info.Spare {
		cmd = tea.Batch(cmd, s.v.Times.dateTo(s.v.State.Revision()))
	}
	return cmd
}

// summedAtOnce is how many keys of a file are read at once.
const summedAtOnce = 10_000

func readSums(ctx context.Context, a host.Ask, v *View, path string) tea.Cmd {
	o, rev, at := v.Opened, v.State.Revision(), v.State.At
	return host.Job(ctx, func(ctx context.Context) tea.Msg {
		m := sumsMsg{Ask: a, sums: session.NewSumming(path, rev), path: path, clock: o.Moment(ctx, o.Source, at)}
		span := etcdsource.Prefix(path)
		if span.Values = o.Info.Running; !span.Values { // a server says no size without the value
			span.Limit = summedAtOnce
		}
		m.err = etcdsource.Each(ctx, o.Source, span, rev, func(e etcdsource.Entry) error {
			m.sums.Add(&e)
			return ctx.Err()
		})
		return m
	})
}

func (s *sums) on(m sumsMsg) {
	s.busy = false
	if m.err != nil {
		s.err = clean.Error(m.err)
		s.v.Host.Say(text.Warning, "The sizes cannot be added up: "+s.err)
		return
	}
	s.clock = m.clock
	s.v.State.Tree.Summed(m.sums)
	n := s.folder()
	if n == nil || n.Path != m.path {
		return
	}
	s.v.Folder.showFolder(n)
	for i, head := range s.v.Panes.Table.Columns() {
		if head == s.first {
			s.v.Panes.Table.Largest(i)
		}
	}
	s.first = ""
}

// item is what a sort menu offers where sums are read only if they are asked for: what that costs is in its label.
func (s *sums) item() (items []SortItem) {
	n := s.folder()
	if n == nil || s.shown(n) && !s.stale(n) {
		return nil
	}
	if n.Keys < 0 || n.Keys > TooManyForServer {
		return []SortItem{{dialog.Item{Key: "9", Label: "sizes: too many values to read; estimate them from a sample"}, func() tea.Cmd { return s.v.Host.Ask(host.ShowScreen{Name: "space"}) }}}
	}
	label := fmt.Sprintf("by BYTES: reads all %s, in about %s", widget.Plural(int(n.Keys), "value"), widget.Plural(int(n.Keys/500+1), "request"))
	return []SortItem{{dialog.Item{Key: "b", Label: label}, func() tea.Cmd {
		s.fresh()
		s.asked[n.Path], s.first, s.err = true, "BYTES", ""
		s.v.Folder.showFolder(n)
		s.busy = true
		return readSums(s.v.Ctx, s.v.Ask(), s.v, n.Path)
	}}}
}

// stale reports whether sums of a server are older than what was written since.
func (s *sums) stale(n *session.Node) bool {
	_, current := n.SumsRevision()
	return s.v.State.Info.Spare && !current && !s.busy
}

// sortMenu asks what to sort the table by. Beside the overview that is the list of resources.
func (fo *Folder) sortMenu() tea.Cmd {
	var cmd tea.Cmd
	if fo.v.Nav.AtRoot() {
		cmd = fo.List()
	}
	SortMenu(fo.v.Host, fo.v.Panes.Table, fo.sums.item()...)
	return cmd
}
