// Package hashcheck finds out whether copies of one store (the members of a cluster, data directories, snapshots) hold the
// same, and if not, which keys and revisions differ.
//
//	replicas ─ New ─► Cost (said and agreed to first)
//	   └─ Run ─► HashKV of each at one revision ─► equal
//	                └► differ ─► bisect the revisions ─► compare the keys written from there on ─► ask a log which is right
//	one copy at a time, the leader last, a pause as long as each scan; an end where others' reads get slow
//
// What always holds:
//   - Nothing is written. Hashes are compared only at one revision and of one compaction.
//   - What cannot be compared is unchecked, with the reason; it is never called equal or different.
//   - Bisecting takes at most log2 of the window scans of each copy that is needed. Memory is bounded: at most 100 keys are
//     named.
//   - Texts and keys come from outside and are untrusted.
package hashcheck
