// Package snapfile opens what etcd leaves in files: a snapshot, a packed one, a member's database or its data dir, and
// checks it, and saves what a data dir shows as a snapshot.
//
// All revisions that the file retains can be read, at any of them, as from a running etcd. The values stay in the mapped
// file; memory holds the index only.
//
//	path ─ sniff ─┬─ gzip, zstd, zip, zlib, tar ─ unpack to an unlinked file ─┐
//	              ├─ data dir ─ member/snap/db ───────────────────────────────┼─ map ─ pages ─ records ─┬─ index ─ Source
//	              └─ snapshot, member db ─────────────────────────────────────┘   mapping               │
//	              (of a running etcd, a copy in a file without a name)                                  │
//	                            member/wal ─ committed entries behind the database's last ─ replay ─────┘
//
// What always holds:
//   - Nothing is written to the file: it is opened O_RDONLY and mapped private and read-only.
//   - Every read of the file goes through the mapping, where a fault (the file shrank, the disk failed) becomes an error.
//   - A damaged page is an error that names it. With NoVerify it is skipped, counted, and said in Info.
//   - What is handed out was copied: it outlives Close. What Lend lends was not, and Close waits for it.
package snapfile
