package rules

import "github.com/etcdscope/etcdscope/model/attribution/evidence"

// The tombstones. A deletion leaves no entry, so the reason for it has to say who asked.

// deletedForReason is for tombstones whose reason names who deletes.
var deletedForReason = Rule{
	Name: "deletedForReason",
	Before: []Before{
		{"deletedWithService", "a namespace that is deleted takes Endpoints with it, whether or not their Service went first"},
		{"sliceDeletedByController", "the EndpointSlice of a Service that is gone is deleted by the garbage collector"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if c.Prev == nil {
			return unknown("deleted; the version before is gone")
		}
		return deletionReasons.judge(c)
	},
}

// serviceWithin is how many revisions may lie between a Service's tombstone and that of its Endpoints.
const serviceWithin = 50

// deletedWithService is for what the API server deletes with a Service, inside the same request.
var deletedWithService = Rule{
	Name: "deletedWithService",
	Judge: func(c *Case) (Finding, bool) {
		v := c.Prev
		switch {
		case v.Kind == "Endpoints" && v.Group == "":
			service := c.Memory.Root + "services/specs/" + v.Namespace + "/" + v.Name
			if rev := c.Memory.Objects.GoneSince(service, c.Mod-serviceWithin); rev > 0 {
				f, ok := by(Certain, evidence.APIServer, "", "the API server deletes Endpoints with their Service, which was deleted at revision %d", rev)
				f.Component = evidence.APIServer
				return f, ok
			}
		case v.Kind == "IPAddress":
			return by(Certain, evidence.APIServer, "", "IPAddresses are made and deleted by the API server with their Services")
		}
		return Finding{}, false
	},
}

// sliceDeletedByController is for EndpointSlices, which their controller also deletes while the Service lives.
var sliceDeletedByController = Rule{
	Name: "sliceDeletedByController",
	Judge: func(c *Case) (Finding, bool) {
		if who := sliceController(c.Prev); who != "" && c.Prev.Kind == "EndpointSlice" {
			return by(Guess, evidence.ControllerManager, who, "EndpointSlices with this label are kept by the %s", who)
		}
		return Finding{}, false
	},
}

// deletionUnexplained is the last rule: some client deleted the object.
var deletionUnexplained = Rule{
	Name:  "deletionUnexplained",
	Judge: func(*Case) (Finding, bool) { return unknown("deleted by %s", Nameless) },
}
