package print

import (
	"context"
	"errors"
	"io"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// begin checks that Events can be watched, and returns the revision up to which what was written is in the list.
func (l *eventLister) begin(ctx context.Context) (from int64, err error) {
	if !l.s.Info.Running {
		return 0, usage("watch %s: it is a file, and does not change; etcdscope log events prints how they came", clean.Key([]byte(l.s.Info.Target)))
	}
	info, err := l.s.Source.Describe(ctx)
	return info.Revision, err
}

// follow prints each Event of a namespace, of all where ns is empty, that is written after a revision. As with kubectl, those that expire
// are not printed. It ends with the context, or with the stream.
func (l *eventLister) follow(ctx context.Context, ns string, from int64) error {
	r, _ := l.s.Kinds.Find("events")
	stream, err := l.s.Source.Watch(ctx, etcdsource.Prefix(l.s.Kinds.Prefix(l.s.Root, r, ns)), from+1)
	if err != nil {
		return err
	}
	defer stream.Close()
	said, state := &logger{app: l.app}, etcdsource.State(0)
	for {
		if err := l.out.flush(); err != nil {
			return err
		}
		b, err := stream.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		state = said.warnLost(b.Status, state)
		if !b.Lost.Empty() {
			l.warn("watch: revisions %d to %d could not be seen: %s; Events that came in them are not printed", b.Lost.From, b.Lost.To, safe(b.Lost.Reason))
		}
		if err := l.came(ctx, ns, b.Events); err != nil {
			return err
		}
	}
}

// came prints the Events among changes that the flags ask for.
func (l *eventLister) came(ctx context.Context, ns string, changes []etcdsource.Event) error {
	for i := range changes {
		e := &changes[i]
		ref, ok := l.s.locate(e.Key)
		if e.Type == etcdsource.Deleted || !ok || ref.Resource.Plural != "events" || ns != "" && ref.Namespace != ns {
			continue
		}
		o := l.s.Decoder.Object(e.Key, e.Value, e.Mod)
		h := happened{Happening: columns.HappeningOf(o.Tree(l.s.view)), object: o, ns: ref.Namespace}
		if !l.wanted(&h.Happening) {
			continue
		}
		if h.Last.After(l.newest) {
			l.newest = h.Last
		}
		if err := l.print([]happened{h}, l.s.now(ctx, 0, l.newest)); err != nil {
			return err
		}
	}
	return nil
}
