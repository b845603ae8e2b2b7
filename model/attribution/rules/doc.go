// Package rules concludes from the evidence who made a change.
//
//	Case{change, Memory, date} ─► Judge ─► the lists of rule.go, in order
//	                                        │   any change: the API server's own keys, expired leases, what no API server does
//	                                        │   created │ updated │ deleted │ without predecessor
//	                                        ▼
//	             the first rule that has something to say ─► Finding{Writer, Grade, Evidence, …}
//	                                                          │ the controller inside kube-controller-manager
//	                                                          │ doubt, where the component of that name does not do this
//	                                                          ▼ the name that the component has in this cluster
//
// The order of a list is its meaning: stronger evidence comes before weaker. Each rule names in Before which others must
// come after it, and why; tests check that the lists keep this, and that each reason has a change of which both rules have
// something to say. go test -run TestOrder -v prints the lists with their reasons.
//
// What always holds:
//   - A rule that cannot say who it was may say why, with no writer. Where no evidence is left, the last rule says so.
//   - Certain is never a guess. No rule knows a name that only one cluster has: only those of Kubernetes' own components.
//   - A rule reads the case and changes nothing.
package rules
