package print

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/near"
	"github.com/etcdscope/etcdscope/model/learn"
)

// everything prints what a source holds that can stream its past.
func (l *logger) everything(ctx context.Context) error {
	whole := !l.s.Info.Running || l.s.Info.Spare // that is a recalled one here
	if keys := l.few(); len(keys) > 0 && whole && !l.follow && !l.whole {
		c, ok, err := near.Read(ctx, l.s.Opened, keys)
		if err != nil {
			return err
		}
		if ok {
			known, err := l.auditFrom(ctx, learn.OldestOf(c.Events, keys))
			if err != nil {
				return err
			}
			l.engine = attribution.New(attribution.Options{Root: l.s.Root, Whole: c.Whole, Audit: known})
			return l.print(ctx, &given{c, l.s.Info.Revision})
		}
	}
	known, err := l.auditOf(ctx, l.s)
	if err != nil {
		return err
	}
	l.engine = attribution.New(attribution.Options{Root: l.s.Root, Whole: whole, Audit: known})
	return l.all(ctx)
}

// few returns the keys that are printed, where they are few and known by name; what may be a folder too is not.
func (l *logger) few() (keys []string) {
	for k := range l.family {
		keys = append(keys, k)
	}
	if l.family != nil {
		slices.Sort(keys)
		return keys
	}
	if t := &l.targets[0]; len(l.targets) == 1 && t.Key != nil && t.Prefix == "" && l.leaf(t.Key) {
		return []string{string(t.Key)}
	}
	return nil
}

// leaf reports whether a key is that of an object, below which there are no others.
func (l *logger) leaf(key []byte) bool {
	ref, ok := l.s.Kinds.Locate(l.s.Root, key)
	return ok && ref.Kind != "" && ref.Name != "" && !strings.Contains(ref.Name, "/") && !(ref.Namespaced && ref.Namespace == "")
}

// given is a stream of what was gathered.
type given struct {
	near.Changes
	head int64
}

// Next returns all there is, then io.EOF.
func (g *given) Next(context.Context) (etcdsource.Batch, error) {
	if g.Events == nil {
		return etcdsource.Batch{}, io.EOF
	}
	b := etcdsource.Batch{Events: g.Events, Lost: g.Lost, Revision: g.head, Status: etcdsource.Status{State: etcdsource.Ended}}
	g.Events = nil
	return b, nil
}

// Close does nothing.
func (*given) Close() error { return nil }

// all prints what the source holds, which must be one that can stream its past: a file, a recording, the demo, a
// recalled store. What comes after the head is printed with --follow only.
func (l *logger) all(ctx context.Context) error {
	stream, err := l.s.Source.Watch(ctx, etcdsource.Prefix(""), 1) // the neighbours of a change tell who made it
	if err != nil {
		return err
	}
	defer stream.Close()
	return l.print(ctx, stream)
}

// print prints the changes of a stream.
func (l *logger) print(ctx context.Context, stream etcdsource.Stream) error {
	if l.to > 0 && l.to < l.from {
		return nil
	}
	p := &held{logger: l, stream: stream, head: l.s.Info.Revision, until: l.readUpTo(), ends: !l.s.Info.Running}
	if err := p.print(ctx); err != nil {
		return err
	}
	if p.beyond != nil {
		p.state = l.warnLost(p.beyond.Status, p.state)
		if err := l.batch(ctx, p.beyond, true); err != nil {
			return err
		}
	}
	if err := l.rest(true); err != nil || !l.follow || p.ends || p.ended {
		return err
	}
	return l.goOn(ctx, stream, p.state)
}

// readUpTo is the revision up to which changes are read, 0: to the end.
func (l *logger) readUpTo() int64 {
	if l.to == 0 {
		return 0
	}
	return min(l.to+evidenceAfter, l.s.Info.Revision)
}

// rest prints the changes that the engine has attributed, with all those too that might have to wait.
func (l *logger) rest(all bool) error {
	if err := l.attributed(all); err != nil {
		return err
	}
	return l.out.flush()
}

// evidenceAfter is how many revisions are read beyond the last one that is printed: what follows a change can name its writer.
const evidenceAfter = 1024

// tail prints what is written from a revision on, 0: from now. It ends with the context only.
func (l *logger) tail(ctx context.Context, from int64) error {
	if from == 0 {
		info, err := l.s.Source.Describe(ctx)
		if err != nil {
			return err
		}
		from = info.Revision + 1
		if err := l.gap(etcdsource.Window{From: 1, To: info.Revision, Reason: "not read: --follow starts now"}); err != nil {
			return err
		}
	}
	stream, err := l.s.Source.Watch(ctx, l.span(), from)
	if err != nil {
		return err
	}
	defer stream.Close()
	if err := l.out.flush(); err != nil {
		return err
	}
	return l.goOn(ctx, stream, etcdsource.State(0))
}

func (l *logger) batch(ctx context.Context, b *etcdsource.Batch, live bool) error {
	if !b.Lost.Empty() {
		l.history.forget(live)
		if live {
			l.engine.Lost()
		}
		if err := l.gap(b.Lost); err != nil {
			return err
		}
	}
	for i := range b.Events {
		if err := ctx.Err(); err != nil {
			return err
		}
		e := &b.Events[i]
		before := l.history.Before(e)
		if live && before == nil && e.Type == etcdsource.Updated {
			before = l.history.fetch(ctx, e)
		}
		l.history.Remember(e)
		if err := l.event(e, before); err != nil {
			return err
		}
	}
	return nil
}

// walk prints one key of a live store: back to where its history ends, then in order.
func (l *logger) walk(ctx context.Context, k []byte) error {
	versions, err := etcdsource.As[etcdsource.Versions](l.s.Source)
	if err != nil {
		return err
	}
	info, err := l.s.Source.Describe(ctx)
	if err != nil {
		return err
	}
	head := max(info.Revision, 1)
	events, edge, err := l.back(ctx, versions, k, head)
	if err != nil {
		return err
	}
	if err := l.edge(edge, events); err != nil {
		return err
	}
	if err := l.versions(ctx, events); err != nil || !l.follow {
		return err
	}
	return l.tail(ctx, head+1)
}

// back reads all versions of a key, newest first.
func (l *logger) back(ctx context.Context, v etcdsource.Versions, k []byte, head int64) (all []etcdsource.Event, edge etcdsource.Edge, err error) {
	upTo := head
	if l.to > 0 {
		upTo = min(upTo, l.to)
	}
	for {
		events, edge, err := v.Versions(ctx, k, upTo, 0)
		if err != nil {
			return nil, edge, err
		}
		all = append(all, events...)
		if edge.Kind != etcdsource.EdgeMore || len(events) == 0 {
			return all, edge, nil
		}
		upTo = events[len(events)-1].Mod - 1
		if upTo < l.from-1 { // one version before --since was read, to compare with
			return all, etcdsource.Edge{Kind: etcdsource.EdgeCreated}, nil
		}
	}
}

// edge prints the gap before a key's oldest version.
func (l *logger) edge(e etcdsource.Edge, events []etcdsource.Event) error {
	switch e.Kind {
	case etcdsource.EdgeCompacted:
		if e.Revision > 1 {
			return l.gap(etcdsource.Window{From: 1, To: e.Revision - 1, Reason: "compacted"})
		}
	case etcdsource.EdgeNotSearched:
		to := e.Revision
		if len(events) > 0 {
			to = events[len(events)-1].Mod
		}
		if to > 1 {
			return l.gap(etcdsource.Window{From: 1, To: to - 1, Reason: "not searched: a live store does not tell whether the key was there before"})
		}
	}
	return nil
}

// versions attributes and prints the versions of a key, the newest first in events.
func (l *logger) versions(ctx context.Context, events []etcdsource.Event) error {
	known, err := l.auditFrom(ctx, events[max(len(events)-1, 0):])
	if err != nil {
		return err
	}
	l.engine = attribution.New(attribution.Options{Root: l.s.Root, Audit: known})
	for i := len(events) - 1; i >= 0; i-- {
		var before *etcdsource.Event
		if i+1 < len(events) {
			before = &events[i+1]
		}
		l.history.Remember(&events[i])
		if err := l.event(&events[i], before); err != nil {
			return err
		}
	}
	return l.attributed(true)
}
