package reconcile

import (
	"fmt"
	"iter"
	"strings"
	"unique"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
)

// Status is how far an object is from what it should be.
type Status struct {
	Key                          string
	Group, Kind, Namespace, Name string
	Generation, Observed         int64 // Observed is -1 where the object does not tell
	Want, Ready                  int64 // how many are wanted and ready; -1 where the kind counts nothing
	Weight                       int   // 0: it has converged; the larger, the worse
	Why                          []string
	Restarts                     // where they are all that is wrong
	// Unreadable reports that the value cannot be read, or is of another key: nothing is known of the object's state, and Since
	// is when the value was written.
	Unreadable bool
	Since
}

// Since is when an object stopped being as it should.
type Since struct {
	Revision int64
	Time     Stamp
	// AtLeast reports that it was so already in the oldest version that was seen.
	AtLeast bool
}

// Weights of what can be wrong; in between there is room.
const (
	weightNode    = 100 // a node is lost
	weightPod     = 95  // a pod cannot run
	weightHangs   = 90  // something cannot be deleted
	weightDown    = 80  // nothing of it works
	weightCut     = 75  // nothing answers behind it
	weightFailed  = 70
	weightShort   = 60 // some of it works
	weightUpdate  = 50
	weightWaits   = 40
	weightUnseen  = 30 // its controller has not seen the newest generation
	weightRunning = 10 // work that is to end by itself
)

// Assess says how far an object is from what it should be; ok is false for what has no such notion.
func Assess(o *decode.Object) (s Status, ok bool) {
	o.Read(func(r *decode.Reader) { s, ok = assess(o, &subject{o: r}) })
	return s, ok
}

func assess(o *decode.Object, t *subject) (s Status, ok bool) {
	if o == nil || !o.IsKubernetes() || o.Secret || o.Kind == "Event" || o.Kind == "Lease" {
		return s, false
	}
	rule := rules[o.Group+"/"+o.Kind]
	s = Status{Key: string(o.Key), Group: o.Group, Kind: o.Kind, Namespace: o.Namespace, Name: o.Name, Generation: o.Generation, Observed: -1, Want: -1, Ready: -1}
	if n, has := number(t, "status", "observedGeneration"); has {
		s.Observed = n
	}
	if rule != nil {
		rule(&s, t)
	} else {
		conditions(&s, t)
	}
	deletion(&s, t)
	if s.Observed >= 0 && s.Observed < s.Generation {
		s.add(weightUnseen, "generation %d, its controller saw %d", s.Generation, s.Observed)
	}
	return s, rule != nil || !t.At("status").Missing() || s.Weight > 0
}

// subject is an object that is looked at. What a ConfigMap holds has no say in how it is, and can be a megabyte: only what is asked
// for is read.
type subject struct {
	o      *decode.Reader
	status decode.Part
	read   bool // status was
}

// At returns a field. The status is read once.
func (t *subject) At(path ...string) decode.Part {
	if path[0] == "status" {
		if !t.read {
			t.status, t.read = t.o.Status(), true
		}
		return t.status.At(path[1:]...)
	}
	return t.o.At(path...)
}

// tree is an object, or a part of one.
type tree interface {
	At(path ...string) decode.Part
}

// add notes something that has not converged; the arguments may be untrusted.
func (s *Status) add(weight int, format string, args ...any) {
	line, _, _ := clean.Line(strings.TrimSpace(fmt.Sprintf(format, args...)), 1)
	line = clean.End(line, 160)
	if weight > s.Weight { // the worst comes first
		s.Weight, s.Why = weight, append([]string{line}, s.Why...)
		return
	}
	s.Why = append(s.Why, line)
}

// own makes the names texts of their own: those of an object are parts of all of its JSON.
func (s *Status) own() {
	for _, text := range []*string{&s.Group, &s.Kind, &s.Namespace, &s.Name} {
		*text = unique.Make(*text).Value()
	}
}

// deletion describes an object that is being deleted.
func deletion(s *Status, t tree) {
	if text(t, "metadata", "deletionTimestamp") == "" {
		return
	}
	var names []string
	finalizers := t.At("metadata", "finalizers")
	for i := range finalizers.Len() {
		names = append(names, fmt.Sprint(finalizers.Item(i).Value()))
	}
	own := s.Kind == "Namespace" && t.At("spec", "finalizers").Len() > 0 // waits for what is in it
	switch {
	case len(names) == 0 && !own:
		s.add(weightWaits, "being deleted")
	case len(names) == 0 && s.Weight > 0: // the conditions tell what is left
		s.add(weightHangs, "being deleted")
	case len(names) == 0:
		s.add(weightHangs, "being deleted, waits for its content to go")
	case len(names) == 1:
		s.add(weightHangs, "being deleted, waits for finalizer %s", names[0])
	default:
		s.add(weightHangs, "being deleted, waits for finalizers %s", strings.Join(names, ", "))
	}
}

// good are the types of conditions that should be true; all others of these and with these ends should not.
var (
	good = map[string]bool{"Ready": true, "Available": true, "Established": true, "NamesAccepted": true, "Programmed": true, "Accepted": true,
		"Synced": true, "Healthy": true, "Reconciled": true, "Succeeded": true}
	bad     = map[string]bool{"ReplicaFailure": true, "Degraded": true, "Stalled": true, "Failed": true, "NetworkUnavailable": true, "NamespaceDeletionDiscoveryFailure": true}
	badEnds = []string{"Pressure", "Remaining", "Failure"}
)

// conditions describes those that have not converged.
func conditions(s *Status, t tree) {
	for c := range objects(t, "status", "conditions") {
		kind, status := text(c, "type"), text(c, "status")
		switch {
		case good[kind] && status != "True":
			s.add(weightShort, "%s", condition(c))
		case status == "True" && isBad(kind):
			s.add(weightFailed, "%s", condition(c))
		}
	}
}

func isBad(kind string) bool {
	for _, e := range badEnds {
		if strings.HasSuffix(kind, e) {
			return true
		}
	}
	return bad[kind]
}

// condition is "Ready False: KubeletNotReady, the network is not ready".
func condition(c decode.Part) string {
	s := text(c, "type") + " " + text(c, "status")
	var more []string
	for _, f := range []string{"reason", "message"} {
		if v := text(c, f); v != "" {
			more = append(more, v)
		}
	}
	if len(more) > 0 {
		s += ": " + strings.Join(more, ", ")
	}
	return s
}

// find returns the condition of a type, which is missing where there is none.
func find(t tree, kind string) (found decode.Part) {
	for c := range objects(t, "status", "conditions") {
		if text(c, "type") == kind {
			return c
		}
	}
	return found
}

func text(t tree, path ...string) string { return t.At(path...).Text() }

func number(t tree, path ...string) (int64, bool) { return t.At(path...).Number() }

// count is a number that is left out where it is 0.
func count(t tree, path ...string) int64 {
	n, _ := number(t, path...)
	return n
}

func isTrue(t tree, path ...string) bool {
	v, _ := t.At(path...).Bool()
	return v
}

// objects are the items of a list that are objects.
func objects(t tree, path ...string) iter.Seq[decode.Part] {
	return func(yield func(decode.Part) bool) {
		list := t.At(path...)
		for i := range list.Len() {
			if p := list.Item(i); p.IsObject() && !yield(p) {
				return
			}
		}
	}
}

// containers are the states of a pod's containers, of those that begin first too: sidecars are among these.
func containers(t tree) iter.Seq[decode.Part] {
	return func(yield func(decode.Part) bool) {
		for _, list := range []string{"initContainerStatuses", "containerStatuses"} {
			for p := range objects(t, "status", list) {
				if !yield(p) {
					return
				}
			}
		}
	}
}
