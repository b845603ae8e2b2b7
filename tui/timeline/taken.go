package timeline

import (
	"cmp"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// timedW is the width from which rows have their times, busyH the height from which the hottest keys stand above them.
const (
	timedW = 130
	busyH  = 18
)

// taken is the change that was taken last from a feed that stands still.
type taken struct {
	change ID
	on     bool
	say    string // the story's words for it, "" where there is none; safe text
}

// beat is what is worked out once a second.
type beat struct{ rateLine, hotLine string }

// Beat works out what changes with time: who is busy, and which keys.
func (f *Feed) Beat(now time.Time) {
	f.beat = beat{rateLine: f.rateText(max(f.w-60, 0))}
	if f.h >= busyH {
		f.hotLine = f.hottest(max(f.w-30, 0))
	}
	f.list.Resize(f.w, f.h-f.head())
}

// head is the number of rows above the list.
func (f *Feed) head() int { return len(f.sentence()) + f.hotRows() }

func (f *Feed) hotRows() int {
	if f.hotLine == "" || f.h < busyH {
		return 0
	}
	return 1
}

func (f *Feed) headRow(b []byte, y int) []byte {
	r := pane.Paint(b, f.style.Theme, f.w, "")
	r.Gap(2)
	lines := f.sentence()
	switch {
	case y < f.hotRows():
		r.Text(text.Muted, "hottest of the last "+widget.Thousands(hotSpan)+"  ")
		r.Text(text.Key, f.hotLine)
	case y-f.hotRows() < len(lines):
		r.Text(text.Travel, lines[y-f.hotRows()])
	}
	return r.End()
}

// Step takes the next change of a feed that stands still (+1), or gives the newest one back (-1). Noise that is folded is
// passed over, unless nothing else has come. It returns the change that is the newest now; ok is false at the ends.
func (f *Feed) Step(dir int) (e *etcdsource.Event, ok bool) {
	f.fold.Sync()
	n := f.end()
	if dir < 0 {
		if n < 2 {
			return nil, false
		}
		_, it, _ := f.fold.Row(n - 2)
		return f.take(it)
	}
	var it *session.FeedItem
	for i := n; i < f.fold.Len(f.state.At); i++ {
		run, next, _ := f.fold.Row(i)
		if it = next; run.Noise[session.NoNoise] > 0 {
			break
		}
	}
	if it == nil {
		return nil, false
	}
	return f.take(it)
}

// take lets the feed stand still at an item.
func (f *Feed) take(it *session.FeedItem) (*etcdsource.Event, bool) {
	if !it.Gap.Empty() {
		f.held = it.Gap.To
		f.Sync()
		return nil, true
	}
	f.held = it.Event.Mod
	f.taken = taken{change: ID{it.Event.Mod, it.Event.Sub}, on: true}
	f.cursor = f.taken.change
	f.Sync()
	return &it.Event, true
}

// Say gives the change that was taken last the words of a story.
func (f *Feed) Say(s string) {
	f.say = s
	f.Sync()
}

// Taken returns what is said of the change that was taken last, "" where there is none.
func (f *Feed) Taken() string {
	if !f.on || !f.paused {
		return ""
	}
	if f.say != "" {
		return f.say
	}
	i := f.fold.Find(f.change.Rev, f.change.Sub)
	if i < 0 {
		return ""
	}
	_, it, _ := f.fold.Row(i)
	v, seen := f.who[f.change]
	return f.compose(&it.Event, &v, seen)
}

// TakenShort is what Taken says, for a narrow line: the revision, who, what.
func (f *Feed) TakenShort() string {
	if f.say != "" || !f.on {
		return f.Taken()
	}
	i := f.fold.Find(f.change.Rev, f.change.Sub)
	if i < 0 {
		return ""
	}
	_, it, _ := f.fold.Row(i)
	v := f.who[f.change]
	who := "a client"
	if v.Writer != "" {
		who = actor(&v) + " " + f.grade(&v)
	}
	return "revision " + widget.Thousands(f.change.Rev) + ": " + who + f.what(&it.Event)
}

// sentence is Taken in at most two rows.
func (f *Feed) sentence() []string {
	s := f.Taken()
	if s == "" || f.h < 4 {
		return nil
	}
	lines := strings.Split(ansi.Wordwrap(s, max(f.w-4, 10), ""), "\n")
	if len(lines) > 2 {
		lines = append(lines[:1], clean.End(strings.Join(lines[1:], " "), max(f.w-4, 10)))
	}
	return lines
}

// compose says who asked for what, through whom it came into etcd, and what that rests on.
func (f *Feed) compose(e *etcdsource.Event, v *attribution.Verdict, seen bool) string {
	what := f.what(e)
	stored := "revision " + widget.Thousands(e.Mod)
	if !v.Time.IsZero() {
		stored += " at " + v.Time.UTC().Format("15:04:05.000")
	}
	switch {
	case v.OutOfBand != "":
		return "Something" + what + ", past the API server, as " + stored + ". " + v.OutOfBand + "."
	case !seen:
		return "Somebody" + what + ", stored as " + stored + "."
	case v.Writer == "":
		return "A client whose name is not stored" + what + ". The API server stored it as " + stored + ". " + v.Evidence + "."
	}
	how := ", asked the API server, and etcd stored it as " + stored
	switch v.Lane {
	case attribution.LaneAPIServer:
		how = ", on its own account, and etcd stored it as " + stored
	case attribution.LaneEtcd:
		how = ", as " + stored
	}
	return actor(v) + what + how + ". " + strings.ToUpper(v.Confidence.String()[:1]) + v.Confidence.String()[1:] + ": " + v.Evidence + "."
}

// what says what was done to which key.
func (f *Feed) what(e *etcdsource.Event) string {
	what := map[etcdsource.Type]string{etcdsource.Created: " created ", etcdsource.Deleted: " deleted "}[e.Type]
	if what == "" {
		what = " changed "
	}
	what += clean.Key([]byte(strings.TrimPrefix(string(e.Key), f.root)))
	if s := f.said[f.change]; s != "" {
		what += ": " + s
	}
	return what
}

// actor names who wrote, and where that is told the node.
func actor(v *attribution.Verdict) string {
	name := cmp.Or(v.Controller, v.Writer)
	if v.Lane == attribution.LaneKubelet && v.Instance != "" {
		name += " of " + v.Instance
	}
	return name
}

// grade is the sign of how sure a writer is.
func (f *Feed) grade(v *attribution.Verdict) string {
	switch {
	case v.OutOfBand != "":
		return f.style.Theme.Glyphs.Warn
	case v.Confidence == attribution.Certain:
		return f.style.Theme.Glyphs.Good
	}
	return v.Confidence.Mark(true)
}

// signer is the person behind a client, where the audit log tells, and what the writer is called.
func signer(v *attribution.Verdict) string {
	if who := cmp.Or(v.As, v.User); who != "" && v.Lane == attribution.LaneClient {
		return who + ": " + nameOf(v)
	}
	return nameOf(v)
}

// writerCell paints who made a change, and the grade of that; blank where it is not known.
func (f *Feed) writerCell(r *pane.Painter, v *attribution.Verdict) {
	w := min(max(f.w/7, 10), 24)
	free := r.Free()
	if v.Writer != "" {
		r.Text(text.Accent, clean.Middle(signer(v), w-2))
		r.Gap(1)
		r.TextW(text.OK, f.grade(v), 1)
	} else if v.OutOfBand != "" {
		r.Text(text.Error, f.style.Theme.Glyphs.Warn+" out of band")
	}
	r.To(free - w - 1)
}
