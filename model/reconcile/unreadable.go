package reconcile

import (
	"slices"

	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/unreadable"
)

// weightUnread is heavier than all that can be wrong with an object: where one value cannot be read, no LIST of its resource
// can be served.
const weightUnread = 110

// Waiting is Tracker's, without what cannot be read: nothing is known of its state.
func (r *Report) Waiting() []Status {
	return slices.DeleteFunc(r.Account.Waiting(), func(s Status) bool {
		f := r.Unreadable.Fault(s.Key)
		return f != unreadable.None && f != unreadable.Misplaced
	})
}

// Unread are the values that cannot be read, each as an object that has not converged: the worst first, in front of all
// that Waiting returns.
func (r *Report) Unread() (out []Status) {
	list, _ := r.Unreadable.List()
	for _, group := range unreadable.Groups(list) {
		for i := range group {
			v := &group[i]
			s := Status{Key: v.Key, Group: v.Ref.Group, Kind: v.Ref.Kind, Namespace: v.Ref.Namespace, Name: v.Ref.Name, Observed: -1, Want: -1, Ready: -1,
				Weight: weightUnread, Unreadable: true, Why: []string{unreadable.Headline(group), v.Why}, Since: Since{Revision: v.Mod}}
			if v.Fault != unreadable.Damaged {
				s.Weight = weightShort
			}
			out = append(out, s)
		}
	}
	return out
}

// Undecodable is how many values cannot be read.
func (r *Report) Undecodable() int {
	list, n := r.Unreadable.List()
	for i := range list {
		if list[i].Fault != unreadable.Misplaced {
			n++
		}
	}
	return n
}

// NotConverged is how many objects have not converged, with those there was no room for. What cannot be read is none of them.
func (r *Report) NotConverged() int { return len(r.Waiting()) + r.Dropped() }

// maxPast bounds the writes past the API server that are kept.
const maxPast = 1000

// Past are the writes that no API server made: the first ones, and how many there were.
type Past struct {
	Writes []attribution.Attributed
	Count  int
}

// note keeps a write that no API server made.
func (p *Past) note(a *attribution.Attributed) {
	if a.OutOfBand == "" {
		return
	}
	if p.Count++; len(p.Writes) < maxPast {
		kept := *a
		kept.Before, kept.Object, kept.Changes, kept.Value = nil, nil, nil, nil
		p.Writes = append(p.Writes, kept)
	}
}
