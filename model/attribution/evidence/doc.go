// Package evidence remembers what a history holds that says who wrote a change, and when.
//
//	change ─► Memory.Note ──► Change{Prev, Cur: versions with their managedFields entries}
//	              │            names of components, stamps for the clock, reports of Events
//	          Memory.Relate ─► the other changes of its revision, its stored form
//	              │
//	          (rules judge it against the Memory)
//	              │
//	          Memory.Settle ─► Objects: what lives, what is marked for deletion, who uses what
//
// Read runs ahead: names, stamps and reports are evidence also for changes before them. Settle comes after the judgement:
// a rule sees the state that the change met.
//
// What always holds:
//   - It concludes nothing: which writer follows from the evidence is up to the rules.
//   - Memory is bounded: versions, deleted objects, reports, names and field sets each have a limit.
//   - There is no I/O and no clock but the stored stamps; the same changes give the same memory.
//   - Names, kinds and messages are as stored, and not safe to draw.
package evidence
