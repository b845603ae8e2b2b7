package print

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// watching is what get --watch does beside get: it prints what there is, then each object that is written, from one watch.
//
//	Describe: revision R ─► list ─► watch from R+1 ─► what the list has already is left out ─► a row for each change
type watching struct {
	on, only, events bool // the flags watch, watch-only and output-watch-events

	from    int64            // what was written up to this revision is in the list
	shown   map[string]int64 // the keys that are selected, each with the revision in which it was printed
	history *history         // the last versions: what is deleted is printed as it was
	listing bool             // the list is being read
	event   string           // of the printed object: ADDED, MODIFIED, DELETED
	state   etcdsource.State
}

func (w *watching) define(c *cobra.Command) {
	f := c.Flags()
	f.BoolVarP(&w.on, "watch", "w", false, "then print each object as it is written; of a running cluster only")
	f.BoolVar(&w.only, "watch-only", false, "like --watch, without what there is now")
	f.BoolVar(&w.events, "output-watch-events", false, "with --watch: with what happened: ADDED, MODIFIED, DELETED")
}

// check refuses flags that exclude each other.
func (g *getter) checkWatch(at moment) error {
	w := &g.watch
	w.on = w.on || w.only
	format := g.flags.format
	switch {
	case w.events && !w.on:
		return usage("read --output-watch-events: nothing is watched; add --watch")
	case !w.on:
		return nil
	case at != (moment{}):
		return usage("read --watch and --rev: a watch begins now, and --rev is the past; leave one of them out (etcdscope log TYPE --since REVISION prints what was written since)")
	case g.apply || contains("raw hex fields", format):
		return usage("print with --watch as %s: it takes text, wide, name, json, yaml or a template; give one of these to -o", format)
	case w.events && !contains("text wide json", format):
		return usage("print with --output-watch-events as %s: it takes text, wide or json; give one of these to -o", clean.Key([]byte(cut(format, 60))))
	}
	return nil
}

// begin notes where the watch will begin.
func (g *getter) begin(ctx context.Context) error {
	w := &g.watch
	if !g.s.Info.Running {
		return usage("watch %s: it is a file, and does not change; etcdscope log TYPE prints what was written to it", clean.Key([]byte(g.s.Info.Target)))
	}
	info, err := g.s.Source.Describe(ctx)
	if err != nil {
		return err
	}
	w.from, w.shown, w.history, w.listing, w.event = info.Revision, map[string]int64{}, newHistory(g.s), true, "ADDED"
	return nil
}

// listed takes an object of the list; it reports whether it is printed.
func (w *watching) listed(e *etcdsource.Entry) bool {
	if !w.on || !w.listing {
		return true
	}
	w.shown[string(e.Key)] = e.Mod
	w.history.Remember(&etcdsource.Event{Key: e.Key, Value: e.Value, Create: e.Create, Mod: e.Mod, Version: e.Version})
	return !w.only
}

// follow prints what is written to what was named. It ends with the context, or with the stream.
func (g *getter) follow(ctx context.Context, list targets) error {
	w := &g.watch
	w.listing = false
	stream, err := g.s.Source.Watch(ctx, list.span(), w.from+1)
	if err != nil {
		return err
	}
	defer stream.Close()
	said := &logger{app: g.app}
	for {
		if err := g.out.flush(); err != nil {
			return err
		}
		b, err := stream.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		w.state = said.warnLost(b.Status, w.state)
		if !b.Lost.Empty() {
			w.history.Forget()
			g.warn("watch: revisions %d to %d could not be seen: %s; what was written in them is not printed", b.Lost.From, b.Lost.To, safe(b.Lost.Reason))
		}
		for i := range b.Events {
			if e := &b.Events[i]; list.wanted(e.Key) {
				if err := g.changed(ctx, e); err != nil {
					return err
				}
			}
		}
	}
}

// changed prints an object that was written, if it is or was selected.
func (g *getter) changed(ctx context.Context, e *etcdsource.Event) error {
	w := &g.watch
	last, was := w.shown[string(e.Key)]
	if was && e.Mod <= last {
		return nil
	}
	before := w.history.Before(e)
	w.history.Remember(e)
	if e.Type != etcdsource.Deleted {
		o := g.s.Decoder.Object(e.Key, e.Value, e.Mod)
		if g.matches(o, g.s.view) {
			w.event = "ADDED"
			if was || w.only && !g.narrow() && e.Type == etcdsource.Updated {
				w.event = "MODIFIED"
			}
			w.shown[string(e.Key)] = e.Mod
			return g.one(ctx, o, e)
		}
		if o.Unread() {
			g.trouble(g.s, o) // why it was not selected
		}
	}
	if !was {
		return nil
	}
	delete(w.shown, string(e.Key))
	if before == nil {
		before = w.history.fetch(ctx, e)
	}
	if before == nil {
		g.warn("watch: %s was deleted in revision %d, and its last version cannot be read", clean.Key(e.Key), e.Mod)
		return nil
	}
	w.event = "DELETED"
	return g.one(ctx, g.s.Decoder.Object(e.Key, before.Value, e.Mod), before)
}

// one prints an object in the form that was asked for.
func (g *getter) one(ctx context.Context, o *decode.Object, e *etcdsource.Event) error {
	entry := etcdsource.Entry{Key: e.Key, Create: e.Create, Mod: o.Mod, Version: e.Version, Bytes: int64(len(e.Value))}
	if g.template != nil {
		return g.filled(o)
	}
	if err := g.show(o, &entry); err != nil || g.table == nil {
		return err
	}
	return g.table.print(ctx)
}
