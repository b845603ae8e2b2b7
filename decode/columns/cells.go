package columns

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// The cells that are more than one field, as kubectl fills them.

func podReady(t map[string]any) string {
	ready := 0
	for _, c := range items(t, ".status.containerStatuses") {
		if c["ready"] == true {
			ready++
		}
	}
	return fmt.Sprintf("%d/%d", ready, len(items(t, ".spec.containers")))
}

func podRestarts(t map[string]any) string {
	n := 0
	for _, c := range items(t, ".status.containerStatuses") {
		k, _ := strconv.Atoi(scalar(c["restartCount"]))
		n += k
	}
	return strconv.Itoa(n)
}

// podStatus is the pod's phase, or what says more.
func podStatus(t map[string]any) string {
	status := Field(t, ".status.phase")
	if r := Field(t, ".status.reason"); r != "" {
		status = r
	}
	for _, c := range items(t, ".status.containerStatuses") {
		switch {
		case Field(c, ".state.waiting.reason") != "":
			status = Field(c, ".state.waiting.reason")
		case Field(c, ".state.terminated.reason") != "":
			status = Field(c, ".state.terminated.reason")
		}
	}
	if status == "Pending" && len(items(t, ".spec.schedulingGates")) > 0 {
		status = "SchedulingGated"
	}
	if Field(t, ".metadata.deletionTimestamp") != "" {
		return "Terminating"
	}
	return status
}

func nodeStatus(t map[string]any) string {
	status := "Unknown"
	for _, c := range items(t, ".status.conditions") {
		if c["type"] == "Ready" {
			status = map[string]string{"True": "Ready", "False": "NotReady"}[scalar(c["status"])]
			if status == "" {
				status = "NotReady"
			}
		}
	}
	if Field(t, ".spec.unschedulable") == "true" {
		status += ",SchedulingDisabled"
	}
	return status
}

func nodeRoles(t map[string]any) string {
	meta, _ := t["metadata"].(map[string]any)
	labels, _ := meta["labels"].(map[string]any)
	var roles []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		if r, ok := strings.CutPrefix(k, "node-role.kubernetes.io/"); ok && r != "" {
			roles = append(roles, r)
		}
	}
	return orNone(strings.Join(roles, ","))
}

func servicePorts(t map[string]any) string {
	var out []string
	for _, p := range items(t, ".spec.ports") {
		s := scalar(p["port"])
		if n := scalar(p["nodePort"]); n != "" {
			s += ":" + n
		}
		out = append(out, s+"/"+scalar(p["protocol"]))
	}
	return orNone(strings.Join(out, ","))
}

func endpoints(t map[string]any) string {
	var out []string
	for _, s := range items(t, ".subsets") {
		for _, a := range items(s, ".addresses") {
			for _, p := range items(s, ".ports") {
				out = append(out, scalar(a["ip"])+":"+scalar(p["port"]))
			}
		}
	}
	return orNone(strings.Join(out, ","))
}

func claim(t map[string]any) string {
	ns, name := Field(t, ".spec.claimRef.namespace"), Field(t, ".spec.claimRef.name")
	return strings.Trim(ns+"/"+name, "/")
}

func eventObject(t map[string]any) string {
	ref := ".involvedObject"
	if _, ok := t["regarding"]; ok {
		ref = ".regarding"
	}
	return strings.ToLower(Field(t, ref+".kind")) + "/" + Field(t, ref+".name")
}

func message(t map[string]any) string {
	if s := Field(t, ".message"); s != "" {
		return s
	}
	return Field(t, ".note")
}

func owner(t map[string]any) string {
	for _, o := range items(t, ".metadata.ownerReferences") {
		return strings.ToLower(scalar(o["kind"])) + "/" + scalar(o["name"])
	}
	return "<none>"
}

func jobStatus(t map[string]any) string {
	for _, c := range items(t, ".status.conditions") {
		if kind := scalar(c["type"]); c["status"] == "True" && (kind == "Complete" || kind == "Failed" || kind == "Suspended") {
			return kind
		}
	}
	if Field(t, ".metadata.deletionTimestamp") != "" {
		return "Terminating"
	}
	return "Running"
}

func roleRef(t map[string]any) string {
	return Field(t, ".roleRef.kind") + "/" + Field(t, ".roleRef.name")
}

func apiService(t map[string]any) string {
	ns, name := Field(t, ".spec.service.namespace"), Field(t, ".spec.service.name")
	if name == "" {
		return "Local"
	}
	return ns + "/" + name
}

func conditionOf(kind string) func(map[string]any) string {
	return func(t map[string]any) string {
		for _, c := range items(t, ".status.conditions") {
			if c["type"] == kind {
				return scalar(c["status"])
			}
		}
		return "<unknown>"
	}
}

func csrCondition(t map[string]any) string {
	var out []string
	for _, c := range items(t, ".status.conditions") {
		out = append(out, scalar(c["type"]))
	}
	if len(out) == 0 {
		return "Pending"
	}
	if Field(t, ".status.certificate") != "" {
		out = append(out, "Issued")
	}
	return strings.Join(out, ",")
}
