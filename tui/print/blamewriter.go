package print

import (
	"cmp"
	"context"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/near"
	"github.com/etcdscope/etcdscope/model/blame"
	"github.com/etcdscope/etcdscope/model/change"
)

// attribute finds who wrote the revisions that changed fields which no manager owns: a removal, a binding and a deletion
// leave no entry. A store that is written meanwhile is not asked for its past.
func (b *blamer) attribute(ctx context.Context, key []byte, found *blame.Blame) error {
	b.by = map[int64]*attribution.Attributed{}
	for i := range found.Lines {
		if l := &found.Lines[i]; l.Revision > 0 && len(l.Owners) == 0 {
			b.by[l.Revision] = nil
		}
	}
	if len(b.by) == 0 || b.s.live() {
		return nil
	}
	known, err := b.auditOf(ctx, b.s)
	if err != nil {
		return err
	}
	c, ok, err := near.Changes{}, false, error(nil)
	if !b.s.Info.Running { // what runs sends its past faster in one piece
		if c, ok, err = near.Read(ctx, b.s.Opened, []string{string(key)}); err != nil {
			return err
		}
	}
	engine := attribution.New(attribution.Options{Root: b.s.Root, Whole: !ok || c.Whole, Audit: known})
	memory := change.NewMemory(b.s.Decoder, b.s.Kinds, b.s.Root, b.s.view, historyBounds(b.s.Source))
	take := func(all bool) {
		taken := engine.Take(all)
		for i := range taken {
			a := taken[i] // a copy: what Take returned is used again
			if _, wanted := b.by[a.Mod]; wanted && string(a.Key) == string(key) {
				b.by[a.Mod] = &a
			}
		}
	}
	add := func(e *etcdsource.Event) error {
		before := memory.Before(e)
		memory.Remember(e)
		if string(e.Key) == string(key) {
			engine.Add(memory.Describe(before, e))
		} else {
			engine.Note(memory.Neighbour(before, e))
		}
		take(false)
		return nil
	}
	if ok {
		for i := range c.Events {
			add(&c.Events[i])
		}
	} else if err := etcdsource.EachChange(ctx, b.s.Source, etcdsource.Prefix(""), b.s.Info.Revision, add); err != nil {
		return err
	}
	take(true)
	return nil
}

// wrote returns who wrote the revision that changed a field without an owner, nil where that is not known.
func (b *blamer) wrote(l *blame.Line) *attribution.Attributed {
	if len(l.Owners) > 0 {
		return nil
	}
	return b.by[l.Revision]
}

// writer names that writer in safe text, with how sure it is.
func (b *blamer) writer(l *blame.Line) string {
	w := b.wrote(l)
	if w == nil || w.Writer == "" {
		return "-"
	}
	return w.Confidence.Mark(b.flags.screen.ascii) + " " + clean.Key([]byte(cmp.Or(w.Controller, w.Writer)))
}
