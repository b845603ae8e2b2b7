// Package live reads a running etcd, 3.4 to 3.7, as an etcdsource.Source.
//
//	Range, Children, Count ─┐                     ┌─ guard: an allow-list of RPCs, all others never leave
//	Versions, Save ─────────┼─► one member ─► conn┼─ bucket: so many requests a second, the user's first
//	Watch ──► Stream ◄Queue─┘  (moves as a whole) └─ log: call, etcdctl line, bytes; never a value
//
// What always holds:
//   - Nothing writes: the guard is in every connection, unary and stream, and knows what is allowed, not what is not.
//   - All reads and watches of a Source go to one member, a follower where there is a choice. When it fails they move
//     to another one together, and every watch says so in its Status.
//   - Probe alone asks other members: each over a connection of its own, and a password goes only to those that prove who
//     they are.
//   - Every call has a deadline; a stream has one for each message that it waits for.
//   - Every answer is checked where it enters, against what was asked and what the connection has answered before. One
//     that breaks a rule is an etcdsource.ProtocolError, in a watch a gap, and nothing of it is used.
//   - What a server can make this process hold is bounded: 64 MiB in one message, 256 MiB of changes in one revision, and
//     what its database holds in pages and snapshots.
//   - No request reads an open end, and none asks for a few keys of a large range: folders are walked over their known
//     boundaries, or on etcd 3.7 by streams that are given up after the first chunk.
//   - A watch never starts further back than 5,000 revisions. What it could not see it says in Batch.Lost, exactly.
//   - A watch is always drained: what nobody takes waits in a bounded etcdsource.Queue.
//
// Errors that people see are *etcdsource.Problem: what was tried, why it failed, what to do.
package live
