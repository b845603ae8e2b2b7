package columns

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"
)

// span is kubectl's short form of a duration.
func span(d time.Duration) string { return duration.HumanDuration(d) }

// subjects are those of a kind in a role binding.
func subjects(kind string) func(map[string]any) string {
	return func(t map[string]any) string {
		var out []string
		for _, s := range items(t, ".subjects") {
			switch {
			case s["kind"] != kind:
			case kind == "ServiceAccount":
				out = append(out, scalar(s["namespace"])+"/"+scalar(s["name"]))
			default:
				out = append(out, scalar(s["name"]))
			}
		}
		return strings.Join(out, ", ")
	}
}

var roleBinding = with([]Column{col("ROLE", func(t map[string]any) string { return Field(t, ".roleRef.kind") + "/" + Field(t, ".roleRef.name") }), age},
	wide(col("USERS", subjects("User")), col("GROUPS", subjects("Group")), col("SERVICEACCOUNTS", subjects("ServiceAccount"))))

// csrSigner is the signer that is asked for; v1beta1 did not always name one.
func csrSigner(t map[string]any) string {
	none := "<none>"
	if Field(t, ".apiVersion") == "certificates.k8s.io/v1beta1" {
		none = "kubernetes.io/legacy-unknown"
	}
	return or(Field(t, ".spec.signerName"), none)
}

func csrDuration(t map[string]any) string {
	if !has(t, ".spec.expirationSeconds") {
		return "<none>"
	}
	return span(time.Duration(number(t, ".spec.expirationSeconds")) * time.Second)
}

func csrCondition(t map[string]any) string {
	is := map[string]bool{}
	for _, c := range items(t, ".status.conditions") {
		is[scalar(c["type"])] = true
	}
	s := "Pending"
	switch {
	case is["Denied"]:
		s = "Denied"
	case is["Approved"]:
		s = "Approved"
	}
	if is["Failed"] {
		s += ",Failed"
	}
	if Field(t, ".status.certificate") != "" {
		s += ",Issued"
	}
	return s
}

// lastOf is the last condition that is one of some, whatever its status.
func lastOf(t map[string]any, none string, of ...string) string {
	for _, c := range items(t, ".status.conditions") {
		if k := scalar(c["type"]); slices.Contains(of, k) {
			none = k
		}
	}
	return none
}

// quotas are the resources of a quota, those that are limits or the others.
func quotas(limits bool) func(map[string]any) string {
	return func(t map[string]any) string {
		hard, used, out := entries(t, ".status.hard"), entries(t, ".status.used"), []string(nil)
		for _, r := range slices.Sorted(maps.Keys(hard)) {
			if strings.HasPrefix(r, "limits.") == limits {
				out = append(out, fmt.Sprintf("%s: %s/%s", r, quantity(scalar(used[r])), quantity(scalar(hard[r]))))
			}
		}
		return strings.Join(out, ", ")
	}
}

// paramKind is what an admission policy takes parameters from.
func paramKind(t map[string]any) string {
	if !has(t, ".spec.paramKind") {
		return "<unset>"
	}
	return Field(t, ".spec.paramKind.apiVersion") + "/" + Field(t, ".spec.paramKind.kind")
}

func paramRef(t map[string]any) string {
	ref := entries(t, ".spec.paramRef")
	switch {
	case scalar(ref["name"]) != "":
		return or(scalar(ref["namespace"]), "*") + "/" + scalar(ref["name"])
	case ref["selector"] != nil:
		return selector(ref["selector"]).String()
	}
	return "<unset>"
}

func dangling(t map[string]any) string {
	for _, c := range items(t, ".status.conditions") {
		if c["type"] == "Dangling" {
			return scalar(c["status"])
		}
	}
	return "?"
}

// queuing is a field of the queues of a priority level, at its default where it has queues.
func queuing(name, fallback string) func(map[string]any) string {
	return func(t map[string]any) string {
		q := entries(t, ".spec.limited.limitResponse.queuing")
		if q == nil {
			return "<none>"
		}
		if s := scalar(q[name]); s != "" && s != "0" {
			return s
		}
		return fallback
	}
}

func shares(t map[string]any) string {
	if !has(t, ".spec.limited") {
		return "<none>"
	}
	s := or(Field(t, ".spec.limited.nominalConcurrencyShares"), Field(t, ".spec.limited.assuredConcurrencyShares"))
	if s == "" || s == "0" && Field(t, ".apiVersion") != "flowcontrol.apiserver.k8s.io/v1" { // before v1, 0 was none
		return "30"
	}
	return s
}

func claimState(t map[string]any) string {
	var out []string
	deleted, allocated := has(t, ".metadata.deletionTimestamp"), has(t, ".status.allocation")
	if deleted {
		out = append(out, "deleted")
	}
	switch {
	case allocated && len(items(t, ".status.reservedFor")) > 0:
		out = append(out, "allocated", "reserved")
	case allocated:
		out = append(out, "allocated")
	case !deleted:
		out = append(out, "pending")
	}
	return strings.Join(out, ",")
}

func storageVersions(t map[string]any) string {
	var out []string
	for _, v := range items(t, ".status.storageVersions") {
		out = append(out, scalar(v["apiServerID"])+"="+scalar(v["encodingVersion"]))
	}
	return short(out, 3, "<unset>")
}

func groupResource(t map[string]any) string {
	s := Field(t, ".spec.resource.resource")
	if g := Field(t, ".spec.resource.group"); g != "" {
		s += "." + g
	}
	return s
}

func migration(t map[string]any) string {
	status := "Unknown"
	for _, c := range items(t, ".status.conditions") {
		if k := scalar(c["type"]); c["status"] == "True" && (k == "Running" || k == "Failed" || k == "Succeeded") {
			status = k
		}
	}
	return status
}

func apiService(t map[string]any) string {
	if !has(t, ".spec.service") {
		return "Local"
	}
	return Field(t, ".spec.service.namespace") + "/" + Field(t, ".spec.service.name")
}

// available is as kube-aggregator prints it: the status, with the reason unless it is available.
func available(t map[string]any) string {
	for _, c := range items(t, ".status.conditions") {
		if c["type"] != "Available" {
			continue
		}
		if r := scalar(c["reason"]); c["status"] != "True" && r != "" {
			return scalar(c["status"]) + " (" + r + ")"
		}
		return scalar(c["status"])
	}
	return "Unknown"
}

// secretData is how many values a Secret has: those that were given as text become data.
func secretData(t map[string]any) string {
	n := len(entries(t, ".data"))
	for k := range entries(t, ".stringData") {
		if _, ok := entries(t, ".data")[k]; !ok {
			n++
		}
	}
	return strconv.Itoa(n)
}
