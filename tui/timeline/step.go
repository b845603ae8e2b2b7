package timeline

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// busyH is the height from which the hottest keys are above the rows.
const busyH = 18

// step is the change that was taken last from a paused feed.
type step struct {
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

// Step takes the next change of a paused feed (+1), or gives the newest one back (-1). Noise that is folded is
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
		if it = next; run.Noise[change.NoNoise] > 0 {
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
	f.step = step{change: ID{it.Event.Mod, it.Event.Sub}, on: true}
	f.cursor = f.step.change
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
	t, ok := f.Telling(f.change)
	if !ok {
		return ""
	}
	return t.Sentence()
}

// Telling returns what can be said of a change of the feed; ok is false where it is not there.
func (f *Feed) Telling(id ID) (t attribution.Description, ok bool) {
	e, ok := f.event(id)
	if !ok {
		return t, false
	}
	t = attribution.Description{Type: e.Type, Key: decode.KeyText([]byte(strings.TrimPrefix(string(e.Key), f.root))), Revision: widget.Thousands(e.Mod), What: f.said[id]}
	t.Verdict = f.who[id]
	return t, true
}

// event finds a change of the feed.
func (f *Feed) event(id ID) (*etcdsource.Event, bool) {
	items := f.state.Feed.Items()
	i, _ := slices.BinarySearchFunc(items, id, func(it session.FeedItem, id ID) int {
		if !it.Gap.Empty() {
			return cmp.Compare(it.Gap.To, id.Rev)
		}
		return cmp.Or(cmp.Compare(it.Event.Mod, id.Rev), cmp.Compare(it.Event.Sub, id.Sub))
	})
	if i == len(items) || !items[i].Gap.Empty() || items[i].Event.Mod != id.Rev || items[i].Event.Sub != id.Sub {
		return nil, false
	}
	return &items[i].Event, true
}

// TakenShort is what Taken says, for a narrow line: the revision, who, what.
func (f *Feed) TakenShort() string {
	if f.say != "" || !f.on {
		return f.Taken()
	}
	t, ok := f.Telling(f.change)
	if !ok {
		return ""
	}
	return "revision " + t.Revision + ": " + t.Short(pane.Grade(f.style.Theme, &t.Verdict))
}

// sentence is Taken in at most two rows.
func (f *Feed) sentence() []string {
	s := f.Taken()
	if s == "" || f.h < 4 {
		return nil
	}
	lines := widget.Wrap(s, max(f.w-4, 10))
	if len(lines) > 2 {
		lines = append(lines[:1], clean.End(strings.Join(lines[1:], " "), max(f.w-4, 10)))
	}
	return lines
}
