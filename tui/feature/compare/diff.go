package compare

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/diffview"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/timeline"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// point is a key at a revision; 0 is now.
type point struct {
	key   string
	rev   int64
	label string            // "now", "then", "" for neither
	src   etcdsource.Source // nil: that of the tab
	dec   *decode.Decoder
}

// comparison is what the diff view shows.
type comparison struct {
	from, to point
	step     bool // to against the version before it, whichever that is
	back     layout.ID
	seq      int // number of the question, so that only the last answer counts
}

// foreign reports that the sides are of two sources.
func (c *comparison) foreign() bool { return c.from.src != c.to.src }

// compare opens the diff view.
func (d *keyDiff) compare(c comparison) tea.Cmd {
	c.back = d.f.host.Focus()
	if d.f.host.Focus() == layout.Diff {
		c.back = d.compared.back
	}
	d.f.host.FocusOn(layout.Diff)
	d.diff.Wait("Reading " + decode.KeyText([]byte(c.to.key)) + " …")
	return d.recompare(c)
}

func (d *keyDiff) recompare(c comparison) tea.Cmd {
	c.seq = d.compared.seq + 1
	d.compared = c
	return readComparison(d.f.v.Ctx, &d.reading, d.f.v.Ask(), d.f.v.Opened.Source, d.f.v.Opened.Decoder, c, d.f.v.Panes.Object.Revealed())
}

// diffMsg is a comparison that was made, or why it was not.
type diffMsg struct {
	host.Ask
	seq     int
	content *diffview.Content
	err     error
}

func (d *keyDiff) onDiff(m diffMsg) {
	switch {
	case m.seq != d.compared.seq:
	case m.err != nil:
		d.diff.Wait(clean.Error(m.err))
	case d.diff.Content() != nil && d.diff.Content().Same(m.content):
		d.diff.Replace(m.content)
	default:
		d.diff.Show(m.content)
	}
}

func readComparison(ctx context.Context, reading *host.Newest, a host.Ask, src etcdsource.Source, dec *decode.Decoder, c comparison, reveal bool) tea.Cmd {
	return reading.Job(ctx, func(ctx context.Context) tea.Msg {
		from, to, steps, err := sides(ctx, src, dec, c)
		if err != nil {
			return diffMsg{Ask: a, seq: c.seq, err: err}
		}
		return diffMsg{Ask: a, seq: c.seq, content: diffview.Compare(dec, from, to, steps, reveal)}
	})
}

// sides reads what is compared, and the writes between.
func sides(ctx context.Context, src etcdsource.Source, dec *decode.Decoder, c comparison) (from, to diffview.Side, steps []diffview.Step, err error) {
	versions, lacking := etcdsource.As[etcdsource.Versions](src)
	switch {
	case c.step && lacking != nil:
		return from, to, nil, lacking
	case c.step:
		from, to, err = neighbours(ctx, versions, dec, c.to)
		return from, to, []diffview.Step{{Rev: to.Rev}}, err
	}
	if !c.foreign() && (c.from.key == c.to.key && c.from.rev > c.to.rev && c.to.rev != 0 || c.from.rev == 0 && c.to.rev != 0) {
		c.from, c.to = c.to, c.from
	}
	if from, err = side(ctx, src, dec, c.from); err == nil {
		to, err = side(ctx, src, dec, c.to)
	}
	if err == nil && lacking == nil && c.from.key == c.to.key && !c.foreign() {
		steps, err = between(ctx, versions, dec, c.to.key, from.Rev, c.to.rev)
	}
	return from, to, steps, err
}

// neighbours returns the version of a key at a revision and the one before it.
func neighbours(ctx context.Context, versions etcdsource.Versions, dec *decode.Decoder, p point) (from, to diffview.Side, err error) {
	events, edge, err := versions.Versions(ctx, []byte(p.key), p.rev, 2)
	if err != nil {
		return from, to, err
	}
	if len(events) == 0 {
		return from, to, fmt.Errorf("this key has no version at revision %s or before", widget.Thousands(p.rev))
	}
	to = decoded(dec, &events[0])
	from = diffview.Side{Key: to.Key, Rev: to.Rev - 1}
	switch {
	case len(events) > 1:
		if e := &events[1]; e.Type != etcdsource.Deleted {
			from = decoded(dec, e)
		}
	case edge.Kind == etcdsource.EdgeCompacted && events[0].Type != etcdsource.Created:
		return from, to, &etcdsource.CompactedError{Revision: to.Rev - 1, Compacted: edge.Revision}
	}
	return from, to, nil
}

func decoded(dec *decode.Decoder, e *etcdsource.Event) diffview.Side {
	s := diffview.Side{Key: e.Key, Rev: e.Mod, Sub: e.Sub}
	if e.Type != etcdsource.Deleted {
		s.Object = dec.Object(e.Key, e.Value, e.Mod)
	}
	return s
}

// side reads a key at a revision.
func side(ctx context.Context, src etcdsource.Source, dec *decode.Decoder, p point) (diffview.Side, error) {
	if p.src != nil {
		src, dec = p.src, p.dec
	}
	s := diffview.Side{Key: []byte(p.key), Rev: p.rev, Label: p.label}
	span := etcdsource.Key(s.Key)
	span.Values = true
	page, err := src.Range(ctx, span, etcdsource.At{Revision: p.rev})
	if err != nil {
		return s, err
	}
	s.Rev = page.Revision
	if len(page.Entries) > 0 {
		e := &page.Entries[0]
		s.Rev, s.Object = e.Mod, dec.Object(e.Key, e.Value, e.Mod)
	}
	return s, nil
}

// maxSteps bounds the writes between two versions that are looked at one by one.
const maxSteps = 200

// between returns the writes of a key after one revision up to another, oldest first; the newest maxSteps of them.
func between(ctx context.Context, versions etcdsource.Versions, dec *decode.Decoder, key string, after, upTo int64) ([]diffview.Step, error) {
	events, _, err := versions.Versions(ctx, []byte(key), upTo, maxSteps+1)
	if err != nil {
		return nil, err
	}
	slices.Reverse(events)
	var steps []diffview.Step
	var before *decode.Object
	for i := range events {
		now := decoded(dec, &events[i])
		if i > 0 && now.Rev > after {
			steps = append(steps, diffview.Step{Rev: now.Rev, Changes: dec.Diff(before, now.Object, decode.View{})})
		}
		before = now.Object
	}
	return steps, nil
}

// diffHere compares the marked ones, else the version under the cursor with the one before it.
func (d *keyDiff) diffHere() tea.Cmd {
	switch x := d.f.v.Nav.Marks.All(); {
	case len(x) == 2:
		from, to := d.point(x[0]), d.point(x[1])
		d.f.v.Nav.Marks.Clear()
		return d.compare(comparison{from: from, to: to})
	case len(x) > 2:
		d.f.host.Say(text.Muted, fmt.Sprintf("%d are marked; mark two to compare them. esc takes the marks away.", len(x)))
		return nil
	}
	p, ok := d.pointHere()
	if !ok {
		d.f.host.Say(text.Muted, "Select a key, or one of its versions, to see what it changed.")
		return nil
	}
	return d.compare(comparison{to: p, step: true})
}

func (d *keyDiff) point(x view.Mark) point {
	return point{key: x.Key, rev: d.revisionOrAt(x.Rev)}
}

// revisionOrAt is the screen's time where no revision is given; 0 is now.
func (d *keyDiff) revisionOrAt(rev int64) int64 {
	if rev == 0 {
		return d.f.v.State.At
	}
	return rev
}

// versionHere returns the version that the cursor is on; its Rev is 0 for the one at the screen's time.
func (d *keyDiff) versionHere() (view.Mark, bool) {
	switch c, h := d.f.v.Panes.Changes.Current(), d.f.v.Panes.History.Current(); {
	case d.f.host.Focus() == layout.Changes && c != nil:
		return view.Mark{Key: string(c.Key), Rev: c.Mod}, true
	case d.f.host.Focus() == layout.Timeline && h != nil:
		return view.Mark{Key: d.f.v.Panes.History.Key(), Rev: h.Mod}, true
	}
	key := d.f.v.Panes.Keys.Cursor()
	if strings.HasSuffix(key, "/") && d.f.host.Focus() == layout.Object {
		key = d.f.v.Panes.Table.Cursor()
	}
	if key == "" || strings.HasSuffix(key, "/") {
		return view.Mark{}, false
	}
	return view.Mark{Key: key, Rev: d.f.v.Panes.Object.Pinned()}, true
}

func (d *keyDiff) pointHere() (point, bool) {
	x, ok := d.versionHere()
	if x.Rev == 0 && d.f.v.Panes.Object.Object() != nil && string(d.f.v.Panes.Object.Object().Key) == x.Key {
		x.Rev = d.f.v.Panes.Object.Object().Mod
	}
	return d.point(x), ok
}

// diffWith asks what to compare the version under the cursor with.
func (d *keyDiff) diffWith() {
	here, ok := d.pointHere()
	if !ok {
		d.f.host.Say(text.Muted, "Select a key first.")
		return
	}
	oldest := d.f.v.Panes.History.Oldest()
	items := []dialog.Item{{Key: "n", Label: "now (" + widget.Thousands(d.f.v.State.Head) + ")"}, {Key: "r", Label: "another revision, to be typed"}}
	if oldest != 0 && d.f.v.Panes.History.Key() == here.key {
		items = append(items, dialog.Item{Key: "o", Label: "the oldest version in the timeline (" + widget.Thousands(oldest) + ")"})
	}
	if d.f.v.State.At != 0 {
		items = append(items, dialog.Item{Key: "t", Label: "then and now: at " + widget.Thousands(d.f.v.State.At) + ", and now"})
	}
	d.f.host.Push(dialog.NewMenu("Compare with", items, func(key string) tea.Cmd {
		switch key {
		case "n":
			return d.compare(comparison{from: here, to: point{key: here.key, label: "now"}})
		case "t":
			return d.compare(comparison{from: point{key: here.key, rev: d.f.v.State.At, label: "then"}, to: point{key: here.key, label: "now"}})
		case "o":
			return d.compare(comparison{from: point{key: here.key, rev: oldest}, to: here})
		}
		d.f.host.Push(dialog.NewPrompt("Compare with revision", "", []string{"The version of this key at a revision, as in the timeline:"}, func(s string) tea.Cmd {
			rev, err := words.ParseRevision(s)
			if err != nil {
				d.f.host.Say(text.Warning, words.Upper(err.Error())+".")
				return nil
			}
			return d.compare(comparison{from: point{key: here.key, rev: rev}, to: here})
		}))
		return nil
	}))
}

// stepDiff goes on to the older or the newer write of the key: both sides where they are neighbours, else the older side
// back, or the newer one forward. A filter of the timeline holds here too. What was asked for last counts, shown or not.
func (d *keyDiff) stepDiff(dir int) tea.Cmd {
	c, now := d.compared, d.diff.Content()
	if c.foreign() {
		d.f.host.Say(text.Muted, "These are of two sources: [ and ] go through the versions of one.")
		return nil
	}
	if !c.step && c.from.key != c.to.key {
		d.f.host.Say(text.Muted, "These are two objects: [ and ] go through the versions of one.")
		return nil
	}
	end := &c.to
	if !c.step && dir < 0 {
		end = &c.from
	}
	if end.rev == 0 {
		end.rev = d.f.v.State.Revision()
	}
	history := d.f.v.Panes.History
	filter := history.Filtered()
	if history.Key() != end.key {
		filter = ""
	}
	rev, ok := history.BesideShown(end.key, end.rev, dir)
	if !ok && filter == "" && c.step && dir < 0 && now != nil && now.To.Rev == end.rev && now.From.Object != nil {
		rev, ok = now.From.Rev, true // not in the timeline yet: the source knows
	}
	switch {
	case !ok && filter != "":
		d.f.host.Say(text.Muted, map[int]string{-1: "No older", 1: "No newer"}[dir]+" version that was read passes the timeline's filter: "+clean.Text(filter))
		return nil
	case !ok:
		d.f.host.Say(text.Muted, map[int]string{-1: "No older version of this key is known.", 1: "This is the newest version."}[dir])
		return nil
	}
	*end = point{key: end.key, rev: rev}
	return d.recompare(c)
}

func (d *keyDiff) copyPatch() tea.Cmd {
	s := d.markdown()
	if s == "" {
		d.f.host.Say(text.Warning, notRead)
		return nil
	}
	if len(s) > host.MaxCopy {
		d.f.host.Say(text.Warning, "The diff is too large for a terminal's clipboard ("+widget.Bytes(int64(len(s)))+"); e writes it into a file.")
		return nil
	}
	d.f.host.Say(text.OK, "Copied the diff as Markdown to the terminal's clipboard (OSC 52).")
	return d.f.host.Clipboard(s)
}

// markdown is the diff for a ticket, with who wrote the newer side and the line that prints it again.
func (d *keyDiff) markdown() string {
	c := d.diff.Content()
	if c == nil {
		return ""
	}
	wrote := ""
	if w, ok := d.wrote(c.To.Key, c.To.Rev); ok && w.Writer != "" {
		wrote = w.Name() + " (" + w.Confidence.String() + ")"
		if w.User != "" {
			wrote += ", user " + w.User
		}
	}
	return c.Markdown(d.diff.Patch(), wrote, d.line(c))
}

// line is the command that prints the diff, "" where there is none: it compares versions of one key, of one source.
func (d *keyDiff) line(c *diffview.Content) string {
	if string(c.From.Key) != string(c.To.Key) || c.From.Rev == c.To.Rev {
		return ""
	}
	return view.Line(d.f.v, d.f.host.Options().Source, "diff", string(c.From.Key), fmt.Sprint(c.From.Rev), fmt.Sprint(c.To.Rev))
}

// notRead answers a key that needs the diff where there is none yet.
const notRead = "The two versions are still being read; press the key again when the diff is shown."

// askExport asks for the file that the diff goes into.
func (d *keyDiff) askExport() {
	s := d.diff.Patch()
	if s == "" {
		d.f.host.Say(text.Warning, notRead)
		return
	}
	c := d.diff.Content()
	facts := []string{"The diff as text, " + widget.Bytes(int64(len(s))) + ".", "An existing file is never overwritten.", "", "Write it to:"}
	if c.Reveal && !c.Masked {
		facts = append([]string{"Values are shown as they are, those of Secrets too."}, facts...)
	}
	name := fmt.Sprintf("%s-%d-%d.diff", words.FileName(c.Name()), c.From.Rev, c.To.Rev)
	d.f.host.Ask(host.WriteFile{Title: "Export the diff", Path: name, Facts: facts, Data: []byte(s)})
}

// wrote says who wrote a version that is compared, as far as the timeline or the list of changes knows it.
func (d *keyDiff) wrote(key []byte, rev int64) (v attribution.Verdict, ok bool) {
	if d.f.v.Panes.History.Key() == string(key) {
		if v = d.f.v.Panes.History.Verdict(rev); v.Evidence != "" {
			return v, true
		}
	}
	if c := d.diff.Content(); c != nil && c.To.Rev == rev {
		return d.f.v.Panes.Changes.Verdict(timeline.ID{Rev: rev, Sub: c.To.Sub})
	}
	return v, false
}
