// Package recall reads the whole past of a running store: one streamed snapshot, joined to the watch.
//
//	head h ── watch from h+1 ─────────────► tail: what is written since, in memory, bounded
//	       ── stream from one member ─► unnamed temporary file ─► snapfile, the same index as any file
//	                                      its newest revision S ≥ h: the tail drops what it holds up to S
//
//	read at revision ≤ S: the snapshot    > S: the snapshot and the tail    what neither holds: the running store
//
// What always holds:
//   - The watch comes before the stream begins, so that no revision is missing or doubled between them, and none is
//     watched from the past.
//   - The tail holds at most Options.MaxBytes. Beyond that its oldest revisions go: of each key the newest of them stays
//     without its value, and streams say what they cannot show in Lost. What went is asked of the running store.
//   - Revisions that the watch could not see are said in Lost, and states after them are asked of the running store.
//   - The temporary file has no name from the moment it exists: a crash, a kill and a cancelled recall leave nothing.
//     It can be read by its owner only, for it holds every Secret.
//   - A source that is closed leaves the running one open.
package recall
