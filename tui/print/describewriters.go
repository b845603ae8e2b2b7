package print

import (
	"bytes"
	"context"
	"io"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/family"
)

// read finds the last writes of the objects and who made them: in the whole past of a file, in the last versions of a
// running store, for which each version is a request.
func (d *describer) read(ctx context.Context) error {
	d.writers = map[string][]attribution.Attributed{}
	quiet := *d.app
	quiet.out = d.out.aside(&bytes.Buffer{})
	quiet.stderr = io.Discard // gaps and the like are said by log
	l := &logger{app: &quiet, s: d.s, traced: traced{family: map[string]family.Relation{}}, history: newHistory(d.s), late: d.wrote}
	for _, k := range d.keys() {
		l.family[k] = family.Self
	}
	if !d.s.live() {
		l.to, l.whole = d.rev, len(d.found) > describedAlone
		return l.everything(ctx)
	}
	if _, err := etcdsource.As[etcdsource.Versions](d.s.Source); err != nil || len(d.found) > describedLive {
		return nil
	}
	for _, k := range d.keys() {
		if err := d.last(ctx, l, []byte(k)); err != nil {
			return err
		}
	}
	return nil
}

// last reads the last versions of a key of a running store.
func (d *describer) last(ctx context.Context, l *logger, key []byte) error {
	versions, err := etcdsource.As[etcdsource.Versions](d.s.Source)
	if err != nil {
		return err
	}
	events, _, err := versions.Versions(ctx, key, d.rev, lastWrites+1)
	if err != nil {
		return err
	}
	return l.versions(ctx, events)
}

// wrote takes a write, the older ones first.
func (d *describer) wrote(a *attribution.Attributed) {
	if d.rev > 0 && a.Mod > d.rev {
		return
	}
	list := append([]attribution.Attributed{*a}, d.writers[string(a.Key)]...)
	d.writers[string(a.Key)] = list[:min(len(list), lastWrites)]
}
