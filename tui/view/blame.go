package view

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/fields"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/blame"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/tui/object"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// blameVersions bounds the versions that are walked back to explain an object: each is a request to a live store.
const (
	blameVersions     = 5000
	blameVersionsLive = 200
)

// drawBlame explains the shown object: who owns each field, and which revision changed it last.
func (rd *Reader) drawBlame() tea.Cmd {
	a, o, f, v := rd.v.Ask(), rd.v.Panes.Object.Object(), rd.v.Panes.Object.Format(), rd.v.Panes.Object.View()
	src, dec, limit, w := rd.v.Opened.Source, rd.v.Opened.Decoder, blameVersions, rd.v.Panes.Object.Width()
	rd.blamed = blamed{w: w, object: o}
	if !rd.v.AtHand() {
		limit = blameVersionsLive
	}
	return rd.drawing.Job(rd.v.Ctx, func(ctx context.Context) tea.Msg {
		m := docMsg{Ask: a, object: o, format: f, view: v}
		versions, err := etcdsource.As[etcdsource.Versions](src)
		if err == nil {
			var b *blame.Blame
			if b, _, err = blame.Read(ctx, versions, dec, o.Key, o.Mod, v, limit); b != nil {
				m.blame = b
				m.doc, m.lines = blameDoc(b, w)
				return m
			}
		}
		why := "there is no object at this revision"
		if err != nil {
			why = clean.Error(err)
		}
		m.doc = &text.Doc{Lines: []text.Line{{Text: why, W: widget.Width(why)}}}
		return m
	})
}

// blamed is the explained object that is shown.
type blamed struct {
	object *decode.Object
	blame  *blame.Blame // nil until it has been read
	w      int          // columns that it was drawn for
}

// fitBlame draws the explained object that is shown for the pane's columns, where these have changed.
func (rd *Reader) fitBlame() {
	o, w := rd.v.Panes.Object, rd.v.Panes.Object.Width()
	if rd.blamed.blame == nil || rd.blamed.w == w || o.Format() != object.Blame {
		return
	}
	rd.blamed.w = w
	d, lines := blameDoc(rd.blamed.blame, w)
	o.SetDoc(rd.blamed.object, object.Blame, o.View(), d, lines)
}

// maxOwners is the width of the owners in the margin, minFields what the fields beside it keep.
const (
	maxOwners = 28
	minFields = 32
	minPath   = 16
)

// blameDoc writes an explained object, a field a line, for w columns, and returns the revision of each line, 0 where none is known.
// A path that is longer than its column loses its beginning.
func blameDoc(b *blame.Blame, w int) (*text.Doc, []int64) {
	revs, owners := make([]string, len(b.Lines)), make([]string, len(b.Lines))
	known := make([]int64, len(b.Lines))
	wide, long, most := 0, 0, max(min(maxOwners, w-minFields-10), 10)
	for i := range b.Lines {
		l := &b.Lines[i]
		known[i] = l.Revision
		if revs[i] = widget.Thousands(l.Revision); l.Revision == 0 {
			revs[i] = "≤" + widget.Thousands(b.Floor)
		}
		owners[i] = clean.Middle(ownerNames(l.Owners), most)
		wide, long = max(wide, widget.Width(revs[i])), max(long, widget.Width(owners[i]))
	}
	d, room := &text.Doc{}, max(w-wide-long-6, minPath)
	for i := range b.Lines {
		l := &b.Lines[i]
		var w text.Builder
		put := func(role text.Role, s string) { w.Add(role, s, widget.Width(s)) }
		put(text.Plain, strings.Repeat(" ", wide-widget.Width(revs[i])))
		role := text.Muted
		if l.Revision == b.Object.Mod {
			role = text.Changed // this very version
		}
		put(role, revs[i]+"  ")
		put(text.Accent, owners[i])
		put(text.Plain, strings.Repeat(" ", long-widget.Width(owners[i])+2))
		value := change.Value(l.Value)
		put(text.Key, widget.PathEnd(strings.TrimPrefix(clean.Key([]byte(l.Path)), "."), max(room-min(widget.Width(value), room/3), minPath)))
		put(text.Punct, ": ")
		put(text.Plain, value)
		d.Lines = append(d.Lines, w.Line())
	}
	return d, known
}

// ownerNames names the owners of a field, "-" where nobody owns it.
func ownerNames(owners []*fields.Entry) string {
	if len(owners) == 0 {
		return "-"
	}
	var out []string
	for _, o := range owners[:min(len(owners), maxOwners)] { // more would be cut
		out = append(out, clean.Key([]byte(o.Manager)))
	}
	return strings.Join(out, ", ")
}

// blameBefore shows the version before the one that changed a field last.
func (rd *Reader) blameBefore(i pane.BlameBefore) tea.Cmd {
	rev, ok := rd.v.Panes.History.Beside(rd.v.Panes.Keys.Cursor(), i.Rev, -1)
	switch {
	case i.Rev == 0:
		rd.v.Host.Say(text.Muted, "No revision is known that changed this field: it is the same in all versions that are retained.")
		return nil
	case !ok:
		rd.v.Host.Say(text.Muted, fmt.Sprintf("No version before %s is in the timeline.", widget.Thousands(i.Rev)))
		return nil
	}
	rd.v.Panes.Object.Pin(rev)
	return rd.v.Sync()
}
