package timeline

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Bounds of what a Feed remembers of writers.
const (
	maxVerdicts = 24_000
	maxRates    = 64
)

// writers are what a Feed knows of who made its changes, and the filter that may ask for them.
type writers struct {
	who    map[ID]attribution.Verdict
	ids    []ID  // of who, oldest first
	judged int64 // up to this revision it is known, or never will be
	calm   calm
	rates  map[string]*session.Rate
	newest dated                                                      // the newest change whose time is known
	came   func(rev int64, v attribution.Verdict) attribution.Verdict // dates by when a change came; nil: not known
	filtering
}

// calm is up to where it is drawn that a writer is not known: on a running store a second or two behind what is judged, so that rows that
// pass are not drawn once more for it.
type calm struct {
	at        time.Time // when it was moved
	rev, next int64
}

// unsigned reports whether the writer of a revision is not known, and will not be.
func (f *Feed) unsigned(rev int64) bool {
	if !f.state.Info.Running || f.style.Now.Sub(f.calm.at) >= 2*time.Second {
		return rev <= f.judged
	}
	return rev <= f.calm.rev
}

// dated is when a revision was made.
type dated struct {
	rev int64
	at  time.Time
}

// Attribute says who made a change. What was said of it with more confidence stays, unless a person is named now: a grade may
// rise, and does not fall by itself.
func (f *Feed) Attribute(id ID, v attribution.Verdict) {
	old, ok := f.who[id]
	switch {
	case ok && old.Confidence > v.Confidence && v.OutOfBand == "" && (v.User == "" || old.User != ""):
		return
	case !ok:
		f.room()
		f.ids = append(f.ids, id)
	}
	f.who[id] = v
	if id.Rev >= f.newest.rev && !v.Time.IsZero() {
		f.newest = dated{id.Rev, v.Time}
	}
}

// room forgets the oldest verdicts where there are too many.
func (f *Feed) room() {
	if len(f.ids) < maxVerdicts {
		return
	}
	for _, old := range f.ids[:maxVerdicts/4] {
		delete(f.who, old)
	}
	f.ids = append(f.ids[:0], f.ids[maxVerdicts/4:]...)
}

// Suggest says who made a change by what its own versions say, until more is known. That no API server made it is said only then.
func (f *Feed) Suggest(id ID, v attribution.Verdict) {
	old, ok := f.who[id]
	if ok && !v.Betters(old) || !ok && v.Writer == "" && v.Time.IsZero() || v.OutOfBand != "" {
		return
	}
	f.Attribute(id, v)
}

// Verdict returns who made a change; ok is false where that was not looked at.
func (f *Feed) Verdict(id ID) (v attribution.Verdict, ok bool) {
	v, ok = f.who[id]
	return v, ok
}

// Wrote counts a write of a writer now.
func (f *Feed) Wrote(v *attribution.Verdict, now time.Time) {
	name := nameOf(v)
	if name == "" {
		return
	}
	r := f.rates[name]
	if r == nil {
		if len(f.rates) >= maxRates {
			return
		}
		r = session.NewRate()
		f.rates[name] = r
	}
	r.Add(1, now)
}

// Judged returns up to which revision the writers are known as far as they will be.
func (f *Feed) Judged() int64 { return f.judged }

// SetJudged sets up to which revision the writers are known as far as they will be.
func (f *Feed) SetJudged(rev int64) {
	if now := f.style.Now; now.Sub(f.calm.at) >= time.Second {
		f.calm = calm{now, f.calm.next, f.judged}
	}
	f.judged = max(f.judged, rev)
	if f.filter.Needs()&filter.NeedsWriter != 0 && !f.paused {
		f.Sync()
	}
}

// nameOf is what a writer is called on a row: the controller where it is known.
func nameOf(v *attribution.Verdict) string { return cmp.Or(v.Controller, v.Writer) }

// rated is a writer and its writes a second.
type rated struct {
	name string
	rate float64
}

// busiest returns the writers with writes in the last seconds, the busiest first.
func (f *Feed) busiest(now time.Time) (out []rated) {
	for name, r := range f.rates {
		if v := r.PerSecond(now); v > 0 {
			out = append(out, rated{name, v})
		}
	}
	slices.SortFunc(out, func(a, b rated) int { return cmp.Or(cmp.Compare(b.rate, a.rate), cmp.Compare(a.name, b.name)) })
	return out
}

// rateText says how much the busiest writers write, in at most w columns.
func (f *Feed) rateText(w int) string {
	s := ""
	for _, x := range f.busiest(f.style.Now) {
		piece := clean.Key([]byte(x.name)) + " " + widget.Rate(x.rate) + "/s"
		if s != "" {
			piece = s + "  " + piece
		}
		if widget.Width(piece) > w {
			break
		}
		s = piece
	}
	return s
}

// hotSpan is how many of the newest changes the busiest keys are counted over.
const hotSpan = 1000

// hottest names the keys with most of the newest changes, in at most w columns.
func (f *Feed) hottest(w int) string {
	items := f.state.Feed.Items()
	items = items[max(len(items)-hotSpan, 0):]
	count := map[string]int{}
	for i := range items {
		if it := &items[i]; it.Gap.Empty() {
			count[string(it.Event.Key)]++
		}
	}
	names := make([]string, 0, len(count))
	for k := range count {
		names = append(names, k)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b)) })
	s := ""
	for _, k := range names[:min(len(names), 8)] {
		short, _ := bytes.CutPrefix([]byte(k), []byte(f.root))
		piece := decode.KeyText(short) + " " + widget.Thousands(int64(count[k]))
		if s != "" {
			piece = s + "   " + piece
		}
		if widget.Width(piece) > w {
			break
		}
		s = piece
	}
	return s
}
