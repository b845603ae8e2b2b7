package attribution

import (
	"strings"

	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/fields"
)

// createdByManagers is for objects whose managedFields tell who made them: usually there is one entry.
func createdByManagers(c *ctx) (finding, bool) {
	list := c.cur.entries
	if len(list) == 0 {
		return finding{}, false
	}
	all := make([]*entry, 0, len(list))
	for i := range list {
		all = append(all, &list[i])
	}
	if sameManager(all) {
		f, ok := by(Certain, all[0].Manager, "", "created; managedFields know one manager: %s%s", all[0], c.meaning(all[0]))
		f.stored, f.quoted = true, all[0]
		return f, ok
	}
	// Webhooks and strategies add entries of their own: who asked owns the spec.
	var spec []*entry
	for _, e := range all {
		if owns(e, "spec") || owns(e, "data") {
			spec = append(spec, e)
		}
	}
	if len(spec) > 0 && sameManager(spec) {
		return by(Likely, spec[0].Manager, "", "created with %d managers; the spec is owned by %s", len(list), spec[0])
	}
	return unknown("created with %d managers, none of which owns the spec alone", len(list))
}

// owns reports whether an entry owns a top-level field, or something below it.
func owns(e *entry, field string) bool { return e.Set.Match(diff.Split("."+field)) != fields.None }

// createdByEvent is for Events without managedFields: they name who reports.
func createdByEvent(c *ctx) (finding, bool) {
	if c.cur == nil || c.cur.Kind != "Event" || len(c.cur.entries) > 0 {
		return finding{}, false
	}
	name := eventComponent(c.cur)
	switch {
	case name == "":
		return finding{}, false
	case component(name) == scheduler, name == kubelet:
		return by(Likely, component(name), "", "the Event's source is %s", name)
	case controllers[name]:
		return by(Likely, controlMgr, name, "the Event's source is %s", name)
	}
	return by(Guess, name, "", "the Event's source is %s", name)
}

// createdBare is for objects without a field of their own, which have no managedFields.
func createdBare(c *ctx) (finding, bool) {
	if c.cur == nil || !c.cur.IsKubernetes() {
		return finding{}, false
	}
	if c.cur.Kind == "ServiceAccount" && c.cur.Group == "" {
		switch {
		case c.cur.Name == "default":
			return by(Certain, controlMgr, "service-account-controller", "the ServiceAccount default is made for each namespace, by one controller only")
		case c.cur.Namespace == "kube-system" && controllers[c.cur.Name]:
			return by(Certain, controlMgr, "", "the ServiceAccount of a controller, made by kube-controller-manager for itself")
		case c.cur.Namespace == "kube-system" && strings.HasSuffix(c.cur.Name, "-controller"):
			return by(Guess, controlMgr, "", "a ServiceAccount of kube-system named like those that kube-controller-manager makes for itself")
		}
	}
	if c.cur.Problem != "" {
		return unknown("the value cannot be read: %s", c.cur.Problem)
	}
	return unknown("created without managedFields: %s", nameless)
}
