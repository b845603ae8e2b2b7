// Package backup saves snapshots so that they can be relied on, and says of a snapshot what it is.
//
//	Saver ─ stream ─→ x.db.part ─ verify ─→ sync ─ rename ─→ x.db
//	        sha256 on the way      trailer, every page and record, the newest revision
//
// What always holds:
//   - A file appears under its name only after it was verified and written to the disk; when anything fails, or the
//     context ends, nothing is left behind.
//   - A file that exists is not overwritten, unless that was asked for.
//   - What a save that was killed has left, its x.db.part, is neither overwritten nor removed unless that is asked for: the
//     next save writes x.db.2.part. A file that somebody writes to is never taken for such a rest.
//   - Snapshots hold every secret of the cluster: they are made with mode 0600.
package backup
