// Package attribution says of every revision who wrote it, when, and how sure that is.
//
//	changes, in order ─► Engine.Add ─► neighbours (owners, namespaces, Events), clock
//	                         │
//	                     Engine.Take ─► Attributed{Change, Verdict{Writer, Confidence, Evidence, Lane, Time, …}}
//
// etcd stores no writer. What it stores is evidence: which managedFields entry moved or grew, what the change did that
// only one kind of request does, what became of the object's owners and its namespace, what Events say. The rules are
// tried from the strongest to the weakest, and each says in one line what a person can check. An audit log, where there
// is one, is asked after them: it raises grades, names people, and fills in whom nothing in etcd names.
//
// What always holds:
//   - Wrong is worse than unknown: certain is never a guess, and unknown names no writer. A client whose name is not
//     stored is never guessed by name.
//   - Evidence is one line of safe text, and holds no value of a Secret.
//   - The same changes in the same order give the same verdicts; there is no I/O, no goroutine and no clock but the
//     stored stamps.
//   - Memory is bounded: changes wait for what comes shortly after them, and neighbours that are gone are forgotten.
//   - No rule knows a name that only one cluster has: only those of Kubernetes' own components.
package attribution
