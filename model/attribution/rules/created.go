package rules

import (
	"strings"

	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

var createdByReporter = Rule{
	Name: "createdByReporter",
	Before: []Before{
		{"createdWithoutManagedFields", "an Event without managedFields still names who reports it"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if c.Cur == nil || c.Cur.Kind != "Event" || len(c.Cur.Entries) > 0 {
			return Finding{}, false
		}
		name := c.Cur.Reporter()
		switch {
		case name == "":
			return Finding{}, false
		case evidence.Component(name) == evidence.Scheduler, name == evidence.Kubelet:
			return by(Likely, evidence.Component(name), "", "the Event's source is %s", name)
		case reporter(c.Cur) != "":
			return by(Likely, evidence.ControllerManager, reporter(c.Cur), "the Event's source is %s", name)
		}
		return by(Guess, name, "", "the Event's source is %s", name)
	},
}

var createdByManagers = Rule{
	Name: "createdByManagers",
	Before: []Before{
		{"createdWithoutManagedFields", "a ServiceAccount named default that a client created has managedFields"},
	},
	Judge: func(c *Case) (Finding, bool) {
		list := c.Cur.Entries
		if len(list) == 0 {
			return Finding{}, false
		}
		all := make([]*evidence.Entry, 0, len(list))
		for i := range list {
			all = append(all, &list[i])
		}
		if evidence.SameComponent(all) {
			f, ok := by(Certain, all[0].Manager, "", "created; managedFields know one manager: %s%s", all[0], meaning(all[0]))
			f.Stored, f.Quoted = true, all[0]
			return f, ok
		}
		// Webhooks and strategies add entries of their own: who sent the request owns the spec.
		var spec []*evidence.Entry
		for _, e := range all {
			if e.Owns("spec") || e.Owns("data") {
				spec = append(spec, e)
			}
		}
		if len(spec) > 0 && evidence.SameComponent(spec) {
			f, ok := by(Likely, spec[0].Manager, "", "created with %d managers; the spec is owned by %s", len(list), spec[0])
			f.Stored = true
			return f, ok
		}
		return unknown("created with %d managers, none of which owns the spec alone", len(list))
	},
}

// createdWithoutManagedFields is for objects that were created without a field of their own, or before Kubernetes 1.18.
var createdWithoutManagedFields = Rule{
	Name: "createdWithoutManagedFields",
	Judge: func(c *Case) (Finding, bool) {
		v := c.Cur
		if v == nil || !v.IsKubernetes() {
			return Finding{}, false
		}
		if v.Kind == "ServiceAccount" && v.Group == "" {
			switch {
			case v.Name == "default":
				return by(Certain, evidence.ControllerManager, "service-account-controller", "the ServiceAccount default is made for each namespace, by one controller only")
			case v.Namespace == "kube-system" && controllers[v.Name]:
				return by(Certain, evidence.ControllerManager, "", "the ServiceAccount of a controller, made by kube-controller-manager for itself")
			case v.Namespace == "kube-system" && strings.HasSuffix(v.Name, "-controller"):
				return by(Guess, evidence.ControllerManager, "", "a ServiceAccount of kube-system named like those that kube-controller-manager makes for itself")
			}
		}
		if v.Problem != "" {
			return unknown("the value cannot be read: %s", v.Problem)
		}
		return unknown("created without managedFields: %s", Nameless)
	},
}
