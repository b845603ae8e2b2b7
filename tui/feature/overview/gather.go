package overview

import (
	"cmp"
	"context"
	"slices"
	"sort"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/model/encryption"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/model/overview"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	pane "github.com/etcdscope/etcdscope/tui/overview"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// What is gathered arrives in parts, each drawn at once; of a live store the screen 7 alone asks for what the tree has not
// counted:
//
//	gather ─┬─► identifiedMsg ─┬─► filledMsg ─► host.SumUp ─► host.SummedUp
//	        │                  └─► datedMsg (a long history)
//	        └─► host.SumUp, early (a long history) ─► host.SummedUp
//	Tick ─► datedMsg (a live store, once for each begin of its window)
//	Tick ─► renewedMsg, host.SumUp (a running store that was written to since)
//	Tick ─► host.AskMembers ─► feature health ─► host.Judged (a live store, while this is shown)

// identifiedMsg says what the source is.
type identifiedMsg struct {
	host.Ask
	found *overview.Overview
	backups
	err error
}

// filledMsg says what there is of each resource.
type filledMsg struct {
	host.Ask
	found *overview.Overview
	err   error
}

// encryptedMsg is how values are encrypted.
type encryptedMsg struct {
	host.Ask
	report *encryption.Report
}

// datedMsg is when the window begins that a running cluster holds, or when that of a long history begins and ends.
type datedMsg struct {
	host.Ask
	window overview.Window
}

// spared reports whether only numbers may be asked for.
func (f *Feature) spared() bool { return f.v.State.Info.Spare && !f.v.AtHand() }

// gather reads what the overview says, where it is looked at, unless that was done for the state that is shown.
func (f *Feature) gather() tea.Cmd {
	whole := f.host.Focus() == screen
	switch {
	case f.v.Opened == nil || !whole && !f.v.Nav.AtRoot():
		return nil
	case f.gen == f.v.State.Gen:
		if whole && f.stage == identified {
			return f.fill()
		}
		return nil
	case !whole && f.v.Tree.Listing(), f.err != nil && f.early(f.v.State.Gen, f.v.Panes.Style.Now): // the tree comes first
		return nil
	}
	if f.gen != 0 {
		f.account = nil
	}
	f.gen, f.stage, f.dating, f.renewal = f.v.State.Gen, identifying, false, renewal{head: f.v.State.Head}
	a, o, opt, deps := f.v.Ask(), f.v.Opened, overview.Options{Revision: f.v.State.At, Undated: long(f)}, f.host.Deps()
	folder := cmp.Or(f.host.Options().SnapshotDir, o.Backups)
	f.draw()
	return tea.Batch(early(f), f.job.Job(f.v.Ctx, func(ctx context.Context) tea.Msg {
		m := identifiedMsg{Ask: a}
		if m.found, m.err = overview.Identify(ctx, o, opt); m.err != nil {
			return m
		}
		if deps.Newest != nil && o.Info.Spare && m.found.Cluster.UID != "" {
			m.newest, _ = deps.Newest(m.found.Cluster.UID)
		}
		if deps.List != nil && o.Info.Spare && folder != "" {
			list, _ := deps.List(ctx, folder)
			m.sizes = health.SizesOf(list, m.found.Cluster.UID)
		}
		if deps.Kept != nil && !o.Info.Running {
			m.known, _ = deps.Kept(o.Info.Target)
		}
		return m
	}))
}

// manyWrites is how many revisions a history may have that is read for its times before anything is shown.
const manyWrites = 20_000

// long reports whether it takes long to date the revisions.
func long(f *Feature) bool {
	return !f.spared() && f.v.State.Revision()-max(f.v.State.Info.Compacted, 1) > manyWrites
}

// dateWindow reads when the window begins and ends, of a long history that can be read at once.
func dateWindow(f *Feature) tea.Cmd {
	if !long(f) {
		return nil
	}
	f.dating = true
	a, o, found := f.v.Ask(), f.v.Opened, *f.found
	return host.Job(f.v.Ctx, func(ctx context.Context) tea.Msg {
		_ = found.Date(ctx, o) // what cannot be read stays undated
		return datedMsg{a, found.Window}
	})
}

// early asks for what is found first for the account, while the rest is gathered.
func early(f *Feature) tea.Cmd {
	if f.spared() {
		return nil
	}
	return f.host.Ask(host.SumUp{Early: true})
}

func (f *Feature) onIdentified(m identifiedMsg) tea.Cmd {
	if m.err != nil {
		f.fail(m.err)
		return nil
	}
	f.keep(m.found)
	f.found, f.backups, f.err, f.stage, f.present = m.found, m.backups, nil, identified, f.v.State.At == 0
	if m.found.Info.Running { // so that the header says the same
		f.v.State.Info = m.found.Info
	}
	f.draw()
	if f.spared() && f.host.Focus() != screen {
		return nil
	}
	return tea.Batch(f.fill(), dateWindow(f))
}

// keep takes over what was asked of the members. What is known of the store since it was read is taken over by the next keepUp.
func (f *Feature) keep(found *overview.Overview) {
	f.drawn = figures{}
	if f.found == nil {
		return
	}
	if w := f.found.Window; !w.FromTime.IsZero() && found.Window.FromTime.IsZero() && (found.Window.From == 0 || found.Window.From == w.From) {
		adopt(&found.Window, w)
	}
}

// adopt takes over when a window begins, and when it ends where that is not known.
func adopt(to *overview.Window, w overview.Window) {
	to.From, to.FromTime, to.AtLeast = w.From, w.FromTime, w.AtLeast
	if to.ToTime.IsZero() && to.To == w.To {
		to.ToTime = w.ToTime
	}
}

// fill reads what there is of each resource.
func (f *Feature) fill() tea.Cmd {
	f.stage = filling
	a, o, opt, found := f.v.Ask(), f.v.Opened, overview.Options{Revision: f.v.State.At, Sizes: f.v.AtHand()}, *f.found
	return f.job.Job(f.v.Ctx, func(ctx context.Context) tea.Msg {
		err := found.Fill(ctx, o, opt)
		return filledMsg{a, &found, err}
	})
}

func (f *Feature) onFilled(m filledMsg) tea.Cmd {
	if m.err != nil {
		f.fail(m.err)
		return nil
	}
	f.keep(m.found)
	f.found, f.stage, f.waited = m.found, filled, 0
	f.draw()
	return tea.Batch(f.askMembers(), date(f), f.encryption())
}

// encryption looks at the present values of a file, once a long history is dated, which is waited for: a server would have to send them.
func (f *Feature) encryption() tea.Cmd {
	if f.stage < filled || f.dating || f.spared() || f.v.State.At != 0 {
		return nil
	}
	a, o := f.v.Ask(), f.v.Opened
	return f.job.Job(f.v.Ctx, func(ctx context.Context) tea.Msg {
		report, _ := encryption.Read(ctx, o) // what cannot be read is left out
		return encryptedMsg{a, report}
	})
}

// For how many seconds the account waits for the writers of the changes that are seen, and for the dates of a long history: all
// of them read the past.
const (
	maxWait  = 2
	maxDated = 10
)

// sumUp asks for the account, once all else is there.
func (f *Feature) sumUp() tea.Cmd {
	if f.stage != filled || f.spared() || !f.v.Flow.PastJudged() && f.waited < maxWait || f.dating && f.waited < maxDated {
		return nil
	}
	f.stage = summing
	return f.host.Ask(host.SumUp{})
}

// shown reports whether one of the panes is on the screen.
func shown(f *Feature) bool {
	return f.host.Focus() == screen || f.v.Nav.AtRoot() && f.host.Shows(layout.Object)
}

// askMembers asks the members of a running cluster, when it is time again, once what it is is known.
func (f *Feature) askMembers() tea.Cmd {
	if f.found == nil || !f.v.State.Info.Spare || !shown(f) {
		return nil
	}
	return f.host.Ask(host.AskMembers{})
}

// date reads when the window begins that a running store holds.
func date(f *Feature) tea.Cmd {
	if f.dated || f.found == nil || f.stage < identified || !f.v.State.Info.Spare || !shown(f) {
		return nil
	}
	f.dated = true
	a, o, found := f.v.Ask(), f.v.Opened, *f.found
	return host.Job(f.v.Ctx, func(ctx context.Context) tea.Msg { return datedMsg{a, found.Dated(ctx, o)} })
}

// keepUp takes over what is known of a running store, and of the checksum of a file, since it was read, and draws it where that differs.
func (f *Feature) keepUp() {
	s := f.v.State
	if f.found != nil && f.found.Info.Integrity != s.Info.Integrity {
		f.found.Info.Integrity = s.Info.Integrity
		f.draw()
	}
	now := figures{s.Head, s.Info.DBSize, s.Info.DBInUse, s.Info.Quota, s.Info.Compacted, s.Info.Alarm}
	if f.found == nil || !f.present || s.At != 0 || !s.Info.Spare || now == f.drawn || !shown(f) {
		return
	}
	f.drawn = now
	if f.found.Follow(s.Info, s.Head) {
		f.dated = false
	}
	f.draw()
}

// treeKeys is how many keys the tree has counted.
func (f *Feature) treeKeys() (n int64) {
	root := f.v.State.Tree.Find(f.v.Opened.Root)
	if root == nil {
		return 0
	}
	for _, k := range root.Kids {
		if k.Dir {
			n += max(k.Keys, 0)
		}
	}
	return n
}

// fromTree takes the numbers of keys from the tree, where they were not read.
func (f *Feature) fromTree() {
	root := f.v.State.Tree.Find(f.v.Opened.Root)
	f.found.Resources, f.found.Keys = nil, f.treeKeys()
	if root == nil {
		return
	}
	for _, k := range root.Kids {
		if !k.Dir || k.Keys < 0 {
			continue
		}
		r := overview.Resource{Name: k.Name(), Prefix: k.Path, Keys: k.Keys, Bytes: -1}
		if x, ok := f.v.Opened.Kinds.Of(f.v.Opened.Root, []byte(k.Path)); ok {
			r.Name = x.FullName()
		}
		f.found.Resources = append(f.found.Resources, r)
	}
	overview.SortResources(f.found.Resources)
}

// draw puts on the screen what is known.
func (f *Feature) draw() {
	note := ""
	switch {
	case f.err != nil:
		note = "It cannot be read: " + clean.Error(f.err) + ". " + view.Again
	case f.found == nil:
		note = "Reading what this is …"
	}
	if note != "" && (f.found == nil || !f.present || f.v.State.At != 0) {
		f.pane.Show(nil, "", note)
		f.home.Show(nil, "", note)
		return
	}
	f.found.Account, f.found.Health = f.account, f.health
	if f.stage < filled {
		f.fromTree()
	}
	w := overview.View{Opened: f.v.Opened, Known: f.backups.known, Newest: f.backups.newest, Now: f.v.Panes.Style.Now, Size: widget.Bytes, Reading: f.reading,
		Sizes: slices.Concat(f.backups.sizes, f.sizes)}
	if f.account == nil && f.reading == "" {
		w.Reading = "the history is read next"
		if f.spared() {
			w.Reading, w.Brief = "not checked yet: press 6 to check the objects, A to read the past too", "not checked yet: press 6 to check"
		}
	}
	about, found := "now", *f.found
	if f.v.State.At != 0 {
		about = "at " + widget.Thousands(f.v.State.At)
	}
	f.pane.Show(func(cols, rows int) []overview.Section { return whole(&found, w, cols, rows) }, about, note)
	f.home.Show(func(cols, rows int) []overview.Section { return atRoot(&found, w, cols, rows) }, about, note)
}

// briefBelow is the width below which the overview beside the root is brief.
const briefBelow = 90

// atRoot is the overview beside the root of the tree, where the changes are below it.
func atRoot(v *overview.Overview, w overview.View, cols, rows int) (out []overview.Section) {
	if cols < briefBelow {
		return []overview.Section{v.Brief(w, cols-pane.Margin, rows)}
	}
	part := func(most int) (out []overview.Section) {
		w.Most = most
		for _, s := range v.Sections(w) {
			if s.ID != overview.Changes {
				out = append(out, s)
			}
		}
		return out
	}
	if cols < pane.ColumnsFrom {
		return part(min(max((rows-6)/2, 4), 25))
	}
	return part(longest(4, rows, func(n int) bool { return fits(part(n), cols, rows) }))
}

// usual is how many lines a section has where the screen is scrolled.
const usual = 10

// whole are the sections of the screen, each as long as there is room, and the last changes where one column has more of it.
func whole(v *overview.Overview, w overview.View, cols, rows int) []overview.Section {
	part := func(most, changes int) []overview.Section {
		w.Most, w.Changes = most, changes
		return undated(v.Sections(w), cols)
	}
	if cols < pane.ColumnsFrom {
		return part(usual, usual)
	}
	most := longest(usual, rows, func(n int) bool { return fits(part(n, n), cols, rows) })
	left, _ := pane.Heights(part(most, most), cols)
	return part(most, longest(most, rows, func(n int) bool {
		l, r := pane.Heights(part(most, n), cols)
		return l <= left && r <= rows
	}))
}

// revisedFrom is the width from which the last changes have their revisions beside their times.
const revisedFrom = 190

// undated leaves the revisions of the last changes out where there is little room, and times are known.
func undated(sections []overview.Section, cols int) []overview.Section {
	for i := range sections {
		if s := &sections[i]; s.ID == overview.Changes && cols < revisedFrom && !slices.ContainsFunc(s.Lines, func(l overview.Line) bool { return l.Cells[1] == "" }) {
			for j := range s.Lines {
				s.Lines[j].Cells = s.Lines[j].Cells[1:]
			}
		}
	}
	return sections
}

// fits reports whether sections are seen as a whole.
func fits(sections []overview.Section, cols, rows int) bool {
	left, right := pane.Heights(sections, cols)
	return max(left, right) <= rows
}

// longest returns the largest number from least to most that is good, least where none is; what is good below it is good too.
func longest(least, most int, good func(n int) bool) int {
	return least + sort.Search(max(most-least, 0), func(i int) bool { return !good(least + 1 + i) })
}
