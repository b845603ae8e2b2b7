package columns

import (
	"fmt"
	"strconv"
	"time"
)

// The cells of a Pod, as printPod of kubernetes pkg/printers/internalversion fills them.

// podCells are what its statuses say.
type podCells struct {
	reason          string
	ready, all      int
	restarts        int
	lastRestart     time.Time
	sidecarRestarts int
	lastSidecar     time.Time
}

func podOf(t map[string]any) podCells {
	p := podCells{reason: Field(t, ".status.phase"), all: len(items(t, ".spec.containers"))}
	phase := p.reason
	p.reason = or(Field(t, ".status.reason"), p.reason)
	for _, c := range items(t, ".status.conditions") {
		if c["type"] == "PodScheduled" && c["reason"] == "SchedulingGated" {
			p.reason = "SchedulingGated"
		}
	}
	if !p.initializing(t) || condition(t, "Initialized") == "True" {
		p.running(t)
	}
	if has(t, ".metadata.deletionTimestamp") {
		switch {
		case Field(t, ".status.reason") == "NodeLost":
			p.reason = "Unknown"
		case phase != "Failed" && phase != "Succeeded":
			p.reason = "Terminating"
		}
	}
	return p
}

// initializing goes through the init containers, and reports whether one of them is not done.
func (p *podCells) initializing(t map[string]any) bool {
	inits := items(t, ".spec.initContainers")
	sidecars := map[string]bool{}
	for _, c := range inits {
		if c["restartPolicy"] == "Always" {
			sidecars[scalar(c["name"])] = true
			p.all++
		}
	}
	for i, c := range items(t, ".status.initContainerStatuses") {
		p.restarted(c, false)
		sidecar := sidecars[scalar(c["name"])]
		if sidecar {
			p.restarted(c, true)
		}
		ended := entries(c, ".state.terminated")
		switch waits := Field(c, ".state.waiting.reason"); {
		case ended != nil && number(ended, ".exitCode") == 0:
			continue
		case sidecar && c["started"] == true:
			if c["ready"] == true {
				p.ready++
			}
			continue
		case ended != nil:
			p.reason = "Init:" + endedAs(ended)
		case waits != "" && waits != "PodInitializing":
			p.reason = "Init:" + waits
		default:
			p.reason = fmt.Sprintf("Init:%d/%d", i, len(inits))
		}
		return true
	}
	return false
}

// restarted adds the restarts of a container, to those of the sidecars or to all.
func (p *podCells) restarted(c map[string]any, sidecar bool) {
	n, last := &p.restarts, &p.lastRestart
	if sidecar {
		n, last = &p.sidecarRestarts, &p.lastSidecar
	}
	*n += number(c, ".restartCount")
	if at, err := time.Parse(time.RFC3339, Field(c, ".lastState.terminated.finishedAt")); err == nil && at.After(*last) {
		*last = at
	}
}

// endedAs is why a container ended: a reason, a signal or its exit code.
func endedAs(ended map[string]any) string {
	if r := Field(ended, ".reason"); r != "" {
		return r
	}
	if n := number(ended, ".signal"); n != 0 {
		return fmt.Sprintf("Signal:%d", n)
	}
	return fmt.Sprintf("ExitCode:%d", number(ended, ".exitCode"))
}

// running goes through the containers: the first one has the last word.
func (p *podCells) running(t map[string]any) {
	p.restarts, p.lastRestart = p.sidecarRestarts, p.lastSidecar
	runs, failed := false, ""
	list := items(t, ".status.containerStatuses")
	for i := len(list) - 1; i >= 0; i-- {
		c := list[i]
		p.restarted(c, false)
		ended := entries(c, ".state.terminated")
		switch waits := Field(c, ".state.waiting.reason"); {
		case waits != "":
			p.reason = waits
		case ended != nil:
			p.reason = endedAs(ended)
			if number(ended, ".exitCode") != 0 {
				failed = p.reason
			}
		case c["ready"] == true && has(c, ".state.running"):
			runs = true
			p.ready++
		}
	}
	if p.reason != "Completed" {
		return
	}
	switch {
	case runs && condition(t, "Ready") == "True":
		p.reason = "Running"
	case failed != "":
		p.reason = failed
	case runs:
		p.reason = "NotReady"
	}
}

func podReady(t map[string]any) string {
	p := podOf(t)
	return fmt.Sprintf("%d/%d", p.ready, p.all)
}

func podStatus(t map[string]any) string { return podOf(t).reason }

func podRestarts(t map[string]any) Cell {
	p := podOf(t)
	if p.restarts == 0 || p.lastRestart.IsZero() {
		return Cell{Text: strconv.Itoa(p.restarts)}
	}
	return Cell{Text: strconv.Itoa(p.restarts) + " (", Since: p.lastRestart, After: " ago)"}
}

func podIP(t map[string]any) string {
	if ip := Field(t, ".status.podIP"); ip != "" { // it wins where the two disagree
		return ip
	}
	for _, ip := range items(t, ".status.podIPs") {
		return orNone(scalar(ip["ip"]))
	}
	return "<none>"
}

func podGates(t map[string]any) string {
	gates, met := items(t, ".spec.readinessGates"), 0
	for _, g := range gates {
		if condition(t, scalar(g["conditionType"])) == "True" {
			met++
		}
	}
	if len(gates) == 0 {
		return "<none>"
	}
	return fmt.Sprintf("%d/%d", met, len(gates))
}

var podColumns = []Column{
	col("READY", podReady), col("STATUS", podStatus), {Head: "RESTARTS", moment: podRestarts}, age,
	{Head: "IP", Wide: true, value: podIP},
	{Head: "NODE", Wide: true, near: true, value: func(t map[string]any) string { return orNone(Field(t, ".spec.nodeName")) }},
	{Head: "NOMINATED NODE", Wide: true, value: func(t map[string]any) string { return orNone(Field(t, ".status.nominatedNodeName")) }},
	{Head: "READINESS GATES", Wide: true, value: podGates},
}
