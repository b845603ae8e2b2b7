package rules

import (
	"encoding/json"
	"strings"

	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// builtin are the groups of the kinds whose status kube-controller-manager keeps.
var builtin = map[string]bool{"": true, "apps": true, "batch": true, "policy": true, "autoscaling": true, "discovery.k8s.io": true}

// statusOfOneWriter is for changes that the entries do not explain, of kinds that few components write.
var statusOfOneWriter = Rule{
	Name: "statusOfOneWriter",
	Judge: func(c *Case) (Finding, bool) {
		v := c.Cur
		switch {
		case v.Kind == "Endpoints" && v.Group == "" && onlyManager(c, evidence.ControllerManager):
			return by(Likely, evidence.ControllerManager, "endpoint-controller", "Endpoints are kept by the endpoint-controller, their only manager")
		case v.Kind == "EndpointSlice" && sliceController(v) != "" && onlyManager(c, evidence.ControllerManager):
			return by(Likely, evidence.ControllerManager, sliceController(v), "EndpointSlices with this label are kept by the %s, their only manager", sliceController(v))
		case v.Kind == "ResourceQuota" && v.Group == "" && c.Only(".status"):
			return quotaStatus(c)
		case v.Kind == "Pod" && v.Group == "" && v.Text("spec", "nodeName") != "" && len(c.Added) == 0 && c.Only(".status"):
			return podStatusRemoved(c)
		case !c.Only(".status"):
			return Finding{}, false
		case len(c.Added) == 0 && c.Memory.NamesSubresources():
			return statusRemoved(c)
		case builtin[v.Group]:
			return statusByManager(c)
		}
		return Finding{}, false
	},
}

// onlyManager reports whether a component is the only manager of an object.
func onlyManager(c *Case, component string) bool {
	for i := range c.Cur.Entries {
		if !c.is(c.Cur.Entries[i].Manager, component) {
			return false
		}
	}
	return len(c.Cur.Entries) > 0
}

// quotaStatus separates the two writers of a ResourceQuota's status: admission only ever raises what is used.
func quotaStatus(c *Case) (Finding, bool) {
	up, down := 0, 0
	for i := range c.Changes {
		ch := &c.Changes[i]
		if !strings.HasPrefix(ch.Path, ".status.used") || ch.Op != diff.Replace {
			continue
		}
		switch compareQuantities(ch.Old, ch.New) {
		case 1:
			up++
		case -1:
			down++
		}
	}
	switch {
	case up > 0 && down == 0:
		return by(Likely, evidence.APIServer, "", "used only rose: admission counts what is being created")
	case down > 0 && up == 0:
		return by(Likely, evidence.ControllerManager, "resourcequota-controller", "used fell: the resourcequota-controller counted again")
	}
	return Finding{}, false
}

// podStatusRemoved is for fields of a pod's status that went, and that the kubelet alone owned.
func podStatusRemoved(c *Case) (Finding, bool) {
	for i := range c.Prev.Entries {
		e := &c.Prev.Entries[i]
		n, _ := e.Covers(c.Removed)
		switch {
		case n > 0 && !c.is(e.Manager, evidence.Kubelet):
			return Finding{}, false
		case n > 0 && n == len(c.Removed) && c.Memory.IsStatus(e):
			return by(Likely, evidence.Kubelet, "", "only fields of the status were removed, all of which the kubelet of %s owned", c.Cur.Text("spec", "nodeName"))
		}
	}
	return Finding{}, false
}

// statusRemoved is for fields of a status that went: who alone writes the status subresource, and owned them all, removed
// them.
func statusRemoved(c *Case) (Finding, bool) {
	if c.Cur.Kind == "Pod" { // several components write it without leaving an entry
		return Finding{}, false
	}
	var status []*evidence.Entry
	for i := range c.Prev.Entries {
		if e := &c.Prev.Entries[i]; e.Subresource == "status" {
			status = append(status, e)
		} else if n, _ := e.Covers(c.Removed); n > 0 { // a status that others write too, past the subresource
			return Finding{}, false
		}
	}
	if len(status) == 0 || !evidence.SameComponent(status) {
		return Finding{}, false
	}
	for _, e := range status {
		if n, _ := e.Covers(c.Removed); n > 0 && n == len(c.Removed) {
			return byEntry(c, Likely, e, "; nobody else writes this status")
		}
	}
	return Finding{}, false
}

// statusByManager is for the status of a built-in kind that kube-controller-manager alone writes.
func statusByManager(c *Case) (Finding, bool) {
	var fit []*evidence.Entry
	for i := range c.Cur.Entries {
		e := &c.Cur.Entries[i]
		n, _ := e.Covers(c.Added)
		m, _ := e.Covers(c.Removed)
		if c.Memory.IsStatus(e) && (n > 0 && n == len(c.Added) || len(c.Added) == 0 && m > 0) {
			fit = append(fit, e)
		}
	}
	if len(fit) == 0 || !evidence.SameComponent(fit) || !c.is(fit[0].Manager, evidence.ControllerManager) {
		return Finding{}, false
	}
	return byEntry(c, Likely, fit[0], "; nobody else writes this status")
}

// onlyOwnershipChanged is for writes that changed no field: only who owns what, or the stored form.
var onlyOwnershipChanged = Rule{
	Name: "onlyOwnershipChanged",
	Judge: func(c *Case) (Finding, bool) {
		if len(c.Changes) > 0 {
			return Finding{}, false
		}
		if c.Prev.Encryption != c.Cur.Encryption {
			return unknown("encrypted again, the fields are the same: any write of the same content does that")
		}
		if gone := evidence.Dropped(c.Prev.Entries, c.Cur.Entries); len(gone) > 0 {
			return unknown("only managedFields changed: the entry of %s was removed", gone[0].Manager)
		}
		switch {
		case c.Prev.SamePlain(c.Cur.Object):
			return unknown("written again as it was: nothing says who did")
		case c.Prev.Problem+c.Cur.Problem != "":
			return unknown("the stored bytes differ, and not all of them could be decoded")
		}
		return unknown("the fields are the same; the stored bytes differ")
	},
}

// updateUnexplained is the last rule: some client wrote the object.
var updateUnexplained = Rule{
	Name: "updateUnexplained",
	Judge: func(c *Case) (Finding, bool) {
		if len(c.Added) == 0 && len(c.Removed) > 0 {
			return unknown("only removals, which leave no entry: %s", Nameless)
		}
		return unknown("no managedFields entry accounts for this change: %s", Nameless)
	},
}

// compareQuantities compares two quantities: 1 where the second is more, -1 where it is less, 0 where that is not known.
func compareQuantities(a, b any) int {
	x, okx := quantity(a)
	y, oky := quantity(b)
	switch {
	case !okx || !oky || x == y:
		return 0
	case x < y:
		return 1
	}
	return -1
}

// suffixes are those of Kubernetes' quantities.
var suffixes = map[string]float64{
	"": 1, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40, "Pi": 1 << 50,
}

// quantity parses a quantity.
func quantity(v any) (float64, bool) {
	s, ok := v.(string)
	if n, isNumber := v.(json.Number); isNumber {
		s, ok = n.String(), true
	}
	if !ok {
		return 0, false
	}
	end := len(s)
	for end > 0 && (s[end-1] < '0' || s[end-1] > '9') {
		end--
	}
	unit, known := suffixes[s[end:]]
	n, err := json.Number(s[:end]).Float64()
	return n * unit, known && err == nil
}
