package reconcile

import (
	"encoding/json"
	"fmt"
	"strconv"
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
	Weight                       int   // 0: it is as it should be; the larger, the worse
	Why                          []string
	Restarts                     // where they are all that is wrong
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
	if o == nil || !o.IsKubernetes() || o.Secret || o.Kind == "Event" || o.Kind == "Lease" {
		return s, false
	}
	rule := rules[o.Group+"/"+o.Kind]
	t := about(o, rule != nil || o.Kind == "Namespace")
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
	return s, rule != nil || t["status"] != nil || s.Weight > 0
}

// looked are the fields of a spec that rules look at.
var looked = []string{"replicas", "paused", "updateStrategy", "completions", "suspend", "type", "finalizers"}

// about is what is looked at of an object: how it is, whether it is being deleted, and where there is a rule for its kind, some
// of what is wanted. What a ConfigMap holds has no say in that, and can be a megabyte.
func about(o *decode.Object, ruled bool) map[string]any {
	t, md := map[string]any{}, map[string]any{}
	for _, f := range []string{"deletionTimestamp", "finalizers"} {
		md[f] = o.Field("metadata", f)
	}
	t["metadata"] = md
	if o.HasStatus() {
		t["status"] = o.Field("status")
	}
	if !ruled {
		return t
	}
	spec := map[string]any{}
	for _, f := range looked {
		if v := o.Field("spec", f); v != nil {
			spec[f] = v
		}
	}
	t["spec"] = spec
	return t
}

// add notes something that is not as it should be; the arguments may be untrusted.
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
func deletion(s *Status, t map[string]any) {
	if text(t, "metadata", "deletionTimestamp") == "" {
		return
	}
	var names []string
	for _, f := range list(t, "metadata", "finalizers") {
		names = append(names, fmt.Sprint(f))
	}
	own := s.Kind == "Namespace" && len(list(t, "spec", "finalizers")) > 0 // waits for what is in it
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

// conditions describes those that are not as they should be.
func conditions(s *Status, t map[string]any) {
	for _, c := range maps(t, "status", "conditions") {
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
func condition(c map[string]any) string {
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

// find returns the condition of a type, nil where there is none.
func find(t map[string]any, kind string) map[string]any {
	for _, c := range maps(t, "status", "conditions") {
		if text(c, "type") == kind {
			return c
		}
	}
	return nil
}

// dig walks down fields.
func dig(t map[string]any, path ...string) any {
	for _, f := range path[:len(path)-1] {
		t, _ = t[f].(map[string]any)
	}
	return t[path[len(path)-1]]
}

func text(t map[string]any, path ...string) string {
	s, _ := dig(t, path...).(string)
	return s
}

func number(t map[string]any, path ...string) (int64, bool) {
	n, ok := dig(t, path...).(json.Number)
	if !ok {
		return 0, false
	}
	v, err := strconv.ParseInt(n.String(), 10, 64)
	return v, err == nil
}

// count is a number that is left out where it is 0.
func count(t map[string]any, path ...string) int64 {
	n, _ := number(t, path...)
	return n
}

func list(t map[string]any, path ...string) []any {
	l, _ := dig(t, path...).([]any)
	return l
}

func maps(t map[string]any, path ...string) (out []map[string]any) {
	for _, v := range list(t, path...) {
		if m, ok := v.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}
