// Package session is what is known about one opened source, and what of it is on the screen.
//
// State folds batches of changes, pages of keys and counts into a tree of keys, a bounded feed of changes and a rate
// of writes. Everything arrives as a value and leaves as a value: nothing here does I/O, starts a goroutine or asks
// the clock, so the same input always ends in the same state.
//
//	Batch ──────────► State.Apply ─► Feed, Rate
//	                        │
//	pages, counts ──► Tree ◄┘      pages meet the watch: see Tree
//
// What always holds:
//   - An entry of a page enters the tree unless a newer change of its key was seen, in whatever order they arrive.
//   - A count is what the store answered at a revision, plus creations and minus deletions since.
//   - Gen changes whenever what was asked before no longer answers what is shown.
package session
