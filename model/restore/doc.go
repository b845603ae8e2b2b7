// Package restore plans what a restore of a snapshot into a cluster needs: the dangers of this very snapshot, what it does
// not contain, and the steps for each node in order, with the way back.
//
//	snapshot ── Read ──► Contents ─┐
//	node, members, flags ──────────┼─ Make ─► Plan: warnings ─ needs ─ steps with undo ─ checks afterwards
//	live or newer store ─ Lost ────┘
//
// What always holds:
//   - Nothing is restored here, and nothing is asked: a Plan is made of what was read before, and the same input makes the
//     same Plan.
//   - A warning that stops comes first; while there is one that was not accepted, nothing is to be made.
//   - Every command is one that a POSIX shell parses, with this cluster's own names, URLs and paths. Names from the store
//     and from nodes are quoted: none of them is ever a part of a command's syntax.
//   - What cannot be told from the input is said to be unknown, and no danger is made of it.
package restore
