package attribution

import (
	"encoding/json"
	"strings"

	"github.com/etcdscope/etcdscope/decode/diff"
)

// builtin are the groups whose kinds kube-controller-manager keeps.
var builtin = map[string]bool{"": true, "apps": true, "batch": true, "policy": true, "autoscaling": true, "discovery.k8s.io": true}

// byKind is for changes that the entries do not explain, of kinds that few write.
func byKind(c *ctx) (finding, bool) {
	v := c.cur
	switch {
	case v.Kind == "Endpoints" && v.Group == "" && c.onlyKeeper(controlMgr):
		return by(Likely, controlMgr, "endpoint-controller", "Endpoints are kept by the endpoint-controller, their only manager")
	case v.Kind == "EndpointSlice" && sliceController(v) != "" && c.onlyKeeper(controlMgr):
		return by(Likely, controlMgr, sliceController(v), "EndpointSlices with this label are kept by the %s, their only manager", sliceController(v))
	case v.Kind == "ResourceQuota" && v.Group == "" && c.only(".status"):
		return c.quota()
	case v.Kind == "Pod" && v.Group == "" && v.Text("spec", "nodeName") != "" && len(c.added) == 0 && c.only(".status"):
		return c.podStatus()
	case builtin[v.Group] && c.only(".status"):
		return c.statusKeeper()
	}
	return finding{}, false
}

// onlyKeeper reports whether a component is the only manager of an object.
func (c *ctx) onlyKeeper(name string) bool {
	for i := range c.cur.entries {
		if !c.e.names.is(c.cur.entries[i].Manager, name) {
			return false
		}
	}
	return len(c.cur.entries) > 0
}

// quota tells the two writers of a ResourceQuota's status apart: admission only ever raises what is used.
func (c *ctx) quota() (finding, bool) {
	up, down := 0, 0
	for i := range c.Changes {
		ch := &c.Changes[i]
		if !strings.HasPrefix(ch.Path, ".status.used") || ch.Op != diff.Replace {
			continue
		}
		switch quantityLess(ch.Old, ch.New) {
		case 1:
			up++
		case -1:
			down++
		}
	}
	switch {
	case up > 0 && down == 0:
		return by(Likely, apiserver, "", "used only rose: admission counts what is being created")
	case down > 0 && up == 0:
		return by(Likely, controlMgr, "resourcequota-controller", "used fell: the resourcequota-controller counted anew")
	}
	return finding{}, false
}

// statusKeeper is for the status of a built-in kind that has one owner.
func (c *ctx) statusKeeper() (finding, bool) {
	var fit []*entry
	for i := range c.cur.entries {
		e := &c.cur.entries[i]
		if n, _ := cover(e, c.added); c.e.ofStatus(e) && (n > 0 && n == len(c.added) || len(c.added) == 0 && coversSome(e, c.removed)) {
			fit = append(fit, e)
		}
	}
	if len(fit) == 0 || !sameManager(fit) || !c.e.names.is(fit[0].Manager, controlMgr) {
		return finding{}, false
	}
	return c.entry(Likely, fit[0], "; nobody else writes this status")
}

// podStatus is for fields of a pod's status that went, and that the kubelet alone owned.
func (c *ctx) podStatus() (finding, bool) {
	for i := range c.prev.entries {
		e := &c.prev.entries[i]
		n, _ := cover(e, c.removed)
		switch {
		case n > 0 && !c.e.names.is(e.Manager, kubelet):
			return finding{}, false
		case n > 0 && n == len(c.removed) && c.e.ofStatus(e):
			return by(Likely, kubelet, "", "only fields of the status went, all of which the kubelet of %s owned", c.cur.Text("spec", "nodeName"))
		}
	}
	return finding{}, false
}

func coversSome(e *entry, paths []path) bool {
	n, _ := cover(e, paths)
	return n > 0
}

// ownershipOnly is for writes that changed nothing but who owns what.
func ownershipOnly(c *ctx) (finding, bool) {
	if len(c.Changes) > 0 {
		return finding{}, false
	}
	if c.prev.Encryption != c.cur.Encryption {
		return unknown("encrypted anew, no field changed: any write of the same content does that")
	}
	if gone := went(c.prev.entries, c.cur.entries); len(gone) > 0 {
		return unknown("only managedFields changed: the entry of %s went", gone[0].Manager)
	}
	return unknown("no field changed; the stored form did")
}

// unexplained is the honest end of the list.
func unexplained(c *ctx) (finding, bool) {
	if len(c.added) == 0 && len(c.removed) > 0 {
		return unknown("only removals, which leave no entry: %s", nameless)
	}
	return unknown("no managedFields entry accounts for this change: %s", nameless)
}

// quantityLess compares two amounts of a quota: 1 where the second is more, -1 where it is less, 0 where that cannot be told.
func quantityLess(a, b any) int {
	x, okx := amount(a)
	y, oky := amount(b)
	switch {
	case !okx || !oky || x == y:
		return 0
	case x < y:
		return 1
	}
	return -1
}

var suffixes = map[string]float64{
	"": 1, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40, "Pi": 1 << 50,
}

// amount reads a quantity.
func amount(v any) (float64, bool) {
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
