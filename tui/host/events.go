package host

import (
	"github.com/etcdscope/etcdscope/model/events"
	"github.com/etcdscope/etcdscope/model/learn"
)

// EventsOf returns the other view of the tab whose etcd keeps the Events of an opened one; nil where it keeps them itself, and while
// that is not open.
func EventsOf(h Host, o *learn.Opened) *Opened {
	e := events.Keeper(o)
	if e == nil {
		return nil
	}
	for _, m := range h.Mates() {
		if m.Target.Etcd == e.Name {
			return &m
		}
	}
	return nil
}
