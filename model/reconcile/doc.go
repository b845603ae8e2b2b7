// Package reconcile compares what is wanted with what is: which objects have not become what their specs say, since when,
// and which writers undo each other.
//
//	change ─► Assess ─► Status{wanted, ready, why} ─┬─ diverged ─► Waiting, the worst first
//	            │                                   └─ converged again ─► Episodes: how long it took
//	            ├─► old and new value of each field ─► Fights: A writes 5, B writes 2, A writes 5, B writes 3, …
//	            ├─► Hot objects and fields, Gone objects
//	            └─► the versions of one object ─► Follow: since when, until when
//
// What always holds:
//   - Assess is a pure function of one object; a Tracker folds changes in the order in which they were made, and the same
//     changes always end in the same state.
//   - Memory is bounded: of what is too much the least is dropped, and Dropped says how many objects that were.
//   - A fight needs two writers that differ, of which one may be unknown: what one writer changes to and fro is no fight. One
//     of them restores its value at least twice, whatever the other writes.
//   - Texts that are made here (Why, values) are safe to draw; names and paths are as stored. No value of a Secret is kept.
//   - When something happened is what the caller says; what the caller does not know stays unknown.
package reconcile
