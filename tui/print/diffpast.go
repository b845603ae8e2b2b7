package print

import (
	"context"
	"io"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/compare"
	"github.com/etcdscope/etcdscope/model/filter"
)

// newerPast is what the past of the newer side says of the differences, as far as --filter asks for it.
type newerPast struct {
	read   bool
	last   map[string]lastWrite // of each key that is compared, up to the state that is compared
	gone   func(key []byte, rev int64) bool
	newest time.Time // when the newest revision was made
}

// lastWrite is the last write of a key.
type lastWrite struct {
	rev     int64
	verdict attribution.Verdict
}

// readPast reads who made what differs, from the past of the newer side up to a revision, where --filter asks for it.
func (d *differ) readPast(ctx context.Context, b *store, among []kinds.Target, upTo int64) error {
	word := compare.NeedsPast(d.chosen)
	if word == "" {
		return nil
	}
	if b.live() {
		return usage("read --filter: %s; compare with a saved snapshot (snapshot save FILE), or leave the word out",
			compare.WhyNoPast(word, "the live store "+clean.Key([]byte(b.Info.Name))))
	}
	if d.chosen.Needs()&filter.NeedsNewest != 0 {
		_, c, err := b.time(ctx, "--filter", moment{when: attribution.Moment{Ago: time.Nanosecond}, text: d.filter})
		if err != nil {
			return err
		}
		d.past.newest = c.At(b.Info.Revision).Time
	}
	d.past.read, d.past.last, d.past.gone = true, map[string]lastWrite{}, goneFrom(ctx, b.Source)
	quiet := *d.app
	quiet.stderr = io.Discard // gaps and the like are said by log
	l := &logger{app: &quiet, s: b, targets: among, history: newHistory(b), whole: true, logRange: logRange{to: upTo}}
	l.late = func(a *attribution.Attributed) {
		if a.Mod <= upTo {
			d.past.last[string(a.Key)] = lastWrite{a.Mod, a.Verdict}
		}
	}
	return l.everything(ctx)
}

// of gives an item what the past says of it.
func (p *newerPast) of(it *filter.Item) {
	if !p.read {
		return
	}
	it.Newest = p.newest
	it.Gone = func() bool { return p.gone(it.Key, it.Rev) }
	if w, ok := p.last[string(it.Key)]; ok {
		it.Rev, it.Verdict = w.rev, &w.verdict
	}
}
