package reconcile

import (
	"fmt"
	"strings"
)

// rules assess the kinds whose status says more than conditions do, by group and kind.
var rules = map[string]func(s *Status, t tree){
	"apps/Deployment":                     deployment,
	"apps/StatefulSet":                    statefulSet,
	"apps/ReplicaSet":                     replicas,
	"/ReplicationController":              replicas,
	"apps/DaemonSet":                      daemonSet,
	"batch/Job":                           job,
	"/Pod":                                pod,
	"/Node":                               node,
	"/PersistentVolumeClaim":              phase("Bound"),
	"/PersistentVolume":                   phase("Available", "Bound", "Released"),
	"/Namespace":                          namespace,
	"/Service":                            service,
	"policy/PodDisruptionBudget":          budget,
	"autoscaling/HorizontalPodAutoscaler": autoscaler,
	"certificates.k8s.io/CertificateSigningRequest": func(s *Status, t tree) {
		if t.At("status", "conditions").Len() == 0 {
			s.add(weightWaits, "waits for approval")
		}
	},
}

// wanted is a number of replicas, 1 where none is given.
func wanted(t tree) int64 {
	if n, ok := number(t, "spec", "replicas"); ok {
		return n
	}
	return 1
}

// counted compares what is wanted with what is ready.
func counted(s *Status, want, ready int64) {
	s.Want, s.Ready = want, ready
	switch {
	case ready == 0 && want > 0:
		s.add(weightDown, "none of %d ready", want)
	case ready < want:
		s.add(weightShort, "%d of %d ready", ready, want)
	}
}

func replicas(s *Status, t tree) {
	counted(s, wanted(t), count(t, "status", "readyReplicas"))
	if have := count(t, "status", "replicas"); have > s.Want {
		s.add(weightWaits, "%d there where %d are wanted", have, s.Want)
	}
	if c := find(t, "ReplicaFailure"); text(c, "status") == "True" {
		s.add(weightFailed, "%s", condition(c))
	}
}

func deployment(s *Status, t tree) {
	replicas(s, t)
	if n := count(t, "status", "updatedReplicas"); n < s.Want && !isTrue(t, "spec", "paused") {
		s.add(weightUpdate, "%d of %d updated", n, s.Want)
	}
	if c := find(t, "Progressing"); text(c, "status") == "False" {
		s.add(weightFailed, "%s", condition(c))
	}
}

func statefulSet(s *Status, t tree) {
	replicas(s, t)
	if now, next := text(t, "status", "currentRevision"), text(t, "status", "updateRevision"); now != next && text(t, "spec", "updateStrategy", "type") != "OnDelete" {
		s.add(weightUpdate, "%d of %d updated", count(t, "status", "updatedReplicas"), s.Want)
	}
}

func daemonSet(s *Status, t tree) {
	counted(s, count(t, "status", "desiredNumberScheduled"), count(t, "status", "numberReady"))
	if n := count(t, "status", "updatedNumberScheduled"); n < s.Want && text(t, "spec", "updateStrategy", "type") != "OnDelete" {
		s.add(weightUpdate, "%d of %d updated", n, s.Want)
	}
	if n := count(t, "status", "numberMisscheduled"); n > 0 {
		s.add(weightWaits, "%d run where they should not", n)
	}
}

func job(s *Status, t tree) {
	s.Want, s.Ready = 1, count(t, "status", "succeeded")
	if n, ok := number(t, "spec", "completions"); ok {
		s.Want = n
	}
	for _, kind := range []string{"Failed", "FailureTarget"} {
		if c := find(t, kind); text(c, "status") == "True" {
			s.add(weightFailed, "%s", condition(c))
			return
		}
	}
	if c := find(t, "Complete"); text(c, "status") != "True" && !isTrue(t, "spec", "suspend") {
		s.add(weightRunning, "%d of %d done, %d failed", s.Ready, s.Want, count(t, "status", "failed"))
	}
}

// times counts restarts in words.
func times(n int64) string {
	if n == 1 {
		return "1 restart"
	}
	return fmt.Sprintf("%d restarts", n)
}

func pod(s *Status, t tree) {
	p := text(t, "status", "phase")
	if p == "Succeeded" {
		return
	}
	before, weight := s.Weight, weightPod
	if p == "Failed" { // it has ended
		weight = weightShort
	}
	for c := range containers(t) {
		if w := c.At("state", "waiting"); w.IsObject() && text(w, "reason") != "PodInitializing" && text(w, "reason") != "ContainerCreating" {
			s.add(weight, "%s waits: %s, %s", text(c, "name"), text(w, "reason"), times(count(c, "restartCount")))
		}
		if e := c.At("state", "terminated"); e.IsObject() && count(e, "exitCode") != 0 {
			s.add(weight, "%s ended: %s, exit code %d, %s", text(c, "name"), text(e, "reason"), count(e, "exitCode"), times(count(c, "restartCount")))
		}
	}
	switch scheduled, ready := find(t, "PodScheduled"), find(t, "Ready"); {
	case p == "Failed":
		s.add(weightFailed, "%s", strings.TrimSpace("failed "+text(t, "status", "reason"))+" "+text(t, "status", "message"))
	case text(scheduled, "status") == "False" && text(scheduled, "reason") == "SchedulingGated":
		s.add(weightShort, "%s", condition(scheduled))
	case text(scheduled, "status") == "False":
		s.add(weightPod, "%s", condition(scheduled))
	case s.Weight > before:
	case p == "Pending":
		s.add(weightWaits, "pending")
	case text(ready, "status") != "True":
		s.add(weightWaits, "not ready")
	}
	if s.Weight == before {
		restarting(s, t)
	}
}

func node(s *Status, t tree) {
	ready := find(t, "Ready")
	if text(ready, "status") != "True" {
		why := "Ready unknown"
		if !ready.Missing() {
			why = condition(ready)
		}
		s.add(weightNode, "%s", why)
	}
	for c := range objects(t, "status", "conditions") {
		if kind := text(c, "type"); text(c, "status") == "True" && isBad(kind) {
			s.add(weightFailed, "%s", condition(c))
		}
	}
}

// phase expects one of some phases.
func phase(fine ...string) func(*Status, tree) {
	return func(s *Status, t tree) {
		p := text(t, "status", "phase")
		for _, f := range fine {
			if p == f {
				return
			}
		}
		if p == "" {
			p = "no phase yet"
		}
		s.add(weightShort, "%s", p)
	}
}

// namespace says what is left in one that is being deleted: its conditions say that in whole sentences.
func namespace(s *Status, t tree) {
	for c := range objects(t, "status", "conditions") {
		if text(c, "status") != "True" || !isBad(text(c, "type")) {
			continue
		}
		why := text(c, "message")
		if why == "" {
			why = condition(c)
		}
		s.add(weightFailed, "%s", why)
	}
}

func service(s *Status, t tree) {
	if text(t, "spec", "type") == "LoadBalancer" && t.At("status", "loadBalancer", "ingress").Len() == 0 {
		s.add(weightWaits, "no load balancer gave it an address")
	}
}

func budget(s *Status, t tree) {
	s.Want, s.Ready = count(t, "status", "desiredHealthy"), count(t, "status", "currentHealthy")
	if s.Ready < s.Want {
		s.add(weightShort, "%d healthy where %d are demanded", s.Ready, s.Want)
	}
}

func autoscaler(s *Status, t tree) {
	s.Want, s.Ready = count(t, "status", "desiredReplicas"), count(t, "status", "currentReplicas")
	if s.Ready != s.Want {
		s.add(weightWaits, "%d replicas, %d desired", s.Ready, s.Want)
	}
	for _, kind := range []string{"AbleToScale", "ScalingActive"} {
		if c := find(t, kind); text(c, "status") == "False" {
			s.add(weightWaits, "%s", condition(c))
		}
	}
}
