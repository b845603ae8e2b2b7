// Package events reads the Events that an etcd of their own keeps, to join them to the objects that another etcd keeps.
//
//	main etcd    rev 11 ─── 12 ───────────────── 13 ──►   objects, dated
//	                              ▲        ▲
//	events etcd  rev 901 ───── 902 ───── 903 ─────────►   Events: the times that they say themselves
//
// What always holds:
//   - A revision of one etcd means nothing in the other one: what joins them is the object that an Event names, and the
//     time that the Event says.
//   - Texts are untrusted.
package events

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
)

// Event is an Event as it says itself.
type Event struct {
	Stored etcdsource.Event // as the etcd that keeps it has it; its revisions are that one's
	// UID, Kind, Namespace and Name are those of the object that it is about.
	UID, Kind, Namespace, Name string

	Type, Reason, Message, Reporter string

	Count       int64 // how often it happened, at least 1
	First, Last time.Time
}

// Of reads an Event, and reports whether the object is one.
func Of(o *decode.Object) (Event, bool) {
	if o == nil || o.Kind != "Event" || !o.IsKubernetes() {
		return Event{}, false
	}
	e := Event{Type: o.Text("type"), Reason: o.Text("reason"), Message: o.Text("message"), Reporter: o.Text("source", "component"), Count: 1}
	if e.Message == "" {
		e.Message = o.Text("note") // of events.k8s.io
	}
	if e.Reporter == "" {
		e.Reporter = o.Text("reportingComponent")
	}
	about := "involvedObject"
	if o.Field(about) == nil {
		about = "regarding"
	}
	e.UID, e.Kind, e.Namespace, e.Name = o.Text(about, "uid"), o.Text(about, "kind"), o.Text(about, "namespace"), o.Text(about, "name")
	for _, path := range [][]string{{"count"}, {"deprecatedCount"}, {"series", "count"}} {
		if n, ok := number(o.Field(path...)); ok {
			e.Count = max(e.Count, n)
		}
	}
	for _, path := range [][]string{{"firstTimestamp"}, {"lastTimestamp"}, {"deprecatedFirstTimestamp"}, {"deprecatedLastTimestamp"}, {"eventTime"}, {"series", "lastObservedTime"}} {
		e.happened(o.Text(path...))
	}
	if e.Last.IsZero() {
		e.First, e.Last = o.Created, o.Created
	}
	return e, true
}

// happened notes one of the times that an Event says.
func (e *Event) happened(at string) {
	t, err := time.Parse(time.RFC3339, at)
	switch {
	case err != nil || t.IsZero():
		return
	case e.First.IsZero() || t.Before(e.First):
		e.First = t
	}
	if t.After(e.Last) {
		e.Last = t
	}
}

// number is a field that holds a whole number.
func number(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case float64:
		return int64(n), true
	case interface{ Int64() (int64, error) }:
		i, err := n.Int64()
		return i, err == nil
	}
	return 0, false
}

// Most is how many Events are joined at most; the newest are kept.
const Most = 5000

// Read returns the Events that are wanted, ordered by the time at which they happened last, and how many more there were than are
// kept. rev is a revision of the etcd that keeps them, 0 for now; a namespace of "" takes all in.
func Read(ctx context.Context, from *learn.Opened, rev int64, namespace string, wanted func(*Event) bool) (list []Event, more int, err error) {
	span := etcdsource.Prefix(from.Root + folder + namespace)
	if namespace != "" {
		span = etcdsource.Prefix(from.Root + folder + namespace + "/")
	}
	span.Values = true
	err = etcdsource.Each(ctx, from.Source, span, rev, func(x etcdsource.Entry) error {
		e, ok := Of(from.Decoder.Object(x.Key, x.Value, x.Mod))
		if !ok || !wanted(&e) {
			return nil
		}
		e.Stored = etcdsource.Event{Key: slices.Clone(x.Key), Value: slices.Clone(x.Value), Create: x.Create, Mod: x.Mod, Version: x.Version, Lease: x.Lease, Type: etcdsource.Created}
		e.own()
		if list = append(list, e); len(list) >= 2*Most {
			more += newest(&list)
		}
		return nil
	})
	more += newest(&list)
	return list, more, err
}

// own makes the texts those of the Event alone: parts of a decoded object would keep all of it.
func (e *Event) own() {
	for _, s := range []*string{&e.UID, &e.Kind, &e.Namespace, &e.Name, &e.Type, &e.Reason, &e.Message, &e.Reporter} {
		*s = strings.Clone(*s)
	}
}

// newest orders Events by time, keeps the newest, and returns how many it dropped.
func newest(list *[]Event) int {
	slices.SortStableFunc(*list, func(a, b Event) int { return a.Last.Compare(b.Last) })
	drop := max(len(*list)-Most, 0)
	*list = slices.Delete(*list, 0, drop)
	return drop
}

// folder is where Events are, below the root.
const folder = "events/"

// Keeper returns which other etcd of the node keeps the Events of an opened one, nil where it keeps them itself.
func Keeper(o *learn.Opened) *learn.Etcd {
	if o == nil || o.Rootless() {
		return nil
	}
	return o.EtcdOf(o.Root + folder)
}

// lead is how long before something went wrong an Event may say why.
const lead = time.Minute

// About returns the Events about an object from the time on at which it stopped being as it should, zero where that is not
// known: warnings first, of these and of the others the newest first, at most so many.
func About(list []Event, kind, namespace, name string, since time.Time, most int) (out []Event) {
	for _, e := range list {
		if e.Kind == kind && e.Namespace == namespace && e.Name == name && (since.IsZero() || !e.Last.Before(since.Add(-lead))) {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b Event) int {
		if w := a.Type == warning; w != (b.Type == warning) {
			return map[bool]int{true: -1, false: 1}[w]
		}
		return b.Last.Compare(a.Last)
	})
	return out[:min(len(out), most)]
}

// warning is the type of an Event that something is wrong.
const warning = "Warning"
