// Package schedule makes backups again and again, keeps those that a rule names, and removes the others.
//
//	                    ┌─ Watch from the revision before the snapshot ─► collector ─► Incr-…gz, every --delta
//	lock ─► Save, verify ─► note as pending ─► Put ─► note as verified ─► Drop ─► Remove
//	          stage          index              name     index            pure
//
// The index of a cluster, .etcdscope/<ID>.json beside the backups, lists what this package made of that cluster, and says how the
// last run ended and when the next one is due. A schedule that does not reach its cluster says so in .etcdscope/NAME.down.
//
// What always holds:
//   - Only files that the index of this cluster lists are removed, while they are what was put there: of that size, with these
//     last bytes, no link. Nothing is removed before the new backup was verified, and the newest verified one stays, as do full
//     snapshots of a higher revision: a store that was set back, or a copy of it, does not remove what it does not hold.
//   - Two processes never both make backups of a cluster in the same place. One whose lock was removed ends before it writes or removes
//     anything.
//   - An entry of the index that is not understood stays in it, and what it names is never removed.
//   - After a process that was killed, the index lists everything that has got a name.
//   - A delta snapshot continues what is before it. Where something is missing, a full snapshot is made.
package schedule
