// Package archive knows the backups that tools around etcd write: what wrote one, of which cluster and when.
//
//	path ─┬─ its name, and those of the folders around it ─┐
//	      ├─ what lies beside it: _etcd_backup.meta, …     ├─ Describe ─► format, cluster, time
//	      └─ its first bytes ──────────────────────────────┘
//
// What always holds:
//   - Nothing is written, nothing is extracted, and only small files are read as a whole.
//   - What names and metadata say is a hint, and untrusted text: what a file holds is decided by its content.
package archive
