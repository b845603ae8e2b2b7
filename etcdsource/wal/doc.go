// Package wal reads the write-ahead log of an etcd member: what was agreed on after its database was last written.
//
//	member/wal/0000000000000003-00000000000009c4.wal … ─ Read ─ records ─┬─ Beyond: what the database lacks
//	           sequence         index of its first entry                 └─ (a replay, an archaeology)
//
// What always holds:
//   - Nothing is written and no lock is taken: a running member's log can be read.
//   - One record is in memory at a time. What was appended only in part ends the log; what is damaged is an error that
//     names segment and offset, after what lies before it was handed out.
//   - An entry counts until a later one of the same index takes its place, as after a change of leader.
package wal
