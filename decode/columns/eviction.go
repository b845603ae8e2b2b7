package columns

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The cells of lifecycle.k8s.io, and of other types whose cells are sums.

func evictionTarget(t map[string]any) string {
	if !has(t, ".spec.target.pod") {
		return "<unset>"
	}
	return Field(t, ".spec.target.pod.name")
}

func evictionTargetType(t map[string]any) string {
	if !has(t, ".spec.target.pod") {
		return "<unset>"
	}
	return "Pod"
}

func evictionStatus(t map[string]any) string {
	status := "Pending"
	if number(t, ".status.observedGeneration") > 0 {
		status = "Progressing"
	}
	for _, kind := range []string{"Failed", "TargetEvicted"} { // the last one counts
		for _, c := range items(t, ".status.conditions") {
			if c["type"] == kind {
				if c["status"] == "True" {
					status = kind + " (" + scalar(c["reason"]) + ")"
				}
				break
			}
		}
	}
	return status
}

// activeResponder is the last one that is active, else the last that is done; nil where there is none.
func activeResponder(t map[string]any) (last map[string]any, begun, all int) {
	var done, active map[string]any
	list := items(t, ".status.targetResponders")
	for _, r := range list {
		switch r["state"] {
		case "Canceled", "Interrupted", "Completed":
			begun++
			done = r
		case "Active":
			begun++
			active = r
		}
	}
	if active != nil {
		return active, begun, len(list)
	}
	return done, begun, len(list)
}

// responder is what the active responder says of itself.
func responder(t map[string]any) (state string, r map[string]any) {
	active, _, _ := activeResponder(t)
	if active == nil {
		return "", nil
	}
	for _, r := range items(t, ".status.responders") {
		if r["name"] == active["name"] {
			return scalar(active["state"]), r
		}
	}
	return "", nil
}

func evictionResponder(t map[string]any) string {
	r, begun, all := activeResponder(t)
	name := "<unset>"
	if r != nil {
		name = scalar(r["name"])
	}
	return fmt.Sprintf("%s (%d/%d)", name, begun, all)
}

func responderStatus(t map[string]any) Cell {
	state, r := responder(t)
	at, before := time.Time{}, ""
	switch {
	case r == nil:
		return Cell{Text: "<unset>"}
	case state == "Active":
		at, before = moment(r, ".startTime"), "Started ("
	case state == "Completed":
		at, before = moment(r, ".completionTime"), state+" ("
	}
	if at.IsZero() {
		return Cell{Text: state}
	}
	return Cell{Text: before, Since: at, After: " ago)"}
}

// responderFinish is when the active responder expects to be done; in the past where it is late.
func responderFinish(t map[string]any) Cell {
	state, r := responder(t)
	switch {
	case r == nil:
		return Cell{Text: Unknown}
	case state != "Active":
		return Cell{Text: "-"}
	}
	if at := moment(r, ".expectedCompletionTime"); !at.IsZero() && !moment(r, ".startTime").IsZero() {
		return Cell{Since: at, After: " ago", until: true}
	}
	return Cell{Text: Unknown}
}

func responderHeartbeat(t map[string]any) Cell {
	if _, r := responder(t); r != nil && has(r, ".heartbeatTime") {
		return Cell{Since: moment(r, ".heartbeatTime"), After: " ago"}
	}
	return Cell{Text: "<unset>"}
}

func responderMessage(t map[string]any) string {
	_, r := responder(t)
	return or(strings.TrimSpace(Field(r, ".message")), "<unset>")
}

func evictionRequesters(t map[string]any) string {
	var out []string
	all := items(t, ".status.requesters")
	for _, r := range all {
		if r["intent"] != "Withdrawn" {
			out = append(out, scalar(r["name"]))
		}
	}
	slices.Sort(out)
	switch {
	case len(out) > 0:
		return short(out, 1, "<unset>")
	case len(all) > 0:
		return "<withdrawn>"
	}
	return "<none>"
}

// pools are the figures of a ResourcePoolStatusRequest: one of them, summed over the pools.
func pools(name string) func(map[string]any) string {
	return func(t map[string]any) string {
		if !has(t, ".status") || poolStatus(t) == "Failed" {
			return "-"
		}
		n := 0
		for _, p := range items(t, ".status.pools") {
			switch {
			case name == "validationError" && p[name] != nil:
				n++
			case name != "validationError":
				n += number(p, "."+name)
			}
		}
		return fmt.Sprint(n)
	}
}

// poolStatus is the first condition that is met.
func poolStatus(t map[string]any) string {
	for _, c := range items(t, ".status.conditions") {
		if k := scalar(c["type"]); c["status"] == "True" && (k == "Complete" || k == "Failed") {
			return k
		}
	}
	return "Pending"
}

func poolProgress(t map[string]any) string {
	s, have, all := poolStatus(t), len(items(t, ".status.pools")), number(t, ".status.poolCount")
	if s == "Complete" && all > have {
		return fmt.Sprintf("Complete (%d/%d pools)", have, all)
	}
	return s
}

func poolCompleted(t map[string]any) Cell {
	for _, c := range items(t, ".status.conditions") {
		if c["type"] == "Complete" && poolStatus(t) == "Complete" {
			return seen(moment(c, ".lastTransitionTime"))
		}
	}
	return Cell{Text: "<none>"}
}

// podGroupStatus is what the conditions of a group of pods say.
func podGroupStatus(t map[string]any) string {
	status := "Pending"
	for _, kind := range []string{"PodGroupInitiallyScheduled", "DisruptionTarget"} { // the last one counts
		for _, c := range items(t, ".status.conditions") {
			switch {
			case c["type"] != kind:
			case kind == "DisruptionTarget":
				status = scalar(c["reason"])
			case c["status"] == "True":
				status = "Scheduled"
			default:
				status = "Unschedulable"
			}
		}
	}
	return status
}

func gang(t map[string]any) string {
	if has(t, ".spec.schedulingPolicy.gang") {
		return "Gang"
	}
	return "Basic"
}
