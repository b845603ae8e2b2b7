// Package change says what one change of one key did: which object it was, which fields differ, which part of the
// object they belong to, and all of that in a few words.
//
//	previous version ─┐
//	                  ├─ Describe ─► Change{Ref, Changes, Aspect, Summary}  ─► the timeline, the log
//	this version ─────┘
//
// What always holds:
//   - A Summary is one line of safe text, at most SummaryWidth columns wide, and never holds a Secret's value, whatever
//     the view.
//   - An update that changed no field says so (Aspect none): the value was re-encrypted, or only managedFields moved.
//   - What is not known stays empty: Aspect and Changes of a value that does not decode.
//   - It is a pure function of its arguments.
package change
