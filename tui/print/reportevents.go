package print

import (
	"context"
	"fmt"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/events"
	"github.com/etcdscope/etcdscope/model/reconcile"
)

// eventLine is an Event of another etcd of the node, about an object that has not converged.
type eventLine struct {
	reportLine
	Etcd     string `json:"etcd"` // which keeps it: only its time joins it to the object
	Type     string `json:"type,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Message  string `json:"message,omitempty"`
	Reporter string `json:"reporter,omitempty"`
	Count    int64  `json:"count"`
	First    string `json:"first,omitempty"`
	Last     string `json:"last,omitempty"`
}

// maxEventsOf is how many Events are printed of one object.
const maxEventsOf = 3

// events prints what the Events of another etcd say of the objects that have not converged.
func (r *reporter) events(ctx context.Context) error {
	if events.Keeper(r.s.Opened) == nil {
		return nil
	}
	waiting, _ := keep(r, r.seen.Waiting(), func(s *reconcile.Status) string { return r.namespaceOf(s.Key) })
	about := map[string]bool{}
	for i := range waiting {
		about[waiting[i].Kind+"/"+waiting[i].Namespace+"/"+waiting[i].Name] = true
	}
	if len(about) == 0 {
		return nil
	}
	_, list, name, err := r.eventsOf(ctx, r.s, "", func(e *events.Event) bool {
		return about[e.Kind+"/"+e.Namespace+"/"+e.Name] && (r.before.IsZero() || !e.First.After(r.before))
	})
	if err != nil {
		return err
	}
	n := 0
	for i := range waiting {
		s := &waiting[i]
		since := s.Since.Time
		if s.AtLeast {
			since = time.Time{}
		}
		for _, e := range events.About(list, s.Kind, s.Namespace, s.Name, since, maxEventsOf) {
			if n++; n == 1 && r.flags.format != "json" {
				if err := r.head("What Events say of these; etcd "+clean.Key([]byte(name))+" keeps them, and only their time joins them", 1, 0); err != nil {
					return err
				}
			}
			if err := r.event(s, &e, name); err != nil {
				return err
			}
		}
	}
	return r.foot(n)
}

// event prints one of them.
func (r *reporter) event(s *reconcile.Status, e *events.Event, etcd string) error {
	if r.flags.format == "json" {
		return r.out.json(eventLine{reportLine: reportLine{"event", keyOf([]byte(s.Key)), s.Kind, s.Namespace, s.Name}, Etcd: etcd, Type: e.Type, Reason: e.Reason, Message: e.Message,
			Reporter: e.Reporter, Count: e.Count, First: when(e.First), Last: when(e.Last)})
	}
	return r.out.line("  " + r.called(s.Key) + r.out.paint(text.Muted, "  "+when(e.Last)) + "  " + clean.Key([]byte(said(e))))
}

// said is an Event in words, which are untrusted.
func said(e *events.Event) string {
	s := e.Type + " " + e.Reason
	if e.Count > 1 {
		s += fmt.Sprintf(", %d times since %s", e.Count, when(e.First))
	}
	return s + ": " + e.Message
}
