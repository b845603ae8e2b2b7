package view

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/model/unreadable"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/table"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// A folder in the tree is a table beside it: of its objects, where it is the folder of a type, else of its folders.

// TooManyForServer is the number of keys below a folder of a live store from which it is shown by its folders: a
// server before 3.7 counts all of them for each page.
const TooManyForServer = 50000

// maxLooked is the number of keys up to which a folder of folders is read when the cursor comes to it, where nobody else uses the store.
const maxLooked = 5000

// maxTouchedRows bounds the writes of one batch that are folded into a table; beyond it the table is read again.
const maxTouchedRows = 500

// showFolder shows a folder as a table; it reports false where nothing is known of what is in it.
func (fo *Folder) showFolder(n *session.Node) bool {
	if n.Load == session.Apart {
		fo.v.Panes.Table.Select("", "")
		return false
	}
	r, ok := fo.v.Opened.Kinds.Of(fo.v.Opened.Root, []byte(n.Path))
	all := ok && n.Path == fo.v.Opened.Kinds.Prefix(fo.v.Opened.Root, r, "") && r.Namespaced
	if ok && !(all && fo.v.State.Info.Spare && n.Keys > TooManyForServer) {
		fo.v.Panes.Table.Select(n.Path, fo.folderTitle(r, n))
		fo.v.Panes.Table.Total(n.Keys)
		fo.v.Panes.Table.Whole(!fo.v.State.Info.Spare)
		return true
	}
	if n.Load != session.Loaded && len(n.Kids) == 0 {
		fo.v.Panes.Table.Select("", "")
		return false
	}
	title, page := clean.Key([]byte(n.Path)), fo.folders(n, all)
	if n.Path == fo.v.Opened.Root {
		title = "Resources"
	}
	if all {
		title = clean.Key([]byte(r.FullName())) + " by namespace"
		page.Note = widget.Thousands(n.Keys) + " keys are too many to ask a server for at once: these are their namespaces. " +
			fo.v.Panes.Style.Theme.Glyphs.Key("↵") + " opens one."
	}
	fo.v.Panes.Table.Select(n.Path, title)
	fo.v.Panes.Table.Set(page)
	return true
}

func (fo *Folder) folderTitle(r kinds.Resource, n *session.Node) string {
	title := clean.Key([]byte(r.FullName()))
	if n.Path != fo.v.Opened.Kinds.Prefix(fo.v.Opened.Root, r, "") {
		title += " in " + clean.Key([]byte(n.Name()))
	}
	return title
}

// tableMsg is a page of a folder's table.
type tableMsg struct {
	host.Ask
	want table.Want
	page table.Page
	err  error // which the page's note says
}

// tableRestMsg says that the cursor has rested on a folder.
type tableRestMsg struct {
	host.Ask
	folder string
}

// fillTable reads the page that the table lacks. The first page of a live store's folder waits until the cursor rests.
func (fo *Folder) fillTable() tea.Cmd {
	if fo.v.Panes.Table.Folder() == "" {
		return nil
	}
	if cmd := fo.sums.read(); cmd != nil {
		return cmd
	}
	if !fo.v.Panes.Table.Known() && fo.v.State.Info.Spare && fo.rested != fo.v.Panes.Table.Folder() {
		if fo.resting == fo.v.Panes.Table.Folder() {
			return nil
		}
		fo.resting = fo.v.Panes.Table.Folder()
		m := tableRestMsg{fo.v.Ask(), fo.resting}
		return tea.Tick(restTime, func(time.Time) tea.Msg { return m })
	}
	w, ok := fo.v.Panes.Table.Wanted()
	if !ok {
		return nil
	}
	dated := tea.Cmd(nil)
	if !fo.v.State.Info.Spare { // a server is asked for times only where somebody wants them
		dated = fo.v.Times.dateTo(fo.v.State.Revision())
	}
	read := tea.Batch(dated, readTable(fo.v.Ctx, fo.v.Ask(), fo.v.Opened, fo.chosen, w, fo.v.State.At))
	if fo.v.Panes.Table.Known() {
		return read
	}
	return tea.Batch(read, fo.v.Reader.late(w.Folder))
}

func (fo *Folder) onTableRest(m tableRestMsg) tea.Cmd {
	fo.resting = ""
	if fo.v.Panes.Table.Folder() == m.folder {
		fo.rested = m.folder
	}
	return fo.fillTable()
}

// readTable reads a page of objects and makes rows of them.
func readTable(ctx context.Context, a host.Ask, o *learn.Opened, chosen map[string][]string, w table.Want, rev int64) tea.Cmd {
	return host.Job(ctx, func(ctx context.Context) tea.Msg {
		span := etcdsource.Prefix(w.Folder)
		if w.After != "" {
			span = span.After([]byte(w.After))
		}
		span.Values, span.Limit = true, w.Limit
		m := tableMsg{Ask: a, want: w}
		got, err := o.Source.Range(ctx, span, etcdsource.At{Revision: rev})
		if m.err = err; err != nil {
			m.page.Note = "This folder cannot be read: " + clean.Error(err) + ". " + Again
			return m
		}
		m.page = tableRows(o, chosen, w.Folder, got.Entries)
		m.page.More = got.More
		if w.After == "" {
			m.page.Clock = o.Moment(ctx, o.Source, rev)
			if m.page.Clock.IsZero() && !(o.Info.Spare && rev == 0) {
				m.page.Clock = newest(m.page.Rows)
			}
		}
		return m
	})
}

// newest is the latest creation time of some objects: the last known time of a store without leases.
func newest(rows []table.Row) (at time.Time) {
	for i := range rows {
		if rows[i].Created.After(at) {
			at = rows[i].Created
		}
	}
	return at
}

// chosenColumns finds the resources that columns were chosen for: they may be named in any way.
func chosenColumns(o *learn.Opened, by map[string][]string) map[string][]string {
	out := map[string][]string{}
	for name, specs := range by {
		if r, ok := o.Kinds.Find(name); ok {
			out[r.FullName()] = specs
		}
	}
	return out
}

// tableRows makes rows of entries, and the headings for them. As in kubectl, Events have neither name nor age.
func tableRows(o *learn.Opened, chosen map[string][]string, folder string, entries []etcdsource.Entry) (p table.Page) {
	r, _ := o.Kinds.Of(o.Root, []byte(folder))
	all := r.Namespaced && folder == o.Kinds.Prefix(o.Root, r, "")
	_, own := chosen[r.FullName()]
	named := own || columns.HasName(r)
	p.Age, p.Keys = named, true
	if all {
		p.Heads = append(p.Heads, "NAMESPACE")
	}
	if named {
		p.Heads = append(p.Heads, "NAME")
	}
	cols, found := []columns.Column(nil), false
	versions, now := map[string][]columns.Column{}, time.Now()
	for i := range entries {
		e := &entries[i]
		obj := o.Decoder.Object(e.Key, e.Value, e.Mod)
		if !found {
			found = true
			if specs, ok := chosen[r.FullName()]; ok {
				cols = columns.Chosen(r, obj.APIVersion, specs)
			} else {
				cols, p.Behind = columns.OfScreen(r, obj.APIVersion)
			}
		}
		ns, name, two := bytes.Cut(bytes.TrimPrefix(e.Key, []byte(folder)), []byte("/"))
		row := table.Row{Path: string(e.Key), Created: obj.Created, Stored: table.Stored{Bytes: int64(len(e.Value)), Revision: e.Mod, Versions: e.Version}}
		switch {
		case all && two:
			row.Cells = []string{clean.Key(ns)}
		case all:
			row.Cells, name = []string{""}, ns
		default:
			name = bytes.TrimPrefix(e.Key, []byte(folder))
		}
		if named {
			row.Cells = append(row.Cells, decode.NameText(string(e.Key), string(name)))
		}
		if _, ok := versions[obj.APIVersion]; !ok {
			versions[obj.APIVersion] = cols
			if r.Custom && chosen[r.FullName()] == nil && obj.APIVersion != "" {
				of, _ := columns.OfScreen(r, obj.APIVersion)
				versions[obj.APIVersion] = columns.Matching(cols, of)
			}
		}
		tree := obj.Table()
		if ref, ok := o.Kinds.Locate(o.Root, e.Key); ok {
			tree = unreadable.Table(obj, ref)
		}
		fillRow(&row, columns.Row(versions[obj.APIVersion], tree, obj.Created), now)
		p.Rows = append(p.Rows, row)
	}
	for _, c := range cols {
		p.Heads = append(p.Heads, clean.Key([]byte(c.Head)))
	}
	return p
}

// fillRow adds the cells of an object to its row. Those that hold an age keep it, and are made a text when they are drawn.
// Texts are copied: each would keep the whole object that it is a part of.
func fillRow(row *table.Row, cells []columns.Cell, now time.Time) {
	for _, c := range cells {
		if !c.Since.IsZero() {
			c.Text, c.After = strings.Clone(c.Text), strings.Clone(c.After)
			row.Aging = append(row.Aging, table.Aging{Column: len(row.Cells), Cell: c})
		}
		s, _, _ := clean.Line(c.At(now), 1)
		row.Cells = append(row.Cells, strings.Clone(s))
	}
}

// touchedMsg is rows of the table that were written.
type touchedMsg struct {
	host.Ask
	folder string
	rows   []table.Row
	gone   []string
}

// TouchTable folds a batch of changes into the table.
func (fo *Folder) TouchTable(b etcdsource.Batch) tea.Cmd {
	if fo.v.State.At != 0 || fo.v.Panes.Table.Folder() == "" {
		return nil
	}
	last := map[string]*etcdsource.Event{}
	for i := range b.Events {
		if e := &b.Events[i]; fo.v.Panes.Table.Holds(string(e.Key)) {
			last[string(e.Key)] = e
		}
	}
	folder, o, chosen := fo.v.Panes.Table.Folder(), fo.v.Opened, fo.chosen
	n := fo.v.State.Tree.Find(folder)
	switch _, objects := o.Kinds.Of(o.Root, []byte(folder)); {
	case len(last) == 0:
		return nil
	case !objects:
		if n != nil { // else it is being read again
			fo.showFolder(n)
		}
		return nil
	case len(last) > maxTouchedRows:
		fo.v.Panes.Table.Forget()
		return nil
	}
	m := touchedMsg{Ask: fo.v.Ask(), folder: folder}
	var entries []etcdsource.Entry
	for key, e := range last {
		if e.Type == etcdsource.Deleted {
			m.gone = append(m.gone, key)
			continue
		}
		entries = append(entries, etcdsource.Entry{Key: e.Key, Value: e.Value, Mod: e.Mod, Version: e.Version})
	}
	return host.Job(fo.v.Ctx, func(context.Context) tea.Msg {
		m.rows = tableRows(o, chosen, folder, entries).Rows
		return m
	})
}

// sortKeys choose the columns that every table of objects has; the others are numbered.
var sortKeys = map[string]string{"AGE": "a", "BYTES": "b", "REVISION": "r", "VERSIONS": "v", "MODIFIED": "m"}

// SortItem is what a sort menu offers beside the columns.
type SortItem struct {
	dialog.Item
	Run func() tea.Cmd
}

// SortMenu asks for the column to sort a table by, or for one of some more things that it offers.
func SortMenu(h host.Host, t *table.Pane, more ...SortItem) {
	cols := t.Columns()
	if t.Folder() == "" || len(cols) == 0 {
		h.Say(text.Muted, "The table of a folder can be sorted: put the cursor on a folder.")
		return
	}
	items, at := []dialog.Item{{Key: "0", Label: "by key"}}, map[string]int{"0": -1}
	for i, c := range cols {
		key := strconv.Itoa(i + 1)
		if k, ok := sortKeys[c]; ok {
			key = k
		} else if i >= 9 {
			continue
		}
		items, at[key] = append(items, dialog.Item{Key: key, Label: "by " + c}), i
	}
	for _, m := range more {
		items = append(items, m.Item)
	}
	h.Push(dialog.NewMenu("Sort", items, func(key string) tea.Cmd {
		for _, m := range more {
			if m.Key == key {
				return m.Run()
			}
		}
		t.SortBy(at[key])
		return h.Settle()
	}))
}

// sync shows the folder that the cursor is on; the overview is beside the root.
func (fo *Folder) sync(path string, n *session.Node) tea.Cmd {
	fo.v.Reader.objectOf = ""
	switch {
	case fo.v.Nav.AtRoot():
		fo.v.Panes.Table.Select("", "")
		fo.v.Panes.Object.Card(text.Plain, fo.folderCard(n)...)
	case !fo.showFolder(n):
		fo.v.Panes.Object.Card(text.Plain, fo.folderCard(n)...)
		fo.v.Panes.History.Select(path, "The history of a key is shown here.")
		if n.Load == session.NotLoaded && n.Keys >= 0 && n.Keys <= maxLooked && !fo.v.State.Info.Spare {
			return tea.Batch(fo.v.Tree.list(path), fo.v.Tree.count())
		}
	}
	fo.v.Panes.History.Select(path, "The history of a key is shown here.")
	return fo.v.Tree.count()
}
