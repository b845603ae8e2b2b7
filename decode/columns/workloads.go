package columns

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const template = ".spec.template.spec"

func selectorColumn(value func(map[string]any) string) []Column {
	return []Column{{Head: "SELECTOR", Wide: true, value: value}}
}

// ready is "1/3"; without a number of replicas one is wanted.
func ready(t map[string]any) string {
	return fmt.Sprintf("%d/%s", number(t, ".status.readyReplicas"), or(Field(t, ".spec.replicas"), "1"))
}

// deploymentSelector is written by another function than those of the other workloads.
func deploymentSelector(t map[string]any) string {
	s, err := metav1.LabelSelectorAsSelector(workloadSelector(t))
	if err != nil {
		return "<invalid>"
	}
	return s.String()
}

// workloadSelector is the selector, or the labels of the template, which versions before apps/v1beta2 took where there was
// none.
func workloadSelector(t map[string]any) *metav1.LabelSelector {
	old := map[string]bool{"extensions/v1beta1": true, "apps/v1beta1": true}
	if s := selector(lookup(t, ".spec.selector")); s != nil || !old[Field(t, ".apiVersion")] {
		return s
	}
	return selector(map[string]any{"matchLabels": lookup(t, ".spec.template.metadata.labels")})
}

func formatSelector(t map[string]any) string { return metav1.FormatLabelSelector(workloadSelector(t)) }

// controllerSelector is that of a ReplicationController, a map.
func controllerSelector(t map[string]any) string {
	if m := entries(t, ".spec.selector"); len(m) > 0 {
		return formatLabels(m)
	}
	return formatLabels(entries(t, ".spec.template.metadata.labels"))
}

var replicas = []Column{count("DESIRED", ".spec.replicas", "1"), num("CURRENT", ".status.replicas"), num("READY", ".status.readyReplicas"), age}

func controller(t map[string]any) string {
	for _, o := range items(t, ".metadata.ownerReferences") {
		if o["controller"] != true {
			continue
		}
		kind := scalar(o["kind"])
		if group, _, ok := strings.Cut(scalar(o["apiVersion"]), "/"); ok && group != "" {
			kind += "." + group
		}
		if kind == "" {
			return scalar(o["name"])
		}
		return strings.ToLower(kind) + "/" + scalar(o["name"])
	}
	return "<none>"
}

func jobStatus(t map[string]any) string {
	is := func(kind string) bool { return condition(t, kind) == "True" }
	switch {
	case is("Complete"):
		return "Complete"
	case is("Failed"):
		return "Failed"
	case has(t, ".metadata.deletionTimestamp"):
		return "Terminating"
	case is("Suspended"):
		return "Suspended"
	case is("FailureTarget"):
		return "FailureTarget"
	case is("SuccessCriteriaMet"):
		return "SuccessCriteriaMet"
	}
	return "Running"
}

func jobCompletions(t map[string]any) string {
	done := number(t, ".status.succeeded")
	if n := Field(t, ".spec.completions"); n != "" {
		return fmt.Sprintf("%d/%s", done, n)
	}
	if n := number(t, ".spec.parallelism"); n > 1 {
		return fmt.Sprintf("%d/1 of %d", done, n)
	}
	return fmt.Sprintf("%d/1", done)
}

func jobDuration(t map[string]any) Cell {
	from, err := time.Parse(time.RFC3339, Field(t, ".status.startTime"))
	if err != nil {
		return Cell{}
	}
	if to, err := time.Parse(time.RFC3339, Field(t, ".status.completionTime")); err == nil {
		return Cell{Text: span(to.Sub(from))}
	}
	return Cell{Since: from}
}

// ago is a column of the age of a time; none is the cell where there is no such time.
func ago(head, path, none string) Column {
	return Column{Head: head, moment: func(t map[string]any) Cell {
		s := Field(t, path)
		if s == "" {
			return Cell{Text: none}
		}
		return since(s)
	}}
}

// yesNo prints a boolean in kubectl's own words.
func yesNo(head, path string) Column {
	return col(head, func(t map[string]any) string {
		if lookup(t, path) == true {
			return "True"
		}
		return "False"
	})
}

var workloads = map[string][]Column{
	"/ReplicationController": with(replicas, wide(containers(template+".containers")...),
		selectorColumn(controllerSelector)),
	"apps/ReplicaSet": with(replicas, wide(containers(template+".containers")...), selectorColumn(formatSelector)),
	"apps/Deployment": with([]Column{col("READY", ready), num("UP-TO-DATE", ".status.updatedReplicas"), num("AVAILABLE", ".status.availableReplicas"), age},
		wide(containers(template+".containers")...), selectorColumn(deploymentSelector)),
	"apps/StatefulSet": with([]Column{col("READY", ready), age}, wide(containers(template+".containers")...)),
	"apps/DaemonSet": with([]Column{num("DESIRED", ".status.desiredNumberScheduled"), num("CURRENT", ".status.currentNumberScheduled"), num("READY", ".status.numberReady"),
		num("UP-TO-DATE", ".status.updatedNumberScheduled"), num("AVAILABLE", ".status.numberAvailable"),
		col("NODE SELECTOR", func(t map[string]any) string { return formatLabels(entries(t, template+".nodeSelector")) }), age},
		wide(containers(template+".containers")...), selectorColumn(formatSelector)),
	"apps/ControllerRevision": {col("CONTROLLER", controller), num("REVISION", ".revision"), age},
	"batch/Job": with([]Column{col("STATUS", jobStatus), col("COMPLETIONS", jobCompletions), {Head: "DURATION", moment: jobDuration}, age},
		wide(containers(template+".containers")...), selectorColumn(labelSelector(".spec.selector"))),
	"batch/CronJob": with([]Column{field("SCHEDULE", ".spec.schedule", ""), field("TIMEZONE", ".spec.timeZone", "<none>"), yesNo("SUSPEND", ".spec.suspend"),
		length("ACTIVE", ".status.active"), ago("LAST SCHEDULE", ".status.lastScheduleTime", "<none>"), age},
		wide(containers(".spec.jobTemplate"+template+".containers")...), selectorColumn(labelSelector(".spec.jobTemplate.spec.selector"))),
	"/PodTemplate": with(containers(".template.spec.containers"),
		[]Column{col("POD LABELS", func(t map[string]any) string { return formatLabels(entries(t, ".template.metadata.labels")) })}),
}
