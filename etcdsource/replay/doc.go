// Package replay applies the entries of a member's write-ahead log (WAL) to what its database holds, as etcd does when it
// starts, so that what is shown is what that etcd would serve.
//
//	WAL entries ─ New ─┬─ Needs ──→ the caller loads the versions that the requests may touch: Load
//	                   └─ Run ────→ Change, Change, … (revision, sub-revision, key, value), and where it ends: State
//
// What always holds:
//   - The database is not changed, and only the versions that a request can touch are held.
//   - One request that changes at least one key makes exactly one revision; what etcd would refuse makes none: a lease
//     that does not exist, a condition that fails, a compaction of the future, writes under an alarm.
//   - Values are not copied: they are parts of the entries, or of the loaded versions.
//
// The rules are those of etcd 3.5 to 3.7: server/etcdserver/apply, server/etcdserver/txn, server/storage/mvcc/kvstore_txn.go
// and server/lease/lessor.go. With authentication on, roles decide what is refused: this package does not apply such logs.
package replay
