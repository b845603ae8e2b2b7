// Package audit reads the audit log of Kubernetes' API servers as far as it says who wrote what into etcd.
//
//	log files, oldest first ─► Read ─► Log ─► Of(object) ─► requests that may have written it: who, when, with what
//	                                             answer
//
// An API server that keeps an audit log writes one event (audit.k8s.io/v1) for each stage of each request: a JSON
// document a line, or lists of them. It is the only evidence that names a person. Logs are read in what carries them away
// from a node, too: what a container runtime, journald or a cloud puts around an event is recognised by its shape.
//
// What always holds:
//   - Only requests that succeeded and could have written are kept: no reads, no dry runs, no refusals.
//   - Files are read as streams. What is kept is one small record for each such request in the window of time that is
//     asked for, a bounded number of them: the newest.
//   - A log is untrusted: a damaged, huge or cut line is counted and passed over, and never ends the reading.
//   - Nothing of the objects that a log may hold is kept but their names and resource versions.
//   - Names of users and agents are as the log has them, and not safe to draw.
//   - A Log does not change any more once it was read: several engines may ask it at the same time.
package audit
