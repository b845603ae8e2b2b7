package print

import (
	"bytes"
	"context"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/family"
	"github.com/etcdscope/etcdscope/model/events"
)

// joined are Events that another etcd of the node keeps, for a sequence of changes of this one: its revisions say nothing here,
// so that each has its place by the time that it says.
//
//	main    212 11:06:47   213 11:06:48                  214 11:07:02
//	events                               web.1 11:06:51
type joined struct {
	etcd   string // its name
	folder []byte // the keys that it keeps
	list   []attribution.Attributed
}

// has reports whether a key is one of those.
func (j *joined) has(key []byte) bool { return j.etcd != "" && bytes.HasPrefix(key, j.folder) }

// before takes out those that happened before a time; none for one that is not known.
func (j *joined) before(t time.Time) (out []attribution.Attributed) {
	n := 0
	for n < len(j.list) && !t.IsZero() && j.list[n].Verdict.Time.Before(t) {
		n++
	}
	out, j.list = j.list[:n], j.list[n:]
	return out
}

// rest takes out all that are left.
func (j *joined) rest() (out []attribution.Attributed) {
	out, j.list = j.list, nil
	return out
}

// eventsOf reads the Events that another etcd of the node keeps; its name is "" where there is none, or where it cannot be read, which
// is said.
func (a *app) eventsOf(ctx context.Context, s *store, ns string, wanted func(*events.Event) bool) (of *store, list []events.Event, name string, err error) {
	e := events.Keeper(s.Opened)
	if e == nil {
		return nil, nil, "", nil
	}
	if of, err = a.beside(ctx, s, e); err == nil {
		defer of.Source.Close()
		var more int
		if list, more, err = events.Read(ctx, of.Opened, 0, ns, wanted); more > 0 {
			a.warn("%d older Events are left out", more)
		}
	}
	if err != nil && ctx.Err() == nil {
		a.warn("Events are in an etcd of their own, %s, which cannot be read: %s", clean.Key([]byte(e.Name)), clean.Error(err))
		return nil, nil, "", nil
	}
	return of, list, e.Name, err
}

// join reads the Events about the family of a key.
func (l *logger) join(ctx context.Context, f *family.Family) error {
	of, list, name, err := l.eventsOf(ctx, l.s, "", func(e *events.Event) bool { return f.About(l.family, e.UID) })
	if err != nil || of == nil {
		return err
	}
	l.joined = joined{etcd: name, folder: []byte(of.Root + "events/"), list: events.Attributed(of.Opened, l.s.view, list)}
	return nil
}
