// Package attribution says of every revision who wrote it, when, and how sure that is.
//
//	changes, in order ─► Engine.Add ─► evidence.Memory.Note: versions, managedFields, names, stamps, reports of Events
//	                        │ wait for what follows within moments
//	                     Engine.Take ─► requests.Log.Place: requests of the audit log that alone fit, as stamps
//	                        │           clock: when
//	                        │           rules.Judge: who, by the first of an ordered list of rules
//	                        │           requests.Log.Ask: which request of the audit log that was, if there is one
//	                        │           evidence.Memory.Settle: what lives now
//	                        ▼
//	                     Attributed{Change, Verdict{Writer, Confidence, Evidence, Lane, Time, …}}
//
// etcd stores no writer. What it stores is evidence: which managedFields entry moved or grew, an effect that only one kind
// of request has, what became of the object's owners and its namespace, what Events report. An audit log is asked after
// the rules: it raises grades, names people, and names whom nothing in etcd names.
//
//	attribution  the engine, the verdict, the re-check while an audit log is followed; LeaseClock and Frame date a live store;
//	             Stream attributes beside a stream of changes, Pending holds changes back for an audit log
//	  rules      one file a family of rules; rule.go has their order
//	  requests   which request of an audit log made a change
//	  evidence   what is remembered of versions, managers, names, clocks, objects; evidencetest writes test clusters
//	  audit      reads an audit log        clock  dates revisions        family, near  which other changes are needed
//
// To add a rule:
//  1. rules/FAMILY.go: a Rule with its name, its Judge, and in Before the rules that must come after it, with the reason.
//  2. rules/rule.go: its place in a list.
//  3. rules/cases_test.go: a case that it decides, one that it must leave alone, and for each reason in Before a case of
//     which both rules have something to say. The tests fail until all of these are there.
//
// What it concludes from must be in evidence.Memory: what is remembered of changes is added there, with a limit.
//
// What always holds:
//   - Wrong is worse than unknown: certain is never a guess, and unknown names no writer. A client whose name is not
//     stored is never guessed by name.
//   - Evidence is one line of safe text, and holds no value of a Secret.
//   - The same changes in the same order give the same verdicts; the engine has no I/O, no goroutine and no clock but the
//     stored stamps.
//   - Memory is bounded: few changes wait, and deleted objects are forgotten.
//   - No rule knows a name that only one cluster has: only those of Kubernetes' own components.
package attribution
