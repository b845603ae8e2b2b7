// Package verify checks a snapshot: the file itself, whether its values can be read, and how its numbers of objects
// compare with those of an earlier one.
//
//	Run ─┬─ Checker ──────────────────────────────► checksum, pages, revisions, meta, wal ─► Verdict
//	     ├─ every version ─┬─ decode.Checker ─┬───► Values: how many, and those that cannot be read
//	     │                 └─ decode.Checker ─┘
//	     └─ live keys, those of an earlier one ───► Counts, Drops
//
// What always holds:
//   - A version is checked and dropped: memory does not grow with the snapshot, nor with what is wrong with it.
//   - What is found does not depend on which goroutine finds it.
//   - Run ends soon after its context, at any time.
package verify
